"""What a photo is good for: the figures in the sentences are right, and skin tone does not move them."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from tests.conftest import PORTRAIT_A, PORTRAIT_B, ROOT, cropped

from artifact_check import check
from artifact_check.checking.advice import advise, good_for
from artifact_check.face import Face, regions
from artifact_check.photo import decode, from_array


def relit(face, pixels):
    """The same face in other pixels."""
    photo = from_array(np.clip(np.round(pixels), 0, 255).astype(np.uint8))
    return Face(photo, face.landmarks, face.depth, face.transform, face.blendshapes)


def scaled(landmarker, photo, factor):
    kernel = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return landmarker.find(from_array(cv2.resize(photo.pixels, None, fx=factor, fy=factor, interpolation=kernel)))


def uses(face):
    """What a photo is said to be large enough for, and too small."""
    fine, _, lacking = good_for(face).partition("; ")
    if fine.startswith("Too"):
        fine, lacking = "", fine
    return tuple({use for use in USES if use in part} for part in (fine, lacking))


USES = {"profile picture", "web page", "5 x 7 cm print", "13 x 18 cm print"}


def topics(sentences):
    return {s.split(":")[0].split("(")[0] for s in sentences}


# ---- size


def test_a_sharp_photo_counts_all_its_pixels(face):
    assert (face.photo.width, face.photo.height) == (910, 1137)
    assert good_for(face) == (
        "Good for a profile picture and a 5 x 7 cm print; for a web page or a 13 x 18 cm print use the original."
    )


@pytest.mark.parametrize(("factor", "lost"), [(1.06, "13 x 18 cm print"), (0.75, "web page"), (0.7, "5 x 7 cm print")])
def test_a_smaller_copy_has_fewer_pixels_in_proportion(landmarker, portrait, factor, lost):
    """1137 pixels high: 1200 are a web page's, and 591 across, of 812 there, a small print's at 300 dpi."""
    fine, lacking = uses(scaled(landmarker, portrait, factor))
    assert lost in lacking
    assert ("5 x 7 cm print" in fine) is (factor > 0.72)


def test_the_profile_picture_is_a_square_around_the_face(landmarker, portrait):
    for factor in (0.45, 0.75):
        small = scaled(landmarker, portrait, factor)
        assert ("profile picture" in uses(small)[0]) is (2.2 * small.width >= 400)


def test_what_is_good_for_nothing_says_so(landmarker, portrait):
    small = good_for(scaled(landmarker, portrait, 0.4))
    assert re.fullmatch(r"Too small or too soft for a profile picture, a web page, .+ or .+; use the original\.", small)


def test_scaling_up_adds_no_true_pixels(landmarker, portrait):
    large = scaled(landmarker, portrait, 2.0)
    share = large.effective_resolution / 0.5
    assert any(f"{share:.0%} as wide ({int(1820 * share)} instead of 1820 pixels)" in s for s in advise(large))
    assert large.photo.height * 13 / 18 > 1535
    assert "13 x 18 cm print" in uses(large)[1]


def test_blur_takes_true_pixels_away(face):
    blurred = relit(face, cv2.GaussianBlur(face.photo.pixels, (0, 0), 2.0))
    assert any(s.startswith("The photo is soft") for s in advise(blurred))
    assert uses(blurred)[0] == set()


def test_a_large_photo_has_one_sentence(landmarker, portrait):
    """Two portraits' worth of pixels, with grain where scaling left none."""
    large = cv2.resize(portrait.pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    large = np.clip(large + np.random.default_rng(0).normal(0, 3, large.shape), 0, 255).astype(np.uint8)
    face = landmarker.find(from_array(large))
    assert advise(face) == ()
    assert good_for(face) == "Good for a profile picture, a web page, a 5 x 7 cm print and a 13 x 18 cm print."


# ---- framing


def test_a_centred_portrait_needs_no_advice_on_framing(face):
    assert topics(advise(face)) == set()


def test_a_face_at_the_side_is_told_with_its_place(landmarker, portrait):
    wide = np.pad(portrait.pixels, ((0, 0), (0, 1200), (0, 0)), mode="edge")
    face = landmarker.find(from_array(wide))
    middle = (face.landmarks[:, 0].min() + face.landmarks[:, 0].max()) / 2 / 2110
    assert f"The face is left of the middle (at {middle:.0%} of the width); cut the photo so that it is centred." in (
        advise(face)
    )
    mirrored = landmarker.find(from_array(np.ascontiguousarray(wide[:, ::-1])))
    assert any(s.startswith("The face is right of the middle") for s in advise(mirrored))


def test_a_small_face_is_told_with_its_share(landmarker):
    face = landmarker.find(decode((ROOT / "sample_images" / "small_face.png").read_bytes()))
    expected = f"The face takes up {face.width / 512:.0%} of the photo's width; cut the photo closer to it."
    assert expected in advise(face)


def test_a_face_that_fills_the_photo_needs_room(landmarker, face):
    (left, top), (right, bottom) = face.landmarks.min(axis=0).astype(int), face.landmarks.max(axis=0).astype(int)
    tight = face.photo.pixels[top - 4 : bottom + 100, left - 20 : right + 20]
    sentences = advise(landmarker.find(from_array(np.ascontiguousarray(tight))))
    assert any("leave more room around it" in s for s in sentences)
    assert any(s.startswith("The top of the head is cut off") for s in sentences)


def test_a_face_over_the_edge_is_told(landmarker, face):
    cut = face.photo.pixels[:, int(face.landmarks[:, 0].min()) + 20 :]
    sentences = advise(landmarker.find(from_array(np.ascontiguousarray(cut))))
    assert any("runs over the edge" in s for s in sentences)


# ---- light


def test_of_skin_outside_of_the_photo_no_light_is_told(face):
    white = relit(face, np.full_like(face.photo.pixels, 255))
    assert any(said.startswith("Too bright") for said in advise(white))
    eyes = face.landmarks[regions.RIGHT.iris, 1]
    assert not any(said.startswith("Too") for said in advise(cropped(white, top=eyes - 14, bottom=eyes + 14)))


@pytest.mark.parametrize("gain", [0.85, 0.7, 0.55])
def test_darker_skin_gets_the_same_advice(face, gain):
    """Skin reflects less; eye whites, clothes and background stay."""
    view = np.zeros(face.photo.pixels.shape[:2], np.uint8)
    outline = face.landmarks[[10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377]]
    mirror = face.landmarks[[152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]]
    cv2.fillPoly(view, [np.round(np.concatenate([outline, mirror])).astype(np.int32)], 1)
    skin = cv2.GaussianBlur(view.astype(np.float32), (0, 0), 8)[..., None]
    assert advise(relit(face, face.photo.pixels * (1 - skin * (1 - gain)))) == advise(face)


@pytest.mark.parametrize("gain", [0.85, 0.7, 0.5])
def test_less_light_within_range_changes_nothing(face, other_portrait, landmarker, gain):
    for seen in (face, landmarker.find(other_portrait)):
        assert advise(relit(seen, seen.photo.pixels * gain)) == advise(seen)


def test_clipped_skin_is_told_with_its_share(face):
    """The upper half of the photo at full white takes the forehead."""
    pixels = face.photo.pixels.copy()
    pixels[: int(face.landmarks[9, 1])] = 255
    view = relit(face, pixels).view(64.0)
    share = np.mean(view.luma[view.mask("cheek_R", "cheek_L", "forehead")] >= 250)
    assert f"Too bright: {share:.0%} of the cheeks and forehead is pure white; use softer or less light." in (
        advise(relit(face, pixels))
    )
    assert 0.2 < share < 0.8


def test_lost_shadows_are_told(face):
    pixels = face.photo.pixels.copy()
    pixels[:, : int(face.landmarks[4, 0])] = 0
    assert any(s.startswith(("Too dark: 4", "Too dark: 5")) for s in advise(relit(face, pixels)))


def test_a_dim_photo_is_told_by_its_brightest_parts_and_not_called_soft(face):
    dim = relit(face, face.photo.pixels * 0.25)
    brightest = np.percentile(dim.view(64.0).luma, 99.5)
    sentences = advise(dim)
    assert f"Too dark: even the brightest parts reach only {brightest:.0f} of 255; use more light." in sentences
    assert not any("soft" in s for s in sentences)


# ---- background


def test_clutter_behind_the_head_is_told(face):
    pixels = face.photo.pixels.copy()
    height, width = pixels.shape[:2]
    clutter = np.random.default_rng(0).integers(0, 255, (height // 6 + 1, width // 6 + 1, 3))
    clutter = np.kron(clutter, np.ones((6, 6, 1)))[:height, :width]
    x, y = face.landmarks.mean(axis=0)
    away = np.hypot(np.arange(width)[None] - x, np.arange(height)[:, None] - y) > 1.6 * face.iod
    pixels[away] = clutter[away]
    busy = [s for s in advise(relit(face, pixels)) if s.startswith("The background is busy")]
    assert len(busy) == 1
    assert int(re.search(r"(\d+)%", busy[0])[1]) > 45
    pixels[away] = 128
    assert topics(advise(relit(face, pixels))) == set()


@pytest.mark.parametrize("sigma", [9.0, 12.0, 16.0])
def test_grain_is_told_with_its_level(face, sigma):
    """Grey noise on a plain background."""
    pixels = face.photo.pixels.astype(float)
    pixels[:200] = 128
    noise = np.random.default_rng(0).normal(0, sigma, pixels.shape[:2])[..., None]
    sentence = next(s for s in advise(relit(face, pixels + noise)) if "grainy" in s)
    assert int(re.search(r"noise of (\d+)", sentence)[1]) == pytest.approx(sigma, rel=0.15)


# ---- the report


def test_the_report_carries_it_after_the_advice_of_the_cues(landmarker):
    for path in (PORTRAIT_A, PORTRAIT_B):
        expected = advise(landmarker.find(decode(path.read_bytes())))
        assert check(path).advice[-len(expected) :] == expected


def test_words_are_short_and_accuse_nobody(face, landmarker, portrait):
    for seen in (face, scaled(landmarker, portrait, 0.4), relit(face, face.photo.pixels * 0.2)):
        for sentence in advise(seen):
            assert sentence.endswith(".")
            assert not re.search(r"fake|proven|real|skin tone", sentence, re.IGNORECASE)
