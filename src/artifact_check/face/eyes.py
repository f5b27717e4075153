"""Can the eyes be seen, or does something cover them, such as sunglasses, tinted glasses or glare?

The landmarker places eyes behind dark glasses too, by guessing. Skin around a visible eye is about as bright and has
about the colour of the nose, and the eye itself is a dark band with a darker spot. Each eye is compared with the nose
and, by correlation, with that pattern, which counts less where the contrast around the eye is low. All are relative to
the nose, so that neither skin tone nor exposure counts; the eye that is seen better does.

*Innocent causes:* deep shade, dark make-up, light reflected by clear glasses, hair over both eyes.

Of 1,300 faces of the other half of the clusters it takes nine for covered: four with sunglasses, one with tinted
glasses, one whose eyes are misplaced, and wrongly three (shade twice, make-up; one of 370 faces with an angle of skin
tone below 28 degrees, two of 886 above). One with tinted glasses was seen that it misses. Glasses painted on 90 of them
are found in 99 % of five dark kinds, 94 % of three mirrored ones (90 % of silver), and, of tinted ones, in 83 % with 9
% of the light, 50 % with 15 %, 21 % with 25 to 40 %, and 17 % with a gradient.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artifact_check.face import regions, texture
from artifact_check.face.level_view import LevelView
from artifact_check.face.view import CANONICAL_IOD, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.face.face import Face

_SIZE = (44, 28)  # px: the patch around an eye, at an IOD of 64 px
_SLACK = 2  # px by which the pattern may be off its place
_DARK = 0.22  # of the cheeks' luma; the brightest tenth of a visible eye has at least 0.27
# Chosen on half of the clusters: labelled faces, as they are and with glasses of sixteen kinds painted on.
_BRIGHTNESS_WEIGHT, _TINT_WEIGHT = 0.4, 0.02
_CONTRAST = 0.25  # of the nose's luma: standard deviation around an eye that is seen well
_THRESHOLD = 0.1  # of 1,437 faces of that half, two are below it, both with sunglasses; the next has 0.14


def eyes_covered(face: Face) -> bool:
    """Whether neither eye can be seen; False where eyes or cheeks are outside of the photo."""
    view = face.view(CANONICAL_IOD)
    eyes, cheeks = view.where(*regions.EYES), view.where(*regions.CHEEKS)
    if not (eyes.size and cheeks.size):
        return False
    (bright,) = texture.quantiles(view.luma.take(eyes), [0.9])
    if bright < _DARK * texture.median(view.luma.take(cheeks)):
        return True
    return all(seen < _THRESHOLD for seen in visibilities(face))


def visibilities(face: Face) -> Iterator[float]:
    """How well each eye can be seen: about 0.8 for an open eye, below 0 behind most dark glasses.

    The left one is looked at only if it is asked for: the right one is mostly enough.
    """
    view = face.view(CANONICAL_IOD)
    nose, level = _nose_colour(view), LevelView.of(view)
    return (_visibility(_patch(level, side), nose) for side in regions.SIDES)


def _visibility(patch: np.ndarray, nose: np.ndarray) -> float:
    """That of one eye in a `_patch`, beside the `nose` (3,) in RGB."""
    luma = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    of_nose = max(float(nose @ (0.299, 0.587, 0.114)), 1.0)
    smooth = texture.blur(luma, 1.0)
    likeness = max(float(cv2.matchTemplate(smooth, eye, cv2.TM_CCOEFF_NORMED).max()) for eye in _patterns())
    contrast = min(1.0, float(smooth.std()) / (_CONTRAST * of_nose))
    (bright,) = texture.quantiles(luma.ravel(), [0.9])
    brightness = float(np.log2(max(bright, 1.0) / of_nose))
    skin = texture.medians(_above_and_below(patch).astype(np.float32))
    lab = cv2.cvtColor(np.stack([nose, skin])[None] / np.float32(255), cv2.COLOR_RGB2LAB)[0]
    tint = float(np.hypot(*(lab[1, 1:] - lab[0, 1:])))
    return likeness * contrast + _BRIGHTNESS_WEIGHT * brightness - _TINT_WEIGHT * tint


def _patch(level: LevelView, side: regions.Side) -> np.ndarray:
    """(28, 44, 3) uint8 around one eye, level with the irides, the inner corner on the right."""
    middle = level.view.landmarks[[*side.canthi]].mean(axis=0)
    return level.patch(level.view.pixels, middle, _SIZE, mirrored=side.outwards > 0)


def _above_and_below(patch: np.ndarray) -> np.ndarray:
    """(K, 3) the skin over and under the eye in a `_patch`: its first six and its last eight rows."""
    return np.concatenate([patch[:6, 6:-6].reshape(-1, 3), patch[-8:, 6:-6].reshape(-1, 3)])


def _nose_colour(view: View) -> np.ndarray:
    """(3,) median RGB of the nose, which glasses leave bare."""
    height, width = view.pixels.shape[:2]
    columns, rows = np.floor(view.landmarks[regions.shading_vertices("nose")]).astype(np.intp).T
    return texture.medians(view.pixels[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].astype(np.float32))


@cache
def _patterns() -> tuple[np.ndarray, np.ndarray]:
    """(24, 40) float32 each: the mean eye of labelled photos as a formula (r = 0.96), and one whose white is brighter
    than the skin.

    In the first, lids and lashes are a dark band, the iris is a dark spot, and the skin below is brighter. In the
    second, the iris lies between two bright spots below a dark lid.
    """
    width, height = _SIZE
    x, y = np.meshgrid(np.arange(width) - (width - 1) / 2 + 2.4, np.arange(height) - (height - 1) / 2 + 2.0)

    def spot(across: float, down: float, half_width: float, half_height: float) -> np.ndarray:
        spread: np.ndarray = np.exp(-(((x - across) / half_width) ** 2 + ((y - down) / half_height) ** 2) / 2)
        return spread

    mean = 0.04 * y - 2.5 * spot(0, -0.5, 16, 5) - spot(0, -0.5, 2.7, 2.7)
    bright = spot(-6, 0, 2.6, 2.2) + spot(6, 0, 2.6, 2.2) - spot(0, 0, 2.7, 2.7) - 0.6 * spot(0, -4, 16, 2.5)
    inner = slice(_SLACK, -_SLACK)
    first, second = (np.ascontiguousarray(eye[inner, inner], np.float32) for eye in (mean, bright))
    return first, second
