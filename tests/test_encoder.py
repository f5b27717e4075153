"""A learned encoder, with a toy to which bright patches look like AI: from a photo to a score, a report and a cache."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B, ROOT, cropped
from test_learn import KEYS, synthetic
from toy_encoder import PATCH, TRAINING, write_encoder, write_teacher

from artifact_check import cues
from artifact_check.checking.checker import Checker
from artifact_check.errors import DatasetError, ModelError, ModelMismatchError
from artifact_check.face import CROP_SIDE, GRID, MIN_DETAIL_IOD, REGIONS, Crop, Encoder, Patches, regions
from artifact_check.learn import measuring as measuring_module
from artifact_check.learn.measuring import Measuring, Picture, crops_from_bytes, crops_to_bytes
from artifact_check.learn.table.dataset import Dataset, read_dataset
from artifact_check.learn.table.folds import fold_encoder, read_encoders
from artifact_check.learn.train import write_bundle
from artifact_check.learn.workers import Encoders
from artifact_check.model import bundle
from artifact_check.photo import from_array
from artifact_check.report import text
from artifact_check.report.language import get_language, language_codes
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.store import Store

REGION_OF = {measure.key: measure.region for cue in cues.discover() for measure in cue.learned}
ALL_VISIBLE = np.ones((GRID, GRID), bool)


def cue_named(name):
    return next(cue for cue in cues.discover() if cue.name == name)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder") / "toy.onnx")


@pytest.fixture(scope="module")
def encoder(weights):
    return Encoder(weights)


@pytest.fixture
def turned(landmarker, portrait):
    """The face of the first portrait in a photo that is turned by some degrees."""

    def turn(degrees):
        height, width = portrait.pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return landmarker.find(from_array(cv2.warpAffine(portrait.pixels, matrix, (width, height))))

    return turn


def geometry(face):
    """The middle of the eyes, and the axes along and across them, one interocular distance long."""
    right, left = face.landmarks[[*regions.IRIDES]]
    x, y = along = left - right
    return (right + left) / 2, np.array([along, (-y, x)])


def on_grid(face, points):
    """Where points of the photo lie on the grid of patches, as `face/encoder.py` describes the crop."""
    middle, axes = geometry(face)
    return GRID * (0.5 + ((points - middle) @ axes.T / face.iod**2 - (0, 0.3)) / 3.6)


def on_photo(face, places):
    """Where places on the grid lie in the photo."""
    middle, axes = geometry(face)
    return middle + ((places / GRID - 0.5) * 3.6 + (0, 0.3)) @ axes


def patches_of(region):
    """(16, 16) bool, from the rectangles of a region."""
    mask = np.zeros((GRID, GRID), bool)
    for top, bottom, left, right in REGIONS[region]:
        mask[top:bottom, left:right] = True
    return mask


class TestEncoder:
    @pytest.mark.parametrize("degrees", [0, 20])
    @pytest.mark.parametrize("place", [(2, 2), (6, 5), (6, 10), (9, 8), (11, 6), (13, 13)])
    def test_each_patch_is_seen_at_its_place(self, encoder, turned, degrees, place):
        face = turned(degrees)
        x, y = np.round(on_photo(face, np.array([place[1] + 0.5, place[0] + 0.5]))).astype(int).tolist()
        lit = np.zeros_like(face.photo.pixels)
        cv2.circle(lit, (x, y), round(0.08 * face.iod), (255, 255, 255), -1)
        log_odds = encoder.run(Crop.around(replace(face, photo=from_array(lit))).pixels)
        assert np.unravel_index(log_odds.argmax(), log_odds.shape) == place

    def test_a_patch_gets_what_the_network_says_of_its_pixels(self, encoder, face):
        crop = Crop.around(face)
        brightness = crop.pixels.reshape(GRID, PATCH, GRID, PATCH, 3).mean(axis=(1, 3, 4))
        found = encoder.patches(crop)
        assert found.log_odds == pytest.approx(0.1 * (brightness - 128), abs=1e-4)
        assert np.array_equal(found.log_odds, encoder.describe(face).patches.log_odds)
        assert found.visible.all()

    @pytest.mark.parametrize("degrees", [-20, 0, 20])
    def test_the_eyes_lie_level_at_the_same_patches_however_the_photo_is_turned(self, encoder, turned, degrees):
        face = turned(degrees)
        from_photo = encoder.describe(face).patches.from_photo
        eyes = face.landmarks[[*regions.IRIDES]] @ from_photo[:, :2].T + from_photo[:, 2]
        assert eyes == pytest.approx(8 + 16 * np.array([[-0.5, -0.3], [0.5, -0.3]]) / 3.6, abs=1e-6)

    def test_turning_the_photo_hardly_moves_what_it_says_of_the_face(self, encoder, turned):
        maps = [encoder.describe(turned(degrees)).patches.log_odds[4:13, 4:12] for degrees in (0, 20)]
        assert np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1] > 0.95

    def test_scaling_the_photo_hardly_moves_it(self, encoder, landmarker, portrait):
        large = landmarker.find(from_array(cv2.resize(portrait.pixels, None, fx=2, fy=2)))
        small = landmarker.find(portrait)
        maps = [encoder.describe(face).patches.log_odds for face in (large, small)]
        assert np.abs(maps[0] - maps[1]).mean() < 0.3
        assert maps[0].std() > 3

    def test_a_face_too_small_to_tell_is_not_judged(self, encoder, landmarker, portrait, face):
        scale = 0.9 * MIN_DETAIL_IOD / face.iod
        pixels = cv2.resize(portrait.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = landmarker.find(from_array(pixels))
        assert Crop.of(small) is None
        assert encoder.describe(small).patches is None
        assert not set(cues.values(encoder.describe(small))) & set(REGION_OF)
        assert Crop.of(face) is not None

    def test_a_face_on_a_photo_decoded_anew_is_described_anew(self, encoder, face):
        described = encoder.describe(face)
        assert described.rescaled_to(face.photo).patches is None

    @pytest.mark.parametrize("content", [b"", b"no network", b"\x08\x08"])
    def test_a_file_that_is_no_network_is_refused(self, tmp_path, content):
        (tmp_path / "broken.onnx").write_bytes(content)
        with pytest.raises(ModelError, match=r"broken\.onnx is not an encoder"):
            Encoder(tmp_path / "broken.onnx")

    def test_a_network_that_gives_something_else_is_refused(self, tmp_path):
        other = write_encoder(tmp_path / "colours.onnx", channels=3)
        with pytest.raises(ModelError, match=r"colours\.onnx gives an array of shape \(1, 3, 16, 16\), not \(1, 1,"):
            Encoder(other)
        with pytest.raises(ModelError, match=r"shape \(1, 256, 8\)"):
            Encoder(write_teacher(tmp_path / "tokens.onnx"))

    def test_a_missing_or_another_file_is_refused(self, weights, tmp_path):
        with pytest.raises(ModelError, match="cannot be read"):
            Encoder(tmp_path / "missing.onnx")
        with pytest.raises(ModelMismatchError, match="not the file its manifest was written for"):
            Encoder(weights, "0" * 64)


class TestRegions:
    def test_a_region_is_the_mean_of_its_patches_alone(self):
        log_odds = np.arange(256, dtype=np.float32).reshape(GRID, GRID)
        for region in REGIONS:
            inside = patches_of(region)
            expected = log_odds[inside].astype(float).mean()
            assert Patches(log_odds, ALL_VISIBLE, np.eye(2, 3)).mean(region) == pytest.approx(expected, rel=1e-6)
            elsewhere = np.where(inside, log_odds, np.nan)
            assert Patches(elsewhere, ALL_VISIBLE, np.eye(2, 3)).mean(region) == pytest.approx(expected, rel=1e-6)

    def test_hidden_patches_do_not_count(self):
        visible = np.random.default_rng(0).random((GRID, GRID)) < 0.75
        log_odds = np.random.default_rng(1).normal(size=(GRID, GRID)).astype(np.float32)
        for region in REGIONS:
            seen = Patches(log_odds, visible, np.eye(2, 3)).mean(region)
            assert seen == pytest.approx(log_odds[visible & patches_of(region)].mean())
            changed = np.where(visible, log_odds, np.float32(99))
            assert Patches(changed, visible, np.eye(2, 3)).mean(region) == seen

    def test_half_of_a_region_is_enough_and_less_is_not(self):
        visible = ALL_VISIBLE.copy()
        visible[:, 8:] = False
        assert Patches(np.ones((GRID, GRID)), visible, np.eye(2, 3)).mean("mouth") == 1
        visible[12, 7] = False
        assert Patches(np.ones((GRID, GRID)), visible, np.eye(2, 3)).mean("mouth") is None

    def test_a_region_mostly_beyond_the_photo_gives_no_value(self, encoder, face):
        described = encoder.describe(cropped(face, right=face.landmarks[regions.IRIDES[0], 0]))
        visible = described.patches.visible
        assert visible[:, :5].all()
        assert not visible[:, 6:].any()
        assert {region for region in REGIONS if described.patches.mean(region) is not None} == {"sides"}
        assert set(cues.learned_values(cue_named("surroundings"), described.patches)) == {"surroundings_learned_sides"}
        assert "eyes_learned" not in cues.measure_one(cue_named("eyes"), described).values


class TestLearnedMeasures:
    def test_every_region_belongs_to_one_measure(self):
        assert sorted(REGION_OF.values()) == sorted(REGIONS)

    def test_each_is_the_mean_of_its_region(self, encoder, face):
        described = encoder.describe(face)
        values = cues.values(described)
        for key, region in REGION_OF.items():
            assert values[key] == pytest.approx(described.patches.log_odds[patches_of(region)].mean(), rel=1e-5)

    def test_they_leave_the_other_measures_as_they_are(self, encoder, face):
        plain, described = cues.values(face), cues.values(encoder.describe(face))
        assert not set(plain) & set(REGION_OF)
        assert {key: value for key, value in described.items() if key not in REGION_OF} == plain

    def test_a_cue_whose_own_measures_abstain_still_speaks_and_says_why(self, encoder, other_face):
        surroundings = cue_named("surroundings")
        alone = cues.measure_one(surroundings, other_face, strict=True)
        assert alone.status == "abstained"
        heard = cues.measure_one(surroundings, encoder.describe(other_face), strict=True)
        assert (heard.status, heard.reason) == ("ok", None)
        assert set(heard.values) == {"surroundings_learned_top", "surroundings_learned_sides"}
        assert heard.note == f"Its other measures could not be taken: {alone.reason}."
        for code in language_codes()[1:]:
            assert alone.reason not in get_language(code).translate(heard.note)

    def test_a_cue_that_sees_neither_abstains_with_its_own_reason(self, encoder, other_face):
        right, left = sorted(other_face.landmarks[[*regions.IRIDES], 0])
        strip = cropped(other_face, left=right, right=left)
        described = encoder.describe(strip)
        assert cues.learned_values(cue_named("surroundings"), described.patches) == {}
        heard, alone = (cues.measure_one(cue_named("surroundings"), each, strict=True) for each in (described, strip))
        assert (heard.status, heard.reason) == (alone.status, alone.reason) == ("abstained", alone.reason)

    def test_a_cue_that_breaks_fails_as_it_does_without_an_encoder(self, encoder, face):
        broken = replace(cue_named("eyes"), measure=lambda _: 1 / 0)
        measured = cues.measure_one(broken, encoder.describe(face))
        assert (measured.status, measured.reason, measured.values) == ("failed", "ZeroDivisionError", {})


def raised(encoder, face, *places, rest=0.1):
    """The face with patches of log-odds 3 at some rows and columns, and `rest` everywhere else."""
    patches = encoder.describe(face).patches
    log_odds = np.full((GRID, GRID), rest, np.float32)
    for row, column in places:
        log_odds[row, column] = 3
    return replace(face, patches=replace(patches, log_odds=log_odds))


def learned_marks(cue, face):
    """The heat maps, and the outlines of what does not lean to AI."""
    plain = cues.measure_one(cue, replace(face, patches=None), strict=True)
    marks = cues.measure_one(cue, face, strict=True).evidence
    assert marks[: len(plain.evidence)] == plain.evidence
    added = marks[len(plain.evidence) :]
    heats = tuple(mark for mark in added if mark.kind == "heatmap")
    return heats, added[len(heats) :]


def heat_maps(cue, face):
    return learned_marks(cue, face)[0]


def brightest(heat):
    """Centre of the brightest tile, in pixels of the photo."""
    grid = np.array(heat.grid)
    row, column = np.unravel_index(grid.argmax(), grid.shape)
    start, end = np.array(heat.points)
    return start + (np.array([column, row]) + 0.5) / grid.shape[::-1] * (end - start)


class TestHeatMap:
    def test_there_is_none_when_nothing_leans_to_ai(self, encoder, face):
        dark = encoder.describe(replace(face, photo=from_array(face.photo.pixels // 3)))
        bright = encoder.describe(replace(face, photo=from_array(255 - face.photo.pixels // 3)))
        for cue in cues.discover():
            heats, outlines = learned_marks(cue, dark)
            assert heats == ()
            assert {key for mark in outlines for key in mark.measures} == {measure.key for measure in cue.learned}
            heats, outlines = learned_marks(cue, bright)
            assert (len(heats), outlines) == (bool(cue.learned), ())

    def test_none_is_drawn_where_nobody_draws(self, encoder, face):
        bright = raised(encoder, face)
        measured = cues.measure_one(cue_named("eyes"), bright, evidence=False)
        assert measured.evidence == ()
        assert "eyes_learned" in measured.values

    @pytest.mark.parametrize("degrees", [-20, 0, 20])
    @pytest.mark.parametrize(
        ("name", "outlines"), [("eyes", ("eye_R", "eye_L")), ("expression", ("lips_outer",)), ("skin", ("cheek_R",))]
    )
    def test_its_box_covers_the_region_on_the_photo(self, encoder, turned, degrees, name, outlines):
        face = raised(encoder, turned(degrees), *np.argwhere(ALL_VISIBLE))
        (heat,) = heat_maps(cue_named(name), face)
        (left, top), (right, bottom) = heat.points
        for outline in outlines:
            middle = face.landmarks[regions.polygon(outline)].mean(axis=0)
            assert left < middle[0] < right
            assert top < middle[1] < bottom
        # Half a tile may be missing at the right and at the bottom.
        tile = (right - left) / len(heat.grid[0])
        mask = np.logical_or.reduce([patches_of(measure.region) for measure in cue_named(name).learned])
        rows, columns = np.nonzero(mask)
        edges = np.array([(x, y) for x in (columns.min(), columns.max() + 1) for y in (rows.min(), rows.max() + 1)])
        corners = on_photo(face, edges)
        assert (left, top) == pytest.approx(corners.min(axis=0), abs=1e-2)
        assert (right, bottom) == pytest.approx(corners.max(axis=0), abs=tile / 2 + 1e-2)

    @pytest.mark.parametrize("degrees", [-20, 0, 20])
    @pytest.mark.parametrize(("iris", "place"), [(0, (6, 5)), (1, (6, 10))])
    def test_it_is_brightest_where_a_patch_was_raised(self, encoder, turned, degrees, iris, place):
        face = raised(encoder, turned(degrees), place)
        (heat,) = heat_maps(cue_named("eyes"), face)
        assert np.linalg.norm(brightest(heat) - face.landmarks[regions.IRIDES[iris]]) < 0.15 * face.iod
        assert np.floor(on_grid(face, brightest(heat))).tolist() == [place[1], place[0]]

    def test_it_shows_only_the_regions_that_lean_to_ai(self, encoder, face):
        described = raised(encoder, face, *np.argwhere(patches_of("forehead")), rest=-1.0)
        (heat,), outlines = learned_marks(cue_named("skin"), described)
        assert heat.measures == ("skin_learned_forehead",)
        assert {mark.kind for mark in outlines} == {"outline"}
        assert {mark.measures for mark in outlines} == {("skin_learned_cheeks",)}
        assert heat.points[1][1] < face.landmarks[[*regions.IRIDES], 1].min()

    def test_other_regions_and_hidden_patches_stay_dark(self, encoder, face):
        everywhere = raised(encoder, face, *np.argwhere(ALL_VISIBLE))
        (heat,) = heat_maps(cue_named("surroundings"), everywhere)
        grid = np.array(heat.grid)
        start, end = np.array(heat.points)
        down, across = (np.arange(count) + 0.5 for count in grid.shape)
        centres = np.stack(np.meshgrid(across, down), axis=-1) / grid.shape[::-1] * (end - start) + start
        places = on_grid(face, centres)
        inside = (places[..., 0] > 3.6) & (places[..., 0] < 12.4) & (places[..., 1] > 2.6)
        assert inside.any()
        assert not grid[inside].any()
        visible = everywhere.patches.visible.copy()
        visible[:, :3] = False
        hidden = replace(everywhere, patches=replace(everywhere.patches, visible=visible))
        (heat,) = heat_maps(cue_named("surroundings"), hidden)
        assert not np.array(heat.grid)[places[..., 0] < 2.4].any()
        assert np.array(heat.grid)[places[..., 0] > 13.6].any()


@pytest.fixture(scope="module")
def bundled(weights, encoder, landmarker, portrait, other_portrait, small_recipe, tmp_path_factory):  # noqa: ARG001
    """A bundle that has learned that the first portrait's patches are those of AI, and its manifest."""
    faces = [encoder.describe(landmarker.find(photo)) for photo in (portrait, other_portrait)]
    of_ai, of_camera = (np.array([face.patches.mean(region) for region in REGION_OF.values()]) for face in faces)
    table = synthetic(shift=0.0, clusters=3, rows=20, keys=tuple(key for key in KEYS if key not in REGION_OF)[::9])
    learned = np.where(table.is_ai[:, None], of_ai, of_camera)
    learned = learned + np.random.default_rng(0).normal(0, 0.3, learned.shape)
    table = replace(table, keys=(*table.keys, *REGION_OF), values=np.column_stack([table.values, learned]))
    folder = tmp_path_factory.mktemp("bundle") / "toy"
    return folder, write_bundle(Dataset(folder, table.items), table, folder, encoder=weights)


