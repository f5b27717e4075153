"""The pictures of HTML pages: images as data URIs, marks as parts of an SVG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from artifact_check.report.drawing.marks import overview_marks
from artifact_check.report.drawing.sketch import GLOW, HEAT, fit_canvas, overview_box, sketch_marks
from artifact_check.results import PREVIEW_SIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.report.drawing.sketch import Canvas, Sketch
    from artifact_check.report.explain.explanation import Explanation
    from artifact_check.results import Box, PhotoReport, Point

_LEVELS = 64  # colours of a heat map
_PIXELS_PER_TILE = 4  # browsers interpolate enlarged images on screen, but not in print


@dataclass(frozen=True, slots=True)
class InlinePicture:
    """A picture as a data URI, and its size in pixels."""

    uri: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class SvgMark:
    """A mark as SVG.

    `path` is drawn twice, as halo and line; `heats` are data URIs with the boxes they fill; `number_at` is the centre
    of the mark's number.
    """

    mark: Mark
    path: str
    width: int
    heats: tuple[tuple[str, Box], ...]
    number_at: Point


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A photo, or the part of it around the face, and its marks in pixels of that picture.

    `labels` explain the numbers where no chapters do. `line` and `radius` are those of the `Canvas`.
    """

    bare: InlinePicture
    marks: tuple[SvgMark, ...]
    line: int
    radius: int
    is_part: bool
    labels: tuple[tuple[int, str], ...] = ()


def thumbnail_uri(encoded: bytes) -> str:
    """Return a report's thumbnail as a data URI."""
    return _data_uri(encoded, "webp")


def preview_with_marks(report: PhotoReport) -> MarkedPicture | None:
    """Return the report's preview with its marks; None without a preview or marks."""
    marks = overview_marks(report)
    if report.preview is None or not marks:
        return None
    labels = tuple((mark.number, f"{mark.cue}: {mark.label}") for mark in marks)
    box = overview_box(report, PREVIEW_SIDE, PREVIEW_SIDE)
    canvas = fit_canvas(box, min(PREVIEW_SIDE, max(box[2] - box[0], box[3] - box[1])))
    return _with_marks(_data_uri(report.preview, "jpeg"), report, marks, canvas, labels)


def photo_with_marks(explanation: Explanation) -> MarkedPicture | None:
    """Return the photo of an explanation with its marks; None if it was not decoded."""
    if explanation.bare is None:
        return None
    bare, report = encode_picture(explanation.bare), explanation.report
    box = overview_box(report, bare.width, bare.height)
    return _with_marks(bare.uri, report, overview_marks(report), fit_canvas(box, max(bare.width, bare.height)))


def encode_picture(image: Image.Image) -> InlinePicture:
    """Encode a picture of an explanation. There are many large ones, and JPEG encodes quickly."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return InlinePicture(_data_uri(out.getvalue(), "jpeg"), image.width, image.height)


def _with_marks(
    bare: str, report: PhotoReport, marks: Iterable[Mark], canvas: Canvas, labels: tuple[tuple[int, str], ...] = ()
) -> MarkedPicture:
    svg_marks = tuple(map(_svg_mark, sketch_marks(marks, canvas)))
    picture = InlinePicture(bare, canvas.width, canvas.height)
    return MarkedPicture(picture, svg_marks, canvas.line, canvas.radius, report.portrait is not None, labels)


def _svg_mark(sketch: Sketch) -> SvgMark:
    heats = tuple((_heat_map_uri(heat.grid), heat.box) for heat in sketch.heats)
    return SvgMark(sketch.mark, _path(sketch.lines), sketch.width, heats, _round_point(sketch.number_at))


def _path(lines: Iterable[Sequence[Point]]) -> str:
    """Return lines as SVG path data. A line of zero length becomes a dot, because line ends are round."""
    return "".join(
        "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in line) + ("h0" if len(line) == 1 else "") for line in lines
    )


def _heat_map_uri(grid: Sequence[Sequence[float]]) -> str:
    """Return a heat map as a data URI, to overlay on the photo in grey."""
    from PIL import Image  # noqa: PLC0415 - many pages have no heat map

    rows, columns = len(grid), len(grid[0])
    values = Image.frombytes("L", (columns, rows), bytes(round((_LEVELS - 1) * value) for row in grid for value in row))
    values = values.resize((_PIXELS_PER_TILE * columns, _PIXELS_PER_TILE * rows), Image.Resampling.BILINEAR)
    picture = Image.frombytes("P", values.size, values.tobytes())
    colours, opacity = _palette()
    picture.putpalette(colours)
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=opacity)
    return _data_uri(out.getvalue(), "png")


@cache
def _palette() -> tuple[bytes, bytes]:
    """Return the RGB palette of a heat map's levels, and their opacities."""
    colours, last = bytearray(), len(GLOW) - 1
    for level in range(_LEVELS):
        position = level / (_LEVELS - 1) * last
        low = min(int(position), last - 1)
        colours += bytes(round(a + (b - a) * (position - low)) for a, b in zip(GLOW[low], GLOW[low + 1], strict=True))
    return bytes(colours), bytes(round(255 * HEAT * level / (_LEVELS - 1)) for level in range(_LEVELS))


def _data_uri(encoded: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode('ascii')}"


def _round_point(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)
