"""The face seen from the front: where each pixel of a frontal picture lies on the mesh."""

from __future__ import annotations

import numpy as np

from artifact_check.face import regions


def frontal_grid(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (3, H, W) and their weights (3, H, W, 1) for each pixel of a frontal picture.

    `x` (W,) and `y` (H,) are the canonical positions of columns and rows in cm, falling. Where the mesh does not reach,
    all weights are 0. Landmarks combined with these weights are the places in a photo that the pixels show.
    """
    mesh = regions.canonical_mesh()
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    chosen, weights = np.zeros((len(y), len(x), 3), np.intp), np.zeros((len(y), len(x), 3))
    nearest = np.full((len(y), len(x)), -np.inf)
    corners = mesh.vertices[mesh.triangles]  # (T, 3 corners, 3)
    within = (corners[..., 0].max(axis=1) >= x[-1]) & (corners[..., 0].min(axis=1) <= x[0])
    triangles, corners = mesh.triangles[within], corners[within]
    inverses = np.linalg.inv(np.swapaxes(corners[:, 1:, :2] - corners[:, :1, :2], 1, 2))
    boxes = zip(_spanned(y, corners[..., 1]), _spanned(x, corners[..., 0]), strict=True)
    for triangle, corner, inverse, box in zip(triangles, corners, inverses, boxes, strict=True):
        second = (grid[box] - corner[0, :2]) @ inverse.T
        share = np.concatenate([1 - second.sum(axis=2, keepdims=True), second], axis=2)
        depth = share @ corner[:, 2]
        inside = (share.min(axis=2) >= -1e-9) & (depth > nearest[box])  # noqa: PLR2004 - rounding
        chosen[box][inside], weights[box][inside], nearest[box][inside] = triangle, share[inside], depth[inside]
    return np.moveaxis(chosen, -1, 0).copy(), np.moveaxis(weights, -1, 0)[..., None].copy()


def _spanned(falling: np.ndarray, values: np.ndarray) -> list[slice]:
    """For each row of `values` (T, n) the slice of the descending numbers `falling` that covers its range."""
    first = np.searchsorted(-falling, -values.max(axis=1))
    last = np.searchsorted(-falling, -values.min(axis=1))
    return [slice(max(start - 1, 0), stop + 1) for start, stop in zip(first.tolist(), last.tolist(), strict=True)]
