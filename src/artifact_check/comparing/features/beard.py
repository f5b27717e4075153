"""How much beard there is: the texture of chin and upper lip, and how dark they are, beside the cheeks, log2 each.

The texture is the spread of log luma, band-passed from 1.4 to 5.6 px at an interocular distance of 64 px. *Innocent
causes:* a shave, light from above.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.comparing.tone import inside
from artifact_check.comparing.traits import Seen, Trait, is_turned
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, Face, View, regions, texture

_BESIDE_LIPS = 3  # px
_MIN_PIXELS = 200
_CHEEKS = (regions.LOWER_CHEEK, tuple(regions.mirrored()[[*regions.LOWER_CHEEK]].tolist()))


def _measure(face: Face) -> Seen | None:
    if is_turned(face) or face.iod < MIN_DETAIL_IOD:
        return None
    view = face.view(CANONICAL_IOD)
    places = (_around_mouth(view), inside(view, *_CHEEKS), view.where("forehead"))
    if min(place.size for place in places) < _MIN_PIXELS:
        return None
    mouth, cheeks, forehead = (texture.median(view.log_luma.take(place)) for place in places)
    bands = view.log_bands[1] + view.log_bands[2]
    rough, smooth = (texture.log_energy(bands.take(place)) for place in places[:2])
    smile = np.mean([face.blendshapes.get(side.blendshape("mouthSmile"), 0.0) for side in regions.SIDES])
    pitch, opened = np.sin(np.radians(face.pose[1])), face.blendshapes.get("jawOpen", 0.0)
    return Seen(np.array([rough - smooth, cheeks - mouth]), np.array([forehead - cheeks, smooth, pitch, smile, opened]))


def _around_mouth(view: View) -> np.ndarray:
    """(K,) flat indices of chin and upper lip, without the lips."""
    side = 2 * _BESIDE_LIPS + 1
    lips = cv2.dilate(view.mask("lips_outer").astype(np.uint8), np.ones((side, side), np.uint8))
    around = inside(view, regions.CHIN_OUTLINE, regions.BELOW_MOUTH, regions.ABOVE_MOUTH)
    bare: np.ndarray = around[lips.take(around) == 0]
    return bare


TRAIT = Trait("beard", _measure, (regions.CHIN,))
