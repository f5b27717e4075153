"""The rims of glasses."""

from __future__ import annotations

import numpy as np

from artifact_check.cues.surroundings.level import IOD, SIDES, Level, Seen
from artifact_check.face import Face, drawn, texture
from artifact_check.results import Evidence

_BRIDGE, _RIM, _RIM_DOWN = (10, 44), (24, 32), 27.0  # px
_MIN_BRIDGE = 20.0  # grey levels of the ridge across the nose, which few noses without glasses reach
_MIN_RIM = 2.0  # ridge over the median of its patch
_MAX_ASKEW = 10  # rows; further apart they are not the same part of a frame


def look(level: Level, _: Face) -> list[Seen]:
    """Heights of the lower rims, where a frame crosses the nose."""
    key, view = "surroundings_rims", level.view
    irides = [view.landmarks[iris] for iris, _, _ in SIDES]
    centres = [iris + level.down * _RIM_DOWN for iris in irides]
    if not all(level.shows(centre, _RIM) for centre in centres):
        return []
    bridge = level.patch(level.ridges, (irides[0] + irides[1]) / 2, _BRIDGE).mean(axis=1)
    if float(np.abs(bridge).max()) < _MIN_BRIDGE:
        return []
    right, left = (_rim(level.patch(level.ridges, centre, _RIM)) for centre in centres)
    if right is None or left is None or abs(right - left) > _MAX_ASKEW:
        return []
    places = np.array(centres) + np.outer((right, left), level.down) - level.down * (_RIM[1] - 1) / 2
    marks = Evidence("points", (key,), "lower rim of the glasses", drawn(view.to_photo(places)))
    return [Seen(key, abs(right - left) / IOD, (marks,))]


def _rim(ridge: np.ndarray) -> float | None:
    """Row of the strongest level ridge of (H, W), or None where it hardly stands out."""
    profile = np.abs(ridge.mean(axis=1))
    row = int(np.argmax(profile[1:-1])) + 1
    if profile[row] < _MIN_RIM * (texture.median(np.abs(ridge).ravel()) + 0.5):
        return None
    before, peak, after = (float(value) for value in profile[row - 1 : row + 2])
    bend = before - 2 * peak + after
    return row + (0.5 * (before - after) / bend if bend < 0 else 0.0)
