"""{measure: value or missing} + a model bundle -> calibrated probability, interval, contributions, verdict.

Knows no cue by name: which measures there are, which cue each belongs to, and where the thresholds lie stands in the
bundle's manifest. The estimator is linear after scaling, so that a cue's contribution is an exact part of the score:
logit(p_ai) = base + the sum of all contributions. A missing measure contributes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artifact_check.cues import Cue
from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import LANDMARK_MODEL_SHA256
from artifact_check.face.texture import quantiles
from artifact_check.model.estimator import read_estimator
from artifact_check.results import ErrorRates, ModelFacts, Rate, Verdict
from artifact_check.shipped import CURRENT, shipped_model

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where verdicts begin.

    `likely_ai` and `likely_authentic` are values of `p_ai`; a cue agrees with *likely AI* when its score is at least
    `agreement`, and `agreeing_cues` must; a photo is assessed when at least `min_cues` cues could see. It is unfamiliar
    when more than the share `unfamiliar` of its measures lie beyond what training saw (a bundle that does not say
    flags none).
    """

    likely_ai: float
    likely_authentic: float
    agreement: float
    agreeing_cues: int
    min_cues: int
    unfamiliar: float = 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """What the classifier says of one photo.

    `p_ai`, `low`, `high`: probability at prior 0.5 and its 90 % interval; `contributions` log-odds by cue;
    `cue_scores` share of real photos whose contribution is lower (0..1); `measure_contributions` log-odds by measure;
    `assessed` whether enough cues could see for a verdict; `unfamiliar` whether it is unlike the photos that the model
    was made from, so that no verdict but inconclusive is due.
    """

    p_ai: float
    low: float
    high: float
    contributions: dict[str, float]
    cue_scores: dict[str, float]
    measure_contributions: dict[str, float]
    assessed: bool
    unfamiliar: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """What the classifier says of N photos: as in `Score`, with `scaled` and `parts` (N, M), and all else (N,).

    A cue's score is NaN where it could not see.
    """

    scaled: np.ndarray
    parts: np.ndarray
    p_ai: np.ndarray
    contributions: dict[str, np.ndarray]
    cue_scores: dict[str, np.ndarray]
    assessed: np.ndarray
    unfamiliar: np.ndarray
    verdict: list[Verdict]


