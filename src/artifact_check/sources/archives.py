"""Photos in zip and tar archives, read one by one from where they lie: nothing is unpacked to a disk.

What an archive says of a member's size is checked before that is read, so that a bomb of zeros does no harm.
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

# What zipfile and tarfile raise on damaged, encrypted or unknown content, beyond their own classes.
_DAMAGED = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class _Member:
    """A photo in an archive, which had the version `listed` when its contents were."""

    archive: Path
    listed: str | None
    member: str
    at_hand: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"{self.archive}/{self.member}"

    def version(self) -> str | None:
        return self.listed


@dataclass(frozen=True, slots=True)
class ZipMember(_Member):
    """A photo in a zip archive."""

    def read(self) -> bytes:
        with _plain_errors():
            opened = _kept(zipfile.ZipFile, self)
            require_bytes(opened.getinfo(self.member).file_size)
            return opened.read(self.member)


@dataclass(frozen=True, slots=True)
class TarMember(_Member):
    """A photo in a tar archive: `size` bytes from `offset` on, counted after decompression."""

    offset: int
    size: int

    def read(self) -> bytes:
        require_bytes(self.size)
        with _plain_errors():
            stream = _kept(tarfile.open, self).fileobj
            if stream is None:
                raise EOFError
            # Members are asked for in the order of the archive: a compressed one is gone through once, forwards.
            stream.seek(self.offset)
            data = stream.read(self.size)
            if len(data) < self.size:
                raise EOFError
            return data


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def members_of(archive: Path, selection: Selection) -> Iterator[ZipMember | TarMember]:
    """Find the photos in an archive, in its own order; of members with the same name the last, as unpacking would.

    Raises:
        NothingToScanError: it cannot be read as an archive.
    """
    try:
        found = _zip_members(archive) if archive.name.lower().endswith(".zip") else _tar_members(archive)
    except (zipfile.BadZipFile, tarfile.TarError, *_DAMAGED) as error:
        reason = str(error) or type(error).__name__
        raise NothingToScanError(f"{archive} cannot be read as an archive ({reason}); make it again.") from None
    last = {member.member: member for member in found}
    for name, member in last.items():
        if selection.takes_inside(name) and selection.is_new(f"{identity(archive)}/{name}"):
            yield member


def _zip_members(archive: Path) -> list[ZipMember | TarMember]:
    version = file_version(archive)
    with zipfile.ZipFile(archive) as opened:
        return [ZipMember(archive, version, info.filename) for info in opened.infolist() if not info.is_dir()]


def _tar_members(archive: Path) -> list[ZipMember | TarMember]:
    version = file_version(archive)
    with tarfile.open(archive) as opened:
        return [TarMember(archive, version, i.name, i.offset_data, i.size) for i in opened if i.isreg()]


# One archive is kept open: its list of contents can be long, and a compressed one would be gone through anew for each
# photo.
_kept_open: dict[tuple[Path, str | None], zipfile.ZipFile | tarfile.TarFile] = {}


def _kept(opened: Callable[[Path], A], member: _Member) -> A:
    if file_version(member.archive) != member.listed:
        raise OSError("it has been changed since its contents were listed")
    key = member.archive, member.listed
    if key not in _kept_open:
        for old in _kept_open.values():
            old.close()
        _kept_open.clear()
        _kept_open[key] = opened(member.archive)
    return cast("A", _kept_open[key])  # an archive's name says which of the two it is


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, *_DAMAGED) as error:
        reason = str(error).strip("'\"") or type(error).__name__
        raise UnreadableError(
            f"The photo cannot be read from its archive ({reason}); unpack the archive, or make it again."
        ) from None
