"""The cue "lighting": what must move it, what must not, and when it cannot see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import cropped

from artifact_check.cues import Abstained, lighting
from artifact_check.face import Face, Landmarker, regions
from artifact_check.learn.laboratory import innocent, perturb
from artifact_check.photo import decode, from_array

SAMPLES = Path(__file__).parents[1] / "sample_images"

# Central 90 % of real photos over 3.29.
SD = {
    "lighting_direction": 0.58,
    "lighting_residual": 0.016,
    "lighting_cross_sides": 0.37,
    "lighting_red": 0.36,
    "lighting_pairs": 0.14,
    "lighting_step": 0.26,
    "lighting_catchlight": 50.0,
    "lighting_neck": 0.5,
}
DARKER = innocent.INNOCENT["skin_darker"].apply


@pytest.fixture(scope="module", params=["portrait_a.jpg", "portrait_b.jpg"])
def face(request, landmarker) -> Face:
    return landmarker.find(decode((SAMPLES / request.param).read_bytes()))


def values_of(landmarker: Landmarker, pixels: np.ndarray) -> dict[str, float]:
    return lighting.measure_lighting(landmarker.find(from_array(np.ascontiguousarray(pixels)))).all_values()


def shifts(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """How far measures moved, in standard deviations of real photos."""
    return {key: (after[key] - before[key]) / SD[key] for key in before if key in after}


def lit_from(face: Face, sideways: float) -> np.ndarray:
    """The photo with its skin's shading replaced by that of one light, by the mesh's normals."""
    light = 0.5 + 0.5 * np.clip(face.normals @ (sideways, 0.0, 1.0), 0, None)
    field = perturb._dense(face, light)
    grey = np.full(field.shape, 150.0)
    return np.clip(np.stack([grey * share for share in (1.2, 0.95, 0.8)], axis=-1) * field[..., None], 0, 255).astype(
        np.uint8
    )


def on(face: Face, pixels: np.ndarray) -> dict[str, float]:
    """Values with the landmarks of `face`, for pictures in which no face would be found."""
    painted = Face(from_array(pixels), face.landmarks, face.depth, face.transform, face.blendshapes)
    return lighting.measure_lighting(painted).all_values()


def with_catchlights(face: Face, pixels: np.ndarray, *, to_image_right: bool) -> np.ndarray:
    """Dark irides with a bright spot on one side."""
    pixels, radius = pixels.copy(), regions.IRIS_RADIUS * face.iod
    for iris in face.landmarks[[*regions.IRIDES]]:
        spot = iris + np.array([0.4 if to_image_right else -0.4, 0]) * radius
        cv2.circle(pixels, np.round(iris).astype(int).tolist(), round(radius), (40, 35, 30), -1)
        cv2.circle(pixels, np.round(spot).astype(int).tolist(), max(1, round(0.2 * radius)), (255, 255, 255), -1)
    return pixels


# ---- what must move it


def test_a_half_lit_from_elsewhere_is_seen_and_more_is_seen_more(landmarker, face):
    """Both halves are tried, since a turn can also mend what a room's lamps did."""
    before = values_of(landmarker, face.photo.pixels)
    small, large = (
        max(
            shifts(before, values_of(landmarker, perturb.relight_half(face, degrees=degrees, side=side)))[
                "lighting_step"
            ]
            for side in regions.SIDES
        )
        for degrees in (30.0, 60.0)
    )
    assert small > 0.5
    assert large > max(small, 1.5)


def test_one_light_on_an_even_face_leaves_nothing_to_explain(face):
    values = on(face, lit_from(face, 0.6))
    assert values["lighting_residual"] < 0.02
    assert values["lighting_pairs"] < 0.1
    assert values["lighting_step"] < 0.2


def test_a_cast_shadow_is_a_shortfall_and_a_highlight_is_not(face):
    pixels = lit_from(face, 0.4)
    before = on(face, pixels)["lighting_residual"]
    cheek = np.zeros(pixels.shape[:2], np.float32)
    cv2.circle(cheek, [round(float(x)) for x in face.landmarks[50]], round(0.3 * face.iod), 1.0, -1)
    soft = cv2.GaussianBlur(cheek, (0, 0), 0.03 * face.iod)[..., None]
    shadow = (pixels * (1 - 0.5 * soft)).astype(np.uint8)
    highlight = np.clip(pixels * (1 + 0.6 * soft), 0, 255).astype(np.uint8)
    in_shadow, in_highlight = (on(face, changed)["lighting_residual"] - before for changed in (shadow, highlight))
    assert in_shadow > 0.01
    assert in_highlight < in_shadow / 2


@pytest.mark.parametrize("side", [1, -1], ids=["left", "right"])
def test_a_neck_lit_from_the_other_side_is_seen(face, side):
    """On a face and a neck painted in one colour: the sample portraits' necks lie in hair or collars."""
    pixels = lit_from(face, side * 0.6)
    painted = Face(from_array(pixels), face.landmarks, face.depth, face.transform, face.blendshapes)
    before, some, more = (
        on(face, perturb.relight_neck(painted, contrast=contrast))["lighting_neck"] for contrast in (0.0, 0.3, 0.6)
    )
    assert before + 0.1 < some < more - 0.1


