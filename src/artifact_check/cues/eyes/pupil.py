"""The shape of the pupils' edges."""

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
_RADII = np.arange(0, 0.87, 0.03)  # iris radii of the samples on a ray
_INSIDE, _OUTSIDE = _RADII < 0.4, _RADII > 0.5
_BEFORE, _AFTER = 3, 4  # samples from the edge to those that are compared
_LAST_EDGE = 20  # sample; beyond 0.6 radii an edge is the limbus or a lid
_BAND = 0.1  # iris radii on both sides of the outlines
_MIN_RESOLVED = 20.0  # px across an iris that the photo really resolves
_MIN_CONTRAST = 8.0  # L; in darker irides lashes and reflections are mistaken for the edge
_MIN_RISE = 0.35  # share of that contrast, for a clear edge
_MIN_CLEAR = 0.6  # share of rays
_MAX_OFFSET = 0.35  # iris radii


@dataclass(frozen=True)
class Pupil:
    """A pupil's edge: `outline` (n, 2), its visible points in pixels of the resampled eye, and `shape`, its BIoU."""

    outline: np.ndarray
    shape: float


def find(eye: Eye, limbus: Circle | None) -> Pupil | None:
    """The edge where lightness rises halfway from pupil to iris, compared with an ellipse fitted to it.

    None if the photo resolves too little, or if fewer than `_MIN_CLEAR` of the rays from the middle of the `limbus`
    show that edge clear of lids and reflections.
    """
    if limbus is None or eye.resolved < _MIN_RESOLVED:
        return None
    lightness = cv2.GaussianBlur(eye.lab[..., 0], (0, 0), 0.8)
    start, radius = MIDDLE + limbus.centre * UNIT, limbus.radius * UNIT
    levels = _levels(lightness, eye.open_mask, _rays_from(start, radius))
    if levels is None:
        return None
    dark, light, glare = levels
    covered = cv2.dilate(((lightness > glare) | ~eye.open_mask).astype(np.uint8), np.ones((3, 3), np.uint8))
    middle = start
    for _ in range(3):
        points, clear = _edge(lightness, covered, _rays_from(middle, radius), dark, light)
        if clear.mean() < _MIN_CLEAR:
            return None
        ellipse = cv2.fitEllipseDirect(points[clear].astype(np.float32))
        middle = np.array(ellipse[0])
        # Negated, so that a failed fit (NaN) is rejected too.
        if not (np.linalg.norm(middle - start) < _MAX_OFFSET * radius and np.min(ellipse[1]) >= 2):
            return None
    return Pupil(points[clear], _boundary_iou(points[clear], ellipse, _BAND * radius))


def _rays_from(middle: np.ndarray, radius: float) -> np.ndarray:
    """(2, rays, samples) float32 x and y of the samples on all rays, in pixels of the resampled eye."""
    offsets = _RAYS[:, :, None] * (_RADII * radius)
    samples: np.ndarray = (middle[:, None, None] + offsets).astype(np.float32)
    return samples


def _levels(lightness: np.ndarray, open_mask: np.ndarray, samples: np.ndarray) -> tuple[float, float, float] | None:
    """Lightness of pupil and iris, and the threshold above which a sample is glare; None if they are too close."""
    x, y = samples
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    visible = cv2.remap(open_mask.astype(np.uint8), x, y, cv2.INTER_NEAREST) > 0
    around = visible & _OUTSIDE
    if visible[:, _INSIDE].mean() < 0.95 or around.sum() < 0.3 * around.size * _OUTSIDE.mean():
        return None
    light, (dark,) = texture.median(profile[around]), texture.quantiles(profile[:, _INSIDE].ravel(), [0.1])
    if light - dark < _MIN_CONTRAST:
        return None
    (brightest,) = texture.quantiles(profile[visible], [0.99])
    return dark, light, light + max(10.0, 0.5 * (brightest - light))


def _edge(
    lightness: np.ndarray, covered: np.ndarray, samples: np.ndarray, dark: float, light: float
) -> tuple[np.ndarray, np.ndarray]:
    """The point where each ray leaves the pupil (rays, 2), and (rays,) whether the edge is clear there.

    A ray may start in a reflection, so the edge is the first step from dark to light.
    """
    x, y = samples
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    hidden = cv2.remap(covered, x, y, cv2.INTER_NEAREST) > 0
    level = (dark + light) / 2
    inside = profile < level
    leaves = inside[:, :-1] & ~inside[:, 1:]
    ray, step = np.arange(len(profile)), np.argmax(leaves, axis=1)
    before, after = profile[ray, _clipped(step - _BEFORE)], profile[ray, _clipped(step + _AFTER)]
    near = step[:, None] + np.arange(-_BEFORE, _AFTER + 1)
    clear = leaves[ray, step] & (step < _LAST_EDGE) & (after - before > _MIN_RISE * (light - dark))
    clear &= ~hidden[ray[:, None], _clipped(near)].any(axis=1)
    below, above = profile[ray, step], profile[ray, step + 1]
    share = (level - below) / np.maximum(above - below, 1e-6)
    first, second = samples[:, ray, step], samples[:, ray, step + 1]
    edge = first + (second - first) * np.clip(share, 0, 1)
    return np.transpose(edge), clear


def _clipped(steps: np.ndarray) -> np.ndarray:
    """Sample indices (...), limited to those of a ray."""
    within: np.ndarray = np.clip(steps, 0, len(_RADII) - 1)
    return within


def _boundary_iou(points: np.ndarray, ellipse: tuple[Any, Any, float], band: float) -> float:
    """Intersection over union of an outline and an ellipse, not counting what is more than `band` inside both.

    `points` (n, 2) lie on rays spread evenly around the ellipse's middle; `ellipse` is as cv2 fits it.
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
    """The shape of the less elliptic of the visible pupils."""
    shapes = [pupil.shape for pupil in pupils if pupil is not None]
    return {"eyes_pupil_shape": min(shapes)} if shapes else {}
