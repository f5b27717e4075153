"""Metrics of scored pictures: ranking, calibration and rates, with 95 % intervals.

Intervals come from a bootstrap over clusters, since new photos come from new clusters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Metric = Callable[[np.ndarray, np.ndarray], float]
"""Labels (N,) and what was said of each picture (N,) -> a figure."""

_UNKNOWN = (float("nan"), float("nan"))
_RESAMPLES = 300
_TAILS = (0.025, 0.975)
_FEWEST_CLUSTERS = 2  # that can be drawn in more than one way
# Finest at low rates, where the threshold lies.
_FPR_GRID = np.unique(np.concatenate([np.geomspace(0.001, 1, 46), np.linspace(0, 1, 21)]).round(4))
_BINS = 10
_LABELS = {"ai": True, "real": False}


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
    weight, bins = balanced(is_ai), _bins(p_ai)
    gaps = np.bincount(bins, weight * (p_ai - is_ai), minlength=_BINS)
    return float(np.abs(gaps).sum())


def _bins(p_ai: np.ndarray) -> np.ndarray:
    bins: np.ndarray = np.minimum((p_ai * _BINS).astype(int), _BINS - 1)
    return bins


def balanced(is_ai: np.ndarray) -> np.ndarray:
    """(N,) weights that sum to 0.5 for each label."""
    weight: np.ndarray = np.where(is_ai, 0.5 / max(is_ai.sum(), 1), 0.5 / max((~is_ai).sum(), 1))
    return weight


def curves(is_ai: np.ndarray, p_ai: np.ndarray) -> dict[str, Any]:
    """Data of the plots, JSON-ready.

    `roc`: true-positive rate at each false-positive rate. `reliability`: mean `p_ai` and share of AI in ten equal bins
    of `p_ai`, both labels weighted equally (None for an empty bin). `histogram`: each label's share of pictures in
    twenty bins.
    """
    weight, bins = balanced(is_ai), _bins(p_ai)
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


def share_ai(is_ai: np.ndarray, chosen: np.ndarray) -> float:
    """The share of AI photos among the pictures of the mask `chosen` (N,), at a prior of 0.5; NaN if there are none."""
    if is_ai.all() or not is_ai.any() or not chosen.any():
        return float("nan")
    weight = balanced(is_ai) * chosen
    return float(weight[is_ai].sum() / weight.sum())


def with_interval(is_ai: np.ndarray, said: np.ndarray, cluster: np.ndarray, metric: Metric) -> dict[str, float]:
    """A metric of N pictures and its interval; NaN bounds where a label has a single cluster."""
    value = metric(is_ai, said)
    members = [_rows_by_cluster(is_ai == label, cluster) for label in (True, False)]
    low, high = _UNKNOWN
    if np.isfinite(value) and min(len(rows) for rows in members) >= _FEWEST_CLUSTERS:
        rng = np.random.default_rng(0)
        resampled = []
        for _ in range(_RESAMPLES):
            rows = np.concatenate([rows[i] for rows in members for i in rng.integers(len(rows), size=len(rows))])
            resampled.append(metric(is_ai[rows], said[rows]))
        low, high = np.nanquantile(resampled, _TAILS)
    return {"value": value, "low": float(low), "high": float(high)}


def _rows_by_cluster(chosen: np.ndarray, cluster: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(chosen & (cluster == name)) for name in np.unique(cluster[chosen])]


def rate_interval(hits: np.ndarray, photo: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
    """Bounds of the share of N pictures that `hits` marks; NaN for pictures of a single cluster, some of them hit.

    Where none or all are hit, every resample would say the same: then the bounds are the exact ones for as many
    photos.
    """
    if not len(hits):
        return _UNKNOWN
    if hits.all() or not hits.any():
        photos = len(np.unique(photo))
        return exact_bounds(photos if hits.all() else 0, photos)
    names, index = np.unique(cluster, return_inverse=True)
    if len(names) < _FEWEST_CLUSTERS:
        return _UNKNOWN
    pictures, hit = np.bincount(index), np.bincount(index, hits)
    drawn = np.random.default_rng(0).integers(len(names), size=(_RESAMPLES, len(names)))
    low, high = np.quantile(hit[drawn].sum(axis=1) / pictures[drawn].sum(axis=1), _TAILS)
    return float(low), float(high)


def exact_bounds(hits: int, trials: int) -> tuple[float, float]:
    """Exact bounds of a binomial share (Clopper, Pearson 1934)."""
    from scipy.stats import beta

    low = float(beta.ppf(_TAILS[0], hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(_TAILS[1], hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def finite(value: float) -> float | None:
    """None for a figure that cannot be computed, since JSON knows no NaN."""
    return value if np.isfinite(value) else None
