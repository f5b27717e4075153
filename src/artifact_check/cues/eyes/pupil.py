"""The edges of the pupils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from artifact_check.cues.eyes.eye import MIDDLE, UNIT, Eye
from artifact_check.cues.eyes.iris import Circle
from artifact_check.face import texture

_TURN = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_RAYS = np.stack([np.cos(_TURN), np.sin(_TURN)])  # (2, rays)
_STEP = 0.03
_REACH = np.arange(0, 0.87, _STEP)  # iris radii
_INSIDE, _OUTSIDE = _REACH < 0.4, _REACH > 0.5
_BEFORE, _AFTER = 3, 4  # steps from the edge to what is compared
_FURTHEST = 20  # step; beyond 0.6 radii it is the limbus or a lid
_BAND = 0.1  # iris radii to both sides of the outlines
_MIN_RESOLVED = 20.0  # px across an iris that the photo really resolves
_MIN_CONTRAST = 8.0  # L; dark irides have less, and then lashes and reflections pass for the outline
_MIN_RISE = 0.35  # of that contrast, at a ray that counts
_MIN_SEEN = 0.6  # of all rays
_MAX_OFFSET = 0.35  # iris radii


@dataclass(frozen=True)
class Pupil:
    """A pupil's edge: `outline` (n, 2) where it is visible, in pixels of the resampled eye, and `shape`, its BIoU."""

    outline: np.ndarray
    shape: float


def find(eye: Eye, limbus: Circle | None) -> Pupil | None:
    """The edge where lightness rises through half of what separates iris and pupil, and the ellipse through it.

    None where the photo resolves too little, or less than `_MIN_SEEN` of the rays from the middle of the `limbus` show
    that edge clear of lids and reflections.
    """
    if limbus is None or eye.resolved < _MIN_RESOLVED:
        return None
    lightness = cv2.GaussianBlur(eye.lab[..., 0], (0, 0), 0.8)
    start, radius = MIDDLE + limbus.centre * UNIT, limbus.radius * UNIT
    levels = _levels(lightness, eye.open_mask, _rays_from(start, radius))
    if levels is None:
        return None
    dark, light, glare = levels
    hidden = cv2.dilate(((lightness > glare) | ~eye.open_mask).astype(np.uint8), np.ones((3, 3), np.uint8))
    middle = start
    for _ in range(3):
        points, clear = _edge(lightness, hidden, _rays_from(middle, radius), dark, light)
        if clear.mean() < _MIN_SEEN:
            return None
        ellipse = cv2.fitEllipseDirect(points[clear].astype(np.float32))
        middle = np.array(ellipse[0])
        # Written so that a fit that failed (NaN) is refused too.
        if not (np.linalg.norm(middle - start) < _MAX_OFFSET * radius and np.min(ellipse[1]) >= 2):
            return None
    return Pupil(points[clear], _boundary_iou(points[clear], ellipse, _BAND * radius))


def _rays_from(middle: np.ndarray, radius: float) -> np.ndarray:
    """(2, rays, steps) float32 x and y of the samples on all rays, in pixels of the resampled eye."""
    reach = _RAYS[:, :, None] * (_REACH * radius)
    places: np.ndarray = (middle[:, None, None] + reach).astype(np.float32)
    return places


def _levels(lightness: np.ndarray, open_mask: np.ndarray, places: np.ndarray) -> tuple[float, float, float] | None:
    """Lightness of the pupil, of the iris, and from which on it is a reflection; None where they are too close."""
    x, y = places
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    seen = cv2.remap(open_mask.astype(np.uint8), x, y, cv2.INTER_NEAREST) > 0
    around = seen & _OUTSIDE
    if seen[:, _INSIDE].mean() < 0.95 or around.sum() < 0.3 * around.size * _OUTSIDE.mean():
        return None
    light, (dark,) = texture.median(profile[around]), texture.quantiles(profile[:, _INSIDE].ravel(), [0.1])
    if light - dark < _MIN_CONTRAST:
        return None
    (brightest,) = texture.quantiles(profile[seen], [0.99])
    return dark, light, light + max(10.0, 0.5 * (brightest - light))


def _edge(
    lightness: np.ndarray, hidden: np.ndarray, places: np.ndarray, dark: float, light: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where each ray leaves the pupil (rays, 2), and (rays,) whether it does so clearly.

    A ray may begin in a reflection: it leaves the pupil where, once dark, it first becomes light.
    """
    x, y = places
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    covered = cv2.remap(hidden, x, y, cv2.INTER_NEAREST) > 0
    level = (dark + light) / 2
    inside = profile < level
    leaves = inside[:, :-1] & ~inside[:, 1:]
    ray, step = np.arange(len(profile)), np.argmax(leaves, axis=1)
    before, after = profile[ray, _capped(step - _BEFORE)], profile[ray, _capped(step + _AFTER)]
    near = step[:, None] + np.arange(-_BEFORE, _AFTER + 1)
    clear = leaves[ray, step] & (step < _FURTHEST) & (after - before > _MIN_RISE * (light - dark))
    clear &= ~covered[ray[:, None], _capped(near)].any(axis=1)
    below, above = profile[ray, step], profile[ray, step + 1]
    share = (level - below) / np.maximum(above - below, 1e-6)
    first, second = places[:, ray, step], places[:, ray, step + 1]
    edge = first + (second - first) * np.clip(share, 0, 1)
    return np.transpose(edge), clear


def _capped(steps: np.ndarray) -> np.ndarray:
    """Steps (...) along a ray, within it."""
    within: np.ndarray = np.clip(steps, 0, len(_REACH) - 1)
    return within


def _boundary_iou(points: np.ndarray, ellipse: tuple[Any, Any, float], band: float) -> float:
    """Intersection over union of an outline and an ellipse, of what lies up to `band` inside of both or between them.

    `points` (n, 2) on rays that are evenly spread about the ellipse's middle; `ellipse` as cv2 fits it.
    """
    middle, axes, turn = ellipse
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    offset = points - middle
    scaled = offset @ np.array([[cos, -sin], [sin, cos]]) / (np.array(axes) / 2)
    outline = np.linalg.norm(offset, axis=1)
    fitted = outline / np.linalg.norm(scaled, axis=1)
    nearer, further = np.minimum(outline, fitted), np.maximum(outline, fitted)
    core = np.maximum(nearer - band, 0) ** 2
    return float(np.sum(nearer**2 - core) / np.sum(further**2 - core))


def compare(pupils: tuple[Pupil | None, Pupil | None]) -> dict[str, float]:
    """The shape of the less elliptic pupil of those that are seen."""
    shapes = [pupil.shape for pupil in pupils if pupil is not None]
    return {"eyes_pupil_shape": min(shapes)} if shapes else {}
