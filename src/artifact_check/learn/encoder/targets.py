"""What the student is to predict: the leading principal components of the teacher's token at every patch.

Dense targets teach more than one embedding a photo: 256 a crop. Components are found on a sample of crops, of their
visible patches, after each place's mean is taken off, so that they say what is there and not where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from artifact_check.face import GRID
from artifact_check.learn.encoder.crops import Crops, load_pixels
from artifact_check.learn.encoder.recipe import Recipe
from artifact_check.learn.encoder.teacher import load_teacher
from artifact_check.learn.measuring import code_digest, digest, library_versions
from artifact_check.learn.table.folds import sha256_of
from artifact_check.learn.workers import Progress, parallel_map

_CODE = ("learn/encoder/teacher.py", "learn/encoder/targets.py")


@dataclass(frozen=True, eq=False)
class Targets:
    """`values` (N, K, 16, 16) float16, a row for each crop, each component of deviation 1; `weights` (K,) float32 of
    the components, of mean 1; `key` a digest of all they depend on.
    """

    values: np.ndarray
    weights: np.ndarray
    key: str


@dataclass(frozen=True, eq=False)
class Components:
    """`mean` (256, D) token by place; `directions` (D, K) and `deviations` (K,) of the principal components."""

    mean: np.ndarray
    directions: np.ndarray
    deviations: np.ndarray

    def project(self, tokens: np.ndarray) -> np.ndarray:
        """(K, 16, 16) float16 of (256, D) tokens."""
        scores = (tokens - self.mean) @ self.directions / self.deviations
        maps: np.ndarray = scores.T.reshape(-1, GRID, GRID).astype(np.float16)
        return maps


def make_targets(crops: Crops, teacher: Path, recipe: Recipe, work: Path, *, jobs: int, progress: Progress) -> Targets:
    """The targets of every crop, from the folder `work` if they are there already; `progress` is called for each crop
    that the `teacher` sees.
    """
    choice = (recipe.components, recipe.sample, recipe.seed)
    key = digest(crops.key, sha256_of(teacher), choice, library_versions(), code_digest(_CODE))
    file, scale = work / f"targets-{key[:16]}.npy", work / f"targets-{key[:16]}.weights.npy"
    if not file.exists():
        components = _find_components(crops, teacher, recipe, jobs, progress)
        np.save(scale, components.deviations / components.deviations.mean())
        _write(
            crops, partial(_project, folder=crops.folder, teacher=teacher, components=components), file, jobs, progress
        )
    return Targets(np.load(file, mmap_mode="r"), np.load(scale), key)


def find_components(tokens: np.ndarray, visible: np.ndarray, count: int) -> Components:
    """The `count` leading components of `tokens` (n, 256, D) where `visible` (n, 256) bool."""
    seen = visible[..., None]
    mean = (tokens * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    rest = (tokens - mean)[visible].astype(np.float64)
    variances, directions = np.linalg.eigh(rest.T @ rest / len(rest))
    variances, directions = variances[::-1][:count], directions[:, ::-1][:, :count]
    # An eigenvector's sign is arbitrary; its largest entry is made positive.
    directions = directions * np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])])
    deviations = np.sqrt(np.maximum(variances, 1e-6 * variances[0]))
    return Components(*(each.astype(np.float32) for each in (mean, directions, deviations)))


def _find_components(crops: Crops, teacher: Path, recipe: Recipe, jobs: int, progress: Progress) -> Components:
    rng = np.random.default_rng(recipe.seed)
    rows = np.sort(rng.choice(crops.rows, min(recipe.sample, len(crops.rows)), replace=False))
    tokens = parallel_map(partial(_tokens, folder=crops.folder, teacher=teacher), rows.tolist(), jobs, progress)
    return find_components(np.stack(list(tokens)), crops.visible[rows].reshape(len(rows), -1), recipe.components)


def _write(crops: Crops, project: partial[np.ndarray], file: Path, jobs: int, progress: Progress) -> None:
    """Write under a temporary name first: the file is there whole or not at all."""
    part = file.with_suffix(".part")
    count = len(project.keywords["components"].deviations)
    shape = (len(crops.item), count, GRID, GRID)
    values = np.lib.format.open_memmap(part, mode="w+", dtype=np.float16, shape=shape)
    rows = crops.rows.tolist()
    for row, projected in zip(rows, parallel_map(project, rows, jobs, progress), strict=True):
        values[row] = projected
    values.flush()
    part.replace(file)


def _tokens(row: int, folder: Path, teacher: Path) -> np.ndarray:
    return load_teacher(teacher).tokens(_pixels(folder)[row])


def _project(row: int, folder: Path, teacher: Path, components: Components) -> np.ndarray:
    return components.project(_tokens(row, folder, teacher))


@cache
def _pixels(folder: Path) -> np.ndarray:
    return load_pixels(folder)
