"""What an encoder adds to the cues: the values of their learned measures, and a heat map of where it sees AI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from artifact_check.cues._cue import Cue, Learned
from artifact_check.face import REGIONS, Patches, evidence_points, heat_on_photo, region_mask
from artifact_check.results import Evidence

_COLD, _HOT = 0.5, 3.0  # log-odds where a patch begins to glow, and is brightest: 1 % of camera patches lie above that


def learned_values(cue: Cue, patches: Patches) -> dict[str, float]:
    """The cue's learned measures by key; a region that is hardly visible is left out."""
    found = {measure.key: patches.mean(measure.region) for measure in cue.learned}
    return {key: value for key, value in found.items() if value is not None}


def draw_learned(cue: Cue, patches: Patches, found: Mapping[str, float]) -> tuple[Evidence, ...]:
    """A heat map of the patches that push the cue's regions towards AI, and outlines of the regions that do not lean
    there.
    """
    leaning = [measure for measure in cue.learned if found.get(measure.key, 0.0) > 0]
    heat = _heat_maps(leaning, patches)
    cold = [measure for measure in cue.learned if measure.key in found and not (heat and measure in leaning)]
    return (*heat, *(outline for measure in cold for outline in _outlines(measure, patches)))


def _outlines(measure: Learned, patches: Patches) -> Iterator[Evidence]:
    to_photo = cv2.invertAffineTransform(patches.from_photo)
    for top, bottom, left, right in REGIONS[measure.region]:
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
        points = evidence_points(corners @ to_photo[:, :2].T + to_photo[:, 2])
        yield Evidence("outline", (measure.key,), measure.what, points)


def _heat_maps(leaning: list[Learned], patches: Patches) -> tuple[Evidence, ...]:
    if not leaning:
        return ()
    mask = np.logical_or.reduce([region_mask(measure.region) for measure in leaning])
    heat = np.clip((patches.log_odds - _COLD) / (_HOT - _COLD), 0, 1) * (mask & patches.visible)
    if not heat.any():
        return ()
    box, grid = heat_on_photo(heat.astype(np.float32), mask, patches.from_photo)
    return (Evidence("heatmap", tuple(measure.key for measure in leaning), "learned from examples", box, grid),)
