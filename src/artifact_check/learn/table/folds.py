"""Folds of clusters, and the encoders that were tuned without the labels of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from artifact_check.errors import DatasetError, ModelError
from artifact_check.learn.table.dataset import Dataset
from artifact_check.learn.workers import Encoders

_FOLDS = 25


def grouped_folds(is_ai: np.ndarray, cluster: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Yield `count` test masks, with the clusters of each label spread evenly by size."""
    fold_of: dict[str, int] = {}
    for label in (False, True):
        names, sizes = np.unique(cluster[is_ai == label], return_counts=True)
        for rank, index in enumerate(np.argsort(-sizes, kind="stable")):
            fold_of[str(names[index])] = rank % count
    assigned = np.array([fold_of[str(name)] for name in cluster])
    for fold in range(min(count, int(assigned.max()) + 1)):
        yield assigned == fold


def random_folds(is_ai: np.ndarray, cluster: np.ndarray, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield test masks (N,) that cover every row once and never split a cluster, at most `_FOLDS` of them.

    The clusters of each label are dealt in random order, so that every fold leaves out some of both.
    """
    rng = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for label in (False, True):
        order = rng.permutation(np.unique(cluster[is_ai == label]))
        fold_of |= {str(name): place % _FOLDS for place, name in enumerate(order)}
    fold = np.array([fold_of[str(name)] for name in cluster])
    for held_out in np.unique(fold):
        yield fold == held_out


def deal_folds(dataset: Dataset, count: int) -> tuple[frozenset[str], ...]:
    """The clusters of a data set in `count` folds; no folds for fewer than two."""
    if count < 2:  # noqa: PLR2004
        return ()
    cluster = np.array([item.cluster for item in dataset.items])
    is_ai = np.array([item.is_ai for item in dataset.items])
    return tuple(frozenset(cluster[test].tolist()) for test in grouped_folds(is_ai, cluster, count))


def fold_encoder(encoder: Path, fold: int) -> Path:
    """The file of the encoder of a fold, beside the one that was tuned on all photos."""
    return encoder.with_name(f"{encoder.stem}.fold-{fold + 1}.onnx")


def read_encoders(encoder: Path, dataset: Dataset) -> Encoders:
    """The encoder that `train-encoder` wrote, with those of its folds.

    Raises:
        ModelError: files of it are missing, or come from different trainings.
        DatasetError: it was trained on another data set.
    """
    try:
        facts = json.loads(encoder.with_suffix(".json").read_text(encoding="utf-8"))
        folds, digests, trained_on = facts["folds"], facts["sha256"], facts["training_set"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{encoder.with_suffix('.json')} cannot be read ({error}); give the file that train-encoder wrote, "
            "with what it wrote beside it."
        ) from None
    if trained_on != dataset.id:
        raise DatasetError(f"{encoder} was trained on other photos than {dataset.folder}; run train-encoder on these.")
    if {item.cluster for item in dataset.items} - {cluster for clusters in folds for cluster in clusters}:
        raise ModelError(
            f"{encoder} has no folds, so that no photo's learned measures are held out; train it with folds."
        )
    for path in (encoder, *(fold_encoder(encoder, i) for i in range(len(folds)))):
        if not path.is_file():
            raise ModelError(f"{path} is missing; run train-encoder again.")
        if digests.get(path.name) != sha256_of(path):
            raise ModelError(
                f"{path} is of another training than {encoder.with_suffix('.json')}; run train-encoder again."
            )
    left_out = {cluster: fold_encoder(encoder, i) for i, clusters in enumerate(folds) for cluster in clusters}
    return Encoders(encoder, left_out)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
