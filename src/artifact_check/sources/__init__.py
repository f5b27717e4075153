"""Where photos are: files and folders, archives, lists, and addresses elsewhere; one file a kind of place."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact_check.errors import NothingToScanError
from artifact_check.sources.archives import is_archive, members_of
from artifact_check.sources.local import file_given, files_in
from artifact_check.sources.remote import file_at, files_at, is_address, names_photo
from artifact_check.sources.selection import PHOTO_SUFFIXES, Selection
from artifact_check.sources.source import Nowhere, Source

__all__ = ["PHOTO_SUFFIXES", "Found", "Source", "find_photos", "read_list"]

PathOrAddress = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to scan.

    `photos` in the order of the scan; `skipped` counts the other files in folders and archives, hidden and excluded
    ones aside; `unlisted` are folders that could not be opened.
    """

    photos: tuple[Source, ...]
    skipped: int = 0
    unlisted: tuple[Path, ...] = ()


def find_photos(
    paths: PathOrAddress | Iterable[PathOrAddress],
    *,
    listed: Iterable[str] = (),
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> Found:
    """Find the photos under `paths`: files as given whatever their suffix, folders and archives with all below them.

    The order is that of `paths`; within a folder, its photos by name come before its subfolders by name; an archive's
    are in its own order. Hidden entries of folders are left out, a file reached twice comes once. A text with `://` is
    an address for fsspec. `listed` are further paths; one that leads nowhere is a photo that cannot be read.
    `exclude` are glob patterns for the name or for the path relative to what was given; `limit` ends the search at so
    many photos.

    Raises:
        NothingToScanError: a path does not exist, or no photo is left.

    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    for path in given:
        if not is_address(os.fspath(path)) and not os.path.exists(path):  # noqa: PTH110 - see Path.exists, which raises
            raise NothingToScanError(f"{path} does not exist.")
    selection = Selection(exclude)
    photos = tuple(itertools.islice(itertools.chain(_under(given, selection), _listed(listed, selection)), limit))
    if not photos:
        raise NothingToScanError(_why_nothing(given, selection))
    return Found(photos, selection.skipped, tuple(selection.unlisted))


def read_list(lines: Iterable[str]) -> Iterator[str]:
    """Read paths and addresses, one a line; empty lines do not count."""
    yield from (line for line in (line.rstrip("\r\n") for line in lines) if line)


def _under(given: Iterable[PathOrAddress], selection: Selection) -> Iterator[Source]:
    for place in given:
        path = Path(place)
        if is_address(os.fspath(place)):
            yield from files_at(os.fspath(place), selection)
        elif os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
            yield from files_in(path, selection)
        elif is_archive(path) and os.path.isfile(path):  # noqa: PTH113
            yield from members_of(path, selection)
        else:
            yield from file_given(path, selection)


def _listed(lines: Iterable[str], selection: Selection) -> Iterator[Source]:
    """As `_under`, where each line gets a row: one that leads nowhere does not end the scan of the others.

    Addresses of photos are not looked up: of thousands, that would take a round trip each before the scan begins.
    """
    for line in lines:
        try:
            yield from file_at(line, selection) if names_photo(line) else _under([line], selection)
        except NothingToScanError as error:
            yield Nowhere(line, str(error))


def _why_nothing(given: Sequence[PathOrAddress], selection: Selection) -> str:
    where = ", ".join(str(path) for path in given) or "an empty list of paths"
    closed = "".join(f"; {folder} could not be opened" for folder in selection.unlisted)
    others = f"; {selection.skipped} other files are there" if selection.skipped else ""
    return f"No photo to scan in {where}{others}{closed}."
