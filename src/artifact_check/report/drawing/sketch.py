"""The geometry of marks on a picture: lines, dots and numbers, for cv2 and SVG alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from artifact_check.report.drawing.marks import Colour, Mark
    from artifact_check.results import Box, Evidence, PhotoReport, Point

HALO: Colour = (20, 20, 20)
HEAT = 0.7  # opacity of a heat map where its value is 1; below it is the photo in grey
GLOW: tuple[Colour, ...] = (  # heat map colours from 0 to 1: the middle of matplotlib's inferno
    (147, 38, 103),
    (188, 55, 84),
    (221, 81, 58),
    (243, 118, 27),
    (252, 165, 10),
    (246, 215, 70),
)
_MANY = 12  # from this many dots on they are drawn smaller, so that the face stays visible
_BARB = 0.2  # fraction of an arrow's length


@dataclass(frozen=True, slots=True)
class Canvas:
    """A crop of the photo, `box` in photo pixels, drawn on `width` x `height` pixels."""

    box: Box
    width: float
    height: float

    @property
    def line(self) -> int:
        """Line width in pixels."""
        return max(1, round(max(self.width, self.height) / 350))

    @property
    def radius(self) -> int:
        """Radius in pixels of the disc behind a number."""
        return 5 * self.line + 4

    def project(self, points: Iterable[Point]) -> tuple[Point, ...]:
        """Convert photo coordinates to canvas coordinates."""
        left, top, right, bottom = self.box
        scale_x, scale_y = self.width / (right - left), self.height / (bottom - top)
        return tuple(((x - left) * scale_x, (y - top) * scale_y) for x, y in points)


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map: rows of values from 0 to 1, and the box on the canvas that they fill."""

    box: Box
    grid: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A mark on a canvas.

    A line of one point is a dot of diameter `width`. `number_at` is the centre of the mark's number.
    """

    mark: Mark
    lines: tuple[tuple[Point, ...], ...]
    width: int
    heats: tuple[Heat, ...]
    number_at: Point


def fit_canvas(box: Box, side: float) -> Canvas:
    """Return a canvas for `box` whose longer side has `side` pixels."""
    left, top, right, bottom = box
    scale = side / max(right - left, bottom - top)
    return Canvas(box, max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))


def overview_box(report: PhotoReport, width: float, height: float) -> Box:
    """Return the part of the photo that the overview shows: around a small face, otherwise the whole photo.

    `width` and `height` are used if the report does not know the size of the photo.
    """
    if report.portrait is not None:
        return report.portrait
    return (0, 0, width, height) if report.photo is None else (0, 0, report.photo.width, report.photo.height)


def sketch_marks(marks: Iterable[Mark], canvas: Canvas) -> tuple[Sketch, ...]:
    """Lay out marks in drawing order; numbers that would overlap move down."""
    sketches: list[Sketch] = []
    for mark in sorted(marks, key=lambda mark: not mark.covers):
        x, y = _number_position(mark, canvas)
        while any(math.dist((x, y), other.number_at) < 2 * canvas.radius for other in sketches):
            y += canvas.radius
        lines = () if mark.covers else tuple(line for evidence in mark.evidence for line in _lines(evidence, canvas))
        heats = tuple(_heat(evidence, canvas) for evidence in mark.evidence) if mark.covers else ()
        sketches.append(Sketch(mark, lines, _width(mark, canvas), heats, (x, y)))
    return tuple(sketches)


def _heat(evidence: Evidence, canvas: Canvas) -> Heat:
    (left, top), (right, bottom) = canvas.project(evidence.points)
    return Heat((left, top, right, bottom), evidence.grid)


def _lines(evidence: Evidence, canvas: Canvas) -> tuple[tuple[Point, ...], ...]:
    points = canvas.project(evidence.points)
    if evidence.kind == "points":
        return tuple((point,) for point in points)
    if evidence.kind == "arrow":
        return _arrow(*points)
    closed = len(points) > 2  # noqa: PLR2004 - two points are a line
    return (points + points[:1] if closed else points,)


def _arrow(start: Point, end: Point) -> tuple[tuple[Point, ...], ...]:
    """Return a line and its barbs, 45 degrees to either side."""
    x, y = _BARB * (start[0] - end[0]) * math.sqrt(0.5), _BARB * (start[1] - end[1]) * math.sqrt(0.5)
    barbs = (end[0] + x - y, end[1] + y + x), end, (end[0] + x + y, end[1] + y - x)
    return (start, end), barbs


def _width(mark: Mark, canvas: Canvas) -> int:
    kind = mark.evidence[0].kind
    if kind == "points":
        few = sum(len(evidence.points) for evidence in mark.evidence) < _MANY
        return 2 * ((2 if few else 1) * canvas.line + 1)
    return 3 * canvas.line if kind == "arrow" else canvas.line


def _number_position(mark: Mark, canvas: Canvas) -> Point:
    """Return the centre of a mark's number: left of the mark, at the start of an arrow, or in a heat map's corner."""
    points = canvas.project(point for evidence in mark.evidence for point in evidence.points)
    x, y = points[0] if mark.evidence[0].kind == "arrow" else min(points)
    if mark.covers:
        x, y = x + canvas.radius + 2 * canvas.line, y + canvas.radius + 2 * canvas.line
    else:
        x -= 2 * canvas.radius
    return _clamp(x, canvas.width, canvas.radius), _clamp(y, canvas.height, canvas.radius)


def _clamp(value: float, length: float, radius: int) -> float:
    return min(max(value, 2 * radius), max(length, 4 * radius) - 2 * radius)
