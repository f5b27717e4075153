"""Walks the pieces of a container: chunks of a PNG, boxes of a HEIF or AVIF file. `provenance` uses this, too.

W3C PNG 3, 2025, 5.3; ISO/IEC 14496-12, 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 100_000  # a large photo's pixels may have some ten thousand
_MAX_BOXES = 4096


class Box(NamedTuple):
    """A box's type, and the start and end of its contents."""

    type: bytes
    start: int
    end: int


class Cursor:
    """Reads consecutive big-endian numbers; raises `ValueError` at the end."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data, self.position, self.end = data, start, end

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def take(self, size: int) -> bytes:
        if self.position + size > self.end:
            raise ValueError("a box ends too early")
        self.position += size
        return self.data[self.position - size : self.position]


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two positions, up to the first that does not fit."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        size, kind, head = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16]), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield Box(kind, start + head, start + size)
        start += size


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start and end of the contents of each chunk up to IEND, or to the first that does not fit."""
    position = len(PNG_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        size, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        if kind == b"IEND" or position + 12 + size > len(data):
            return
        yield kind, position + 8, position + 8 + size
        position += 12 + size
