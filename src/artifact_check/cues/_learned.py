"""What an encoder adds to the cues: the values of their learned measures, and a heat map of where it sees AI."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from artifact_check.cues._cue import Cue
from artifact_check.face import Patches, evidence_points, region_mask
from artifact_check.results import Evidence

_COLD, _HOT = 0.5, 3.0  # log-odds where a patch begins to glow, and is brightest: 1 % of camera patches lie above that
_TILES = 24  # of a heat map's longer side


def learned_values(cue: Cue, patches: Patches) -> dict[str, float]:
    """The cue's learned measures by key; a region that is hardly visible is left out."""
    found = {measure.key: patches.mean(measure.region) for measure in cue.learned}
    return {key: value for key, value in found.items() if value is not None}


def draw_learned(cue: Cue, patches: Patches, found: Mapping[str, float]) -> tuple[Evidence, ...]:
    """A heat map of the patches that push the cue's regions towards AI, if one of them leans there at all."""
    leaning = [measure for measure in cue.learned if found.get(measure.key, 0.0) > 0]
    if not leaning:
        return ()
    mask = np.logical_or.reduce([region_mask(measure.region) for measure in leaning])
    heat = np.clip((patches.log_odds - _COLD) / (_HOT - _COLD), 0, 1) * (mask & patches.visible)
    if not heat.any():
        return ()
    box, grid = _on_photo(heat.astype(np.float32), mask, patches.from_photo)
    return (Evidence("heatmap", tuple(measure.key for measure in leaning), "learned from examples", box, grid),)


def _on_photo(
    heat: np.ndarray, mask: np.ndarray, from_photo: np.ndarray
) -> tuple[tuple[tuple[float, float], ...], tuple[tuple[float, ...], ...]]:
    """The upright box around the patches of `mask` in photo pixels, and `heat` (16, 16) resampled on it."""
    rows, columns = np.nonzero(mask)
    corners = np.array(
        [(x, y) for x in (columns.min(), columns.max() + 1) for y in (rows.min(), rows.max() + 1)], np.float64
    )
    linear = np.linalg.inv(from_photo[:, :2])
    points = (corners - from_photo[:, 2]) @ linear.T
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    side = max(right - left, bottom - top) / _TILES
    across, down = max(1, round((right - left) / side)), max(1, round((bottom - top) / side))
    x, y = np.meshgrid(left + (np.arange(across) + 0.5) * side, top + (np.arange(down) + 0.5) * side)
    on_grid = np.stack([x, y], axis=-1) @ from_photo[:, :2].T + from_photo[:, 2] - 0.5  # centres of patches at integers
    border = np.pad(heat, 1)
    values = cv2.remap(
        border, (on_grid[..., 0] + 1).astype(np.float32), (on_grid[..., 1] + 1).astype(np.float32), cv2.INTER_LINEAR
    )
    box = evidence_points(np.array([(left, top), (left + across * side, top + down * side)]))
    return box, tuple(tuple(round(float(value), 3) for value in row) for row in values)
