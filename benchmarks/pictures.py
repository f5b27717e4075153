"""Turn a photo of a face into something else: covered faces, for which landmarks are guesses, drawings and prints."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.face import Face, regions


def masked(face: Face) -> np.ndarray:
    """A medical mask over nose, mouth and chin: pale blue cloth with soft folds."""
    points = face.landmarks
    chin, left, right, bridge = points[152], points[234], points[454], points[6]
    top = bridge + 0.35 * (points[1] - bridge)
    oval = points[regions.polygon("face_oval")]
    outline = [left, top, right, *oval[oval[:, 1] > top[1]], chin + np.array([0, 0.1 * face.iod])]
    cloth = np.array([150, 180, 205], np.float32) + _folds(face)[..., None]
    return _covered(face, np.array(outline), cloth)


def flat_mask(face: Face) -> np.ndarray:
    """The lower half of the face painted over with one colour."""
    pixels = face.photo.pixels.copy()
    pixels[int(face.landmarks[1, 1]) :] = (90, 90, 90)
    return pixels


def sunglasses(face: Face) -> np.ndarray:
    """Two black glasses and the bridge between them."""
    pixels = face.photo.pixels.copy()
    black, axes = (12, 12, 14), (round(0.38 * face.iod), round(0.28 * face.iod))
    right, left = np.round(face.landmarks[[*regions.IRIDES]]).astype(int).tolist()
    for centre in (right, left):
        cv2.ellipse(pixels, centre, axes, 0, 0, 360, black, -1, cv2.LINE_AA)
    cv2.line(pixels, right, left, black, max(2, round(0.06 * face.iod)), cv2.LINE_AA)
    return pixels


def drawing(pixels: np.ndarray) -> np.ndarray:
    """Pencil lines on white paper: the photo over its own blur."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    lines = cv2.divide(grey, cv2.GaussianBlur(grey, (0, 0), grey.shape[1] / 120), scale=250)
    return cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB)


def edges(pixels: np.ndarray) -> np.ndarray:
    """Outlines only, black on white."""
    smooth = cv2.bilateralFilter(pixels, 9, 60, 9)
    lines = 255 - cv2.dilate(cv2.Canny(smooth, 40, 110), np.ones((2, 2), np.uint8))
    return cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB)


def toon(pixels: np.ndarray) -> np.ndarray:
    """A cartoon filter: a few flat colours and black outlines."""
    smooth = pixels
    for _ in range(4):
        smooth = cv2.bilateralFilter(smooth, 9, 40, 9)
    flat = (smooth // 32) * 32 + 16
    grey = cv2.medianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return cv2.bitwise_and(flat, cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB))


def painting(pixels: np.ndarray) -> np.ndarray:
    """Oil paint: a coarse median filter, applied three times, with grain on top."""
    side = max(3, pixels.shape[1] // 120) | 1
    smooth = pixels
    for _ in range(3):
        smooth = cv2.medianBlur(smooth, side)
    rng = np.random.default_rng(1)
    grain = cv2.GaussianBlur(rng.normal(0, 60, pixels.shape[:2]).astype(np.float32), (0, 0), 1.5)
    return np.clip(smooth + grain[..., None] * 0.3, 0, 255).astype(np.uint8)


def brush(pixels: np.ndarray) -> np.ndarray:
    """Oil paint as in photo editors: the mean colour of the most common of twenty tones in a disc around each pixel."""
    radius = max(2, pixels.shape[1] // 160)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    tones = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(int) * 20 // 256
    highest, painted = np.zeros(tones.shape, np.float32), np.zeros(pixels.shape, np.float32)
    for tone in np.unique(tones):
        mask = (tones == tone).astype(np.float32)
        count = cv2.filter2D(mask, -1, disc)
        total = cv2.filter2D(pixels * mask[..., None], cv2.CV_32F, disc)
        wins = count > highest
        highest[wins], painted[wins] = count[wins], (total / np.maximum(count, 1)[..., None])[wins]
    return np.clip(painted + 0.5, 0, 255).astype(np.uint8)


def median(pixels: np.ndarray) -> np.ndarray:
    return cv2.medianBlur(pixels, 9)


def watercolour(pixels: np.ndarray) -> np.ndarray:
    return cv2.stylization(pixels, sigma_s=60, sigma_r=0.6)


def smoothed(pixels: np.ndarray) -> np.ndarray:
    """A beauty filter: smooth everything but edges."""
    return cv2.edgePreservingFilter(pixels, flags=cv2.RECURS_FILTER, sigma_s=60, sigma_r=0.4)


def crayon(pixels: np.ndarray) -> np.ndarray:
    return cv2.pencilSketch(pixels, sigma_s=60, sigma_r=0.07, shade_factor=0.05)[1]


def posterised(pixels: np.ndarray) -> np.ndarray:
    """Reduce each channel to eight tones."""
    return (pixels // 32) * 32 + 16


def statue(pixels: np.ndarray) -> np.ndarray:
    """Marble: grey shading with fine grain, without dark brows, lashes and pupils."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shading = cv2.bilateralFilter(grey, 15, 60, grey.shape[1] / 60)
    pale = 150 + 80 * (shading / 255) ** 0.8
    grain = np.random.default_rng(2).normal(0, 2, grey.shape)
    tint = np.array([1.0, 0.985, 0.95])
    return np.clip((pale + grain)[..., None] * tint, 0, 255).astype(np.uint8)


def halftone(pixels: np.ndarray) -> np.ndarray:
    """A scanned print: round dots at 45 degrees, one every 4 px, slightly blurred."""
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]] * (2 * np.pi / 5.7)
    screen = 127.5 + 63 * (np.cos(rows + columns) + np.cos(rows - columns))
    dots = np.where(pixels > screen[..., None], 245, 20).astype(np.float32)
    return cv2.GaussianBlur(dots, (0, 0), 1.0).astype(np.uint8)


def screenshot(pixels: np.ndarray) -> np.ndarray:
    """The photo at two thirds of its size, in a window with a title bar and buttons."""
    small = cv2.resize(pixels, None, fx=0.67, fy=0.67, interpolation=cv2.INTER_LINEAR)
    window = np.full((small.shape[0] + 160, small.shape[1] + 300, 3), 246, np.uint8)
    window[:60] = (52, 58, 70)
    for x in range(20, 200, 40):
        cv2.circle(window, (x, 30), 9, (220, 90, 80), -1, cv2.LINE_AA)
    window[100 : 100 + small.shape[0], 150 : 150 + small.shape[1]] = small
    return window


def _folds(face: Face) -> np.ndarray:
    rows = np.arange(face.photo.height, dtype=np.float32)[:, None] / (0.22 * face.iod)
    return np.repeat(6 * np.sin(2 * np.pi * rows), face.photo.width, axis=1)


def _covered(face: Face, outline: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    mask = np.zeros(face.photo.pixels.shape[:2], np.float32)
    cv2.fillPoly(mask, [cv2.convexHull(np.round(outline).astype(np.int32))], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)[..., None]
    grain = np.random.default_rng(3).normal(0, 3, face.photo.pixels.shape[:2])[..., None]
    return np.clip((1 - mask) * face.photo.pixels + mask * (cloth + grain), 0, 255).astype(np.uint8)
