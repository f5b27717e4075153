"""Which crops' labels the encoder learns from, and how much each counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from artifact_check.errors import DatasetError
from artifact_check.learn.encoder.crops import Crops
from artifact_check.learn.fitting import balanced_weights
from artifact_check.learn.table.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Labels:
    """`rows` (n,) of the crops to learn from; `is_ai` (N,) bool and `weights` (N,) of all crops, 0 for the others."""

    rows: np.ndarray
    is_ai: np.ndarray
    weights: np.ndarray


def labels_of(dataset: Dataset, crops: Crops, clusters: Collection[str] | None) -> Labels:
    """The labels of crops whose photo is in `clusters` (None: any).

    Both labels weigh the same; within a label, a source of n crops weighs n ** 0.5.

    Raises:
        DatasetError: there are no crops of one of the labels.
    """
    rows = np.array(
        [r for r in crops.rows if clusters is None or dataset.items[crops.item[r]].cluster in clusters], int
    )
    is_ai = np.array([dataset.items[i].is_ai for i in crops.item])
    if len(set(is_ai[rows])) < 2:  # noqa: PLR2004 - both labels
        raise DatasetError(f"{dataset.folder} has no faces of one label to learn from; add photos of it.")
    source = np.array([dataset.items[i].source for i in crops.item])
    weights = np.zeros(len(is_ai))
    weights[rows] = balanced_weights(is_ai[rows], source[rows])
    return Labels(rows, is_ai, weights)
