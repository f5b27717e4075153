"""The step between forehead and hair."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.cues.surroundings.finding import Finding
from artifact_check.face import CANONICAL_IOD, Face, LevelView, View, evidence_points, regions, texture
from artifact_check.results import Evidence

_RAYS = 48
_RAY = np.arange(-16.0, 27.0)  # px outwards from the outline
_MIN_STEP = 0.8  # log2 between forehead and hair
_MIN_RAYS = 0.5  # share of rays that reach hair


def measure(level: LevelView, _: Face) -> list[Finding]:
    """Width of the step from forehead to hair, if most rays cross it."""
    view = level.view
    rays = _rays(view)
    height, width = view.luma.shape
    if rays.min() < 0 or np.any(rays.max(axis=(0, 1)) > (width - 1, height - 1)):
        return []
    luma = cv2.remap(view.log_luma, rays[..., 0], rays[..., 1], cv2.INTER_LINEAR)
    luma = cv2.blur(luma, (3, 3))
    skin, hair = texture.median(luma[:6].ravel()), np.sort(luma[-8:], axis=0)[3:5].mean(axis=0)  # medians
    step = hair - skin
    crosses = np.abs(step) >= _MIN_STEP
    if crosses.mean() < _MIN_RAYS:
        return []
    rise = (luma[:, crosses] - skin) / step[crosses]
    start, middle, end = (_first_above(rise, share) for share in (0.25, 0.5, 0.75))
    inside = (middle > 3) & (end < len(_RAY) - 8)
    if inside.sum() < _MIN_RAYS * _RAYS:
        return []
    points = rays[np.round(middle[inside]).astype(np.intp), np.flatnonzero(crosses)[inside]]
    marks = Evidence("points", ("surroundings_hairline",), "hairline", evidence_points(view.to_photo(points[::3])))
    return [Finding("surroundings_hairline", texture.median((end - start)[inside]) / CANONICAL_IOD, (marks,))]


def _rays(view: View) -> np.ndarray:
    """(len(_RAY), _RAYS, 2) float32 points on rays from the glabella, across the upper outline of the face."""
    arc = view.landmarks[[*regions.UPPER_OUTLINE]]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(arc, axis=0), axis=1))])
    spaced = np.linspace(0, length[-1], _RAYS)
    outline = np.column_stack([np.interp(spaced, length, arc[:, axis]) for axis in (0, 1)])
    outwards = outline - view.landmarks[regions.GLABELLA]
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    points: np.ndarray = outline + outwards * (_RAY * view.iod / CANONICAL_IOD)[:, None, None] - 0.5
    return points.astype(np.float32)


def _first_above(rise: np.ndarray, threshold: float) -> np.ndarray:
    """(K,) row, to a fraction, at which each column of (H, K) first exceeds `threshold`; H if it never does."""
    above = rise > threshold
    row = np.maximum(np.argmax(above, axis=0), 1)
    columns = np.arange(rise.shape[1])
    before, after = rise[row - 1, columns], rise[row, columns]
    fraction = np.clip((threshold - before) / np.where(after > before, after - before, 1.0), 0, 1)
    crossing: np.ndarray = np.where(above.any(axis=0), row - 1 + fraction, len(rise))
    return crossing
