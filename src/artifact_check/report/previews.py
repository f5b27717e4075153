"""The pictures of HTML pages, encoded: a thumbnail, and the photo with and without its marks."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artifact_check.report.marks import overview
from artifact_check.report.picture import annotate

if TYPE_CHECKING:
    from PIL import Image

    from artifact_check.report.explanation import Explanation
    from artifact_check.results import PhotoReport

_THUMBNAIL_SIDE, _MARKED_SIDE = 96, 320
# A scan's pictures are small files in WebP; an explanation's are many and large, and JPEG is encoded faster.
_SMALL = {"format": "WEBP", "quality": 60, "method": 2}
_LARGE = {"format": "JPEG", "quality": 85, "optimize": True}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as an `img` shows it without asking anybody for it, and its size in pixels."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A photo without and with numbered marks, and each number with what it stands for where nothing else tells it.

    `drawn` is None where there is nothing to mark.
    """

    bare: Encoded
    drawn: Encoded | None
    labels: tuple[tuple[int, str], ...] = ()


def thumbnail(image: Image.Image) -> Encoded:
    return _encoded(_bounded(image, _THUMBNAIL_SIDE), _SMALL)


def marked_picture(image: Image.Image, report: PhotoReport) -> MarkedPicture | None:
    """Draw what the cues saw on a small picture; None where there is nothing to draw."""
    marks = overview(report)
    if not marks:
        return None
    drawn = annotate(image, report, side=_MARKED_SIDE)
    return MarkedPicture(
        _encoded(_bounded(image, _MARKED_SIDE), _SMALL),
        _encoded(drawn, _SMALL),
        tuple((mark.number, f"{mark.cue}: {mark.label}") for mark in marks),
    )


def large_picture(explanation: Explanation) -> MarkedPicture | None:
    """The photo of an explanation, whose chapters tell what the marks stand for; None where it was not decoded."""
    if explanation.picture is None or explanation.bare is None:
        return None
    drawn = large(explanation.picture) if overview(explanation.report) else None
    return MarkedPicture(large(explanation.bare), drawn)


def large(image: Image.Image) -> Encoded:
    return _encoded(image, _LARGE)


def _encoded(image: Image.Image, how: dict[str, Any]) -> Encoded:
    out = io.BytesIO()
    image.save(out, **how)
    address = f"data:image/{how['format'].lower()};base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
    return Encoded(address, image.width, image.height)


def _bounded(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side))
    return small
