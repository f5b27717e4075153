"""The pictures of HTML pages: images as data URIs, marks as parts of an SVG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from artifact_check.report.drawing.places import place
from artifact_check.report.drawing.sketch import GLOW, HEAT, Canvas, fit_canvas, overview_box, sketch_marks
from artifact_check.results import PREVIEW_SIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from artifact_check.report.card import Card
    from artifact_check.report.drawing.marks import Mark
    from artifact_check.report.drawing.sketch import Sketch
    from artifact_check.results import Box, PhotoReport, Point

_NUMBERED_SIDE = 350  # about as wide as pages show such a picture; comparison_parts.html.jinja has it, too
_LEVELS = 64  # colours of a heat map
_LINES_PER_CLOSE_UP = 120  # of a mark, side by side
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

    `path` is drawn twice, as halo and line; `heats` are data URIs with the boxes they fill.
    """

    mark: Mark
    path: str
    width: float
    heats: tuple[tuple[str, Box], ...]


@dataclass(frozen=True, slots=True)
class NumberedMark:
    """A mark as SVG, the centre and radius of the disc with its number, and the width of its halo."""

    mark: SvgMark
    halo: float
    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class CloseUp:
    """The part `box` (left, top, width, height) of a picture, with a mark; `line` is the mark's line width."""

    box: Box
    mark: SvgMark
    line: float


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A photo without marks, or the part of it around the face, and what to show of it for each reason of its card."""

    bare: InlinePicture
    is_part: bool
    close_ups: tuple[CloseUp | None, ...]

    @property
    def glows(self) -> bool:
        """Whether a close-up shows a heat map."""
        return any(close_up is not None and close_up.mark.heats for close_up in self.close_ups)


def thumbnail_uri(encoded: bytes) -> str:
    """Return a report's thumbnail as a data URI."""
    return _data_uri(encoded, "webp")


def preview_of_card(report: PhotoReport, card: Card) -> CardPicture | None:
    """Return the picture of a card, from the report's preview; None without a preview."""
    if report.preview is None or report.photo is None:
        return None
    box = overview_box(report, report.photo.width, report.photo.height)
    canvas = fit_canvas(box, min(PREVIEW_SIDE, max(box[2] - box[0], box[3] - box[1])))
    return _card_picture(report, card, _data_uri(report.preview, "jpeg"), canvas)


def picture_of_card(report: PhotoReport, card: Card, photo: Image.Image | None) -> CardPicture | None:
    """Return the picture of a card, from the photo or the part of it around the face; None if there is none."""
    if photo is None:
        return None
    bare = encode_picture(photo)
    box = overview_box(report, bare.width, bare.height)
    return _card_picture(report, card, bare.uri, fit_canvas(box, max(bare.width, bare.height)))


def encode_picture(image: Image.Image) -> InlinePicture:
    """Encode a picture of an explanation. There are many large ones, and JPEG encodes quickly."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return InlinePicture(_data_uri(out.getvalue(), "jpeg"), image.width, image.height)


def numbered_marks(marks: Iterable[Mark]) -> tuple[NumberedMark, ...]:
    """Place marks that are in shares of a square picture on one of 350 pixels; not those without evidence."""
    canvas = Canvas((0, 0, 1, 1), _NUMBERED_SIDE, _NUMBERED_SIDE)
    sketches = sketch_marks((mark for mark in marks if mark.evidence), canvas)
    return tuple(
        NumberedMark(_svg_mark(sketch, 2 * sketch.width), canvas.line, sketch.number_at, canvas.radius)
        for sketch in sketches
    )


def _card_picture(report: PhotoReport, card: Card, bare: str, canvas: Canvas) -> CardPicture:
    close_ups = tuple(_close_up(reason.mark, report, canvas) for reason in card.reasons)
    return CardPicture(InlinePicture(bare, canvas.width, canvas.height), report.portrait is not None, close_ups)


def _close_up(mark: Mark | None, report: PhotoReport, canvas: Canvas) -> CloseUp | None:
    if mark is None or report.photo is None:
        return None
    left, top, right, bottom = place(mark, report.photo)
    (x, y), (x_end, y_end) = canvas.project(((left, top), (right, bottom)))
    (sketch,) = sketch_marks([mark], canvas)
    line = (x_end - x) / _LINES_PER_CLOSE_UP
    return CloseUp((x, y, x_end - x, y_end - y), _svg_mark(sketch, sketch.width * line / canvas.line), line)


def _svg_mark(sketch: Sketch, width: float) -> SvgMark:
    heats = tuple((_heat_map_uri(heat.grid), heat.box) for heat in sketch.heats)
    return SvgMark(sketch.mark, _path(sketch.lines), round(width, 2), heats)


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
