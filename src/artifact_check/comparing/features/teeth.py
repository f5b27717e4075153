"""How yellow the teeth are: b in CIELAB; the light shows on the skin, and in how bright the teeth are.

*Innocent causes:* light of another colour, coffee.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.comparing.tone import skin_colour
from artifact_check.comparing.traits import Seen, Trait
from artifact_check.cues.shape.teeth import Teeth
from artifact_check.face import Face, regions, texture


def _measure(face: Face) -> Seen | None:
    row = Teeth.of(face)
    if row is None or (skin := skin_colour(face)) is None:
        return None
    pixels = row.pixels[row.mask].astype(np.float32)[None] / 255
    lightness, _, yellow = texture.medians(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0])
    return Seen(np.array([yellow]), np.array([lightness, skin[0], skin[2]]))


TRAIT = Trait("teeth", _measure, regions.INNER_LIPS)
