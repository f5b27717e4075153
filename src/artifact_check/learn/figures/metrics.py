"""Metrics of scored pictures: ranking, calibration and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

POLISHED = frozenset({"stock", "official", "corporate", "beauty"})
# Individual typology angle in degrees: light > 41 > intermediate > 28 > tan > 10 > dark.
ITA_BINS = {"light (41 and more)": (41.0, 180.0), "intermediate (28 to 41)": (28.0, 41.0),
            "tan (10 to 28)": (10.0, 28.0), "dark (below 10)": (-180.0, 10.0)}  # fmt: skip
QUALITY_BINS = {"below 80": (1.0, 80.0), "80 to 86": (80.0, 87.0), "87 and more": (87.0, 101.0)}
HEADLINES = {"auc": "AUC", "tpr_at_1_percent_fpr": "TPR at 1 % FPR", "tpr_at_5_percent_fpr": "TPR at 5 % FPR",
             "brier": "Brier", "expected_calibration_error": "ECE"}  # fmt: skip
NOT_ASSESSED = "not_assessed"  # too few cues have values for a verdict
_VERDICTS = ("likely_ai", "inconclusive", "likely_authentic", NOT_ASSESSED)
_RESAMPLES = 300
# Finest at low rates, where the threshold lies.
_FPR_GRID = np.unique(np.concatenate([np.geomspace(0.001, 1, 46), np.linspace(0, 1, 21)]).round(4))
_BINS = 10
_LABELS = {"ai": True, "real": False}


@dataclass(frozen=True)
class Scored:
    """Scores of N pictures and what is known about each; all arrays are (N,).

    `p_ai` is the probability and `said` the verdict; `unfamiliar` marks pictures unlike the training photos. Pictures
    made from one photo share its index `photo`. `ita` is the skin tone in degrees, `quality` that of a JPEG on
    libjpeg's scale (0 for other formats).
    """

    is_ai: np.ndarray
    p_ai: np.ndarray
    said: np.ndarray
    unfamiliar: np.ndarray
    photo: np.ndarray
    cluster: np.ndarray
    source: np.ndarray
    family: np.ndarray
    group: np.ndarray
    ita: np.ndarray
    quality: np.ndarray

    def where(self, mask: np.ndarray) -> Scored:
        return Scored(**{name: getattr(self, name)[mask] for name in self.__dataclass_fields__})


def auc(is_ai: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve: the chance that an AI photo scores above a real one; NaN without both labels."""
    from scipy.stats import rankdata

    positives = int(np.count_nonzero(is_ai))
    negatives = len(is_ai) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[is_ai].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def tpr_at(is_ai: np.ndarray, score: np.ndarray, fpr: float) -> float:
    """True-positive rate at the false-positive rate `fpr`; NaN without both labels."""
    if is_ai.all() or not is_ai.any():
        return float("nan")
    threshold = np.quantile(score[~is_ai], 1 - fpr, method="higher")
    return float(np.mean(score[is_ai] > threshold))


def expected_calibration_error(is_ai: np.ndarray, p_ai: np.ndarray) -> float:
    """Mean gap between probability and frequency over ten bins, both labels weighted equally (prior 0.5)."""
    weight, bins = _balanced(is_ai), _bins(p_ai)
    gaps = np.bincount(bins, weight * (p_ai - is_ai), minlength=_BINS)
    return float(np.abs(gaps).sum())


def _bins(p_ai: np.ndarray) -> np.ndarray:
    bins: np.ndarray = np.minimum((p_ai * _BINS).astype(int), _BINS - 1)
    return bins


def _balanced(is_ai: np.ndarray) -> np.ndarray:
    """(N,) weights that sum to 0.5 for each label."""
    weight: np.ndarray = np.where(is_ai, 0.5 / max(is_ai.sum(), 1), 0.5 / max((~is_ai).sum(), 1))
    return weight


def curves(is_ai: np.ndarray, p_ai: np.ndarray) -> dict[str, Any]:
    """Data of the plots, JSON-ready.

    `roc`: true-positive rate at each false-positive rate. `reliability`: mean `p_ai` and share of AI in ten equal bins
    of `p_ai`, both labels weighted equally (None for an empty bin). `histogram`: each label's share of pictures in
    twenty bins.
    """
    weight, bins = _balanced(is_ai), _bins(p_ai)
    total = np.bincount(bins, weight, minlength=_BINS)
    mean, frequency = (
        [
            float(s / t) if t else None
            for s, t in zip(np.bincount(bins, weight * x, minlength=_BINS), total, strict=True)
        ]
        for x in (p_ai, is_ai)
    )
    counts = {name: np.histogram(p_ai[is_ai == label], 2 * _BINS, (0, 1))[0] for name, label in _LABELS.items()}
    return {
        "roc": {"fpr": _FPR_GRID.tolist(), "tpr": [tpr_at(is_ai, p_ai, x) for x in _FPR_GRID]},
        "reliability": {"p_ai": mean, "share_ai": frequency, "weight": total.tolist()},
        "histogram": {name: (count / max(count.sum(), 1)).tolist() for name, count in counts.items()},
    }


