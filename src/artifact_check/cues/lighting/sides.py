"""The two sides of the face: does the light on one explain the other, and how much do mirrored vertices differ?"""

from __future__ import annotations

import numpy as np

from artifact_check.cues.lighting.fit import errors_between, huber
from artifact_check.cues.lighting.light import log_of
from artifact_check.cues.lighting.vertices import members
from artifact_check.face import regions

_MIN_HALF = 35  # vertices
_MIN_PAIRS = 40  # of 220 mirrored pairs of vertices
_NEAR_MIDLINE = 0.6  # largest sideways component of a unit normal
_HIGHLIGHT = 0.15  # ln intensity above the fit at which the weight of a pair falls to 1/e


def cross_predictions(basis: np.ndarray, luma: np.ndarray, red: np.ndarray, usable: np.ndarray) -> dict[str, float]:
    """ln of the error of predicting each side's light from the other's, over the residual of one light on both.

    `basis` (N, 9), `luma` and `red` (N,) belong to the N `usable` (468,) vertices.
    """
    sides = np.stack([members(name)[usable] for name in regions.HALF_VERTICES])
    if np.count_nonzero(sides, axis=1).min() < _MIN_HALF:
        return {}
    parts = np.concatenate([np.ones((1, len(basis)), bool), sides])
    errors = errors_between(basis, np.stack([luma, red]), parts)
    of_luma, of_red = np.log((errors[:, 1, 2] + errors[:, 2, 1]) / (2 * errors[:, 0, 0] + 1e-3))
    return {"lighting_cross_sides": float(of_luma), "lighting_red": float(of_red)}


def mirrored_pairs(across: np.ndarray, luma: np.ndarray, beyond: np.ndarray, usable: np.ndarray) -> dict[str, float]:
    """Mean distance of ln I_left - ln I_right of mirrored vertices from what one light predicts.

    Albedo is much the same in a pair and cancels. The prediction is c + a n_x near the midline, where n is the mean of
    the left normal and the mirrored right one. `across` (468,) is n_x of all vertices; `luma` and `beyond` (N,) belong
    to the `usable` (468,) ones. Pairs in a highlight have a smaller weight.
    """
    right, left = regions.mirror_pairs().T
    turn = (across[left] - across[right]) / 2
    both = usable[right] & usable[left]
    if np.count_nonzero(both) < _MIN_PAIRS:
        return {}
    near = both & (np.abs(turn) < _NEAR_MIDLINE)
    count = np.count_nonzero(near)
    if count < _MIN_PAIRS // 2:
        return {}
    row = np.cumsum(usable) - 1  # of a vertex among the usable ones
    right, left = row[right[near]], row[left[near]]
    ratio = (log_of(luma[left]) - log_of(luma[right]))[None]
    basis = np.column_stack([np.ones(count), turn[near]])
    error = np.abs(ratio[0] - basis @ huber(basis, ratio, np.ones((1, count), bool), ridge=1e-4)[0])
    weight = np.exp(-np.maximum(np.maximum(beyond[left], beyond[right]), 0) / _HIGHLIGHT)
    return {"lighting_pairs": float(weight @ error / weight.sum())}
