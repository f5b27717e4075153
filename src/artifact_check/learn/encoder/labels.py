"""Which crops' labels the encoder learns from, and how much each counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from artifact_check.errors import DatasetError
from artifact_check.learn.encoder.crops import Crops
from artifact_check.learn.fitting import balanced_weights
from artifact_check.learn.table.dataset import POLISHED, Dataset

_POLISHED = 1.5  # a false alarm about a polished portrait is the likeliest one


@dataclass(frozen=True, eq=False)
class Labels:
    """`rows` (n,) of the crops to learn from; `is_ai` (N,) bool and `weights` (N,) of all crops, 0 for the others."""

    rows: np.ndarray
    is_ai: np.ndarray
    weights: np.ndarray


def labels_of(dataset: Dataset, crops: Crops, left_out: Collection[str]) -> Labels:
    """The labels of crops whose photo is in none of the clusters `left_out`.

    Both labels weigh the same; within a label, a source of n crops weighs n ** 0.5, and polished real portraits, which
    are hardest to tell, `_POLISHED` times that.

    Raises:
        DatasetError: there are no crops of one of the labels.
    """
    rows = np.array([r for r in crops.rows if dataset.items[crops.item[r]].cluster not in left_out], int)
    is_ai = np.array([dataset.items[i].is_ai for i in crops.item])
    if len(set(is_ai[rows])) < 2:  # noqa: PLR2004 - both labels
        raise DatasetError(f"{dataset.folder} has no faces of one label to learn from; add photos of it.")
    source = np.array([dataset.items[i].source for i in crops.item])
    weights = np.zeros(len(is_ai))
    polished = np.isin([dataset.items[i].group for i in crops.item], list(POLISHED)) & ~is_ai
    weights[rows] = balanced_weights(is_ai[rows], source[rows], np.where(polished, _POLISHED, 1.0)[rows])
    return Labels(rows, is_ai, weights)
