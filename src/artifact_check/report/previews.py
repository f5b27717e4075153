"""The pictures of HTML pages, encoded: a thumbnail, and the photo with and without its marks."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report.marks import overview
from artifact_check.report.picture import annotate

if TYPE_CHECKING:
    from PIL import Image

    from artifact_check.report.explanation import Explanation
    from artifact_check.results import PhotoReport

_THUMBNAIL_SIDE, _THUMBNAIL_QUALITY = 96, 60
_MARKED_SIDE, _MARKED_QUALITY = 320, 70
_LARGE_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Jpeg:
    """An encoded picture, and its size in pixels."""

    data: bytes
    width: int
    height: int

    @property
    def address(self) -> str:
        """What an `img` shows without asking anybody for it."""
        return "data:image/jpeg;base64," + base64.b64encode(self.data).decode("ascii")


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A photo without and with numbered marks, and each number with what it stands for where nothing else tells it.

    `drawn` is None where there is nothing to mark.
    """

    bare: Jpeg
    drawn: Jpeg | None
    labels: tuple[tuple[int, str], ...] = ()


def thumbnail(image: Image.Image) -> Jpeg:
    return jpeg(_bounded(image, _THUMBNAIL_SIDE), _THUMBNAIL_QUALITY)


def marked_picture(image: Image.Image, report: PhotoReport) -> MarkedPicture | None:
    """Draw what the cues saw on a small picture; None where there is nothing to draw."""
    marks = overview(report)
    if not marks:
        return None
    drawn = annotate(image, report, side=_MARKED_SIDE)
    return MarkedPicture(
        jpeg(_bounded(image, _MARKED_SIDE), _MARKED_QUALITY),
        jpeg(drawn, _MARKED_QUALITY),
        tuple((mark.number, f"{mark.cue}: {mark.label}") for mark in marks),
    )


def large_picture(explanation: Explanation) -> MarkedPicture | None:
    """The photo of an explanation, whose chapters tell what the marks stand for; None where it was not decoded."""
    if explanation.picture is None or explanation.bare is None:
        return None
    drawn = jpeg(explanation.picture) if overview(explanation.report) else None
    return MarkedPicture(jpeg(explanation.bare), drawn)


def jpeg(image: Image.Image, quality: int = _LARGE_QUALITY) -> Jpeg:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return Jpeg(out.getvalue(), image.width, image.height)


def _bounded(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side))
    return small
