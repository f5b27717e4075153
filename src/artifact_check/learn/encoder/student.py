"""Train the student, in PyTorch: first to predict the teacher's tokens, then to tell labels as well.

    Hinton, Vinyals, Dean (2015), "Distilling the Knowledge in a Neural Network";
    Smith, Topin (2018), "Super-Convergence" (one cycle of the learning rate);
    Szegedy et al. (2016), "Rethinking the Inception Architecture" (label smoothing).

A checkpoint is written after each epoch. An epoch's random numbers depend on seed and epoch alone, so a training that
was interrupted gives the same weights as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from artifact_check.learn.encoder.crops import Crops
from artifact_check.learn.encoder.labels import Labels
from artifact_check.learn.encoder.network import Detector, Heads, Student, to_batch
from artifact_check.learn.encoder.recipe import Recipe
from artifact_check.learn.encoder.targets import Targets
from artifact_check.learn.figures.metrics import auc

_WARM_UP = 0.15  # share of the steps in which the rate rises
_START = 0.04  # of the peak
_DISTIL, _TUNE = 0, 1  # streams of random numbers

Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops `rows` (n,) of the data set: `pixels` (n, 3, 224, 224), `visible` (n, 16, 16) bool, `wanted`
    (n, K, 16, 16); `flip` says whether heads are to see them mirrored.
    """

    rows: np.ndarray
    pixels: torch.Tensor
    visible: torch.Tensor
    wanted: torch.Tensor
    flip: bool


@dataclass(frozen=True, eq=False)
class _Task:
    """What one training trains, on what, and what it minimises."""

    name: str
    stream: int
    modules: Sequence[nn.Module]
    rates: Sequence[float]  # peak learning rate of each module
    decay: float
    epochs: int
    rows: np.ndarray
    loss: Callable[[Batch], torch.Tensor]


def distil(crops: Crops, targets: Targets, recipe: Recipe, checkpoint: Path, report: Report) -> Student:
    """A student that predicts the teacher's tokens. It sees no label."""
    torch.manual_seed(recipe.seed)
    student = Student(recipe)
    student.to(memory_format=torch.channels_last)
    weights = torch.from_numpy(targets.weights)

    def loss(batch: Batch) -> torch.Tensor:
        return distillation_loss(_run(student, batch.pixels), batch, weights)

    task = _Task(
        "distil", _DISTIL, [student], [recipe.distil_rate], recipe.distil_decay, recipe.distil_epochs, crops.rows, loss
    )
    _train(task, crops, targets, recipe, checkpoint, report)
    return student


def tune(
    student: Student, crops: Crops, targets: Targets, labels: Labels, recipe: Recipe, checkpoint: Path, report: Report
) -> Heads:
    """Train `student` and heads on the rows of `labels`, which stay close to the teacher; returns the heads."""
    torch.manual_seed(recipe.seed + 1)
    heads = Heads(recipe)
    weights = torch.from_numpy(targets.weights)

    def loss(batch: Batch) -> torch.Tensor:
        if batch.flip:  # of the mirrored crop the teacher has said nothing
            maps, visible = _run(student, batch.pixels.flip(3)), batch.visible.flip(2)
            return label_loss(heads.pool(heads(maps), visible), labels, batch.rows, recipe)
        maps = _run(student, batch.pixels)
        near = distillation_loss(maps, batch, weights)
        return (
            label_loss(heads.pool(heads(maps), batch.visible), labels, batch.rows, recipe) + recipe.distillation * near
        )

    rates = [recipe.tune_rate, recipe.heads_rate]
    task = _Task("tune", _TUNE, [student, heads], rates, recipe.tune_decay, recipe.tune_epochs, labels.rows, loss)
    _train(task, crops, targets, recipe, checkpoint, report)
    return heads


def _run(student: Student, pixels: torch.Tensor) -> torch.Tensor:
    """The student's maps, computed in bfloat16 where that is safe: about twice as fast where a processor has it."""
    with torch.autocast("cpu", torch.bfloat16):
        maps: torch.Tensor = student(pixels)
    return maps.float()


