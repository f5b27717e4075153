"""The answer to one photo: what it is, why and where, and what to do now. Every format for people shows this card."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.phrase import as_sentence
from artifact_check.report import words
from artifact_check.report.drawing.marks import number_marks
from artifact_check.report.text import (
    cue_effects,
    describe_declaration,
    format_share,
    is_known,
    unusual_measures,
)
from artifact_check.scale import describe, distance_outside, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.results import CueResult, ErrorRates, MeasureResult, ModelFacts, PhotoReport

_MAX_REASONS = 3
_MAX_OTHERS = 2
_FAR = 1.0  # widths of the range of camera photos, outside of it
_EVEN = 0.5  # p_ai above which a photo leans to AI
_SMALL = 1e-6  # log-odds


@dataclass(frozen=True, slots=True)
class Reason:
    """A cue that moved the score.

    `points` is what the cue adds to the score: below 0 towards AI, above 0 towards a camera. `strongest` is the cue's
    measure that moved it furthest that way, None in reports of versions that did not tell. `mark` shows where; None if
    nothing was drawn there.
    """

    cue: CueResult
    points: int
    strongest: MeasureResult | None
    mark: Mark | None

    @property
    def title(self) -> str:
        """What was looked at, and how far it moved the score."""
        return words.reason(self.cue.title, self.points)

    @property
    def sentence(self) -> str:
        """What was found there; "" if that is not known."""
        if self.strongest is None:
            return ""
        return as_sentence(finding(self.strongest, towards_ai=self.points < 0))


@dataclass(frozen=True, slots=True)
class Zones:
    """The score on its bar, 0 (AI) to 100 (camera): `low` to `high` is its 90 % interval.

    At `ai` and below a photo may be called *signs of AI*, at `camera` and above *few signs*; None if the model's limits
    are not known.
    """

    score: int
    low: int
    high: int
    ai: int | None
    camera: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """The answer, in English or in the language of its report; every text is still to be translated."""

    headline: str
    sentences: tuple[str, ...]
    zones: Zones | None
    reasons: tuple[Reason, ...]
    others: tuple[str, ...]
    declared: tuple[str, ...]
    forecast: tuple[str, ...]
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    appeal: tuple[str, ...]

    @property
    def answer(self) -> tuple[str, ...]:
        """What it is, and what that means, as sentences."""
        return (self.headline, *self.sentences)


def build_card(report: PhotoReport, facts: ModelFacts | None = None) -> Card:
    """Build the card of a report; with the facts of its model, the answer also tells how often it errs."""
    facts = _own_facts(report, facts)
    headline, *sentences = answer(report, facts)
    reasons = tuple(_reasons(report))
    return Card(
        headline=headline,
        sentences=tuple(sentences),
        zones=_zones(report, facts),
        reasons=reasons,
        others=tuple(_others(report)),
        declared=tuple(map(describe_declaration, report.provenance)) or (words.NOTHING_DECLARED,),
        forecast=report.platforms or (words.NO_PLATFORM,),
        steps=tuple(_steps(report)),
        appeal=tuple(_appeal(report, reasons, _profile_rates(facts))),
    )


def answer(report: PhotoReport, facts: ModelFacts | None = None) -> tuple[str, ...]:
    """The card's answer alone. It looks at no measures, which would have to be decoded for each photo of a store."""
    facts = _own_facts(report, facts)
    return (words.HEADLINES[report.verdict], *_sentences(report, facts, _profile_rates(facts)))


def _own_facts(report: PhotoReport, facts: ModelFacts | None) -> ModelFacts | None:
    return None if facts is None or facts.version != report.model else facts


def _profile_rates(facts: ModelFacts | None) -> ErrorRates | None:
    """The error rates on photos as profile sites store them; None if the model does not tell all that a card says."""
    rates = () if facts is None else facts.rates
    found = next((each for each in rates if each.condition == "profile"), None)
    if found is None:
        return None
    told = (found.false_alarms, found.found, found.passed, found.undecided_camera, found.undecided_ai)
    return found if all(is_known(rate.value) for rate in told) else None


def _steps(report: PhotoReport) -> Iterator[tuple[str, tuple[str, ...]]]:
    owner, screener = words.STEPS[report.verdict]
    if report.verdict == "declared_ai" and report.platforms:
        owner = (*owner, words.SEE_PLATFORMS)
    if report.verdict is None and report.status in {"unreadable", "too_large"}:
        owner = (words.TRY_AGAIN,)  # the message says what is wrong with the file, not with the shot
    yield words.OWNER, owner
    yield words.SCREENER, screener


