"""A view of the face with coordinates level with the eyes, in which both sides can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from artifact_check.face import regions
from artifact_check.face.view import CANONICAL_IOD, View


@dataclass(frozen=True)
class LevelView:
    """A view with level coordinates: `across` and `down` (2,) are 1/64 IOD along and below the line of the irides."""

    view: View
    across: np.ndarray
    down: np.ndarray

    @classmethod
    def of(cls, view: View) -> LevelView:
        """A view with the coordinates of its irides."""
        across = (view.landmarks[regions.LEFT.iris] - view.landmarks[regions.RIGHT.iris]) / CANONICAL_IOD
        return cls(view, across, np.array([-across[1], across[0]]))

    @cached_property
    def ridges(self) -> np.ndarray:
        """(N, N) float32 luma, band-passed from 0.7 to 2.8 px."""
        between: np.ndarray = self.view.bands[1] + self.view.bands[2]
        return between

    def corners(self, centre: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """(4, 2) corners of a patch of `size` (width, height), in pixels of the view."""
        across, down = self.across * (size[0] / 2), self.down * (size[1] / 2)
        corners: np.ndarray = centre + np.array([-across - down, across - down, across + down, down - across])
        return corners

    def contains(self, centre: np.ndarray, size: tuple[int, int]) -> bool:
        """Whether the view contains the whole patch."""
        height, width = self.view.pixels.shape[:2]
        extent = (np.abs(self.across) * size[0] + np.abs(self.down) * size[1]) / 2
        return bool((centre - extent).min() >= 0 and np.all(centre + extent <= (width, height)))

    def patch(
        self, picture: np.ndarray, centre: np.ndarray, size: tuple[int, int], *, mirrored: bool = False
    ) -> np.ndarray:
        """A patch of `size` (width, height) around `centre` of a (N, N[, C]) picture of the view."""
        across = -self.across if mirrored else self.across
        # Landmarks are measured from a pixel's corner, `warpAffine` from its centre.
        corner = centre - across * (size[0] - 1) / 2 - self.down * (size[1] - 1) / 2 - 0.5
        matrix = np.column_stack([across, self.down, corner])
        return cv2.warpAffine(
            picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
