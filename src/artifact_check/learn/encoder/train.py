"""A labelled folder -> the weights of an encoder, by one call that can be interrupted and repeated."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_check.errors import OutputError
from artifact_check.learn.encoder.crops import Crops, make_crops
from artifact_check.learn.encoder.labels import Labels, labels_of
from artifact_check.learn.encoder.recipe import Recipe
from artifact_check.learn.encoder.targets import Targets, make_targets
from artifact_check.learn.encoder.teacher import make_teacher
from artifact_check.learn.measuring import code_digest, digest
from artifact_check.learn.table.dataset import Dataset
from artifact_check.learn.table.folds import deal_folds, fold_encoder, sha256_of
from artifact_check.learn.workers import Progress, require_libraries

if TYPE_CHECKING:
    from artifact_check.learn.encoder.network import Student

NEEDED = ("torch", "onnx")
_CODE = ("learn/encoder/network.py", "learn/encoder/student.py", "learn/encoder/recipe.py")
_DISTILLED_BY = (
    *("seed", "components", "fine_width", "fine_blocks", "width", "blocks", "batch"),
    *("distil_epochs", "distil_rate", "distil_decay"),
)


@dataclass(frozen=True)
class Messages:
    """How a training tells how far it is: `say` takes a line, `bar` a number of steps and gives what advances it."""

    say: Callable[[str], None] = lambda _: None
    bar: Callable[[int], AbstractContextManager[Progress]] = lambda _: nullcontext(lambda: None)


def train_encoder(
    dataset: Dataset,
    work: Path,
    output: Path,
    *,
    recipe: Recipe | None = None,
    teacher: Path | None = None,
    jobs: int = 1,
    messages: Messages | None = None,
) -> None:
    """Train an encoder on a data set and write it to `output` (ONNX), and how it was trained beside it (JSON).

    Beside it, too, are the encoders of `Recipe.folds` folds, each tuned without the labels of its fold's clusters: what
    they say of those photos is held out (`table.folds.read_encoders`). The distillation sees no labels and uses all
    photos.

    The folder `work` keeps crops, targets and a checkpoint for each epoch under names that say what they depend on: a
    second call goes on from there. `teacher` is the ONNX file to distil (None: see `teacher.py`).

    Raises:
        ModelError: PyTorch, onnx or the teacher's weights are missing.
        DatasetError: there are no faces to learn from.
        OutputError: `work` or `output` cannot be written.
    """
    require_libraries("encoder", *NEEDED)
    recipe, messages = recipe or Recipe(), messages or Messages()
    try:
        work.mkdir(parents=True, exist_ok=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.with_suffix(".json").unlink(missing_ok=True)  # it tells that all files beside it belong together
        teacher = teacher or make_teacher(work)
        with messages.bar(len(dataset.items)) as advance:
            crops = make_crops(dataset, recipe, work, jobs=jobs, progress=advance)
        messages.say(f"{len(crops.rows)} crops of {len(dataset.items)} photos")
        with messages.bar(len(crops.rows) + min(recipe.sample, len(crops.rows))) as advance:
            targets = make_targets(crops, teacher, recipe, work, jobs=jobs, progress=advance)
        folds = deal_folds(dataset, recipe.folds)
        _train_all(_Material(dataset, crops, targets, recipe, work, messages), folds, output, jobs)
        _describe(dataset, teacher, folds, recipe, output)
    except OSError as error:
        raise OutputError(
            f"{error.filename or work} cannot be written ({error.strerror}); choose another folder."
        ) from None


@dataclass(frozen=True)
class _Material:
    """What the encoders of all folds are trained from."""

    dataset: Dataset
    crops: Crops
    targets: Targets
    recipe: Recipe
    work: Path
    messages: Messages


def _train_all(material: _Material, folds: Sequence[Collection[str]], output: Path, jobs: int) -> None:
    """The encoder of each fold, and at last that of all photos."""
    import torch

    from artifact_check.learn.encoder.student import distil  # noqa: PLC0415 - needs PyTorch

    torch.set_num_threads(jobs)
    crops, targets, recipe, say = material.crops, material.targets, material.recipe, material.messages.say
    settings = asdict(recipe)
    key = digest(targets.key, [settings[name] for name in _DISTILLED_BY], version("torch"), code_digest(_CODE))
    student = distil(crops, targets, recipe, material.work / f"distilled-{key[:16]}.pt", say)
    for fold, left_out in enumerate((*folds, ())):
        say(f"fold {fold + 1} of {len(folds)}" if left_out else "all photos")
        target = fold_encoder(output, fold) if left_out else output
        _tune(material, copy.deepcopy(student), labels_of(material.dataset, crops, left_out), target, key)


def _tune(material: _Material, student: Student, labels: Labels, target: Path, distilled: str) -> None:
    """Tune a copy of the student that has the key `distilled`, and write it to `target`."""
    from artifact_check.learn.encoder.network import Detector, export  # noqa: PLC0415 - need PyTorch
    from artifact_check.learn.encoder.student import held_out_auc, tune  # noqa: PLC0415

    crops, targets, recipe, say = material.crops, material.targets, material.recipe, material.messages.say
    learned = [labels.rows.tolist(), labels.is_ai[labels.rows].tolist(), labels.weights[labels.rows].tolist()]
    key = digest(distilled, asdict(recipe), learned)
    heads = tune(student, crops, targets, labels, recipe, material.work / f"tuned-{key[:16]}.pt", say)
    detector = Detector(student, heads)
    export(detector, target)
    auc = held_out_auc(detector, crops, labels)
    if auc is not None:
        say(f"AUC {auc:.3f} on what it has not seen")


def _describe(dataset: Dataset, teacher: Path, folds: Sequence[Collection[str]], recipe: Recipe, output: Path) -> None:
    files = (output, *(fold_encoder(output, i) for i in range(len(folds))))
    facts = {
        "sha256": {path.name: sha256_of(path) for path in files},
        "teacher_sha256": sha256_of(teacher),
        "training_set": dataset.id,
        "torch": version("torch"),
        "recipe": asdict(recipe),
        "folds": [sorted(fold) for fold in folds],
    }
    output.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
