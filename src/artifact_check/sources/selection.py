"""Decides which of the files that a search meets are photos to scan."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .heic .heif .hif .avif .tif .tiff .bmp .gif".split()  # noqa: SIM905 - one line
)


# Of NAS, recycle bins and archivers, in small letters. Others begin with a dot and are hidden, like .Trash-1000.
_SYSTEM_FOLDERS = frozenset(
    {
        *("@eadir", "@tmp", "@recycle", "@recently-snapshot", "#recycle", "#snapshot"),
        *("$recycle.bin", "recycler", "recycled", "trash", "system volume information", "network trash folder"),
        *("__macosx", "lost+found"),
    }
)


def is_set_aside(name: str) -> bool:
    """Whether an entry is hidden, or a folder that a system keeps for itself: for previews, or for what was deleted."""
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def is_photo(name: str) -> bool:
    """Whether a file's suffix is that of a photo."""
    return PurePosixPath(name).suffix.lower() in PHOTO_SUFFIXES


def sidecar_names(photo: str) -> tuple[str, str]:
    """Return the names that the Content Credentials beside a photo may have, the first of which counts."""
    return f"{os.path.splitext(photo)[0]}.c2pa", f"{photo}.c2pa"  # noqa: PTH122 - Path takes three times as long


class Selection:
    """The filter of one search, and its state.

    Attributes:
        no_photos: files that were left out because they are not photos.
        set_aside: folders and photos that were left out because they are hidden or the system's (`is_set_aside`).
        unreadable_folders: folders that could not be opened.
        guessed_encodings: archives that do not state the encoding of names, and the encoding that was guessed.
    """

    def __init__(self, exclude: Iterable[str] = ()) -> None:
        self.no_photos: list[str] = []
        self.set_aside: dict[str, None] = {}  # in order, each once
        self.unreadable_folders: list[Path] = []
        self.guessed_encodings: dict[Path, str] = {}
        self._exclude = tuple(pattern.rstrip("/") for pattern in exclude)
        self._seen_identities: set[str] = set()

    def accepts(self, below: str) -> bool:
        """Whether no pattern of `exclude` matches the name or the path `below` the search root (separated by /)."""
        names = PurePosixPath(below).name, below
        return not any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in self._exclude)

    def accepts_nested(self, name: str, below: str) -> bool:
        """Like `accepts`, but for a path `below` something whose folders were not visited: check those, too, and leave
        out hidden entries, folders of the system and files that are not photos.
        """
        path = PurePosixPath(name)
        folders = [folder.as_posix() for folder in path.parents if folder.name]
        if not all(map(self.accepts, (name, *folders))):
            return False
        aside = next((n for n, part in enumerate(path.parts, 1) if is_set_aside(part)), None)
        if aside is not None:
            if aside < len(path.parts) or is_photo(name):
                self.set_aside[f"{below}/{PurePosixPath(*path.parts[:aside])}"] = None
            return False
        if not is_photo(path.name):
            self.no_photos.append(f"{below}/{name}")
            return False
        return True

    def is_new(self, identity: str) -> bool:
        """Whether this search meets `identity` for the first time; remember it."""
        if identity in self._seen_identities:
            return False
        self._seen_identities.add(identity)
        return True
