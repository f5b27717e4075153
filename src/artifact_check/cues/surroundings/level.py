"""A view of the face in level coordinates, in which both sides are compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from artifact_check.face import View, drawn, regions
from artifact_check.results import Evidence

IOD = 64.0  # px
SIDES = ((regions.IRIS_RIGHT, 234, -1), (regions.IRIS_LEFT, 454, 1))  # iris, tragus, outwards along the image


@dataclass(frozen=True)
class Level:
    """A view in level coordinates: `across` and `down` (2,) are 1/64 IOD along and below the line of the eyes."""

    view: View
    across: np.ndarray
    down: np.ndarray

    @classmethod
    def of(cls, view: View) -> Level:
        """A view in the coordinates of its own irides."""
        across = (view.landmarks[regions.IRIS_LEFT] - view.landmarks[regions.IRIS_RIGHT]) / IOD
        return cls(view, across, np.array([-across[1], across[0]]))

    @cached_property
    def ridges(self) -> np.ndarray:
        """(N, N) float32 luma between 0.7 and 2.8 px."""
        between: np.ndarray = self.view.bands[1] + self.view.bands[2]
        return between

    def corners(self, centre: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """(4, 2) corners of a patch, in pixels of the view."""
        across, down = self.across * (size[0] / 2), self.down * (size[1] / 2)
        placed: np.ndarray = centre + np.array([-across - down, across - down, across + down, down - across])
        return placed

    def shows(self, centre: np.ndarray, size: tuple[int, int]) -> bool:
        """Whether the whole patch lies in the view."""
        height, width = self.view.pixels.shape[:2]
        reach = (np.abs(self.across) * size[0] + np.abs(self.down) * size[1]) / 2
        return bool((centre - reach).min() >= 0 and np.all(centre + reach <= (width, height)))

    def patch(
        self, picture: np.ndarray, centre: np.ndarray, size: tuple[int, int], *, mirrored: bool = False
    ) -> np.ndarray:
        """`size` (width, height) pixels of a (N, N[, C]) picture of the view around `centre`."""
        across = -self.across if mirrored else self.across
        # Landmarks count from a pixel's corner, `warpAffine` from its centre.
        corner = centre - across * (size[0] - 1) / 2 - self.down * (size[1] - 1) / 2 - 0.5
        matrix = np.column_stack([across, self.down, corner])
        return cv2.warpAffine(
            picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )


@dataclass(frozen=True)
class Seen:
    """One measure's value, and what to draw for it."""

    key: str
    value: float
    evidence: tuple[Evidence, ...]


def outlined(level: Level, key: str, label: str, centre: np.ndarray, size: tuple[int, int]) -> Evidence:
    """What to draw for a patch of `size` (width, height) around a place (2,) of the view."""
    return Evidence("outline", (key,), label, drawn(level.view.to_photo(level.corners(centre, size))))
