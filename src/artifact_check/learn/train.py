"""A labelled folder -> a model bundle."""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from artifact_check.errors import OutputError
from artifact_check.face import LANDMARK_MODEL_SHA256
from artifact_check.learn import fitting
from artifact_check.learn.figures.card import model_card
from artifact_check.learn.figures.evaluation import evaluate_sources, scored_measures, training_rows
from artifact_check.learn.laboratory.experiment import Laboratory
from artifact_check.learn.laboratory.flips import Flips
from artifact_check.learn.table.dataset import Dataset
from artifact_check.learn.table.features import Table
from artifact_check.model import bundle
from artifact_check.model.classifier import Classifier
from artifact_check.model.estimator import Estimator
from artifact_check.shipped import ENCODER, ESTIMATOR, MANIFEST

_BOOTSTRAP = 60  # refits on resampled clusters, for the interval


def write_bundle(
    dataset: Dataset,
    table: Table,
    folder: Path,
    laboratory: Laboratory | None = None,
    flips: Flips | None = None,
    *,
    encoder: Path | None = None,
) -> dict[str, Any]:
    """Train on a measured data set, evaluate it leaving sources out, and write the bundle; returns the manifest.

    With the figures of a `laboratory` the card also says what each measure can do, with `flips` how often a verdict
    flips. `encoder` is what `train-encoder` wrote; the bundle gets a copy.

    Raises:
        OutputError: `folder` cannot be written.
    """
    rows = training_rows(scored_measures(table))
    model = fitting.train_model(rows)
    estimator = model.estimator(_bootstrap(rows, model))
    files = {ESTIMATOR: estimator.to_bytes()}
    manifest: dict[str, Any] = {
        "format": bundle.FORMAT,
        "version": folder.resolve().name,
        "landmark_model_sha256": LANDMARK_MODEL_SHA256,
        "estimator": _named(ESTIMATOR, files[ESTIMATOR]),
    }
    if encoder is not None:
        files[ENCODER] = encoder.read_bytes()
        training = json.loads(encoder.with_suffix(".json").read_text(encoding="utf-8"))
        manifest["encoder"] = {
            **_named(ENCODER, files[ENCODER]),
            "training": {name: training[name] for name in ("teacher_sha256", "torch", "recipe")},
        }
    manifest |= {
        "prior": 0.5,
        **model.core,
        "unscored": _unscored(training_rows(table), rows.keys),
        "libraries": _libraries(),
        "training_set": _training_set(dataset, rows),
    }
    manifest["probe"] = _probe(manifest, estimator, rows)
    manifest["figures"] = evaluate_sources(table)
    if laboratory is not None:
        manifest["figures"]["laboratory"] = laboratory.compact()
    if flips is not None:
        manifest["figures"]["flips"] = asdict(flips)
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    _write(folder, {**files, MANIFEST: text.encode(), "MODEL_CARD.md": model_card(manifest).encode()})
    return manifest


def _named(file: str, data: bytes) -> dict[str, str]:
    return {"file": file, "sha256": hashlib.sha256(data).hexdigest()}


def require_writable(folder: Path) -> None:
    """Refuse an output folder before any work is done for it.

    Raises:
        OutputError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror}); choose another --output.") from None


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files under temporary names first, then rename: a bundle is there whole or as it was."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / f"{name}.part").write_bytes(data)
        for name in files:
            (folder / f"{name}.part").replace(folder / name)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror}); choose another --output.") from None


def _bootstrap(rows: Table, model: fitting.TrainedModel) -> np.ndarray:
    """(B, M + 1) weights and intercept of refits on clusters drawn with replacement, in the final model's scaling."""
    cluster = rows.attribute("cluster")
    used = model.fitted.pipeline[-1].coef_[0] != 0
    scaled = model.fitted.scaled(rows) * used
    rng = np.random.default_rng(0)
    members = []
    for _ in range(_BOOTSTRAP):
        times = _draw_clusters(rows.is_ai, cluster, rng)
        weights = fitting.balanced_weights(rows.is_ai, cluster) * times
        refit = fitting.logistic_regression().fit(scaled, rows.is_ai, sample_weight=weights)
        members.append(np.append(refit.coef_[0], refit.intercept_[0]))
    return np.array(members)


def _draw_clusters(is_ai: np.ndarray, cluster: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N,) how often each row's cluster was drawn; as many of each label as there are."""
    times = np.zeros(len(cluster))
    for label in (False, True):
        names = np.unique(cluster[is_ai == label])
        drawn, count = np.unique(rng.choice(names, size=len(names)), return_counts=True)
        for name, often in zip(drawn, count, strict=True):
            times[cluster == name] = often
    return times


def _libraries() -> dict[str, str]:
    packages = ("mediapipe", "numpy", "opencv-python-headless", "scikit-learn")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def _training_set(dataset: Dataset, rows: Table) -> dict[str, Any]:
    return {
        "id": dataset.id,
        "photos": {"ai": _photos(rows, is_ai=True), "real": _photos(rows, is_ai=False)},
        "sources": {
            "ai": sorted({item.source for item in dataset.items if item.is_ai}),
            "real": sorted({item.source for item in dataset.items if not item.is_ai}),
        },
    }


def _unscored(rows: Table, scored: tuple[str, ...]) -> list[dict[str, Any]]:
    """Measures that are only shown, so that a report can say what is typical of them."""
    rows = rows.having(np.array([key not in scored for key in rows.keys], dtype=bool))
    shown = zip(rows.keys, fitting.tone_slopes(rows), fitting.typical(rows), strict=True)
    return [
        {"key": key, "tone_slope": fitting.rounded([slope])[0], "typical": fitting.rounded(span)}
        for key, slope, span in shown
        if np.isfinite(span).all()
    ]


def _photos(rows: Table, *, is_ai: bool) -> int:
    return len(np.unique(rows.item[rows.is_ai == is_ai]))


def _probe(manifest: dict[str, Any], estimator: Estimator, rows: Table) -> dict[str, Any]:
    """Measures of one training row and the score they must give, so that a loader can tell a library's drift."""
    values = {k: float(f"{v:.7g}") for k, v in zip(rows.keys, rows.values[0], strict=True) if np.isfinite(v)}
    tone = float(rows.tone[0]) if np.isfinite(rows.tone[0]) else None
    p_ai = Classifier(manifest, estimator).score(values, tone).p_ai
    return {"values": values, "tone": tone, "p_ai": p_ai}