@pytest.fixture
def trained(bundled, tmp_path):
    """A copy of it."""
    folder, manifest = bundled
    shutil.copytree(folder, tmp_path / "toy")
    return tmp_path / "toy", manifest


def test_a_bundle_brings_its_encoder_and_says_which(trained, weights):
    folder, manifest = trained
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert manifest["encoder"] == {"file": "encoder.onnx", "sha256": digest, "training": TRAINING}
    assert bundle.load(folder, cues.discover()).encoder.sha256 == digest
    (folder / "encoder.onnx").write_bytes(b"another")
    with pytest.raises(ModelMismatchError, match=r"encoder\.onnx is not the file its manifest was written for"):
        bundle.load(folder, cues.discover())


def test_a_bundle_without_its_encoder_is_refused(trained):
    folder, _ = trained
    (folder / "encoder.onnx").unlink()
    with pytest.raises(ModelError, match=r"encoder\.onnx cannot be read"):
        bundle.load(folder, cues.discover())


@pytest.fixture(scope="module")
def reports(bundled):
    """Of the portrait that it learned as AI, and of the other one."""
    with Checker(bundled[0]) as checker:
        return [checker.check_bytes(path.read_bytes(), path.name) for path in (PORTRAIT_A, PORTRAIT_B)]


def of_cue(report, name):
    return next(cue for cue in report.cues if cue.name == name)


