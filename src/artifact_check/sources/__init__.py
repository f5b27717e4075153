"""Finds photos in files, folders, archives, lists and remote addresses. Each kind of source has its own module."""

from __future__ import annotations

import codecs
import io
import itertools
import os
import re
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

_MARKS_OF_UTF16 = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE

PathOrAddress = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class FoundPhotos:
    """The result of a search.

    Attributes:
        photos: in the order of the scan.
        no_photos: names of other files in folders and archives, without hidden and excluded ones.
        set_aside: names of hidden photos and folders, and of folders that a system keeps for itself.
        unreadable_folders: folders that could not be opened.
        guessed_encodings: archives that do not state the encoding of names, with the encoding that was guessed.
    """

    photos: tuple[Source, ...]
    no_photos: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    unreadable_folders: tuple[Path, ...] = ()
    guessed_encodings: tuple[tuple[Path, str], ...] = ()


def find_photos(
    paths: PathOrAddress | Iterable[PathOrAddress],
    *,
    listed: Iterable[str] = (),
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> FoundPhotos:
    """Find the photos in files, folders and archives, searched recursively, and at remote addresses.

    A file named in `paths` is taken whatever its suffix. Results follow the order of `paths`. In a folder, photos come
    first, then subfolders, both sorted by name; an archive keeps its own order. Hidden entries and folders
    of the system (recycle bins, a NAS's previews) are left out, and a file that is reached twice is returned once.

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
    return FoundPhotos(
        photos,
        tuple(selection.no_photos),
        tuple(selection.set_aside),
        tuple(selection.unreadable_folders),
        tuple(selection.guessed_encodings.items()),
    )


def read_list(data: bytes) -> list[str]:
    """Return the paths and addresses in a list, one per line or each before a NUL; skip empty ones.

    It is in UTF-8 or UTF-16, with or without a byte-order mark. Bytes that are no UTF-8 stay those of a file's name.

    Raises:
        NothingToScanError: it is in UTF-32.
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or b"\0\0\0" in data:
        raise NothingToScanError("The list of photos is in UTF-32, which is not read; save it as UTF-8.")
    if _parts_by_nul(data):
        return [name.decode("utf-8-sig", "surrogateescape") for name in data.split(b"\0") if name]
    with io.TextIOWrapper(io.BytesIO(data), *_encoding_of(data)) as lines:
        return [name for line in lines if (name := line.rstrip("\n"))]


def _parts_by_nul(data: bytes) -> bool:
    """Whether NULs stand between names, as `find -print0` writes them.

    In UTF-16, each character of ASCII has one, so in ".jpg" and at a line's end, a NUL is the next but one to another.
    """
    if b"\0" not in data or data.startswith(_MARKS_OF_UTF16):
        return False
    positions = [found.start() for found in re.finditer(rb"\0", data)]
    next_but_one = sum(after - before == 2 for before, after in itertools.pairwise(positions))  # noqa: PLR2004
    return next_but_one < len(positions) / 3


def _encoding_of(data: bytes) -> tuple[str, str]:
    """Return the encoding of a list, and how to treat bytes that are wrong in it."""
    if data.startswith(_MARKS_OF_UTF16):
        return "utf-16", "replace"
    if b"\0" in data:  # which no path has
        in_low_bytes = data[1::2].count(0) >= data[::2].count(0)
        return "utf-16-le" if in_low_bytes else "utf-16-be", "replace"
    return "utf-8-sig", "surrogateescape"


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
            yield MissingSource(line, error.message)


def _nothing_message(given: Sequence[PathOrAddress], selection: Selection) -> str:
    where = ", ".join(str(path) for path in given) or "an empty list of paths"
    unreadable = "".join(f"; {folder} could not be opened" for folder in selection.unreadable_folders)
    others = f"; {len(selection.no_photos)} other files are there" if selection.no_photos else ""
    aside = "".join(f"; {name} was left out" for name in itertools.islice(selection.set_aside, 3))
    return f"No photo to scan in {where}{others}{aside}{unreadable}."
