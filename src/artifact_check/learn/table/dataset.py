"""Labelled folders: with a `manifest.csv`, or with sub-folders `ai/` and `real/`."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from artifact_check.errors import DatasetError, NothingToScanError
from artifact_check.sources import find_photos
from artifact_check.sources.local import LocalFile

POLISHED = frozenset({"stock", "official", "corporate", "beauty"})
"""Groups of real portraits that look like studio work: the hardest to tell."""

# Makers of generators, and words of the manifest's `generator`, in lower case, that point to them: the first maker with
# a word in it counts. "other" comes first, for texts that name several makers and leave open which of them it was.
_MAKERS: dict[str, tuple[str, ...]] = {
    "other": ("not stated per file", "pollinations", "repainted", "virtual influencer", "marketing assets"),
    "Replit": ("replit agent",),
    "OpenAI": ("openai", "gpt", "dall-e", "sora"),
    "Google": ("google", "gemini", "imagen", "nano banana"),
    "Midjourney": ("midjourney",),
    "Leonardo": ("leonardo",),
    "Grok": ("grok",),
}
_MANIFEST = "manifest.csv"
_MIN_CLUSTERS = 3  # of each label: one to test on, two to train and calibrate on


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled photo.

    `source` is the site, camera pool or service that it comes from. `cluster` joins sources that share a generator,
    people or an organiser; a cluster is never split between training and test. `family` (gan, diffusion, camera, ...),
    `group` (stock, conference, ...), `skin_ita` (individual typology angle in degrees) and `generator` (free text) only
    break down the figures. `reduced` photos are not as their source published them, and count in laundered conditions
    alone.
    """

    path: Path
    file: str
    is_ai: bool
    source: str
    cluster: str
    family: str
    group: str
    skin_ita: float | None
    reduced: bool = False
    generator: str = ""

    @property
    def maker(self) -> str:
        """Who made the generator of an AI photo, such as OpenAI, or GAN, diffusion or other.

        The family of a real photo, and of an AI photo whose generator nobody names.
        """
        if self.family == "gan":
            return "GAN"
        if not self.is_ai or not self.generator:
            return self.family
        text = self.generator.lower()
        known = (maker for maker, words in _MAKERS.items() if any(word in text for word in words))
        return next(known, "diffusion" if self.family == "diffusion" else "other")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The photos of a labelled folder, sorted by file name."""

    folder: Path
    items: tuple[Item, ...]

    @property
    def id(self) -> str:
        """Digest of file names, labels and clusters."""
        lines = "\n".join(f"{i.file}\t{i.is_ai}\t{i.cluster}" for i in self.items)
        return hashlib.sha256(lines.encode()).hexdigest()[:16]


def read_dataset(folder: Path) -> Dataset:
    """Read a labelled folder.

    `manifest.csv` needs the columns `file`, `label` (`ai` or `real`) and `source`; `cluster`, `family`, `generator`,
    `group`, `skin_ita` and `history` (`original` or `reduced`) are optional. Without a manifest, `ai/` and `real/` are
    read: each of their sub-folders is a source, and so is each photo directly inside them (figures are then too good,
    since photos of the same origin end up on both sides of a split).

    Raises:
        DatasetError: the folder has neither layout, the manifest cannot be read, a row is incomplete, or a cluster has
            both labels.
    """
    manifest = folder / _MANIFEST
    items = _from_manifest(manifest) if manifest.is_file() else _from_folders(folder)
    mixed = {item.cluster for item in items if item.is_ai} & {item.cluster for item in items if not item.is_ai}
    if mixed:
        raise DatasetError(
            f"{folder} has ai and real photos in the same cluster ({', '.join(sorted(mixed))}); "
            "give the photos of each label their own clusters."
        )
    return Dataset(folder, tuple(sorted(items, key=lambda item: item.file)))


def require_sources(dataset: Dataset) -> None:
    """Check that there are enough clusters to hold out one at a time.

    Raises:
        DatasetError: a label has fewer than three clusters.
    """
    for is_ai, name in ((True, "ai"), (False, "real")):
        clusters = {item.cluster for item in dataset.items if item.is_ai is is_ai}
        if len(clusters) < _MIN_CLUSTERS:
            raise DatasetError(
                f"{dataset.folder} has {len(clusters)} cluster(s) of {name!r} photos and needs at least "
                f"{_MIN_CLUSTERS}, since each is scored by a model trained without it; add photos from other sources."
            )


def _from_manifest(manifest: Path) -> list[Item]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{manifest} cannot be read ({error}); save it as CSV in UTF-8.") from None
    items = []
    for number, row in enumerate(rows, start=2):
        if not row.get("file") or row.get("label") not in {"ai", "real"} or not row.get("source"):
            raise DatasetError(f"{manifest}, line {number}: give a file, a label (ai or real) and a source.")
        items.append(_item(manifest.parent, row))
    return items


def _item(folder: Path, row: Mapping[str, str]) -> Item:
    is_ai = row["label"] == "ai"
    ita = row.get("skin_ita") or ""
    try:
        skin_ita = float(ita) if ita else None
    except ValueError:
        raise DatasetError(
            f"{folder / _MANIFEST}: the skin_ita of {row['file']} is not a number: {ita!r}; correct or remove it."
        ) from None
    return Item(
        path=folder / row["file"],
        file=row["file"],
        is_ai=is_ai,
        source=row["source"],
        cluster=row.get("cluster") or row["source"],
        family=row.get("family") or row.get("generator") or ("unknown" if is_ai else "camera"),
        group=row.get("group") or row["label"],
        skin_ita=skin_ita,
        reduced=row.get("history") == "reduced",
        generator=row.get("generator") or "",
    )


def _from_folders(folder: Path) -> list[Item]:
    missing = [name for name in ("ai", "real") if not (folder / name).is_dir()]
    if missing:
        raise DatasetError(f"{folder} has neither a {_MANIFEST} nor the sub-folders ai and real; add one of them.")
    items = []
    for name in ("ai", "real"):
        for path in _photos(folder / name):
            inside = path.relative_to(folder / name)
            # A photo outside any sub-folder is a source of its own.
            source = f"{name}/{inside.parts[0]}"
            row = {"file": path.relative_to(folder).as_posix(), "label": name, "source": source}
            items.append(_item(folder, row))
    return items


def _photos(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(photo.path for photo in find_photos([folder]).photos if isinstance(photo, LocalFile))
    except NothingToScanError as error:
        raise DatasetError(str(error)) from None
