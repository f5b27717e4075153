"""Unnaturally smooth skin: the texture of cheeks and forehead against that of brows and lashes in the same face.

Physical fact: skin carries relief at every scale (pores and vellus hair at 0.1 to 0.5 mm, fine lines, blotches), and
so do brows and lashes. Blur, scaling and compression lower both; retouching, beauty filters and many generators flatten
the skin alone. So the ratio is measured, never the absolute sharpness.

Region: cheeks and forehead from the face mesh, without what is far from the skin's median colour (hair, frames,
highlights); reference: brows and eyes. One canonical scale, IOD 64 px (one pixel is about 1 mm), never scaled up; the
finest band also at IOD 100 px where the photo has it. Contrasts are taken in log luma, so that they do not depend on
how much light the skin reflects.

Measures (bands: differences of Gaussians, sigma 0.7, 1.4, 2.8, 5.6 px; energy e = log2 of the robust spread):
    skin_relative_b = e_b(skin) - e_b(reference), skin_slope = e_0 - e_1, differences between patches,
    local spread in 5x5 px (10th, 50th, 90th percentile, log2, relative to the reference), share of dead tiles,
    kurtosis and skewness of the pore band, entropy of uniform local binary patterns (Ojala et al. 2002),
    chroma micro-variation relative to luma.

Innocent causes: make-up, beauty mode, HDR denoising, children and young adults, soft light, film scans, upscaling. It
detects smoothing and cannot tell a retoucher from a generator: smooth skin alone is no sign of AI.
Sources: Liu, Qi, Torr 2020, "Global texture enhancement for fake face detection in the wild"; Mazzola et al. 2025 on
local binary patterns against generated faces.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check import texture
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved
from artifact_check.face import Face, View
from artifact_check.results import Evidence

CANONICAL_IOD = 64.0  # px
FINE_IOD = 100.0  # px
_MIN_RESOLUTION = 0.2  # cycles per pixel; a blur of two pixels (2 mm on the face) leaves less
_MIN_IOD = 48.0
_MIN_JPEG_QUALITY = 50
_MIN_SHARE = 0.4  # of cheeks and forehead that must be bare skin
_MAX_OVEREXPOSED = 0.15
_PATCHES = ("cheek_R", "cheek_L", "forehead")
_REFERENCE = ("brow_R", "brow_L", "eye_R", "eye_L")
_DEAD = 0.012  # log2 units: less local spread than one grey level at mid grey


def measure_skin(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: face too small, photo too soft or too compressed, skin overexposed or mostly covered.
    """
    if face.iod < _MIN_IOD:
        raise Abstained(f"the face is too small ({face.iod:.0f} px between the eyes)")
    if face.resolution_at(CANONICAL_IOD) < _MIN_RESOLUTION:
        raise Abstained("the photo is too soft: blurred or scaled up")
    quality = face.photo.jpeg_quality
    if quality is not None and quality < _MIN_JPEG_QUALITY:
        raise Abstained(f"the photo is compressed too strongly (JPEG quality {quality})")
    view = face.view(CANONICAL_IOD)
    patches = {name: _bare(view, view.mask(name)) for name in _PATCHES}
    skin = np.logical_or.reduce(list(patches.values()))
    _require_visible(view, skin)
    values = (
        _relative_detail(view, skin, patches)
        | _local_spread(view, skin)
        | _micro_texture(view, skin, coloured=face.coloured)
    )
    if face.iod >= FINE_IOD:
        fine = face.view(FINE_IOD)
        fine_skin = _bare(fine, fine.mask(*_PATCHES))
        detail = fine.log_bands[0]
        reference = texture.log_energy(detail[fine.mask(*_REFERENCE)])
        values["skin_relative_fine"] = texture.log_energy(detail[fine_skin]) - reference
    return Reading(values, _evidence(view, skin))


