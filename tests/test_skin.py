"""The cue "skin": what must move it, what must not, and what it says of the cause."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B, cropped
from PIL import Image

from artifact_check import check
from artifact_check.cues import Abstained, Reading, skin
from artifact_check.face import Face, Landmarker, polygon_mask, regions
from artifact_check.learn.laboratory import innocent, perturb
from artifact_check.photo import decode, from_array

AROUND = ("skin_around_0", "skin_around_1")
SD = 0.38  # central 90 % of `skin_around_1` of 557 camera photos over 3.29; that of `skin_around_0` is 0.30


@pytest.fixture(scope="module", params=[PORTRAIT_A, PORTRAIT_B], ids=lambda path: path.stem)
def any_face(request, landmarker) -> Face:
    return landmarker.find(decode(request.param.read_bytes()))


def read(landmarker: Landmarker, pixels: np.ndarray) -> Reading:
    return skin.measure_skin(landmarker.find(from_array(np.ascontiguousarray(pixels))))


def smoothed_all_over(face: Face) -> np.ndarray:
    """As a beauty filter does it: everything but eyes, brows and lips, three times."""
    pixels = face.photo.pixels
    features = polygon_mask(pixels, face.landmarks, "eye_R", "eye_L", "brow_R", "brow_L", "lips_outer")
    for _ in range(3):
        smooth = cv2.bilateralFilter(pixels, d=0, sigmaColor=40.0, sigmaSpace=8.0)
        pixels = np.where(features[..., None], pixels, smooth)
    return pixels


@pytest.fixture(scope="module")
def smoothed(landmarker, face):
    """Reading of the portrait smoothed all over."""
    return read(landmarker, smoothed_all_over(face))


def jpeg(pixels: np.ndarray, quality: int) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


# ---- what must move it


@pytest.mark.parametrize("change", [perturb.smooth_skin, perturb.retouch_skin], ids=["smoothed", "retouched"])
def test_treated_patches_are_smoother_than_the_skin_around_them(landmarker, any_face, change):
    before = skin.measure_skin(any_face).values
    half = read(landmarker, change(any_face, strength=0.5)).values
    full = read(landmarker, change(any_face)).values
    for key in AROUND:
        assert full[key] < half[key] < before[key]
        assert full[key] < before[key] - 2 * SD


def test_a_filter_over_the_whole_face_shows_against_brows_and_not_against_the_skin_around(smoothed, face):
    before = skin.measure_skin(face).values
    after = smoothed.values
    assert after["skin_relative_1"] < before["skin_relative_1"] - 1
    assert abs(after["skin_around_1"] - before["skin_around_1"]) < 1.5 * SD


# ---- what must not move it


@pytest.mark.parametrize("name", ["jpeg_95", "jpeg_85", "mirrored", "brighter", "rotated", "cropped"])
def test_innocent_changes_leave_it_against_the_skin_around(landmarker, any_face, name):
    before = skin.measure_skin(any_face).values
    after = read(landmarker, innocent.INNOCENT[name].apply(any_face)).values
    for key in AROUND:
        assert abs(after[key] - before[key]) < 0.6 * SD, key


def test_a_smaller_photo_reads_the_same(landmarker, face):
    """At 0.7 of its size the face still has more pixels than the canonical scale needs."""
    smaller = innocent.PIXEL_CHANGES["scaled_70"].apply(face.photo.pixels)
    before, after = skin.measure_skin(face).values, read(landmarker, smaller).values
    for key in (*AROUND, "skin_relative_0", "skin_relative_1", "skin_spread_low"):
        assert abs(after[key] - before[key]) < 0.35, key


# ---- when it cannot see


def test_without_bare_skin_around_there_is_nothing_to_compare_with(face):
    """Everything but cheeks, forehead, brows and eyes painted green."""
    pixels = face.photo.pixels.copy()
    kept = polygon_mask(pixels, face.landmarks, "cheek_R", "cheek_L", "forehead", "brow_R", "brow_L", "eye_R", "eye_L")
    pixels[~kept] = (30, 160, 60)
    masked = replace(face, photo=from_array(pixels), _views={})
    values = skin.measure_skin(masked).values
    assert "skin_relative_0" in values
    assert not set(AROUND) & values.keys()


def test_a_strongly_compressed_photo_abstains(landmarker, face):
    with pytest.raises(Abstained, match="compressed too strongly \\(JPEG quality 40\\)"):
        skin.measure_skin(landmarker.find(decode(jpeg(face.photo.pixels, 40))))


def test_patches_outside_of_the_photo_are_not_compared(face):
    whole = skin.measure_skin(face).values
    half = skin.measure_skin(cropped(face, left=face.landmarks[4, 0])).values
    low = skin.measure_skin(cropped(face, top=face.landmarks[105, 1])).values
    assert {"skin_left_right", "skin_forehead_cheek"} <= whole.keys()
    assert "skin_relative_0" in half
    assert not {"skin_left_right", "skin_forehead_cheek"} & half.keys()
    assert low["skin_left_right"] == pytest.approx(whole["skin_left_right"], abs=0.05)
    assert "skin_forehead_cheek" not in low


def test_hardly_any_skin_in_the_photo_abstains_and_a_little_has_no_spread(face):
    brows, cheeks = (
        face.landmarks[np.concatenate([regions.polygon(f"{name}_{side}") for side in "RL"]), 1].min()
        for name in ("brow", "cheek")
    )
    below = face.landmarks[regions.polygon("forehead"), 1].max() + 1
    top = max(brows, below)
    with pytest.raises(Abstained, match="covers cheeks and forehead"):
        skin.measure_skin(cropped(face, top=top, bottom=cheeks - 1))
    values = skin.measure_skin(cropped(face, top=top, bottom=cheeks + 6)).values
    assert "skin_relative_0" in values
    assert not [key for key in values if key.startswith("skin_spread")]


# ---- what it says of the cause


def test_ordinary_skin_gets_no_note(any_face):
    assert skin.measure_skin(any_face).note is None


def test_treated_patches_are_named(landmarker, any_face):
    note = read(landmarker, perturb.retouch_skin(any_face)).note
    assert note is not None
    assert "smoother than the skin around them" in note
    assert "does not tell" in note


def test_skin_smoothed_all_over_is_named(smoothed):
    note = smoothed.note
    assert note is not None
    assert "smoother than brows and lashes" in note
    assert "in the young" in note


@pytest.mark.parametrize("change", [lambda face: face.photo.pixels, perturb.smooth_skin], ids=["as it is", "smoothed"])
def test_a_soft_or_strongly_compressed_photo_is_named_and_nothing_said_of_its_skin(landmarker, face, change):
    pixels = change(face)
    soft = read(landmarker, cv2.GaussianBlur(pixels, (0, 0), 2.0)).note
    compressed = skin.measure_skin(landmarker.find(decode(jpeg(pixels, 60)))).note
    assert soft is not None
    assert "soft" in soft
    assert compressed is not None
    assert "compressed (JPEG quality 60)" in compressed
    assert "smoother" not in soft + compressed


def test_the_report_says_the_cause_and_smooth_skin_alone_makes_no_verdict():
    report = check(PORTRAIT_A.with_name("skin_smoothed.jpg"))
    shown = next(cue for cue in report.cues if cue.name == "skin")
    assert shown.summary.startswith("Skin texture: ")
    assert shown.summary.endswith("smoothness alone does not tell which.")
    assert report.verdict != "likely_ai"


def test_a_report_on_ordinary_skin_says_nothing_of_causes():
    shown = next(cue for cue in check(PORTRAIT_A).cues if cue.name == "skin")
    assert "as after" not in shown.summary
