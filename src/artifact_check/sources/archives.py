"""Photos in zip and tar archives. Members are read one by one into memory; nothing is unpacked to disk.

A member's announced size is checked before the member is read, so that a decompression bomb does no harm.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from artifact_check.errors import NothingToScanError, UnreadableError
from artifact_check.phrase import Phrase
from artifact_check.sources.local import file_version, identity
from artifact_check.sources.member_names import decode_name, guess_encoding, unicode_path
from artifact_check.sources.selection import is_photo, sidecar_names
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from artifact_check.sources.selection import Selection

A = TypeVar("A", zipfile.ZipFile, tarfile.TarFile)

_ZIP_ENCODING = "cp437"  # of names that state none (APPNOTE 6.3.10, D.1)
_UTF8_FLAG = 0x800
_MADE_ON_DOS = 0
# How a member and an entry of the list of contents begin, and how many bytes come before the name.
_MEMBER, _MEMBER_SIZE = b"PK\3\4", 30
_ENTRY, _ENTRY_SIZE = b"PK\1\2", 46
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")

# Besides their own classes, zipfile and tarfile raise these for damaged, encrypted or unsupported content.
_ARCHIVE_ERRORS = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class _Member:
    """A photo in an archive.

    Attributes:
        listed_version: the archive's version when its contents were listed.
        sidecar: the member with the Content Credentials beside it.
    """

    archive: Path
    listed_version: str | None
    member: str
    sidecar: ZipMember | TarMember | None = field(default=None, kw_only=True)
    cheap_to_read: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"{self.archive}/{self.member}"

    def version(self) -> str | None:
        return self.listed_version


@dataclass(frozen=True, slots=True)
class ZipMember(_Member):
    """A photo in a zip archive, the one with this `index` in its list of contents."""

    index: int

    def read(self, limit: int | None = None) -> bytes:
        with _as_unreadable():
            archive = _open_archive(_open_zip, self)
            info = archive.infolist()[self.index]
            require_bytes(info.file_size, limit)
            return archive.read(info)


@dataclass(frozen=True, slots=True)
class TarMember(_Member):
    """A photo in a tar archive: `size` bytes, starting at `offset` in the decompressed archive."""

    offset: int
    size: int

    def read(self, limit: int | None = None) -> bytes:
        require_bytes(self.size, limit)
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
    """Find the photos in an archive, in its own order. Members with the same name are told apart by a number, since
    they may be different photos.

    Raises:
        NothingToScanError: the file cannot be read as an archive.
    """
    try:
        listed = _zip_members if archive.name.lower().endswith(".zip") else _tar_members
        members, guess = listed(archive)
    except (zipfile.BadZipFile, tarfile.TarError, *_ARCHIVE_ERRORS) as error:
        reason = str(error) or type(error).__name__
        raise NothingToScanError(
            Phrase(
                "{archive} cannot be read as an archive ({reason}); create it again.", archive=archive, reason=reason
            )
        ) from None
    if guess is not None:
        selection.guessed_encodings[archive] = guess
    named = {member.member: member for member in members}
    beside = {name for photo in named if is_photo(photo) for name in sidecar_names(photo)}
    taken = set(named)
    seen: Counter[str] = Counter()
    for member in members:
        if member.member in beside or not selection.accepts_nested(member.member, below=str(archive)):
            continue
        name = _another_name(member.member, seen, taken) if seen[member.member] else member.member
        seen[member.member] += 1
        if selection.is_new(f"{identity(archive)}/{name}"):
            sidecar = next((named[each] for each in sidecar_names(member.member) if each in named), None)
            yield replace(member, member=name, sidecar=sidecar)


def _another_name(name: str, seen: Counter[str], taken: set[str]) -> str:
    """Return the name of a photo with a number that makes it a new one, and add it to those taken."""
    path = PurePosixPath(name)
    while (another := str(path.with_name(f"{path.stem} ({seen[name] + 1}){path.suffix}"))) in taken:
        seen[name] += 1
    taken.add(another)
    return another


_Listed = tuple[list[ZipMember | TarMember], str | None]  # the members, and their names' encoding if it was guessed


def _zip_members(archive: Path) -> _Listed:
    version = file_version(archive)
    with _open_zip(archive) as opened:
        infos = opened.infolist()
    names = [_stated_name(info) for info in infos]
    guess = guess_encoding((name for name in names if isinstance(name, bytes)), of_dos=True)
    members: list[ZipMember | TarMember] = []
    for index, (info, name) in enumerate(zip(infos, names, strict=True)):
        text = name if isinstance(name, str) else decode_name(name, guess, _ZIP_ENCODING)
        text = text.partition("\0")[0]
        if info.create_system == _MADE_ON_DOS and "/" not in text:
            text = text.replace("\\", "/")
        if not text.endswith("/"):
            members.append(ZipMember(archive, version, _safe(text), index))
    return members, guess if guess != _ZIP_ENCODING else None


def _stated_name(info: zipfile.ZipInfo) -> str | bytes:
    """Return a member's name where its encoding is stated, its bytes where it is not."""
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    stored = info.orig_filename.encode(_ZIP_ENCODING)  # as zipfile decoded it
    return unicode_path(stored, info.extra) or stored


def _tar_members(archive: Path) -> _Listed:
    version = file_version(archive)
    with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as opened:
        infos = [info for info in opened if info.isreg()]
    names = [info.name.encode("utf-8", "surrogateescape") for info in infos]
    guess = guess_encoding(names, of_dos=False)
    members: list[ZipMember | TarMember] = [
        TarMember(archive, version, _safe(decode_name(name, guess, "latin-1")), info.offset_data, info.size)
        for name, info in zip(names, infos, strict=True)
    ]
    return members, guess if guess != "utf-8" else None  # which tar states


def _safe(name: str) -> str:
    """Return a member's name as that of a file below the archive and in one line, whatever it says."""
    parts = _CONTROL.sub("_", name).lstrip("/").split("/")
    return "/".join(part for part in parts if part != "..")


class _WithoutFlags(io.FileIO):
    """A zip archive that says of no name that it is in UTF-8 (APPNOTE 6.3.10, 4.3.7 and 4.3.12)."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = bytearray(super().read(size))
        if data.startswith(_MEMBER) and size == _MEMBER_SIZE:
            _clear_flag(data, 6)
        position = 0
        while data.startswith(_ENTRY, position) and position + _ENTRY_SIZE <= len(data):  # of the list of contents
            _clear_flag(data, position + 8)
            position += _ENTRY_SIZE + sum(struct.unpack_from("<3H", data, position + 28))
        return bytes(data)


def _clear_flag(data: bytearray, position: int) -> None:
    (flags,) = struct.unpack_from("<H", data, position)
    struct.pack_into("<H", data, position, flags & ~_UTF8_FLAG)


class _ZipOfAnyNames(zipfile.ZipFile):
    """A zip archive in which a name that is said to be UTF-8 is not, which zipfile refuses."""

    def __init__(self, path: Path) -> None:
        self._stream = _WithoutFlags(path)
        super().__init__(self._stream)

    def close(self) -> None:
        super().close()
        self._stream.close()


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except UnicodeDecodeError:
        return _ZipOfAnyNames(path)


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
            Phrase(
                "The photo cannot be read from its archive ({reason}); unpack the archive, or create it again.",
                reason=reason,
            )
        ) from None
