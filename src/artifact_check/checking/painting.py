"""Whether a face looks painted, as oil paint and median filters leave it.

Such a filter leaves no detail narrower than its brush: a median over 3 px, which takes lashes, brows and pores off a
photo, then changes hardly more than the edges (a picture that a median leaves alone is its *root signal*; Gallagher,
Wise 1981, "A theoretical analysis of the properties of median filters"). And what fine structure is laid over it, a
canvas or a grain, is about as strong everywhere, while a photo has calm places and busy ones.

*Innocent causes:* a photo that was denoised by a median, or scaled up.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.face import Face, View, regions, texture

_FINE_IOD, _IOD = 100.0, 64.0  # px; views that cues look at, too
# Weights as a logistic regression found them on half of the sources, rounded; the limit is what none of that half's
# 404 photos exceeds, as stored, as JPEG 85 and scaled to 0.7 (`docs/limits.md` has the figures of the other half).
_WHOLE_FACE, _EVENNESS = 0.5, 0.7
_LIMIT = -0.55
_LEVELS = 0.05  # grey levels, so that nothing is divided by nothing


def looks_painted(face: Face) -> bool:
    """Whether the face has lost what a fine brush would take, under a grain that is even over it."""
    return paintedness(face) > _LIMIT


def paintedness(face: Face) -> float:
    """Log2 units; -inf where brows and eyes, or the face, cannot be seen."""
    fine, view = face.view(_FINE_IOD), face.view(_IOD)
    eyes, oval, whole = fine.where(*regions.BROWS_AND_EYES), fine.where("face_oval"), view.where("face_oval")
    if not (eyes.size and oval.size and whole.size):
        return -np.inf
    taken = _taken_by_median(fine, (eyes, oval))
    low, high = texture.quantiles(np.abs(view.bands[0].take(whole)), (0.25, 0.9))
    evenness = float(np.log2((low + _LEVELS) / (high + _LEVELS)))
    return _EVENNESS * evenness - taken[0] - _WHOLE_FACE * taken[1]


def _taken_by_median(view: View, zones: tuple[np.ndarray, ...]) -> list[float]:
    """How much a median over 3 px takes off each zone, against a blur of 1 px, log2."""
    median = cv2.medianBlur(view.luma.astype(np.uint8), 3)
    by_median, by_blur = view.luma - median, view.luma - texture.blur(view.luma, 1.0)
    return [
        float(np.log2((by_median.take(zone).std() + _LEVELS) / (by_blur.take(zone).std() + _LEVELS))) for zone in zones
    ]