def _bare(view: View, mask: np.ndarray) -> np.ndarray:
    """The part of `mask` within three median absolute deviations of its median colour, and not blown out."""
    inside = view.lab[mask]
    if not inside.size:
        return mask
    distance = np.linalg.norm(inside - np.median(inside, axis=0), axis=1)
    limit = max(3 * 1.4826 * float(np.median(distance)), 6.0)
    bare = mask.copy()
    bare[mask] = (distance < limit) & (inside[:, 0] < 95)
    return bare


def _require_visible(view: View, skin: np.ndarray) -> None:
    region = view.mask(*_PATCHES)
    area = max(int(np.count_nonzero(region)), 1)
    if np.count_nonzero(view.lab[..., 0][region] >= 95) > _MAX_OVEREXPOSED * area:
        raise Abstained("the skin is overexposed")
    if np.count_nonzero(skin) < _MIN_SHARE * area:
        raise Abstained("hair, a beard or something else covers cheeks and forehead")


def _relative_detail(view: View, skin: np.ndarray, patches: dict[str, np.ndarray]) -> dict[str, float]:
    bands = view.log_bands
    reference_mask = view.mask(*_REFERENCE)
    energy = [texture.log_energy(band[skin]) for band in bands]
    reference = [texture.log_energy(band[reference_mask]) for band in bands]
    values = {f"skin_relative_{i}": energy[i] - reference[i] for i in range(len(bands))}
    values["skin_slope"] = energy[0] - energy[1]
    values["skin_slope_coarse"] = energy[1] - energy[2]
    local = {name: texture.log_energy(bands[0][mask]) for name, mask in patches.items() if np.count_nonzero(mask) > 50}
    if "cheek_R" in local and "cheek_L" in local:
        values["skin_left_right"] = abs(local["cheek_R"] - local["cheek_L"])
        if "forehead" in local:
            values["skin_forehead_cheek"] = local["forehead"] - (local["cheek_R"] + local["cheek_L"]) / 2
    return values


def _local_spread(view: View, skin: np.ndarray) -> dict[str, float]:
    log = view.log_luma
    mean = cv2.blur(log, (5, 5))
    spread = np.sqrt(np.maximum(cv2.blur(log * log, (5, 5)) - mean**2, 0))
    inside = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if np.count_nonzero(inside) < 100:
        return {}
    reference = float(np.log2(np.median(spread[view.mask(*_REFERENCE)]) + 1e-3))
    low, middle, high = np.log2(np.percentile(spread[inside], (10, 50, 90)) + 1e-3)
    return {
        "skin_spread_low": float(low) - reference,
        "skin_spread_mid": float(middle) - reference,
        "skin_spread_range": float(high - low),
        "skin_dead": float(np.mean(spread[inside] < _DEAD)),
    }


def _micro_texture(view: View, skin: np.ndarray, *, coloured: bool) -> dict[str, float]:
    fine = [band[skin] for band in view.bands[:3]]
    chroma = view.lab[..., 1:]
    redness, yellowness = (texture.blur(chroma, 1.4) - texture.blur(chroma, 2.8))[skin].T
    return {
        "skin_kurtosis_0": texture.log_kurtosis(fine[0]),
        "skin_kurtosis_1": texture.log_kurtosis(fine[1]),
        "skin_pores": texture.skewness(fine[1]),
        "skin_pattern_entropy": _pattern_entropy(view.luma, skin),
    } | (_micro_colour(redness, yellowness, fine[2]) if coloured else {})


def _micro_colour(redness: np.ndarray, yellowness: np.ndarray, detail: np.ndarray) -> dict[str, float]:
    lightness = float(np.std(detail)) + 0.1
    return {
        "skin_redness": float(np.log((np.std(redness) + 0.02) / lightness)),
        "skin_yellowness": float(np.log((np.std(yellowness) + 0.02) / lightness)),
        "skin_redness_luma": texture.correlation(redness, detail),
    }