class TestReport:
    def test_learned_measures_move_the_score(self, reports):
        ai, real = reports
        assert ai.p_ai > 0.5 > real.p_ai
        for name in ("eyes", "expression", "shape", "skin", "surroundings"):
            assert of_cue(ai, name).contribution > of_cue(real, name).contribution

    def test_they_are_shown_as_other_measures_are(self, reports, encoder, face):
        cue = of_cue(reports[0], "eyes")
        measure = next(measure for measure in cue.measures if measure.key == "eyes_learned")
        assert measure.value == pytest.approx(encoder.describe(face).patches.mean("eye_area"), abs=0.01)
        assert (measure.unit, measure.suggests) == ("log-odds", "artificial")
        assert measure.typical[0] < measure.typical[1]
        assert cue.summary.startswith("Eyes: leans towards AI. Look of the eyes: ")
        stored = next(each for each in reports[0].to_dict()["cues"] if each["name"] == "eyes")
        assert "eyes_learned" in [measure["key"] for measure in stored["measures"]]
        assert "vectors" not in stored

    def test_a_cue_that_could_see_nothing_else_says_so(self, reports):
        cue = of_cue(reports[1], "surroundings")
        assert cue.status == "ok"
        assert "Its other measures could not be taken: nothing around the face could be compared" in cue.summary
        assert text.cue_lines(cue)

    @pytest.mark.parametrize("code", language_codes()[1:])
    def test_nothing_of_them_stays_english(self, reports, code):
        for report in reports:
            for cue, translated in zip(report.cues, get_language(code).translate_report(report).cues, strict=True):
                assert "learned from examples" not in translated.summary
                assert "Its other measures" not in translated.summary
                labels = [mark.label for mark in translated.evidence]
                assert len(labels) == len(cue.evidence)
                assert "learned from examples" not in labels

    def test_the_store_keeps_them(self, reports, tmp_path):
        report = replace(reports[0], sha256="0" * 64)
        with Store(tmp_path / "found.sqlite", "someone") as store:
            store.add(report, None, "0" * 64, with_pictures=False)
            assert next(store.reports()).to_dict() == report.to_dict()


