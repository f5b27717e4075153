"""The step between forehead and hair."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.cues.surroundings.level import IOD, Level, Seen
from artifact_check.face import Face, View, drawn, regions, texture
from artifact_check.results import Evidence

ARC = (21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251)  # upper outline of the face
_RAYS = 48
_RAY = np.arange(-16.0, 27.0)  # px across the outline, outwards
_MIN_STEP = 0.8  # log2 between forehead and hair
_MIN_RAYS = 0.5  # share that cross into hair


def look(level: Level, _: Face) -> list[Seen]:
    """Width of the step from forehead to hair, where most rays cross it."""
    view = level.view
    rays = _rays(view)
    height, width = view.luma.shape
    if rays.min() < 0 or np.any(rays.max(axis=(0, 1)) > (width - 1, height - 1)):
        return []
    luma = cv2.remap(view.log_luma, rays[..., 0], rays[..., 1], cv2.INTER_LINEAR)
    luma = cv2.blur(luma, (3, 3))
    skin, hair = texture.median(luma[:6].ravel()), np.median(luma[-8:], axis=0)
    step = hair - skin
    crosses = np.abs(step) >= _MIN_STEP
    if crosses.mean() < _MIN_RAYS:
        return []
    risen = (luma[:, crosses] - skin) / step[crosses]
    start, middle, end = (_first_above(risen, level) for level in (0.25, 0.5, 0.75))
    inside = (middle > 3) & (end < len(_RAY) - 8)
    if inside.sum() < _MIN_RAYS * _RAYS:
        return []
    along = np.flatnonzero(crosses)[inside]
    places = rays[np.round(middle[inside]).astype(np.intp), along]
    marks = Evidence("points", ("surroundings_hairline",), "hairline", drawn(view.to_photo(places[::3])))
    return [Seen("surroundings_hairline", texture.median((end - start)[inside]) / IOD, (marks,))]


def _rays(view: View) -> np.ndarray:
    """(len(_RAY), _RAYS, 2) float32 places across the upper outline of the face, from the glabella outwards."""
    arc = view.landmarks[list(ARC)]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(arc, axis=0), axis=1))])
    at = np.linspace(0, length[-1], _RAYS)
    outline = np.column_stack([np.interp(at, length, arc[:, axis]) for axis in (0, 1)])
    outwards = outline - view.landmarks[regions.GLABELLA]
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    places: np.ndarray = outline + outwards * (_RAY * view.iod / IOD)[:, None, None] - 0.5
    return places.astype(np.float32)


def _first_above(risen: np.ndarray, level: float) -> np.ndarray:
    """(K,) row, to a fraction, at which each column of (H, K) first exceeds `level`."""
    above = risen > level
    row = np.maximum(np.argmax(above, axis=0), 1)
    columns = np.arange(risen.shape[1])
    before, after = risen[row - 1, columns], risen[row, columns]
    share = np.clip((level - before) / np.where(after > before, after - before, 1.0), 0, 1)
    crossed: np.ndarray = np.where(above.any(axis=0), row - 1 + share, len(risen))
    return crossed
