"""Moles, freckles and scars: small dark spots on the skin, in pictures of the face seen from the front.

Each face is drawn onto the canonical mesh, so that a spot has one place in all photos of a person, up to a few mm. A
spot's strength is its darkness in log2 luma (Gaussian of 1 mm less one of 3 mm) over that of the texture around it
(mean absolute value 3 to 9 mm away), so that beard, pores and noise do not count as spots. Both curvatures there must
be positive and within a factor of two, or it is a line or an edge.

A mark is lost if it is seen in at least half of the references that show its place, and much weaker in the headshot
wherever it may have moved; it is new if the headshot shows it and no reference does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np

from artifact_check.face import FINE_IOD, MIN_DETAIL_IOD, MIN_RESOLUTION, Face, regions, texture
from artifact_check.face.unwrap import frontal_grid

_CELL = 14  # px, 1 cm of the frontal picture
_X = (8 * _CELL - 0.5 - np.arange(16 * _CELL)) / _CELL  # cm, of its columns: the subject's left comes first
_Y = (8 * _CELL - 0.5 - np.arange(18 * _CELL)) / _CELL  # cm, of its rows
_SPOT, _AROUND = 0.10, 0.30  # cm, Gaussians whose difference is a spot
_NEAR, _FAR = 0.3, 0.9  # cm from a spot, between which texture is measured
_MIN_AROUND = 0.35  # share of that ring which must be skin
_FLOOR = 0.02  # log2 luma, added to the texture: what a sharp photo of smooth skin has
_ROUND = 0.5  # ratio of the curvatures
_MOVES = 0.35  # cm, by which a mark's place may differ between photos
_FACING = 0.5  # cosine between the skin's normal and the camera, from which skin is seen
_MIN_STRENGTH = 1.0
_LEFT_OUT = ((regions.BROWS, 0.5), (regions.EYES, 0.7), (("lips_outer",), 0.5))  # features, and cm of skin beside them
_BESIDE_NOSTRILS, _INSIDE_OUTLINE = 0.35, 1.0  # cm


@dataclass(frozen=True)
class Mark:
    """A mark that is lost or new: `place` on the canonical face in cm, `strength` of its loss or appearance."""

    place: tuple[float, float]
    strength: float


@dataclass(frozen=True, eq=False)
class Skin:
    """Spots on one face: `strength` (H, W), `seen` (H, W) where the photo shows skin, `round_` (H, W) bool."""

    strength: np.ndarray
    seen: np.ndarray
    round_: np.ndarray

    @cached_property
    def nearby(self) -> np.ndarray:
        """(H, W) the strongest spot of any form within `_MOVES`."""
        side = 2 * round(_MOVES * _CELL) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        return cv2.dilate(self.strength * self.seen, disc)

    @cached_property
    def peaks(self) -> np.ndarray:
        """(N, 2) rows and columns of its round spots."""
        round_ = np.where(self.round_ & self.seen, self.strength, 0)
        highest = cv2.dilate(round_, np.ones((7, 7), np.uint8))
        places: np.ndarray = np.argwhere((round_ == highest) & (round_ > _MIN_STRENGTH))
        return places


def find(face: Face) -> Skin | None:
    """The spots of a face; None if it is too small or soft to show any."""
    if face.iod < MIN_DETAIL_IOD or face.resolution_at(FINE_IOD) < MIN_RESOLUTION:
        return None
    luma, facing = _unwrapped(face)
    fine, coarse = (texture.blur(luma, sigma * _CELL) for sigma in (_SPOT, _AROUND))
    dark, seen = coarse - fine, _skin_area() & (facing > _FACING)
    strength = np.maximum(dark / _texture_around(dark, seen), 0)
    return Skin(strength.astype(np.float32), seen, _is_round(fine))


def lost(headshot: Skin, references: Sequence[Skin]) -> list[Mark]:
    """Marks of the references that the headshot lacks, strongest first."""
    marks = []
    for reference in references:
        for row, column in reference.peaks:
            showing = sorted(float(other.nearby[row, column]) for other in references if other.seen[row, column])
            if headshot.seen[row, column] and 2 * len(showing) >= len(references):
                usual = showing[(len(showing) - 1) // 2]
                there = min(usual, float(reference.strength[row, column]))
                marks.append(mark_at(row, column, there - float(headshot.nearby[row, column])))
    return _distinct(marks)


def new(headshot: Skin, references: Sequence[Skin]) -> list[Mark]:
    """Marks of the headshot that no reference has, strongest first."""
    marks = []
    for row, column in headshot.peaks:
        showing = [float(other.nearby[row, column]) for other in references if other.seen[row, column]]
        if showing:
            marks.append(mark_at(row, column, float(headshot.strength[row, column]) - max(showing)))
    return _distinct(marks)


def in_photo(face: Face, mark: Mark) -> np.ndarray:
    """(2,) where the place of a mark lies in the photo of `face`."""
    row, column = round((_Y[0] - mark.place[1]) * _CELL), round((_X[0] - mark.place[0]) * _CELL)
    vertices, weights = _grid()
    at: np.ndarray = (face.landmarks[vertices[:, row, column]] * weights[:, row, column]).sum(axis=0)
    return at


def mark_at(row: int, column: int, strength: float) -> Mark:
    """A mark at a row and column of the frontal picture."""
    return Mark((float(_X[column]), float(_Y[row])), strength)


def _distinct(marks: list[Mark]) -> list[Mark]:
    """The strongest first, and none close to a stronger one: several references show the same."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: -mark.strength):
        if all(np.hypot(*np.subtract(mark.place, other.place)) > 2 * _MOVES for other in found):
            found.append(mark)
    return found


