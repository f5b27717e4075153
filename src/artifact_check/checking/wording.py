"""A cue's result in a report: its measures beside camera photos, and a sentence on what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from artifact_check.results import CueResult, MeasureResult, rounded, significant

if TYPE_CHECKING:
    from artifact_check.cues import Cue, Measure, Measured
    from artifact_check.model.classifier import Score

TypicalRanges = Mapping[str, tuple[float, float]]  # low and high of camera photos, by measure

LEANING = 0.3  # log-odds from which on a cue leans to one side


def cue_result(measured: Measured, score: Score | None, typical: TypicalRanges) -> CueResult:
    """What a report says of one cue; `score` is None where the photo got none."""
    cue = measured.cue
    contribution = None if score is None else score.contributions.get(cue.name)
    return CueResult(
        name=cue.name,
        status=measured.status,
        reason=measured.reason,
        score=None if score is None else rounded(score.cue_scores.get(cue.name)),
        contribution=rounded(contribution),
        summary=_summary(measured, contribution, score, typical),
        measures=tuple(
            MeasureResult(
                key=measure.key,
                value=rounded(measured.values.get(measure.key)),
                unit=measure.unit,
                typical=_rounded_range(typical.get(measure.key)),
                suggests=measure.suggests,
                sentence=measure.sentence,
            )
            for measure in cue.measures
        ),
        evidence=measured.evidence,
        title=cue.title,
        innocent=cue.innocent,
    )


def _rounded_range(typical: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if typical is None else (significant(typical[0]), significant(typical[1]))


def _summary(measured: Measured, contribution: float | None, score: Score | None, typical: TypicalRanges) -> str:
    """What the cue found, and its note on that."""
    finding = _finding(measured, contribution, score, typical)
    return finding if measured.note is None else f"{finding} {measured.note}"


def _finding(measured: Measured, contribution: float | None, score: Score | None, typical: TypicalRanges) -> str:
    """One line from the same contributions as the score, so that text and score cannot contradict each other."""
    title = measured.cue.title
    if measured.status != "ok":
        return f"{title}: not judged, {measured.reason}."
    if contribution is None or score is None:
        return f"{title}: measured, not scored."
    if abs(contribution) < LEANING:
        return f"{title}: nothing that tells camera photos from generated ones."
    leaning = "leans towards AI" if contribution > 0 else "leans towards a camera"
    strongest = strongest_measure(measured.cue, score, np.sign(contribution))
    sentence = f"{strongest.sentence[0].lower()}{strongest.sentence[1:-1]}"
    compared = _comparison(measured.values[strongest.key], typical[strongest.key])
    return f"{title}: {leaning}. Strongest: {sentence} ({compared})."


def strongest_measure(cue: Cue, score: Score, sign: float) -> Measure:
    """The measure that pushes the score furthest: towards AI for a `sign` of 1, towards a camera for -1."""
    return max(cue.measures, key=lambda measure: score.measure_contributions.get(measure.key, 0.0) * sign)


def _comparison(value: float, typical: tuple[float, float]) -> str:
    """Where a value lies among the central 90 % of camera photos."""
    low, high = typical
    if not low <= value <= high:
        return f"{'less' if value < low else 'more'} than in most camera photos"
    return "on the low side" if value < (low + high) / 2 else "on the high side"
