"""Detail of the skin relative to brows and lashes, and to the skin around."""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check.cues.skin.bare import Skin, of_colour
from artifact_check.face import FINE_IOD, Face, View, regions, texture

_EDGE = 0.05  # IOD, excluded inside a patch: filters fade out there
_RING = (0.05, 0.125)  # IOD around a patch
_RIM = 0.06  # IOD, excluded inside the face's outline, where skin is shaded and seen at an angle
_MIN_PIXELS = 200


def relative_detail(view: View, skin: Skin, patches: dict[str, np.ndarray]) -> dict[str, float]:
    """Band energies of the skin relative to brows and lashes, their slopes, and differences between `patches`."""
    bands = view.log_bands
    energy = [texture.log_energy(band.take(skin.where)) for band in bands]
    reference = [texture.log_energy(band.take(skin.reference)) for band in bands]
    values = {f"skin_relative_{i}": energy[i] - reference[i] for i in range(len(bands))}
    values["skin_slope"] = energy[0] - energy[1]
    values["skin_slope_coarse"] = energy[1] - energy[2]
    local = {name: texture.log_energy(bands[0].take(where)) for name, where in patches.items() if where.size > 50}
    if all(cheek in local for cheek in regions.CHEEKS):
        right, left = (local[cheek] for cheek in regions.CHEEKS)
        values["skin_left_right"] = abs(right - left)
        if "forehead" in local:
            values["skin_forehead_cheek"] = local["forehead"] - (right + left) / 2
    return values


def against_surroundings(view: View, skin: Skin) -> dict[str, float]:
    """Detail inside the patches relative to the facial skin around them."""
    inside, around = (np.zeros_like(skin.mask) for _ in range(2))
    inside[skin.box] = _dilated(skin.mask[skin.box], -_EDGE * view.iod)
    around[skin.box] = _surroundings(view, skin.box)
    inside, around = np.flatnonzero(inside), of_colour(view, np.flatnonzero(around), skin.where)
    if min(inside.size, around.size) < _MIN_PIXELS:
        return {}
    return {
        f"skin_around_{i}": texture.log_energy(band.take(inside)) - texture.log_energy(band.take(around))
        for i, band in enumerate(view.log_bands[:2])
    }


def _surroundings(view: View, box: tuple[slice, slice]) -> np.ndarray:
    """Bool, the size of `box`: a ring around each patch, without eyes, brows, lips and the edge of the face."""
    zones = (regions.SKIN, (*regions.BROWS_AND_EYES, "lips_outer"), ("face_oval",))
    patches, features, oval = (view.mask(*names)[box] for names in zones)
    near, far = (distance * view.iod for distance in _RING)
    ring = _dilated(patches, far) & ~_dilated(patches, near) & ~_dilated(features, near)
    surroundings: np.ndarray = ring & _dilated(oval, -_RIM * view.iod)
    return surroundings


def _dilated(mask: np.ndarray, pixels: float) -> np.ndarray:
    """(N, N) bool: `mask` dilated by `pixels`, or eroded if they are negative."""
    steps = round(abs(pixels))
    change = cv2.dilate if pixels > 0 else cv2.erode
    return change(np.ascontiguousarray(mask).view(np.uint8), np.ones((2 * steps + 1, 2 * steps + 1), np.uint8)).astype(
        bool
    )


def fine_detail(face: Face, view: View, skin: Skin) -> float:
    """Energy of the finest band at `FINE_IOD`, relative to the reference; `skin` is in the canonical `view`."""
    fine = face.crop(FINE_IOD, *regions.SKIN, *regions.BROWS_AND_EYES)
    detail = fine.log_luma - texture.blur(fine.log_luma, texture.BAND_SIGMAS[0])
    to_canonical = np.column_stack([np.eye(2), np.array(fine.origin) - view.origin])
    to_canonical *= view.scale / np.array([fine.scale, fine.scale, 1.0])
    bare = cv2.warpAffine(
        skin.mask.view(np.uint8), to_canonical, detail.shape[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    reference = texture.log_energy(detail.take(fine.where(*regions.BROWS_AND_EYES)))
    return texture.log_energy(detail.take(texture.indices(bare))) - reference