@cache
def _grid() -> tuple[np.ndarray, np.ndarray]:
    return frontal_grid(_X, _Y)


def _unwrapped(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) log luma of the frontal picture, and (H, W) cosines of the skin's normals with the camera."""
    vertices, weights = _grid()
    view = face.view(FINE_IOD)
    # Landmarks are measured from a pixel's corner, `remap` from its centre.
    source = (view.landmarks.take(vertices, axis=0) * weights).sum(axis=0).astype(np.float32) - 0.5
    luma = cv2.remap(view.log_luma, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    facing: np.ndarray = (face.normals[:, 2].take(vertices) * weights[..., 0]).sum(axis=0)
    return luma, facing


def _texture_around(dark: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(H, W) mean absolute value of `dark` on skin in a square ring; infinite where the ring shows too little skin."""
    size, area = np.abs(dark) * seen, seen.astype(np.float32)
    far, near = (2 * round(reach * _CELL) + 1 for reach in (_FAR, _NEAR))

    def ring(picture: np.ndarray) -> np.ndarray:
        outer, inner = (cv2.boxFilter(picture, -1, (side, side), normalize=False) for side in (far, near))
        difference: np.ndarray = outer - inner
        return difference

    count = ring(area)
    enough = count > _MIN_AROUND * (far**2 - near**2)
    around: np.ndarray = np.where(enough, ring(size) / np.maximum(count, 1) + _FLOOR, np.inf)
    return around


def _is_round(luma: np.ndarray) -> np.ndarray:
    """(H, W) bool: darker than all around, by similar curvatures."""
    xx, yy, xy = (cv2.Sobel(luma, cv2.CV_32F, *order, ksize=3) for order in ((2, 0), (0, 2), (1, 1)))
    mean, spread = (xx + yy) / 2, np.sqrt((xx - yy) ** 2 / 4 + xy**2)
    small, large = mean - spread, mean + spread
    both: np.ndarray = (small > 0) & (small > _ROUND * large)
    return both


@cache
def _skin_area() -> np.ndarray:
    """(H, W) bool: skin of the frontal picture, away from features and the face's outline."""
    _, weights = _grid()
    area: np.ndarray = weights.sum(axis=0)[..., 0] > 0
    area &= _polygon(regions.polygon("face_oval"), -_INSIDE_OUTLINE)
    area &= ~_polygon(np.array(regions.NOSTRILS), _BESIDE_NOSTRILS)
    for names, margin in _LEFT_OUT:
        for name in names:
            area &= ~_polygon(regions.polygon(name), margin)
    area.flags.writeable = False  # shared by all callers
    return area


def _polygon(indices: np.ndarray, margin: float) -> np.ndarray:
    """(H, W) bool: the convex hull of canonical vertices, wider by `margin` cm."""
    mask = np.zeros((len(_Y), len(_X)), np.uint8)
    points = (np.array([_X[0], _Y[0]]) - regions.canonical_mesh().vertices[indices, :2]) * _CELL
    cv2.fillPoly(mask, [cv2.convexHull(np.round(points).astype(np.int32))], 1)
    side = 2 * round(abs(margin) * _CELL) + 1
    change = cv2.dilate if margin > 0 else cv2.erode
    return change(mask, np.ones((side, side), np.uint8)).astype(bool)
