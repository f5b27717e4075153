"""One light over the face: a robust fit of spherical harmonics of the normals, and its residuals."""

from __future__ import annotations

import numpy as np

from artifact_check.face import texture

_RIDGE, _HUBER, _ROUNDS = 0.01, 1.345, 4
_DARKEST = 0.02  # share of the median; anything darker is noise
_HIGHLIGHT_WEIGHT = 0.1  # weight of a vertex above the fit


def harmonics(normals: np.ndarray) -> np.ndarray:
    """(N, 9) real spherical harmonics of the normals up to order 2, without constant factors; the first 4 are those
    up to order 1.
    """
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

    `basis` (N, K); `targets` (F, N); `members` (F, N) bool: the points that each regression uses. The weight of a point
    above the fit is multiplied by `above`.
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
    """(F,) medians of the members of each row of (F, N) values; `count` (F,) is the number of members."""
    ranked = np.sort(np.where(members, values, np.inf), axis=1)
    rows = np.arange(len(values))
    medians: np.ndarray = (ranked[rows, (count - 1) // 2] + ranked[rows, count // 2]) / 2
    return medians


def beyond_one_light(basis: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """(N,) ln intensity minus one light fitted to it: positive in highlights, negative in shadows.

    Points above the fit have a small weight: highlights on skin are specular, and are stronger on darker skin.
    """
    log = np.log(np.maximum(intensity / max(texture.median(intensity), 1e-6), _DARKEST))
    everywhere = np.ones((1, len(log)), bool)
    beyond: np.ndarray = log - basis @ huber(basis, log[None], everywhere, ridge=_RIDGE, above=_HIGHLIGHT_WEIGHT)[0]
    return beyond


def errors_between(basis: np.ndarray, intensities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(C, P, P) mean absolute error [c, p, q] in channel c on part q of the fit made on part p, in median intensities.

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
