"""How light the skin is, and what shows the light that it is in.

Between two photos of one person, light changes the skin by about 8 L. It shows on the lips and the whites of the eyes,
which it falls on as well, in the spread of lightness over cheeks and forehead, and in how far the skin around mouth and
eyes and on the chin differs from them. All are logarithms: a longer exposure adds the same to each.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from artifact_check.cues.eyes.eye import Eye, crop_eye
from artifact_check.cues.skin.bare import bare
from artifact_check.face import CANONICAL_IOD, Face, View, regions, texture

MIN_SKIN = 500  # px at an interocular distance of 64 px
_MIN_PART, _MIN_WHITE = 20, 50  # px
_NEAR, _FAR = 0.06, 0.18  # interocular distances from lips or eyes, between which the skin around them is
_SHARES = (0.05, 0.25, 0.75, 0.95)
_SHADED = 0.7  # share of an eye's white that lids and lashes may shade
_LUMA = np.array([0.299, 0.587, 0.114])
_DARK = 8.0  # grey levels; damps noise in dark areas


def bare_skin(view: View) -> np.ndarray:
    """(K,) flat indices of bare skin on cheeks and forehead."""
    return np.concatenate([bare(view, view.where(name)) for name in regions.SKIN])


def skin_colour(face: Face) -> np.ndarray | None:
    """(3,) median CIELAB of bare skin; None without colour, or if hardly any skin is seen."""
    view = face.view(CANONICAL_IOD)
    where = bare_skin(view)
    return texture.medians(view.lab_at(where).T) if where.size >= MIN_SKIN and face.coloured else None


def inside(view: View, *outlines: Sequence[int]) -> np.ndarray:
    """(K,) flat indices of the pixels in the convex hulls of landmarks."""
    area = np.zeros(view.luma.shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(area, [cv2.convexHull(np.round(view.landmarks[[*outline]]).astype(np.int32))], 1)
    return np.flatnonzero(area)


def tone(face: Face) -> tuple[float, np.ndarray] | None:
    """log2 of the skin's luma, and (25,) what shows the light; None if one of the places is not seen."""
    view = face.view(CANONICAL_IOD)
    where, pixels = bare_skin(view), view.pixels.reshape(-1, 3)
    lips = [pixels[part] for part in _lips(view)]
    whites = [_white(crop_eye(face, side)) for side in regions.SIDES]
    around = [pixels[part] for part in (*_around(view, "lips_outer"), inside(view, regions.CHIN_OUTLINE))]
    under = [pixels[_around(view, name)[0]] for name in regions.EYES]
    if where.size < MIN_SKIN or min(len(part) for part in (*lips, *whites, *around, *under)) < _MIN_PART:
        return None
    level = float(_log(texture.medians(pixels[where])) @ _LUMA)
    lit = [*map(_colour, lips), np.mean([_colour(white) for white in whites], axis=0)]
    skin = [*map(_colour, around), np.mean([_colour(part) for part in under], axis=0)]
    spread = _log(np.array(texture.quantiles(view.luma.ravel()[where], _SHARES)))
    return level, np.concatenate([*lit, *(one - level for one in (*skin, spread))])


def _colour(pixels: np.ndarray) -> np.ndarray:
    """(3,) log2 of the median colour of (N, 3) pixels."""
    return _log(texture.medians(pixels))


def _log(grey: np.ndarray) -> np.ndarray:
    logarithm: np.ndarray = np.log2(grey + _DARK)
    return logarithm


def _lips(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Flat indices of both lips, and of the lower one."""
    lips = view.mask("lips_outer") & ~view.mask("lips_inner")
    middle = view.landmarks[[*regions.INNER_LIPS], 1].mean()
    return np.flatnonzero(lips), np.flatnonzero(lips & (_rows(lips) > middle))


def _around(view: View, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Flat indices of the skin below and above a polygon."""
    outside = ~view.mask(name)
    distance = cv2.distanceTransform(outside.view(np.uint8), cv2.DIST_L2, 3) / view.iod
    ring = (distance > _NEAR) & (distance < _FAR)
    below = _rows(outside) > view.landmarks[regions.polygon(name), 1].mean()
    return np.flatnonzero(ring & below), np.flatnonzero(ring & ~below)


def _rows(mask: np.ndarray) -> np.ndarray:
    """(N, 1) the rows of an (N, N) mask."""
    return np.arange(len(mask))[:, None]


def _white(eye: Eye) -> np.ndarray:
    """(N, 3) pixels of the brightest part of an eye's white; none if hardly any of it is seen."""
    white: np.ndarray = eye.pixels[eye.annulus(1.15, 1.7)]
    if len(white) < _MIN_WHITE:
        return white[:0]
    luma = white @ _LUMA
    brightest: np.ndarray = white[luma >= texture.quantiles(luma, (_SHADED,))[0]]
    return brightest
