"""Fit the pipeline, and score every source with a model that never saw it.

The recipe is fixed here once: `train` and `evaluate` use the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from artifact_check.learn.features import Table

# Strong: measures outnumber sources. Chosen by leave-one-source-out on half of the sources, among powers of about 3.
REGULARISATION = 0.003
_SOURCE_POWER = 0.5  # a source of n rows counts n ** 0.5: neither each row nor each source alike
_LIMITS = (0.5, 99.5)  # percentiles that values are limited to
_MIN_OWN_FOLD = 15  # rows; smaller clusters of a label share a fold
_REAL_FOLDS = 15
_INNER_FOLDS = 6


@dataclass(frozen=True)
class Fitted:
    """A linear pipeline on limited values: `limits` (M, 2), `pipeline` scaler, imputer, logistic regression."""

    limits: np.ndarray
    pipeline: Any

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        """(N,) uncalibrated log-odds of (N, M) values with NaN."""
        scores: np.ndarray = self.pipeline.decision_function(np.clip(values, *self.limits.T))
        return scores


def fit(values: np.ndarray, is_ai: np.ndarray, cluster: np.ndarray) -> Fitted:
    """Fit on (N, M) values with NaN, labels (N,) bool and clusters (N,)."""
    limits = np.nanpercentile(values, _LIMITS, axis=0).T
    limits[~np.isfinite(limits)] = 0.0
    pipeline = _pipeline()
    weights = balanced_weights(is_ai, cluster)
    pipeline.fit(np.clip(values, *limits.T), is_ai, logisticregression__sample_weight=weights)
    return Fitted(limits, pipeline)


def _pipeline() -> Any:  # noqa: ANN401
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        StandardScaler(),
        # After scaling, 0 is the mean of all photos: a missing measure moves the score to neither side.
        SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True),
        logistic_regression(),
    )


def logistic_regression() -> Any:  # noqa: ANN401
    """The unfitted last step."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=REGULARISATION, max_iter=1000)