def distillation_loss(maps: torch.Tensor, batch: Batch, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean square error of (n, K, 16, 16) maps over components and visible patches."""
    error = ((maps - batch.wanted).square() * weights[:, None, None]).mean(1)
    return error[batch.visible].mean()


def label_loss(
    answer: tuple[torch.Tensor, torch.Tensor], labels: Labels, rows: np.ndarray, recipe: Recipe
) -> torch.Tensor:
    """Cross-entropy of the sum of the regions' log-odds, and of each region's that is present."""
    odds, present = answer
    smooth = labels.is_ai[rows] * (1 - 2 * recipe.smoothing) + recipe.smoothing
    wanted, weight = torch.from_numpy(smooth).float(), torch.from_numpy(labels.weights[rows]).float()
    whole = functional.binary_cross_entropy_with_logits(odds.sum(1), wanted, reduction="none")
    each = functional.binary_cross_entropy_with_logits(odds, wanted[:, None].expand_as(odds), reduction="none")
    of_regions = (each * present).sum(1) / present.sum(1).clamp_min(1)
    return (weight * (whole + recipe.per_region * of_regions)).mean()


def held_out_auc(detector: Detector, crops: Crops, labels: Labels, batch: int = 64) -> float | None:
    """AUC on the crops whose labels were not learned, each scored by the sum of its regions' log-odds; None where there
    are too few.
    """
    rows = np.setdiff1d(crops.rows, labels.rows)
    if len(set(labels.is_ai[rows])) < 2:  # noqa: PLR2004 - both labels
        return None
    return auc(labels.is_ai[rows], region_odds(detector, crops, rows, batch).sum(axis=1))


def region_odds(detector: Detector, crops: Crops, rows: np.ndarray, batch: int = 64) -> np.ndarray:
    """(n, R) mean log-odds of AI by region for crops `rows` (n,); their sum is a crop's score."""
    detector.eval()
    parts = np.array_split(rows, max(1, len(rows) // batch))
    with torch.no_grad():
        found = [
            detector.heads.pool(detector(to_batch(crops.pixels[p]))[:, 0], torch.from_numpy(crops.visible[p]))[0]
            for p in parts
        ]
    odds: np.ndarray = torch.cat(found).numpy()
    return odds


def one_cycle(step: int, steps: int) -> float:
    """The learning rate at a step, as a share of its peak: up, then down to 0, both along a cosine."""
    top = max(1.0, _WARM_UP * steps)
    if step < top:
        return _START + (1 - _START) * (1 - math.cos(math.pi * step / top)) / 2
    return (1 + math.cos(math.pi * (step - top) / max(1.0, steps - top))) / 2


def _train(task: _Task, crops: Crops, targets: Targets, recipe: Recipe, checkpoint: Path, report: Report) -> None:
    groups = [
        {"params": list(module.parameters()), "lr": rate} for module, rate in zip(task.modules, task.rates, strict=True)
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=task.decay)
    done = _restore(checkpoint, task.modules, optimiser)
    for module in task.modules:
        module.train()
    for epoch in range(done, task.epochs):
        mean = _epoch(task, epoch, optimiser, crops, targets, recipe)
        _save(checkpoint, task.modules, optimiser, epoch + 1)
        report(f"{task.name}: epoch {epoch + 1} of {task.epochs}, loss {mean:.4f}")


def _epoch(
    task: _Task, epoch: int, optimiser: torch.optim.Optimizer, crops: Crops, targets: Targets, recipe: Recipe
) -> float:
    """Every row once; the mean loss."""
    rng = np.random.default_rng([recipe.seed, task.stream, epoch])
    torch.manual_seed(int(rng.integers(2**31)))  # for dropout
    parts = np.array_split(rng.permutation(task.rows), max(1, len(task.rows) // recipe.batch))
    total = 0.0
    for i, rows in enumerate(parts):
        share = one_cycle(epoch * len(parts) + i, task.epochs * len(parts))
        for group, rate in zip(optimiser.param_groups, task.rates, strict=True):
            group["lr"] = rate * share
        loss = task.loss(_batch(rows, crops, targets, flip=bool(rng.random() < 0.5)))  # noqa: PLR2004 - every other
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item()
    return total / len(parts)


def _batch(rows: np.ndarray, crops: Crops, targets: Targets, *, flip: bool) -> Batch:
    visible = torch.from_numpy(crops.visible[rows])
    wanted = torch.from_numpy(targets.values[rows]).float()
    return Batch(rows, to_batch(crops.pixels[rows]), visible, wanted, flip)


def _save(checkpoint: Path, modules: Sequence[nn.Module], optimiser: torch.optim.Optimizer, epochs: int) -> None:
    states = [module.state_dict() for module in modules]
    part = checkpoint.with_suffix(".part")
    torch.save({"epochs": epochs, "modules": states, "optimiser": optimiser.state_dict()}, part)
    part.replace(checkpoint)


def _restore(checkpoint: Path, modules: Sequence[nn.Module], optimiser: torch.optim.Optimizer) -> int:
    """Load a checkpoint if there is one; the number of epochs that it has seen."""
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    for module, saved in zip(modules, state["modules"], strict=True):
        module.load_state_dict(saved)
    optimiser.load_state_dict(state["optimiser"])
    return int(state["epochs"])
