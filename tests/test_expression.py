"""The cue for expression: what moves it, what must not, when it abstains, and that no model uses it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.conftest import PORTRAIT_A

from artifact_check import check
from artifact_check.cues import Abstained, discover, expression
from artifact_check.cues.expression import measure_expression
from artifact_check.face import Face
from artifact_check.learn.laboratory import innocent
from artifact_check.photo import from_array

# Standard deviations over 249 smiling camera photos.
SPREAD = {
    "expression_squint": 0.14,
    "expression_lower_lid": 0.08,
    "expression_cheek": 0.013,
    "expression_corner_to_lid": 0.061,
}


def changed(face, landmarks=None, transform=None, **blendshapes):
    return Face(
        face.photo,
        face.landmarks if landmarks is None else landmarks,
        face.depth,
        face.transform if transform is None else transform,
        face.blendshapes | blendshapes,
    )


def turned(face, yaw):
    """The same face with a pose of `yaw` degrees."""
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    transform = np.eye(4)
    transform[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
    return changed(face, transform=transform)


def moved(face, indices, down):
    """Landmarks moved down by `down` IOD."""
    landmarks = face.landmarks.copy()
    landmarks[list(indices), 1] += down * face.iod
    return changed(face, landmarks=landmarks)


def values(face):
    return measure_expression(face).all_values()


def smiling(face, strength):
    return changed(face, mouthSmileLeft=strength, mouthSmileRight=strength)


# ---- what moves it


def test_a_smile_in_the_mouth_alone_reads_less_squint(face):
    cold = changed(face, eyeSquintLeft=0.05, eyeSquintRight=0.05)
    assert values(cold)["expression_squint"] < values(face)["expression_squint"] - 0.5


def test_raised_lower_lids_and_cheeks_are_seen(face):
    before = values(face)
    lids = values(moved(face, (144, 145, 153, 373, 374, 380), -0.03))
    assert lids["expression_lower_lid"] < before["expression_lower_lid"] - SPREAD["expression_lower_lid"]
    cheeks = values(moved(face, (205, 425), -0.05))
    assert cheeks["expression_cheek"] < before["expression_cheek"] - SPREAD["expression_cheek"]
    corners = values(moved(face, (61, 291), -0.08))
    assert corners["expression_corner_to_lid"] < before["expression_corner_to_lid"]


def test_mouth_corners_pulled_down_in_the_photo_are_seen(landmarker, face):
    """Both corners warped down by a tenth of the distance between the eyes, more than the fitted line takes off."""
    pixels = face.photo.pixels
    columns, rows = np.meshgrid(np.arange(pixels.shape[1]), np.arange(pixels.shape[0]))
    source = rows.astype(np.float32)
    for corner in face.landmarks[[61, 291]]:
        distance = np.hypot(columns - corner[0], rows - corner[1]) / (0.35 * face.iod)
        source -= (0.12 * face.iod * np.exp(-(distance**2))).astype(np.float32)
    warped = landmarker.find(from_array(cv2.remap(pixels, columns.astype(np.float32), source, cv2.INTER_LINEAR)))
    assert warped.blendshapes["mouthSmileLeft"] < face.blendshapes["mouthSmileLeft"]
    lower = warped.frontal[[61, 291], 1].mean() - face.frontal[[61, 291], 1].mean()
    assert lower < -0.1


def test_uneven_sides_are_seen_and_even_ones_are_not(face):
    even = values(changed(face, mouthSmileLeft=0.7, mouthSmileRight=0.7, browDownLeft=0.4, browDownRight=0.4))
    assert even["expression_mouth_sides"] < 0.1
    assert even["expression_brow_sides"] < 0.1
    assert even["expression_coherence"] < 0.1
    crooked = values(changed(face, mouthSmileLeft=0.8, mouthSmileRight=0.5, browDownLeft=0.3, browDownRight=0.5))
    assert crooked["expression_mouth_sides"] > 1
    assert crooked["expression_brow_sides"] > 0.5
    assert crooked["expression_coherence"] == pytest.approx(
        crooked["expression_mouth_sides"] + crooked["expression_brow_sides"]
    )


def test_the_strength_of_a_smile_is_taken_off(face):
    """A photo on the line of camera photos stays on it, however strong the smile."""
    for strength in (0.3, 0.6, 0.9):
        squint = 0.323 + 0.225 * strength
        on_line = changed(smiling(face, strength), eyeSquintLeft=squint, eyeSquintRight=squint)
        assert values(on_line)["expression_squint"] == pytest.approx(0, abs=1e-9)


# ---- what must not


@pytest.mark.parametrize("name", ["jpeg_75", "scaled_70", "cropped", "darker", "mirrored"])
def test_innocent_changes_hardly_move_it(landmarker, face, name):
    after = innocent.PIXEL_CHANGES[name].apply(face.photo.pixels)
    before, now = values(face), values(landmarker.find(from_array(np.ascontiguousarray(after))))
    for key, spread in SPREAD.items():
        assert abs(now[key] - before[key]) < (1.2 if name == "mirrored" else 0.6) * spread, key


# ---- when it abstains


def test_without_a_smile_only_the_brows_are_measured(landmarker, other_portrait, face):
    assert set(values(landmarker.find(other_portrait))) == {"expression_brow_sides"}
    assert set(values(smiling(face, 0.29))) == {"expression_brow_sides"}
    assert len(values(smiling(face, 0.31))) == 7


def test_a_head_turned_a_little_has_no_comparison_of_sides(face):
    assert set(values(turned(face, 15))) == set(SPREAD)
    with pytest.raises(Abstained, match="no smile"):
        measure_expression(smiling(turned(face, 15), 0.1))


def test_a_turned_head_abstains(face):
    for yaw in (-30, 30):
        with pytest.raises(Abstained, match="turned too far"):
            measure_expression(turned(face, yaw))


def test_closed_eyes_abstain(face):
    with pytest.raises(Abstained, match="closed"):
        measure_expression(changed(face, eyeBlinkLeft=0.8))
    shut = face.landmarks.copy()
    shut[159] = shut[145]
    with pytest.raises(Abstained, match="closed"):
        measure_expression(changed(face, landmarks=shut))


# ---- for information


def test_its_own_measures_are_shown_and_only_the_learned_one_is_scored():
    report = check(PORTRAIT_A)
    shown = next(cue for cue in report.cues if cue.name == "expression")
    assert shown.status == "ok"
    assert shown.contribution is not None
    assert len([measure for measure in shown.measures if measure.value is not None]) > 3
    assert [measure.key for measure in expression.CUE.measures if measure.scored] == ["expression_learned"]


def test_evidence_marks_mouth_corners_and_eyes(face):
    corners, *outlines = measure_expression(face).evidence()
    assert corners.points == tuple((round(float(x), 2), round(float(y), 2)) for x, y in face.landmarks[[61, 291]])
    assert [(mark.kind, mark.label) for mark in outlines] == [("outline", "eye")] * 2 + [("outline", "brow")] * 2


# ---- training


def test_models_get_scored_measures_alone():
    from artifact_check.learn.figures.evaluation import scored_measures
    from artifact_check.learn.table.features import Table

    keys = tuple(measure.key for cue in discover() for measure in cue.measures)
    numbers = np.arange(2 * len(keys), dtype=float).reshape(2, -1)
    none = np.zeros(2)
    table = Table(
        keys,
        numbers,
        none,
        none > 0,
        none > 0,
        none[:, None],
        none > 0,
        none.astype(int),
        np.array(["raw", "raw"]),
        (),
        (),
    )
    kept = scored_measures(table)
    assert kept.keys == tuple(measure.key for cue in discover() for measure in cue.measures if measure.scored)
    assert [key for key in kept.keys if key.startswith("expression")] == ["expression_learned"]
    assert kept.values.tolist() == [
        [row[keys.index(key)] for key in kept.keys] for row in numbers.tolist()
    ]  # each value stays with its key
    assert scored_measures(kept).keys == kept.keys


@pytest.mark.usefixtures("small_recipe")
def test_a_bundle_shows_what_is_typical_of_it_and_leaves_it_out_of_the_score(tmp_path):
    from artifact_check.learn.table.dataset import Dataset, Item
    from artifact_check.learn.table.features import FACTS, Table
    from artifact_check.learn.train import write_bundle
    from artifact_check.model.bundle import load

    rng = np.random.default_rng(0)
    items = tuple(
        Item(tmp_path, f"{i}.jpg", i % 2 == 0, f"s{i % 6}", f"s{i % 6}", "camera", "stock", None) for i in range(60)
    )
    keys = tuple(measure.key for cue in discover() for measure in cue.computed[::4])
    item = np.tile(np.arange(60), 2)
    is_ai = np.array([items[i].is_ai for i in item])
    numbers, facts = rng.normal(size=(120, len(keys))) + is_ai[:, None], rng.normal(size=(120, len(FACTS)))
    tone = rng.uniform(-20, 60, 120)
    no = np.zeros(120, bool)
    table = Table(keys, numbers, tone, no, no, facts, is_ai, item, np.repeat(["profile", "raw"], 60), items, ())
    manifest = write_bundle(Dataset(tmp_path, items), table, tmp_path / "made")
    assert "expression" not in manifest["cues"]
    assert not [measure for measure in manifest["measures"] if measure["key"].startswith("expression")]
    judge = load(tmp_path / "made", discover()).classifier
    assert set(judge.typical()) == set(keys)
    seen = {measure["key"]: 0.3 for measure in manifest["measures"]}
    assert judge.score(seen) == judge.score(seen | {"expression_squint": 0.9})
