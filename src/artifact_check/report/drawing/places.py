"""Where to look: the part of the photo around a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifact_check.report.drawing.marks import Mark
    from artifact_check.results import Box, PhotoFacts

_MARGIN = 1.4  # side of a close-up / side of what is marked in it
_MIN_SIDE = 0.45  # of the face's width
_WHOLE_FACE = 1.3  # of the face's width; light is compared over both cheeks


def place(mark: Mark, photo: PhotoFacts) -> Box:
    """Return a square around a mark, in pixels of the photo and inside it."""
    points = [point for evidence in mark.evidence for point in evidence.points]
    is_light = mark.evidence[0].kind == "arrow"
    xs, ys = zip(*(points[-1:] if is_light else points), strict=True)
    least = (_WHOLE_FACE if is_light else _MIN_SIDE) * (photo.face_width or 0)
    side = min(max(_MARGIN * max(max(xs) - min(xs), max(ys) - min(ys)), least, 1), photo.width, photo.height)
    left = _shift((min(xs) + max(xs)) / 2 - side / 2, photo.width - side)
    top = _shift((min(ys) + max(ys)) / 2 - side / 2, photo.height - side)
    return left, top, left + side, top + side


def _shift(start: float, last: float) -> float:
    return min(max(0.0, start), last)
