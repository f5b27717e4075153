"""The pictures of HTML pages: as addresses that hold them, with marks as what an `svg` element is made of."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from artifact_check.report.drawing.marks import overview
from artifact_check.report.drawing.sketch import GLOW, HEAT, canvas, framed, sketched
from artifact_check.results import PREVIEW_SIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.report.drawing.sketch import Canvas, Sketch
    from artifact_check.report.explain.explanation import Explanation
    from artifact_check.results import Box, PhotoReport, Point

_LEVELS = 64  # of a heat map
_FINER = 4  # pixels a tile: browsers blend what they enlarge, but not where they print


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as an `img` shows it without asking anybody for it, and its size in pixels."""

    address: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mark as SVG: heat maps with the box that each fills, one path, which is drawn twice, and its number."""

    mark: Mark
    path: str
    width: int
    heats: tuple[tuple[str, Box], ...]
    place: Point


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A photo, or the part of it around the face, and its marks in pixels of that picture.

    `labels` are numbers with what they stand for where nothing else tells it; `line` and `radius` as on a `Canvas`.
    """

    bare: Encoded
    marks: tuple[Drawn, ...]
    line: int
    radius: int
    is_part: bool
    labels: tuple[tuple[int, str], ...] = ()


def thumbnail(encoded: bytes) -> str:
    """The address of a report's thumbnail."""
    return _address(encoded, "webp")


def marked_picture(report: PhotoReport) -> MarkedPicture | None:
    """The preview that a report brought along, with what the cues saw on it; None where there is nothing to draw."""
    marks = overview(report)
    if report.preview is None or not marks:
        return None
    labels = tuple((mark.number, f"{mark.cue}: {mark.label}") for mark in marks)
    box = framed(report, PREVIEW_SIDE, PREVIEW_SIDE)
    on = canvas(box, min(PREVIEW_SIDE, max(box[2] - box[0], box[3] - box[1])))
    return _marked(_address(report.preview, "jpeg"), report, marks, on, labels)


def large_picture(explanation: Explanation) -> MarkedPicture | None:
    """The photo of an explanation, whose chapters tell what the marks stand for; None where it was not decoded."""
    if explanation.bare is None:
        return None
    bare, report = large(explanation.bare), explanation.report
    box = framed(report, bare.width, bare.height)
    return _marked(bare.address, report, overview(report), canvas(box, max(bare.width, bare.height)))


def large(image: Image.Image) -> Encoded:
    """A picture of an explanation; those are many and large, and JPEG is encoded fast."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return Encoded(_address(out.getvalue(), "jpeg"), image.width, image.height)


def _marked(
    bare: str, report: PhotoReport, marks: Iterable[Mark], on: Canvas, labels: tuple[tuple[int, str], ...] = ()
) -> MarkedPicture:
    drawn = tuple(map(_drawn, sketched(marks, on)))
    picture = Encoded(bare, on.width, on.height)
    return MarkedPicture(picture, drawn, on.line, on.radius, report.portrait is not None, labels)


def _drawn(sketch: Sketch) -> Drawn:
    heats = tuple((_glow(heat.grid), heat.box) for heat in sketch.heats)
    return Drawn(sketch.mark, _path(sketch.lines), sketch.width, heats, _tenths(sketch.place))


def _path(lines: Iterable[Sequence[Point]]) -> str:
    """Lines as a path's data; one of no length is a dot, for its ends are round."""
    return "".join(
        "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in line) + ("h0" if len(line) == 1 else "") for line in lines
    )


def _glow(grid: Sequence[Sequence[float]]) -> str:
    """The address of a picture of a heat map, to be laid over the photo in grey."""
    from PIL import Image  # noqa: PLC0415 - late: many pages have no heat map

    rows, columns = len(grid), len(grid[0])
    values = Image.frombytes("L", (columns, rows), bytes(round((_LEVELS - 1) * value) for row in grid for value in row))
    values = values.resize((_FINER * columns, _FINER * rows), Image.Resampling.BILINEAR)
    picture = Image.frombytes("P", values.size, values.tobytes())
    colours, opacity = _palette()
    picture.putpalette(colours)
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=opacity)
    return _address(out.getvalue(), "png")


@cache
def _palette() -> tuple[bytes, bytes]:
    """Red, green and blue of each level of a heat map, and its opacity."""
    colours, last = bytearray(), len(GLOW) - 1
    for level in range(_LEVELS):
        at = level / (_LEVELS - 1) * last
        low = min(int(at), last - 1)
        colours += bytes(round(a + (b - a) * (at - low)) for a, b in zip(GLOW[low], GLOW[low + 1], strict=True))
    return bytes(colours), bytes(round(255 * HEAT * level / (_LEVELS - 1)) for level in range(_LEVELS))


def _address(encoded: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode('ascii')}"


def _tenths(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)
