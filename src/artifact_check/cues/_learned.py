"""What an encoder adds to the cues: the values of their learned measures, and a heat map of where it sees AI."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from artifact_check.cues._cue import Cue
from artifact_check.face import Patches, heat_on_photo, region_mask
from artifact_check.results import Evidence

_COLD, _HOT = 0.5, 3.0  # log-odds where a patch begins to glow, and is brightest: 1 % of camera patches lie above that


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
    box, grid = heat_on_photo(heat.astype(np.float32), mask, patches.from_photo)
    return (Evidence("heatmap", tuple(measure.key for measure in leaning), "learned from examples", box, grid),)
