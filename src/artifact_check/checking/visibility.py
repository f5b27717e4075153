"""Whether eyes and mouth are there to be seen: landmarks are found behind a mask or dark glasses too, invented.

Both limits were set on labelled photos: of 979, two are beyond them, and both show sunglasses; and on the same photos
with a mask or glasses painted on (`docs/limits.md` has the figures).
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.face import Face, View, texture

_IOD = 64.0  # px
_CHIN = np.array([32, 262, 152, 18, 200, 83, 313, 148, 377])
_SAME_COLOUR = 2.5  # CIELAB; lips and bare chin differ by 3.8 and more
_FEATURELESS = 0.3  # of the contrast in eyes
_DARK = 0.22  # of the cheeks' luma; the brightest tenth of an eye reaches 0.27 and more


def hidden_part(face: Face) -> str | None:
    """That a part of the face seems to be covered, in words for the report; None where eyes and mouth can be seen."""
    view = face.view(_IOD)
    lips, eyes, cheeks = view.where("lips_outer"), view.where("eye_R", "eye_L"), view.where("cheek_R", "cheek_L")
    if not (lips.size and eyes.size and cheeks.size):
        return None
    if _mouth_hidden(view, lips, eyes):
        return "the mouth and chin seem to be covered"
    (bright,) = texture.quantiles(view.luma.take(eyes), [0.9])
    return "the eyes seem to be covered" if bright < _DARK * texture.median(view.luma.take(cheeks)) else None


def _mouth_hidden(view: View, lips: np.ndarray, eyes: np.ndarray) -> bool:
    """Whether lips and chin are of one colour, and no line is seen where the lips should be."""
    chin = np.zeros(view.luma.shape, np.uint8)
    cv2.fillPoly(chin, [cv2.convexHull(np.round(view.landmarks[_CHIN]).astype(np.int32))], 1)
    below = np.flatnonzero(chin)
    if not below.size:
        return False
    colours = [[texture.median(channel) for channel in view.lab_at(where)] for where in (lips, below)]
    difference = float(np.linalg.norm(np.array(colours[0]) - np.array(colours[1])))
    return difference < _SAME_COLOUR and _contrast(view, lips) < _FEATURELESS * _contrast(view, eyes)


def _contrast(view: View, where: np.ndarray) -> float:
    """Grey levels of the two coarser of the finest bands."""
    return float(np.hypot(*(view.bands[band].take(where).std() for band in (1, 2))))
