"""Positions of report numbers on small charts, which templates draw."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.drawing.legend import bar_position
from artifact_check.report.text import cue_effects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artifact_check.results import MeasureResult, PhotoReport, Verdict

_BIN = 10  # points of the score
_ENDS = 2.0, 98.0  # percent of a bar; further out, a marker would be cut off
_CERTAIN = 1e-9  # keeps log-odds finite


@dataclass(frozen=True, slots=True)
class Bin:
    """Number of photos with scores `low` to `high`, by verdict."""

    low: int
    high: int
    counts: dict[Verdict | None, int]

    @property
    def photos(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall chart.

    `left` and `right` are on a scale from 0 (AI) to 100 (camera). `added` is in log-odds, positive towards AI; it is
    None for the first bar. `score` is the running score, 0 to 100.
    """

    label: str
    added: float | None
    left: float
    right: float
    score: int


def histogram(reports: Sequence[PhotoReport]) -> tuple[Bin, ...]:
    """Count scored photos in bins of ten points. A score of 100 falls into the last bin."""
    last = 100 - _BIN
    counts: dict[int, Counter[Verdict | None]] = {low: Counter() for low in range(0, 100, _BIN)}
    for report in reports:
        if report.authenticity is not None:
            counts[min(last, report.authenticity // _BIN * _BIN)][report.verdict] += 1
    return tuple(Bin(low, 100 if low == last else low + _BIN - 1, dict(count)) for low, count in counts.items())


def waterfall(report: PhotoReport) -> tuple[Step, ...]:
    """Return the baseline and then each cue's contribution to the score, strongest first.

    The log-odds of `p_ai` are the baseline plus all contributions, so the last bar ends at the photo's score. A photo
    without a score has no bars.
    """
    if report.p_ai is None or not math.isfinite(report.p_ai):
        return ()
    parts = [(cue.name, added) for added, cue in cue_effects(report)]
    baseline = _log_odds(report.p_ai) - sum(added for _, added in parts)
    totals = [0.0, baseline]  # log-odds 0 is a score of 50, where the first bar begins
    for _, added in parts:
        totals.append(totals[-1] + added)
    low, high = min(totals), max(totals)
    positions = [100 * (high - total) / ((high - low) or 1.0) for total in totals]
    labels = [(words.START, None), *parts]
    scores = [*(round(100 / (1 + math.exp(total))) for total in totals[1:-1]), report.authenticity or 0]
    return tuple(
        Step(label, added, min(pair), max(pair), score)
        for (label, added), *pair, score in zip(labels, positions, positions[1:], scores, strict=False)
    )


def marker_position(measure: MeasureResult) -> float:
    """Return where a value lies on a range bar, in percent; outliers stay visible at the ends.

    Raises:
        ValueError: the measure has no value or no typical range.
    """
    position = bar_position(measure)
    if position is None:
        raise ValueError(f"{measure.key} has no value to compare.")
    return min(_ENDS[1], max(_ENDS[0], 100 * position))


def _log_odds(p_ai: float) -> float:
    p = min(1 - _CERTAIN, max(_CERTAIN, p_ai))
    return math.log(p / (1 - p))
