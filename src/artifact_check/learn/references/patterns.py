"""Camera photos -> the principal components that `cues/signal/patterns.py` uses (`pattern_basis.json`).

    python -m artifact_check.learn.references.patterns DATA [--output FILE]

`DATA` is a labelled folder. Only real photos of every other cluster in sorted order are used, laundered as a profile
site would, like the rows that models are trained on. The result does not allow any photo to be reconstructed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from artifact_check.cues.signal import hair_ring, patterns
from artifact_check.errors import PhotoError
from artifact_check.face import CANONICAL_IOD, Landmarker
from artifact_check.learn.references.reference import reference_clusters, rounded, write_reference
from artifact_check.learn.table.dataset import Dataset, Item
from artifact_check.learn.table.launder import PROFILE, FaceBox, profile
from artifact_check.photo import decode

_FILTERS = 30
_DRAWS = 2
_LIMITS = (0.5, 99.5)  # percentiles that values are clipped to
_DEFAULT = Path(patterns.__file__).with_name("pattern_basis.json")


def make_basis(dataset: Dataset) -> dict[str, Any]:
    """Filters and bases from half of the real clusters of a data set, JSON-ready."""
    names = reference_clusters(dataset)
    filters = _random_filters()
    with Landmarker() as landmarker:
        chosen = [item for item in dataset.items if not item.is_ai and item.cluster in names]
        rows = [row for item in chosen for row in _rows(item, landmarker, filters)]
    bases = {name: _basis(np.array([row[name] for row in rows if name in row])) for name in patterns.FAMILIES}
    return {
        "made_from": {"pictures": len(rows), "clusters": names},
        "filters": rounded(filters),
        "bases": bases,
    }


def _random_filters() -> np.ndarray:
    """(K, 3, 3) filters of zero mean and unit norm."""
    filters = np.random.default_rng(0).normal(size=(_FILTERS, 3, 3))
    filters -= filters.mean(axis=(1, 2), keepdims=True)
    scaled: np.ndarray = filters / np.linalg.norm(filters, axis=(1, 2), keepdims=True)
    return scaled


def _rows(item: Item, landmarker: Landmarker, filters: np.ndarray) -> list[dict[str, np.ndarray]]:
    data = item.path.read_bytes()
    seed, rows = int.from_bytes(hashlib.sha256(data).digest()[:8]), []
    try:
        picture = decode(data)
        box = FaceBox.around(landmarker.find(picture).landmarks)
        for draw in range(_DRAWS):
            rng = np.random.default_rng([seed, draw])
            face = landmarker.find(decode(profile(Image.fromarray(picture.pixels), box, PROFILE, rng)))
            view = face.view(CANONICAL_IOD)
            rows.append(patterns.families(view, hair_ring(view), filters, coloured=face.coloured))
    except PhotoError:
        return rows
    return rows


def _basis(values: np.ndarray) -> dict[str, Any]:
    """Principal components of the standardised columns of (N, D)."""
    limits = np.percentile(values, _LIMITS, axis=0)
    limited = np.clip(values, *limits)
    mean, spread = limited.mean(axis=0), limited.std(axis=0) + 1e-6
    _, _, components = np.linalg.svd((limited - mean) / spread, full_matrices=False)
    # The sign of a component is arbitrary: make its largest entry positive, so that reruns agree.
    components = components[: patterns.COMPONENTS]
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(len(components)), largest])[:, None]
    arrays = {"limits": limits, "mean": mean, "spread": spread, "components": components}
    return {name: rounded(array) for name, array in arrays.items()}


if __name__ == "__main__":
    write_reference("Principal components of the micro-patterns of camera photos.", make_basis, _DEFAULT)
