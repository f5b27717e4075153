"""What phones, apps and services do to a portrait after it is taken: none of it makes a photo AI-made.

An encoder learns from copies of both labels that went through the kinds in `LEARNED`. Those in `UNSEEN` are kept for
the figures: they show what processing that nobody trained on does to false alarms.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Process = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
"""Pixels (H, W, 3) uint8, width of the face in pixels, random numbers -> new pixels, perhaps of another size."""


def beautified(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth areas, keep edges (bilateral filter), as a beauty filter does."""
    smooth = cv2.bilateralFilter(pixels, d=0, sigmaColor=rng.uniform(20, 45), sigmaSpace=min(0.025 * face_width, 6.0))
    return _mixed(pixels, smooth, rng.uniform(0.4, 0.9))


def denoised(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Take noise and some texture away by a median, as a cheap camera does."""
    return _mixed(pixels, cv2.medianBlur(pixels, 3), rng.uniform(0.4, 1.0))


def upscaled(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:
    """Scale down to a face of 70 to 130 px, then up again by two with Lanczos."""
    factor = min(1.0, rng.uniform(70, 130) / face_width)
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4)


def sharpened(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    return _unsharp(pixels, sigma=rng.uniform(0.7, 2.0), amount=rng.uniform(0.3, 0.9))


def noisy(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Add the noise of a higher ISO: the same in all channels for the most part."""
    shape = pixels.shape[:2]
    grain = rng.normal(0, rng.uniform(1.5, 6), shape)[..., None] + rng.normal(0, rng.uniform(0.5, 2), (*shape, 3))
    return _bytes(pixels + grain)


def screenshot(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Show at another size on a screen."""
    factor = rng.uniform(0.7, 1.3)
    kernel = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=kernel)


def black_and_white(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def graded(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Change brightness, contrast, saturation and white balance, as a photo app's filter does."""
    gain = rng.uniform(0.85, 1.15) * rng.uniform(0.94, 1.06, 3)
    light = 255 * (pixels / 255) ** rng.uniform(0.75, 1.3) * gain
    grey = light.mean(axis=2, keepdims=True)
    return _bytes(grey + rng.uniform(0.6, 1.3) * (light - grey))


def night_mode(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:
    """Lift the shadows (CLAHE on lightness), denoise, sharpen: what a phone does to a dim picture."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=rng.uniform(1.5, 3), tileGridSize=(6, 6)).apply(lab[..., 0])
    lifted = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    smooth = cv2.bilateralFilter(lifted, d=0, sigmaColor=25, sigmaSpace=min(0.02 * face_width, 4.0))
    return _unsharp(smooth, sigma=1.2, amount=rng.uniform(0.3, 0.8))


def averaged(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Denoise by non-local means (Buades et al. 2005)."""
    strength = float(rng.uniform(3, 8))
    return cv2.fastNlMeansDenoisingColored(pixels, None, strength, strength, 5, 13)


def retouched(pixels: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:
    """Even out what is coarser than pores and finer than features (frequency separation), as a retoucher does."""
    picture = pixels.astype(np.float32)
    fine = picture - cv2.GaussianBlur(picture, (0, 0), 0.012 * face_width)
    coarse = cv2.bilateralFilter(pixels, d=0, sigmaColor=30, sigmaSpace=min(0.04 * face_width, 9.0))
    return _bytes(cv2.GaussianBlur(coarse, (0, 0), 0.006 * face_width) + rng.uniform(0.4, 0.8) * fine)


LEARNED: dict[str, Process] = {
    each.__name__: each
    for each in (beautified, denoised, upscaled, sharpened, noisy, screenshot, black_and_white, graded)
}
UNSEEN: dict[str, Process] = {each.__name__: each for each in (night_mode, averaged, retouched)}


def _unsharp(pixels: np.ndarray, *, sigma: float, amount: float) -> np.ndarray:
    picture = pixels.astype(np.float32)
    return _bytes(picture + amount * (picture - cv2.GaussianBlur(picture, (0, 0), sigma)))


def _mixed(pixels: np.ndarray, changed: np.ndarray, share: float) -> np.ndarray:
    return cv2.addWeighted(changed, share, pixels, 1 - share, 0)


def _bytes(picture: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.round(np.clip(picture, 0, 255)).astype(np.uint8)
    return rounded