class Classifier:
    """A loaded bundle. Build one with `load`."""

    def __init__(self, manifest: dict[str, Any], estimator: dict[str, Any]) -> None:
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
        (_, scaler), _, (_, final) = estimator["pipeline"].steps
        self._mean, self._scale = scaler.mean_, scaler.scale_
        self._weights = np.append(final.coef_[0], final.intercept_[0])
        self._bootstrap = np.asarray(estimator["bootstrap"])

    def typical(self, tone: float | None = None) -> dict[str, tuple[float, float]]:
        """The central 90 % of camera photos by measure, for a skin tone in degrees (None: not known)."""
        offset = float(self._tone_offset(_array(tone)))
        moved = {key: self._tone_slopes[key] * offset for key in self._typical}
        return {key: (low + moved[key], high + moved[key]) for key, (low, high) in self._typical.items()}

    def score(self, values: Mapping[str, float], tone: float | None = None) -> Score:
        """Score one photo from its measures by key and its skin tone in degrees (None: not known).

        Unknown keys are ignored, absent ones contribute nothing. What camera photos of this skin tone show on average
        is taken off each measure, so that tone itself moves no score.
        """
        row = np.array([[values.get(key, np.nan) for key in self.keys]])
        judged = self.judge(row, _array(tone)[None])
        p_ai = float(judged.p_ai[0])
        members = self._bootstrap[:, :-1] @ judged.scaled[0] + self._bootstrap[:, -1]
        low, high = _probability(np.array(quantiles(self._slope * members + self._intercept, (0.05, 0.95))))
        seen = [cue for cue in self._quantiles if np.isfinite(judged.cue_scores[cue][0])]
        return Score(
            p_ai=p_ai,
            low=min(float(low), p_ai),
            high=max(float(high), p_ai),
            contributions={cue: float(judged.contributions[cue][0]) for cue in seen},
            cue_scores={cue: float(judged.cue_scores[cue][0]) for cue in seen},
            measure_contributions={
                key: float(part) for key, part in zip(self.keys, judged.parts[0], strict=True) if key in values
            },
            assessed=bool(judged.assessed[0]),
            unfamiliar=bool(judged.unfamiliar[0]),
            verdict=judged.verdict[0],
        )

    def judge(self, values: np.ndarray, tone: np.ndarray) -> Judged:
        """The same for many photos: `values` (N, M), columns as `keys`, and `tone` (N,), both NaN where not known."""
        seen = np.isfinite(values)
        values = values - self._tone_offset(tone)[:, None] * self._slopes
        unfamiliar = share_beyond(values, self._limits) > self.thresholds.unfamiliar
        # Beyond what training saw, a value says nothing more; one that is missing says nothing at all.
        scaled = np.where(seen, (np.clip(values, *self._limits.T) - self._mean) / self._scale, 0.0)
        parts = self._slope * self._weights[:-1] * scaled
        p_ai = _probability(self._slope * self._weights[-1] + self._intercept + parts.sum(axis=1))
        contributions = {cue: parts[:, mine].sum(axis=1) for cue, mine in self._members.items()}
        cue_scores = {
            cue: np.where(seen[:, mine].any(axis=1), self._share_below(cue, contributions[cue]), np.nan)
            for cue, mine in self._members.items()
        }
        return Judged(
            scaled=scaled,
            parts=parts,
            p_ai=p_ai,
            contributions=contributions,
            cue_scores=cue_scores,
            assessed=self._count(cue_scores, 0.0) >= self.thresholds.min_cues,
            unfamiliar=unfamiliar,
            verdict=self._verdicts(p_ai, cue_scores, unfamiliar),
        )

    def _tone_offset(self, tone: np.ndarray) -> np.ndarray:
        return tone_difference(tone, self._tone_reference, self._tone_limits)

    def _share_below(self, cue: str, contribution: np.ndarray) -> np.ndarray:
        quantiles = self._quantiles[cue]
        below: np.ndarray = np.searchsorted(quantiles, contribution, side="left") / len(quantiles)
        return below

    def _verdicts(
        self, p_ai: np.ndarray, cue_scores: Mapping[str, np.ndarray], unfamiliar: np.ndarray
    ) -> list[Verdict]:
        limits = self.thresholds
        agreeing = self._count(cue_scores, limits.agreement)
        alarming = ~unfamiliar & (p_ai >= limits.likely_ai) & (agreeing >= limits.agreeing_cues)
        few = ~unfamiliar & (p_ai <= limits.likely_authentic)
        return [
            "likely_ai" if alarm else "likely_authentic" if passes else "inconclusive"
            for alarm, passes in zip(alarming, few, strict=True)
        ]

    @staticmethod
    def _count(cue_scores: Mapping[str, np.ndarray], least: float) -> np.ndarray:
        """(N,) number of cues that could see and score at least `least`."""
        count: np.ndarray = np.sum([score >= least for score in cue_scores.values()], axis=0)
        return count


def tone_difference(tone: np.ndarray, reference: float, limits: tuple[float, float]) -> np.ndarray:
    """Degrees of skin tones, kept within `limits`, from the reference tone; 0 where a tone is not known (NaN)."""
    offset: np.ndarray = np.nan_to_num(np.clip(tone, *limits) - reference)
    return offset


def share_beyond(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """(N,) share of the known values (N, M) that lie beyond their `limits` (M, 2); 0 where none is known."""
    known = np.count_nonzero(np.isfinite(values), axis=1)
    share: np.ndarray = np.count_nonzero((values < limits[:, 0]) | (values > limits[:, 1]), axis=1) / np.maximum(
        known, 1
    )
    return share


def _array(tone: float | None) -> np.ndarray:
    return np.array(np.nan if tone is None else tone)


def _probability(log_odds: float | np.ndarray) -> Any:  # noqa: ANN401
    return 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))


