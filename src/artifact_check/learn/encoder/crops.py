"""Labelled photos -> laundered crops of their faces, as a check would show them to the encoder.

Each draw of a photo is laundered anew, then mirrored or not and shifted a little. Draws are seeded by the photo's
content, and differ from those that the table of measures is made of.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from artifact_check.errors import DatasetError, PhotoError
from artifact_check.face import CROP_SIDE, GRID, Crop
from artifact_check.learn.encoder.recipe import Recipe
from artifact_check.learn.measuring import code_digest, digest, library_versions
from artifact_check.learn.table.dataset import Dataset, Item
from artifact_check.learn.table.features import Original
from artifact_check.learn.table.launder import HEAVY, PROFILE
from artifact_check.learn.workers import Progress, parallel_map

_CONDITIONS = (PROFILE, PROFILE, HEAVY)  # by draw
_STREAM = 1  # of random numbers: the table's draws are another
_CODE = (
    "photo/*",
    "face/*",
    "learn/table/launder.py",
    "learn/table/processing.py",
    "learn/table/features.py",
    "learn/encoder/crops.py",
)
_PIXELS, _VISIBLE = "pixels.npy", "visible.npy"

_Drawn = tuple[np.ndarray, np.ndarray]  # pixels and visible patches of one crop


@dataclass(frozen=True, eq=False)
class Crops:
    """The crops of a data set; row `i` is a draw of photo `item[i]`.

    `folder` holds them. `pixels` (N, 224, 224, 3) uint8, on disk; `visible` (N, 16, 16) bool, False where a patch
    reaches beyond the photo, everywhere if no face was found; `item` (N,) index into the data set's items; `key` a
    digest of all they depend on.
    """

    folder: Path
    pixels: np.ndarray
    visible: np.ndarray
    item: np.ndarray
    key: str

    @property
    def rows(self) -> np.ndarray:
        """Rows in which a face was found."""
        return np.flatnonzero(self.visible.any(axis=(1, 2)))


def make_crops(dataset: Dataset, recipe: Recipe, work: Path, *, jobs: int, progress: Progress) -> Crops:
    """The crops of every photo, from the folder `work` if they are there already; `progress` is called for each photo.

    Raises:
        DatasetError: no face was found in any photo.
    """
    key = _key(dataset, recipe)
    folder = work / f"crops-{key[:16]}"
    if not folder.is_dir():
        _write(dataset, recipe, folder, jobs, progress)
    pixels = np.load(folder / _PIXELS, mmap_mode="r")
    visible = np.load(folder / _VISIBLE)
    item = np.repeat(np.arange(len(dataset.items)), recipe.draws)
    crops = Crops(folder, pixels, visible, item, key)
    if not len(crops.rows):
        raise DatasetError(f"No face was found in {dataset.folder}; check that it holds portraits.")
    return crops


def load_pixels(folder: Path) -> np.ndarray:
    """`Crops.pixels`, for another process."""
    pixels: np.ndarray = np.load(folder / _PIXELS, mmap_mode="r")
    return pixels


def _key(dataset: Dataset, recipe: Recipe) -> str:
    photos = [(item.is_ai, hashlib.sha256(_read(item) or b"").hexdigest()) for item in dataset.items]
    return digest(photos, recipe.draws, recipe.shift, library_versions(), code_digest(_CODE))


def _read(item: Item) -> bytes | None:
    try:
        return item.path.read_bytes()
    except OSError:
        return None


def _write(dataset: Dataset, recipe: Recipe, folder: Path, jobs: int, progress: Progress) -> None:
    """Write under a temporary name first: the folder is there whole or not at all."""
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    count = len(dataset.items) * recipe.draws
    shape = (count, CROP_SIDE, CROP_SIDE, 3)
    pixels = np.lib.format.open_memmap(part / _PIXELS, mode="w+", dtype=np.uint8, shape=shape)
    visible = np.zeros((count, GRID, GRID), bool)
    for photo, drawn in _draw_all(dataset, recipe, jobs, progress):
        for row, crop in enumerate(drawn, start=photo * recipe.draws):
            if crop is not None:
                pixels[row], visible[row] = crop
    pixels.flush()
    np.save(part / _VISIBLE, visible)
    part.rename(folder)


def _draw_all(
    dataset: Dataset, recipe: Recipe, jobs: int, progress: Progress
) -> Iterable[tuple[int, list[_Drawn | None]]]:
    """Draws by index of the photo, real photos first: AI photos are scaled down to the real ones' face widths."""
    draw = partial(_draw, draws=recipe.draws, shift=recipe.shift)
    widths: list[float] = []
    for label in (False, True):
        chosen = [i for i, item in enumerate(dataset.items) if item.is_ai is label]
        work = partial(draw, widths=tuple(widths) if label else None)
        found = parallel_map(work, [dataset.items[i] for i in chosen], jobs, progress)
        for i, (width, crops) in zip(chosen, found, strict=True):
            yield i, crops
            if width is not None:
                widths.append(width)


def _draw(
    item: Item, *, draws: int, shift: float, widths: tuple[float, ...] | None
) -> tuple[float | None, list[_Drawn | None]]:
    """Width of the face in the photo as stored, and its crops; None where no face was found."""
    data = _read(item)
    if data is None:
        return None, []
    try:
        original = Original.read(data)
    except PhotoError:
        return None, []
    return original.box.width, [_crop(original, shift, widths, draw) for draw in range(draws)]


def _crop(original: Original, shift: float, widths: tuple[float, ...] | None, draw: int) -> _Drawn | None:
    rng = original.rng(_STREAM, draw)
    change = random_change(shift, rng)
    laundered = original.laundered(_CONDITIONS[draw % len(_CONDITIONS)], widths, rng)
    if laundered is None:
        return None
    crop = Crop.around(laundered.face, change)
    return crop.pixels, crop.visible


def random_change(shift: float, rng: np.random.Generator) -> np.ndarray:
    """(2, 3) crop pixels to crop pixels: mirrored or not, then shifted by up to `shift` px along each axis."""
    right, down = rng.uniform(-shift, shift, size=2)
    if rng.random() < 0.5:  # noqa: PLR2004 - every other
        return np.array([(-1.0, 0.0, CROP_SIDE - 1 + right), (0.0, 1.0, down)])
    return np.array([(1.0, 0.0, right), (0.0, 1.0, down)])
