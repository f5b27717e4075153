"""Texture statistics that more than one cue reads: band energies and robust spreads, over a mask of one channel."""

from __future__ import annotations

import cv2
import numpy as np

BAND_SIGMAS = (0.7, 1.4, 2.8, 5.6)  # px; at an IOD of 64 px about 0.7, 1.4, 2.8 and 5.5 mm on the face


def bands(channel: np.ndarray) -> list[np.ndarray]:
    """Difference-of-Gaussians bands of a (H, W) float32 channel, finest first; one for each of `BAND_SIGMAS`."""
    levels = [channel, *(cv2.GaussianBlur(channel, (0, 0), sigma) for sigma in BAND_SIGMAS)]
    return [fine - coarse for fine, coarse in zip(levels, levels[1:], strict=False)]


def log_luma(luma: np.ndarray) -> np.ndarray:
    """log2(luma + 8): contrast then hardly depends on how much light the skin reflects."""
    return np.log2(luma + 8.0)


def log_energy(values: np.ndarray) -> float:
    """log2 of the robust spread (1.4826 times the median absolute deviation) of values in log-luma units."""
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return float(np.log2(spread + 2e-4))


def log_kurtosis(values: np.ndarray) -> float:
    """ln of the fourth standardised moment: ln 3 for Gaussian values, more for sparse ones."""
    variance = float(np.mean(values**2))
    return float(np.log((float(np.mean(values**4)) + 1e-9) / (variance**2 + 1e-9)))


def skewness(values: np.ndarray) -> float:
    """Third standardised moment about zero."""
    return float(np.mean(values**3) / (float(np.mean(values**2)) ** 1.5 + 1e-9))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two equally long vectors; 0 when either is constant."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 1e-6 else 0.0  # noqa: PLR2004 - rounding noise
