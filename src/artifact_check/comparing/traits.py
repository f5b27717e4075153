"""What is measured on a face to compare it with others of the same person.

A trait is a vector, together with the circumstances that move it: light, pose, expression, sharpness. Lengths are
natural logarithms of ratios on the canonical face, pose removed (`Face.frontal`), colours CIELAB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from artifact_check.comparing.tone import MIN_SKIN, bare_skin, skin_colour, tone
from artifact_check.cues.eyes.eye import Eye, crop_eye
from artifact_check.cues.shape.features import circumstances
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, MIN_JPEG_QUALITY, MIN_RESOLUTION, Face, regions, texture

_MIN_IRIS_RADIUS = 5.0  # px
_MIN_WHITE_CONTRAST = 4.0  # L between white and iris; less means glasses' glare or deep shade
_MIN_OPENNESS = 0.15  # lid gap over canthus distance
_MAX_TURN = 25.0  # degrees of yaw or pitch; beyond, much is hidden, and landmarks of the far side are guesses
_MID_CHEEKS = (regions.RIGHT.mid_cheek, regions.LEFT.mid_cheek)


@dataclass(frozen=True, eq=False)
class Seen:
    """A trait of one face: its `value` (K,), and the `circumstances` (C,) that move it."""

    value: np.ndarray
    circumstances: np.ndarray


@dataclass(frozen=True)
class Trait:
    """What is compared; `measure` returns None for a face that does not show it. `places` are landmarks to mark.

    `per_cent` is how much its number grows if the trait does by 1 %; lightness is in % of white's. None if not known.
    """

    name: str
    measure: Callable[[Face], Seen | None]
    places: tuple[int, ...]
    per_cent: float | None = None


def is_turned(face: Face) -> bool:
    """Whether the head is turned too far."""
    return max(map(abs, face.pose[:2])) > _MAX_TURN


def eye_colour(face: Face) -> Seen | None:
    """a and b of both irides; the light shows in the whites beside them and on the skin."""
    eyes = [crop_eye(face, side) for side in regions.SIDES]
    medians = _eye_medians(eyes)
    if (
        len(medians) < len(eyes)
        or min(eye.radius for eye in eyes) < _MIN_IRIS_RADIUS
        or min(eye.white_contrast for eye in eyes) < _MIN_WHITE_CONTRAST
        or (skin := skin_colour(face)) is None
    ):
        return None
    iris, white = np.mean(medians, axis=0)
    return Seen(iris[1:], np.concatenate([white, skin]))


def skin_tone(face: Face) -> Seen | None:
    """Lightness of cheeks and forehead; the light shows in the face around them (`tone.py`)."""
    if not face.coloured or (seen := tone(face)) is None:
        return None
    level, light = seen
    return Seen(np.array([level]), light)


def jaw(face: Face) -> Seen | None:
    """Width of the jaw over that of the cheeks."""
    return _proportion(face, lambda points: _width(points, regions.JAW_SIDE) - _width(points, regions.CHEEK_SIDE))


def eye_size(face: Face) -> Seen | None:
    """Mean width of the eyes over the distance between them."""
    return _proportion(face, _eye_size) if _open(face) else None


def nose(face: Face) -> Seen | None:
    """Width of the nose over that of the cheeks."""
    return _proportion(face, lambda points: _width(points, regions.NOSE_SIDE) - _width(points, regions.CHEEK_SIDE))


def smoothness(face: Face) -> Seen | None:
    """Fine detail of cheeks and forehead; that of brows and eyes shows how sharp the photo is."""
    quality = face.photo.jpeg_quality
    if face.iod < MIN_DETAIL_IOD or face.resolution_at(CANONICAL_IOD) < MIN_RESOLUTION:
        return None
    view = face.view(CANONICAL_IOD)
    skin, features = bare_skin(view), view.where(*regions.BROWS_AND_EYES)
    if skin.size < MIN_SKIN or (quality is not None and quality < MIN_JPEG_QUALITY):
        return None
    energies = [[texture.log_energy(band.take(where)) for band in view.log_bands[:3]] for where in (skin, features)]
    return Seen(np.array(energies[0][1:2]), np.array([*energies[1], np.log2(face.iod), face.effective_resolution]))


def _both(right: int) -> tuple[int, int]:
    return right, int(regions.mirrored()[right])


TRAITS = (
    Trait("eye_colour", eye_colour, regions.IRIDES),
    Trait("skin_tone", skin_tone, _MID_CHEEKS, per_cent=0.0254),
    Trait("jaw", jaw, _both(regions.JAW_SIDE[1]), per_cent=0.0037),  # landmarks follow a third of the way
    Trait("eye_size", eye_size, regions.IRIDES, per_cent=0.0086),
    Trait("nose", nose, _both(regions.NOSE_SIDE[0])),
    Trait("smoothness", smoothness, _MID_CHEEKS),
)


def _eye_medians(eyes: list[Eye]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each eye that shows them: CIELAB of iris and white."""
    return [eye.medians for eye in eyes if eye.medians is not None]


def _open(face: Face) -> bool:
    return min(face.eye_openness(side) for side in regions.SIDES) >= _MIN_OPENNESS


def _proportion(face: Face, measure: Callable[[np.ndarray], float]) -> Seen | None:
    if is_turned(face):
        return None
    return Seen(np.array([measure(face.frontal[:, :2])]), circumstances(face)[1:])


def _width(points: np.ndarray, right: tuple[int, ...]) -> float:
    left = regions.mirrored()[[*right]]
    return float(np.log(np.linalg.norm(points[[*right]] - points[left], axis=1).mean()))


def _eye_size(points: np.ndarray) -> float:
    (outer, inner), (outer_left, inner_left) = (points[[*side.canthi]] for side in regions.SIDES)
    widths = np.linalg.norm(outer - inner) + np.linalg.norm(outer_left - inner_left)
    return float(np.log(widths / 2 / np.linalg.norm(inner - inner_left)))