def test_catchlights_on_the_side_away_from_the_light_are_seen(face):
    pixels = lit_from(face, 0.6)
    towards, away = (
        on(face, with_catchlights(face, pixels, to_image_right=right))["lighting_catchlight"] for right in (True, False)
    )
    assert towards < 40
    assert away > 140


# ---- what must not


@pytest.mark.parametrize("name", ["jpeg_85", "half_size", "brighter", "rotated", "skin_darker", "skin_lighter"])
def test_innocent_changes_hardly_move_it(landmarker, face, name):
    before = values_of(landmarker, face.photo.pixels)
    moved = shifts(before, values_of(landmarker, innocent.INNOCENT[name].apply(face)))
    assert np.median(np.abs(list(moved.values()))) < 0.4, moved
    assert max(np.abs(list(moved.values()))) < 1.2, moved


def test_more_exposure_moves_nothing(face):
    """Linear light doubled, nothing clipped."""
    dark = lit_from(face, 0.5) // 2
    light = perturb._encoded(2 * perturb._linear(dark / 255))
    moved = shifts(on(face, dark), on(face, np.round(light * 255).astype(np.uint8)))
    assert max(np.abs(list(moved.values()))) < 0.2, moved


def test_painted_lips_and_brows_are_not_skin(face):
    pixels = lit_from(face, 0.5)
    painted = pixels.copy()
    for name in ("lips_inner", "lips_outer", "brow_R", "brow_L"):
        hull = cv2.convexHull(np.round(face.landmarks[regions.polygon(name)]).astype(np.int32))
        cv2.fillConvexPoly(painted, hull, [int(level) for level in pixels.min(axis=(0, 1)) // 2])
    moved = shifts(on(face, pixels), on(face, painted))
    assert abs(moved["lighting_step"]) < 0.2
    assert abs(moved["lighting_pairs"]) < 0.2


# ---- when it cannot see


def test_a_collar_is_not_a_neck(face):
    """What lies below the jaw in the blue of a shirt."""
    pixels = lit_from(face, 0.6)
    assert "lighting_neck" in on(face, pixels)
    jaw = face.landmarks[regions.polygon("jaw_R_to_L")]
    outline = np.concatenate([jaw, (jaw + np.array([0, face.iod]))[::-1]])
    cv2.fillPoly(pixels, [np.round(outline).astype(np.int32)], (60, 100, 200))
    assert "lighting_neck" not in on(face, pixels)


def test_flat_light_abstains(face):
    flat = np.full_like(face.photo.pixels, (180, 140, 120))
    with pytest.raises(Abstained, match="too flat"):
        on(face, flat)


def test_a_covered_face_abstains(face):
    """All but the cheeks in another colour."""
    pixels = np.full_like(face.photo.pixels, (60, 120, 200))
    for name in ("R_cheek", "L_cheek"):
        for point in face.landmarks[regions.shading_vertices(name)]:
            cv2.circle(pixels, [round(float(x)) for x in point], round(0.06 * face.iod), (180, 140, 120), -1)
    with pytest.raises(Abstained, match="too little bare"):
        on(face, pixels)


def test_cheeks_that_are_blown_out_leave_no_colour_to_know_skin_by(face):
    pixels = lit_from(face, 0.5)
    for name in ("R_cheek", "L_cheek"):
        for point in face.landmarks[regions.shading_vertices(name)]:
            cv2.circle(pixels, [round(float(x)) for x in point], round(0.06 * face.iod), (255, 255, 255), -1)
    with pytest.raises(Abstained, match="too little bare"):
        on(face, pixels)


@pytest.mark.parametrize("hidden", ["left half", "middle"])
def test_without_two_sides_to_compare_only_the_light_itself_is_described(landmarker, other_portrait, hidden):
    face = landmarker.find(other_portrait)
    beside = np.arange(face.photo.width) - face.landmarks[4, 0]
    pixels = lit_from(face, 0.5)
    pixels[:, beside > 0 if hidden == "left half" else np.abs(beside) < 0.4 * face.iod] = (60, 100, 200)
    values = on(face, pixels)
    assert {"lighting_direction", "lighting_residual"} <= values.keys()
    assert not {"lighting_cross_sides", "lighting_pairs", "lighting_step"} & values.keys()


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_eye_outside_of_the_photo_has_no_catchlight_to_compare(face, side):
    part = (
        cropped(face, right=face.landmarks[regions.LEFT.iris, 0] - 0.1 * face.iod)
        if side == "left"
        else cropped(face, left=face.landmarks[regions.RIGHT.iris, 0] + 0.1 * face.iod)
    )
    values = lighting.measure_lighting(part).all_values()
    assert "lighting_direction" in values
    assert "lighting_catchlight" not in values


def test_a_neck_outside_of_the_photo_is_not_compared(face):
    pixels = lit_from(face, 0.6)
    painted = Face(from_array(pixels), face.landmarks, face.depth, face.transform, face.blendshapes)
    assert "lighting_neck" in lighting.measure_lighting(painted).all_values()
    to_the_mouth = cropped(painted, bottom=face.landmarks[13, 1])
    assert "lighting_neck" not in lighting.measure_lighting(to_the_mouth).all_values()
