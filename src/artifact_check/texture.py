"""Texture statistics that more than one cue reads: band energies and robust spreads, over a mask of one channel."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

BAND_SIGMAS = (0.7, 1.4, 2.8, 5.6)  # px; at an IOD of 64 px about 0.7, 1.4, 2.8 and 5.5 mm on the face


def blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of a float32 picture, cut off at three sigma."""
    size = 2 * int(np.ceil(3 * sigma)) + 1
    return cv2.GaussianBlur(picture, (size, size), sigma)


def bands(channel: np.ndarray) -> list[np.ndarray]:
    """Difference-of-Gaussians bands of a (H, W) float32 channel, finest first; one for each of `BAND_SIGMAS`."""
    levels = [channel, *(blur(channel, sigma) for sigma in BAND_SIGMAS)]
    return [fine - coarse for fine, coarse in pairwise(levels)]


def log_energy(values: np.ndarray) -> float:
    """log2 of the robust spread (interquartile range over 1.349) of values in log-luma units; NaN of none."""
    if not len(values):
        return float("nan")
    quarter = len(values) // 4
    ordered = np.partition(values, (quarter, len(values) - 1 - quarter))
    spread = float(ordered[len(values) - 1 - quarter] - ordered[quarter]) / 1.349
    return float(np.log2(spread + 2e-4))


def log_kurtosis(values: np.ndarray) -> float:
    """ln of the fourth standardised moment: ln 3 for Gaussian values, more for sparse ones."""
    square = values * values
    variance = float(np.mean(square))
    return float(np.log((float(np.mean(square * square)) + 1e-9) / (variance**2 + 1e-9)))


def skewness(values: np.ndarray) -> float:
    """Third standardised moment about zero."""
    square = values * values
    return float(np.mean(square * values) / (float(np.mean(square)) ** 1.5 + 1e-9))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two equally long vectors; NaN when either is constant."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 1e-6 else float("nan")  # noqa: PLR2004 - rounding noise
