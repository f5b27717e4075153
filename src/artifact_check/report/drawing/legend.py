"""The legend of a marked photo: for each mark, its most unusual measure compared with camera photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.text import format_number, is_known, is_unusual
from artifact_check.scale import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.results import CueResult, MeasureResult

BAND = (0.25, 0.75)  # the part of a range bar, 0 to 1, that shows the typical range


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A mark and its measure whose value is furthest from the middle of the typical range.

    `measure` is None if none of the mark's measures has a value. `position` is where the value lies on a range bar,
    0 to 1; None without a typical range.
    """

    mark: Mark
    measure: MeasureResult | None
    position: float | None

    @property
    def sentence(self) -> str:
        """What was measured at the mark; with the mark's label, if that does not say what was looked at."""
        named = self.measure is not None and self.measure.name
        return self.finding if named else words.entry(self.mark.label, self.finding)

    @property
    def finding(self) -> str:
        """The measure's name, and how its value compares with camera photos."""
        if self.measure is None:
            return words.NOT_SEEN
        return describe(self.measure) or self.measure.sentence  # reports of earlier versions have no names

    @property
    def unusual(self) -> bool:
        """Whether the value lies outside the typical range of camera photos."""
        return self.measure is not None and is_unusual(self.measure)

    @property
    def comparison(self) -> str:
        """The value, and the typical range of camera photos if it has a width; empty without a typical range."""
        if self.measure is None or self.measure.typical is None:
            return ""
        low, high = map(format_number, self.measure.typical)
        value = words.quantity(format_number(self.measure.value), self.measure.unit)
        return value if low == high else words.comparison(value, words.value_range(low, high), unusual=self.unusual)


def build_legend(cue: CueResult, marks: Iterable[Mark]) -> tuple[LegendEntry, ...]:
    """Return one entry per mark of the cue."""
    marks = tuple(marks)
    named = {name for mark in marks for name in mark.measures}
    return tuple(_build_entry(cue, mark, named) for mark in marks)


def _build_entry(cue: CueResult, mark: Mark, named: set[str]) -> LegendEntry:
    measures = _measures_of(cue, mark, named)
    compared = [(position, m) for m in measures if (position := bar_position(m)) is not None]
    # The model has no typical range for measures it does not know; their values are shown all the same.
    fallback = next((m for m in measures if m.value is not None), None)
    position, measure = max(compared, key=lambda pair: abs(pair[0] - 0.5), default=(None, fallback))
    return LegendEntry(mark, measure, None if position is None else min(max(position, 0.0), 1.0))


def _measures_of(cue: CueResult, mark: Mark, named: set[str]) -> list[MeasureResult]:
    """Return the measures that a mark illustrates.

    A name that is a complete key matches only that measure; a prefix matches those that no mark has `named` in full.
    """
    keys = {measure.key for measure in cue.measures}
    exact, prefixes = keys.intersection(mark.measures), tuple(set(mark.measures) - keys)
    return [m for m in cue.measures if m.key in exact or (m.key not in named and m.key.startswith(prefixes))]


def bar_position(measure: MeasureResult) -> float | None:
    """Return where a value lies on a range bar whose `BAND` is the typical range; None if that has no width.

    Outliers lie below 0 or above 1.
    """
    low, high = measure.typical or (0.0, 0.0)
    if not is_known(measure.value) or low == high:
        return None
    start, end = BAND
    return start + (end - start) * (measure.value - low) / (high - low)
