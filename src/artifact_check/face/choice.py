"""Which of several faces is the person's? Faces on posters and bystanders are off the middle or out of focus.

Each face counts by its area, by how near it is to the middle of the picture, and by its fine detail, all faces seen at
the scale of the smallest. A larger face wins if it is as central and as sharp as the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from artifact_check.face import regions, texture
from artifact_check.face.view import CANONICAL_IOD

_FALL = 2.0  # a face at the edge counts e^-2 of one in the middle
_FLOOR = 0.02  # log2; detail that noise alone may make


def choose_face(pixels: np.ndarray, faces: Sequence[np.ndarray]) -> int:
    """The index of the person's face.

    `pixels` (H, W, 3) uint8; `faces` holds landmarks (478, 2 or more) in pixels of it, one or more faces.
    """
    if len(faces) == 1:
        return 0
    places = [points[:, :2] for points in faces]
    scale_to = min(CANONICAL_IOD, *(_iod(points) for points in places))
    middle = np.array(pixels.shape[1::-1]) / 2
    weights = [
        float(np.prod(np.ptp(points, axis=0))) * _nearness(points, middle) * _detail(pixels, points, scale_to)
        for points in places
    ]
    return int(np.argmax(weights))


def _iod(points: np.ndarray) -> float:
    right, left = points[[*regions.IRIDES]]
    return float(np.linalg.norm(right - left))


def _nearness(points: np.ndarray, middle: np.ndarray) -> float:
    """1 in the middle of the picture, less towards its edges; `middle` (2,) px."""
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    return float(np.exp(-_FALL * np.sum(((centre - middle) / middle) ** 2) / 2))


def _detail(pixels: np.ndarray, points: np.ndarray, iod: float) -> float:
    """Fine detail of a face scaled down to an IOD of `iod` px, in log2 luma, which hardly depends on skin tone."""
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(points.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(points.max(axis=0)), (left + 1, top + 1), (width, height)).astype(int)
    scale = min(1.0, iod / _iod(points))
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    grey = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    (finest,) = texture.bands(np.log2(small + 8.0), texture.BAND_SIGMAS[:1])
    return float(finest.std()) + _FLOOR
