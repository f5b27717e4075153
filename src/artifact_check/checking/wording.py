"""A cue's result in a report: its measures beside camera photos, and a sentence on what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from artifact_check.phrase import Phrase, join
from artifact_check.results import CueResult, MeasureResult, rounded, significant
from artifact_check.scale import LEANING, finding

if TYPE_CHECKING:
    from artifact_check.cues import Cue, Measure, Measured
    from artifact_check.model.classifier import Score

TypicalRanges = Mapping[str, tuple[float, float]]  # low and high of camera photos, by measure


def cue_result(measured: Measured, score: Score | None, typical: TypicalRanges, *, measures: bool = True) -> CueResult:
    """What a report says of one cue, without its `measures` if nobody shows them; `score` is None where the photo got
    none.
    """
    cue = measured.cue
    contribution = None if score is None else score.contributions.get(cue.name)
    result = partial(_measure_result, measured, score, typical)
    return CueResult(
        name=cue.name,
        status=measured.status,
        reason=measured.reason,
        score=None if score is None else rounded(score.cue_scores.get(cue.name)),
        contribution=rounded(contribution),
        summary=_summary(measured, contribution, score, result),
        measures=tuple(map(result, cue.measures)) if measures else (),
        evidence=measured.evidence,
        title=cue.title,
        innocent=cue.innocent,
    )


def _measure_result(measured: Measured, score: Score | None, typical: TypicalRanges, measure: Measure) -> MeasureResult:
    return MeasureResult(
        key=measure.key,
        value=rounded(measured.values.get(measure.key)),
        unit=measure.unit,
        typical=_rounded_range(typical.get(measure.key)),
        suggests=measure.suggests,
        sentence=measure.sentence,
        name=measure.name,
        contribution=None if score is None else rounded(score.measure_contributions.get(measure.key)),
        scale=measure.scale,
    )


def _rounded_range(typical: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if typical is None else (significant(typical[0]), significant(typical[1]))


def _summary(
    measured: Measured, contribution: float | None, score: Score | None, result: Callable[[Measure], MeasureResult]
) -> str:
    """What the cue found, and its note on that."""
    finding = _finding(measured, contribution, score, result)
    return finding if measured.note is None else join(" ", (finding, measured.note))


def _finding(
    measured: Measured, contribution: float | None, score: Score | None, result: Callable[[Measure], MeasureResult]
) -> str:
    """One line from the same contributions as the score, so that text and score cannot contradict each other."""
    title = measured.cue.title
    if measured.status != "ok":
        return Phrase("{title:text}: not judged, {reason:text}.", title=title, reason=measured.reason)
    if contribution is None or score is None:
        return Phrase("{title:text}: measured, not scored.", title=title)
    if abs(contribution) < LEANING:
        return Phrase("{title:text}: says little either way.", title=title)
    strongest = result(strongest_measure(measured.cue, score, np.sign(contribution)))
    return Phrase(
        "{title:text}: leans towards AI. {finding:text}."
        if contribution > 0
        else "{title:text}: leans towards a camera. {finding:text}.",
        title=title,
        finding=finding(strongest, towards_ai=contribution > 0),
    )


def strongest_measure(cue: Cue, score: Score, sign: float) -> Measure:
    """The measure that pushes the score furthest: towards AI for a `sign` of 1, towards a camera for -1."""
    return max(cue.measures, key=lambda measure: score.measure_contributions.get(measure.key, 0.0) * sign)
