"""Specular highlights (catchlights) in both irides."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.cues.eyes.eye import UNIT, Eye
from artifact_check.face import texture

_MIN_HIGHLIGHT = 12.0  # L above the iris


def find(eye: Eye) -> np.ndarray:
    """(N, N) bool: pixels of the iris above half of the brightest spot's contrast; none if no spot stands out."""
    disc = eye.annulus(0.0, 0.8)
    lightness = eye.lab[..., 0]
    if not disc.any():
        return disc
    middle, peak = texture.quantiles(lightness[disc], (0.5, 0.99))
    if peak - middle < _MIN_HIGHLIGHT:
        return np.zeros_like(disc)
    bright = (disc & (lightness > (middle + peak) / 2)).astype(np.uint8)
    opened: np.ndarray = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    return opened


def compare(eyes: tuple[Eye, Eye], masks: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    """Similarity of the highlights (N, N) in both eyes; most measures need one in either eye."""
    counts = [cv2.connectedComponents(mask.astype(np.uint8))[0] - 1 for mask in masks]
    disc_area = np.pi * UNIT**2
    areas = [np.count_nonzero(mask) / disc_area for mask in masks]
    values = {"eyes_catchlight_count": float(abs(counts[0] - counts[1])), "eyes_catchlight_area": max(areas)}
    if not all(mask.any() for mask in masks):
        return values
    centres = [np.argwhere(mask).mean(axis=0) for mask in masks]
    offset = (centres[0] - centres[1]) / UNIT
    gini = [_gini(eye.lab[..., 0][mask]) for eye, mask in zip(eyes, masks, strict=True)]
    return values | {
        "eyes_catchlight_overlap": _best_overlap(*masks),
        "eyes_catchlight_offset": float(np.linalg.norm(offset)),
        "eyes_catchlight_ratio": abs(float(np.log(areas[0] / areas[1]))),
        "eyes_catchlight_gini": abs(gini[0] - gini[1]),
    }


def _best_overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Largest intersection over union of two masks under shifts of up to 0.15 radii, as a near light causes them."""
    shift = round(0.15 * UNIT)
    rows, columns = (slice(indices.min(), indices.max() + 1) for indices in np.nonzero(b))
    padded = cv2.copyMakeBorder(a.astype(np.float32), shift, shift, shift, shift, cv2.BORDER_CONSTANT)
    around = padded[rows.start : rows.stop + 2 * shift, columns.start : columns.stop + 2 * shift]
    shared = float(cv2.matchTemplate(around, b[rows, columns].astype(np.float32), cv2.TM_CCORR).max())
    return shared / (np.count_nonzero(a) + np.count_nonzero(b) - shared)


def _gini(values: np.ndarray) -> float:
    """Gini coefficient of non-negative values: 0 if all are equal, near 1 if one value holds the whole sum."""
    ordered = np.sort(values)
    n = ordered.size
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(weights @ ordered / (n * max(float(ordered.sum()), 1e-6)))
