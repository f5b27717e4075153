"""Photos in local files and folders."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from artifact_check.errors import UnreadableError
from artifact_check.phrase import Phrase
from artifact_check.sources.selection import is_photo, is_set_aside, sidecar_names
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from artifact_check.sources.selection import Selection


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A photo in a local file."""

    path: Path
    cheap_to_read: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return str(self.path)

    def version(self) -> str | None:
        return file_version(self.path)

    def read(self) -> bytes:
        try:
            status = self.path.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe may never end
                raise UnreadableError("This is not a regular file; name a photo.")
            require_bytes(status.st_size)
            return self.path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UnreadableError(
                Phrase(
                    "The file cannot be opened ({reason}); check that it exists and that you may read it.",
                    reason=reason,
                )
            ) from None


def file_version(path: Path) -> str | None:
    """Identify a file's content by size and modification time, as backup programs do; None if it does not exist."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return f"{status.st_size} {status.st_mtime_ns}"


def files_in(top: Path, selection: Selection) -> Iterator[LocalFile]:
    """Find the photos in a folder and its subfolders, each sorted by name, the folder's own photos first."""
    pending = [top]
    while pending:
        folder = pending.pop()
        folder_identity = identity(folder)
        if not selection.is_new(folder_identity):
            continue
        subfolders = []
        entries = _entries(folder, top, selection)
        beside = {name for entry in entries if is_photo(entry.name) for name in sidecar_names(entry.name)}
        for entry in entries:
            path = folder / entry.name
            if _safely(entry.is_dir):
                subfolders += [] if entry.is_symlink() and _links_to_ancestor(path) else [path]
            elif not (is_photo(entry.name) and _safely(entry.is_file)):
                selection.no_photos += [] if entry.name in beside else [str(path)]
            elif selection.is_new(
                identity(path) if entry.is_symlink() else os.path.normcase(f"{folder_identity}/{entry.name}")
            ):
                yield LocalFile(path)
        pending += reversed(subfolders)


def single_file(path: Path, selection: Selection) -> Iterator[LocalFile]:
    """Take one file, unless it is excluded or was found before."""
    if selection.accepts(path.name) and selection.is_new(identity(path)):
        yield LocalFile(path)


def _entries(folder: Path, top: Path, selection: Selection) -> list[os.DirEntry[str]]:
    """List the entries of `folder` by name, links last, without those that are excluded, hidden or the system's."""
    try:
        with os.scandir(folder) as listing:
            # Links last: of a file and a link to it, the file gets the row.
            entries = sorted(listing, key=lambda entry: (entry.is_symlink(), entry.name))
    except OSError:
        selection.unreadable_folders.append(folder)
        return []
    below = folder.relative_to(top)
    accepted = [entry for entry in entries if selection.accepts((below / entry.name).as_posix())]
    aside = (e.name for e in accepted if is_set_aside(e.name) and (is_photo(e.name) or _safely(e.is_dir)))
    selection.set_aside |= dict.fromkeys(str(folder / name) for name in aside)
    return [entry for entry in accepted if not is_set_aside(entry.name)]


def identity(path: Path) -> str:
    """Return the same text for every path to one file; an invalid path is returned unchanged."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except ValueError:
        return str(path)


def _safely(test: Callable[[], bool]) -> bool:
    """Call `DirEntry.is_dir` or `is_file`; a circular link is neither."""
    try:
        return test()
    except OSError:
        return False


def _links_to_ancestor(link: Path) -> bool:
    """Whether a link points to a folder above itself. Following it would scan more than the user named."""
    return link.parent.resolve().is_relative_to(link.resolve())