def _pattern_entropy(luma: np.ndarray, mask: np.ndarray) -> float:
    """Entropy in bits of rotation-invariant uniform local binary patterns (8 neighbours, radius 1) inside `mask`."""
    around = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
    higher = np.stack([np.roll(luma, shift, (0, 1)) >= luma for shift in around])[:, mask]
    changes = np.count_nonzero(higher != np.roll(higher, 1, axis=0), axis=0)
    code = np.where(changes <= 2, np.count_nonzero(higher, axis=0), 9)
    share = np.bincount(code, minlength=10) / code.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def _evidence(view: View, skin: np.ndarray) -> tuple[Evidence, ...]:
    """Where skin was measured, and how smooth it is in 16 x 16 tiles (1: no fine detail)."""
    detail = np.abs(view.log_bands[0])
    weight = skin.astype(np.float32)
    tiles = cv2.resize(detail * weight, (16, 16), interpolation=cv2.INTER_AREA)
    share = cv2.resize(weight, (16, 16), interpolation=cv2.INTER_AREA)
    smooth = np.where(share > 0.3, np.clip(1 - tiles / np.maximum(share, 1e-6) / 0.06, 0, 1), 0)
    return (view.heatmap("skin_relative_0", "smooth skin", smooth),)


_LOG2 = "log2 ratio"
_MEASURES = (
    Measure("skin_relative_0", _LOG2, -16, 16, "natural", "How much finest detail skin has against brows and lashes."),
    Measure("skin_relative_1", _LOG2, -16, 16, "natural", "How much fine detail skin has against brows and lashes."),
    Measure("skin_relative_2", _LOG2, -16, 16, "natural", "How much middle detail skin has against brows and lashes."),
    Measure("skin_relative_3", _LOG2, -16, 16, "either", "How much coarse detail skin has against brows and lashes."),
    Measure(
        "skin_relative_fine", _LOG2, -16, 16, "natural", "How much pore-scale detail skin has against brows and lashes."
    ),
    Measure("skin_slope", _LOG2, -16, 16, "either", "How much of the fine skin detail is finest."),
    Measure("skin_slope_coarse", _LOG2, -16, 16, "either", "How much of the middle skin detail is fine."),
    Measure("skin_left_right", _LOG2, 0, 16, "either", "How differently detailed the two cheeks are."),
    Measure("skin_forehead_cheek", _LOG2, -16, 16, "either", "How much more detail the forehead has than the cheeks."),
    Measure("skin_spread_low", _LOG2, -16, 16, "natural", "How much local contrast the smoothest skin has."),
    Measure("skin_spread_mid", _LOG2, -16, 16, "natural", "How much local contrast typical skin has."),
    Measure("skin_spread_range", _LOG2, 0, 16, "either", "How much local contrast varies over the skin."),
    Measure("skin_dead", "share", 0, 1, "artificial", "How much of the skin shows no texture at all."),
    Measure("skin_kurtosis_0", "ln", -25, 25, "either", "How sparse the finest skin detail is."),
    Measure("skin_kurtosis_1", "ln", -25, 25, "either", "How sparse fine skin detail is."),
    Measure("skin_pores", "", -500, 500, "either", "How much fine detail is bright rather than dark, as pores are."),
    Measure("skin_pattern_entropy", "bit", 0, 3.33, "either", "How varied the smallest patterns on the skin are."),
    Measure("skin_redness", "ln ratio", -12, 12, "natural", "How much redness varies against brightness."),
    Measure("skin_yellowness", "ln ratio", -12, 12, "natural", "How much yellow varies against brightness."),
    Measure(
        "skin_redness_luma", "correlation", -1.001, 1.001, "either", "How far redness follows brightness on the skin."
    ),
)

_FLATTENED = (
    "skin_relative_fine",
    "skin_relative_0",
    "skin_relative_1",
    "skin_spread_low",
    "skin_spread_mid",
    "skin_dead",
)
_MOVED_BY = {"skin_smoothed": _FLATTENED, "skin_retouched": _FLATTENED}

CUE = Cue(
    name="skin",
    version=1,
    title="Skin texture",
    advice="The skin's texture looks unlike that of most camera photos; less retouching shows more of it.",
    measures=moved(_MEASURES, _MOVED_BY),
    measure=measure_skin,
)
