"""Eyes behind glasses: lenses that hide them are noticed, whatever their colour, and those that do not are not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from artifact_check.checking.checker import Checker
from artifact_check.cues import Abstained, expression, eyes, lighting, shape
from artifact_check.face import Face, regions
from artifact_check.face.eyes import visibilities

BLACK, BROWN, GREEN, BLUE = (14, 14, 16), (52, 38, 28), (30, 44, 34), (28, 34, 60)
SKY, GROUND = np.array([190.0, 205.0, 225.0]), np.array([120.0, 105.0, 90.0])


@pytest.fixture(params=["face", "other_face"])
def bare(request) -> Face:
    return request.getfixturevalue(request.param)


def lenses(face: Face) -> np.ndarray:
    """(H, W, 1) float: 1 within two round lenses."""
    mask = np.zeros(face.photo.pixels.shape[:2], np.uint8)
    axes = round(0.4 * face.iod), round(0.34 * face.iod)
    for iris in face.landmarks[[*regions.IRIDES]]:
        x, y = np.round(iris + np.array([0, 0.04 * face.iod])).astype(int).tolist()
        cv2.ellipse(mask, (x, y), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    return mask[..., None] / 255.0


def wearing(face: Face, lens: np.ndarray | tuple[int, ...], opacity: float) -> Face:
    """Glasses of a colour (3,) or picture (H, W, 3), through which 1 - `opacity` of the eyes' contrast is seen."""
    share = lenses(face) * opacity
    noise = np.random.default_rng(0).normal(0, 1.5, face.photo.pixels.shape)
    pixels = face.photo.pixels * (1 - share) + np.asarray(lens, float) * share + noise
    return repainted(face, pixels)


def repainted(face: Face, pixels: np.ndarray) -> Face:
    shown = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    return replace(face, photo=replace(face.photo, pixels=shown), _views={})


def mirrored_scene(face: Face, tint: tuple[float, ...]) -> np.ndarray:
    """What mirrored lenses show: a bright sky above a horizon, and a darker ground."""
    rows = np.arange(face.photo.height)[:, None, None] - face.landmarks[[*regions.IRIDES], 1].mean()
    scene = np.where(rows < 0.03 * face.iod, SKY, GROUND) + np.zeros((1, face.photo.width, 1))
    return cv2.GaussianBlur(scene * np.array(tint), (0, 0), 0.03 * face.iod)


@pytest.mark.parametrize("colour", [BLACK, BROWN, GREEN, BLUE], ids=["black", "brown", "green", "blue"])
@pytest.mark.parametrize("opacity", [0.9, 1.0])
def test_dark_lenses_cover_the_eyes(bare, colour, opacity):
    assert wearing(bare, colour, opacity).eyes_covered


@pytest.mark.parametrize("tint", [(1, 1, 1), (0.4, 0.8, 1.1), (1.1, 0.7, 0.3)], ids=["silver", "blue", "orange"])
def test_mirrored_lenses_cover_the_eyes_although_they_are_bright(face, tint):
    assert wearing(face, mirrored_scene(face, tint), 1.0).eyes_covered


def test_the_landmarker_places_eyes_behind_dark_lenses_which_are_found_covered(landmarker, bare):
    assert landmarker.find(wearing(bare, BROWN, 0.95).photo).eyes_covered


def test_the_more_a_lens_hides_the_less_is_seen(bare):
    seen = [max(visibilities(wearing(bare, BROWN, opacity))) for opacity in (0.0, 0.5, 0.8, 0.95)]
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("light", [0.12, 0.3, 1.0, 1.5])
def test_bare_eyes_and_eyes_behind_lightly_tinted_lenses_are_seen_in_any_light(bare, light):
    """The skin is then as dark as 0.12 of its luma: dark skin, or a photo with too little light."""
    for face in (bare, wearing(bare, BROWN, 0.2)):
        assert not repainted(face, face.photo.pixels * light).eyes_covered


def test_bare_eyes_in_the_shade_of_a_brow_or_a_cap_are_seen(bare):
    rows = np.arange(bare.photo.height)[:, None, None]
    below = bare.landmarks[[side.lids[1] for side in regions.SIDES], 1].mean() + 0.2 * bare.iod
    shade = np.where(rows < below, 0.45, 1.0)
    assert not repainted(bare, bare.photo.pixels * cv2.blur(shade, (1, round(0.1 * bare.iod)))[..., None]).eyes_covered


def test_one_eye_that_is_seen_is_enough(face):
    worn = wearing(face, BLACK, 1.0)
    half = np.arange(face.photo.width)[:, None] < face.landmarks[regions.GLABELLA, 0]
    assert worn.eyes_covered
    assert not repainted(face, np.where(half, worn.photo.pixels, face.photo.pixels)).eyes_covered


def test_grey_photos_are_judged_by_brightness_and_form(bare):
    grey, worn = (
        repainted(face, cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY)[..., None].repeat(3, axis=2))
        for face in (bare, wearing(bare, BLACK, 0.95))
    )
    assert (grey.eyes_covered, worn.eyes_covered) == (False, True)


@pytest.mark.parametrize("measure", [eyes.measure_eyes, expression.measure_expression])
def test_cues_that_need_the_eyes_abstain(face, measure):
    with pytest.raises(Abstained, match="sunglasses or tinted glasses"):
        measure(wearing(face, BROWN, 0.95))


def test_measures_of_other_cues_that_need_the_eyes_are_left_out(face):
    worn = wearing(face, BROWN, 0.95)
    bare, covered = (shape.measure_shape(shown).all_values() for shown in (face, worn))
    assert bare.keys() - covered.keys() == {"shape_pixels_eyes"}
    assert "lighting_catchlight" in lighting.measure_lighting(face).all_values()
    assert "lighting_catchlight" not in lighting.measure_lighting(worn).all_values()


@pytest.mark.parametrize("colour", [BROWN, GREEN])
def test_a_photo_with_sunglasses_is_not_judged_and_says_why(face, colour):
    with Checker() as checker:
        report = checker.check_array(wearing(face, colour, 0.95).photo.pixels)
    assert (report.status, report.verdict, report.p_ai) == ("not_assessed", None, None)
    assert "the eyes seem to be covered, as by sunglasses or tinted glasses" in report.message
