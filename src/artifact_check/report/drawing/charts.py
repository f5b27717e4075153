"""Numbers of reports as places on small charts; a template draws them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.drawing import legend
from artifact_check.report.text import weighed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artifact_check.results import MeasureResult, PhotoReport, Verdict

_BIN = 10  # points of the score
_ENDS = 2.0, 98.0  # of a bar, where a mark is still seen whole
_CERTAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Bin:
    """The photos with a score from `low` to `high`, counted by verdict."""

    low: int
    high: int
    counts: dict[Verdict | None, int]

    @property
    def photos(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of a waterfall, `left` to `right` on a scale of 0 to 100 whose right end looks camera-made.

    `added` is in log-odds (positive: towards AI), None for the start; `score` is the score so far, 0 to 100.
    """

    label: str
    added: float | None
    left: float
    right: float
    score: int


def histogram(reports: Sequence[PhotoReport]) -> tuple[Bin, ...]:
    """Count the photos that have a score, by tens of points; 100 belongs to the last ten."""
    last = 100 - _BIN
    counts: dict[int, Counter[Verdict | None]] = {low: Counter() for low in range(0, 100, _BIN)}
    for report in reports:
        if report.authenticity is not None:
            counts[min(last, report.authenticity // _BIN * _BIN)][report.verdict] += 1
    return tuple(Bin(low, 100 if low == last else low + _BIN - 1, dict(count)) for low, count in counts.items())


def waterfall(report: PhotoReport) -> tuple[Step, ...]:
    """What moved the score of a photo, step by step: the start, then each cue, the strongest first.

    The last step ends at the photo's own score, for the log-odds of `p_ai` are the start plus all contributions.
    """
    if report.p_ai is None or not math.isfinite(report.p_ai):
        return ()
    parts = [(cue.name, added) for added, cue in weighed(report)]
    place = _log_odds(report.p_ai) - sum(added for _, added in parts)
    places = [0.0, place]  # 0 is a score of 50, where the bars begin
    for _, added in parts:
        places.append(places[-1] + added)
    low, high = min(places), max(places)
    across = [100 * (high - place) / ((high - low) or 1.0) for place in places]
    labels = [(words.START, None), *parts]
    scores = [*(round(100 / (1 + math.exp(place))) for place in places[1:-1]), report.authenticity or 0]
    return tuple(
        Step(label, added, min(pair), max(pair), score)
        for (label, added), *pair, score in zip(labels, across, across[1:], scores, strict=False)
    )


def marker(measure: MeasureResult) -> float:
    """Where a value lies on a bar of 0 to 100 on which `legend.BAND` is typical; far out, it stays in sight."""
    at = legend.place(measure)
    if at is None:
        raise ValueError(f"{measure.key} has no value to compare.")
    return min(_ENDS[1], max(_ENDS[0], 100 * at))


def _log_odds(p_ai: float) -> float:
    sure = min(1 - _CERTAIN, max(_CERTAIN, p_ai))
    return math.log(sure / (1 - sure))
