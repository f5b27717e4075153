"""One light over the face: spherical harmonics of the normals, fitted robustly, and what they leave unexplained."""

from __future__ import annotations

import numpy as np

from artifact_check.face import texture

_RIDGE, _HUBER, _ROUNDS = 0.01, 1.345, 4
_DARKEST = 0.02  # of the median; darker skin is noise
_HIGHLIGHT_WEIGHT = 0.1  # of a vertex above the fit


def harmonics(normals: np.ndarray) -> np.ndarray:
    """(N, 9) real spherical harmonics of the normals up to order 2, without their constant factors; 4 of order 1."""
    x, y, z = normals.T
    return np.column_stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1])


def first_order(basis: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """(4,) coefficients of median-normalised intensity on the harmonics of order 0 and 1."""
    target = intensity / max(texture.median(intensity), 1e-6)
    first: np.ndarray = huber(basis[:, :4], target[None], np.ones((1, len(target)), bool), ridge=_RIDGE)[0]
    return first


def huber(
    basis: np.ndarray, targets: np.ndarray, members: np.ndarray, *, ridge: float, above: float = 1.0
) -> np.ndarray:
    """(F, K) coefficients of F ridge regressions with Huber weights; the first column is not shrunk.

    `basis` (N, K); `targets` (F, N); `members` (F, N) bool says which of the N points a regression is made on; a point
    above the fit weighs `above` times what it would below.
    """
    size = basis.shape[1]
    count = np.count_nonzero(members, axis=1)
    penalty = ridge * count[:, None, None] * np.diag(np.arange(size) > 0)
    weights = members.astype(np.float64)
    for remaining in reversed(range(_ROUNDS)):
        normal = (weights[:, None] * basis.T) @ basis + penalty
        coefficients: np.ndarray = np.linalg.solve(normal, ((weights * targets) @ basis)[..., None])[..., 0]
        if remaining:
            residual = targets - coefficients @ basis.T
            error = np.abs(residual)
            limit = _HUBER * np.maximum(1.4826 * _row_medians(error, members, count), 1e-4)
            weights = members * np.minimum(1.0, limit[:, None] / np.maximum(error, 1e-9))
            if above != 1:
                weights[residual > 0] *= above
    return coefficients


def _row_medians(values: np.ndarray, members: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(F,) medians of the members of each row of (F, N) values; `count` (F,) members there are."""
    ranked = np.sort(np.where(members, values, np.inf), axis=1)
    rows = np.arange(len(values))
    medians: np.ndarray = (ranked[rows, (count - 1) // 2] + ranked[rows, count // 2]) / 2
    return medians


def beyond_one_light(basis: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """(N,) ln intensity less the ln light that fits it from below: a highlight's excess, or a shadow's shortfall.

    What lies above counts little in the fit, because skin's highlights are not matt, and stand out more the darker it
    is.
    """
    log = np.log(np.maximum(intensity / max(texture.median(intensity), 1e-6), _DARKEST))
    everywhere = np.ones((1, len(log)), bool)
    beyond: np.ndarray = log - basis @ huber(basis, log[None], everywhere, ridge=_RIDGE, above=_HIGHLIGHT_WEIGHT)[0]
    return beyond


def errors_between(basis: np.ndarray, intensities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(C, P, P) mean absolute error, in median intensities: of channel c, on part q, of the fit made on part p.

    `basis` (N, K), `intensities` (C, N), `parts` (P, N) bool.
    """
    count = np.count_nonzero(parts, axis=1)
    fitted = np.tile(parts, (len(intensities), 1))  # (C P, N)
    values = np.repeat(intensities, len(parts), axis=0)
    scale = np.maximum(_row_medians(values, fitted, np.tile(count, len(intensities))), 1e-6)
    targets = values / scale[:, None]
    errors = np.abs(targets - huber(basis, targets, fitted, ridge=_RIDGE) @ basis.T)
    mean: np.ndarray = (errors @ parts.T / count).reshape(len(intensities), len(parts), len(parts))
    return mean
