"""Fit the model, calibrate it, set its thresholds, and score held-out clusters.

`train` and `evaluate` share these functions, so that the figures describe the model that is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from artifact_check.cues import discover
from artifact_check.learn.table.features import Table
from artifact_check.learn.table.folds import grouped_folds, random_folds
from artifact_check.model.classifier import Classifier, share_out_of_range, tone_difference
from artifact_check.model.estimator import Estimator

# Strong, since measures outnumber sources. Chosen among powers of about 3, leaving out one source at a time on half of
# the sources.
REGULARISATION = 0.003
_SOURCE_POWER = 0.5  # a source of n rows weighs n ** 0.5: between equal rows and equal sources
_LIMITS = (0.5, 99.5)  # percentiles that values are clipped to
TONE_REFERENCE = 40.0  # degrees; about the median of the portraits used in development
TONE_LIMITS = (-30.0, 70.0)  # degrees; values outside come from exposure, not from skin
_MIN_TONES = 50  # real rows needed to fit a slope over skin tone
_INNER_FOLDS = 6


@dataclass(frozen=True)
class Fitted:
    """A linear model: values are corrected for skin tone and clipped, then go through `pipeline`.

    `tone_slopes` (M,) is the change of each measure per degree, `limits` (M, 2) the bounds for clipping, and `pipeline`
    a scaler, an imputer and a logistic regression.
    """

    tone_slopes: np.ndarray
    limits: np.ndarray
    pipeline: Any

    def log_odds(self, table: Table) -> np.ndarray:
        """(N,) uncalibrated log-odds of a table's rows."""
        scores: np.ndarray = self.pipeline.decision_function(self._clipped(table))
        return scores

    def scaled(self, table: Table) -> np.ndarray:
        """(N, M) a table's values, scaled and imputed: the input of the logistic regression."""
        scaled: np.ndarray = self.pipeline[:-1].transform(self._clipped(table))
        return scaled

    def parts(self, table: Table) -> np.ndarray:
        """(N, M) contribution of each measure to the log-odds."""
        parts: np.ndarray = self.scaled(table) * self.pipeline[-1].coef_[0]
        return parts

    def share_out_of_range(self, table: Table) -> np.ndarray:
        """(N,) share of each row's measures outside `limits`."""
        return share_out_of_range(corrected(table, self.tone_slopes), self.limits)

    def _clipped(self, table: Table) -> np.ndarray:
        clipped: np.ndarray = np.clip(corrected(table, self.tone_slopes), *self.limits.T)
        return clipped


def tone_slopes(table: Table) -> np.ndarray:
    """(M,) change of each measure per degree of skin tone over a table's real rows; 0 for measures with too few values.

    Least squares on values clipped to their central 95 %; a cluster of n rows weighs n ** 0.5.
    """
    real = table.where(~table.is_ai & np.isfinite(table.tone))
    weights = balanced_weights(real.is_ai, real.attribute("cluster"))
    return np.array([_slope(tone_offset(real.tone), column, weights) for column in real.values.T])


def _slope(tone: np.ndarray, values: np.ndarray, weights: np.ndarray) -> float:
    known = np.isfinite(values)
    if np.count_nonzero(known) < _MIN_TONES:
        return 0.0
    x, w = tone[known], weights[known]
    y = np.clip(values[known], *np.percentile(values[known], (2.5, 97.5)))
    x = x - np.average(x, weights=w)
    return float((w * x) @ y / max(float((w * x) @ x), 1e-9))


def corrected(table: Table, slopes: np.ndarray) -> np.ndarray:
    """(N, M) values corrected to the skin tone `TONE_REFERENCE`; rows without a tone stay unchanged."""
    values: np.ndarray = table.values - tone_offset(table.tone)[:, None] * slopes
    return values


def tone_offset(tone: np.ndarray) -> np.ndarray:
    """(N,) degrees from `TONE_REFERENCE`; 0 for rows without a tone."""
    return tone_difference(tone, TONE_REFERENCE, TONE_LIMITS)


def fit(table: Table) -> Fitted:
    """Fit on all rows of a table.

    A weight that contradicts what its cue declares a high value to suggest reflects how the photos were collected. Such
    measures are dropped and the rest is fitted again, until no weight contradicts.
    """
    slopes = tone_slopes(table)
    values, is_ai, direction = corrected(table, slopes), table.is_ai, directions(table.keys)
    measured = np.isfinite(values).any(axis=0)
    limits = np.zeros((values.shape[1], 2))
    if measured.any():
        limits[measured] = np.nanpercentile(values[:, measured], _LIMITS, axis=0).T
    clipped = np.clip(values, *limits.T)
    weights = balanced_weights(is_ai, table.attribute("cluster"))
    used = measured
    while True:
        # A column of zeros gets no weight.
        pipeline = _pipeline().fit(np.where(used, clipped, 0.0), is_ai, logisticregression__sample_weight=weights)
        contradicts = used & (pipeline[-1].coef_[0] * direction < 0)
        if not contradicts.any():
            return Fitted(slopes, limits, pipeline)
        used = used & ~contradicts


