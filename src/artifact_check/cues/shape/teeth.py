"""The row of teeth between open lips."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artifact_check.face import CANONICAL_IOD, MIN_RESOLUTION, Face, regions, texture

_IOD_CM = 6.3  # on the canonical face
_MIN_LIP_GAP = 8.0  # px between the lips, and height of the teeth
_MAX_SCALE = 24.0  # px per cm; larger teeth are scaled down to it
_MIN_GAP_SCALE = 10.0  # px per cm; gaps do not show in smaller teeth
_MIN_WHITE = 12.0  # contrast of the teeth, in L minus 1.5 a


@dataclass(frozen=True)
class Teeth:
    """The row of teeth between open lips, rotated to be level.

    `pixels` (H, W, 3) uint8; `luma` (H, W) float32; `mask` and `lips` (H, W) bool, True on teeth and lips; `scale` px
    per cm; `outline` (K, 2) in photo pixels.
    """

    pixels: np.ndarray
    luma: np.ndarray
    mask: np.ndarray
    lips: np.ndarray
    scale: float
    outline: np.ndarray

    @classmethod
    def of(cls, face: Face) -> Teeth | None:
        """The teeth; None if the mouth is closed, too few pixels of them are visible, or the photo is too soft."""
        points = face.landmarks
        mouth = points[regions.polygon("lips_outer")]
        upper_lip, lower_lip = points[[*regions.INNER_LIPS]]
        if np.linalg.norm(upper_lip - lower_lip) < _MIN_LIP_GAP or face.resolution_at(CANONICAL_IOD) < MIN_RESOLUTION:
            return None
        if mouth.min() < 0 or np.any(mouth.max(axis=0) >= (face.photo.width, face.photo.height)):
            return None
        strip = _Strip.of(face, mouth)
        opening = strip.inside(points[regions.polygon("lips_inner")])
        lips = strip.inside(mouth) > opening
        mask = _white(strip.pixels, cv2.erode(opening, np.ones((3, 3), np.uint8)).astype(bool), lips)
        if mask is None or _typical_height(mask.sum(axis=0)) / strip.ratio < _MIN_LIP_GAP:
            return None
        luma = cv2.cvtColor(strip.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        parts, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        outline = strip.to_photo(cv2.convexHull(np.concatenate(parts))[:, 0])
        return cls(strip.pixels, luma, mask.astype(bool), lips, strip.scale, outline)

    def values(self) -> dict[str, float]:
        """Their detail, and their gaps if the row is long and large enough."""
        log_luma = np.log2(self.luma + 8)
        detail = log_luma - texture.blur(log_luma, texture.BAND_SIGMAS[0])
        values = {"shape_teeth_detail": texture.log_energy(detail[self.mask]) - texture.log_energy(detail[self.lips])}
        height = self.mask.sum(axis=0)
        columns = np.flatnonzero(height >= max(4, 0.5 * _typical_height(height)))
        if columns.size < 2.5 * self.scale or self.scale < _MIN_GAP_SCALE:
            return values
        start, stop = int(columns.min()), int(columns.max()) + 1
        brightness = np.log2((self.luma * self.mask)[:, columns].sum(axis=0) / height[columns] + 8)
        row = np.interp(np.arange(start, stop), columns, brightness).astype(np.float32)[None]
        row = (texture.blur(row, 0.06 * self.scale) - texture.blur(row, 0.5 * self.scale))[0]
        inner = row[1:-1]
        gaps = (inner < row[:-2]) & (inner <= row[2:]) & (inner < -0.015)
        return values | {"shape_teeth_gaps": float(np.count_nonzero(gaps) * self.scale / (stop - start))}


@dataclass(frozen=True)
class _Strip:
    """The mouth, rotated to be level, and scaled down if it is larger than needed.

    `pixels` (H, W, 3) uint8; a photo point p is at `rotation` (2, 2) @ p - `corner` (2,) in the strip; `ratio` px of
    the strip per px of the photo, `scale` px per cm.
    """

    pixels: np.ndarray
    rotation: np.ndarray
    corner: np.ndarray
    ratio: float
    scale: float

    @classmethod
    def of(cls, face: Face, mouth: np.ndarray) -> _Strip:
        """The strip around the outline (K, 2) of the mouth."""
        scale = min(face.iod / _IOD_CM, _MAX_SCALE)
        corners, ratio = face.landmarks[[*regions.MOUTH_CORNERS]], scale * _IOD_CM / face.iod
        along = (corners[1] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
        rotation = ratio * np.array([along, (-along[1], along[0])])
        turned = mouth @ rotation.T
        low, high = np.floor(turned.min(axis=0)) - 2, np.ceil(turned.max(axis=0)) + 2
        width, height = (high - low).astype(int)
        pixels = _resampled(face.photo.pixels, np.column_stack([rotation, -low]), (int(width), int(height)), ratio)
        return cls(pixels, rotation, low, ratio, scale)

    def inside(self, outline: np.ndarray) -> np.ndarray:
        """(H, W) uint8, 1 inside an outline (K, 2) of the photo."""
        mask = np.zeros(self.pixels.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(outline @ self.rotation.T - self.corner).astype(np.int32)], 1)
        return mask

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Points (K, 2) of the strip in pixels of the photo."""
        in_photo: np.ndarray = (points + self.corner) @ np.linalg.inv(self.rotation).T
        return in_photo


def _white(pixels: np.ndarray, inner: np.ndarray, lips: np.ndarray) -> np.ndarray | None:
    """(H, W) uint8, 1 where the open mouth `inner` is much whiter than the `lips`; None if it is nowhere."""
    if np.count_nonzero(inner) < 40 or np.count_nonzero(lips) < 40:
        return None
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    white = lab[..., 0] - 1.5 * lab[..., 1]
    typical, (brightest,) = texture.median(white[lips]), texture.quantiles(white[inner], [0.9])
    if brightest - typical < _MIN_WHITE:
        return None
    bright = (inner & (white > (typical + brightest) / 2)).astype(np.uint8)
    mask: np.ndarray = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return mask if mask.any() else None


def _typical_height(height: np.ndarray) -> float:
    """Upper quartile of `height` (W,), the pixels of teeth in each column, over columns with any."""
    (upper,) = texture.quantiles(height[height > 0], [0.75])
    return upper


def _resampled(pixels: np.ndarray, to_strip: np.ndarray, size: tuple[int, int], ratio: float) -> np.ndarray:
    """Pixels of `size` (width, height), resampled by the matrix `to_strip`; averaged first if it scales down a lot."""
    box = np.array([(0, 0), (size[0], 0), (0, size[1]), size]) - to_strip[:, 2]
    corners = box @ np.linalg.inv(to_strip[:, :2]).T
    left, top = np.maximum(np.floor(corners.min(axis=0)) - 2, 0).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 3
    patch: np.ndarray = pixels[top:bottom, left:right]
    matrix = to_strip.copy()
    matrix[:, 2] += matrix[:, :2] @ (left, top)
    if ratio < 0.75:
        small = max(1, round(patch.shape[1] * ratio)), max(1, round(patch.shape[0] * ratio))
        shrunk = np.array([small[0] / patch.shape[1], small[1] / patch.shape[0]])
        matrix[:, :2] /= shrunk
        matrix[:, 2] += matrix[:, :2] @ (0.5 - 0.5 * shrunk)  # pixel centres: x' = (x + 0.5) s - 0.5
        patch = cv2.resize(patch, small, interpolation=cv2.INTER_AREA)
    return cv2.warpAffine(
        np.ascontiguousarray(patch), matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
