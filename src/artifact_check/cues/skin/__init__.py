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

import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, learned, require_quality, require_sharp, require_size
from artifact_check.cues.skin.bare import BLOWN_OUT, Skin, bare
from artifact_check.cues.skin.detail import against_surroundings, fine_detail, relative_detail
from artifact_check.cues.skin.micro import local_spread, micro_colour, micro_texture
from artifact_check.face import CANONICAL_IOD, FINE_IOD, MIN_DETAIL_IOD, Face, View, regions
from artifact_check.phrase import Phrase
from artifact_check.results import Evidence

_MIN_BARE = 0.4  # share of cheeks and forehead
_MAX_OVEREXPOSED = 0.15  # share of cheeks and forehead
# Of 557 camera photos 1 % are softer, 6 % more strongly compressed, and 5 % smoother by either measure.
_SOFT = 0.33  # cycles per pixel
_COMPRESSED = 70  # JPEG quality
_SMOOTHER_THAN_AROUND = -1.5  # log2 ratio, `skin_around_1`
_SMOOTHER_THAN_BROWS = -4.7  # log2 ratio, `skin_relative_1`


def measure_skin(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small, the photo too soft or too compressed, the skin overexposed or mostly covered.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_sharp(face, CANONICAL_IOD)
    require_quality(face)
    view = face.view(CANONICAL_IOD)
    patches = {name: bare(view, view.where(name)) for name in regions.SKIN}
    skin = Skin.of(view, patches)
    _require_visible(view, skin)
    values = (
        relative_detail(view, skin, patches)
        | against_surroundings(view, skin)
        | local_spread(view, skin)
        | micro_texture(view, skin)
    )
    if face.coloured:
        values |= micro_colour(view, skin)
    if face.iod >= FINE_IOD:
        values["skin_relative_fine"] = fine_detail(face, view, skin)
    return Reading(values, lambda: _evidence(view, skin), _cause(face, values))


def _require_visible(view: View, skin: Skin) -> None:
    region = view.where(*regions.SKIN)
    area = max(region.size, 1)
    if np.count_nonzero(view.lab[..., 0].take(region) >= BLOWN_OUT) > _MAX_OVEREXPOSED * area:
        raise Abstained("the skin is overexposed")
    if skin.where.size < _MIN_BARE * area:
        raise Abstained("hair, a beard or something else covers cheeks and forehead")


def _evidence(view: View, skin: Skin) -> tuple[Evidence, ...]:
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
        return Phrase(
            "The photo is strongly compressed (JPEG quality {quality:number}), so its skin says little.",
            quality=quality,
        )
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
        name="finest detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much finest detail skin has compared with brows and lashes.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_relative_1",
        name="fine detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much fine detail skin has compared with brows and lashes.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_relative_2",
        name="medium detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much middle detail skin has compared with brows and lashes.",
    ),
    Measure(
        key="skin_relative_3",
        name="coarse detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much coarse detail skin has compared with brows and lashes.",
    ),
    Measure(
        key="skin_relative_fine",
        name="pore detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much pore-scale detail skin has compared with brows and lashes.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_around_0",
        name="detail of cheeks and forehead",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much finest detail cheeks and forehead have compared with the skin around.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_around_1",
        name="detail of cheeks and forehead",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much fine detail cheeks and forehead have compared with the skin around.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_slope",
        name="finest detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much of the fine skin detail is finest.",
    ),
    Measure(
        key="skin_slope_coarse",
        name="fine detail of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much of the middle skin detail is fine.",
    ),
    Measure(
        key="skin_left_right",
        name="detail difference between the cheeks",
        unit="log2 ratio",
        low=0,
        high=16,
        suggests="either",
        sentence="How differently detailed the two cheeks are.",
    ),
    Measure(
        key="skin_forehead_cheek",
        name="detail of the forehead",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="How much more detail the forehead has than the cheeks.",
    ),
    Measure(
        key="skin_spread_low",
        name="texture of the smoothest skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much local contrast the smoothest skin has.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_spread_mid",
        name="texture of the skin",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="natural",
        sentence="How much local contrast typical skin has.",
        moved_by=("skin_smoothed", "skin_retouched"),
    ),
    Measure(
        key="skin_spread_range",
        name="variation of the skin texture",
        unit="log2 ratio",
        low=0,
        high=16,
        suggests="either",
        sentence="How much local contrast varies over the skin.",
    ),
    Measure(
        key="skin_dead",
        name="skin without any texture",
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
        name="isolated specks on the skin",
        unit="ln",
        low=-25,
        high=25,
        suggests="either",
        sentence="How sparse the finest skin detail is.",
        scored=False,
    ),
    Measure(
        key="skin_kurtosis_1",
        name="isolated specks on the skin",
        unit="ln",
        low=-25,
        high=25,
        suggests="either",
        sentence="How sparse fine skin detail is.",
    ),
    Measure(
        key="skin_pores",
        name="bright specks on the skin",
        unit="",
        low=-500,
        high=500,
        suggests="either",
        sentence="How much fine detail is bright rather than dark, as pores are.",
    ),
    Measure(
        key="skin_pattern_entropy",
        name="variety of small skin patterns",
        unit="bit",
        low=0,
        high=3.33,
        suggests="either",
        sentence="How varied the smallest patterns on the skin are.",
    ),
    Measure(
        key="skin_redness",
        name="colour variation of the skin",
        unit="ln ratio",
        low=-12,
        high=12,
        suggests="natural",
        sentence="How much redness varies compared with brightness.",
    ),
    Measure(
        key="skin_yellowness",
        name="colour variation of the skin",
        unit="ln ratio",
        low=-12,
        high=12,
        suggests="natural",
        sentence="How much yellow varies compared with brightness.",
    ),
    Measure(
        key="skin_redness_luma",
        name="redness of well-lit skin",
        unit="correlation",
        low=-1.001,
        high=1.001,
        suggests="either",
        sentence="How far redness follows brightness on the skin.",
    ),
    learned("skin_learned_cheeks", "look of nose and cheeks", region="nose_cheeks", what="nose and cheeks"),
    learned("skin_learned_forehead", "look of the forehead", region="forehead", what="the forehead"),
)

CUE = Cue(
    name="skin",
    version=2,
    title="Skin texture",
    innocent="make-up, a beauty filter, soft light, or a phone's noise reduction",
    measures=_MEASURES,
    measure=measure_skin,
)
