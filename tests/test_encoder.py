"""The seam for learned descriptors, with a toy encoder that averages colours: from a photo to a score and a report."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B, cropped
from test_learn import KEYS, synthetic
from toy_encoder import write_encoder

from artifact_check import cues
from artifact_check.checking.checker import Checker
from artifact_check.cues import Cue, Measure, Reading, Vector
from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import Encoder, regions
from artifact_check.learn import fitting
from artifact_check.learn.figures import evaluation
from artifact_check.learn.measuring import Measuring, Picture
from artifact_check.learn.table.dataset import Dataset
from artifact_check.learn.train import write_bundle
from artifact_check.model import bundle
from artifact_check.photo import from_array
from artifact_check.report import text
from artifact_check.report.language import get_language
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.store import Store

EYES = ("eye_R", "eye_L")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder") / "toy.onnx")


@pytest.fixture(scope="module")
def encoder(weights):
    return Encoder(weights)


def outline(face, *names):
    return face.landmarks[np.concatenate([regions.polygon(name) for name in names])]


class TestEncoder:
    def test_each_patch_gets_its_own_descriptor(self, encoder, face):
        described = encoder.describe(face).descriptors
        assert described.grid.shape == (16, 16, 3)
        assert described.visible.all()
        # A patch of the toy's map is the mean colour there; those at the edge hold more than the cheek.
        cheek = described.patches(outline(face, "cheek_R"))
        view = face.view(64.0)
        colour = view.pixels.reshape(-1, 3)[view.where("cheek_R")].mean(axis=0)
        assert described.grid[cheek].mean(axis=0) == pytest.approx(
            colour, abs=20
        )  # patches at the edge hold more than the cheek

    def test_the_eyes_lie_level_at_the_same_patches_however_the_photo_is_turned(self, encoder, landmarker, portrait):
        rows = []
        for degrees in (-20, 0, 20):
            height, width = portrait.pixels.shape[:2]
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
            face = landmarker.find(from_array(cv2.warpAffine(portrait.pixels, turn, (width, height))))
            described = encoder.describe(face).descriptors
            points = face.landmarks[[*regions.IRIDES]]
            on_grid = points @ described.from_photo[:, :2].T + described.from_photo[:, 2]
            rows.append(on_grid)
        expected = 8 + 16 * np.array([[-0.5, -0.3], [0.5, -0.3]]) / 3.6
        for on_grid in rows:
            assert on_grid == pytest.approx(expected, abs=1e-6)

    def test_scaling_the_photo_hardly_moves_descriptors(self, encoder, landmarker, portrait):
        large = landmarker.find(from_array(cv2.resize(portrait.pixels, None, fx=2, fy=2)))
        small = landmarker.find(portrait)
        grids = [encoder.describe(face).descriptors.grid for face in (large, small)]
        assert np.abs(grids[0] - grids[1]).mean() < 3

    def test_what_reaches_beyond_the_photo_is_not_visible_and_a_region_out_there_abstains(self, encoder, face):
        left, right = face.landmarks[[*regions.IRIDES], 0]
        half = cropped(face, right=(left + right) / 2)
        described = encoder.describe(half).descriptors
        assert described.visible[:, :6].all()
        assert not described.visible[:, 9:].any()
        assert described.pool(described.patches(outline(half, "eye_L"))) is None
        assert described.pool(described.patches(outline(half, "eye_R"))) is not None

    def test_a_region_is_pooled_to_mean_and_deviation_over_its_patches_alone(self, encoder, face):
        described = encoder.describe(face).descriptors
        region = described.patches(outline(face, *EYES))
        pooled = described.pool(region)
        assert pooled[:3] == pytest.approx(described.grid[region].mean(axis=0))
        assert pooled[3:] == pytest.approx(described.grid[region].std(axis=0))
        moved = replace(described, grid=np.where(region[..., None], described.grid, 0))
        assert np.array_equal(moved.pool(region), pooled)

    def test_a_face_on_a_photo_decoded_anew_is_described_anew(self, encoder, face):
        described = encoder.describe(face)
        assert described.rescaled_to(face.photo).descriptors is None

    @pytest.mark.parametrize("content", [b"", b"no network", b"\x08\x08"])
    def test_a_file_that_is_no_network_is_refused(self, tmp_path, content):
        (tmp_path / "broken.onnx").write_bytes(content)
        with pytest.raises(ModelError, match=r"broken\.onnx is not an encoder"):
            Encoder(tmp_path / "broken.onnx")

    def test_a_missing_or_another_file_is_refused(self, weights, tmp_path):
        with pytest.raises(ModelError, match="cannot be read"):
            Encoder(tmp_path / "missing.onnx")
        with pytest.raises(ModelMismatchError, match="not the file its manifest was written for"):
            Encoder(weights, "0" * 64)


def measure_zebra(face):
    found = face.descriptors
    learned = None if found is None else found.pool(found.patches(outline(face, *EYES)))
    return Reading({"zebra_width": face.iod}, vectors={} if learned is None else {"zebra_learned": learned})


ZEBRA = Cue(
    name="zebra",
    version=1,
    title="Zebra",
    advice="Another zebra.",
    measures=(Measure("zebra_width", "px", 0, 9999, "either", "How far apart the stripes are.", scored=False),),
    vectors=(Vector("zebra_learned", 6, "How the eyes look."),),
    measure=measure_zebra,
)


@pytest.fixture
def zebra(monkeypatch):
    """The toy cue beside the real ones, wherever cues are discovered."""
    _discover_too(monkeypatch)
    return ZEBRA


def _discover_too(patch):
    together = (*cues.discover(), ZEBRA)
    for module in (cues, fitting, evaluation):
        patch.setattr(module, "discover", lambda: together)


def test_a_vector_is_measured_whole_or_left_out(encoder, face):
    assert cues.measure_one(ZEBRA, face, strict=True).values == {"zebra_width": face.iod}
    values = cues.measure_one(ZEBRA, encoder.describe(face), strict=True).values
    assert list(values) == list(ZEBRA.columns) == ["zebra_width", *(f"zebra_learned.{i}" for i in range(6))]
    broken = replace(
        ZEBRA, measure=lambda _: Reading({"zebra_width": 1.0}, vectors={"zebra_learned": np.full(6, np.nan)})
    )
    assert cues.measure_one(broken, face, strict=True).values == {"zebra_width": 1.0}


@pytest.fixture(scope="module")
def bundled(weights, encoder, landmarker, portrait, other_portrait, small_recipe, tmp_path_factory):  # noqa: ARG001
    """A bundle whose cue zebra has learned that the first portrait's eyes are those of AI, and its manifest."""
    faces = [encoder.describe(landmarker.find(photo)) for photo in (portrait, other_portrait)]
    of_ai, of_camera = (np.array(list(cues.measure_one(ZEBRA, face).values.values())[1:]) for face in faces)
    table = synthetic(shift=0.0, clusters=3, rows=20, keys=KEYS[::9])
    learned = np.where(table.is_ai[:, None], of_ai, of_camera)
    learned = learned + np.random.default_rng(0).normal(0, 3, learned.shape)
    keys = (*table.keys, *ZEBRA.columns[1:])
    table = replace(table, keys=keys, values=np.column_stack([table.values, learned]))
    folder = tmp_path_factory.mktemp("bundle") / "toy"
    with pytest.MonkeyPatch.context() as patch:
        _discover_too(patch)
        return folder, write_bundle(Dataset(folder, table.items), table, folder, encoder=weights)


