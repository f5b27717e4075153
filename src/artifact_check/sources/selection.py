"""Decides which of the files that a search meets are photos to scan."""

from __future__ import annotations

import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .heic .heif .hif .avif .tif .tiff .bmp .gif".split()  # noqa: SIM905 - one line
)


def is_photo(name: str) -> bool:
    """Whether a file's suffix is that of a photo."""
    return PurePosixPath(name).suffix.lower() in PHOTO_SUFFIXES


class Selection:
    """The filter of one search, and its state.

    Attributes:
        skipped: number of files that were left out because they are not photos.
        unreadable_folders: folders that could not be opened.
    """

    def __init__(self, exclude: Iterable[str] = ()) -> None:
        self.skipped = 0
        self.unreadable_folders: list[Path] = []
        self._exclude = tuple(pattern.rstrip("/") for pattern in exclude)
        self._seen_identities: set[str] = set()

    def accepts(self, below: str) -> bool:
        """Whether no pattern of `exclude` matches the name or the path `below` the search root (separated by /)."""
        names = PurePosixPath(below).name, below
        return not any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in self._exclude)

    def accepts_nested(self, below: str) -> bool:
        """Like `accepts`, but for a path whose folders were not visited: check those, too, and leave out hidden entries
        and files that are not photos.
        """
        path = PurePosixPath(below)
        folders = [folder.as_posix() for folder in path.parents if folder.name]
        if any(part.startswith(".") or part == "__MACOSX" for part in path.parts) or not all(
            map(self.accepts, (below, *folders))
        ):
            return False
        if not is_photo(path.name):
            self.skipped += 1
            return False
        return True

    def is_new(self, identity: str) -> bool:
        """Whether this search meets `identity` for the first time; remember it."""
        if identity in self._seen_identities:
            return False
        self._seen_identities.add(identity)
        return True
