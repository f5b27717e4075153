"""Reads the directories (IFDs) of a TIFF file or an EXIF block, which have the same structure.

TIFF 6.0 (1992) section 2, BigTIFF (2007), and CIPA DC-008 (EXIF 2.32, 2019) section 4.6. Offsets outside the bytes are
ignored, and values are copied only on request.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

MAKE, MODEL, SOFTWARE, XMP, IPTC, PHOTOSHOP, EXIF_IFD = 0x010F, 0x0110, 0x0131, 700, 33723, 34377, 0x8769

_MAX_ENTRIES = 1000  # of one directory; cameras write some dozens
_MAX_NUMBERS = 16  # of one field
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_RATIONALS = {5: "I", 10: "i"}
_TEXT_TYPES = (1, 2, 7, 129)


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a directory: its type, its number of values, and the offset and size of these in bytes."""

    type: int
    count: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The fields of one IFD by tag, and the offset of the next IFD (0: none)."""

    fields: dict[int, Field]
    following: int


class Tiff:
    """A TIFF structure.

    Raises:
        ValueError: the bytes do not begin with a TIFF header.
    """

    def __init__(self, data: bytes) -> None:
        order: dict[bytes, Literal["<", ">"]] = {b"II": "<", b"MM": ">"}
        if data[:2] not in order or len(data) < 8:  # noqa: PLR2004 - the header's length
            raise ValueError("no TIFF header")
        self.data = data
        self.order = order[data[:2]]
        (version,) = struct.unpack_from(f"{self.order}H", data, 2)
        if version not in (42, 43, 0x2A00):  # 42 in the wrong byte order: OpenImageIO, until 2.6
            raise ValueError("no TIFF header")
        self._big = version == 43  # noqa: PLR2004 - BigTIFF
        self._first = self._offset(8 if self._big else 4)

    @cached_property
    def first(self) -> Directory:
        """IFD0, which describes the main picture."""
        return self.directory(self._first)

    def directory(self, offset: int) -> Directory:
        """Read the IFD at an offset; empty if there is none. Entries that reach beyond the bytes are left out."""
        head, entry, inline = (8, 20, 8) if self._big else (2, 12, 4)
        if not 0 < offset <= len(self.data) - head:
            return Directory({}, 0)
        (count,) = struct.unpack_from(f"{self.order}{'Q' if self._big else 'H'}", self.data, offset)
        end = offset + head + entry * count
        if count > _MAX_ENTRIES or end > len(self.data):
            return Directory({}, 0)
        fields: dict[int, Field] = {}
        for position in range(offset + head, end, entry):
            tag, kind, number = struct.unpack_from(f"{self.order}HH{'Q' if self._big else 'I'}", self.data, position)
            size = number * _SIZES.get(kind, 1)
            start = position + entry - inline
            start = start if size <= inline else self._offset(start)
            if start + size <= len(self.data):
                fields.setdefault(tag, Field(kind, number, start, size))
        return Directory(fields, self._offset(end) if end + inline <= len(self.data) else 0)

    def sub_directory(self, directory: Directory, tag: int) -> Directory:
        """Read the IFD that a field such as `EXIF_IFD` points to; empty if there is none."""
        return self.directory(int(next(iter(self.numbers(directory, tag)), 0)))

    def raw(self, directory: Directory, tag: int, limit: int) -> bytes | None:
        """Return a field's bytes; None if it is absent or longer than `limit`."""
        field = directory.fields.get(tag)
        if field is None or field.size > limit:
            return None
        return self.data[field.start : field.start + field.size]

    def text(self, directory: Directory, tag: int) -> str:
        """Return a field's text up to its first NUL; "" if there is none.

        The standard says ASCII; in practice it is UTF-8, which EXIF 3.0 allows.
        """
        field = directory.fields.get(tag)
        if field is None or field.type not in _TEXT_TYPES:
            return ""
        start = self.data[field.start : field.start + min(field.size, 2000)]
        return start.partition(b"\0")[0].decode("utf-8", "replace").strip()

    def numbers(self, directory: Directory, tag: int) -> tuple[float, ...]:
        """Return a field's first values; rationals with a denominator of 0 are left out."""
        field = directory.fields.get(tag)
        if field is None:
            return ()
        count = min(field.count, _MAX_NUMBERS)
        if field.type in _RATIONALS:
            pairs = struct.unpack_from(f"{self.order}{2 * count}{_RATIONALS[field.type]}", self.data, field.start)
            return tuple(pairs[i] / pairs[i + 1] for i in range(0, 2 * count, 2) if pairs[i + 1])
        if field.type not in _CODES:
            return ()
        return struct.unpack_from(f"{self.order}{count}{_CODES[field.type]}", self.data, field.start)

    def _offset(self, position: int) -> int:
        code, size = ("Q", 8) if self._big else ("I", 4)
        if position + size > len(self.data):
            return 0
        (offset,) = struct.unpack_from(f"{self.order}{code}", self.data, position)
        return int(offset)
