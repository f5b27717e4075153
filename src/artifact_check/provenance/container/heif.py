"""HEIF and AVIF: metadata items, and C2PA's box.

ISO/IEC 14496-12 (boxes, `iinf`, `iloc`) and 23008-12 (Exif and XMP items); C2PA Technical Specification 2.2, 2025, A.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from artifact_check.photo.containers import Box, Cursor, boxes
from artifact_check.provenance.container import samsung
from artifact_check.provenance.container.metadata import Metadata
from artifact_check.provenance.limits import MAX_EXIF

_MANIFEST_STORE = bytes.fromhex("D8FEC3D6 1B0E 483C 9297 5828877EC481")
_MAX_ITEMS = 4096  # a phone's picture, made of a grid of tiles, has some fifty
_MAX_EXTENTS = 64  # of one item


def read(data: bytes, metadata: Metadata) -> None:
    """Add the EXIF and XMP items of the first `meta` box, and the manifest store."""
    meta: Box | None = None
    for box in boxes(data, 0, len(data)):
        if box.type == b"meta" and meta is None:
            meta = box
        elif box.type == b"sefd":
            samsung.read(data, box.end, metadata)
        elif box.type == b"uuid" and data.startswith(_MANIFEST_STORE, box.start):
            metadata.has_manifest = True
    with suppress(ValueError):  # a box contradicts itself
        for item in _metadata_items(data, meta, MAX_EXIF) if meta else ():
            if item.type == b"Exif":
                metadata.add_exif(item.data[4 + int.from_bytes(item.data[:4]) :])
            elif item.content_type == b"application/rdf+xml":
                metadata.add_xmp(item.data)


class Item(NamedTuple):
    """A metadata item: its type, its content type where that is `mime`, and its bytes."""

    type: bytes
    content_type: bytes
    data: bytes


def brands(data: bytes) -> frozenset[bytes]:
    """Return the brands of the `ftyp` box, which comes first; empty if there is none."""
    first = next(boxes(data, 0, len(data)), None)
    if first is None or first.type != b"ftyp":
        return frozenset()
    names = data[first.start : min(first.end, first.start + 256)]
    return frozenset(names[i : i + 4] for i in range(0, len(names), 4) if i != 4)  # noqa: PLR2004 - minor version


def _metadata_items(data: bytes, meta: Box, limit: int) -> Iterator[Item]:
    """Yield the Exif and mime items of a `meta` box that have at most `limit` bytes.

    Raises:
        ValueError: a box contradicts itself.
    """
    inside = {box.type: box for box in boxes(data, meta.start + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return
    wanted = dict(_item_entries(data, inside[b"iinf"]))
    idat = inside.get(b"idat")
    for number, (method, extents) in _item_locations(data, inside[b"iloc"]).items():
        if number not in wanted or method > 1 or (method == 1 and idat is None):
            continue
        low, high = (idat.start, idat.end) if method == 1 and idat is not None else (0, len(data))
        content = _join_extents(data, extents, low, high, limit)
        if content is not None:
            yield Item(*wanted[number], content)


def _join_extents(data: bytes, extents: list[tuple[int, int]], low: int, high: int, limit: int) -> bytes | None:
    """Concatenate an item's extents; None if one is out of bounds or they exceed `limit` bytes in total."""
    spans = [(low + offset, low + offset + length if length else high) for offset, length in extents]
    if any(not low <= start <= end <= high for start, end in spans) or sum(e - s for s, e in spans) > limit:
        return None
    return b"".join(data[start:end] for start, end in spans)


def _item_entries(data: bytes, iinf: Box) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    """Yield number, type and content type of each Exif item and each mime item without content encoding."""
    cursor = Cursor(data, iinf.start, iinf.end)
    version = cursor.number(4) >> 24
    cursor.number(2 if version == 0 else 4)
    for box in boxes(data, cursor.position, iinf.end):
        if box.type != b"infe":
            continue
        entry = Cursor(data, box.start, box.end)
        version = entry.number(4) >> 24
        if version not in (2, 3):
            continue
        number = entry.number(2 if version == 2 else 4)  # noqa: PLR2004 - by the standard
        entry.number(2)  # protection
        kind = entry.take(4)
        if kind == b"Exif":
            yield number, (kind, b"")
        elif kind == b"mime":
            _name, content_type, encoding = (*data[entry.position : box.end].split(b"\0", 3)[:3], b"", b"", b"")[:3]
            if not encoding:
                yield number, (kind, content_type)


def _item_locations(data: bytes, iloc: Box) -> dict[int, tuple[int, list[tuple[int, int]]]]:
    """Return each item's construction method (0: in the file, 1: in `idat`) and extents (offset, length)."""
    cursor = Cursor(data, iloc.start, iloc.end)
    version = cursor.number(4) >> 24
    sizes = cursor.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 2 if version < 2 else 4  # noqa: PLR2004 - by the standard
    locations = {}
    for _ in range(min(cursor.number(wide), _MAX_ITEMS)):
        number = cursor.number(wide)
        method = cursor.number(2) & 15 if version else 0
        cursor.number(2)  # data reference
        base = cursor.number(base_size)
        count = cursor.number(2)
        if count > _MAX_EXTENTS:
            raise ValueError("an item with too many extents")
        extents = []
        for _ in range(count):
            cursor.number(index_size if version else 0)
            extents.append((base + cursor.number(offset_size), cursor.number(length_size)))
        locations[number] = (method, extents)
    return locations
