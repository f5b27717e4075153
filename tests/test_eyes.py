"""The cue "eyes": what must move it, what must not, and when it cannot see."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import cropped

from artifact_check.cues import Abstained, eyes
from artifact_check.face import Face, polygon_mask, regions
from artifact_check.learn.laboratory import perturb
from artifact_check.photo import from_array

WHITE, IRIS, PUPIL = (228, 226, 224), (120, 140, 150), (24, 22, 22)
SD = {  # central 90 % of 570 camera photos over 3.29
    "eyes_roll": 0.2,
    "eyes_height": 0.0036,
    "eyes_gaze_across": 0.05,
    "eyes_gaze_height": 0.0088,
    "eyes_lids": 0.012,
    "eyes_opening": 0.087,
    "eyes_iris_ratio": 0.049,
    "eyes_iris_size": 0.094,
    "eyes_iris_round": 0.046,
    "eyes_iris_across": 0.051,
    "eyes_iris_height": 0.018,
    "eyes_pupil_shape": 0.078,
    "eyes_colour": 2.5,
    "eyes_white_difference": 5.5,
    "eyes_white_contrast": 12.0,
    "eyes_iris_detail": 0.38,
    "eyes_catchlight_count": 0.61,
    "eyes_catchlight_area": 0.027,
    "eyes_catchlight_overlap": 0.25,
    "eyes_catchlight_offset": 0.22,
    "eyes_catchlight_ratio": 0.34,
    "eyes_catchlight_gini": 0.01,
}


@pytest.fixture(params=["face", "other_face"])
def seen(request) -> Face:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def painted(other_face) -> Face:
    """Portrait B with light irides and round pupils painted between its lids."""
    return with_irides(other_face)


def with_irides(
    face: Face, *, iris: tuple[int, int, int] = IRIS, pupil: tuple[int, int, int] = PUPIL, size: float = 1.0
) -> Face:
    pixels = cv2.GaussianBlur(face.photo.pixels, (0, 0), 0.6)
    paint = np.broadcast_to(np.array(WHITE, np.float32), pixels.shape)
    for centre in face.landmarks[[*regions.IRIDES]]:
        for share, colour in ((1.0, iris), (0.35, pupil)):
            paint = disc(paint, centre, share * size * regions.IRIS_RADIUS * face.iod, colour)
    inside = polygon_mask(pixels, face.landmarks, "eye_R") | polygon_mask(pixels, face.landmarks, "eye_L")
    return with_pixels(face, np.where(inside[..., None], paint, face.photo.pixels))


def disc(pixels: np.ndarray, centre: np.ndarray, radius: float, colour: tuple[int, int, int]) -> np.ndarray:
    """A filled circle about a landmark, smooth at its edge."""
    left, top = np.maximum(np.floor(centre - radius - 2).astype(int), 0)
    right, bottom = np.ceil(centre + radius + 2).astype(int)
    painted = pixels.astype(np.float64)
    inside = painted[top:bottom, left:right]
    rows, columns = np.ogrid[top : top + inside.shape[0], left : left + inside.shape[1]]
    distance = np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1])
    share = np.clip(radius - distance + 0.5, 0, 1)[..., None]
    inside[:] = inside * (1 - share) + np.array(colour, np.float32) * share
    return painted


def with_pixels(face: Face, pixels: np.ndarray) -> Face:
    """The same landmarks on other pixels."""
    photo = from_array(np.ascontiguousarray(np.round(pixels).astype(np.uint8)))
    return Face(photo, face.landmarks, face.depth, face.transform, face.blendshapes)


def mirrored(face: Face) -> Face:
    """The mirrored photo, with the landmarks mirrored too: the landmark model's own errors are not meant here."""
    partner = np.arange(478)
    right, left = regions.mirror_pairs().T
    partner[right], partner[left] = left, right
    partner[468:] = [473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    return Face(
        photo=from_array(np.ascontiguousarray(face.photo.pixels[:, ::-1])),
        landmarks=(face.landmarks * (-1, 1) + (face.photo.width, 0))[partner],
        depth=face.depth[partner],
        transform=flip @ face.transform @ flip,
        blendshapes=face.blendshapes,
    )


def values_of(face: Face) -> dict[str, float]:
    return eyes.measure_eyes(face).all_values()


# ---- what must move it


@pytest.mark.parametrize("side", regions.SIDES, ids=lambda side: side.name)
def test_a_ragged_pupil_is_seen_and_more_is_seen_more(painted, side):
    shapes = [
        values_of(with_pixels(painted, perturb.distort_pupil(painted, side=side, amount=amount)))["eyes_pupil_shape"]
        for amount in (0.0, 0.15, 0.3)
    ]
    assert shapes[0] > 0.9
    assert shapes[1] < shapes[0] - 0.05
    assert shapes[2] < shapes[1] - 0.05


def test_only_the_ragged_pupil_measure_answers_to_a_ragged_pupil(painted):
    before = values_of(painted)
    after = values_of(with_pixels(painted, perturb.distort_pupil(painted, side=regions.RIGHT, amount=0.3)))
    assert after["eyes_iris_ratio"] == pytest.approx(before["eyes_iris_ratio"], abs=0.02)
    assert after["eyes_colour"] == pytest.approx(before["eyes_colour"], abs=1.0)


@pytest.mark.parametrize("size", [0.85, 0.9, 0.95])
def test_irides_are_measured_as_large_as_they_were_painted(landmarker, other_portrait, size):
    painted = with_irides(landmarker.find(other_portrait), size=size)
    assert np.exp(values_of(painted)["eyes_iris_size"]) == pytest.approx(size, rel=0.03)


def with_catchlights(face: Face, right: tuple[tuple[float, ...], ...], left: tuple[tuple[float, ...], ...]) -> Face:
    """White spots in the irides, each as (to image right, down, radius) in radii of the iris."""
    pixels, unit = face.photo.pixels, regions.IRIS_RADIUS * face.iod
    for iris, spots in ((regions.RIGHT.iris, right), (regions.LEFT.iris, left)):
        for across, down, radius in spots:
            place = face.landmarks[iris] + np.array([across, down]) * unit
            pixels = disc(pixels, place, radius * unit, (255, 255, 255))
    return with_pixels(face, pixels)


SPOT = (0.35, 0.1, 0.2)


def catchlights(face: Face, right: tuple[tuple[float, ...], ...], left: tuple[tuple[float, ...], ...]) -> list[float]:
    values = values_of(with_catchlights(face, right, left))
    return [values[f"eyes_catchlight_{name}"] for name in ("count", "area", "ratio", "offset", "overlap")]


def test_catchlights_that_differ_in_number_size_and_place_are_seen(painted):
    count, area, ratio, offset, overlap = catchlights(painted, (SPOT,), (SPOT,))
    assert count == 0
    assert area == pytest.approx(0.2**2, rel=0.3)
    assert ratio < 0.1
    assert offset < 0.05
    assert overlap > 0.85

    assert catchlights(painted, (SPOT, (-0.35, 0.1, 0.2)), (SPOT,))[0] == 1
    _, larger, ratio, _, overlap = catchlights(painted, ((0.35, 0.1, 0.3),), (SPOT,))
    assert larger == pytest.approx(0.3**2, rel=0.2)
    assert ratio == pytest.approx(2 * np.log(1.5), rel=0.2)
    assert overlap == pytest.approx(0.2**2 / 0.3**2, rel=0.25)
    _, _, _, offset, overlap = catchlights(painted, (SPOT,), ((-0.35, 0.1, 0.2),))
    assert offset == pytest.approx(0.7, abs=0.05)
    assert overlap < 0.1


def test_marks_of_catchlights_lie_on_them(painted):
    marks = eyes.measure_eyes(with_catchlights(painted, (SPOT,), (SPOT,))).evidence()
    places = [mark.points[0] for mark in marks if mark.label == "catchlight"]
    irides = painted.landmarks[[*regions.IRIDES]]
    unit = regions.IRIS_RADIUS * painted.iod
    assert (np.array(places) - irides) / unit == pytest.approx(np.array([SPOT[:2]] * 2), abs=0.1)


# ---- what must not


def test_a_mirrored_face_reads_the_same(seen, painted):
    for face in (seen, painted):
        before, after = values_of(face), values_of(mirrored(face))
        assert before.keys() == after.keys()
        for key, value in before.items():
            assert after[key] == pytest.approx(value, abs=0.1 * SD[key]), key


def test_innocent_changes_leave_the_pupils_alone(painted):
    before = values_of(painted)["eyes_pupil_shape"]
    brighter = np.clip(painted.photo.pixels * 1.1, 0, 255)
    soft = cv2.GaussianBlur(painted.photo.pixels, (0, 0), 0.6)
    for pixels in (brighter, soft):
        assert values_of(with_pixels(painted, pixels))["eyes_pupil_shape"] == pytest.approx(before, abs=0.05)


def test_a_reflection_inside_the_pupil_does_not_make_it_ragged(painted):
    pixels = painted.photo.pixels
    for centre in painted.landmarks[[*regions.IRIDES]]:
        pixels = disc(pixels, centre, 0.1 * regions.IRIS_RADIUS * painted.iod, (255, 255, 255))
    assert values_of(with_pixels(painted, pixels))["eyes_pupil_shape"] > 0.9


# ---- when it cannot see


def test_pupils_of_dark_irides_are_not_judged(painted):
    values = values_of(with_irides(painted, iris=(38, 30, 26)))
    assert "eyes_iris_ratio" in values
    assert "eyes_pupil_shape" not in values


def test_pupils_under_glare_are_not_judged(painted):
    pixels = painted.photo.pixels
    radius = regions.IRIS_RADIUS * painted.iod
    for centre in painted.landmarks[[*regions.IRIDES]]:
        pixels = disc(pixels, centre + np.array([0.3 * radius, 0]), 0.45 * radius, (255, 255, 255))
    assert "eyes_pupil_shape" not in values_of(with_pixels(painted, pixels))


def test_pupils_of_small_or_soft_irides_are_not_judged(painted):
    half = cv2.resize(painted.photo.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small = replace(with_pixels(painted, half), landmarks=painted.landmarks / 2, depth=painted.depth / 2)
    soft = with_pixels(painted, cv2.GaussianBlur(painted.photo.pixels, (0, 0), 2.5))
    for face in (small, soft):
        assert "eyes_pupil_shape" not in values_of(face)


@pytest.mark.parametrize(("share", "size"), [(0.38, 0.45), (0.42, 0.5)])
def test_pupils_far_from_the_middle_of_their_irides_are_not_judged(painted, share, size):
    pixels, radius = with_irides(painted, pupil=IRIS).photo.pixels, regions.IRIS_RADIUS * painted.iod
    for centre in painted.landmarks[[*regions.IRIDES]]:
        pixels = disc(pixels, centre + np.array([share * radius, 0]), size * radius, PUPIL)
    assert "eyes_pupil_shape" not in values_of(with_pixels(painted, pixels))


@pytest.mark.parametrize("up", [-0.4, 0.4], ids=["under the lower lid", "under the upper lid"])
def test_pupils_half_under_a_lid_are_not_judged(painted, up):
    moved = painted.landmarks.copy()
    moved[468:, 1] -= up * regions.IRIS_RADIUS * painted.iod
    assert "eyes_pupil_shape" not in values_of(with_irides(replace(painted, landmarks=moved, _views={})))


def test_an_iris_without_one_edge_says_how_ragged_it_is_and_nothing_of_its_size(painted):
    """Dark sectors whose ends pass for the edge in some directions."""
    pixels, radius = with_irides(painted, pupil=IRIS).photo.pixels, regions.IRIS_RADIUS * painted.iod
    inside = polygon_mask(pixels, painted.landmarks, "eye_R") | polygon_mask(pixels, painted.landmarks, "eye_L")
    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    for x, y in painted.landmarks[[*regions.IRIDES]]:
        across, down = columns + 0.5 - x, rows + 0.5 - y
        sectors = (np.hypot(across, down) < 0.74 * radius) & (np.cos(8 * np.arctan2(down, across)) > -0.5)
        pixels = np.where((sectors & inside)[..., None], (40, 40, 40), pixels)
    values = values_of(with_pixels(painted, pixels))
    assert values["eyes_iris_round"] > values_of(painted)["eyes_iris_round"]
    assert not {"eyes_iris_ratio", "eyes_iris_size", "eyes_iris_across"} & values.keys()


def test_irides_outside_of_the_lids_have_neither_colour_nor_reflections(seen):
    moved = seen.landmarks.copy()
    moved[468:, 1] -= 0.5 * seen.iod
    values = values_of(replace(seen, landmarks=moved, _views={}))
    assert "eyes_lids" in values
    assert not [key for key in values if "colour" in key or "catchlight" in key or "white" in key or "iris" in key]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_face_with_an_eye_outside_of_the_photo_abstains(seen, side):
    middle = seen.landmarks[regions.NOSE_BASE, 0]
    half = cropped(seen, left=middle) if side == "left" else cropped(seen, right=middle)
    with pytest.raises(Abstained, match="an eye is outside of the photo"):
        values_of(half)


@pytest.mark.parametrize("axis", ["yaw", "pitch"])
def test_a_turned_head_abstains(seen, axis):
    cos, sin = np.cos(np.radians(40)), np.sin(np.radians(40))
    transform = seen.transform.copy()
    transform[:3, :3] = (
        [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]] if axis == "yaw" else [[1, 0, 0], [0, cos, -sin], [0, sin, cos]]
    )
    with pytest.raises(Abstained, match="turned too far"):
        values_of(replace(seen, transform=transform))
