"""Does a face look painted, as after an oil-paint or median filter?

Such a filter removes all detail narrower than its brush. A median over 3 px would remove lashes, brows and pores from a
photo; a painted picture it hardly changes, which makes that picture a *root signal* of the median (Gallagher, Wise
1981, "A theoretical analysis of the properties of median filters"). A canvas or grain laid over the picture is equally
strong everywhere, while detail in a photo varies from region to region.

*Innocent causes:* median denoising, and scaling up.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.face import CANONICAL_IOD, FINE_IOD, Face, View, regions, texture

# Weights from a logistic regression on half of the sources, rounded. None of that half's 404 photos exceeds the
# threshold: as stored, as JPEG 85, or scaled to 0.7 (`docs/limits.md` has the figures of the other half).
_FACE_WEIGHT, _EVENNESS_WEIGHT = 0.5, 0.7
_THRESHOLD = -0.55
_FLOOR = 0.05  # grey levels; avoids division by zero


def looks_painted(face: Face) -> bool:
    """Whether the face has no detail finer than a brush, apart from an even grain."""
    return paintedness(face) > _THRESHOLD


def paintedness(face: Face) -> float:
    """How painted the face looks, in log2 units; -inf if brows, eyes or face are outside the photo."""
    fine, view = face.view(FINE_IOD), face.view(CANONICAL_IOD)
    eyes, oval, whole = fine.where(*regions.BROWS_AND_EYES), fine.where("face_oval"), view.where("face_oval")
    if not (eyes.size and oval.size and whole.size):
        return -np.inf
    of_eyes, of_face = _lost_to_median(fine, (eyes, oval))
    low, high = texture.quantiles(np.abs(view.bands[0].take(whole)), (0.25, 0.9))
    evenness = float(np.log2((low + _FLOOR) / (high + _FLOOR)))
    return _EVENNESS_WEIGHT * evenness - of_eyes - _FACE_WEIGHT * of_face


def _lost_to_median(view: View, zones: tuple[np.ndarray, ...]) -> list[float]:
    """Detail that a median over 3 px removes from each zone, over what a blur of 1 px removes, log2."""
    median = cv2.medianBlur(view.luma.astype(np.uint8), 3)
    by_median, by_blur = view.luma - median, view.luma - texture.blur(view.luma, 1.0)
    return [
        float(np.log2((by_median.take(zone).std() + _FLOOR) / (by_blur.take(zone).std() + _FLOOR))) for zone in zones
    ]
