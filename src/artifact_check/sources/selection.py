"""Which of the files that are met are photos to take."""

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
    """Whether a file is a photo by its name."""
    return PurePosixPath(name).suffix.lower() in PHOTO_SUFFIXES


class Selection:
    """What one search leaves out, and what it has met: `skipped` files, and folders that are `unlisted`."""

    def __init__(self, exclude: Iterable[str] = ()) -> None:
        self.skipped = 0
        self.unlisted: list[Path] = []
        self._exclude = tuple(pattern.rstrip("/") for pattern in exclude)
        self._met: set[str] = set()

    def takes(self, below: str) -> bool:
        """Whether no pattern matches: neither the name nor the path below what was given, with / between its parts."""
        names = PurePosixPath(below).name, below
        return not any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in self._exclude)

    def takes_inside(self, below: str) -> bool:
        """As `takes`, for a path whose folders were not met one by one; hidden ones and other files are left out."""
        path = PurePosixPath(below)
        folders = [folder.as_posix() for folder in path.parents if folder.name]
        if any(part.startswith(".") or part == "__MACOSX" for part in path.parts) or not all(
            map(self.takes, (below, *folders))
        ):
            return False
        if not is_photo(path.name):
            self.skipped += 1
            return False
        return True

    def is_new(self, identity: str) -> bool:
        if identity in self._met:
            return False
        self._met.add(identity)
        return True
