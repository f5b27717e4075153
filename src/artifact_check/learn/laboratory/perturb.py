"""Controlled perturbations: each adds one sign of manipulation to a photo, to test that a measure responds to it.

Each takes a `Face` and returns the pixels (H, W, 3) uint8 of the whole photo, changed only where its docstring says. To
add one, add an entry to `PERTURBATIONS` and name it in `moved_by` of the measures that should respond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from artifact_check.face import Face, polygon_mask, regions
from artifact_check.face.regions import RIGHT, Side

_GOLD = (230, 190, 80)
_FRAME = (40, 30, 25)
_HAIR_LIGHT = np.array([0.25, 0.14, 0.08])  # share of light that dense dark hair leaves, RGB
_MIN_WHITE = 8.0  # by how much teeth are whiter than lips, in L minus 1.5 a


@dataclass(frozen=True, slots=True)
class Change:
    """One change to a photo: a title for people, and the function that returns the new pixels."""

    title: str
    apply: Callable[[Face], np.ndarray]


def move_iris(face: Face, *, side: Side, right: float, down: float) -> np.ndarray:
    """Shift one iris inside its lids, by fractions of its radius to image right and down."""
    offset, weight = _around_iris(face, side)
    shift = np.array([right, down]) * regions.IRIS_RADIUS * face.iod
    return _resampled(face, side, offset - shift * weight[..., None])


def scale_iris(face: Face, *, side: Side, factor: float) -> np.ndarray:
    """Scale one iris about its centre."""
    offset, weight = _around_iris(face, side)
    return _resampled(face, side, offset / (1 + (factor - 1) * weight[..., None]))


def distort_pupil(face: Face, *, side: Side, amount: float) -> np.ndarray:
    """Make one pupil three-lobed: its radius varies by the share `amount`; the edge of the iris does not move."""
    offset, weight = _around_iris(face, side, whole=0.5, none=0.9)
    lobes = np.cos(3 * np.arctan2(offset[..., 1], offset[..., 0]))
    return _resampled(face, side, offset / (1 + amount * lobes * weight)[..., None])


def _around_iris(face: Face, side: Side, *, whole: float = 1.2, none: float = 2.2) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (H, W, 2) from an iris's centre in pixels, and a weight (H, W): 1 up to `whole` radii, 0 from `none`."""
    height, width = face.photo.pixels.shape[:2]
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    offset = np.stack([columns, rows], axis=-1) - face.landmarks[side.iris]
    distance = np.linalg.norm(offset, axis=-1) / (regions.IRIS_RADIUS * face.iod)
    ramp = np.clip((none - distance) / (none - whole), 0, 1)
    return offset, ramp * ramp * (3 - 2 * ramp)


