"""Portraits -> the regression by which `face.upright` tells an upright face from an upside-down one (`upright.json`).

    python -m artifact_check.learn.references.upright DATA [--output FILE]

`DATA` is a labelled folder of upright portraits. Each photo of every other cluster, in sorted order, is turned in
several ways, and looked at once in each; the landmarks are right if they lie where those of the upright photo do. The
other clusters remain for evaluation. No face can be reconstructed from the result.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from artifact_check.errors import PhotoError
from artifact_check.face import DETECTABLE_SIDE, Landmarker, upright
from artifact_check.learn.references.reference import rounded, write_reference
from artifact_check.photo import Photo, decode, from_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.learn.table.dataset import Dataset

_ANGLES = (0, 45, 90, 135, 180, 225, 270, 315)  # degrees clockwise
_RIGHT, _WRONG = 0.15, 0.4  # mean distance from the true landmarks, in interocular distances
_CLUSTER_CAP = 25  # photos
_C = 0.1  # by cross-validation over these clusters
_DEFAULT = Path(upright.__file__).with_name("upright.json")


def make_regression(dataset: Dataset) -> dict[str, Any]:
    """Weights (468, 3) on landmarks in cm, and a constant, JSON-ready."""
    clusters = upright_clusters(dataset)
    seen: list[tuple[np.ndarray, bool, str]] = []
    with Landmarker() as landmarker:
        for item in dataset.items:
            if item.cluster not in clusters:
                continue
            try:
                photo = decode(item.path.read_bytes(), min_side=DETECTABLE_SIDE)
            except PhotoError:
                continue
            seen += [(shape, is_right, item.cluster) for shape, is_right in looks(landmarker, photo)]
    return _regression(seen)


def _regression(seen: list[tuple[np.ndarray, bool, str]]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    shapes, right, names = zip(*seen, strict=True)
    sizes: Counter[str] = Counter(names)
    weight = np.array([min(1.0, _CLUSTER_CAP * len(_ANGLES) / sizes[name]) for name in names])
    values = np.array(shapes).reshape(len(shapes), -1)
    spread = np.maximum(values.std(axis=0), 1e-6)  # the midline's x is always 0
    fitted = LogisticRegression(C=_C, max_iter=5000).fit(values / spread, right, weight)
    # A face's differences need not be made symmetric if the weights are.
    weights = upright.symmetric((fitted.coef_[0] / spread).reshape(-1, 3))
    return {
        "made_from": {"looks": len(names), "right": sum(right), "clusters": sorted(sizes)},
        "weights": rounded(weights),
        "constant": float(fitted.intercept_[0]),
    }


def upright_clusters(dataset: Dataset) -> list[str]:
    """Every other cluster of both labels, in sorted order."""
    return sorted({item.cluster for item in dataset.items})[::2]


def looks(landmarker: Landmarker, photo: Photo) -> Iterator[tuple[np.ndarray, bool]]:
    """`upright.shape` of what the landmarker sees first in each turned version, and whether it is right.

    Nothing if it sees no face in the upright photo; versions where it sees part of the face are left out.
    """
    true = landmarker.look(photo)
    if true is None:
        return
    for angle in _ANGLES:
        turned, to_turned = _turned(photo.pixels, angle)
        seen = landmarker.look(from_array(turned))
        if seen is None:
            continue
        expected = true.landmarks @ to_turned[:, :2].T + to_turned[:, 2]
        distance = float(np.linalg.norm(seen.landmarks - expected, axis=1).mean()) / true.iod
        if not _RIGHT <= distance <= _WRONG:
            yield upright.shape(seen), distance < _RIGHT


def _turned(pixels: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture turned clockwise, on black; and (2, 3) from its pixels to the turned ones."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle, 1.0)
    size = np.ceil(np.abs(turn[:, :2]) @ (width, height)).astype(int)
    turn[:, 2] += (size - (width, height)) / 2
    turned = cv2.warpAffine(pixels, turn, size.tolist(), flags=cv2.INTER_CUBIC)
    return turned, turn


if __name__ == "__main__":
    write_reference("A regression that tells upright faces from upside-down ones.", make_regression, _DEFAULT)
