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
    for triangle in mesh.triangles:
        corners = mesh.vertices[triangle]
        edges = (corners[1:, :2] - corners[0, :2]).T
        box = _spanned(y, corners[:, 1]), _spanned(x, corners[:, 0])
        second = (grid[box] - corners[0, :2]) @ np.linalg.inv(edges).T
        share = np.concatenate([1 - second.sum(axis=2, keepdims=True), second], axis=2)
        depth = share @ corners[:, 2]
        inside = (share.min(axis=2) >= -1e-9) & (depth > nearest[box])  # noqa: PLR2004 - rounding
        chosen[box][inside], weights[box][inside], nearest[box][inside] = triangle, share[inside], depth[inside]
    return np.moveaxis(chosen, -1, 0).copy(), np.moveaxis(weights, -1, 0)[..., None].copy()


def _spanned(falling: np.ndarray, values: np.ndarray) -> slice:
    """The slice of the descending numbers `falling` that covers the range of `values`."""
    first, last = np.searchsorted(-falling, (-values.max(), -values.min()))
    return slice(max(int(first) - 1, 0), int(last) + 1)
