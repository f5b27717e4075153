"""Heat maps as `Evidence` holds them."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.face.view import evidence_points

_TILES = 24  # of a heat map's longer side


def heat_on_photo(
    heat: np.ndarray, mask: np.ndarray, from_photo: np.ndarray
) -> tuple[tuple[tuple[float, float], ...], tuple[tuple[float, ...], ...]]:
    """A heat map for `Evidence`: the box around the tiles of `mask`, upright in the photo, and `heat` resampled on it.

    `heat` (rows, columns) float32, 0..1, and `mask`, of the same shape, are tiles in a grid that may lie askew:
    `from_photo` (2, 3) maps pixels (x, y, 1) of the photo to it, one unit a tile. Returns points and grid.
    """
    rows, columns = np.nonzero(mask)
    corners = np.array(
        [(x, y) for x in (columns.min(), columns.max() + 1) for y in (rows.min(), rows.max() + 1)], np.float64
    )
    to_photo = cv2.invertAffineTransform(from_photo)
    points = corners @ to_photo[:, :2].T + to_photo[:, 2]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    side = max(right - left, bottom - top) / _TILES
    across, down = max(1, round((right - left) / side)), max(1, round((bottom - top) / side))
    x, y = np.meshgrid(left + (np.arange(across) + 0.5) * side, top + (np.arange(down) + 0.5) * side)
    on_grid = np.stack([x, y], axis=-1) @ from_photo[:, :2].T + from_photo[:, 2] - 0.5  # centres of tiles at integers
    x_on_grid, y_on_grid = (np.ascontiguousarray(on_grid[..., axis], np.float32) for axis in (0, 1))
    values = cv2.remap(heat, x_on_grid, y_on_grid, cv2.INTER_LINEAR)  # beyond the grid is 0
    box = evidence_points(np.array([(left, top), (left + across * side, top + down * side)]))
    return box, tuple(map(tuple, np.round(values.astype(np.float64), 3).tolist()))
