"""Controlled perturbations: put one giveaway into a photo, so that the measure meant for it can be seen to move.

Each takes a `Face` and returns the whole photo's pixels (H, W, 3) uint8, changed only where it says.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from artifact_check import regions
from artifact_check.face import Face

_SKIN = ("cheek_R", "cheek_L", "forehead")


def move_iris(face: Face, *, side: str, right: float, down: float) -> np.ndarray:
    """Shift one iris (`side` "right" or "left") inside its lids, by fractions of its radius to image right and down."""
    offset, weight = _around_iris(face, side)
    shift = np.array([right, down]) * regions.IRIS_RADIUS * face.iod
    return _resampled(face, side, offset - shift * weight[..., None])


def scale_iris(face: Face, *, side: str, factor: float) -> np.ndarray:
    """Scale one iris about its centre."""
    offset, weight = _around_iris(face, side)
    return _resampled(face, side, offset / (1 + (factor - 1) * weight[..., None]))


def _around_iris(face: Face, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (H, W, 2) from an iris's centre in pixels, and a weight (H, W): 1 up to 1.2 radii, 0 from 2.2 on."""
    height, width = face.photo.pixels.shape[:2]
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    offset = np.stack([columns, rows], axis=-1) - _iris_centre(face, side)
    distance = np.linalg.norm(offset, axis=-1) / (regions.IRIS_RADIUS * face.iod)
    ramp = np.clip(2.2 - distance, 0, 1)
    return offset, ramp * ramp * (3 - 2 * ramp)


def _iris_centre(face: Face, side: str) -> np.ndarray:
    centre: np.ndarray = face.landmarks[regions.IRIS_RIGHT if side == "right" else regions.IRIS_LEFT]
    return centre


def _resampled(face: Face, side: str, source: np.ndarray) -> np.ndarray:
    """The photo with each pixel taken from `source` (H, W, 2), an offset from the iris's centre."""
    place = (_iris_centre(face, side) + source).astype(np.float32)
    return cv2.remap(face.photo.pixels, place[..., 0], place[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def move_points(face: Face, which: str | Sequence[int], *, right: float, down: float) -> np.ndarray:
    """Shift a feature by fractions of the IOD to image right and down, by a smooth local warp.

    `which` is the name of a polygon ("brow_R") or landmark indices (61: one corner of the mouth). All inside their hull
    and up to 0.1 IOD around moves as a whole, what is further than 0.32 IOD away not at all.
    """
    indices = regions.polygon(which) if isinstance(which, str) else np.array(which)
    hull = cv2.convexHull(np.round(face.landmarks[indices]).astype(np.int32))
    outside = np.ones(face.photo.pixels.shape[:2], np.uint8)
    cv2.fillPoly(outside, [hull], 0)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / face.iod
    ramp = np.clip((0.32 - distance) / 0.22, 0, 1)
    weight = ramp * ramp * (3 - 2 * ramp) * face.iod
    height, width = face.photo.pixels.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = (columns - right * weight).astype(np.float32), (rows - down * weight).astype(np.float32)
    moved: np.ndarray = cv2.remap(face.photo.pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return moved


def smooth_skin(face: Face, *, strength: float = 1.0) -> np.ndarray:
    """Flatten cheeks and forehead with a bilateral filter, as a beauty filter does; `strength` 0 to 1 blends it in."""
    pixels = face.photo.pixels
    sigma = 0.08 * face.iod
    smoothed = cv2.bilateralFilter(pixels, d=0, sigmaColor=40.0, sigmaSpace=float(min(sigma, 12.0)))
    mask = np.zeros(pixels.shape[:2], np.float32)
    for name in _SKIN:
        outline = cv2.convexHull(np.round(face.landmarks[regions.polygon(name)]).astype(np.int32))
        cv2.fillPoly(mask, [outline], 1.0)
    return _blended(pixels, smoothed, cv2.GaussianBlur(mask, (0, 0), 0.05 * face.iod) * strength)


def relight_half(face: Face, *, degrees: float, side: str = "left") -> np.ndarray:
    """Turn the light on one half of the face (`side` of the subject) about the vertical axis by `degrees`.

    The light is a first-order spherical-harmonic fit of the whole face's luma on the mesh's normals; each pixel of the
    half is multiplied by what the turned light would give over what the present one gives.
    """
    light = _first_order_light(face)
    turn = np.radians(degrees)
    turned = np.array([
        light[0],
        np.cos(turn) * light[1] + np.sin(turn) * light[3],
        light[2],
        np.cos(turn) * light[3] - np.sin(turn) * light[1],
    ])  # fmt: skip
    basis = np.column_stack([np.ones(468), face.normals])
    gain = np.clip((basis @ turned) / np.maximum(basis @ light, 0.15), 0.35, 2.5)
    x = regions.canonical_mesh().vertices[:, 0]
    half = np.clip((x if side == "left" else -x) / 1.0, 0, 1)  # feathered over 1 cm beside the midline
    field = _dense(face, 1 + (gain - 1) * half)
    lit = np.clip(face.photo.pixels * field[..., None], 0, 255)
    relit: np.ndarray = np.round(lit).astype(np.uint8)
    return relit


def _first_order_light(face: Face) -> np.ndarray:
    """(4,) least-squares coefficients of median-normalised luma on 1 and the normals, over skin vertices."""
    skin = regions.shading_vertices("whole")
    luma = cv2.GaussianBlur(cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY), (0, 0), 0.03 * face.iod)
    height, width = luma.shape
    columns, rows = np.round(face.landmarks[skin]).astype(int).T
    values = luma[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].astype(np.float64)
    basis = np.column_stack([np.ones(len(skin)), face.normals[skin]])
    light: np.ndarray = np.linalg.lstsq(basis, values / np.median(values), rcond=None)[0]
    return light


def _dense(face: Face, values: np.ndarray) -> np.ndarray:
    """(H, W) field that interpolates `values` (468,) over the face and is 1 outside, smoothed at the border."""
    from scipy.interpolate import LinearNDInterpolator  # noqa: PLC0415

    height, width = face.photo.pixels.shape[:2]
    interpolate = LinearNDInterpolator(face.landmarks[:468], values, fill_value=1.0)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    field = interpolate(columns, rows).astype(np.float32)
    smooth: np.ndarray = cv2.GaussianBlur(field, (0, 0), 0.08 * face.iod)
    return smooth


def _blended(pixels: np.ndarray, changed: np.ndarray, weight: np.ndarray) -> np.ndarray:
    share = weight[..., None].astype(np.float32)
    blended: np.ndarray = np.round(pixels * (1 - share) + changed * share).astype(np.uint8)
    return blended