class TestFingerprint:
    def test_it_names_each_file_of_the_model(self, trained, tmp_path):
        folder, _ = trained
        known = Setup(folder).fingerprint()
        assert known == Setup(folder, previews=True).fingerprint() == Setup(folder).fingerprint()
        for name in ("encoder.onnx", "manifest.json", "model.npz"):
            copy = tmp_path / name.replace(".", "_")
            shutil.copytree(folder, copy)
            (copy / name).write_bytes((copy / name).read_bytes() + b" ")
            assert Setup(copy).fingerprint() != known

    def test_it_names_the_code_and_the_data_of_a_check(self, python, tmp_path):
        script = """
import shutil, sys
from pathlib import Path
import artifact_check
root = Path(artifact_check.__file__).parent
copy = Path(sys.argv[1]) / "artifact_check"
shutil.copytree(root, copy)
shutil.copytree(sys.argv[2], copy / "_models", dirs_exist_ok=True)
if sys.argv[3]:
    with (copy / sys.argv[3]).open("a") as file:
        file.write("\\n")
for name in [name for name in sys.modules if name.startswith("artifact_check")]:
    del sys.modules[name]
sys.path.insert(0, sys.argv[1])
from artifact_check.scanning.setup import Setup
assert Path(sys.modules["artifact_check"].__file__).parent == copy
print(Setup().fingerprint())
"""
        changed = (
            *("", "cues/skin/__init__.py", "cues/_learned.py", "face/face_mesh.json", "checking/visibility.py"),
            "report/words.py",
        )
        printed = [python(script, tmp_path / str(i), ROOT / "models", name) for i, name in enumerate(changed)]
        same, *moved, words = [run.stdout.strip() for run in printed]
        assert len({same, *moved}) == len(changed) - 1, printed[0].stderr
        assert words == same  # how a report is written moves no result


