"""Measures -> calibrated probability, its interval, and each cue's part of it.

Knows no cue by name: the bundle's manifest says which measures there are and which cue each belongs to. The estimator
is linear after scaling, so a cue's contribution is an exact part of the score: logit(p_ai) = base + the sum of all
contributions. A missing measure contributes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from artifact_check.face.texture import quantiles
from artifact_check.model.estimator import Estimator
from artifact_check.model.verdict import Thresholds


@dataclass(frozen=True, slots=True)
class Score:
    """One photo's score.

    `p_ai`, `low`, `high`: probability at prior 0.5 and its 90 % interval; `contributions` log-odds by cue;
    `cue_scores` share of camera photos whose contribution is lower (0..1), of the cues that could see;
    `measure_contributions` log-odds by measure; `unfamiliar` whether the photo is unlike the training photos.
    """

    p_ai: float
    low: float
    high: float
    contributions: dict[str, float]
    cue_scores: dict[str, float]
    measure_contributions: dict[str, float]
    unfamiliar: bool


@dataclass(frozen=True, slots=True)
class BatchScores:
    """The scores of N photos: as in `Score`, with `scaled` and `parts` (N, M), and all else (N,).

    A cue's score is NaN where it could not see.
    """

    scaled: np.ndarray
    parts: np.ndarray
    p_ai: np.ndarray
    contributions: dict[str, np.ndarray]
    cue_scores: dict[str, np.ndarray]
    unfamiliar: np.ndarray


class Classifier:
    """A manifest and its estimator. `bundle.load` reads one from disk."""

    def __init__(self, manifest: dict[str, Any], estimator: Estimator) -> None:
        self.version: str = manifest["version"]
        self.thresholds = Thresholds(**{name: entry["value"] for name, entry in manifest["thresholds"].items()})
        shown = (*manifest["measures"], *manifest.get("unscored", ()))
        self._typical: dict[str, tuple[float, float]] = {m["key"]: tuple(m["typical"]) for m in shown}
        self._tone_slopes: dict[str, float] = {m["key"]: m["tone_slope"] for m in shown}
        self._tone_reference: float = manifest["skin_tone"]["reference"]
        self._tone_limits: tuple[float, float] = tuple(manifest["skin_tone"]["limits"])
        self.keys: list[str] = [m["key"] for m in manifest["measures"]]
        cue_of = np.array([m["cue"] for m in manifest["measures"]])
        self._members = {cue: np.flatnonzero(cue_of == cue) for cue in manifest["cues"]}
        self._slopes = np.array([self._tone_slopes[key] for key in self.keys])
        self._limits = np.array([m["limits"] for m in manifest["measures"]], dtype=np.float64)
        self._quantiles = {name: np.array(cue["real_contributions"]) for name, cue in manifest["cues"].items()}
        self._slope, self._intercept = manifest["calibration"]["slope"], manifest["calibration"]["intercept"]
        self._estimator = estimator

    def typical(self, tone: float | None = None) -> dict[str, tuple[float, float]]:
        """The central 90 % of camera photos by measure, for a skin tone in degrees (None: not known)."""
        offset = float(self._tone_offset(_array(tone)))
        moved = {key: self._tone_slopes[key] * offset for key in self._typical}
        return {key: (low + moved[key], high + moved[key]) for key, (low, high) in self._typical.items()}

    def score(self, values: Mapping[str, float], tone: float | None = None) -> Score:
        """Score one photo from its measures by key and its skin tone in degrees (None: not known).

        Unknown keys are ignored, absent ones contribute nothing. Each measure is taken relative to camera photos of the
        same skin tone, so that tone itself moves no score.
        """
        row = np.array([[values.get(key, np.nan) for key in self.keys]])
        batch = self.score_many(row, _array(tone)[None])
        p_ai = float(batch.p_ai[0])
        bootstrap = self._estimator.bootstrap
        members = bootstrap[:, :-1] @ batch.scaled[0] + bootstrap[:, -1]
        low, high = _probability(np.array(quantiles(self._slope * members + self._intercept, (0.05, 0.95))))
        seen = [cue for cue in self._quantiles if np.isfinite(batch.cue_scores[cue][0])]
        return Score(
            p_ai=p_ai,
            low=min(float(low), p_ai),
            high=max(float(high), p_ai),
            contributions={cue: float(batch.contributions[cue][0]) for cue in seen},
            cue_scores={cue: float(batch.cue_scores[cue][0]) for cue in seen},
            measure_contributions={
                key: float(part) for key, part in zip(self.keys, batch.parts[0], strict=True) if key in values
            },
            unfamiliar=bool(batch.unfamiliar[0]),
        )

    def score_many(self, values: np.ndarray, tone: np.ndarray) -> BatchScores:
        """Score N photos: `values` (N, M), columns as `keys`, and `tone` (N,), both NaN where not known."""
        seen = np.isfinite(values)
        values = values - self._tone_offset(tone)[:, None] * self._slopes
        unfamiliar = share_out_of_range(values, self._limits) > self.thresholds.unfamiliar
        # Out of the range of the training photos a value says nothing more; a missing one says nothing at all.
        mean, scale, weights = self._estimator.mean, self._estimator.scale, self._estimator.weights
        scaled = np.where(seen, (np.clip(values, *self._limits.T) - mean) / scale, 0.0)
        parts = self._slope * weights[:-1] * scaled
        p_ai = _probability(self._slope * weights[-1] + self._intercept + parts.sum(axis=1))
        contributions = {cue: parts[:, mine].sum(axis=1) for cue, mine in self._members.items()}
        cue_scores = {
            cue: np.where(seen[:, mine].any(axis=1), self._share_below(cue, contributions[cue]), np.nan)
            for cue, mine in self._members.items()
        }
        return BatchScores(
            scaled=scaled,
            parts=parts,
            p_ai=p_ai,
            contributions=contributions,
            cue_scores=cue_scores,
            unfamiliar=unfamiliar,
        )

    def _tone_offset(self, tone: np.ndarray) -> np.ndarray:
        return tone_difference(tone, self._tone_reference, self._tone_limits)

    def _share_below(self, cue: str, contribution: np.ndarray) -> np.ndarray:
        quantiles = self._quantiles[cue]
        below: np.ndarray = np.searchsorted(quantiles, contribution, side="left") / len(quantiles)
        return below


def tone_difference(tone: np.ndarray, reference: float, limits: tuple[float, float]) -> np.ndarray:
    """Degrees of skin tones, kept within `limits`, from the reference tone; 0 where a tone is not known (NaN)."""
    offset: np.ndarray = np.where(np.isnan(tone), 0.0, np.clip(tone, *limits) - reference)
    return offset


def share_out_of_range(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """(N,) share of the known values (N, M) outside their `limits` (M, 2); 0 where none is known."""
    known = np.count_nonzero(np.isfinite(values), axis=1)
    share: np.ndarray = np.count_nonzero((values < limits[:, 0]) | (values > limits[:, 1]), axis=1) / np.maximum(
        known, 1
    )
    return share


def _array(tone: float | None) -> np.ndarray:
    return np.array(np.nan if tone is None else tone)


def _probability(log_odds: float | np.ndarray) -> Any:  # noqa: ANN401
    return 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