@pytest.fixture
def trained(zebra, bundled, tmp_path):  # noqa: ARG001 - the cue has to be there
    """A copy of it."""
    folder, manifest = bundled
    shutil.copytree(folder, tmp_path / "toy")
    return tmp_path / "toy", manifest


def test_a_bundle_brings_its_encoder_and_says_which(trained, weights):
    folder, manifest = trained
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert manifest["encoder"] == {"file": "encoder.onnx", "sha256": digest}
    assert bundle.load(folder, cues.discover()).encoder.sha256 == digest
    (folder / "encoder.onnx").write_bytes(b"another")
    with pytest.raises(ModelMismatchError, match=r"encoder\.onnx is not the file its manifest was written for"):
        bundle.load(folder, cues.discover())


def test_descriptors_move_the_score_and_a_report_shows_them_as_one_line(trained, tmp_path):
    folder, _ = trained
    with Checker(folder) as checker:
        ai, real = (checker.check_bytes(path.read_bytes(), path.name) for path in (PORTRAIT_A, PORTRAIT_B))
    assert ai.p_ai > real.p_ai
    cue = next(cue for cue in ai.cues if cue.name == "zebra")
    (vector,) = cue.vectors
    assert (vector.key, vector.size) == ("zebra_learned", 6)
    assert vector.contribution == pytest.approx(cue.contribution, abs=1e-4)
    assert "how the eyes look (learned from examples)" in cue.summary
    (line,) = [line for line in text.cue_lines(cue) if "learned" in line]
    assert line == f"How the eyes look (learned from examples, 6 numbers: {vector.contribution:+.1f})"
    assert "aus Beispielen gelernt, 6 Zahlen" in get_language("de").translate(line)
    stored = next(each for each in ai.to_dict()["cues"] if each["name"] == "zebra")
    assert stored["vectors"] == [
        {"key": "zebra_learned", "size": 6, "contribution": vector.contribution, "sentence": "How the eyes look."}
    ]
    assert not any("vectors" in each for each in ai.to_dict()["cues"] if each["name"] != "zebra")
    with Store(tmp_path / "found.sqlite", "someone") as store:
        store.add(replace(ai, sha256="0" * 64), None, with_pictures=False)
        assert next(store.reports()).to_dict() == replace(ai, sha256="0" * 64).to_dict()


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
        from conftest import ROOT

        changed = ("", "cues/skin.py", "face/face_mesh.json", "checking/visibility.py", "report/words.py")
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

    def measure(self, measuring, make):
        return measuring.measure(b"photo", ["recipe"], (), make)

    def test_a_second_run_finds_and_measures_nothing(self, tmp_path, face, finding, monkeypatch):
        make, asked = finding
        first = self.measure(Measuring(tmp_path), make)
        assert first.pictures["raw"].values == cues.values(face)
        assert first.pictures["raw"].facts == {"bytes": 3.0}
        assert first.pictures["gone"] is None
        monkeypatch.setattr(cues, "measure_one", None)
        assert self.measure(Measuring(tmp_path), make) == first
        assert asked == [1]

    def test_a_cue_whose_code_changed_is_measured_alone(self, tmp_path, finding, monkeypatch):
        make, _ = finding
        first = self.measure(Measuring(tmp_path), make)
        measured, of = [], cues.measure_one
        monkeypatch.setattr(cues, "measure_one", lambda cue, *a, **k: measured.append(cue.name) or of(cue, *a, **k))
        identity = Measuring._identity
        monkeypatch.setattr(
            Measuring, "_identity", lambda self, cue: (*identity(self, cue), *(["new"] if cue.name == "skin" else []))
        )
        assert self.measure(Measuring(tmp_path), make) == first
        assert measured == ["skin"]

    def test_other_weights_measure_the_cues_that_use_them(self, tmp_path, zebra, finding, weights, monkeypatch):
        make, _ = finding
        first = self.measure(Measuring(tmp_path, weights), make)
        measured, of = [], cues.measure_one
        monkeypatch.setattr(cues, "measure_one", lambda cue, *a, **k: measured.append(cue.name) or of(cue, *a, **k))
        double = write_encoder(tmp_path / "double.onnx", gain=2.0)
        second = self.measure(Measuring(tmp_path, double), make)
        assert measured == ["zebra"]
        for name in zebra.columns[1:]:
            assert second.pictures["raw"].values[name] == pytest.approx(
                2 * first.pictures["raw"].values[name], rel=1e-3
            )

    def test_the_encoder_runs_once_a_face_however_many_cues_pool_it(self, weights, finding, monkeypatch):
        make, _ = finding
        twins = (ZEBRA, replace(ZEBRA, name="zebra"))
        monkeypatch.setattr(cues, "discover", lambda: twins)
        described, of = [], Encoder.describe
        monkeypatch.setattr(Encoder, "describe", lambda self, face: described.append(1) or of(self, face))
        self.measure(Measuring(encoder=weights), make)
        assert described == [1]

    def test_no_cache_gives_the_same(self, tmp_path, finding):
        make, _ = finding
        assert self.measure(Measuring(), make) == self.measure(Measuring(tmp_path), make)

    def test_an_entry_is_what_is_read(self, tmp_path, finding):
        make, _ = finding
        self.measure(Measuring(tmp_path), make)
        for entry in tmp_path.iterdir():
            kept = json.loads(entry.read_text())
            if KEYS[0] in (kept.get("raw") or {}):
                entry.write_text(json.dumps(kept | {"raw": {KEYS[0]: 42.0}}))
        assert self.measure(Measuring(tmp_path), make).pictures["raw"].values[KEYS[0]] == 42.0
