"""Marks painted on a photo. Each has the number and the colour of its entry in the legend.

Heavy to import (numpy, cv2, Pillow): writers that may draw nothing import it late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artifact_check.report.drawing.sketch import GLOW, HALO, HEAT, canvas, framed, sketched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from artifact_check.report.drawing.marks import Colour, Mark
    from artifact_check.report.drawing.sketch import Canvas, Heat, Sketch
    from artifact_check.results import Box, PhotoReport, Point

_DIMMED = 0.95  # brightness of the photo where no tile of a heat map stands out
_SHIFT = 4  # cv2 draws lines at places given in sixteenths of a pixel


def shown(image: Image.Image, report: PhotoReport, drawn: Iterable[Mark], side: int) -> Image.Image:
    """Draw marks on the photo, or on the part around a small face, scaled down to `side` pixels at its longer side.

    `image` is the upright photo in RGB, or a smaller copy of it.
    """
    box = framed(report, image.width, image.height)
    copy = image.width / whole(image, report)[2]
    return region(image, report, drawn, box, min(side, round(copy * max(box[2] - box[0], box[3] - box[1]))))


def region(image: Image.Image, report: PhotoReport, drawn: Iterable[Mark], box: Box, side: int) -> Image.Image:
    """Cut `box` out of the photo, bring its longer side to `side` pixels, and draw marks on it."""
    left, top, right, bottom = box
    copy = image.width / whole(image, report)[2]
    on = canvas(box, side)
    # A smaller copy has its sides rounded, so that the photo's own may reach beyond it by a fraction of a pixel.
    ends = min(right * copy, image.width), min(bottom * copy, image.height)
    size = int(on.width), int(on.height)
    cut = image.resize(size, Image.Resampling.LANCZOS, box=(left * copy, top * copy, *ends), reducing_gap=3)
    return painted(cut, sketched(drawn, on), on)


def whole(image: Image.Image, report: PhotoReport) -> Box:
    """The photo in its own pixels, of which `image` may be a smaller copy."""
    if report.photo is None:
        return 0, 0, image.width, image.height
    return 0, 0, report.photo.width, report.photo.height


def painted(image: Image.Image, sketches: Sequence[Sketch], on: Canvas) -> Image.Image:
    """A copy of a picture with what was sketched for it."""
    pixels = np.array(image)
    for sketch in sketches:
        for heat in sketch.heats:
            _heat(pixels, heat)
        for width, paint in ((sketch.width + on.line + 1, HALO), (sketch.width, sketch.mark.colour)):
            for line in sketch.lines:
                _line(pixels, line, width, paint)
    for sketch in sketches:
        _line(pixels, (sketch.place,), 2 * (on.radius + on.line), HALO)
        _line(pixels, (sketch.place,), 2 * on.radius, sketch.mark.colour)
    image = Image.fromarray(pixels)
    brush, font = ImageDraw.Draw(image), ImageFont.load_default(1.5 * on.radius)
    for sketch in sketches:
        brush.text(sketch.place, str(sketch.mark.number), HALO, font, anchor="mm")
    return image


def _line(pixels: np.ndarray, places: Sequence[Point], width: int, colour: Colour) -> None:
    """A line; one place alone is a dot, `width` across."""
    fixed = np.round(np.array(places) * (1 << _SHIFT)).astype(np.int32)
    if len(fixed) == 1:
        cv2.circle(pixels, fixed[0].tolist(), width << _SHIFT >> 1, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)
    else:
        cv2.polylines(pixels, [fixed.reshape(-1, 1, 2)], False, colour, width, cv2.LINE_AA, _SHIFT)


def _heat(pixels: np.ndarray, heat: Heat) -> None:
    left, top, right, bottom = heat.box
    height, width = pixels.shape[:2]
    rows, columns = len(heat.grid), len(heat.grid[0])
    # Canvas pixel -> tile, so that a map that reaches beyond the cut is cut like the photo.
    to_tiles = np.array(
        [
            [columns / (right - left), 0, -left * columns / (right - left) - 0.5],
            [0, rows / (bottom - top), -top * rows / (bottom - top) - 0.5],
        ]
    )
    values = cv2.warpAffine(
        np.array(heat.grid, np.float32),
        to_tiles,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = np.s_[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))]
    photo = pixels[inside]
    if photo.size:
        pixels[inside] = _heated(photo, values[inside])


def _heated(photo: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Lay values (H, W) of 0..1 over a photo (H, W, 3): grey and a little darker at 0, glowing at 1."""
    steps = np.linspace(0, 1, len(GLOW))
    glow = np.stack([np.interp(values, steps, level) for level in np.transpose(GLOW)], axis=-1)
    share = HEAT * values[..., None]
    grey = _DIMMED * cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None]
    mixed: np.ndarray = np.round(grey * (1 - share) + glow * share).astype(np.uint8)
    return mixed
