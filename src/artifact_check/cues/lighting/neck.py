"""Lighting of the neck against that of the face."""

from __future__ import annotations

import numpy as np

from artifact_check.cues.lighting.light import LUMINANCE, lab_of, log_of, sample
from artifact_check.cues.lighting.vertices import MAX_CHROMA_DISTANCE
from artifact_check.face import View, regions, texture

_MIN_SIDEWAYS = 0.12  # b_x/b_0; below it the light comes from neither side
_MIN_NECK = 30  # of about 140 points on each half


def brighter_side(view: View, linear: np.ndarray, skin: np.ndarray, light: np.ndarray) -> dict[str, float]:
    """How much brighter, in ln, the neck is on the side away from the `light` (4,) on the face.

    The two halves of the neck, 0.1 to 0.4 IOD below the jaw, are compared with each other, never with the face. Empty
    if the light comes from neither side, or if collar, hair or the photo's edge hide too much of a half. `linear`
    (H, W, 3) is the view in linear light, `skin` (3,) the face's CIELAB.
    """
    sideways = light[1] / max(abs(float(light[0])), 1e-6)
    if abs(sideways) < _MIN_SIDEWAYS:
        return {}
    along = (view.landmarks[regions.LEFT.iris] - view.landmarks[regions.RIGHT.iris]) / view.iod
    down = np.array([-along[1], along[0]]) * view.iod
    jaw = view.landmarks[regions.polygon(regions.JAW)]
    jaw = np.concatenate([jaw[:-1] + share * np.diff(jaw, axis=0) for share in (0.0, 0.33, 0.67)])
    points = (jaw + np.linspace(0.1, 0.4, 8)[:, None, None] * down).reshape(-1, 2)
    points = points[np.all((points >= 0) & (points < linear.shape[1::-1]), axis=1)]
    if not len(points):
        return {}
    colour = sample(points, linear)
    across = (points - view.landmarks[regions.CHIN]) @ along / view.iod
    lab = lab_of(colour)
    bare = (np.linalg.norm(lab[:, 1:] - skin[1:], axis=1) < MAX_CHROMA_DISTANCE) & (lab[:, 0] > skin[0] - 35)
    bare &= (lab[:, 0] > 8) & (lab[:, 0] < 95)
    right, left = (bare & (side > 0.08) & (side < 0.75) for side in (-across, across))
    if min(np.count_nonzero(right), np.count_nonzero(left)) < _MIN_NECK:
        return {}
    luma = log_of(colour @ LUMINANCE)
    return {"lighting_neck": -float(np.sign(sideways) * (texture.median(luma[left]) - texture.median(luma[right])))}
