"""Fit the pipeline, and score every source with a model that never saw it.

The recipe is fixed here once: `train` and `evaluate` use the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from artifact_check.cues import discover
from artifact_check.learn.table.features import Table
from artifact_check.model.classifier import Classifier, share_out_of_range, tone_difference
from artifact_check.model.estimator import Estimator

# Strong: measures outnumber sources. Chosen by leave-one-source-out on half of the sources, among powers of about 3.
REGULARISATION = 0.003
_SOURCE_POWER = 0.5  # a source of n rows counts n ** 0.5: neither each row nor each source alike
_LIMITS = (0.5, 99.5)  # percentiles that values are limited to
TONE_REFERENCE = 40.0  # degrees; about the median of the portraits that this was made with
TONE_LIMITS = (-30.0, 70.0)  # degrees; beyond, exposure rather than skin
_MIN_TONES = 50  # real rows that a slope over tone is fitted on
_REAL_FOLDS = 15
_INNER_FOLDS = 6


@dataclass(frozen=True)
class Fitted:
    """A linear pipeline on values corrected for skin tone and limited.

    `tone_slopes` (M,) per degree, `limits` (M, 2), `pipeline` scaler, imputer, logistic regression.
    """

    tone_slopes: np.ndarray
    limits: np.ndarray
    pipeline: Any

    def log_odds(self, table: Table) -> np.ndarray:
        """(N,) uncalibrated log-odds of a table's rows."""
        scores: np.ndarray = self.pipeline.decision_function(self._limited(table))
        return scores

    def scaled(self, table: Table) -> np.ndarray:
        """(N, M) what the last step sees of a table's rows."""
        scaled: np.ndarray = self.pipeline[:-1].transform(self._limited(table))
        return scaled

    def parts(self, table: Table) -> np.ndarray:
        """(N, M) what each measure adds to the log-odds."""
        parts: np.ndarray = self.scaled(table) * self.pipeline[-1].coef_[0]
        return parts

    def share_out_of_range(self, table: Table) -> np.ndarray:
        """(N,) share of each row's measures that lie beyond the limits."""
        return share_out_of_range(corrected(table, self.tone_slopes), self.limits)

    def _limited(self, table: Table) -> np.ndarray:
        limited: np.ndarray = np.clip(corrected(table, self.tone_slopes), *self.limits.T)
        return limited


def tone_slopes(table: Table) -> np.ndarray:
    """(M,) change of each measure per degree of skin tone among the real rows of a table; 0 where too few show it.

    Least squares, each cluster of n rows counting n ** 0.5, on values within the central 95 %.
    """
    real = table.where(~table.is_ai & np.isfinite(table.tone))
    weights = balanced_weights(real.is_ai, real.attribute("cluster"))
    return np.array([_slope(tone_offset(real.tone), column, weights) for column in real.values.T])


def _slope(tone: np.ndarray, values: np.ndarray, weights: np.ndarray) -> float:
    seen = np.isfinite(values)
    if np.count_nonzero(seen) < _MIN_TONES:
        return 0.0
    x, w = tone[seen], weights[seen]
    y = np.clip(values[seen], *np.percentile(values[seen], (2.5, 97.5)))
    x = x - np.average(x, weights=w)
    return float((w * x) @ y / max(float((w * x) @ x), 1e-9))


def corrected(table: Table, slopes: np.ndarray) -> np.ndarray:
    """(N, M) values as they would be at `TONE_REFERENCE`; rows without a tone as they are."""
    moved: np.ndarray = table.values - tone_offset(table.tone)[:, None] * slopes
    return moved


def tone_offset(tone: np.ndarray) -> np.ndarray:
    """(N,) degrees from `TONE_REFERENCE`, 0 where there is no tone."""
    return tone_difference(tone, TONE_REFERENCE, TONE_LIMITS)


def fit(table: Table) -> Fitted:
    """Fit on all rows of a table.

    A measure whose weight contradicts what a high value is declared to suggest has learned the collection and is left
    out, until none does.
    """
    slopes = tone_slopes(table)
    values, is_ai, direction = corrected(table, slopes), table.is_ai, directions(table.keys)
    seen = np.isfinite(values).any(axis=0)
    limits = np.zeros((values.shape[1], 2))
    limits[seen] = np.nanpercentile(values[:, seen], _LIMITS, axis=0).T
    limited = np.clip(values, *limits.T)
    weights = balanced_weights(is_ai, table.attribute("cluster"))
    kept = seen
    while True:
        # A constant gets no weight.
        pipeline = _pipeline().fit(np.where(kept, limited, 0.0), is_ai, logisticregression__sample_weight=weights)
        wrong = kept & (pipeline[-1].coef_[0] * direction < 0)
        if not wrong.any():
            return Fitted(slopes, limits, pipeline)
        kept = kept & ~wrong


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

    # Exact to rounding, so that weights do not depend on where an iteration happened to stop.
    return LogisticRegression(C=REGULARISATION, solver="newton-cholesky")