def _moved(report: PhotoReport) -> list[tuple[int, CueResult]]:
    """The cues that moved the score by a point or more, and the points, strongest first."""
    if report.p_ai is None or not 0 < report.p_ai < 1:
        return []
    effects = [(_points(report.p_ai, added), cue) for added, cue in cue_effects(report)]
    moved = [(points, cue) for points, cue in effects if points]
    return sorted(moved, key=lambda effect: -abs(effect[0]))[:_MAX_REASONS]


def _reasons(report: PhotoReport) -> Iterator[Reason]:
    for points, cue in _moved(report):
        side = 1 if points < 0 else -1
        weighed = [measure for measure in cue.measures if measure.contribution]
        strongest = max(weighed, key=lambda measure: side * (measure.contribution or 0), default=None)
        yield Reason(cue, points, strongest, _mark(report, strongest, towards_ai=points < 0))


def _points(p_ai: float, added: float) -> int:
    """The part of the score's distance from 50 that `added` log-odds of AI account for.

    All parts, and that of the model's baseline, add up to that distance: they are the integrated gradients of the score
    along a straight line from even odds (Sundararajan, Taly, Yan 2017, "Axiomatic attribution for deep networks").
    """
    log_odds = math.log(p_ai / (1 - p_ai))
    slope = 25.0 if abs(log_odds) < _SMALL else 100 * (p_ai - _EVEN) / log_odds  # points per log-odds
    return round(-slope * added)


def _mark(report: PhotoReport, measure: MeasureResult | None, *, towards_ai: bool) -> Mark | None:
    """The mark that shows a measure; a heat map glows only where it pushes towards AI."""
    if measure is None:
        return None
    marks = [mark for mark in number_marks(report) if towards_ai or not mark.covers]
    return next((mark for mark in marks if any(seen.shows(measure.key) for seen in mark.evidence)), None)


def _sentences(report: PhotoReport, facts: ModelFacts | None, rates: ErrorRates | None) -> Iterator[str]:
    if report.message is not None:
        yield report.message
    if report.verdict == "declared_ai":
        yield words.DECLARED_MEANS
    elif rates is not None and report.verdict == "likely_ai":
        yield words.likely_ai(format_share(rates.false_alarms.value), format_share(rates.found.value))
    elif rates is not None and report.verdict == "likely_authentic":
        yield words.few_signs(format_share(rates.passed.value))
    elif report.verdict == "inconclusive":
        yield from _undecided(report, facts, rates)


def _undecided(report: PhotoReport, facts: ModelFacts | None, rates: ErrorRates | None) -> Iterator[str]:
    if rates is not None:
        yield words.undecided(format_share(rates.undecided_camera.value), format_share(rates.undecided_ai.value))
    moved = _moved(report)
    if report.p_ai is None or not moved:
        return
    to_ai = report.p_ai > _EVEN
    cause = next((cue for points, cue in moved if (points < 0) == to_ai), None)
    if cause is not None:
        yield words.leaning(to_ai=to_ai, cue=cause.title)
    if facts is not None and facts.leaning_ai is not None:
        share = facts.leaning_ai[0 if to_ai else 1]
        yield words.leaning_share(format_share(share), to_ai=to_ai)


def _zones(report: PhotoReport, facts: ModelFacts | None) -> Zones | None:
    if report.authenticity is None or not is_known(report.p_ai_low) or not is_known(report.p_ai_high):
        return None
    limits = (None, None) if facts is None else (facts.likely_ai, facts.likely_authentic)
    ai, camera = (None if limit is None else round(100 * (1 - limit)) for limit in limits)
    low, high = (round(100 * (1 - p)) for p in (report.p_ai_high, report.p_ai_low))
    return Zones(report.authenticity, low, high, ai, camera)


def _others(report: PhotoReport) -> Iterator[str]:
    """Yield what lies far outside the range of camera photos though no score counts it."""
    far = [m for cue in report.cues for m in unusual_measures(cue) if not m.contribution and m.name]
    far = [measure for measure in far if abs(distance_outside(measure)) >= _FAR]
    by_name = {measure.name: measure for measure in reversed(far)}
    ranked = sorted(by_name.values(), key=lambda measure: -abs(distance_outside(measure)))
    for measure in ranked[:_MAX_OTHERS] if report.status == "ok" else ():
        yield as_sentence(describe(measure))


def _appeal(report: PhotoReport, reasons: tuple[Reason, ...], rates: ErrorRates | None) -> Iterator[str]:
    """Yield what helps someone whose real photo was called signs of AI."""
    if report.verdict != "likely_ai":
        return
    for reason in reasons:
        if reason.points < 0 and reason.cue.innocent:
            yield words.innocent(reason.cue.title, reason.cue.innocent)
    if rates is not None:
        yield words.mistakes(format_share(rates.false_alarms.value))
    yield words.CONVINCING
    if report.sha256 is not None:
        yield words.this_file(report.sha256)
