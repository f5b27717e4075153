"""Charts as plain numbers, for `templates/plots.jinja` to draw as SVG.

Coordinates are in pixels, y down; `style` is a class in `templates/plots.css`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

# Style sheets of a page with plots.
SHEETS = (("artifact_check.report", "report.css"), ("artifact_check.learn.figures", "plots.css"))
_STYLES = ("first", "second", "third", "fourth", "fifth")  # classes in plots.css, which also differ in their dashes

Value = float | None  # None is not drawn
Point = tuple[Value, Value]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high` in data units; values outside are drawn at its ends.

    `ticks` are data values with their text; `scale` maps data units to those that are drawn evenly.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    scale: Callable[[float], float] = float

    def share(self, value: float) -> float:
        """Position of a value along the axis, 0 to 1."""
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(min(max(value, self.low), self.high)) - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick: its position on the axis in pixels, and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline, with `points` as in SVG: "x,y x,y"."""

    points: str
    style: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle; `title` is its tooltip."""

    x: float
    y: float
    radius: float
    style: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle with its upper left corner at `x` and `y`; `title` is its tooltip."""

    x: float
    y: float
    width: float
    height: float
    style: str
    title: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A legend entry; `filled` for bars."""

    text: str
    style: str
    filled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Axes and what is drawn in them; each `with_` method returns a chart with more in it."""

    title: str
    x: Axis
    y: Axis
    width: int = 340
    height: int = 290
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    bars: tuple[Bar, ...] = ()
    legend: tuple[Entry, ...] = ()

    left, top = 44, 22

    @property
    def right(self) -> int:
        return self.width - 12

    @property
    def bottom(self) -> int:
        return self.height - 40

    @property
    def x_ticks(self) -> list[Tick]:
        return [Tick(self._across(value), text) for value, text in self.x.ticks]

    @property
    def y_ticks(self) -> list[Tick]:
        return [Tick(self._down(value), text) for value, text in self.y.ticks]

    def with_line(self, name: str, points: Iterable[Point], style: int | str) -> Chart:
        """Add a line and its legend entry; `style` is an index from 0, or a class."""
        style = _class(style)
        known = [(x, y) for x, y in points if x is not None and y is not None]
        line = Line(" ".join(f"{self._across(x)},{self._down(y)}" for x, y in known), style)
        return replace(self, lines=(*self.lines, line), legend=(*self.legend, Entry(name, style, filled=False)))

    def with_dots(self, points: Iterable[tuple[Value, Value, float, str]], style: int | str) -> Chart:
        """Add dots: x, y, radius in pixels, tooltip."""
        dots = [
            Dot(self._across(x), self._down(y), round(radius, 1), _class(style), title)
            for x, y, radius, title in points
            if x is not None and y is not None
        ]
        return replace(self, dots=(*self.dots, *dots))

    def with_bars(self, name: str, heights: Sequence[float], style: str) -> Chart:
        """Add bars of equal width over the whole x axis, and their legend entry."""
        step = (self.x.high - self.x.low) / len(heights)
        edges = [self._across(self.x.low + step * i) for i in range(len(heights) + 1)]
        bars = []
        for (left, right), height in zip(pairwise(edges), heights, strict=True):
            top = self._down(height)
            size = round(right - left, 1), round(self.bottom - top, 1)
            bars.append(Bar(left, top, *size, style, f"{name}: {height:.1%}"))
        return replace(self, bars=(*self.bars, *bars), legend=(*self.legend, Entry(name, style, filled=True)))

    def _across(self, value: float) -> float:
        return round(self.left + (self.right - self.left) * self.x.share(value), 1)

    def _down(self, value: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * self.y.share(value), 1)


def _class(style: int | str) -> str:
    return style if isinstance(style, str) else _STYLES[style % len(_STYLES)]