def balanced_weights(is_ai: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """(N,) weights: both labels count alike, a cluster of n rows as n ** 0.5, and they sum to N."""
    _, inverse, count = np.unique(cluster, return_inverse=True, return_counts=True)
    weights = count[inverse].astype(np.float64) ** (_SOURCE_POWER - 1)
    for label in (False, True):
        mask = is_ai == label
        weights[mask] /= weights[mask].sum()
    return weights * len(is_ai) / 2


def folds(is_ai: np.ndarray, cluster: np.ndarray) -> Iterator[np.ndarray]:
    """Test masks (N,) that cover every row once and never split a cluster.

    Each AI cluster is a fold of its own (tiny ones share one, unless all are tiny); real clusters are dealt into
    `_REAL_FOLDS` folds.
    """
    sizes = {name: int(np.count_nonzero(cluster == name)) for name in np.unique(cluster[is_ai])}
    tiny = [name for name, size in sizes.items() if size < _MIN_OWN_FOLD]
    tiny = tiny if len(tiny) < len(sizes) else []
    groups = [[name] for name in sizes if name not in tiny] + ([tiny] if tiny else [])
    real = list(np.unique(cluster[~is_ai]))
    groups += [real[start::_REAL_FOLDS] for start in range(min(_REAL_FOLDS, len(real)))]
    for group in groups:
        yield np.isin(cluster, group)


def grouped_folds(is_ai: np.ndarray, cluster: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """`count` test masks that deal the clusters of each label out evenly by size."""
    fold_of: dict[str, int] = {}
    for label in (False, True):
        names, sizes = np.unique(cluster[is_ai == label], return_counts=True)
        for rank, index in enumerate(np.argsort(-sizes, kind="stable")):
            fold_of[str(names[index])] = rank % count
    assigned = np.array([fold_of[str(name)] for name in cluster])
    for fold in range(min(count, int(assigned.max()) + 1)):
        yield assigned == fold


@dataclass(frozen=True)
class Calibration:
    """p_ai = sigmoid(slope * log_odds + intercept), with both labels weighted alike (prior 0.5)."""

    slope: float
    intercept: float

    def probability(self, log_odds: np.ndarray) -> np.ndarray:
        p: np.ndarray = 1 / (1 + np.exp(-(self.slope * log_odds + self.intercept)))
        return p


@dataclass(frozen=True)
class Judge:
    """Everything that turns measures into a verdict, learned on one set of clusters.

    `real_contributions` (201, cues) are quantiles of what each cue adds to the log-odds of real photos, out of source;
    `names` are the cues in that order.
    """

    fitted: Fitted
    calibration: Calibration
    likely_ai: float
    likely_authentic: float
    names: tuple[str, ...]
    real_contributions: np.ndarray


FALSE_ALARMS = 0.01  # share of real photos above the threshold for likely_ai, on held-out folds
MISSES = 0.05  # share of AI photos below the threshold for likely_authentic, on held-out folds
AGREEMENT = 0.75  # a cue agrees when it looks more suspicious than this share of real photos
AGREEING_CUES = 2
MIN_CUES = 2


def out_of_source(
    values: np.ndarray,
    is_ai: np.ndarray,
    cluster: np.ndarray,
    masks: Callable[[np.ndarray, np.ndarray], Iterator[np.ndarray]],
    cue_of: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds (N,) of each row from a model that never saw its cluster, and each cue's part of it (N, cues)."""
    names = np.unique(cue_of) if cue_of is not None else np.array([])
    scores, parts = np.zeros(len(is_ai)), np.zeros((len(is_ai), len(names)))
    for test in masks(is_ai, cluster):
        fitted = fit(values[~test], is_ai[~test], cluster[~test])
        scores[test] = fitted.log_odds(values[test])
        for column, name in enumerate(names):
            parts[test, column] = _parts(fitted, values[test])[:, cue_of == name].sum(axis=1)
    return scores, parts


def _parts(fitted: Fitted, values: np.ndarray) -> np.ndarray:
    """(N, M) what each measure adds to the uncalibrated log-odds."""
    scaled: np.ndarray = fitted.pipeline[:-1].transform(np.clip(values, *fitted.limits.T))
    parts: np.ndarray = scaled * fitted.pipeline[-1].coef_[0]
    return parts


def calibrate(log_odds: np.ndarray, is_ai: np.ndarray, cluster: np.ndarray) -> Calibration:
    """Platt scaling on out-of-source log-odds."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(log_odds[:, None], is_ai, sample_weight=balanced_weights(is_ai, cluster))
    # A negative slope would mean that the scores rank held-out photos backwards: then they carry no information.
    return Calibration(max(float(model.coef_[0, 0]), 0.0), float(model.intercept_[0]))


def learn_judge(table: Table, cue_of: np.ndarray) -> Judge:
    """Fit on all rows of a table; calibrate and set thresholds on predictions for clusters left out in turn."""
    cluster = table.attribute("cluster")
    log_odds, parts = out_of_source(
        table.values, table.is_ai, cluster, partial(grouped_folds, count=_INNER_FOLDS), cue_of
    )
    calibration = calibrate(log_odds, table.is_ai, cluster)
    p_ai = calibration.probability(log_odds)
    return Judge(
        fitted=fit(table.values, table.is_ai, cluster),
        calibration=calibration,
        likely_ai=float(np.quantile(p_ai[~table.is_ai], 1 - FALSE_ALARMS, method="higher")),
        likely_authentic=float(np.quantile(p_ai[table.is_ai], MISSES, method="lower")),
        names=tuple(str(name) for name in np.unique(cue_of)),
        real_contributions=np.quantile(calibration.slope * parts[~table.is_ai], np.linspace(0, 1, 201), axis=0),
    )


def verdicts(judge: Judge, values: np.ndarray, cue_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`p_ai` (N,) and verdicts (N,) of (N, M) values, by the same rules as `classifier.Classifier`."""
    p_ai = judge.calibration.probability(judge.fitted.log_odds(values))
    parts = judge.calibration.slope * _parts(judge.fitted, values)
    agreeing = np.zeros(len(values), int)
    for column, name in enumerate(judge.names):
        mine = cue_of == name
        seen = np.isfinite(values[:, mine]).any(axis=1)
        known = judge.real_contributions[:, column]
        below = np.searchsorted(known, parts[:, mine].sum(axis=1), side="left") / len(known)
        agreeing += seen & (below >= AGREEMENT)
    said = np.where(p_ai <= judge.likely_authentic, "likely_authentic", "inconclusive")
    said[(p_ai >= judge.likely_ai) & (agreeing >= AGREEING_CUES)] = "likely_ai"
    return p_ai, said
