"""Local spread, micro-texture and micro-colour of the skin."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.cues.skin.bare import Skin
from artifact_check.face import View, texture

_NO_TEXTURE = 0.012  # local spread in log2 units, less than one grey level at mid grey


def local_spread(view: View, skin: Skin) -> dict[str, float]:
    """Percentiles of the local spread relative to brows and lashes, and the share of skin without texture."""
    log = view.log_luma[skin.box]
    mean = cv2.blur(log, (5, 5))
    spread = np.zeros_like(view.log_luma)
    spread[skin.box] = np.sqrt(np.maximum(cv2.blur(log * log, (5, 5)) - mean**2, 0))
    inside = spread.take(texture.indices(cv2.erode(skin.mask.view(np.uint8), np.ones((3, 3), np.uint8))))
    if inside.size < 100:
        return {}
    reference = float(np.log2(texture.median(spread.take(skin.reference)) + 1e-3))
    low, middle, high = np.log2(np.array(texture.quantiles(inside, (0.1, 0.5, 0.9))) + 1e-3)
    return {
        "skin_spread_low": float(low) - reference,
        "skin_spread_mid": float(middle) - reference,
        "skin_spread_range": float(high - low),
        "skin_dead": np.count_nonzero(inside < _NO_TEXTURE) / inside.size,
    }


def micro_texture(view: View, skin: Skin) -> dict[str, float]:
    """Shape of the distribution of fine detail, and entropy of binary patterns."""
    finest, fine = (band.take(skin.where) for band in view.bands[:2])
    return {
        "skin_kurtosis_0": texture.log_kurtosis(finest),
        "skin_kurtosis_1": texture.log_kurtosis(fine),
        "skin_pores": texture.skewness(fine),
        "skin_pattern_entropy": _entropy(texture.pattern_shares(view.luma, [skin.where], 1)[0]),
    }


def micro_colour(view: View, skin: Skin) -> dict[str, float]:
    """Variation of redness and yellowness relative to lightness."""
    chroma = np.ascontiguousarray(view.lab[skin.box][..., 1:])
    detail = texture.blur(chroma, texture.BAND_SIGMAS[1]) - texture.blur(chroma, texture.BAND_SIGMAS[2])
    redness, yellowness = detail.reshape(-1, 2).take(np.flatnonzero(skin.mask[skin.box]), axis=0).T
    middle = view.bands[2].take(skin.where)
    lightness = float(np.std(middle)) + 0.1
    return {
        "skin_redness": float(np.log((np.std(redness) + 0.02) / lightness)),
        "skin_yellowness": float(np.log((np.std(yellowness) + 0.02) / lightness)),
        "skin_redness_luma": texture.correlation(redness, middle),
    }


def _entropy(shares: np.ndarray) -> float:
    """Entropy in bits."""
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())
