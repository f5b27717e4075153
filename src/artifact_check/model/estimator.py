"""The estimator of a bundle, `model.npz`: logistic regression on standardised measures, as plain arrays."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

_MAX_BYTES = 16_000_000  # unpacked; the shipped bundle has 0.1 MB


@dataclass(frozen=True, eq=False)
class Estimator:
    """Weights for M measures, float64.

    `mean` and `scale` (M,) standardise a measure; `weights` (M + 1,) and each row of `bootstrap` (B, M + 1) hold a
    weight for each standardised measure, and the intercept last. The rows of `bootstrap` were fitted on resampled
    clusters.
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bootstrap: np.ndarray

    def to_bytes(self) -> bytes:
        """The content of a `.npz` file; equal bytes for equal arrays."""
        file = io.BytesIO()
        np.savez(file, **{name: getattr(self, name) for name in _ARRAYS})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` gave. Nothing is unpickled.

        Raises:
            ValueError, zipfile.BadZipFile: it is not such a file, or unpacks to more than 16 MB.
        """
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
                raise ValueError(f"it unpacks to more than {_MAX_BYTES // 1_000_000} MB")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
        if arrays.keys() != set(_ARRAYS) or any(array.dtype != np.float64 for array in arrays.values()):
            raise ValueError(f"it must hold the float64 arrays {', '.join(_ARRAYS)}")
        estimator = cls(**arrays)
        count = estimator.mean.shape
        if len(count) != 1 or estimator.scale.shape != count or estimator.weights.shape != (count[0] + 1,):
            raise ValueError("its arrays do not fit each other")
        if estimator.bootstrap.shape[1:] != estimator.weights.shape:
            raise ValueError("its bootstrap does not fit its weights")
        return estimator


_ARRAYS = tuple(field.name for field in fields(Estimator))
