"""The jump of the light at the midline, between mirrored points beside the nose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from artifact_check.cues.lighting.fit import huber
from artifact_check.cues.lighting.light import log_of, sample
from artifact_check.face import regions, texture

_SPACING = 0.25  # cm between grid points on the canonical face
_MIN_POINTS = 120  # of 495
_MAX_REDNESS_DISTANCE = 0.5  # in ln red - ln green
_CLIPPED = 0.97  # linear


@dataclass(frozen=True, slots=True)
class _Grid:
    """G points of bare skin on the left half of the canonical face, beside the nose, and their mirror images.

    `left` and `right` (G, 3) are the vertices of each point's triangle, `weight` (G, 3) its barycentric coordinates;
    `point` (G, 2) cm to the subject's left and up.
    """

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    point: np.ndarray

    def both(self, values: np.ndarray) -> np.ndarray:
        """(2, G, C) values at the left and right points, interpolated from those (468, C) of the vertices."""
        return np.stack([np.einsum("gvc,gv->gc", values[side], self.weight) for side in (self.left, self.right)])


@cache
def _grid() -> _Grid:
    across, up = np.meshgrid(np.arange(_SPACING / 2, 3.2, _SPACING), np.arange(-8.8, 6.5, _SPACING))
    points = np.column_stack([across.ravel(), up.ravel()])
    nose = (points[:, 0] < 1.6) & (points[:, 1] > -2.2) & (points[:, 1] < 3.5)
    points = points[~nose & ~_in_features(points)]
    vertices, weight = _barycentric(points)
    on_face = np.isfinite(weight[:, 0])
    vertices = vertices[on_face]
    return _Grid(vertices, regions.mirrored()[vertices], weight[on_face], points[on_face])


def _barycentric(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) vertices of the front triangle of the canonical mesh around points (N, 2), and their weights.

    The points lie on the left half. Weights are NaN outside the mesh.
    """
    mesh = regions.canonical_mesh()
    corners = mesh.vertices[mesh.triangles]  # (T, 3 corners, 3)
    edges = corners[:, 1:, :2] - corners[:, :1, :2]
    front = np.linalg.det(edges) > 1e-6  # cm2; neither facing away nor edge-on
    front &= corners[..., 0].max(axis=1) > 0
    triangles, corners = mesh.triangles[front], corners[front]
    plane = np.concatenate([corners[..., :2], np.ones((len(corners), 3, 1))], axis=2)
    to_weights = np.linalg.inv(plane).transpose(1, 0, 2).reshape(3, -1)
    weights = (np.column_stack([points, np.ones(len(points))]) @ to_weights).reshape(len(points), -1, 3)
    lowest = np.minimum(np.minimum(weights[..., 0], weights[..., 1]), weights[..., 2])
    depth = np.where(lowest > -1e-6, corners[..., 2].mean(axis=1), -np.inf)  # (N, T)
    nearest = depth.argmax(axis=1)
    weight = np.where(np.isfinite(depth.max(axis=1))[:, None], weights[np.arange(len(points)), nearest], np.nan)
    return triangles[nearest], weight


def _in_features(points: np.ndarray) -> np.ndarray:
    """(N,) bool: whether points (N, 2) in cm lie within 3 mm of the left eye, the left brow or the lips."""
    vertices = regions.canonical_mesh().vertices[:, :2].astype(np.float32)
    inside = np.zeros(len(points), bool)
    for name in (regions.LEFT.region("eye"), regions.LEFT.region("brow"), "lips_outer"):
        hull = cv2.convexHull(vertices[regions.polygon(name)])
        inside |= [cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=True) > -0.3 for x, y in points]
    return inside


def step(
    linear: np.ndarray, vertices: np.ndarray, normals: np.ndarray, redness: float, direction: float
) -> dict[str, float]:
    """Jump of the light at the midline, relative to other differences between the sides of this face.

    For mirrored points beside the nose, ln I_left - ln I_right in red is modelled as c w + (a + a' n_y + a" y) n_x,
    where w rises from 0 at the midline to 1 at 1 cm. Under one light c is 0, because shading is continuous there.

    `linear` (H, W, 3) is the picture in linear light; `vertices` (468, 2) and `normals` (468, 3) are those of the mesh;
    `redness` is the skin's ln red minus ln green: points of another colour are excluded.
    """
    grid = _grid()
    both = grid.both(np.column_stack([vertices, normals]))
    light = sample(both[..., :2].reshape(-1, 2), linear)
    log = log_of(light)
    normal_left, normal_right = both[..., 2:]
    fits = (np.abs(log[:, 0] - log[:, 1] - redness) < _MAX_REDNESS_DISTANCE) & (light.max(axis=1) < _CLIPPED)
    usable = fits.reshape(2, -1).all(axis=0) & (np.minimum(normal_left[:, 2], normal_right[:, 2]) > 0.4)
    count = np.count_nonzero(usable)
    if count < _MIN_POINTS:
        return {}
    across = (normal_left[:, 0] - normal_right[:, 0]) / 2
    up = (normal_left[:, 1] + normal_right[:, 1]) / 2
    x, y = grid.point.T
    basis = np.column_stack([np.minimum(x, 1.0), across, across * up, across * y / 5])[usable]
    ratio = -np.diff(log[:, 0].reshape(2, -1), axis=0)[:, usable]
    coefficients = huber(basis, ratio, np.ones((1, count), bool), ridge=1e-4)[0]
    spread = 1.4826 * texture.median(np.abs(ratio[0] - basis @ coefficients))
    return {"lighting_step": float(abs(coefficients[0]) / np.hypot(spread + 0.02, 0.35 * direction))}
