"""Edges and colours of both irides, from pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from artifact_check.cues.eyes.alignment import eye_coordinates
from artifact_check.cues.eyes.eye import MIDDLE, UNIT, Eye
from artifact_check.face import Face, regions


def _grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(K, 2) all pairs of `x` and `y`."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


_RAYS = 18  # on each side of the iris
_ANGLES = np.radians(np.linspace(-45, 40, _RAYS))
_DIRECTIONS = np.concatenate([  # (2 * _RAYS, 2), to image right, then left; lids cover the rest
    np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]), np.column_stack([-np.cos(_ANGLES), np.sin(_ANGLES)])
])  # fmt: skip
_RADII = np.arange(0.70, 1.36, 0.03)  # nominal iris radii
_SAMPLES = (_DIRECTIONS.T[:, :, None] * _RADII * UNIT + MIDDLE).astype(np.float32)  # (2, 2 * _RAYS, rings) px
_MIN_VISIBLE = 8  # rays on each side
_MAX_RESIDUAL = 0.18  # radii; above it 8 % of 174 camera photos, and half of those with radii that differ by 25 %
_MIN_EDGE = 5.0  # L per 0.06 radii, mean over rays; a weaker edge does not locate the limbus
_SEARCH = (  # offsets (K, 2) of candidate centres from the best so far, in nominal iris radii; coarse to fine
    _grid(np.linspace(-0.42, 0.42, 7), np.linspace(-0.3, 0.3, 5)),
    _grid(*[np.linspace(-0.14, 0.14, 5)] * 2),
    _grid(*[np.linspace(-0.05, 0.05, 5)] * 2),
)


@dataclass(frozen=True)
class Circle:
    """A fitted iris, in nominal iris radii: `centre` (2,) relative to the landmark, `radius`, and `residual`, the RMS
    distance between the circle and the steepest step on each ray.
    """

    centre: np.ndarray
    radius: float
    residual: float


def limbus(eye: Eye) -> Circle | None:
    """The circle across which lightness rises most; None if too little of it is visible.

    An integro-differential search (Daugman 2004, "How iris recognition works"), coarse to fine: for each centre and
    radius the mean outward step over rays near 3 and 9 o'clock, the weaker side counting half as much again.
    """
    lightness = cv2.GaussianBlur(eye.lab[..., 0], (0, 0), 1.5)
    visible = cv2.dilate(eye.open_mask.astype(np.float32), np.ones((3, 3), np.uint8))
    centre = np.zeros(2)
    for offsets in _SEARCH:
        centres = centre + offsets
        steps, inside = _steps(lightness, visible, centres)
        scores, count = _edge_scores(steps, inside)
        best, ring = np.unravel_index(int(np.argmax(scores)), scores.shape)
        centre = centres[best]
    if count[:, best, ring].min() < _MIN_VISIBLE or scores[best, ring] < _MIN_EDGE:
        return None
    steps, inside = steps[:, best, 2:], inside[:, best, 2:]
    radius = float(_RADII[1 + ring]) + _vertex(scores[best], int(ring)) * float(_RADII[1] - _RADII[0])
    steepest = _RADII[1 + np.argmax(np.where(inside > 0, steps, -np.inf), axis=1)]
    errors = (steepest - radius)[inside.any(axis=1)]
    return Circle(centre, radius, float(np.sqrt(np.mean(errors**2))))


def _steps(lightness: np.ndarray, visible: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outward lightness steps (rays, K, rings) around K centres, and 1 where the step lies between the lids.

    A step leads from two rings further in. The first two rings have none, and are kept because NumPy is fast on long
    rows.
    """
    shape = (2 * _RAYS, len(centres), len(_RADII))
    shifts = np.repeat((centres.T * UNIT).astype(np.float32), len(_RADII), axis=1)
    x, y = _samples(len(centres)) + shifts[:, None]
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    inside = cv2.remap(visible, x, y, cv2.INTER_NEAREST)
    steps = np.zeros_like(profile)
    np.clip(profile[:, 2:] - profile[:, :-2], -8, 8, out=steps[:, 2:])
    return steps.reshape(shape), inside.reshape(shape)


