"""Are eyes and mouth visible? The landmarker also places landmarks behind a mask or sunglasses, by guessing.

The thresholds for the mouth were set on 979 labelled photos, as they are and with a mask painted on;
none of these without exceeds them. `face/eyes.py` has the rule for the eyes.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.face import CANONICAL_IOD, Face, View, regions, texture

_SAME_COLOUR = 2.5  # CIELAB; lips and a bare chin differ by at least 3.8
_FEATURELESS = 0.3  # of the contrast in the eyes


def hidden_part(face: Face) -> str | None:
    """A sentence for the report if eyes or mouth seem to be covered, else None."""
    view = face.view(CANONICAL_IOD)
    lips, eyes = view.where("lips_outer"), view.where(*regions.EYES)
    if not (lips.size and eyes.size):
        return None
    if _mouth_hidden(view, lips, eyes):
        return "the mouth and chin seem to be covered"
    return "the eyes seem to be covered, as by sunglasses or tinted glasses" if face.eyes_covered else None


def _mouth_hidden(view: View, lips: np.ndarray, eyes: np.ndarray) -> bool:
    """Whether lips and chin have the same colour and the lips have no contrast."""
    chin = np.zeros(view.luma.shape, np.uint8)
    cv2.fillPoly(chin, [cv2.convexHull(np.round(view.landmarks[[*regions.CHIN_OUTLINE]]).astype(np.int32))], 1)
    below = texture.indices(chin)
    if not below.size:
        return False
    colours = [[texture.median(channel) for channel in view.lab_at(where)] for where in (lips, below)]
    difference = float(np.linalg.norm(np.array(colours[0]) - np.array(colours[1])))
    return difference < _SAME_COLOUR and _contrast(view, lips) < _FEATURELESS * _contrast(view, eyes)


def _contrast(view: View, where: np.ndarray) -> float:
    """Contrast in the second and third finest bands, in grey levels."""
    return float(np.hypot(*(view.bands[band].take(where).std() for band in (1, 2))))