def load(folder: Path | None, cues: Sequence[Cue]) -> Classifier:
    """The bundle in `folder` (None: the one that comes with the package), checked against the cues that will feed it.

    Raises:
        ModelError: a file of the bundle is missing or damaged.
        ModelMismatchError: it was made for another format, landmark model, cue version or measure, or another score
            comes out of it than must.
    """
    folder = shipped_model(CURRENT) if folder is None else folder
    manifest = _read_manifest(folder)
    try:
        return _built(folder, manifest, cues)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(
            f"{folder}: manifest.json does not describe a whole model ({reason}); train it again."
        ) from None


def read_facts(folder: Path | None) -> ModelFacts:
    """What the bundle in `folder` (None: the one that comes with the package) says about itself.

    Raises:
        ModelError: its manifest is missing, damaged, or of another format.
    """
    folder = shipped_model(CURRENT) if folder is None else folder
    manifest = _read_manifest(folder)
    try:
        conditions = manifest.get("figures", {}).get("conditions", {})
        return ModelFacts(
            version=manifest["version"],
            likely_ai=manifest["thresholds"]["likely_ai"]["value"],
            likely_authentic=manifest["thresholds"]["likely_authentic"]["value"],
            rates=tuple(_error_rates(name, figures) for name, figures in conditions.items()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(
            f"{folder}: manifest.json does not tell the model's figures ({reason}); train it again."
        ) from None


def _error_rates(condition: str, figures: dict[str, Any]) -> ErrorRates:
    alarms, said, photos = figures["false_alarms"], figures["verdicts"]["ai"], figures["photos"]["ai"]
    return ErrorRates(
        condition=condition,
        false_alarms=_rate(alarms["all"]),
        polished_alarms=_rate(alarms["polished"]),
        found=Rate(said["likely_ai"], photos),
        passed=Rate(said["likely_authentic"], photos),
    )


def _rate(figure: dict[str, Any]) -> Rate:
    return Rate(figure["rate"] if figure["pictures"] else None, figure["photos"], figure["low"], figure["high"])


def _built(folder: Path, manifest: dict[str, Any], cues: Sequence[Cue]) -> Classifier:
    _require_same_cues(folder, manifest, cues)
    estimator = _read_estimator(folder / "model.skops", manifest["estimator"]["sha256"])
    classifier = Classifier(manifest, estimator)
    probe = manifest["probe"]
    if abs(classifier.score(probe["values"], probe["tone"]).p_ai - probe["p_ai"]) > 1e-6:  # noqa: PLR2004
        raise ModelMismatchError(
            f"{folder}: this program computes another score from the model than it must give; "
            "use the program that the model was made with, or train it again."
        )
    return classifier


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); name a folder that `train` has written.") from None
    except ValueError:
        raise ModelError(f"{path} is not valid JSON; train the model again or restore the folder.") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelMismatchError(f"{path}: this version reads model format {FORMAT}; train the model again.")
    return manifest


def _require_same_cues(folder: Path, manifest: dict[str, Any], cues: Sequence[Cue]) -> None:
    if manifest["landmark_model_sha256"] != LANDMARK_MODEL_SHA256:
        raise ModelMismatchError(f"{folder} was made with another landmark model; train it again.")
    versions = {cue.name: cue.version for cue in cues}
    for name, entry in manifest["cues"].items():
        if versions.get(name) != entry["version"]:
            raise ModelMismatchError(
                f"{folder} was made for version {entry['version']} of the cue {name!r}, and this program has "
                f"{f'version {versions[name]}' if name in versions else 'no such cue'}; use the program that the model "
                "was made with, or train it again."
            )
    declared = {measure.key for cue in cues for measure in cue.measures}
    missing = sorted({m["key"] for m in manifest["measures"]} - declared)
    if missing:
        raise ModelMismatchError(f"{folder} needs measures that no cue declares: {', '.join(missing)}.")


def _read_estimator(path: Path, sha256: str) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); restore the model's folder.") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelMismatchError(f"{path} is not the file its manifest was written for; restore the model's folder.")
    try:
        estimator = read_estimator(data)
    except Exception as error:  # noqa: BLE001
        # Whatever a foreign archive brings up.
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(f"{path} is not a model that may be loaded ({reason}); do not use it.") from None
    if not isinstance(estimator, dict) or estimator.keys() != {"pipeline", "bootstrap"}:
        raise ModelError(f"{path} does not hold a pipeline and its bootstrap; train the model again.")
    return estimator
