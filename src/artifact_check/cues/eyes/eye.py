"""One eye cropped from the photo and resampled, so that all irides have the same size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from artifact_check.cues import Abstained
from artifact_check.face import Face, regions, texture

UNIT = 24  # px; the radius of a resampled iris
_SIDE = 2 * round(1.75 * UNIT) + 1  # px of a resampled eye
MIDDLE = (_SIDE - 1) / 2
_DISTANCE = np.hypot(*np.ogrid[-1.75 : 1.75 : _SIDE * 1j, -1.75 : 1.75 : _SIDE * 1j])  # nominal iris radii


@dataclass(frozen=True)
class Eye:
    """One eye, resampled so that the nominal iris radius is `UNIT` pixels.

    `pixels` (N, N, 3) uint8 with the iris centre of the landmarks in the middle, `lab` the same in CIELAB; `open_mask`
    (N, N) bool, True between the lids; `centre` and nominal iris `radius` in photo pixels; `resolved` pixels across the
    iris that the photo really resolves.
    """

    pixels: np.ndarray
    lab: np.ndarray
    open_mask: np.ndarray
    centre: np.ndarray
    radius: float
    resolved: float

    def annulus(self, inner: float, outer: float) -> np.ndarray:
        """(N, N) bool: visible pixels between two distances from the centre, in nominal iris radii."""
        inside: np.ndarray = (inner <= _DISTANCE) & (outer >= _DISTANCE) & self.open_mask
        return inside

    @cached_property
    def medians(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Median CIELAB of the iris annulus and of the white beside it; None if either is hidden."""
        iris, white = np.flatnonzero(self.annulus(0.45, 0.85)), np.flatnonzero(self.annulus(1.15, 1.7))
        if iris.size < 100 or white.size < 50:
            return None
        lab = self.lab.reshape(-1, 3)
        colours = (np.ascontiguousarray(lab.take(where, axis=0).T) for where in (iris, white))
        of_iris, of_white = (np.array([texture.median(channel) for channel in colour]) for colour in colours)
        return of_iris, of_white

    @property
    def white_contrast(self) -> float:
        """Difference in L of white and iris; 0 if either is hidden."""
        return 0.0 if self.medians is None else float(self.medians[1][0] - self.medians[0][0])

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) of the resampled eye in pixels of the photo."""
        in_photo: np.ndarray = self.centre + (points - MIDDLE) * self.radius / UNIT
        return in_photo


def crop_eye(face: Face, side: regions.Side) -> Eye:
    """The eye of one side.

    Raises:
        Abstained: it lies outside of the photo.
    """
    centre, radius = face.landmarks[side.iris], regions.IRIS_RADIUS * face.iod
    scale = UNIT / radius
    # Landmarks are measured from the photo's edge, samples from the middle of the first pixel.
    x, y = centre - 0.5
    to_unit = np.array([[scale, 0, MIDDLE - scale * x], [0, scale, MIDDLE - scale * y]])
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    left, top = np.maximum(np.floor(centre - 3 * radius), 0).astype(int)
    right, bottom = np.maximum(np.ceil(centre + 3 * radius), 0).astype(int)
    to_unit[:, 2] += to_unit[:, :2] @ (left, top)
    patch = np.ascontiguousarray(face.photo.pixels[top:bottom, left:right])
    if not patch.size:
        raise Abstained("an eye is outside of the photo")
    pixels = cv2.warpAffine(patch, to_unit, (_SIDE, _SIDE), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    outline = (face.landmarks[side.polygon("eye")] - 0.5 - (left, top)) @ to_unit[:, :2].T + to_unit[:, 2]
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    resolved = 2 * radius * 2 * face.effective_resolution
    return Eye(pixels, lab, mask.astype(bool), centre, radius, resolved)
