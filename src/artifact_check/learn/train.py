"""A labelled folder -> a model bundle."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from artifact_check import classifier
from artifact_check.cues import discover
from artifact_check.errors import OutputError
from artifact_check.face import LANDMARK_MODEL_SHA256
from artifact_check.learn import fitting
from artifact_check.learn.card import model_card
from artifact_check.learn.dataset import Dataset
from artifact_check.learn.evaluation import cue_of_measure, evaluate_sources, training_rows
from artifact_check.learn.features import Table
from artifact_check.learn.laboratory import Laboratory

_BOOTSTRAP = 60  # refits on resampled clusters, for the interval


def write_bundle(dataset: Dataset, table: Table, folder: Path, laboratory: Laboratory | None = None) -> dict[str, Any]:
    """Train on a measured data set, evaluate it leaving sources out, and write the bundle; returns the manifest.

    With the figures of a `laboratory` the card also says what each measure can do.

    Raises:
        OutputError: `folder` cannot be written.
    """
    from skops.io import dumps

    rows = training_rows(table)
    cue_of = cue_of_measure(table)
    judge = fitting.learn_judge(rows, cue_of)
    estimator = {"pipeline": judge.fitted.pipeline, "bootstrap": _bootstrap(rows, judge)}
    data = dumps(estimator)
    manifest = _manifest(dataset, rows, judge, cue_of, hashlib.sha256(data).hexdigest(), folder.name)
    manifest["probe"] = _probe(manifest, estimator, rows)
    manifest["figures"] = evaluate_sources(table)
    if laboratory is not None:
        manifest["figures"]["laboratory"] = laboratory.compact()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.skops").write_bytes(data)
        text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False, default=float)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
        (folder / "MODEL_CARD.md").write_text(model_card(manifest), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror}); choose another --output.") from None
    return manifest


def _bootstrap(rows: Table, judge: fitting.Judge) -> np.ndarray:
    """(B, M + 1) weights and intercept of refits on clusters drawn with replacement, in the final model's scaling."""
    cluster = rows.attribute("cluster")
    scaled = judge.fitted.pipeline[:-1].transform(np.clip(rows.values, *judge.fitted.limits.T))
    rng = np.random.default_rng(0)
    members = []
    for _ in range(_BOOTSTRAP):
        times = _draw_clusters(rows.is_ai, cluster, rng)
        weights = fitting.balanced_weights(rows.is_ai, cluster) * times
        model = fitting.logistic_regression().fit(scaled, rows.is_ai, sample_weight=weights)
        members.append(np.append(model.coef_[0], model.intercept_[0]))
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


def _manifest(
    dataset: Dataset, rows: Table, judge: fitting.Judge, cue_of: np.ndarray, sha256: str, name: str
) -> dict[str, Any]:
    real = rows.where(~rows.is_ai)
    typical = np.nanpercentile(real.values, (5, 95), axis=0).T
    return {
        "format": classifier.FORMAT,
        "version": name,
        "cues": {
            cue.name: {
                "version": cue.version,
                "real_contributions": _rounded(judge.real_contributions[:, judge.names.index(cue.name)]),
            }
            for cue in discover()
        },
        "measures": [
            {"key": key, "cue": str(owner), "limits": _rounded(limits), "typical": _rounded(span)}
            for key, owner, limits, span in zip(rows.keys, cue_of, judge.fitted.limits, typical, strict=True)
        ],
        "landmark_model_sha256": LANDMARK_MODEL_SHA256,
        "estimator": {"file": "model.skops", "sha256": sha256},
        "prior": 0.5,
        "calibration": {
            "method": "Platt scaling of log-odds that each row got from a model without its source",
            "slope": judge.calibration.slope,
            "intercept": judge.calibration.intercept,
        },
        "thresholds": _thresholds(judge),
        "libraries": {
            "python": platform.python_version(),
            **{
                package: version(package)
                for package in ("mediapipe", "numpy", "opencv-python-headless", "scikit-learn")
            },
        },
        "training_set": {
            "id": dataset.id,
            "photos": {"ai": _photos(rows, is_ai=True), "real": _photos(rows, is_ai=False)},
            "sources": {
                "ai": sorted({item.source for item in dataset.items if item.is_ai}),
                "real": sorted({item.source for item in dataset.items if not item.is_ai}),
            },
        },
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.7g}") for value in values]


def _photos(rows: Table, *, is_ai: bool) -> int:
    return len(np.unique(rows.item[rows.is_ai == is_ai]))


def _thresholds(judge: fitting.Judge) -> dict[str, Any]:
    return {
        "likely_ai": {
            "value": judge.likely_ai,
            "reason": f"{fitting.FALSE_ALARMS:.0%} of real photos of sources left out in turn lie above it",
        },
        "likely_authentic": {
            "value": min(judge.likely_authentic, judge.likely_ai),
            "reason": f"{fitting.MISSES:.0%} of AI photos of sources left out in turn lie below it",
        },
        "agreement": {
            "value": fitting.AGREEMENT,
            "reason": "a cue agrees when it looks more suspicious than this share of real photos",
        },
        "agreeing_cues": {"value": fitting.AGREEING_CUES, "reason": "no single cue may call a photo likely AI"},
        "min_cues": {"value": fitting.MIN_CUES, "reason": "with fewer cues that could see, a photo is not assessed"},
    }


def _probe(manifest: dict[str, Any], estimator: dict[str, Any], rows: Table) -> dict[str, Any]:
    """Measures of one training row and the score they must give, so that a loader can tell a library's drift."""
    values = {k: float(f"{v:.7g}") for k, v in zip(rows.keys, rows.values[0], strict=True) if np.isfinite(v)}
    return {"values": values, "p_ai": classifier.Classifier(manifest, estimator).score(values).p_ai}
