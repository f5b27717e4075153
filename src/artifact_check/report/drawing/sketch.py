"""Marks as lines, dots and numbers on a picture: where each lies and how thick it is, whoever draws it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from artifact_check.report.drawing.marks import Colour, Mark
    from artifact_check.results import Box, Evidence, PhotoReport, Point

HALO: Colour = (20, 20, 20)
HEAT = 0.7  # of a heat map's colours where a tile stands out most; the rest is the photo, in grey
GLOW: tuple[Colour, ...] = (  # a heat map's colours from 0 to 1: the middle of matplotlib's inferno
    (147, 38, 103),
    (188, 55, 84),
    (221, 81, 58),
    (243, 118, 27),
    (252, 165, 10),
    (246, 215, 70),
)
_MANY = 12  # dots from which on they are smaller, to leave the face in view
_BARB = 0.2  # of an arrow's length


@dataclass(frozen=True, slots=True)
class Canvas:
    """A cut of the photo, `box` in pixels of that, shown on `width` x `height` pixels."""

    box: Box
    width: float
    height: float

    @property
    def line(self) -> int:
        """How thick a line is."""
        return max(1, round(max(self.width, self.height) / 350))

    @property
    def radius(self) -> int:
        """Of the disc behind a number."""
        return 5 * self.line + 4

    def places(self, points: Iterable[Point]) -> tuple[Point, ...]:
        """Points of the photo on this canvas."""
        left, top, right, bottom = self.box
        across, down = self.width / (right - left), self.height / (bottom - top)
        return tuple(((x - left) * across, (y - top) * down) for x, y in points)


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map's rows of values from 0 to 1, and the box that they fill."""

    box: Box
    grid: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A mark on a canvas: a line of one point is a dot `width` across; `place` is the middle of its number."""

    mark: Mark
    lines: tuple[tuple[Point, ...], ...]
    width: int
    heats: tuple[Heat, ...]
    place: Point


def canvas(box: Box, side: float) -> Canvas:
    """The canvas of a cut whose longer side is shown on `side` pixels."""
    left, top, right, bottom = box
    scale = side / max(right - left, bottom - top)
    return Canvas(box, max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))


def framed(report: PhotoReport, width: float, height: float) -> Box:
    """The part of the photo to show where all cues share one picture; its size tells where nothing is known of it."""
    if report.portrait is not None:
        return report.portrait
    return (0, 0, width, height) if report.photo is None else (0, 0, report.photo.width, report.photo.height)


def sketched(marks: Iterable[Mark], on: Canvas) -> tuple[Sketch, ...]:
    """Each mark in the order in which they are drawn; numbers that would lie on one another move down."""
    sketches: list[Sketch] = []
    for mark in sorted(marks, key=lambda mark: not mark.covers):
        place = _beside(mark, on)
        while any(math.dist(place, other.place) < 2 * on.radius for other in sketches):
            place = place[0], place[1] + on.radius
        lines = () if mark.covers else tuple(line for seen in mark.evidence for line in _lines(seen, on))
        heats = tuple(_heat(seen, on) for seen in mark.evidence) if mark.covers else ()
        sketches.append(Sketch(mark, lines, _width(mark, on), heats, place))
    return tuple(sketches)


def _heat(seen: Evidence, on: Canvas) -> Heat:
    (left, top), (right, bottom) = on.places(seen.points)
    return Heat((left, top, right, bottom), seen.grid)


def _lines(seen: Evidence, on: Canvas) -> tuple[tuple[Point, ...], ...]:
    places = on.places(seen.points)
    if seen.kind == "points":
        return tuple((place,) for place in places)
    if seen.kind == "arrow":
        return _arrow(*places)
    closed = len(places) > 2  # noqa: PLR2004 - two points are a line
    return (places + places[:1] if closed else places,)


def _arrow(start: Point, end: Point) -> tuple[tuple[Point, ...], ...]:
    """A line and its barbs, 45 degrees to either side."""
    x, y = _BARB * (start[0] - end[0]) * math.sqrt(0.5), _BARB * (start[1] - end[1]) * math.sqrt(0.5)
    barbs = (end[0] + x - y, end[1] + y + x), end, (end[0] + x + y, end[1] + y - x)
    return (start, end), barbs


def _width(mark: Mark, on: Canvas) -> int:
    kind = mark.evidence[0].kind
    if kind == "points":
        few = sum(len(seen.points) for seen in mark.evidence) < _MANY
        return 2 * ((2 if few else 1) * on.line + 1)
    return 3 * on.line if kind == "arrow" else on.line


def _beside(mark: Mark, on: Canvas) -> Point:
    """Where a mark's number stands in the picture: left of it, at an arrow's start, or in a heat map's corner."""
    places = on.places(point for seen in mark.evidence for point in seen.points)
    x, y = places[0] if mark.evidence[0].kind == "arrow" else min(places)
    if mark.covers:
        x, y = x + on.radius + 2 * on.line, y + on.radius + 2 * on.line
    else:
        x -= 2 * on.radius
    return _inside(x, on.width, on.radius), _inside(y, on.height, on.radius)


def _inside(at: float, length: float, radius: int) -> float:
    return min(max(at, 2 * radius), max(length, 4 * radius) - 2 * radius)
