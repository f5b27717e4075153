"""Differences between the mirrored halves of the face, from pixels of a frontal warp."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from artifact_check.face import CANONICAL_IOD, MIN_RESOLUTION, Face, regions, texture
from artifact_check.face.unwrap import frontal_grid

PIXEL_REGIONS = {
    "eyes": (slice(1, 5), slice(1, 6)),
    "nose": (slice(5, 10), slice(0, 3)),
    "mouth": (slice(10, 13), slice(0, 3)),
}
_CELL = 6  # px, 1 cm of the frontal warp
_ROWS, _COLUMNS = 16, 6  # cells of one half: from 7 cm above to 9 cm below the middle of the nose, 6 cm to the side
_TOP = 7.0  # cm
_MAX_SIDE_LIGHT = 0.7  # log2 ratio of the brightness of the two halves


def pixel_differences(face: Face) -> dict[str, float]:
    """Difference in gradient orientations of the mirrored halves by region, 0 to 1.

    Empty if the photo is too soft, or lit too much from one side; without the eyes if they are covered.
    """
    if face.resolution_at(CANONICAL_IOD) < MIN_RESOLUTION:
        return {}
    right, left = _frontal_halves(face)
    if abs(float(np.log2((right.mean() + 8) / (left.mean() + 8)))) > _MAX_SIDE_LIGHT:
        return {}
    difference, weight = texture.gradient_difference(right, left, _CELL)
    return {
        name: float((difference * weight)[where].sum() / weight[where].sum())
        for name, where in PIXEL_REGIONS.items()
        if name != "eyes" or not face.eyes_covered
    }


@cache
def _frontal_grid() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (3, H, W) and their weights (3, H, W, 1) for each pixel of the right half of the frontal warp.

    Pixel (0, 0) is at the top, beside the midline; columns go to the subject's right.
    """
    x = -(np.arange(_COLUMNS * _CELL) + 0.5) / _CELL
    y = _TOP - (np.arange(_ROWS * _CELL) + 0.5) / _CELL
    return frontal_grid(x, y)


def _frontal_halves(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Luma of the right half of the frontal warp and of the mirrored left half, (H, W) float32 each."""
    view = face.view(CANONICAL_IOD)
    smooth = texture.blur(view.luma, 0.8)
    vertices, weights = _frontal_grid()
    halves = []
    for points in (view.landmarks, view.landmarks[regions.mirrored()]):
        # Landmarks are measured from a pixel's corner, `remap` from its centre.
        source = (points.take(vertices, axis=0) * weights).sum(axis=0).astype(np.float32) - 0.5
        halves.append(
            cv2.remap(smooth, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )
    return halves[0], halves[1]
