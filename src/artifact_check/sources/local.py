"""Photos in files and folders of this machine."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from artifact_check.errors import UnreadableError
from artifact_check.sources.selection import is_photo
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from artifact_check.sources.selection import Selection


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine."""

    path: Path
    at_hand: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return str(self.path)

    def version(self) -> str | None:
        return file_version(self.path)

    def read(self) -> bytes:
        try:
            found = self.path.stat()
            if not stat.S_ISREG(found.st_mode):  # a pipe may never end
                raise UnreadableError("This is not a regular file; name a photo.")
            require_bytes(found.st_size)
            return self.path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UnreadableError(f"The file cannot be opened ({reason}); check that it exists and is yours.") from None


def file_version(path: Path) -> str | None:
    """Size and time of the last change, as backup programs tell that a file is another; None if it is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return f"{found.st_size} {found.st_mtime_ns}"


def files_in(top: Path, selection: Selection) -> Iterator[LocalFile]:
    """Find the photos in a folder: those of each folder by name, then those of its subfolders by name."""
    pending = [top]
    while pending:
        folder = pending.pop()
        place = identity(folder)
        if not selection.is_new(place):
            continue
        subfolders = []
        for entry in _entries(folder, top, selection):
            path = folder / entry.name
            if _is(entry.is_dir):
                subfolders += [] if entry.is_symlink() and _leads_up(path) else [path]
            elif not (is_photo(entry.name) and _is(entry.is_file)):
                selection.skipped += 1
            elif selection.is_new(identity(path) if entry.is_symlink() else os.path.normcase(f"{place}/{entry.name}")):
                yield LocalFile(path)
        pending += reversed(subfolders)


def file_given(path: Path, selection: Selection) -> Iterator[LocalFile]:
    """Take a file that was given by its name, unless it is excluded or has come before."""
    if selection.takes(path.name) and selection.is_new(identity(path)):
        yield LocalFile(path)


def _entries(folder: Path, top: Path, selection: Selection) -> list[os.DirEntry[str]]:
    """List what is in `folder`, by name and links last, without what is hidden or excluded."""
    try:
        with os.scandir(folder) as listing:
            # Links last, so that of a file and a link to it the file gets the row.
            entries = sorted(listing, key=lambda entry: (entry.is_symlink(), entry.name))
    except OSError:
        selection.unlisted.append(folder)
        return []
    below = folder.relative_to(top)
    return [e for e in entries if not e.name.startswith(".") and selection.takes((below / e.name).as_posix())]


def identity(path: Path) -> str:
    """Give one text for all the ways to one file; for what is no path at all, its own text."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except ValueError:
        return str(path)


def _is(test: Callable[[], bool]) -> bool:
    """`DirEntry.is_dir` or `is_file`, where a link that goes round in circles is neither."""
    try:
        return test()
    except OSError:
        return False


def _leads_up(link: Path) -> bool:
    """Whether a link leads to a folder above itself: following it would scan what was not asked for."""
    return link.parent.resolve().is_relative_to(link.resolve())
