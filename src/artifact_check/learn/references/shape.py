"""Real photos -> the baseline statistics of the cue "shape" (`shape_reference.json`).

    python -m artifact_check.learn.references.shape DATA [--output FILE]

`DATA` is a labelled folder. Only real photos of every other cluster in sorted order are used; the other clusters remain
for evaluation. Photos on which the cue abstains are skipped, and the weight of a cluster is limited to that of
`_CLUSTER_CAP` photos. The file holds regression coefficients and principal components over all faces; no photo and no
single face can be reconstructed from them:

    difference_by_turn (3, 2 P): regression of right minus mirrored left landmarks on `features.turn`, no intercept;
    difference_components (K, 2 P), difference_variances (K,): principal components of the residuals;
    layout_by_circumstances (4 + E, 2 P + M), layout_components, layout_variances: the same for the mean of both sides,
        by ridge regression on `features.circumstances`;
    proportions_by_circumstances (4 + E, 5): the same regression of `features.proportions`;
    widening: w by measure, from the fit of asymmetry = a (1 + w |sin yaw|);
    made_from: number of photos and names of the clusters.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from artifact_check.cues import Abstained, shape
from artifact_check.cues.shape import features, halves
from artifact_check.errors import PhotoError
from artifact_check.face import Face, Landmarker
from artifact_check.learn.references.reference import reference_clusters, rounded, write_reference
from artifact_check.learn.table.dataset import Dataset
from artifact_check.photo import decode

_CLUSTER_CAP = 25
_COMPONENTS = 10
_RIDGE = 2e-3  # times the number of photos; expressions are 0 to 1
_DEFAULT = Path(shape.__file__).with_name("shape_reference.json")


def make_reference(dataset: Dataset) -> dict[str, Any]:
    """The statistics of real photos in `reference_clusters`, JSON-ready."""
    clusters = reference_clusters(dataset)
    faces: list[Face] = []
    names: list[str] = []
    pixels: list[dict[str, float]] = []
    with Landmarker() as landmarker:
        for item in dataset.items:
            if item.is_ai or item.cluster not in clusters:
                continue
            try:
                face = landmarker.find(decode(item.path.read_bytes()))
                shape.require_measurable(face)
            except (PhotoError, Abstained):
                continue
            faces.append(face)
            names.append(item.cluster)
            pixels.append(halves.pixel_differences(face))
    sizes = Counter(names)
    weight = np.array([min(1.0, _CLUSTER_CAP / sizes[name]) for name in names])
    made_from = {"photos": len(faces), "clusters": sorted(sizes)}
    return {"made_from": made_from, **_statistics(faces, pixels, weight)}


def _statistics(faces: list[Face], pixels: list[dict[str, float]], weight: np.ndarray) -> dict[str, Any]:
    turns = np.array([features.turn(face) for face in faces])
    circumstances = np.array([features.circumstances(face) for face in faces])
    differences = np.array([features.difference(face) for face in faces])
    by_turn = _regress(turns, differences, weight, 0.0)
    differences = differences - turns @ by_turn
    layouts = np.array([features.layout(face) for face in faces])
    by_circumstances = _regress(circumstances, layouts, weight, _RIDGE)
    proportions = np.array([list(features.proportions(face).values()) for face in faces])
    sine = np.abs(turns[:, 0])
    asymmetry = [features.region_differences(row) for row in differences]
    widening = {name: _widening(np.array([row[name] for row in asymmetry]), sine, weight) for name in features.REGIONS}
    for name in halves.PIXEL_REGIONS:
        values = np.array([row.get(name, np.nan) for row in pixels])
        measured = np.isfinite(values)
        widening[f"pixels_{name}"] = _widening(values[measured], sine[measured], weight[measured])
    widening["balance"] = _widening(np.sqrt((differences**2).mean(axis=1)), sine, weight)
    corrected = differences / (1 + widening["balance"] * sine)[:, None]
    components, variances = _components(corrected, weight)
    layout_components, layout_variances = _components(layouts - circumstances @ by_circumstances, weight)
    return {
        "widening": {name: round(factor, 3) for name, factor in widening.items()},
        "difference_by_turn": rounded(by_turn),
        "difference_components": rounded(components),
        "difference_variances": rounded(variances),
        "layout_by_circumstances": rounded(by_circumstances),
        "layout_components": rounded(layout_components),
        "layout_variances": rounded(layout_variances),
        "proportions_by_circumstances": rounded(_regress(circumstances, proportions, weight, _RIDGE)),
    }


def _regress(x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float) -> np.ndarray:
    """Weighted ridge regression of y (N, M) on x (N, D); a constant first column is not shrunk."""
    penalty = ridge * weight.sum() * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    weighted = x * weight[:, None]
    coefficients: np.ndarray = np.linalg.solve(weighted.T @ x + penalty, weighted.T @ y)
    return coefficients


def _widening(asymmetry: np.ndarray, sine: np.ndarray, weight: np.ndarray) -> float:
    """w of asymmetry = a (1 + w |sin yaw|), by weighted least squares, not negative."""
    constant, slope = _regress(np.column_stack([np.ones_like(sine), sine]), asymmetry[:, None], weight, 0.0)[:, 0]
    return max(float(slope / constant), 0.0)


def _components(residual: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first principal components (K, N) of residuals about 0, and their variances (K,)."""
    share = np.sqrt(weight / weight.sum())
    _, singular, components = np.linalg.svd(residual * share[:, None], full_matrices=False)
    return components[:_COMPONENTS], singular[:_COMPONENTS] ** 2


if __name__ == "__main__":
    write_reference("Statistics of real faces for the cue 'shape'.", make_reference, _DEFAULT)