class TestCache:
    @pytest.fixture
    def finding(self, face):
        """What makes the pictures, and how often it was asked."""
        asked = []

        def make():
            asked.append(1)
            return {"raw": Picture(face, {"bytes": 3.0}), "gone": None}

        return make, asked

    @pytest.fixture
    def measured(self, monkeypatch):
        """The cues that are measured from now on."""
        names, of = [], cues.measure_one
        monkeypatch.setattr(cues, "measure_one", lambda cue, *a, **k: names.append(cue.name) or of(cue, *a, **k))
        return names

    @pytest.fixture
    def double(self, tmp_path_factory):
        """Another encoder: its log-odds are twice those of the first."""
        return write_encoder(tmp_path_factory.mktemp("double") / "double.onnx", gain=0.2)

    def measure(self, measuring, make, cluster=None):
        return measuring.measure(b"photo", ["recipe"], (), make, cluster)

    def learned(self, found):
        return {key: value for key, value in found.pictures["raw"].values.items() if key in REGION_OF}

    def test_a_second_run_finds_and_measures_nothing(self, tmp_path, face, finding, measured):
        make, asked = finding
        first = self.measure(Measuring(tmp_path), make)
        assert first.pictures["raw"].values == cues.values(face)
        assert first.pictures["raw"].facts == {"bytes": 3.0}
        assert first.pictures["gone"] is None
        measured.clear()
        assert self.measure(Measuring(tmp_path), make) == first
        assert (asked, measured) == ([1], [])

    def test_with_an_encoder_it_holds_what_a_check_measures(self, tmp_path, encoder, weights, face, finding):
        make, asked = finding
        expected = cues.values(encoder.describe(face))
        for folder in (tmp_path, tmp_path, None):
            found = self.measure(Measuring(folder, Encoders(weights)), make)
            assert found.pictures["raw"].values == expected
            assert found.pictures["gone"] is None
        assert len(asked) == 2  # the second run asked the cache

    def test_a_cue_whose_code_changed_is_measured_alone(self, tmp_path, finding, measured, monkeypatch):
        make, _ = finding
        first = self.measure(Measuring(tmp_path), make)
        measured.clear()
        identity = measuring_module._identity
        monkeypatch.setattr(
            measuring_module, "_identity", lambda cue: identity(cue) + ("new" if cue.name == "skin" else "")
        )
        assert self.measure(Measuring(tmp_path), make) == first
        assert measured == ["skin"]

    def test_other_weights_ask_for_no_face_and_measure_no_cue(self, tmp_path, weights, double, finding, measured):
        make, asked = finding
        first = self.measure(Measuring(tmp_path, Encoders(weights)), make)
        measured.clear()
        second = self.measure(Measuring(tmp_path, Encoders(double)), make)
        assert (asked, measured) == ([1], [])
        assert set(self.learned(first)) == set(REGION_OF)
        assert self.learned(second) == pytest.approx({key: 2 * value for key, value in self.learned(first).items()})
        values = first.pictures["raw"].values
        assert second.pictures["raw"].values == {**values, **self.learned(second)}

    def test_an_encoder_may_come_later(self, tmp_path, weights, finding, measured):
        make, asked = finding
        plain = self.measure(Measuring(tmp_path), make)
        assert self.learned(plain) == {}
        measured.clear()
        assert set(self.learned(self.measure(Measuring(tmp_path, Encoders(weights)), make))) == set(REGION_OF)
        assert measured == []
        self.measure(Measuring(tmp_path, Encoders(weights)), make)
        assert asked == [1, 1]  # for crops, which the first encoder needs and the cache then keeps
        assert self.measure(Measuring(tmp_path), make) == plain

    def test_the_encoder_runs_once_a_face_however_many_cues_hear_it(self, weights, finding, monkeypatch):
        make, _ = finding
        encoders = Encoders(weights)
        self.measure(Measuring(encoders=encoders), make)
        ran, of = [], Encoder.run
        monkeypatch.setattr(Encoder, "run", lambda self, crop: ran.append(1) or of(self, crop))
        self.measure(Measuring(encoders=encoders), make)
        assert ran == [1]

    def test_a_photo_is_judged_by_the_encoder_that_left_out_its_cluster(self, tmp_path, weights, double, finding):
        make, _ = finding
        measuring = Measuring(tmp_path, Encoders(weights, {"left": double}))
        expected = [self.learned(self.measure(Measuring(None, Encoders(each)), make)) for each in (weights, double)]
        assert expected[0] != expected[1]
        assert self.learned(self.measure(measuring, make, "left")) == expected[1]
        assert self.learned(self.measure(measuring, make, "another")) == expected[0]
        assert self.learned(self.measure(measuring, make)) == expected[0]

    def test_no_cache_gives_the_same(self, tmp_path, finding):
        make, _ = finding
        assert self.measure(Measuring(), make) == self.measure(Measuring(tmp_path), make)

    def test_an_entry_is_what_is_read(self, tmp_path, finding):
        make, _ = finding
        self.measure(Measuring(tmp_path), make)
        for entry in tmp_path.glob("*.json"):
            kept = json.loads(entry.read_text())
            if KEYS[0] in (kept.get("raw") or {}):
                entry.write_text(json.dumps(kept | {"raw": {KEYS[0]: 42.0}}))
        assert self.measure(Measuring(tmp_path), make).pictures["raw"].values[KEYS[0]] == 42.0

    def test_crops_survive_a_round_trip(self, face, other_face):
        half = Crop.around(cropped(other_face, right=other_face.landmarks[regions.IRIDES[0], 0]))
        crops = {"raw": Crop.around(face), "gone": None, "profile.0": half}
        back = crops_from_bytes(crops_to_bytes(crops))
        assert list(back) == list(crops)
        assert back["gone"] is None
        for name in ("raw", "profile.0"):
            assert back[name].pixels.shape == (CROP_SIDE, CROP_SIDE, 3)
            for part in ("pixels", "visible", "from_photo"):
                kept, read = getattr(crops[name], part), getattr(back[name], part)
                assert read.dtype == kept.dtype
                assert np.array_equal(read, kept)
        assert crops_from_bytes(crops_to_bytes({"gone": None})) == {"gone": None}


