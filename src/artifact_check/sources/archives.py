"""Photos in zip and tar archives. Members are read one by one into memory; nothing is unpacked to disk.

A member's announced size is checked before the member is read, so that a decompression bomb does no harm.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from artifact_check.errors import NothingToScanError, UnreadableError
from artifact_check.sources.local import file_version, identity
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from artifact_check.sources.selection import Selection

A = TypeVar("A", zipfile.ZipFile, tarfile.TarFile)

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")

# Besides their own classes, zipfile and tarfile raise these for damaged, encrypted or unsupported content.
_ARCHIVE_ERRORS = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class _Member:
    """A photo in an archive; `listed_version` is the archive's version when its contents were listed."""

    archive: Path
    listed_version: str | None
    member: str
    cheap_to_read: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"{self.archive}/{self.member}"

    def version(self) -> str | None:
        return self.listed_version


@dataclass(frozen=True, slots=True)
class ZipMember(_Member):
    """A photo in a zip archive."""

    def read(self) -> bytes:
        with _as_unreadable():
            archive = _open_archive(zipfile.ZipFile, self)
            require_bytes(archive.getinfo(self.member).file_size)
            return archive.read(self.member)


@dataclass(frozen=True, slots=True)
class TarMember(_Member):
    """A photo in a tar archive: `size` bytes, starting at `offset` in the decompressed archive."""

    offset: int
    size: int

    def read(self) -> bytes:
        require_bytes(self.size)
        with _as_unreadable():
            stream = _open_archive(tarfile.open, self).fileobj
            if stream is None:
                raise EOFError
            # A scan reads members in archive order, so a compressed archive is decompressed only once.
            stream.seek(self.offset)
            data = stream.read(self.size)
            if len(data) < self.size:
                raise EOFError
            return data


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def members_of(archive: Path, selection: Selection) -> Iterator[ZipMember | TarMember]:
    """Find the photos in an archive, in its own order. Of members with the same name, the last one counts, as it does
    when the archive is unpacked.

    Raises:
        NothingToScanError: the file cannot be read as an archive.
    """
    try:
        members = _zip_members(archive) if archive.name.lower().endswith(".zip") else _tar_members(archive)
    except (zipfile.BadZipFile, tarfile.TarError, *_ARCHIVE_ERRORS) as error:
        reason = str(error) or type(error).__name__
        raise NothingToScanError(f"{archive} cannot be read as an archive ({reason}); create it again.") from None
    by_name = {member.member: member for member in members}
    for name, member in by_name.items():
        if selection.accepts_nested(name) and selection.is_new(f"{identity(archive)}/{name}"):
            yield member


def _zip_members(archive: Path) -> list[ZipMember | TarMember]:
    version = file_version(archive)
    with zipfile.ZipFile(archive) as opened:
        return [ZipMember(archive, version, info.filename) for info in opened.infolist() if not info.is_dir()]


def _tar_members(archive: Path) -> list[ZipMember | TarMember]:
    version = file_version(archive)
    with tarfile.open(archive) as opened:
        return [TarMember(archive, version, i.name, i.offset_data, i.size) for i in opened if i.isreg()]


# One archive stays open: listing its members may take long, and a compressed one would be decompressed again from the
# start for each photo.
_open_archives: dict[tuple[Path, str | None], zipfile.ZipFile | tarfile.TarFile] = {}


def _open_archive(opener: Callable[[Path], A], member: _Member) -> A:
    if file_version(member.archive) != member.listed_version:
        raise OSError("it has been changed since its contents were listed")
    key = member.archive, member.listed_version
    if key not in _open_archives:
        for old in _open_archives.values():
            old.close()
        _open_archives.clear()
        _open_archives[key] = opener(member.archive)
    return cast("A", _open_archives[key])  # the archive's suffix determines the type


@contextmanager
def _as_unreadable() -> Iterator[None]:
    try:
        yield
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, *_ARCHIVE_ERRORS) as error:
        reason = str(error).strip("'\"") or type(error).__name__
        raise UnreadableError(
            f"The photo cannot be read from its archive ({reason}); unpack the archive, or create it again."
        ) from None