def _pipeline() -> Any:  # noqa: ANN401
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        StandardScaler(),
        # After scaling, 0 is the mean of all photos, so a missing measure does not move the score.
        SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True),
        logistic_regression(),
    )


def logistic_regression() -> Any:  # noqa: ANN401
    """An unfitted logistic regression with the settings of the model."""
    from sklearn.linear_model import LogisticRegression

    # Converges to rounding error, so that weights do not depend on where the iterations stop.
    return LogisticRegression(C=REGULARISATION, solver="newton-cholesky")


def balanced_weights(is_ai: np.ndarray, cluster: np.ndarray, factor: np.ndarray | float = 1.0) -> np.ndarray:
    """(N,) row weights that sum to N.

    Both labels have the same total weight; within a label, a cluster of n rows weighs n ** 0.5, times each row's
    `factor`.
    """
    _, inverse, count = np.unique(cluster, return_inverse=True, return_counts=True)
    weights = factor * count[inverse].astype(np.float64) ** (_SOURCE_POWER - 1)
    for label in (False, True):
        mask = is_ai == label
        weights[mask] /= weights[mask].sum()
    return weights * len(is_ai) / 2


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: p_ai = sigmoid(slope * log_odds + intercept), with both labels weighted equally (prior 0.5)."""

    slope: float
    intercept: float

    def probability(self, log_odds: np.ndarray) -> np.ndarray:
        p: np.ndarray = 1 / (1 + np.exp(-(self.slope * log_odds + self.intercept)))
        return p


FALSE_ALARMS = 0.01  # share of real photos above the threshold for likely_ai, on held-out folds
MISSES = 0.05  # share of AI photos below the threshold for likely_authentic, on held-out folds
UNFAMILIAR = 0.01  # share of photos flagged as unlike the training photos, on held-out folds
AGREEMENT = 0.75  # a cue agrees if its contribution exceeds that of this share of real photos
AGREEING_CUES = 2
MIN_CUES = 2


@dataclass(frozen=True)
class OutOfSource:
    """Held-out scores: each row is scored by a model trained without its cluster.

    `log_odds` (N,); `parts` (N, M) contribution of each measure; `share_out_of_range` (N,) share of measures
    outside the limits.
    """

    log_odds: np.ndarray
    parts: np.ndarray
    share_out_of_range: np.ndarray


def out_of_source(table: Table, masks: Callable[[np.ndarray, np.ndarray], Iterator[np.ndarray]]) -> OutOfSource:
    """Score every row by a model trained without its cluster; `masks` makes the folds."""
    count = len(table.is_ai)
    unseen = OutOfSource(np.zeros(count), np.zeros(table.values.shape), np.zeros(count))
    for test in masks(table.is_ai, table.attribute("cluster")):
        fitted, rows = fit(table.where(~test)), table.where(test)
        unseen.log_odds[test], unseen.parts[test] = fitted.log_odds(rows), fitted.parts(rows)
        unseen.share_out_of_range[test] = fitted.share_out_of_range(rows)
    return unseen


def corrected_out_of_source(table: Table) -> np.ndarray:
    """(N, M) values corrected for skin tone, with slopes fitted on the other clusters."""
    values = np.empty(table.values.shape)
    for test in random_folds(table.is_ai, table.attribute("cluster")):
        values[test] = corrected(table.where(test), tone_slopes(table.where(~test)))
    return values


def calibrate(log_odds: np.ndarray, is_ai: np.ndarray, cluster: np.ndarray) -> Calibration:
    """Fit Platt scaling on held-out log-odds."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(log_odds[:, None], is_ai, sample_weight=balanced_weights(is_ai, cluster))
    # A negative slope would rank held-out photos backwards: the scores carry no information.
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
    """(M,) name of the cue that each measure belongs to."""
    owner = {measure.key: cue.name for cue in discover() for measure in cue.measures}
    return np.array([owner[key] for key in keys])


def directions(keys: Sequence[str]) -> np.ndarray:
    """(M,) what a high value of each key is declared to suggest: 1 artificial, -1 natural, 0 either or unknown."""
    sign = {"artificial": 1, "natural": -1, "either": 0}
    declared = {measure.key: sign[measure.suggests] for cue in discover() for measure in cue.measures}
    return np.array([declared.get(key, 0) for key in keys])


def typical(table: Table) -> np.ndarray:
    """(M, 2) central 90 % of real photos for each measure, corrected for skin tone; NaN without any value."""
    span = np.full((len(table.keys), 2), np.nan)
    real = corrected(table, tone_slopes(table))[~table.is_ai]
    measured = np.isfinite(real).any(axis=0)
    span[measured] = np.nanpercentile(real[:, measured], (5, 95), axis=0).T
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
    """Round to seven significant digits, so that a manifest stays readable."""
    return [float(f"{value:.7g}") for value in values]
