"""How red the lips are: a in CIELAB, less that of cheeks and forehead; the light shows on the skin.

*Innocent causes:* lipstick, cold, light from below.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.comparing.tone import skin_colour
from artifact_check.comparing.traits import Seen, Trait
from artifact_check.face import FINE_IOD, Face, View, regions, texture

_EDGE = 2  # px that are left out along the lips' outline
_MIN_PIXELS = 60


def _measure(face: Face) -> Seen | None:
    view = face.view(FINE_IOD)
    where = _lips(view)
    if where.size < _MIN_PIXELS or (skin := skin_colour(face)) is None:
        return None
    lips = texture.medians(view.lab_at(where).T)
    return Seen(lips[1:2] - skin[1:2], np.array([*skin, face.blendshapes.get("jawOpen", 0.0)]))


def _lips(view: View) -> np.ndarray:
    """(K,) flat indices of the lips, without their edge and the open mouth."""
    lips = np.zeros(view.luma.shape, np.uint8)
    for name, inside in (("lips_outer", 1), ("lips_inner", 0)):
        cv2.fillPoly(lips, [np.round(view.landmarks[regions.polygon(name)]).astype(np.int32)], inside)
    return np.flatnonzero(cv2.erode(lips, np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8)))


TRAIT = Trait("lips", _measure, regions.INNER_LIPS)
