"""Evidence drawn on a photo. Each mark has the number and the colour of its entry in the legend.

Heavy to import (numpy, cv2, Pillow): writers that may draw nothing import it late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artifact_check.report.marks import marks, overview

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from artifact_check.report.marks import Colour, Mark
    from artifact_check.results import Evidence, PhotoReport, Point

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels of the photo

_HALO = (20, 20, 20)
_HEAT = 0.7  # of a heat map's colours where a tile stands out most; the rest is the photo, in grey
_DIMMED = 0.95  # brightness of the photo where no tile stands out
_SHIFT = 4  # cv2 draws lines at places given in sixteenths of a pixel


def annotate(image: Image.Image, report: PhotoReport, *, cue: str | None = None, side: int) -> Image.Image:
    """Draw the marks of one cue on the photo, scaled down to `side` pixels at its longer side.

    `image` is the upright photo in RGB, or a smaller copy of it. Without `cue`, every cue that has a part in the score
    is drawn, and a heat map only where it belongs to the cue that moved the score most.
    """
    chosen = overview(report) if cue is None else tuple(mark for mark in marks(report) if mark.cue == cue)
    return region(image, report, chosen, whole(image, report), min(side, max(image.size)))


def region(image: Image.Image, report: PhotoReport, drawn: Iterable[Mark], box: Box, side: int) -> Image.Image:
    """Cut `box` out of the photo, bring its longer side to `side` pixels, and draw marks on it."""
    left, top, right, bottom = box
    scale = side / max(right - left, bottom - top)
    copy = image.width / whole(image, report)[2]
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    # A smaller copy has its sides rounded, so that the photo's own may reach beyond it by a fraction of a pixel.
    ends = min(right * copy, image.width), min(bottom * copy, image.height)
    cut = image.resize(size, Image.Resampling.LANCZOS, box=(left * copy, top * copy, *ends), reducing_gap=3)
    canvas = _Canvas(cut, (left, top), scale)
    drawn = sorted(drawn, key=lambda mark: not mark.covers)
    for mark in drawn:
        for seen in mark.evidence:
            canvas.draw(seen, mark.colour)
    return canvas.numbered(drawn)


def whole(image: Image.Image, report: PhotoReport) -> Box:
    """The photo in its own pixels, of which `image` may be a smaller copy."""
    if report.photo is None:
        return 0, 0, image.width, image.height
    return 0, 0, report.photo.width, report.photo.height


class _Canvas:
    """A cut of the photo that is drawn on; places are given in pixels of the photo."""

    def __init__(self, image: Image.Image, origin: Point, scale: float) -> None:
        self._pixels = np.array(image)
        self._origin = np.array(origin)
        self._scale = scale
        self._line = max(1, round(max(image.size) / 350))

    def draw(self, seen: Evidence, colour: Colour) -> None:
        places = self._places(seen.points)
        if seen.kind == "heatmap":
            self._heat(places, seen.grid)
        elif seen.kind == "outline":
            self._outline(places, colour)
        elif seen.kind == "arrow":
            self._arrow(places, colour)
        else:
            self._dots(places, colour)

    def numbered(self, drawn: Sequence[Mark]) -> Image.Image:
        """The picture, with each mark's number beside it; numbers that would lie on one another move down."""
        radius = 5 * self._line + 4
        taken: list[np.ndarray] = []
        for mark in drawn:
            place = self._beside(mark, radius)
            while any(np.linalg.norm(place - other) < 2 * radius for other in taken):
                place = place + np.array([0, radius])
            taken.append(place)
            self._disc(place, radius + self._line, _HALO)
            self._disc(place, radius, mark.colour)
        image = Image.fromarray(self._pixels)
        brush, font = ImageDraw.Draw(image), ImageFont.load_default(1.5 * radius)
        for mark, (x, y) in zip(drawn, taken, strict=True):
            brush.text((x, y), str(mark.number), _HALO, font, anchor="mm")
        return image

    def _places(self, points: Sequence[Point]) -> np.ndarray:
        """(N, 2) float64 pixels of the canvas."""
        places: np.ndarray = (np.array(points, dtype=np.float64).reshape(-1, 2) - self._origin) * self._scale
        return places

    def _beside(self, mark: Mark, radius: int) -> np.ndarray:
        """Where a mark's number stands in the picture: left of it, at an arrow's start, or in a heat map's corner."""
        places = np.concatenate([self._places(seen.points) for seen in mark.evidence])
        first = places[0] if mark.evidence[0].kind == "arrow" else places[np.argmin(places[:, 0])]
        place = first + radius + 2 * self._line if mark.covers else first - (2 * radius, 0)
        height, width = self._pixels.shape[:2]
        inside: np.ndarray = np.clip(place, 2 * radius, np.maximum((width, height), 4 * radius) - 2 * radius)
        return inside

    def _outline(self, places: np.ndarray, colour: Colour) -> None:
        corners = [_fixed(places).reshape(-1, 1, 2)]
        closed = len(places) > 2  # noqa: PLR2004 - two points are a line
        for thickness, paint in ((self._line + 2, _HALO), (self._line, colour)):
            cv2.polylines(self._pixels, corners, closed, paint, thickness, cv2.LINE_AA, _SHIFT)

    def _arrow(self, places: np.ndarray, colour: Colour) -> None:
        start, end = _fixed(places).tolist()
        for thickness, paint in ((3 * self._line + 2, _HALO), (3 * self._line, colour)):
            cv2.arrowedLine(self._pixels, start, end, paint, thickness, cv2.LINE_AA, _SHIFT, tipLength=0.2)

    def _dots(self, places: np.ndarray, colour: Colour) -> None:
        radius = (2 if len(places) < 12 else 1) * self._line + 1  # noqa: PLR2004 - many dots are to leave the face in view
        for place in places:
            self._disc(place, radius + self._line, _HALO)
            self._disc(place, radius, colour)

    def _disc(self, place: np.ndarray, radius: int, colour: Colour) -> None:
        cv2.circle(self._pixels, _fixed(place).tolist(), radius << _SHIFT, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def _heat(self, corners: np.ndarray, grid: Sequence[Sequence[float]]) -> None:
        (left, top), (right, bottom) = corners
        height, width = self._pixels.shape[:2]
        rows, columns = len(grid), len(grid[0])
        # Canvas pixel -> tile, so that a map that reaches beyond the cut is cut like the photo.
        to_tiles = np.array(
            [
                [columns / (right - left), 0, -left * columns / (right - left) - 0.5],
                [0, rows / (bottom - top), -top * rows / (bottom - top) - 0.5],
            ]
        )
        values = cv2.warpAffine(
            np.array(grid, np.float32),
            to_tiles,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        inside = np.s_[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))]
        photo = self._pixels[inside]
        if photo.size:
            self._pixels[inside] = _heated(photo, values[inside])


def _heated(photo: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Lay values (H, W) of 0..1 over a photo (H, W, 3): grey and a little darker at 0, glowing at 1."""
    levels = np.clip(np.round(255 * (0.4 + 0.5 * values)), 0, 255).astype(np.uint8)
    glow = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    share = _HEAT * values[..., None]
    grey = _DIMMED * cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None]
    mixed: np.ndarray = np.round(grey * (1 - share) + glow * share).astype(np.uint8)
    return mixed


def _fixed(places: np.ndarray) -> np.ndarray:
    """Places in the fixed-point numbers that cv2 draws at."""
    fixed: np.ndarray = np.round(places * (1 << _SHIFT)).astype(np.int32)
    return fixed
