"""Direction of the catchlights against that of the shading."""

from __future__ import annotations

import numpy as np

from artifact_check.face import Face, polygon_mask, regions

_MIN_IRIS_RADIUS, _MIN_IRIS_PIXELS = 5, 12
_MIN_CATCHLIGHT = 30  # grey levels above the median of the iris
_MAX_SPOT = 0.25  # share of the iris; more is a window, or a pale iris


def angle_to_shading(face: Face, shading: np.ndarray) -> dict[str, float]:
    """Angle in degrees between the directions of the catchlights and of the shading, in the picture plane."""
    if regions.IRIS_RADIUS * face.iod < _MIN_IRIS_RADIUS or face.eyes_covered:
        return {}
    right, left = (_catchlight(face, side) for side in regions.SIDES)
    if right is None or left is None:
        return {}
    offset, light = (right + left) / 2, shading[:2]
    if np.linalg.norm(offset) < 0.1 or np.linalg.norm(light) < 0.05:
        return {}
    cosine = offset @ light / (np.linalg.norm(offset) * np.linalg.norm(light))
    return {"lighting_catchlight": float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))}


def _catchlight(face: Face, side: regions.Side) -> np.ndarray | None:
    """(2,) from an iris's centre to the middle of its catchlight, in radii to image right and up; None without one.

    The search stays between the lids and within 0.75 radii, because sclera and lids are as bright.
    """
    radius, centre = regions.IRIS_RADIUS * face.iod, face.landmarks[side.iris]
    limit = 0.75 * radius
    corner = np.maximum(np.floor(centre - limit), 0).astype(int)
    right, bottom = np.maximum(np.ceil(centre + limit) + 1, 0).astype(int)
    patch = face.photo.pixels[corner[1] : bottom, corner[0] : right].min(axis=2)
    if patch.size == 0:
        return None
    x, y = centre - corner
    across, up = np.arange(patch.shape[1]) - x, y - np.arange(patch.shape[0])
    inside = across**2 + up[:, None] ** 2 < limit**2
    inside &= polygon_mask(patch, face.landmarks - corner, side.region("eye"))
    levels = np.sort(patch[inside].astype(np.float32))
    if levels.size < _MIN_IRIS_PIXELS:
        return None
    middle, peak = levels[levels.size // 2], levels[round(0.99 * (levels.size - 1))]
    rows, columns = np.nonzero(inside & (patch > (middle + peak) / 2))
    if peak - middle < _MIN_CATCHLIGHT or rows.size > _MAX_SPOT * levels.size:
        return None
    return np.array([across[columns].mean(), up[rows].mean()]) / radius
