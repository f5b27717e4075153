"""Plain strings about one photo report, for all formats that people read."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeGuard

from artifact_check.phrase import Phrase, join
from artifact_check.report import words
from artifact_check.scale import LEANING, distance_outside

if TYPE_CHECKING:
    from artifact_check.results import CueResult, Declaration, MeasureResult, PhotoReport, Rate, Verdict

# Control characters, line separators, direction marks, and lone surrogates, which cannot be encoded.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ATTENTION: tuple[Verdict | None, ...] = ("declared_ai", "likely_ai", None, "inconclusive", "likely_authentic")
_MAX_REASONS = 3
_MIN_REASON = 0.05  # log-odds; less moves the score by one point at most


def escape_unprintable(text: str) -> str:
    r"""Replace control characters, direction marks and undecodable bytes with escapes such as `\n` and `\udcff`."""
    return _UNSAFE.sub(escape_match, text)


def escape_match(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def outcome(report: PhotoReport) -> str:
    """Return the verdict, with the status if the face could not be assessed."""
    verdict = words.DECLARES_DAMAGED if _declares_damaged(report) else verdict_or_status(report)
    if report.verdict is None or report.status == "ok":
        return verdict
    return join("; ", (verdict, words.STATUSES[report.status]))


def _declares_damaged(report: PhotoReport) -> bool:
    """Whether all that declares AI is a credential with a flaw."""
    trust = {declared.trust for declared in report.provenance if declared.says == "ai_generated"} - {"invalid"}
    return report.verdict == "declared_ai" and trust == {"damaged"}


def cue_effects(report: PhotoReport) -> list[tuple[float, CueResult]]:
    """Return the cues that moved the score and their contributions in log-odds, strongest first."""
    added = [(cue.contribution, cue) for cue in report.cues if is_known(cue.contribution)]
    return sorted(added, key=lambda pair: -abs(pair[0]))


def cues_by_effect(report: PhotoReport) -> list[CueResult]:
    """Return all cues: first those that moved the score, strongest first, then the others in their order."""
    scored = [cue for _, cue in cue_effects(report)]
    return [*scored, *(cue for cue in report.cues if cue not in scored)]


def reasons(report: PhotoReport) -> str:
    """Return in one line what moved the score most, or why there is no score."""
    if report.message is not None:
        return report.message
    return join("; ", filter(None, (_reasons_towards(report, ai=True), _reasons_towards(report, ai=False))))


def main_reasons(report: PhotoReport) -> str:
    """Return what moved the score most towards the side it is on; empty if nothing did, or there is no score."""
    return "" if report.p_ai is None else _reasons_towards(report, ai=report.p_ai > 0.5)  # noqa: PLR2004 - the middle


def _reasons_towards(report: PhotoReport, *, ai: bool) -> str:
    strongest = [(added, cue) for added, cue in cue_effects(report)[:_MAX_REASONS] if abs(added) >= _MIN_REASON]
    titles = [cue.title or cue.name for added, cue in strongest if (added > 0) == ai]
    if not titles:
        return ""
    side = words.TOWARDS_AI if ai else words.TOWARDS_CAMERA
    return Phrase("{side:text}: {titles:text}", side=side, titles=join(", ", titles))


def describe_declaration(declaration: Declaration) -> str:
    return Phrase(
        "{says:text} ({generator}; {kind:text}, {trust:text})"
        if declaration.generator
        else "{says:text} ({kind:text}, {trust:text})",
        says=words.SAYS[declaration.says],
        generator=declaration.generator,
        kind=words.KINDS[declaration.kind],
        trust=words.TRUST[declaration.trust],
    )


def declaration_summary(report: PhotoReport) -> str:
    """Return all declarations in one line.

    Declarations about AI and signed ones are described in full; of the others, which most photos have, only the claim.
    """
    parts = [
        describe_declaration(declaration) if _is_weighty(declaration) else words.SAYS[declaration.says]
        for declaration in report.provenance
    ]
    return join("; ", dict.fromkeys(parts))


def remarks(report: PhotoReport) -> tuple[str, ...]:
    """Return in a few words what to know first: a declaration about AI or a signed one, or else what moved the score,
    or why there is none. What else the file declares comes last.
    """
    is_weighty, declares = any(map(_is_weighty, report.provenance)), declaration_summary(report)
    if report.message is not None:
        return (declares, report.message) if is_weighty else (report.message,)
    said = (declares, main_reasons(report)) if is_weighty else (main_reasons(report), declares)
    return tuple(filter(None, said))


def _is_weighty(declaration: Declaration) -> bool:
    return declaration.kind == "c2pa" or declaration.says.startswith("ai_")


def cue_facts(cue: CueResult) -> str:
    """Explain a cue's contribution, and its score if it leans towards AI; empty if it has no contribution.

    What leans to no side, or to a camera, may still do so less than in most camera photos: "more suspicious" would
    contradict the cue's own sentence.
    """
    if not is_known(cue.contribution):
        return ""
    parts = [words.cue_score(cue.score)] if is_known(cue.score) and cue.contribution >= LEANING else []
    return join("; ", [*parts, words.contribution(cue.contribution)])


def cue_lines(cue: CueResult) -> list[str]:
    """Explain a cue's numbers, how many of its measures are unusual, and whether it is scored."""
    compared = [measure for measure in cue.measures if is_known(measure.value) and measure.typical is not None]
    lines = [cue_facts(cue)] if cue_facts(cue) else []
    lines += [words.unusual_count(sum(map(is_unusual, compared)), len(compared))] if compared else []
    return lines if cue.status != "ok" or is_known(cue.contribution) else [*lines, words.INFORMATION]


def format_number(value: float | None) -> str:
    """Format with three significant digits, at most three decimals, and no exponent."""
    if not is_known(value):
        return words.NOT_SEEN
    if abs(value) >= 100:  # noqa: PLR2004 - three digits
        return f"{value:.0f}"
    return f"{round(value, 3) + 0.0:.3g}"


def is_known(value: float | None) -> TypeGuard[float]:
    """Return whether there is a finite number."""
    return value is not None and math.isfinite(value)


def is_unusual(measure: MeasureResult) -> bool:
    """Return whether a value lies outside the typical range of camera photos."""
    return distance_outside(measure) != 0


def unusual_measures(cue: CueResult) -> list[MeasureResult]:
    """Return a cue's measures outside the typical range of camera photos, most unusual first.

    A range without width is none to show, so its measure is left out.
    """
    return sorted(
        (m for m in cue.measures if is_unusual(m) and m.typical and m.typical[0] < m.typical[1]),
        key=lambda m: -abs(distance_outside(m)),
    )


def format_rate(figure: Rate) -> str:
    """Format an error rate with its interval."""
    if not is_known(figure.value):
        return words.NOT_KNOWN
    if is_known(figure.low) and is_known(figure.high):
        return words.rate_with_interval(figure.value, figure.low, figure.high, figure.photos)
    return words.rate(figure.value, figure.photos)


def format_share(value: float | None) -> str:
    """Format a share, 0 to 1, in per cent; with one decimal below ten."""
    if not is_known(value):
        return words.NOT_KNOWN
    return f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.1f} %"  # noqa: PLR2004 - ten per cent


def attention_rank(report: PhotoReport) -> int:
    """Return how urgently a photo needs a look; 0 is most urgent and comes first in lists."""
    return _ATTENTION.index(report.verdict)


def verdict_or_status(report: PhotoReport) -> str:
    """Return the verdict, or the status if there is no verdict."""
    return words.STATUSES[report.status] if report.verdict is None else words.VERDICTS[report.verdict]