def summarise(scored: Scored) -> Any:  # noqa: ANN401
    """All figures of one condition, JSON-ready."""
    is_ai = scored.is_ai
    real, ai = scored.where(~is_ai), scored.where(is_ai)
    polished = np.isin(scored.group, list(POLISHED))
    return _without_nan({
        "pictures": {"ai": len(ai.is_ai), "real": len(real.is_ai)},
        "photos": {"ai": len(np.unique(ai.photo)), "real": len(np.unique(real.photo))},
        "auc": _with_interval(scored, auc),
        "tpr_at_1_percent_fpr": _with_interval(scored, lambda y, s: tpr_at(y, s, 0.01)),
        "tpr_at_5_percent_fpr": _with_interval(scored, lambda y, s: tpr_at(y, s, 0.05)),
        "brier": float(np.sum(_balanced(is_ai) * (scored.p_ai - is_ai) ** 2)),
        "expected_calibration_error": expected_calibration_error(is_ai, scored.p_ai),
        "auc_against_polished": auc(is_ai[is_ai | polished], scored.p_ai[is_ai | polished]),
        "auc_by_family": {str(f): _auc_of(scored, scored.family == f) for f in np.unique(ai.family)},
        "auc_by_cluster": {str(c): _auc_of(scored, scored.cluster == c) for c in np.unique(ai.cluster)},
        "verdicts": {"ai": _shares(ai.said), "real": _shares(real.said)},
        "unfamiliar": {"ai": _share(ai.unfamiliar), "real": _share(real.unfamiliar)},
        "false_alarms": _false_alarms(real),
        "found": {"all": _rate(ai), "by_family": _rates(ai, ai.family), "by_source": _rates(ai, ai.source)},
        "curves": curves(is_ai, scored.p_ai),
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


def _false_alarms(real: Scored) -> dict[str, Any]:
    """False-positive rates: overall, and by group, source, skin tone and JPEG quality."""
    return {
        "all": _rate(real),
        "polished": _rate(real.where(np.isin(real.group, list(POLISHED)))),
        "by_group": _rates(real, real.group),
        "by_source": _rates(real, real.source),
        "by_skin": {name: _rate(real.where(_between(real.ita, bounds))) for name, bounds in ITA_BINS.items()},
        "by_quality": {name: _rate(real.where(_between(real.quality, b))) for name, b in QUALITY_BINS.items()},
    }


def _rates(scored: Scored, names: np.ndarray) -> dict[str, Any]:
    return {str(name): _rate(scored.where(names == name)) for name in np.unique(names)}


def _between(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    inside: np.ndarray = (values >= bounds[0]) & (values < bounds[1])
    return inside


def finite(value: float) -> float | None:
    """None for a figure that cannot be computed, since JSON knows no NaN."""
    return value if np.isfinite(value) else None


def _without_nan(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return finite(value) if isinstance(value, float) else value


def _auc_of(scored: Scored, chosen: np.ndarray) -> dict[str, float]:
    """AUC of the chosen AI pictures against all real ones."""
    mask = chosen & scored.is_ai | ~scored.is_ai
    return {
        "auc": auc(scored.is_ai[mask], scored.p_ai[mask]),
        "pictures": int(np.count_nonzero(chosen & scored.is_ai)),
    }


def _shares(said: np.ndarray) -> dict[str, float]:
    return {word: _share(said == word) for word in _VERDICTS}


def _rate(scored: Scored) -> dict[str, Any]:
    """Share of pictures called likely AI with its 95 % interval (bootstrap over clusters), counts, and the shares
    without a clear verdict.
    """
    hits = scored.said == "likely_ai"
    names, index = np.unique(scored.cluster, return_inverse=True)
    counts, alarms = np.bincount(index, minlength=len(names)), np.bincount(index, hits, minlength=len(names))
    low, high = float("nan"), float("nan")
    if len(names) > 1:
        samples = np.random.default_rng(0).integers(len(names), size=(_RESAMPLES, len(names)))
        low, high = np.quantile(alarms[samples].sum(axis=1) / counts[samples].sum(axis=1), (0.025, 0.975))
    return {
        "rate": _share(hits),
        "low": float(low),
        "high": float(high),
        "pictures": len(hits),
        "photos": len(np.unique(scored.photo)),
        "inconclusive": _share(scored.said == "inconclusive"),
        "not_assessed": _share(scored.said == NOT_ASSESSED),
    }


def _share(mask: np.ndarray) -> float:
    return float(np.mean(mask)) if len(mask) else float("nan")


def _with_interval(scored: Scored, figure: Any) -> dict[str, float]:  # noqa: ANN401
    """A figure and its 95 % interval: a bootstrap over clusters, since new photos come from new clusters."""
    value = figure(scored.is_ai, scored.p_ai)
    if not np.isfinite(value):
        return dict.fromkeys(("value", "low", "high"), value)
    rng = np.random.default_rng(0)
    members = {label: _rows_by_cluster(scored, label) for label in (True, False)}
    values = []
    for _ in range(_RESAMPLES):
        rows = np.concatenate([
            rows[i] for rows in members.values() for i in rng.integers(len(rows), size=len(rows))
        ])  # fmt: skip
        values.append(figure(scored.is_ai[rows], scored.p_ai[rows]))
    low, high = np.nanquantile(values, (0.025, 0.975))
    return {"value": value, "low": float(low), "high": float(high)}


def _rows_by_cluster(scored: Scored, label: bool) -> list[np.ndarray]:
    of_label = scored.is_ai == label
    return [np.flatnonzero(of_label & (scored.cluster == name)) for name in np.unique(scored.cluster[of_label])]
