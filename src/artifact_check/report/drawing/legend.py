"""What a photo's marks stand for: to each one the measure that says most about it, beside camera photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.text import known, number, unusual

if TYPE_CHECKING:
    from collections.abc import Iterable

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.results import CueResult, MeasureResult

BAND = (0.25, 0.75)  # of a range bar: what is typical


@dataclass(frozen=True, slots=True)
class Entry:
    """A mark and the measure, of those it shows, whose value is furthest from the middle of what is typical.

    `measure` is None where none of them could be seen; `place` is where the value lies on a bar of 0 to 1.
    """

    mark: Mark
    measure: MeasureResult | None
    place: float | None

    @property
    def sentence(self) -> str:
        """Say what is marked, and what was measured there."""
        return words.entry(self.mark.label, self.said)

    @property
    def said(self) -> str:
        """Say what was measured there."""
        return words.NOT_SEEN if self.measure is None else self.measure.sentence

    @property
    def unusual(self) -> bool:
        """Whether the value lies outside what is typical of camera photos."""
        return self.measure is not None and unusual(self.measure)

    @property
    def comparison(self) -> str:
        """Say the value beside what is typical of camera photos; empty where there is none."""
        if self.measure is None or self.measure.typical is None:
            return ""
        low, high = self.measure.typical
        value = words.quantity(number(self.measure.value), self.measure.unit)
        return words.compared(value, words.typical(number(low), number(high)), unusual=unusual(self.measure))


def legend(cue: CueResult, marks: Iterable[Mark]) -> tuple[Entry, ...]:
    """One entry for each of a cue's marks."""
    return tuple(_entry(cue, mark) for mark in marks)


def _entry(cue: CueResult, mark: Mark) -> Entry:
    shown = [(at, m) for m in _shown(cue, mark) if (at := place(m)) is not None]
    # A model that does not know a measure says nothing of what is typical: it was seen all the same.
    seen = next((m for m in _shown(cue, mark) if m.value is not None), None)
    at, measure = max(shown, key=lambda pair: abs(pair[0] - 0.5), default=(None, seen))
    return Entry(mark, measure, None if at is None else min(max(at, 0.0), 1.0))


def _shown(cue: CueResult, mark: Mark) -> list[MeasureResult]:
    """The measures that a mark shows; what is itself a key stands for that measure alone."""
    keys = {measure.key for measure in cue.measures}
    named, beginnings = keys.intersection(mark.measures), tuple(set(mark.measures) - keys)
    return [measure for measure in cue.measures if measure.key in named or measure.key.startswith(beginnings)]


def place(measure: MeasureResult) -> float | None:
    """Where a value lies when what is typical reaches from the beginning of `BAND` to its end."""
    if not known(measure.value) or measure.typical is None:
        return None
    low, high = measure.typical
    start, end = BAND
    return start + (end - start) * (measure.value - low) / max(high - low, 1e-9)
