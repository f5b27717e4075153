"""From the small picture that a report brings along, those of the HTML page: a thumbnail, and one with marks."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from artifact_check.report.marks import overview
from artifact_check.report.picture import annotate

if TYPE_CHECKING:
    from artifact_check.results import PhotoReport

_THUMBNAIL_SIDE, _THUMBNAIL_QUALITY = 96, 60
_MARKED_SIDE, _MARKED_QUALITY = 320, 70


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A JPEG of a photo with numbered marks, and each number with what it stands for."""

    picture: bytes
    labels: tuple[tuple[int, str], ...]


def thumbnail(preview: bytes) -> bytes:
    with Image.open(io.BytesIO(preview)) as image:
        image.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
        return _jpeg(image, _THUMBNAIL_QUALITY)


def marked_picture(preview: bytes, report: PhotoReport) -> MarkedPicture | None:
    """Draw what the cues saw; None where there is nothing to draw."""
    marks = overview(report)
    if not marks:
        return None
    with Image.open(io.BytesIO(preview)) as image:
        picture = annotate(image, report, side=_MARKED_SIDE)
    return MarkedPicture(
        _jpeg(picture, _MARKED_QUALITY), tuple((mark.number, f"{mark.cue}: {mark.label}") for mark in marks)
    )


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
