"""Figures of a scored set: ranking, calibration, and what the verdicts would have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

POLISHED = frozenset({"stock", "official", "corporate", "beauty"})
# Individual typology angle in degrees: light > 41 > intermediate > 28 > tan > 10 > dark.
ITA_BINS = {"light (41 and more)": (41.0, 180.0), "intermediate (28 to 41)": (28.0, 41.0),
            "tan (10 to 28)": (10.0, 28.0), "dark (below 10)": (-180.0, 10.0)}  # fmt: skip
QUALITY_BINS = {"below 80": (1.0, 80.0), "80 to 86": (80.0, 87.0), "87 and more": (87.0, 101.0)}
_RESAMPLES = 300


@dataclass(frozen=True)
class Scored:
    """Probability `p_ai` and verdict `said` of N pictures; `photo` tells which are of the same photo, and the rest
    describes each: `ita` in degrees, `quality` on libjpeg's scale (0 where the file is no JPEG).
    """

    is_ai: np.ndarray
    p_ai: np.ndarray
    said: np.ndarray
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
    """Share of AI photos above the score that a share `fpr` of real photos exceeds; NaN without both."""
    if is_ai.all() or not is_ai.any():
        return float("nan")
    threshold = np.quantile(score[~is_ai], 1 - fpr, method="higher")
    return float(np.mean(score[is_ai] > threshold))


def expected_calibration_error(is_ai: np.ndarray, p_ai: np.ndarray) -> float:
    """Mean gap between probability and frequency over ten bins, both labels weighted alike (prior 0.5)."""
    weight = np.where(is_ai, 0.5 / max(is_ai.sum(), 1), 0.5 / max((~is_ai).sum(), 1))
    bins = np.minimum((p_ai * 10).astype(int), 9)
    gap = 0.0
    for index in np.unique(bins):
        mine = bins == index
        gap += abs(float(np.sum(weight[mine] * (p_ai[mine] - is_ai[mine]))))
    return gap


def summarise(scored: Scored) -> Any:  # noqa: ANN401
    """All figures of one condition, JSON-ready."""
    is_ai = scored.is_ai
    real, ai = scored.where(~is_ai), scored.where(is_ai)
    polished = np.isin(scored.group, list(POLISHED))
    balanced = np.where(is_ai, 0.5 / max(is_ai.sum(), 1), 0.5 / max((~is_ai).sum(), 1))
    return _without_nan({
        "pictures": {"ai": len(ai.is_ai), "real": len(real.is_ai)},
        "photos": {"ai": len(np.unique(ai.photo)), "real": len(np.unique(real.photo))},
        "auc": _with_interval(scored, auc),
        "tpr_at_1_percent_fpr": _with_interval(scored, lambda y, s: tpr_at(y, s, 0.01)),
        "tpr_at_5_percent_fpr": _with_interval(scored, lambda y, s: tpr_at(y, s, 0.05)),
        "brier": float(np.sum(balanced * (scored.p_ai - is_ai) ** 2)),
        "expected_calibration_error": expected_calibration_error(is_ai, scored.p_ai),
        "auc_against_polished": auc(is_ai[is_ai | polished], scored.p_ai[is_ai | polished]),
        "auc_by_family": {str(f): _auc_of(scored, scored.family == f) for f in np.unique(ai.family)},
        "auc_by_cluster": {str(c): _auc_of(scored, scored.cluster == c) for c in np.unique(ai.cluster)},
        "verdicts": {"ai": _shares(ai.said), "real": _shares(real.said)},
        "false_alarms": _false_alarms(real),
    })  # fmt: skip


def _false_alarms(real: Scored) -> dict[str, Any]:
    """How often real photos are called likely AI, over all and by what may matter."""
    return {
        "all": _rate(real),
        "polished": _rate(real.where(np.isin(real.group, list(POLISHED)))),
        "by_group": {str(g): _rate(real.where(real.group == g)) for g in np.unique(real.group)},
        "by_source": {str(s): _rate(real.where(real.source == s)) for s in np.unique(real.source)},
        "by_skin": {name: _rate(real.where(_between(real.ita, bounds))) for name, bounds in ITA_BINS.items()},
        "by_quality": {name: _rate(real.where(_between(real.quality, b))) for name, b in QUALITY_BINS.items()},
    }


def _between(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    inside: np.ndarray = (values >= bounds[0]) & (values < bounds[1])
    return inside


def finite(value: float) -> float | None:
    """None for a figure that cannot be computed, since JSON knows no NaN."""
    return value if np.isfinite(value) else None


def _without_nan(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return finite(value) if isinstance(value, float) else value


def _auc_of(scored: Scored, chosen: np.ndarray) -> dict[str, float]:
    """AUC of the chosen AI pictures against all real ones."""
    mask = chosen & scored.is_ai | ~scored.is_ai
    return {
        "auc": auc(scored.is_ai[mask], scored.p_ai[mask]),
        "pictures": int(np.count_nonzero(chosen & scored.is_ai)),
    }


def _shares(said: np.ndarray) -> dict[str, float]:
    return {word: float(np.mean(said == word)) for word in ("likely_ai", "inconclusive", "likely_authentic")}


def _rate(real: Scored) -> dict[str, Any]:
    """Share of pictures called likely AI, with its 95 % interval from a bootstrap over clusters, and their number."""
    hits = real.said == "likely_ai"
    names, place = np.unique(real.cluster, return_inverse=True)
    counts, alarms = np.bincount(place, minlength=len(names)), np.bincount(place, hits, minlength=len(names))
    low, high = float("nan"), float("nan")
    if len(names) > 1:
        drawn = np.random.default_rng(0).integers(len(names), size=(_RESAMPLES, len(names)))
        low, high = np.quantile(alarms[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.025, 0.975))
    return {
        "rate": float(np.mean(hits)) if len(hits) else float("nan"),
        "low": float(low),
        "high": float(high),
        "pictures": len(hits),
        "photos": len(np.unique(real.photo)),
    }


def _with_interval(scored: Scored, figure: Any) -> dict[str, float]:  # noqa: ANN401
    """A figure with its 95 % interval from a bootstrap over clusters, the unit that generalisation is about."""
    rng = np.random.default_rng(0)
    members = {label: _rows_by_cluster(scored, label) for label in (True, False)}
    values = []
    for _ in range(_RESAMPLES):
        rows = np.concatenate([
            rows[i] for rows in members.values() for i in rng.integers(len(rows), size=len(rows))
        ])  # fmt: skip
        values.append(figure(scored.is_ai[rows], scored.p_ai[rows]))
    low, high = np.nanquantile(values, (0.025, 0.975))
    return {"value": figure(scored.is_ai, scored.p_ai), "low": float(low), "high": float(high)}


def _rows_by_cluster(scored: Scored, label: bool) -> list[np.ndarray]:
    mine = scored.is_ai == label
    return [np.flatnonzero(mine & (scored.cluster == name)) for name in np.unique(scored.cluster[mine])]
