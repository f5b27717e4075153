"""Linear light at points of a picture."""

from __future__ import annotations

import cv2
import numpy as np

_SRGB = np.arange(256, dtype=np.float32) / 255
# sRGB to linear light (IEC 61966-2-1), by 8-bit level.
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear red, green, blue


def linear(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 linear light of (H, W, 3) uint8 sRGB, averaged over 3 x 3 pixels."""
    return cv2.blur(cv2.LUT(pixels, _LINEAR), (3, 3))


def sample(points: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """(N, C) bilinear samples of a (H, W, C) float32 picture at points (N, 2)."""
    x, y = points.T.astype(np.float32)
    values: np.ndarray = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return values.reshape(len(points), -1)


def lab_of(light: np.ndarray) -> np.ndarray:
    """(N, 3) CIELAB of (N, 3) float32 linear RGB."""
    lab: np.ndarray = cv2.cvtColor(light[:, None], cv2.COLOR_LRGB2LAB)
    return lab.reshape(-1, 3)


def log_of(intensity: np.ndarray) -> np.ndarray:
    """ln of linear light (...), which is clipped at 0.001."""
    log: np.ndarray = np.log(np.maximum(intensity, 1e-3))
    return log