@cache
def _samples(count: int) -> np.ndarray:
    """(2, 2 * _RAYS, count * rings) `_SAMPLES`, repeated for `count` centres."""
    return np.tile(_SAMPLES, count)


def _edge_scores(steps: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(K, rings - 2) mean step, weighted towards the weaker side, and (2, K, rings - 2) the rays of each side."""
    both = (2, _RAYS, *steps.shape[1:])
    count = inside.reshape(both).sum(axis=1)
    right, left = (steps * inside).reshape(both).sum(axis=1) / np.maximum(count, _MIN_VISIBLE // 2)
    scores = np.minimum(right, left) / 2 + (right + left) / 4
    return scores[:, 2:], count[..., 2:]


def _vertex(scores: np.ndarray, ring: int) -> float:
    """Sub-ring offset of a maximum (-0.5 to 0.5), by fitting a parabola to it and its neighbours."""
    if not 0 < ring < len(scores) - 1:
        return 0.0
    before, at, after = scores[ring - 1 : ring + 2]
    return float(np.clip(0.5 * (before - after) / (before - 2 * at + after - 1e-9), -0.5, 0.5))


def compare_edges(face: Face, eyes: tuple[Eye, Eye], edges: tuple[Circle | None, Circle | None]) -> dict[str, float]:
    """Differences of the two limbi in size, roundness and position; empty if either is not visible."""
    one, other = edges
    if one is None or other is None:
        return {}
    roundness = {"eyes_iris_round": max(one.residual, other.residual)}
    if roundness["eyes_iris_round"] > _MAX_RESIDUAL:
        return roundness
    centres = [
        eye_coordinates(face, eye.centre + circle.centre * eye.radius, side)
        for eye, circle, side in zip(eyes, (one, other), regions.SIDES, strict=True)
    ]
    return roundness | {
        "eyes_iris_ratio": abs(float(np.log(one.radius / other.radius)) - _perspective(face)),
        "eyes_iris_size": float(np.log((one.radius + other.radius) / 2)),
        "eyes_iris_across": float(centres[0][0] - centres[1][0]),
        "eyes_iris_height": abs(float(centres[0][1] - centres[1][1])),
    }


def _perspective(face: Face) -> float:
    """ln of the ratio of right to left eye size that perspective alone causes in a turned head."""
    depth = face.transform[:3, :3] @ np.array([[-3.1, 3.1], [2.6, 2.6], [3.2, 3.2]]) + face.transform[:3, 3:]
    distance = np.abs(depth[2])  # cm
    return float(np.log(distance[1] / distance[0])) if distance.min() > 1 else 0.0


def compare_colours(right: Eye, left: Eye, *, coloured: bool) -> dict[str, float]:
    """Differences of the irides and their whites in colour and lightness; `coloured` if the photo has colour."""
    if right.medians is None or left.medians is None:
        return {}
    (iris_r, white_r), (iris_l, white_l) = right.medians, left.medians
    # The whites show the difference in lighting.
    lit = white_r - white_l
    tint = {"eyes_colour": float(np.linalg.norm((iris_r - iris_l - lit)[1:]))} if coloured else {}
    return tint | {
        "eyes_white_difference": float(np.linalg.norm(lit)),
        "eyes_white_contrast": (right.white_contrast + left.white_contrast) / 2,
    }


def compare_detail(right: Eye, left: Eye) -> dict[str, float]:
    """Fine detail of the irides; empty if either is hidden."""
    if right.medians is None or left.medians is None:
        return {}
    return {"eyes_iris_detail": float(np.log2((_detail(right) + _detail(left)) / 2))}


def _detail(eye: Eye) -> float:
    """Fine lightness detail in the iris annulus over that in the whole crop."""
    lightness = eye.lab[..., 0]
    fine = np.abs(cv2.GaussianBlur(lightness, (0, 0), 2.0) - cv2.GaussianBlur(lightness, (0, 0), 5.0))
    return (float(fine[eye.annulus(0.3, 0.85)].mean()) + 0.05) / (float(fine.mean()) + 0.05)
