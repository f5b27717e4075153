"""Advice on a photo's size, framing, light and background, in plain sentences with the figures behind them.

Only advice that the photo's owner can act on, and none that depends on skin tone: light is judged by the share of
clipped pixels and by the brightest parts of the photo, never by the brightness of the face.

Sizes are in true pixels of the whole picture. A sharp photo has an `effective_resolution` of 0.5 cycles per pixel; one
that was scaled up or blurred has less, and proportionally fewer true pixels. Dim light hides fine detail too, so every
pixel of a dim photo counts as true. For a photo that was measured at a reduced scale only the sharpness at that scale
is known.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from artifact_check.face import CANONICAL_IOD, Face, View, regions, texture
from artifact_check.photo import Photo
from artifact_check.phrase import Phrase, join

_AND, _OR = "{first:text} and {last:text}", "{first:text} or {last:text}"
_SHARP = 0.36  # cycles per pixel; in a sharper photo every pixel counts as true
_WELL_LIT = 160  # of 255; if even the brightest parts are darker, sharpness cannot be judged
_PROFILE_SIDE = 400  # px; social sites ask for it
_PROFILE_CROP = 2.2  # face widths; the side of the square crop
_WEB_SIDE = 1200  # px, longer side
_DPI = 300
_PRINTS = ((5, 7), (13, 18))  # cm
_SMALL_FACE, _LARGE_FACE = 0.2, 0.65  # of the photo's width
_OFF_CENTRE = 0.2  # of the photo's width
_LOW_EYES = 0.6  # of the photo's height
_HEADROOM = 0.1  # of the face's height above the forehead; hair alone needs more
_CLIPPED = 0.05  # share of cheeks and forehead
_WHITE, _BLACK = 250, 5  # of 255
_DIM = 80  # of 255; even in dark scenes eye whites and highlights are brighter
_MIN_TILES = 8  # of background, 8x8 px each
_BUSY = 0.45  # of the detail of eyes and brows
_CORNER = 128  # px
_GRAIN = 5.0  # of 255; camera photos have less than 4, even with clutter


def advise(face: Face) -> tuple[str, ...]:
    """Short sentences: the uses that the photo is large and sharp enough for, and its problems."""
    view = face.view(CANONICAL_IOD)
    return (*_turned(face.photo), *_softness(face, view), *_framing(face), *_exposure(view), *_background(face, view))


def _turned(photo: Photo) -> list[str]:
    if photo.turned == 180:  # noqa: PLR2004 - degrees
        return ["The photo is upside down; it was turned upright before it was judged. Save it upright."]
    if photo.turned:
        return ["The photo lies on its side; it was turned upright before it was judged. Save it upright."]
    return []


class _Use(NamedTuple):
    """One use of a photo: pixels `needed`, and true pixels `available`, along the same side."""

    name: str
    needed: int
    available: int


def good_for(face: Face) -> str:
    """What the photo is large enough for, in one sentence."""
    share = _true_share(face, face.view(CANONICAL_IOD))
    uses = _uses(face, share)
    fine = [use.name for use in uses if use.available >= use.needed]
    lacking = [use.name for use in uses if use.available < use.needed]
    if not fine:
        return Phrase("Too small or too soft for {uses:text}; use the original.", uses=_listed(lacking, _OR))
    if not lacking:
        return Phrase("Good for {uses:text}.", uses=_listed(fine, _AND))
    return Phrase(
        "Good for {uses:text}; for {others:text} use the original.",
        uses=_listed(fine, _AND),
        others=_listed(lacking, _OR),
    )


def _softness(face: Face, view: View) -> list[str]:
    share, width = _true_share(face, view), face.photo.stored_size[0]
    if share == 1:
        return []
    sentence = Phrase(
        "The photo is soft or was scaled up: it shows about as much detail as a sharp one {share:number} as wide "
        "({has:number} instead of {width:number} pixels); use the original if you can.",
        share=f"{share:.0%}",
        has=int(width * share),
        width=width,
    )
    return [sentence]


def _true_share(face: Face, view: View) -> float:
    """True pixels over stored pixels along one side, 0..1; 1 if dim light or a small face hides it."""
    resolution = face.effective_resolution
    soft = 0 < resolution < _SHARP and _brightest(view) >= _WELL_LIT
    return resolution / 0.5 / face.photo.reduction if soft else 1.0


def _brightest(view: View) -> float:
    """Luma of the brightest half per cent, 0..255."""
    below = np.cumsum(cv2.calcHist([view.luma.astype(np.uint8)], [0], None, [256], [0, 256]))
    return float(np.searchsorted(below, 0.995 * view.luma.size))


def _uses(face: Face, share: float) -> list[_Use]:
    (width, height), reduction = face.photo.stored_size, face.photo.reduction
    crop = min(_PROFILE_CROP * face.width * reduction, width, height)
    sides = [("a profile picture", _PROFILE_SIDE, crop), ("a web page", _WEB_SIDE, max(width, height))]
    for across, down in _PRINTS:
        needed, side = round(across / 2.54 * _DPI), min(width, height * across / down)
        sides.append((Phrase("a {across:number} x {down:number} cm print", across=across, down=down), needed, side))
    return [_Use(name, needed, int(side * share)) for name, needed, side in sides]


def _listed(names: list[str], template: str) -> str:
    return names[0] if len(names) == 1 else Phrase(template, first=join(", ", names[:-1]), last=names[-1])


def _framing(face: Face) -> list[str]:
    width, height = face.photo.width, face.photo.height
    (left, top), (right, bottom) = face.landmarks.min(axis=0), face.landmarks.max(axis=0)
    if left < 0 or top < 0 or right > width or bottom > height:
        return ["The face runs over the edge of the photo; use one that shows all of it."]
    sentences: list[str] = []
    share, middle = face.width / width, (left + right) / 2 / width
    eyes = face.landmarks[[*regions.IRIDES], 1].mean() / height
    if share < _SMALL_FACE:
        sentences.append(
            Phrase(
                "The face takes up {share:number} of the photo's width; cut the photo closer to it.",
                share=f"{share:.0%}",
            )
        )
    if share > _LARGE_FACE:
        sentences.append(
            Phrase(
                "The face takes up {share:number} of the photo's width; leave more room around it.",
                share=f"{share:.0%}",
            )
        )
    if abs(middle - 0.5) > _OFF_CENTRE:
        side = "left" if middle < 0.5 else "right"  # noqa: PLR2004 - the middle
        sentences.append(
            Phrase(
                "The face is {side:text} of the middle (at {place:number} of the width); cut the photo so that it is "
                "centred.",
                side=side,
                place=f"{middle:.0%}",
            )
        )
    if eyes > _LOW_EYES:
        sentences.append(
            Phrase(
                "The eyes are low, at {place:number} of the height from the top; cut some of the top away.",
                place=f"{eyes:.0%}",
            )
        )
    if top < _HEADROOM * (bottom - top):
        sentences.append(
            Phrase(
                "The top of the head is cut off: there are {space:number} pixels above the forehead; "
                "leave more room there.",
                space=round(top * face.photo.reduction),
            )
        )
    return sentences


def _exposure(view: View) -> list[str]:
    skin = view.where(*regions.SKIN)
    if not skin.size:
        return []
    white = np.count_nonzero(view.luma.take(skin) >= _WHITE) / skin.size
    colours = view.pixels.reshape(-1, 3).take(skin, axis=0) <= _BLACK
    black = np.count_nonzero(colours[:, 0] & colours[:, 1] & colours[:, 2]) / skin.size
    brightest = _brightest(view)
    sentences: list[str] = []
    if white > _CLIPPED:
        sentences.append(
            Phrase(
                "Too bright: {share:number} of the cheeks and forehead is pure white; use softer or less light.",
                share=f"{white:.0%}",
            )
        )
    if black > _CLIPPED:
        sentences.append(
            Phrase(
                "Too dark: {share:number} of the cheeks and forehead is pure black; light the face more evenly.",
                share=f"{black:.0%}",
            )
        )
    if brightest < _DIM:
        sentences.append(
            Phrase(
                "Too dark: even the brightest parts reach only {brightest:number} of 255; use more light.",
                brightest=f"{brightest:.0f}",
            )
        )
    return sentences


def _background(face: Face, view: View) -> list[str]:
    """Clutter beside the head, or else grain, since the texture of clutter looks like grain."""
    calm = _calm_detail(view)
    if calm is not None and calm > _BUSY:
        return [
            Phrase(
                "The background is busy: its calmest part has {share:number} of the detail of eyes and brows; "
                "use a plain one.",
                share=f"{calm:.0%}",
            )
        ]
    grain = _grain(face.photo.pixels)
    if grain > _GRAIN:
        return [
            Phrase(
                "The photo is grainy: noise of {noise:number} of 255 levels behind the face; more light would help.",
                noise=f"{grain:.0f}",
            )
        ]
    return []


def _calm_detail(view: View) -> float | None:
    """Lower quartile of detail in 8x8 px tiles above the mouth, half an IOD from the face, over that of eyes and brows.

    Hair covers some of these tiles but hardly ever all, so the lower quartile belongs to the background.
    """
    outside = np.ones(view.luma.shape, np.uint8)
    cv2.fillPoly(outside, [np.round(view.landmarks[regions.polygon("face_oval")]).astype(np.int32)], 0)
    behind = cv2.distanceTransform(outside, cv2.DIST_L2, 5) > 0.5 * view.iod
    mouth, _ = regions.INNER_LIPS
    behind[int(np.clip(view.landmarks[mouth, 1], 0, len(behind))) :] = False
    middle = view.bands[1]
    whole = _tiles(behind, 8).all(axis=1)
    if np.count_nonzero(whole) < _MIN_TILES:
        return None
    tiles = _tiles(middle, 8)[whole]
    # Faster than `std`.
    spread = np.sqrt(np.maximum(np.vecdot(tiles, tiles) / tiles.shape[1] - tiles.mean(axis=1) ** 2, 0))
    (detail,) = texture.quantiles(spread, [0.25])
    return detail / max(float(middle.take(view.where(*regions.BROWS_AND_EYES)).std()), 1e-6)


def _grain(pixels: np.ndarray) -> float:
    """Noise in grey levels (Immerkaer 1996), lower quartile over 16x16 px tiles in the photo's upper corners."""
    corners = np.hstack([pixels[:_CORNER, :_CORNER], pixels[:_CORNER, -_CORNER:]])
    if min(corners.shape[:2]) < 32:  # noqa: PLR2004 - two tiles
        return 0.0
    luma = cv2.cvtColor(corners, cv2.COLOR_RGB2GRAY).astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(luma, -1, kernel))
    (calm,) = texture.quantiles(_tiles(response, 16).mean(axis=1), [0.25])
    return calm * float(np.sqrt(np.pi / 2)) / 6


def _tiles(picture: np.ndarray, side: int) -> np.ndarray:
    """(T, side * side) the complete tiles of a (H, W) picture."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    grid = picture[: rows * side, : columns * side].reshape(rows, side, columns, side)
    tiles: np.ndarray = grid.swapaxes(1, 2).reshape(-1, side * side)
    return tiles
