"""A view: the face at one scale, and what many look for in it, reckoned once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from artifact_check.face import regions, texture
from artifact_check.results import Evidence


@dataclass(frozen=True)
class View:
    """A part cut around the face at one scale; square where the photo reaches as far.

    `pixels` (N, N, 3) uint8 sRGB; `landmarks` (478, 2) in pixels of the view; `scale` view pixels per photo pixel;
    `origin` the photo coordinates of the view's corner.
    """

    pixels: np.ndarray
    landmarks: np.ndarray
    scale: float
    origin: tuple[float, float]
    _masks: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)
    _places: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def luma(self) -> np.ndarray:
        """(N, N) float32, 0..255, Rec. 601 weights on sRGB values."""
        return cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)

    @cached_property
    def bands(self) -> list[np.ndarray]:
        """The three finest band-pass pictures of luma, (N, N) float32 each, finest first (`texture.bands`)."""
        return texture.bands(self.luma, texture.BAND_SIGMAS[:3])

    @cached_property
    def log_luma(self) -> np.ndarray:
        """(N, N) float32, log2 of luma and an offset that keeps noise in the dark small."""
        logarithm: np.ndarray = np.log2(self.luma + 8.0)
        return logarithm

    @cached_property
    def log_bands(self) -> list[np.ndarray]:
        """All four of log luma, where contrast hardly depends on how much light the skin reflects."""
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
        """The same at half size, which is what 4:2:0 coding leaves of chroma."""
        return cv2.resize(self.ycc, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    @cached_property
    def iod(self) -> float:
        """Interocular distance in pixels of the view."""
        return float(np.linalg.norm(self.landmarks[regions.IRIS_RIGHT] - self.landmarks[regions.IRIS_LEFT]))

    def mask(self, *names: str) -> np.ndarray:
        """(N, N) bool, read-only: the named polygons filled."""
        if names not in self._masks:
            parts = [self.mask(name) for name in names] if len(names) > 1 else []
            mask = np.any(parts, axis=0) if parts else filled(self.pixels, self.landmarks, *names)
            mask.flags.writeable = False  # shared by all callers
            self._masks[names] = mask
        return self._masks[names]

    def where(self, *names: str) -> np.ndarray:
        """(K,) flat indices, read-only, of the pixels in the named polygons."""
        if names not in self._places:
            places = np.flatnonzero(self.mask(*names))
            places.flags.writeable = False
            self._places[names] = places
        return self._places[names]

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) of the view in pixels of the photo."""
        moved: np.ndarray = points / self.scale + np.array(self.origin)
        return moved

    def heatmap(self, measures: tuple[str, ...], label: str, tiles: np.ndarray) -> Evidence:
        """Evidence to draw over the whole view: `tiles` (rows, columns) of 0..1."""
        height, width = self.pixels.shape[:2]
        corners = self.to_photo(np.array([(0.0, 0.0), (width, height)]))
        return Evidence(
            kind="heatmap",
            measures=measures,
            label=label,
            points=drawn(corners),
            grid=tuple(map(tuple, np.round(tiles.astype(np.float64), 3).tolist())),
        )


def drawn(points: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Places (N, 2) in pixels of the photo as evidence holds them, to a hundredth of a pixel."""
    return tuple(map(tuple, np.round(points, 2).tolist()))


def filled(pixels: np.ndarray, landmarks: np.ndarray, *names: str) -> np.ndarray:
    """(H, W) bool in the size of `pixels`: the convex hulls of the named polygons of `landmarks`, in its pixels."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for name in names:
        outline = np.round(landmarks[regions.polygon(name)]).astype(np.int32)
        cv2.fillPoly(mask, [cv2.convexHull(outline)], 1)
    return mask.astype(bool)
