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

from artifact_check.cue import Cue
from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import LANDMARK_MODEL_SHA256
from artifact_check.results import Verdict
from artifact_check.shipped import shipped_model

FORMAT = 1
CURRENT = "headshot-1"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where verdicts begin.

    `likely_ai` and `likely_authentic` are values of `p_ai`; a cue agrees with *likely AI* when its score is at least
    `agreement`, and `agreeing_cues` must; a photo is assessed when at least `min_cues` cues could see.
    """

    likely_ai: float
    likely_authentic: float
    agreement: float
    agreeing_cues: int
    min_cues: int


@dataclass(frozen=True, slots=True)
class Score:
    """What the classifier says of one photo.

    `p_ai`, `low`, `high`: probability at prior 0.5 and its 90 % interval; `contributions` log-odds by cue;
    `cue_scores` share of real photos whose contribution is lower (0..1); `measure_contributions` log-odds by measure.
    """

    p_ai: float
    low: float
    high: float
    contributions: dict[str, float]
    cue_scores: dict[str, float]
    measure_contributions: dict[str, float]
    verdict: Verdict


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
        self._keys = [m["key"] for m in manifest["measures"]]
        self._cue_of = np.array([m["cue"] for m in manifest["measures"]])
        self._limits = np.array([m["limits"] for m in manifest["measures"]], dtype=np.float64)
        self._quantiles = {name: np.array(cue["real_contributions"]) for name, cue in manifest["cues"].items()}
        self._slope, self._intercept = manifest["calibration"]["slope"], manifest["calibration"]["intercept"]
        self._scaling = estimator["pipeline"][:-1]
        final = estimator["pipeline"][-1]
        self._weights = np.append(final.coef_[0], final.intercept_[0])
        self._bootstrap = np.asarray(estimator["bootstrap"])

    def typical(self, tone: float | None = None) -> dict[str, tuple[float, float]]:
        """The central 90 % of camera photos by measure, for a skin tone in degrees (None: not known)."""
        offset = self._tone_offset(tone)
        moved = {key: self._tone_slopes[key] * offset for key in self._typical}
        return {key: (low + moved[key], high + moved[key]) for key, (low, high) in self._typical.items()}

    def score(self, values: Mapping[str, float], tone: float | None = None) -> Score:
        """Score one photo from its measures by key and its skin tone in degrees (None: not known).

        Unknown keys are ignored, absent ones contribute nothing. What camera photos of this skin tone show on average
        is taken off each measure, so that tone itself moves no score.
        """
        scaled = self._scaled(values, tone)
        parts = self._slope * self._weights[:-1] * scaled
        base = self._slope * self._weights[-1] + self._intercept
        contributions = {cue: float(parts[self._cue_of == cue].sum()) for cue in self._quantiles}
        p_ai = _probability(base + parts.sum())
        members = self._slope * (self._bootstrap[:, :-1] @ scaled + self._bootstrap[:, -1]) + self._intercept
        low, high = (float(_probability(q)) for q in np.quantile(members, (0.05, 0.95)))
        seen = {self._cue_of[i] for i, key in enumerate(self._keys) if key in values}
        cue_scores = {cue: self._share_below(cue, contributions[cue]) for cue in contributions if cue in seen}
        return Score(
            p_ai=float(p_ai),
            low=min(low, float(p_ai)),
            high=max(high, float(p_ai)),
            contributions={cue: contributions[cue] for cue in cue_scores},
            cue_scores=cue_scores,
            measure_contributions={k: float(v) for k, v in zip(self._keys, parts, strict=True) if k in values},
            verdict=self._verdict(float(p_ai), cue_scores),
        )

    def _tone_offset(self, tone: float | None) -> float:
        low, high = self._tone_limits
        return 0.0 if tone is None else min(max(tone, low), high) - self._tone_reference

    def _scaled(self, values: Mapping[str, float], tone: float | None) -> np.ndarray:
        offset = self._tone_offset(tone)
        row = np.array([values.get(key, np.nan) - self._tone_slopes[key] * offset for key in self._keys])
        # Beyond what training saw, a value says nothing more.
        row = np.clip(row, self._limits[:, 0], self._limits[:, 1])
        scaled: np.ndarray = self._scaling.transform(row[None])[0]
        return scaled

    def _share_below(self, cue: str, contribution: float) -> float:
        quantiles = self._quantiles[cue]
        return float(np.searchsorted(quantiles, contribution, side="left") / len(quantiles))

    def _verdict(self, p_ai: float, cue_scores: Mapping[str, float]) -> Verdict:
        limits = self.thresholds
        agreeing = sum(score >= limits.agreement for score in cue_scores.values())
        if p_ai >= limits.likely_ai and agreeing >= limits.agreeing_cues:
            return "likely_ai"
        return "likely_authentic" if p_ai <= limits.likely_authentic else "inconclusive"


def _probability(log_odds: float | np.ndarray) -> Any:  # noqa: ANN401
    return 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))


def load(folder: Path | None, cues: Sequence[Cue]) -> Classifier:
    """The bundle in `folder` (None: the one that comes with the package), checked against the cues that will feed it.

    Raises:
        ModelError: a file of the bundle is missing or damaged.
        ModelMismatchError: it was made for another format, landmark model, cue version or measure, or this
            scikit-learn computes another score from it.
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


def _built(folder: Path, manifest: dict[str, Any], cues: Sequence[Cue]) -> Classifier:
    _require_same_cues(folder, manifest, cues)
    estimator = _read_estimator(folder / "model.skops", manifest["estimator"]["sha256"])
    classifier = Classifier(manifest, estimator)
    probe = manifest["probe"]
    if abs(classifier.score(probe["values"], probe["tone"]).p_ai - probe["p_ai"]) > 1e-6:  # noqa: PLR2004
        raise ModelMismatchError(
            f"{folder}: this scikit-learn computes another score than the one the model was made with "
            f"({manifest['libraries']['scikit-learn']}); install the versions in constraints.txt."
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
    from skops.io import loads

    try:
        estimator = loads(data, trusted=["numpy.dtype"])
    except Exception as error:  # noqa: BLE001
        # Whatever a foreign or hostile archive brings up: nothing of it has been run.
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(f"{path} is not a model that may be loaded ({reason}); do not use it.") from None
    if not isinstance(estimator, dict) or estimator.keys() != {"pipeline", "bootstrap"}:
        raise ModelError(f"{path} does not hold a pipeline and its bootstrap; train the model again.")
    return estimator
