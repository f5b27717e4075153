"""The rims of glasses."""

from __future__ import annotations

import numpy as np

from artifact_check.cues.surroundings.finding import Finding
from artifact_check.face import CANONICAL_IOD, Face, LevelView, evidence_points, regions, texture
from artifact_check.results import Evidence

_BRIDGE, _RIM, _RIM_DOWN = (10, 44), (24, 32), 27.0  # px
_MIN_BRIDGE = 20.0  # grey levels of the ridge across the nose; few noses without glasses have as much
_MIN_RIM = 2.0  # ridge over the median of its patch
_MAX_DIFFERENCE = 10  # rows; a larger one means different parts of the frame


def measure(level: LevelView, _: Face) -> list[Finding]:
    """Difference in height of the lower rims, if a frame crosses the nose."""
    key, view = "surroundings_rims", level.view
    irides = view.landmarks[[*regions.IRIDES]]
    centres = [iris + level.down * _RIM_DOWN for iris in irides]
    if not all(level.contains(centre, _RIM) for centre in centres):
        return []
    bridge = level.patch(level.ridges, (irides[0] + irides[1]) / 2, _BRIDGE).mean(axis=1)
    if float(np.abs(bridge).max()) < _MIN_BRIDGE:
        return []
    right, left = (_rim(level.patch(level.ridges, centre, _RIM)) for centre in centres)
    if right is None or left is None or abs(right - left) > _MAX_DIFFERENCE:
        return []
    rims = np.array(centres) + np.outer((right, left), level.down) - level.down * (_RIM[1] - 1) / 2
    marks = Evidence("points", (key,), "lower rim of the glasses", evidence_points(view.to_photo(rims)))
    return [Finding(key, abs(right - left) / CANONICAL_IOD, (marks,))]


def _rim(ridge: np.ndarray) -> float | None:
    """Row, to a fraction, of the strongest horizontal ridge of (H, W); None if it hardly stands out."""
    profile = np.abs(ridge.mean(axis=1))
    row = int(np.argmax(profile[1:-1])) + 1
    if profile[row] < _MIN_RIM * (texture.median(np.abs(ridge).ravel()) + 0.5):
        return None
    before, peak, after = (float(value) for value in profile[row - 1 : row + 2])
    bend = before - 2 * peak + after
    return row + (0.5 * (before - after) / bend if bend < 0 else 0.0)