def _resampled(face: Face, side: Side, source: np.ndarray) -> np.ndarray:
    """The photo with each pixel taken from `source` (H, W, 2), an offset in pixels from the iris's centre."""
    absolute = (face.landmarks[side.iris] + source).astype(np.float32)
    return cv2.remap(
        face.photo.pixels, absolute[..., 0], absolute[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def recolour_iris(face: Face, *, side: Side, difference: float) -> np.ndarray:
    """Shift the colour of one iris by `difference` in CIELAB towards blue, at the same lightness, inside its lids."""
    return recolour_irides(face, sides=(side,), a=0.0, b=-difference)


def recolour_irides(face: Face, *, a: float, b: float, sides: Sequence[Side] = regions.SIDES) -> np.ndarray:
    """Shift the colour of irides in CIELAB, at the same lightness, inside their lids."""
    pixels = face.photo.pixels
    shifted = _shifted(pixels, (0.0, a, b))
    for side in sides:
        offset, _ = _around_iris(face, side)
        radii = np.linalg.norm(offset, axis=-1) / (regions.IRIS_RADIUS * face.iod)
        disc = np.clip((1.05 - radii) / 0.1, 0, 1) * _mask(face, side.region("eye"))
        pixels = _blended(pixels, shifted, disc)
    return pixels


def move_points(face: Face, which: str | Sequence[int], *, right: float, down: float) -> np.ndarray:
    """Shift a feature by fractions of the IOD to image right and down, by a smooth local warp.

    `which` names a polygon or lists landmarks. Their convex hull and 0.1 IOD around it move as a whole; pixels more
    than 0.32 IOD away do not move.
    """
    indices = regions.polygon(which) if isinstance(which, str) else np.array(which)
    hull = cv2.convexHull(np.round(face.landmarks[indices]).astype(np.int32))
    outside = np.ones(face.photo.pixels.shape[:2], np.uint8)
    cv2.fillPoly(outside, [hull], 0)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / face.iod
    ramp = np.clip((0.32 - distance) / 0.22, 0, 1)
    weight = ramp * ramp * (3 - 2 * ramp) * face.iod
    height, width = face.photo.pixels.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = (columns - right * weight).astype(np.float32), (rows - down * weight).astype(np.float32)
    warped: np.ndarray = cv2.remap(face.photo.pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return warped


def narrow_jaw(face: Face, *, share: float) -> np.ndarray:
    """Narrow the lower face by `share`, about the line from glabella to chin: fully from the mouth down to the chin,
    not at all at the eyes, below the neck, and outside of the head.
    """
    x, y = _offsets(face, face.landmarks[regions.GLABELLA])
    chin = face.landmarks[regions.CHIN] - face.landmarks[regions.GLABELLA]
    across, down = _across(face), np.array([-_across(face)[1], _across(face)[0]])
    x = x - (chin @ across) / (chin @ down) * y
    _, below_nose = _offsets(face, face.landmarks[regions.NOSE_BASE])
    weight = np.interp(below_nose, (-0.1, 0.35, 1.1, 1.6), (0, 1, 1, 0)) * np.interp(np.abs(x), (1.0, 1.7), (1, 0))
    return _displaced(face, x * (1 / (1 - share) - 1) * weight, np.zeros_like(x))


def enlarge_eyes(face: Face, *, share: float) -> np.ndarray:
    """Enlarge both eyes by `share`, each about its middle: fully within 0.3 IOD, not at all from 0.48 IOD."""
    moved = np.zeros((2, face.photo.height, face.photo.width))
    for side in regions.SIDES:
        x, y = _offsets(face, face.landmarks[[*side.canthi]].mean(axis=0))
        ramp = np.clip((0.48 - np.hypot(x, y)) / 0.18, 0, 1)
        inwards = 1 / (1 + share * ramp * ramp * (3 - 2 * ramp)) - 1
        moved += (x * inwards, y * inwards)
    return _displaced(face, *moved)


def paint_mole(face: Face, *, at: np.ndarray, diameter: float, darkness: float) -> np.ndarray:
    """Paint a round mole at `at` (2,) px: `diameter` in IOD, `darkness` the share of light that it swallows."""
    columns, rows = np.meshgrid(np.arange(face.photo.width) + 0.5, np.arange(face.photo.height) + 0.5)
    radii = np.hypot(columns - at[0], rows - at[1]) / (diameter / 2 * face.iod)
    depth = darkness * np.clip((1.25 - radii) / 0.5, 0, 1)
    painted: np.ndarray = np.round(face.photo.pixels * (1 - depth[..., None] * (0.9, 1.0, 1.05))).astype(np.uint8)
    return painted


def twist_ear(face: Face, *, degrees: float) -> np.ndarray:
    """Rotate the right ear about its centre; pixels more than 0.5 IOD away do not move."""
    centre = face.landmarks[RIGHT.tragus] - 0.12 * _across(face)
    x, y = _offsets(face, centre)
    ramp = np.clip((0.5 - np.hypot(x, y)) / 0.25, 0, 1)
    angle = np.radians(degrees) * ramp * ramp * (3 - 2 * ramp)
    return _displaced(face, np.cos(angle) * x - np.sin(angle) * y - x, np.sin(angle) * x + np.cos(angle) * y - y)


def move_rim(face: Face, *, down: float) -> np.ndarray:
    """Move the strip 0.24 to 0.6 IOD below the right iris, where the lower rim of glasses is, by `down` IOD."""
    x, y = _offsets(face, face.landmarks[RIGHT.iris])
    weight = np.interp(np.abs(x), (0.35, 0.5), (1, 0)) * np.interp(y, (0.12, 0.24, 0.6, 0.8), (0, 1, 1, 0))
    return _displaced(face, np.zeros_like(weight), -down * weight)


def _across(face: Face) -> np.ndarray:
    """(2,) from the right iris to the left one, in pixels."""
    across: np.ndarray = face.landmarks[regions.LEFT.iris] - face.landmarks[RIGHT.iris]
    return across


def _offsets(face: Face, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) each: offsets from `centre` in IOD, along the line of the eyes and below it."""
    columns, rows = np.meshgrid(np.arange(face.photo.width), np.arange(face.photo.height))
    along, down = _across(face) / face.iod**2
    right, below = columns - centre[0], rows - centre[1]
    return right * along + below * down, below * along - right * down


def _displaced(face: Face, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The photo with each pixel taken from an offset (`x`, `y`) in IOD, along the line of the eyes and below it."""
    along, down = _across(face)
    columns, rows = np.meshgrid(np.arange(face.photo.width), np.arange(face.photo.height))
    source_x = (columns + x * along - y * down).astype(np.float32)
    source_y = (rows + x * down + y * along).astype(np.float32)
    return cv2.remap(face.photo.pixels, source_x, source_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def add_earring(face: Face, *, radius: float) -> np.ndarray:
    """Paint a golden disc with a dark edge below the right earlobe; `radius` in IOD."""
    across = _across(face)
    down = np.array([-across[1], across[0]])
    centre = np.round(face.landmarks[RIGHT.tragus] - 0.06 * across + 0.56 * down).astype(int).tolist()
    pixels, size = face.photo.pixels.copy(), round(radius * face.iod)
    cv2.circle(pixels, centre, size, (30, 20, 10), cv2.FILLED, cv2.LINE_AA)
    cv2.circle(pixels, centre, round(0.75 * size), _GOLD, cv2.FILLED, cv2.LINE_AA)
    return pixels


def smudge_hairline(face: Face, *, sigma: float) -> np.ndarray:
    """Blur by `sigma` IOD the border of light and dark (Otsu 1979), within 0.35 IOD of the face's upper outline."""
    grey = cv2.GaussianBlur(cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY), (0, 0), 0.02 * face.iod)
    around = np.zeros_like(grey)
    outline = np.round(face.landmarks[[*regions.UPPER_OUTLINE]]).astype(np.int32)
    cv2.polylines(around, [outline], isClosed=False, color=1, thickness=max(1, round(0.7 * face.iod)))
    level, _ = cv2.threshold(grey[around > 0], 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = (grey > level).astype(np.uint8)
    border = cv2.bitwise_and(cv2.morphologyEx(light, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), around)
    distance = cv2.distanceTransform(1 - border, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / face.iod
    weight = np.clip((0.2 - distance) / 0.1, 0, 1)
    return _blended(face.photo.pixels, cv2.GaussianBlur(face.photo.pixels, (0, 0), sigma * face.iod), weight)


def shift_background(face: Face, *, down: float) -> np.ndarray:
    """Move the background to the image right of the head by `down` IOD, with a ramp 0.95 to 1.25 IOD off its middle."""
    pixels = face.photo.pixels
    columns, rows = np.meshgrid(np.arange(face.photo.width), np.arange(face.photo.height))
    middle = (face.landmarks[:, 0].min() + face.landmarks[:, 0].max()) / 2
    shift = down * face.iod * np.clip(((columns - middle) / face.iod - 0.95) / 0.3, 0, 1)
    source = (rows - shift).astype(np.float32)
    return cv2.remap(pixels, columns.astype(np.float32), source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def smooth_skin(face: Face, *, strength: float = 1.0) -> np.ndarray:
    """Smooth cheeks and forehead by a bilateral filter, as a beauty filter does, blended with `strength` 0 to 1."""
    pixels = face.photo.pixels
    sigma = 0.08 * face.iod
    weight = cv2.GaussianBlur(_mask(face, *regions.SKIN), (0, 0), 0.05 * face.iod) * strength
    smoothed, (rows, columns) = pixels.copy(), np.nonzero(weight)
    if len(rows):
        # The filter is slow, and reaches 1.5 sigma: it sees no more than it needs.
        reach = 2 * int(np.ceil(sigma))
        area = np.s_[
            max(rows.min() - reach, 0) : rows.max() + reach, max(columns.min() - reach, 0) : columns.max() + reach
        ]
        smoothed[area] = cv2.bilateralFilter(
            np.ascontiguousarray(pixels[area]), d=0, sigmaColor=40.0, sigmaSpace=float(min(sigma, 12.0))
        )
    return _blended(pixels, smoothed, weight)


def retouch_skin(face: Face, *, strength: float = 1.0) -> np.ndarray:
    """Retouch by frequency separation: even out the low frequencies of cheeks and forehead, and keep 40 % of the
    texture; blended with `strength` 0 to 1.
    """
    pixels = face.photo.pixels.astype(np.float32)
    mask = _mask(face, *regions.SKIN)
    low = cv2.GaussianBlur(pixels, (0, 0), 0.03 * face.iod)
    # Average over skin alone, so that hair, brows and eyes do not bleed in.
    wide = 0.10 * face.iod
    share = cv2.GaussianBlur(mask, (0, 0), wide)[..., None]
    even = cv2.GaussianBlur(low * mask[..., None], (0, 0), wide) / np.maximum(share, 1e-3)
    retouched = np.clip(even + 0.4 * (pixels - low), 0, 255)
    return _blended(face.photo.pixels, retouched, _feathered(mask, 0.04 * face.iod) * strength)


def shift_skin_tone(face: Face, *, lightness: float) -> np.ndarray:
    """Shift the lightness of the skin's median colour in CIELAB; eyes, brows and lips do not change.

    Each channel of linear light is multiplied by a constant, so contrasts of its logarithm do not change.
    """
    pixels = face.photo.pixels
    mask = _mask(face, "face_oval") * (1 - np.maximum.reduce([_mask(face, name) for name in regions.FEATURES]))
    weight = _feathered(mask, 0.03 * face.iod)
    inside = pixels[mask > 0].astype(np.float32) / 255
    lab = np.median(cv2.cvtColor(inside[None], cv2.COLOR_RGB2LAB)[0], axis=0).astype(np.float32)
    pair = np.array([[lab, lab + np.array([lightness, 0, 0])]], np.float32)
    old, new = _linear(np.clip(cv2.cvtColor(pair, cv2.COLOR_LAB2RGB)[0], 0, 1))
    shifted = _linear(pixels.astype(np.float32) / 255) * ((new + 1e-6) / (old + 1e-6))
    return _blended(pixels, _bytes(_encoded(np.clip(shifted, 0, 1))), weight)


def redden_lips(face: Face, *, a: float) -> np.ndarray:
    """Shift the lips by `a` in CIELAB, at the same lightness."""
    weight = _feathered(_mask(face, "lips_outer") * (1 - _mask(face, "lips_inner")), 0.015 * face.iod)
    return _blended(face.photo.pixels, _shifted(face.photo.pixels, (0.0, a, 0.0)), weight)


def whiten_teeth(face: Face, *, lightness: float, blue: float) -> np.ndarray:
    """Shift what is white between the lips by `lightness` and towards blue by `blue` in CIELAB."""
    lab = cv2.cvtColor(face.photo.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    white, inside = lab[..., 0] - 1.5 * lab[..., 1], _mask(face, "lips_inner")
    lips = (_mask(face, "lips_outer") > 0) & (inside == 0)
    teeth = inside * (white > np.median(white[lips]) + _MIN_WHITE)
    whiter = _shifted(face.photo.pixels, (lightness, 0.0, -blue))
    return _blended(face.photo.pixels, whiter, cv2.GaussianBlur(teeth, (0, 0), 0.01 * face.iod))


def paint_beard(face: Face, *, density: float) -> np.ndarray:
    """Paint a short dark beard on chin, jaw and upper lip; hair covers the share `density` of the skin."""
    noise = np.random.default_rng(0).normal(size=face.photo.pixels.shape[:2]).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), 0.008 * face.iod)
    cover = np.clip(density * (1 + 0.5 * grain / grain.std()), 0, 1) * _beard_area(face)
    painted: np.ndarray = np.round(face.photo.pixels * (1 - cover[..., None] * (1 - _HAIR_LIGHT))).astype(np.uint8)
    return painted


def shave(face: Face) -> np.ndarray:
    """Blur chin, jaw and upper lip, and give them the colour of the cheeks."""
    pixels, area = face.photo.pixels.astype(np.float32), _beard_area(face)
    cheeks = np.median(pixels[_mask(face, *regions.CHEEKS) > 0], axis=0)
    usual = np.maximum(np.median(pixels[area > 0.5], axis=0), 1)  # noqa: PLR2004
    blurred = 0.3 * cv2.GaussianBlur(pixels, (0, 0), 0.08 * face.iod) + 0.7 * usual
    return _blended(face.photo.pixels, np.clip(blurred * cheeks / usual, 0, 255), area)


def draw_glasses(face: Face, *, width: float) -> np.ndarray:
    """Draw round rims, `width` IOD thick, around both eyes, with a bridge."""
    pixels, thick, across = face.photo.pixels.copy(), max(1, round(width * face.iod)), _across(face)
    size = (round(0.4 * face.iod), round(0.32 * face.iod))
    for side in regions.SIDES:
        centre = face.landmarks[side.iris] + 0.05 * np.array([-across[1], across[0]])
        cv2.ellipse(pixels, np.round(centre).astype(int).tolist(), size, face.roll, 0, 360, _FRAME, thick, cv2.LINE_AA)
    middle = face.landmarks[[*regions.IRIDES]].mean(axis=0)
    start, end = (np.round(middle + share * across).astype(int).tolist() for share in (-0.1, 0.1))
    cv2.line(pixels, start, end, _FRAME, thick, cv2.LINE_AA)
    return pixels


def _beard_area(face: Face) -> np.ndarray:
    """(H, W) 0..1 on the skin below the nose, from ear to ear, without the lips."""
    _, below_nose = _offsets(face, face.landmarks[regions.NOSE_BASE])
    beside, _ = _offsets(face, face.landmarks[regions.GLABELLA])
    below = np.interp(below_nose - 0.02 - 0.12 * np.minimum(np.abs(beside), 1.0), (0.0, 0.1), (0, 1))
    area = _feathered(_mask(face, "face_oval") * (1 - _mask(face, "lips_outer")), 0.02 * face.iod)
    skin: np.ndarray = area * below.astype(np.float32)
    return skin


def _shifted(pixels: np.ndarray, by: tuple[float, float, float]) -> np.ndarray:
    """Pixels with their colours shifted by L, a and b (CIELAB)."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return _bytes(cv2.cvtColor(lab + np.array(by, np.float32), cv2.COLOR_LAB2RGB))


def _linear(srgb: np.ndarray) -> np.ndarray:
    """Linear light of sRGB 0..1 (IEC 61966-2-1)."""
    light: np.ndarray = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004
    return light


def _encoded(light: np.ndarray) -> np.ndarray:
    srgb: np.ndarray = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)  # noqa: PLR2004
    return srgb


def _bytes(picture: np.ndarray) -> np.ndarray:
    """A picture of 0..1 scaled to 0..255, not rounded."""
    scaled: np.ndarray = np.clip(picture, 0, 1) * 255
    return scaled


def _feathered(mask: np.ndarray, sigma: float) -> np.ndarray:
    """(H, W) weights that rise from 0 at the mask's edge to 1 inside it, over about two `sigma` pixels."""
    feathered: np.ndarray = np.clip(2 * cv2.GaussianBlur(mask, (0, 0), sigma) - 1, 0, 1) * mask
    return feathered


def _mask(face: Face, *names: str) -> np.ndarray:
    """(H, W) float32: 1 inside the named polygons."""
    return polygon_mask(face.photo.pixels, face.landmarks, *names).astype(np.float32)


def relight_half(face: Face, *, degrees: float, side: Side = regions.LEFT) -> np.ndarray:
    """Rotate the light on one half of the face about the vertical axis by `degrees`.

    The light is a first-order spherical-harmonic fit of the face's luma to the mesh's normals. Each pixel of the half
    is multiplied by the ratio of the rotated light to the original one.
    """
    light = _first_order_light(face)
    turn = np.radians(degrees)
    turned = np.array([
        light[0],
        np.cos(turn) * light[1] + np.sin(turn) * light[3],
        light[2],
        np.cos(turn) * light[3] - np.sin(turn) * light[1],
    ])  # fmt: skip
    basis = np.column_stack([np.ones(regions.MESH_SIZE), face.normals])
    gain = np.clip((basis @ turned) / np.maximum(basis @ light, 0.15), 0.35, 2.5)
    x = regions.canonical_mesh().vertices[:, 0]
    half = np.clip(x * side.outwards, 0, 1)  # feathered over 1 cm beside the midline
    field = _dense(face, 1 + (gain - 1) * half)
    lit = np.clip(face.photo.pixels * field[..., None], 0, 255)
    relit: np.ndarray = np.round(lit).astype(np.uint8)
    return relit


def relight_neck(face: Face, *, contrast: float) -> np.ndarray:
    """Light the neck from the side opposite to the light on the face.

    ln of the pixels changes by `contrast` from 0.5 IOD on one side of the chin to 0.5 IOD on the other.
    """
    along = _across(face) / face.iod
    down = np.array([-along[1], along[0]]) * face.iod
    jaw = face.landmarks[regions.polygon(regions.JAW)]
    height, width = face.photo.pixels.shape[:2]
    below = np.zeros((height, width), np.float32)
    cv2.fillPoly(below, [np.round(np.concatenate([jaw, (jaw + down)[::-1]])).astype(np.int32)], 1.0)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    across = ((np.stack([columns, rows], axis=-1) - face.landmarks[regions.CHIN]) @ along) / face.iod
    away = -np.sign(_first_order_light(face)[1])
    field = np.exp(contrast * away * np.clip(across, -0.5, 0.5) * _feathered(below, 0.03 * face.iod))
    relit: np.ndarray = np.round(np.clip(face.photo.pixels * field[..., None], 0, 255)).astype(np.uint8)
    return relit


def _first_order_light(face: Face) -> np.ndarray:
    """(4,) least-squares coefficients of median-normalised luma on 1 and the normals, at skin vertices."""
    skin = regions.shading_vertices("whole")
    luma = cv2.GaussianBlur(cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY), (0, 0), 0.03 * face.iod)
    height, width = luma.shape
    columns, rows = np.round(face.landmarks[skin]).astype(int).T
    values = luma[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].astype(np.float64)
    basis = np.column_stack([np.ones(len(skin)), face.normals[skin]])
    light: np.ndarray = np.linalg.lstsq(basis, values / np.median(values), rcond=None)[0]
    return light


def _dense(face: Face, values: np.ndarray) -> np.ndarray:
    """(H, W) smooth field that interpolates `values` (468,) over the face and is 1 outside it."""
    from scipy.interpolate import LinearNDInterpolator  # noqa: PLC0415

    height, width = face.photo.pixels.shape[:2]
    interpolate = LinearNDInterpolator(face.landmarks[: regions.MESH_SIZE], values, fill_value=1.0)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    field = interpolate(columns, rows).astype(np.float32)
    smooth: np.ndarray = cv2.GaussianBlur(field, (0, 0), 0.08 * face.iod)
    return smooth


def _blended(pixels: np.ndarray, changed: np.ndarray, weight: np.ndarray) -> np.ndarray:
    share = weight[..., None].astype(np.float32)
    blended: np.ndarray = np.round(pixels * (1 - share) + changed * share).astype(np.uint8)
    return blended


PERTURBATIONS = {
    "iris_moved": Change(
        "one iris moved up by a quarter of its radius", partial(move_iris, side=RIGHT, right=0.0, down=-0.25)
    ),
    "iris_shrunk": Change("one iris 15 % smaller", partial(scale_iris, side=RIGHT, factor=0.85)),
    "iris_recoloured": Change(
        "one iris of another colour (15 dE)", partial(recolour_iris, side=RIGHT, difference=15.0)
    ),
    "pupil_ragged": Change("one pupil three-lobed (by 30 %)", partial(distort_pupil, side=RIGHT, amount=0.3)),
    "skin_smoothed": Change("skin smoothed by a bilateral filter", smooth_skin),
    "skin_retouched": Change("skin retouched by frequency separation", retouch_skin),
    "half_relit": Change("one half lit from 60 degrees further", partial(relight_half, degrees=60.0)),
    "neck_relit": Change("the neck lit from the other side", partial(relight_neck, contrast=0.7)),
    "mouth_moved": Change(
        "one mouth corner up by 4 % of the IOD",
        partial(move_points, which=(RIGHT.mouth_corner,), right=0.0, down=-0.04),
    ),
    "brow_moved": Change(
        "one brow up by 4 % of the IOD", partial(move_points, which=RIGHT.region("brow"), right=0.0, down=-0.04)
    ),
    "ear_twisted": Change("one ear twisted by 40 degrees", partial(twist_ear, degrees=40.0)),
    "earring_added": Change("one earring painted", partial(add_earring, radius=0.07)),
    "rim_moved": Change("one lower rim of the glasses down by 6 % of the IOD", partial(move_rim, down=0.06)),
    "hairline_smudged": Change("hairline smudged", partial(smudge_hairline, sigma=0.08)),
    "background_shifted": Change(
        "background beside the head down by 8 % of the IOD", partial(shift_background, down=0.08)
    ),
}
