"""All figures of scored pictures in one condition, JSON-ready, and their means over ways to deal sources into folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from artifact_check.learn.figures.metrics import (
    auc,
    balanced,
    curves,
    expected_calibration_error,
    finite,
    rate_interval,
    share_ai,
    tpr_at,
    with_interval,
)
from artifact_check.learn.table.dataset import POLISHED

# Individual typology angle in degrees: light > 41 > intermediate > 28 > tan > 10 > dark > -30 > very dark.
ITA_BINS = {"light (41 and more)": (41.0, 180.0), "intermediate (28 to 41)": (28.0, 41.0),
            "tan (10 to 28)": (10.0, 28.0), "dark (-30 to 10)": (-30.0, 10.0),
            "very dark (below -30)": (-180.0, -30.0)}  # fmt: skip
QUALITY_BINS = {"below 80": (1.0, 80.0), "80 to 86": (80.0, 87.0), "87 and more": (87.0, 101.0)}
HEADLINES = {"auc": "AUC", "tpr_at_1_percent_fpr": "TPR at 1 % FPR", "tpr_at_5_percent_fpr": "TPR at 5 % FPR",
             "brier": "Brier", "expected_calibration_error": "ECE"}  # fmt: skip
PEOPLE = {"by_skin": "skin ", "by_colour": "", "by_glasses": "", "by_group": "group "}
"""Breakdowns of false alarms that must not differ much, and what stands before the names of their bins."""

NOT_ASSESSED = "not_assessed"  # too few cues have values for a verdict
_VERDICTS = ("likely_ai", "inconclusive", "likely_authentic", NOT_ASSESSED)
_ENOUGH_PHOTOS = 40  # in a bin, for equal treatment


@dataclass(frozen=True)
class Scored:
    """Scores of N pictures and what is known about each; all arrays are (N,).

    `p_ai` is the probability and `said` the verdict; `unfamiliar` marks pictures unlike the training photos. Pictures
    made from one photo share its index `photo`. `ita` is the skin tone in degrees, `quality` that of a JPEG on
    libjpeg's scale (0 for other formats), `coloured` false for black-and-white, `glasses` true where rims were seen.
    """

    is_ai: np.ndarray
    p_ai: np.ndarray
    said: np.ndarray
    unfamiliar: np.ndarray
    photo: np.ndarray
    cluster: np.ndarray
    source: np.ndarray
    maker: np.ndarray
    group: np.ndarray
    ita: np.ndarray
    quality: np.ndarray
    coloured: np.ndarray
    glasses: np.ndarray

    def where(self, mask: np.ndarray) -> Scored:
        return Scored(**{name: getattr(self, name)[mask] for name in self.__dataclass_fields__})

    @property
    def polished(self) -> np.ndarray:
        """(N,) whether it is a real portrait that looks like studio work."""
        return ~self.is_ai & np.isin(self.group, list(POLISHED))


def summarise(scored: Scored) -> Any:  # noqa: ANN401
    """All figures of one condition, JSON-ready."""
    is_ai, p_ai, cluster = scored.is_ai, scored.p_ai, scored.cluster
    real, ai = scored.where(~is_ai), scored.where(is_ai)
    hardest = scored.where(is_ai | scored.polished)
    return _without_nan({
        "pictures": {"ai": len(ai.is_ai), "real": len(real.is_ai)},
        "photos": {"ai": len(np.unique(ai.photo)), "real": len(np.unique(real.photo))},
        "auc": with_interval(is_ai, p_ai, cluster, auc),
        "tpr_at_1_percent_fpr": with_interval(is_ai, p_ai, cluster, lambda y, s: tpr_at(y, s, 0.01)),
        "tpr_at_5_percent_fpr": with_interval(is_ai, p_ai, cluster, lambda y, s: tpr_at(y, s, 0.05)),
        "brier": float(np.sum(balanced(is_ai) * (p_ai - is_ai) ** 2)),
        "expected_calibration_error": expected_calibration_error(is_ai, p_ai),
        "auc_against_polished": with_interval(hardest.is_ai, hardest.p_ai, hardest.cluster, auc),
        "auc_by_maker": {str(maker): _auc_of(scored, scored.maker == maker) for maker in np.unique(ai.maker)},
        "auc_by_cluster": {str(c): _plain_auc_of(scored, cluster == c) for c in np.unique(ai.cluster)},
        "verdicts": {"ai": _shares(ai.said), "real": _shares(real.said)},
        "lean": _lean(scored),
        "unfamiliar": {"ai": _share(ai.unfamiliar), "real": _share(real.unfamiliar)},
        "false_alarms": _false_alarms(real),
        "found": {"all": _rate(ai), "by_maker": _rates(ai, ai.maker), "by_source": _rates(ai, ai.source)},
        "curves": curves(is_ai, p_ai),
    })  # fmt: skip


def headlines(summaries: Sequence[dict[str, Any]]) -> dict[str, list[float | None]]:
    """The figures whose spread is shown, each with one value for every summary."""
    figures = {name: [summary[name] for summary in summaries] for name in HEADLINES}
    plain = {name: [v["value"] if isinstance(v, dict) else v for v in values] for name, values in figures.items()}
    return plain | {"false_alarms": [summary["false_alarms"]["all"]["rate"] for summary in summaries]}


def mean_of(summaries: Sequence[Any]) -> Any:  # noqa: ANN401
    """Average summaries of the same structure, figure by figure; None where any of them is None."""
    first = summaries[0]
    if isinstance(first, dict):
        return {key: mean_of([summary[key] for summary in summaries]) for key in first}
    if isinstance(first, list):
        return [mean_of(values) for values in zip(*summaries, strict=True)]
    if any(value is None for value in summaries):
        return None
    # Counts are the same in all summaries.
    return first if all(value == first for value in summaries) else float(np.mean(summaries))


def equal_treatment(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """By condition, `bins`: how many bins of people have at least 40 photos; `above`: those with far more false alarms.

    These are above twice the rate of all by more than their own interval reaches above them.
    """
    treated = {}
    for name, figures in conditions.items():
        alarms = figures["false_alarms"]
        rates = {prefix + bin_: rate for part, prefix in PEOPLE.items() for bin_, rate in alarms[part].items()}
        large = {bin_: rate for bin_, rate in rates.items() if rate["photos"] >= _ENOUGH_PHOTOS}
        limits = {bin_: 2 * alarms["all"]["rate"] + _reach(rate) for bin_, rate in large.items()}
        above = [bin_ for bin_, rate in large.items() if rate["rate"] > limits[bin_]]
        treated[name] = {"bins": len(large), "above": above}
    return treated


def _reach(rate: dict[str, Any]) -> float:
    """How far the interval of a rate reaches above it."""
    return 0.0 if rate["high"] is None else float(rate["high"] - rate["rate"])


def _false_alarms(real: Scored) -> dict[str, Any]:
    """False-positive rates: overall, and broken down."""
    return {
        "all": _rate(real),
        "polished": _rate(real.where(real.polished)),
        "by_group": _rates(real, real.group),
        "by_source": _rates(real, real.source),
        "by_skin": {name: _rate(real.where(_between(real.ita, bounds))) for name, bounds in ITA_BINS.items()},
        "by_colour": _rates(real, np.where(real.coloured, "in colour", "black-and-white")),
        "by_glasses": _rates(real, np.where(real.glasses, "glasses seen", "no glasses seen")),
        "by_quality": {name: _rate(real.where(_between(real.quality, b))) for name, b in QUALITY_BINS.items()},
    }


def _rates(scored: Scored, names: np.ndarray) -> dict[str, Any]:
    return {str(name): _rate(scored.where(names == name)) for name in np.unique(names)}


def _rate(scored: Scored) -> dict[str, Any]:
    """Share of pictures called likely AI with its 95 % interval, counts, and the shares without a clear verdict."""
    hits = scored.said == "likely_ai"
    low, high = rate_interval(hits, scored.photo, scored.cluster)
    return {
        "rate": _share(hits),
        "low": low,
        "high": high,
        "pictures": len(hits),
        "photos": len(np.unique(scored.photo)),
        "inconclusive": _share(scored.said == "inconclusive"),
        "not_assessed": _share(scored.said == NOT_ASSESSED),
    }


def _between(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    inside: np.ndarray = (values >= bounds[0]) & (values < bounds[1])
    return inside


def _lean(scored: Scored) -> dict[str, Any]:
    """Of inconclusive pictures that lean to AI, or to a camera: the share that is AI at a prior of 0.5."""
    leans = {"to_ai": scored.p_ai > 0.5, "to_camera": scored.p_ai <= 0.5}  # noqa: PLR2004 - as likely as not
    inconclusive = scored.said == "inconclusive"
    return {
        name: with_interval(scored.is_ai, inconclusive & mask, scored.cluster, share_ai)
        | {"pictures": int(np.count_nonzero(inconclusive & mask))}
        for name, mask in leans.items()
    }


def _auc_of(scored: Scored, chosen: np.ndarray) -> dict[str, float]:
    """AUC of the chosen AI pictures against all real ones, with its interval."""
    against = scored.where(chosen & scored.is_ai | ~scored.is_ai)
    figure = with_interval(against.is_ai, against.p_ai, against.cluster, auc)
    return figure | {"pictures": int(np.count_nonzero(against.is_ai))}


def _plain_auc_of(scored: Scored, chosen: np.ndarray) -> dict[str, float]:
    """The same without an interval, for a single cluster."""
    mask = chosen & scored.is_ai | ~scored.is_ai
    is_ai = scored.is_ai[mask]
    return {"value": auc(is_ai, scored.p_ai[mask]), "pictures": int(np.count_nonzero(is_ai))}


def _shares(said: np.ndarray) -> dict[str, float]:
    return {word: _share(said == word) for word in _VERDICTS}


def _share(mask: np.ndarray) -> float:
    return float(np.mean(mask)) if len(mask) else float("nan")


def _without_nan(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return finite(value) if isinstance(value, float) else value
