"""Finds photos in files, folders, archives, lists and remote addresses. Each kind of source has its own module."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact_check.errors import NothingToScanError
from artifact_check.sources.archives import is_archive, members_of
from artifact_check.sources.local import files_in, single_file
from artifact_check.sources.remote import file_at, files_at, is_address, names_photo
from artifact_check.sources.selection import PHOTO_SUFFIXES, Selection
from artifact_check.sources.source import MissingSource, Source

__all__ = ["PHOTO_SUFFIXES", "FoundPhotos", "Source", "find_photos", "read_list"]

PathOrAddress = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class FoundPhotos:
    """The result of a search.

    Attributes:
        photos: in the order of the scan.
        skipped: number of other files in folders and archives, without hidden and excluded ones.
        unreadable_folders: folders that could not be opened.
    """

    photos: tuple[Source, ...]
    skipped: int = 0
    unreadable_folders: tuple[Path, ...] = ()


def find_photos(
    paths: PathOrAddress | Iterable[PathOrAddress],
    *,
    listed: Iterable[str] = (),
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> FoundPhotos:
    """Find the photos in files, folders and archives, searched recursively, and at remote addresses.

    A file named in `paths` is taken whatever its suffix. Results follow the order of `paths`. In a folder, photos come
    first, then subfolders, both sorted by name; an archive keeps its own order. Hidden entries of folders are left out,
    and a file that is reached twice is returned once.

    Args:
        paths: paths, or addresses for fsspec (any text with `://`).
        listed: further paths and addresses. One that does not exist becomes a photo that cannot be read.
        exclude: glob patterns, matched against the name and the path relative to its entry in `paths`.
        limit: end the search after this many photos.

    Raises:
        NothingToScanError: one of `paths` does not exist or cannot be searched, or no photo was found.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    for path in given:
        if not is_address(os.fspath(path)) and not os.path.exists(path):  # noqa: PTH110 - see Path.exists, which raises
            raise NothingToScanError(f"{path} does not exist; check the path.")
    selection = Selection(exclude)
    photos = tuple(
        itertools.islice(itertools.chain(_photos_under(given, selection), _photos_listed(listed, selection)), limit)
    )
    if not photos:
        raise NothingToScanError(_nothing_message(given, selection))
    return FoundPhotos(photos, selection.skipped, tuple(selection.unreadable_folders))


def read_list(lines: Iterable[str]) -> Iterator[str]:
    """Yield the paths and addresses in `lines`, one per line; skip empty lines."""
    yield from (line for line in (line.rstrip("\r\n") for line in lines) if line)


def _photos_under(given: Iterable[PathOrAddress], selection: Selection) -> Iterator[Source]:
    for path_or_address in given:
        path = Path(path_or_address)
        if is_address(os.fspath(path_or_address)):
            yield from files_at(os.fspath(path_or_address), selection)
        elif os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
            yield from files_in(path, selection)
        elif is_archive(path) and os.path.isfile(path):  # noqa: PTH113
            yield from members_of(path, selection)
        else:
            yield from single_file(path, selection)


def _photos_listed(lines: Iterable[str], selection: Selection) -> Iterator[Source]:
    """Like `_photos_under`, but a line that cannot be found becomes a photo with an error instead of ending the scan.

    Addresses of photos are not looked up: each would cost a round trip before the scan begins.
    """
    for line in lines:
        try:
            yield from file_at(line, selection) if names_photo(line) else _photos_under([line], selection)
        except NothingToScanError as error:
            yield MissingSource(line, str(error))


def _nothing_message(given: Sequence[PathOrAddress], selection: Selection) -> str:
    where = ", ".join(str(path) for path in given) or "an empty list of paths"
    unreadable = "".join(f"; {folder} could not be opened" for folder in selection.unreadable_folders)
    others = f"; {selection.skipped} other files are there" if selection.skipped else ""
    return f"No photo to scan in {where}{others}{unreadable}."
