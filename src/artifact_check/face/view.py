"""A view: the face at one scale, with the derived images that cues share, computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, reduce

import cv2
import numpy as np

from artifact_check.face import regions, texture
from artifact_check.results import Evidence

CANONICAL_IOD = 64.0  # px; the scale of most measures: a pixel is about 1 mm on the face
FINE_IOD = 100.0  # px; the scale for skin pores, lashes and brush strokes
MIN_DETAIL_IOD = 48.0  # px; in a smaller face the finest detail comes from the codec
_LOG_LUMA = np.log2(np.arange(256, dtype=np.float32) + 8.0)


def load_colour_tables() -> None:
    """Have OpenCV make its tables for CIELAB. Otherwise the first conversion does, which takes a tenth of a second."""
    cv2.cvtColor(np.zeros((1, 1, 3), np.float32), cv2.COLOR_RGB2LAB)


@dataclass(frozen=True)
class View:
    """A crop around the face at one scale; square unless the photo's edge cuts it off.

    `pixels` (N, N, 3) uint8 sRGB; `landmarks` (478, 2) in pixels of the view; `scale` view pixels per photo pixel;
    `origin` the photo coordinates of the view's corner.
    """

    pixels: np.ndarray
    landmarks: np.ndarray
    scale: float
    origin: tuple[float, float]
    _masks: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)
    _indices: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def _grey(self) -> np.ndarray:
        return cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY)

    @cached_property
    def luma(self) -> np.ndarray:
        """(N, N) float32, 0..255, Rec. 601 weights on sRGB values."""
        return self._grey.astype(np.float32)

    @cached_property
    def bands(self) -> list[np.ndarray]:
        """The three finest bands of luma, (N, N) float32 each, finest first (`texture.bands`)."""
        return texture.bands(self.luma, texture.BAND_SIGMAS[:3])

    @cached_property
    def log_luma(self) -> np.ndarray:
        """(N, N) float32, log2(luma + 8); the offset damps noise in dark areas."""
        return cv2.LUT(self._grey, _LOG_LUMA)

    @cached_property
    def log_bands(self) -> list[np.ndarray]:
        """All four bands of log luma, in which contrast hardly depends on skin tone."""
        return texture.bands(self.log_luma)

    @cached_property
    def lab(self) -> np.ndarray:
        """(N, N, 3) float32 CIELAB: L 0..100, a and b about -127..127."""
        lab: np.ndarray = cv2.cvtColor(self.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        return lab

    def lab_at(self, where: np.ndarray) -> np.ndarray:
        """(3, K) CIELAB at flat pixel indices (K,)."""
        return np.ascontiguousarray(self.lab.reshape(-1, 3).take(where, axis=0).T)

    @cached_property
    def ycc(self) -> np.ndarray:
        """(N, N, 3) float32 Y, Cr, Cb, 0..255 each."""
        return cv2.cvtColor(self.pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)

    @cached_property
    def half_ycc(self) -> np.ndarray:
        """`ycc` at half size: the resolution of chroma after 4:2:0 subsampling."""
        return cv2.resize(self.ycc, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    @cached_property
    def iod(self) -> float:
        """Interocular distance in pixels of the view."""
        right, left = self.landmarks[[*regions.IRIDES]]
        return float(np.linalg.norm(right - left))

    def mask(self, *names: str) -> np.ndarray:
        """(N, N) bool, read-only: True inside the named polygons."""
        if names not in self._masks:
            if len(names) > 1:
                mask = reduce(np.logical_or, [self.mask(name) for name in names])
            else:
                mask = polygon_mask(self.pixels, self.landmarks, *names)
            mask.flags.writeable = False  # shared by all callers
            self._masks[names] = mask
        return self._masks[names]

    def where(self, *names: str) -> np.ndarray:
        """(K,) flat indices, read-only, of the pixels in the named polygons."""
        if names not in self._indices:
            indices = np.flatnonzero(self.mask(*names))
            indices.flags.writeable = False
            self._indices[names] = indices
        return self._indices[names]

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) of the view in pixels of the photo."""
        in_photo: np.ndarray = points / self.scale + np.array(self.origin)
        return in_photo

    def heatmap(self, measures: tuple[str, ...], label: str, tiles: np.ndarray) -> Evidence:
        """Evidence that covers the whole view: `tiles` (rows, columns) of 0..1."""
        height, width = self.pixels.shape[:2]
        corners = self.to_photo(np.array([(0.0, 0.0), (width, height)]))
        return Evidence(
            kind="heatmap",
            measures=measures,
            label=label,
            points=evidence_points(corners),
            grid=tuple(map(tuple, np.round(tiles.astype(np.float64), 3).tolist())),
        )


def evidence_points(points: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Points (N, 2) in pixels of the photo, rounded to a hundredth, as `Evidence.points` stores them."""
    return tuple(map(tuple, np.round(points, 2).tolist()))


def polygon_mask(pixels: np.ndarray, landmarks: np.ndarray, *names: str) -> np.ndarray:
    """(H, W) bool, the size of `pixels`: True in the convex hulls of the named polygons of `landmarks`."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for name in names:
        outline = np.round(landmarks[regions.polygon(name)]).astype(np.int32)
        cv2.fillPoly(mask, [cv2.convexHull(outline)], 1)
    return mask.astype(bool)
