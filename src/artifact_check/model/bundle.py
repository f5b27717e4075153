"""A model bundle on disk: `manifest.json`, `model.npz` and, where cues have learned measures, `encoder.onnx`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifact_check.cues import Cue
from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import LANDMARK_MODEL_SHA256, Encoder
from artifact_check.model.classifier import Classifier
from artifact_check.model.estimator import Estimator
from artifact_check.results import ErrorRates, ModelFacts, Rate
from artifact_check.shipped import CURRENT, ENCODER, ESTIMATOR, MANIFEST, shipped_model

FORMAT = 2


@dataclass(frozen=True, eq=False)
class Bundle:
    """A loaded bundle; `encoder` is None where it has no learned measures."""

    classifier: Classifier
    encoder: Encoder | None
    facts: ModelFacts


def load(folder: Path | None, cues: Sequence[Cue]) -> Bundle:
    """Load the bundle in `folder` (None: the shipped one) and check it against the cues that will feed it.

    Raises:
        ModelError: a file of the bundle is missing or damaged.
        ModelMismatchError: it was made for another format, landmark model, encoder, cue version or measure, or its
            self-test fails with this program.
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
    """What the bundle in `folder` (None: the shipped one) says about itself.

    Raises:
        ModelError: its manifest is missing, damaged, or of another format.
    """
    folder = shipped_model(CURRENT) if folder is None else folder
    manifest = _read_manifest(folder)
    try:
        return _facts(manifest)
    except (KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(
            f"{folder}: manifest.json does not tell the model's figures ({reason}); train it again."
        ) from None


def _facts(manifest: dict[str, Any]) -> ModelFacts:
    conditions = manifest.get("figures", {}).get("conditions", {})
    return ModelFacts(
        version=manifest["version"],
        likely_ai=manifest["thresholds"]["likely_ai"]["value"],
        likely_authentic=manifest["thresholds"]["likely_authentic"]["value"],
        rates=tuple(_error_rates(name, figures) for name, figures in conditions.items()),
        leaning_ai=_leaning(conditions.get("profile", {})),
    )


def _error_rates(condition: str, figures: dict[str, Any]) -> ErrorRates:
    alarms, said, photos = figures["false_alarms"], figures["verdicts"], figures["photos"]
    return ErrorRates(
        condition=condition,
        false_alarms=_rate(alarms["all"]),
        polished_alarms=_rate(alarms["polished"]),
        found=Rate(said["ai"]["likely_ai"], photos["ai"]),
        passed=Rate(said["ai"]["likely_authentic"], photos["ai"]),
        undecided_camera=Rate(said["real"]["inconclusive"], photos["real"]),
        undecided_ai=Rate(said["ai"]["inconclusive"], photos["ai"]),
    )


def _leaning(figures: dict[str, Any]) -> tuple[float, float] | None:
    lean = figures.get("lean")
    return None if lean is None else (lean["to_ai"]["value"], lean["to_camera"]["value"])


def _rate(figure: dict[str, Any]) -> Rate:
    return Rate(figure["rate"] if figure["pictures"] else None, figure["photos"], figure["low"], figure["high"])


def _built(folder: Path, manifest: dict[str, Any], cues: Sequence[Cue]) -> Bundle:
    _require_same_cues(folder, manifest, cues)
    estimator = _read_estimator(folder / ESTIMATOR, manifest["estimator"]["sha256"])
    classifier = Classifier(manifest, estimator)
    probe = manifest["probe"]
    if abs(classifier.score(probe["values"], probe["tone"]).p_ai - probe["p_ai"]) > 1e-6:  # noqa: PLR2004
        raise ModelMismatchError(
            f"{folder}: the model's self-test fails with this program; use the program that the model was made with, "
            "or train it again."
        )
    encoder = manifest.get("encoder")
    loaded = None if encoder is None else Encoder(folder / ENCODER, encoder["sha256"])
    return Bundle(classifier, loaded, _facts(manifest))


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
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
    # A scan may leave out measures that are not scored.
    declared = {measure.key for cue in cues for measure in cue.measures if measure.scored}
    missing = sorted({m["key"] for m in manifest["measures"]} - declared)
    if missing:
        raise ModelMismatchError(
            f"{folder} scores measures that no cue offers for that: {', '.join(missing)}; train it again."
        )


def _read_estimator(path: Path, sha256: str) -> Estimator:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); restore the model's folder.") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelMismatchError(f"{path} is not the file its manifest was written for; restore the model's folder.")
    try:
        return Estimator.from_bytes(data)
    except Exception as error:  # noqa: BLE001 - a foreign archive raises anything
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(f"{path} is not a model that may be loaded ({reason}); do not use it.") from None
