"""Paints marks on photos with cv2 and Pillow.

Importing it is slow (numpy, cv2, Pillow), so writers that may not draw anything import it late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artifact_check.report.drawing.sketch import GLOW, HALO, HEAT, fit_canvas, overview_box, sketch_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from artifact_check.report.drawing.marks import Colour, Mark
    from artifact_check.report.drawing.sketch import Canvas, Heat, Sketch
    from artifact_check.results import Box, PhotoReport, Point

_DIMMED = 0.95  # brightness of the photo where a heat map is 0
_SHIFT = 4  # fractional bits of coordinates passed to cv2: sixteenths of a pixel


def draw_photo(image: Image.Image, report: PhotoReport, marks: Iterable[Mark], side: int) -> Image.Image:
    """Draw marks on the photo, or on the part around a small face.

    The result is scaled down so that its longer side has at most `side` pixels. `image` is the upright photo in RGB,
    or a smaller copy of it.
    """
    box = overview_box(report, image.width, image.height)
    scale = image.width / photo_box(image, report)[2]
    return draw_region(image, report, marks, box, min(side, round(scale * max(box[2] - box[0], box[3] - box[1]))))


def draw_region(
    image: Image.Image, report: PhotoReport, marks: Iterable[Mark], box: Box, side: int, *, numbered: bool = True
) -> Image.Image:
    """Crop the photo to `box`, scale the longer side to `side` pixels, and draw marks on it."""
    left, top, right, bottom = box
    scale = image.width / photo_box(image, report)[2]
    canvas = fit_canvas(box, side)
    # The size of a smaller copy is rounded, so the scaled box may extend beyond it by a fraction of a pixel.
    ends = min(right * scale, image.width), min(bottom * scale, image.height)
    size = int(canvas.width), int(canvas.height)
    cropped = image.resize(size, Image.Resampling.LANCZOS, box=(left * scale, top * scale, *ends), reducing_gap=3)
    return paint(cropped, sketch_marks(marks, canvas), canvas, numbered=numbered)


def photo_box(image: Image.Image, report: PhotoReport) -> Box:
    """Return the bounds of the original photo in its own pixels; `image` may be a smaller copy of it."""
    if report.photo is None:
        return 0, 0, image.width, image.height
    return 0, 0, report.photo.width, report.photo.height


def paint(image: Image.Image, sketches: Sequence[Sketch], canvas: Canvas, *, numbered: bool = True) -> Image.Image:
    """Return a copy of `image` with the sketches painted on it."""
    pixels = np.array(image)
    for sketch in sketches:
        for heat in sketch.heats:
            _paint_heat(pixels, heat)
        for width, colour in ((sketch.width + canvas.line + 1, HALO), (sketch.width, sketch.mark.colour)):
            for line in sketch.lines:
                _paint_line(pixels, line, width, colour)
    if not numbered:
        return Image.fromarray(pixels)
    for sketch in sketches:
        _paint_line(pixels, (sketch.number_at,), 2 * (canvas.radius + canvas.line), HALO)
        _paint_line(pixels, (sketch.number_at,), 2 * canvas.radius, sketch.mark.colour)
    image = Image.fromarray(pixels)
    brush, font = ImageDraw.Draw(image), ImageFont.load_default(1.5 * canvas.radius)
    for sketch in sketches:
        brush.text(sketch.number_at, str(sketch.mark.number), HALO, font, anchor="mm")
    return image


def _paint_line(pixels: np.ndarray, points: Sequence[Point], width: int, colour: Colour) -> None:
    """Paint a line, or a dot of diameter `width` if there is only one point."""
    fixed = np.round(np.array(points) * (1 << _SHIFT)).astype(np.int32)
    if len(fixed) == 1:
        cv2.circle(pixels, fixed[0].tolist(), width << _SHIFT >> 1, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)
    else:
        cv2.polylines(pixels, [fixed.reshape(-1, 1, 2)], False, colour, width, cv2.LINE_AA, _SHIFT)


def _paint_heat(pixels: np.ndarray, heat: Heat) -> None:
    left, top, right, bottom = heat.box
    height, width = pixels.shape[:2]
    rows, columns = len(heat.grid), len(heat.grid[0])
    # Maps canvas pixels to tiles, so that a map extending beyond the canvas is cropped like the photo.
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
        pixels[inside] = _blend_heat(photo, values[inside])


def _blend_heat(photo: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Overlay values (H, W) of 0..1 on a photo (H, W, 3): grey and slightly dimmed at 0, glowing at 1."""
    steps = np.linspace(0, 1, len(GLOW))
    glow = np.stack([np.interp(values, steps, level) for level in np.transpose(GLOW)], axis=-1)
    opacity = HEAT * values[..., None]
    grey = _DIMMED * cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None]
    mixed: np.ndarray = np.round(grey * (1 - opacity) + glow * opacity).astype(np.uint8)
    return mixed
