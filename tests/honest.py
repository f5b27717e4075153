"""What happens to honest photos on their way: pixels (H, W, 3) uint8 in and out."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image


def recoded(pixels: np.ndarray) -> np.ndarray:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=85)
    return np.asarray(Image.open(encoded))


def smaller(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    return cv2.resize(pixels, (round(0.75 * width), round(0.75 * height)), interpolation=cv2.INTER_AREA)


def brighter(pixels: np.ndarray) -> np.ndarray:
    return np.clip(pixels * 1.08, 0, 255).astype(np.uint8)
