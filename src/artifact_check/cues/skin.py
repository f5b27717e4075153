"""Unnaturally smooth skin: the texture of cheeks and forehead relative to that of brows and lashes in the same face.

Physical fact: skin has relief at every scale (pores and vellus hair at 0.1 to 0.5 mm, fine lines, blotches), and so do
brows and lashes. Blur, scaling and compression weaken both; retouching, beauty filters and many generators flatten the
skin alone. So the ratio is measured, never absolute sharpness.

Region: cheeks and forehead, without pixels far from the skin's median colour (hair, frames, highlights); reference:
brows and eyes. The scale is IOD 64 px (a pixel is about 1 mm), never scaled up; for the finest band also IOD 100 px if
the photo has it. Contrasts are in log luma, so that they do not depend on skin tone.

Measures: bands are differences of Gaussians (sigma 0.7, 1.4, 2.8, 5.6 px), energy e is log2 of the robust spread.
    skin_relative_b = e_b(skin) - e_b(reference), skin_slope = e_0 - e_1, differences between patches,
    skin_around_b = e_b(patches, without 0.05 IOD at their edge) - e_b(bare skin 0.05 to 0.125 IOD around them),
    local spread in 5x5 px (10th, 50th, 90th percentile, log2, relative to the reference), share without texture,
    kurtosis and skewness of the pore band, entropy of uniform local binary patterns (Ojala et al. 2002),
    chroma micro-variation relative to luma.

`skin_around_b` responds to retouching or generation in patches, `skin_relative_b` to a filter over the whole face.

Innocent causes: make-up, beauty mode, HDR denoising, youth, soft light, film scans, upscaling. The cue detects
smoothing but cannot tell a retoucher from a generator: smooth skin alone is no sign of AI. A note names the likely
cause, and says so if a photo is too soft or too strongly compressed to judge its skin.

Sources: Liu, Qi, Torr 2020, "Global texture enhancement for fake face detection in the wild"; Mazzola et al. 2025 on
local binary patterns against generated faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, require_quality, require_sharp, require_size
from artifact_check.face import CANONICAL_IOD, FINE_IOD, MIN_DETAIL_IOD, Face, View, regions, texture
from artifact_check.results import Evidence

_MIN_BARE = 0.4  # share of cheeks and forehead
_MAX_OVEREXPOSED = 0.15  # share of cheeks and forehead
_BLOWN_OUT = 95  # CIELAB lightness
_NO_TEXTURE = 0.012  # local spread in log2 units, less than one grey level at mid grey
# Of 557 camera photos 1 % are softer, 6 % more strongly compressed, and 5 % smoother by either measure.
_SOFT = 0.33  # cycles per pixel
_COMPRESSED = 70  # JPEG quality
_SMOOTHER_THAN_AROUND = -1.5  # log2 ratio, `skin_around_1`
_SMOOTHER_THAN_BROWS = -4.7  # log2 ratio, `skin_relative_1`
_EDGE = 0.05  # IOD, excluded inside a patch: filters fade out there
_RING = (0.05, 0.125)  # IOD around a patch
_RIM = 0.06  # IOD, excluded inside the face's outline, where skin is shaded and seen at an angle
_MIN_PIXELS = 200
_MARGIN = 13  # px at IOD 64: the ring around a patch and the rim beyond it; the widest blur reaches 9


def measure_skin(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small, the photo too soft or too compressed, the skin overexposed or mostly covered.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_sharp(face, CANONICAL_IOD)
    require_quality(face)
    view = face.view(CANONICAL_IOD)
    patches = {name: _bare(view, view.where(name)) for name in regions.SKIN}
    skin = _Skin.of(view, patches)
    _require_visible(view, skin)
    values = (
        _relative_detail(view, skin, patches)
        | _against_surroundings(view, skin)
        | _local_spread(view, skin)
        | _micro_texture(view, skin)
    )
    if face.coloured:
        values |= _micro_colour(view, skin)
    if face.iod >= FINE_IOD:
        values["skin_relative_fine"] = _fine_detail(face, view, skin)
    return Reading(values, lambda: _evidence(view, skin), _cause(face, values))


@dataclass(frozen=True)
class _Skin:
    """Bare skin in a view.

    `mask` (N, N) bool; `where` (K,) flat indices of its pixels, `reference` (L,) those of brows and eyes; `box` the
    bounding box of both, plus `_MARGIN` pixels.
    """

    mask: np.ndarray
    where: np.ndarray
    reference: np.ndarray
    box: tuple[slice, slice]

    @classmethod
    def of(cls, view: View, patches: dict[str, np.ndarray]) -> _Skin:
        """The union of `patches`, flat indices each."""
        mask = np.zeros(view.luma.shape, bool)
        for where in patches.values():
            mask.flat[where] = True
        box = texture.bounding_box(mask | view.mask(*regions.BROWS_AND_EYES), _MARGIN)
        return cls(mask, np.flatnonzero(mask), view.where(*regions.BROWS_AND_EYES), box)


def _bare(view: View, where: np.ndarray) -> np.ndarray:
    """The flat indices among `where` (K,) that are bare skin: neither off-colour nor blown out."""
    return _of_colour(view, where, where)


def _of_colour(view: View, where: np.ndarray, model: np.ndarray) -> np.ndarray:
    """The flat indices among `where` (K,) that are not blown out and are within three median absolute deviations of
    the median colour of the pixels `model`.
    """
    if not model.size or not where.size:
        return where[:0]
    colours = view.lab_at(model)
    median = np.array([[texture.median(channel)] for channel in colours], np.float32)
    limit = max(3 * 1.4826 * texture.median(_distance(colours, median)), 6.0)
    candidates = colours if where is model else view.lab_at(where)
    bare: np.ndarray = where[(_distance(candidates, median) < limit) & (candidates[0] < _BLOWN_OUT)]
    return bare


def _distance(colours: np.ndarray, median: np.ndarray) -> np.ndarray:
    distance: np.ndarray = np.sqrt(((colours - median) ** 2).sum(axis=0))
    return distance


def _require_visible(view: View, skin: _Skin) -> None:
    region = view.where(*regions.SKIN)
    area = max(region.size, 1)
    if np.count_nonzero(view.lab[..., 0].take(region) >= _BLOWN_OUT) > _MAX_OVEREXPOSED * area:
        raise Abstained("the skin is overexposed")
    if skin.where.size < _MIN_BARE * area:
        raise Abstained("hair, a beard or something else covers cheeks and forehead")


def _relative_detail(view: View, skin: _Skin, patches: dict[str, np.ndarray]) -> dict[str, float]:
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


def _against_surroundings(view: View, skin: _Skin) -> dict[str, float]:
    """Detail inside the patches relative to the facial skin around them."""
    inside, around = (np.zeros_like(skin.mask) for _ in range(2))
    inside[skin.box] = _grown(skin.mask[skin.box], -_EDGE * view.iod)
    around[skin.box] = _surroundings(view, skin.box)
    inside, around = np.flatnonzero(inside), _of_colour(view, np.flatnonzero(around), skin.where)
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
    ring = _grown(patches, far) & ~_grown(patches, near) & ~_grown(features, near)
    surroundings: np.ndarray = ring & _grown(oval, -_RIM * view.iod)
    return surroundings


def _grown(mask: np.ndarray, pixels: float) -> np.ndarray:
    """(N, N) bool: `mask` dilated by `pixels`, or eroded if they are negative."""
    steps = round(abs(pixels))
    change = cv2.dilate if pixels > 0 else cv2.erode
    return change(np.ascontiguousarray(mask).view(np.uint8), np.ones((2 * steps + 1, 2 * steps + 1), np.uint8)).astype(
        bool
    )


def _fine_detail(face: Face, view: View, skin: _Skin) -> float:
    """Energy of the finest band at `FINE_IOD`, relative to the reference; `skin` is in the canonical `view`."""
    fine = face.crop(FINE_IOD, *regions.SKIN, *regions.BROWS_AND_EYES)
    detail = fine.log_luma - texture.blur(fine.log_luma, texture.BAND_SIGMAS[0])
    to_canonical = np.column_stack([np.eye(2), np.array(fine.origin) - view.origin])
    to_canonical *= view.scale / np.array([fine.scale, fine.scale, 1.0])
    bare = cv2.warpAffine(
        skin.mask.view(np.uint8), to_canonical, detail.shape[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    reference = texture.log_energy(detail.take(fine.where(*regions.BROWS_AND_EYES)))
    return texture.log_energy(detail.take(np.flatnonzero(bare))) - reference


def _local_spread(view: View, skin: _Skin) -> dict[str, float]:
    log = view.log_luma[skin.box]
    mean = cv2.blur(log, (5, 5))
    spread = np.zeros_like(view.log_luma)
    spread[skin.box] = np.sqrt(np.maximum(cv2.blur(log * log, (5, 5)) - mean**2, 0))
    inside = spread.take(np.flatnonzero(cv2.erode(skin.mask.view(np.uint8), np.ones((3, 3), np.uint8))))
    if inside.size < 100:
        return {}
    reference = float(np.log2(texture.median(spread.take(skin.reference)) + 1e-3))
    low, middle, high = np.log2(np.array(texture.quantiles(inside, (0.1, 0.5, 0.9))) + 1e-3)
    return {
        "skin_spread_low": float(low) - reference,
        "skin_spread_mid": float(middle) - reference,
        "skin_spread_range": float(high - low),
        "skin_dead": np.count_nonzero(inside < _NO_TEXTURE) / inside.size,
    }


def _micro_texture(view: View, skin: _Skin) -> dict[str, float]:
    finest, fine = (band.take(skin.where) for band in view.bands[:2])
    return {
        "skin_kurtosis_0": texture.log_kurtosis(finest),
        "skin_kurtosis_1": texture.log_kurtosis(fine),
        "skin_pores": texture.skewness(fine),
        "skin_pattern_entropy": _entropy(texture.pattern_shares(view.luma, [skin.where], 1)[0]),
    }


def _micro_colour(view: View, skin: _Skin) -> dict[str, float]:
    chroma = np.ascontiguousarray(view.lab[skin.box][..., 1:])
    detail = texture.blur(chroma, texture.BAND_SIGMAS[1]) - texture.blur(chroma, texture.BAND_SIGMAS[2])
    redness, yellowness = detail.reshape(-1, 2).take(np.flatnonzero(skin.mask[skin.box]), axis=0).T
    middle = view.bands[2].take(skin.where)
    lightness = float(np.std(middle)) + 0.1
    return {
        "skin_redness": float(np.log((np.std(redness) + 0.02) / lightness)),
        "skin_yellowness": float(np.log((np.std(yellowness) + 0.02) / lightness)),
        "skin_redness_luma": texture.correlation(redness, middle),
    }


def _entropy(shares: np.ndarray) -> float:
    """In bits."""
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())


def _evidence(view: View, skin: _Skin) -> tuple[Evidence, ...]:
    """A heat map of smoothness in 16 x 16 tiles (1: no fine detail), where skin was measured."""
    height, width = skin.mask.shape
    rows, columns = np.divmod(skin.where, width)
    tile = rows * 16 // height * 16 + columns * 16 // width
    count = np.bincount(tile, minlength=256)
    detail = np.bincount(tile, np.abs(view.log_bands[0].take(skin.where)), minlength=256) / np.maximum(count, 1)
    measured = count > 0.3 * height * width / 256
    smooth = np.where(measured, np.clip(1 - detail / 0.06, 0, 1), 0).reshape(16, 16)
    return (view.heatmap(("skin_",), "smooth skin", smooth),)


def _cause(face: Face, values: dict[str, float]) -> str | None:
    """A note on what may have smoothed or hidden the skin's texture; None for skin of usual texture.

    A photo without detail says nothing about its skin, so this is checked first. Skin smoother than the skin around it
    was retouched or generated in patches. Skin that is only smoother than brows and lashes may be naturally smooth.
    """
    if face.resolution_at(CANONICAL_IOD) < _SOFT:
        return "The photo is soft (blurred or scaled up), so its skin says little."
    quality = face.photo.jpeg_quality
    if quality is not None and quality < _COMPRESSED:
        return f"The photo is strongly compressed (JPEG quality {quality}), so its skin says little."
    if values.get("skin_around_1", 0.0) < _SMOOTHER_THAN_AROUND:
        return (
            "Cheeks and forehead are much smoother than the skin around them, as after retouching, make-up or by AI; "
            "smoothness alone does not tell which."
        )
    if values["skin_relative_1"] < _SMOOTHER_THAN_BROWS:
        return (
            "Skin is much smoother than brows and lashes, as in the young, after a beauty filter, make-up or "
            "retouching, or by AI; smoothness alone does not tell which."
        )
    return None


_MEASURES = (
    Measure(
        key="skin_relative_0",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much finest detail skin has against brows and lashes.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_relative_1",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much fine detail skin has against brows and lashes.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_relative_2",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much middle detail skin has against brows and lashes.",
    ),
    Measure(
        key="skin_relative_3",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much coarse detail skin has against brows and lashes.",
    ),
    Measure(
        key="skin_relative_fine",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much pore-scale detail skin has against brows and lashes.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_around_0",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much finest detail cheeks and forehead have against the skin around.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_around_1",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much fine detail cheeks and forehead have against the skin around.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_slope",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much of the fine skin detail is finest.",
    ),
    Measure(
        key="skin_slope_coarse",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much of the middle skin detail is fine.",
    ),
    Measure(
        key="skin_left_right",
        unit="log2 ratio",
        low=0,
        high=16,
        suggests="either",
        sentence="How differently detailed the two cheeks are.",
    ),
    Measure(
        key="skin_forehead_cheek",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much more detail the forehead has than the cheeks.",
    ),
    Measure(
        key="skin_spread_low",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much local contrast the smoothest skin has.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_spread_mid",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much local contrast typical skin has.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_spread_range",
        unit="log2 ratio",
        low=0,
        high=16,
        suggests="either",
        sentence="How much local contrast varies over the skin.",
    ),
    Measure(
        key="skin_dead",
        unit="share",
        low=0,
        high=1,
        suggests="artificial",
        sentence="How much of the skin shows no texture at all.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    # Not scored: dark and light skin differ by 0.8 standard deviations, after the correction for skin tone.
    Measure(
        key="skin_kurtosis_0",
        unit="ln",
        low=-25,
        high=25,
        suggests="either",
        sentence="How sparse the finest skin detail is.",
        scored=False,
    ),
    Measure(
        key="skin_kurtosis_1",
        unit="ln",
        low=-25,
        high=25,
        suggests="either",
        sentence="How sparse fine skin detail is.",
    ),
    Measure(
        key="skin_pores",
        unit="",
        low=-500,
        high=500,
        suggests="either",
        sentence="How much fine detail is bright rather than dark, as pores are.",
    ),
    Measure(
        key="skin_pattern_entropy",
        unit="bit",
        low=0,
        high=3.33,
        suggests="either",
        sentence="How varied the smallest patterns on the skin are.",
    ),
    Measure(
        key="skin_redness",
        unit="ln ratio",
        low=-12,
        high=12,
        suggests="natural",
        sentence="How much redness varies against brightness.",
    ),
    Measure(
        key="skin_yellowness",
        unit="ln ratio",
        low=-12,
        high=12,
        suggests="natural",
        sentence="How much yellow varies against brightness.",
    ),
    Measure(
        key="skin_redness_luma",
        unit="correlation",
        low=-1.001,
        high=1.001,
        suggests="either",
        sentence="How far redness follows brightness on the skin.",
    ),
)

CUE = Cue(
    name="skin",
    version=2,
    title="Skin texture",
    advice="The skin's texture looks unlike that of most camera photos; less retouching shows more of it.",
    measures=_MEASURES,
    measure=measure_skin,
)