class TestReadingEncoders:
    @pytest.fixture
    def dataset(self, tmp_path):
        rows = ["file,label,source", "a.jpg,ai,gan", "b.jpg,ai,flow", "c.jpg,real,site", "d.jpg,real,camera"]
        (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n")
        return read_dataset(tmp_path)

    @pytest.fixture
    def written(self, dataset, tmp_path):
        """What `train-encoder` leaves: the encoder, those of two folds, and how they were trained."""
        encoder = write_encoder(tmp_path / "encoder.onnx")
        for fold in (0, 1):
            write_encoder(fold_encoder(encoder, fold))
        files = (encoder, *(fold_encoder(encoder, fold) for fold in (0, 1)))
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        facts = {"training_set": dataset.id, "folds": [["camera", "gan"], ["flow", "site"]], "sha256": digests}
        encoder.with_suffix(".json").write_text(json.dumps(facts))
        return encoder

    def test_each_cluster_gets_the_encoder_that_left_it_out(self, written, dataset, tmp_path):
        encoders = read_encoders(written, dataset)
        assert encoders.all_photos == encoders.of(None) == encoders.of("unknown") == written
        first, second = tmp_path / "encoder.fold-1.onnx", tmp_path / "encoder.fold-2.onnx"
        assert [encoders.of(cluster) for cluster in ("camera", "gan", "flow", "site")] == [first, first, second, second]

    @pytest.mark.parametrize("name", ["encoder.onnx", "encoder.fold-1.onnx", "encoder.fold-2.onnx"])
    def test_a_missing_file_is_named(self, written, dataset, tmp_path, name):
        (tmp_path / name).unlink()
        with pytest.raises(ModelError, match=rf"{name} is missing; run train-encoder again"):
            read_encoders(written, dataset)

    def test_files_of_another_training_are_refused(self, written, dataset):
        write_encoder(fold_encoder(written, 1), gain=0.3)
        with pytest.raises(ModelError, match=r"encoder\.fold-2\.onnx is of another training"):
            read_encoders(written, dataset)

    def test_without_folds_nothing_would_be_held_out(self, written, dataset):
        facts = written.with_suffix(".json")
        facts.write_text(json.dumps(json.loads(facts.read_text()) | {"folds": []}))
        with pytest.raises(ModelError, match="has no folds"):
            read_encoders(written, dataset)

    def test_one_that_learned_other_photos_is_refused(self, written, dataset):
        fewer = replace(dataset, items=dataset.items[1:])
        with pytest.raises(DatasetError, match="was trained on other photos"):
            read_encoders(written, fewer)

    @pytest.mark.parametrize("content", [None, "", "no JSON"])
    def test_without_how_it_was_trained_it_is_refused(self, written, dataset, content):
        facts = written.with_suffix(".json")
        facts.unlink() if content is None else facts.write_text(content)
        with pytest.raises(ModelError, match=r"encoder\.json cannot be read"):
            read_encoders(written, dataset)
