"""What the reports for people print of one photo report, as plain strings."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeGuard

from artifact_check.report import words

if TYPE_CHECKING:
    from artifact_check.results import CueResult, Declaration, MeasureResult, PhotoReport, Rate, Verdict

# What would break a line, command a terminal or turn the reading direction, and what can't be encoded.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ATTENTION: tuple[Verdict | None, ...] = ("declared_ai", "likely_ai", None, "inconclusive", "likely_authentic")
_REASONS = 3
_WORTH_SAYING = 0.05  # log-odds; less would print as 0.0


def visible(text: str) -> str:
    r"""Show control characters, direction marks and undecodable bytes as escapes such as `\n` and `\udcff`."""
    return _UNSAFE.sub(escaped, text)


def escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def outcome(report: PhotoReport) -> str:
    """Say the verdict, and the status where the pixels could not be judged."""
    if report.verdict is None or report.status == "ok":
        return group(report)
    return f"{group(report)}; {words.STATUSES[report.status]}"


def weighed(report: PhotoReport) -> list[tuple[float, CueResult]]:
    """List the cues that moved the score with what they added to it, the strongest first."""
    added = [(cue.contribution, cue) for cue in report.cues if known(cue.contribution)]
    return sorted(added, key=lambda pair: -abs(pair[0]))


def by_weight(report: PhotoReport) -> list[CueResult]:
    """List all cues: those that moved the score, the strongest first, then the others as they come."""
    moved = [cue for _, cue in weighed(report)]
    return [*moved, *(cue for cue in report.cues if cue not in moved)]


def reasons(report: PhotoReport) -> str:
    """Say in one line what moved the score most, or why there is none."""
    if report.message is not None:
        return report.message
    strong = [(added, cue) for added, cue in weighed(report)[:_REASONS] if abs(added) >= _WORTH_SAYING]
    return ", ".join(f"{cue.name} {added:+.1f}" for added, cue in strong)


def declaration(declared: Declaration) -> str:
    return f"{words.SAYS[declared.says]} ({words.KINDS[declared.kind]}, {words.TRUST[declared.trust]})"


def declares_briefly(report: PhotoReport) -> str:
    """Say in full what concerns AI or is signed; of the rest, which most photos carry, only what it comes to."""
    said = [
        declaration(declared)
        if declared.kind == "c2pa" or declared.says.startswith("ai_")
        else words.SAYS[declared.says]
        for declared in report.provenance
    ]
    return "; ".join(dict.fromkeys(said))


def cue_facts(cue: CueResult) -> str:
    """Say what a cue's numbers mean; empty where it has none."""
    parts = [words.cue_score(cue.score)] if known(cue.score) else []
    parts += [words.contribution(cue.contribution)] if known(cue.contribution) else []
    return "; ".join(parts)


def cue_lines(cue: CueResult) -> list[str]:
    """Say what a cue's numbers mean, how many of its measures are unusual, and whether it has a part in the score."""
    compared = [measure for measure in cue.measures if known(measure.value) and measure.typical is not None]
    lines = [cue_facts(cue)] if cue_facts(cue) else []
    lines += [words.outside(sum(map(unusual, compared)), len(compared))] if compared else []
    lines += [words.learned(vector.sentence, vector.size, vector.contribution) for vector in cue.vectors]
    return lines if cue.status != "ok" or known(cue.contribution) else [*lines, words.INFORMATION]


def interval(report: PhotoReport) -> str:
    """Say the interval of the score; empty where there is none."""
    low, high = report.p_ai_low, report.p_ai_high
    return words.interval(low, high) if known(low) and known(high) else ""


def number(value: float | None) -> str:
    """Three significant digits, but no more than three decimals, and never an exponent."""
    if not known(value):
        return words.NOT_SEEN
    if abs(value) >= 100:  # noqa: PLR2004 - three digits
        return f"{value:.0f}"
    return f"{round(value, 3) + 0.0:.3g}"


def known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number to show."""
    return value is not None and math.isfinite(value)


def unusual(measure: MeasureResult) -> bool:
    """Whether a value lies outside what is typical of real photos."""
    return _outside(measure) > 0


def unusual_measures(cue: CueResult) -> list[MeasureResult]:
    """List the measures of a cue that lie outside what is typical of camera photos, the farthest out first."""
    return sorted((measure for measure in cue.measures if unusual(measure)), key=lambda m: -_outside(m))


def rate(figure: Rate) -> str:
    """Say a rate of errors with its interval; empty where it is not known."""
    if not known(figure.value):
        return words.NOT_KNOWN
    if known(figure.low) and known(figure.high):
        return words.rate_between(figure.value, figure.low, figure.high, figure.photos)
    return words.rate(figure.value, figure.photos)


def attention(report: PhotoReport) -> int:
    """Rank a photo by how much it needs a look, from 0 on: lists begin with what needs it most."""
    return _ATTENTION.index(report.verdict)


def group(report: PhotoReport) -> str:
    """Say the verdict, or why there is none."""
    return words.STATUSES[report.status] if report.verdict is None else words.VERDICTS[report.verdict]


def _outside(measure: MeasureResult) -> float:
    """How far a value lies outside what is typical, in widths of that range; 0 inside, or where it is not known."""
    if not known(measure.value) or measure.typical is None:
        return 0.0
    low, high = measure.typical
    return max(low - measure.value, measure.value - high, 0.0) / ((high - low) or 1.0)
