"""The one place that decides a verdict, for a check and for an evaluation alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifact_check.results import Verdict


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where verdicts begin.

    `likely_ai` and `likely_authentic` are values of `p_ai`. A cue agrees with *likely AI* when its score is at least
    `agreement`; `agreeing_cues` must agree. A photo is assessed when at least `min_cues` cues could see. It is
    unfamiliar when more than the share `unfamiliar` of its measures lie outside the range of the training photos (a
    bundle without that threshold flags none).
    """

    likely_ai: float
    likely_authentic: float
    agreement: float
    agreeing_cues: int
    min_cues: int
    unfamiliar: float = 1.0


@dataclass(frozen=True, slots=True)
class Decision:
    """`verdict` is None where the pixels cannot be judged and the file declares nothing.

    `assessed` says whether enough of the face could be seen, `unfamiliar` whether the photo is unlike those the model
    was trained on.
    """

    verdict: Verdict | None
    assessed: bool
    unfamiliar: bool


def decide(
    p_ai: float,
    cue_scores: Mapping[str, float],
    thresholds: Thresholds,
    *,
    unfamiliar: bool = False,
    hidden: bool = False,
    painted: Callable[[], bool] = lambda: False,
    declared_ai: bool = False,
) -> Decision:
    """Decide from a score and from what else is known of the photo.

    `cue_scores` (0..1) holds the cues that could see. `hidden` says that eyes or mouth are covered, `painted` that the
    face looks painted, which is asked only where it matters, and `declared_ai` that the file says an AI made it.
    """
    assessed = not hidden and len(cue_scores) >= thresholds.min_cues
    verdict = "inconclusive" if unfamiliar else _by_score(p_ai, cue_scores, thresholds)
    if assessed and verdict != "inconclusive" and painted():
        verdict, unfamiliar = "inconclusive", True
    if declared_ai:
        return Decision("declared_ai", assessed, unfamiliar)
    return Decision(verdict if assessed else None, assessed, unfamiliar)


def _by_score(p_ai: float, cue_scores: Mapping[str, float], thresholds: Thresholds) -> Verdict:
    agreeing = sum(score >= thresholds.agreement for score in cue_scores.values())
    if p_ai >= thresholds.likely_ai and agreeing >= thresholds.agreeing_cues:
        return "likely_ai"
    return "likely_authentic" if p_ai <= thresholds.likely_authentic else "inconclusive"