def balanced_weights(is_ai: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """(N,) weights: both labels count alike, a cluster of n rows as n ** 0.5, and they sum to N."""
    _, inverse, count = np.unique(cluster, return_inverse=True, return_counts=True)
    weights = count[inverse].astype(np.float64) ** (_SOURCE_POWER - 1)
    for label in (False, True):
        mask = is_ai == label
        weights[mask] /= weights[mask].sum()
    return weights * len(is_ai) / 2


def folds(is_ai: np.ndarray, cluster: np.ndarray, seed: int = 0) -> Iterator[np.ndarray]:
    """Test masks (N,) that cover every row once and never split a cluster.

    Each AI cluster is a fold of its own; real clusters, of which there are many, are dealt into
    `_REAL_FOLDS` folds at random.
    """
    groups = [[name] for name in np.unique(cluster[is_ai])]
    real = list(np.random.default_rng(seed).permutation(np.unique(cluster[~is_ai])))
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


FALSE_ALARMS = 0.01  # share of real photos above the threshold for likely_ai, on held-out folds
MISSES = 0.05  # share of AI photos below the threshold for likely_authentic, on held-out folds
UNFAMILIAR = 0.01  # share of photos, on held-out folds, that count as unlike those learned from
AGREEMENT = 0.75  # a cue agrees when it looks more suspicious than this share of real photos
AGREEING_CUES = 2
MIN_CUES = 2


@dataclass(frozen=True)
class OutOfSource:
    """What models that never saw a row's cluster say of it: `log_odds` (N,), each measure's part of that (N, M), and
    the share of its measures that lie beyond the limits (N,).
    """

    log_odds: np.ndarray
    parts: np.ndarray
    share_out_of_range: np.ndarray


def out_of_source(table: Table, masks: Callable[[np.ndarray, np.ndarray], Iterator[np.ndarray]]) -> OutOfSource:
    """Every row, by a model that never saw its cluster."""
    count = len(table.is_ai)
    unseen = OutOfSource(np.zeros(count), np.zeros(table.values.shape), np.zeros(count))
    for test in masks(table.is_ai, table.attribute("cluster")):
        fitted, rows = fit(table.where(~test)), table.where(test)
        unseen.log_odds[test], unseen.parts[test] = fitted.log_odds(rows), fitted.parts(rows)
        unseen.share_out_of_range[test] = fitted.share_out_of_range(rows)
    return unseen


def corrected_out_of_source(table: Table) -> np.ndarray:
    """(N, M) values corrected for skin tone by what the real photos of other clusters show."""
    values = np.empty(table.values.shape)
    for test in folds(table.is_ai, table.attribute("cluster")):
        values[test] = corrected(table.where(test), tone_slopes(table.where(~test)))
    return values


def calibrate(log_odds: np.ndarray, is_ai: np.ndarray, cluster: np.ndarray) -> Calibration:
    """Platt scaling on out-of-source log-odds."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(log_odds[:, None], is_ai, sample_weight=balanced_weights(is_ai, cluster))
    # A negative slope would mean that the scores rank held-out photos backwards: then they carry no information.
    return Calibration(max(float(model.coef_[0, 0]), 0.0), float(model.intercept_[0]))


@dataclass(frozen=True)
class TrainedModel:
    """A fitted pipeline with its calibration and thresholds, all from one set of clusters.

    `core` is the part of a bundle's manifest that scoring needs: cues, measures, calibration, thresholds.
    """

    fitted: Fitted
    core: dict[str, Any]

    def estimator(self, bootstrap: np.ndarray | None = None) -> Estimator:
        """The pipeline as plain arrays; without `bootstrap` (B, M + 1) the score's interval is the score itself."""
        scaler, final = self.fitted.pipeline[0], self.fitted.pipeline[-1]
        weights = np.append(final.coef_[0], final.intercept_[0])
        return Estimator(scaler.mean_, scaler.scale_, weights, weights[None] if bootstrap is None else bootstrap)

    def classifier(self) -> Classifier:
        """The model as reports use it."""
        return Classifier({"version": "", **self.core}, self.estimator())


def train_model(table: Table) -> TrainedModel:
    """Fit on all rows of a table; calibrate and set thresholds on predictions for clusters left out in turn."""
    unseen = out_of_source(table, partial(grouped_folds, count=_INNER_FOLDS))
    calibration = calibrate(unseen.log_odds, table.is_ai, table.attribute("cluster"))
    p_ai = calibration.probability(unseen.log_odds)
    likely_ai = float(np.quantile(p_ai[~table.is_ai], 1 - FALSE_ALARMS, method="higher"))
    likely_authentic = float(np.quantile(p_ai[table.is_ai], MISSES, method="lower"))
    unfamiliar = float(np.quantile(unseen.share_out_of_range, 1 - UNFAMILIAR, method="higher"))
    fitted = fit(table)
    core = {
        "cues": _cues(table.keys, calibration.slope * unseen.parts[~table.is_ai]),
        "measures": _measures(table, fitted),
        "calibration": {
            "method": "Platt scaling of log-odds that each row got from a model without its source",
            "slope": calibration.slope,
            "intercept": calibration.intercept,
        },
        "skin_tone": {"reference": TONE_REFERENCE, "limits": TONE_LIMITS},
        "thresholds": _thresholds(likely_ai, min(likely_authentic, likely_ai), unfamiliar),
    }
    return TrainedModel(fitted, core)


def owners(keys: Sequence[str]) -> np.ndarray:
    """(M,) the cue that each measure belongs to."""
    owner = {column: cue.name for cue in discover() for column in cue.columns}
    return np.array([owner[key] for key in keys])


def directions(keys: Sequence[str]) -> np.ndarray:
    """(M,) what a high value of each key is declared to suggest: 1 artificial, -1 natural, 0 either or no measure."""
    sign = {"artificial": 1, "natural": -1, "either": 0}
    declared = {measure.key: sign[measure.suggests] for cue in discover() for measure in cue.measures}
    return np.array([declared.get(key, 0) for key in keys])


def typical(table: Table) -> np.ndarray:
    """(M, 2) the central 90 % of real photos, by measure, corrected for skin tone; NaN where none showed it."""
    span = np.full((len(table.keys), 2), np.nan)
    real = corrected(table, tone_slopes(table))[~table.is_ai]
    seen = np.isfinite(real).any(axis=0)
    span[seen] = np.nanpercentile(real[:, seen], (5, 95), axis=0).T
    return span


def _cues(keys: Sequence[str], real_parts: np.ndarray) -> dict[str, Any]:
    """By cue: its version, and 201 quantiles of what it adds to the log-odds of real photos, out of source."""
    cue_of = owners(keys)
    return {
        cue.name: {
            "version": cue.version,
            "real_contributions": rounded(
                np.quantile(real_parts[:, cue_of == cue.name].sum(axis=1), np.linspace(0, 1, 201))
            ),
        }
        for cue in discover()
        if cue.name in cue_of
    }


def _measures(table: Table, fitted: Fitted) -> list[dict[str, Any]]:
    columns = zip(table.keys, owners(table.keys), fitted.tone_slopes, fitted.limits, typical(table), strict=True)
    return [
        {
            "key": key,
            "cue": str(cue),
            "tone_slope": rounded([slope])[0],
            "limits": rounded(limits),
            "typical": rounded(span if np.isfinite(span).all() else limits),
        }
        for key, cue, slope, limits, span in columns
    ]


def _thresholds(likely_ai: float, likely_authentic: float, unfamiliar: float) -> dict[str, Any]:
    return {
        "likely_ai": {
            "value": likely_ai,
            "reason": f"{FALSE_ALARMS:.0%} of camera photos of sources left out in turn lie above it",
        },
        "likely_authentic": {
            "value": likely_authentic,
            "reason": f"{MISSES:.0%} of AI photos of sources left out in turn lie below it",
        },
        "agreement": {
            "value": AGREEMENT,
            "reason": "a cue agrees when it looks more suspicious than this share of camera photos",
        },
        "agreeing_cues": {"value": AGREEING_CUES, "reason": "no single cue may call a photo likely AI"},
        "min_cues": {"value": MIN_CUES, "reason": "with fewer cues that could see, a photo is not assessed"},
        "unfamiliar": {
            "value": unfamiliar,
            "reason": f"{UNFAMILIAR:.0%} of photos of sources left out in turn have a larger share of measures outside "
            "the central 99 % of those learned from",
        },
    }


def rounded(values: Sequence[float] | np.ndarray) -> list[float]:
    """Seven significant digits, so that a manifest stays readable."""
    return [float(f"{value:.7g}") for value in values]
