"""Finds a C2PA manifest store where the image format puts it (C2PA Technical Specification 2.2, 2025, appendix A).

This takes microseconds, and the C2PA library is loaded only for files that have a store.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_JUMBF_UUID = bytes.fromhex("63327061 0011 0010 8000 00AA00389B71")  # "c2pa", ISO/IEC 19566-5 content type
_BMFF_UUID = bytes.fromhex("D8FEC3D6 1B0E 483C 9297 5828877EC481")
_TIFF_TAG = 52545
_MAX_ELEMENTS = 10_000  # segments, chunks or boxes visited; a photo has some tens


def media_type(data: bytes) -> str | None:
    """Return the media type of a picture that has a manifest store; None if it has none."""
    if data.startswith(b"\xff\xd8"):
        has_store, name = _in_jpeg(data), "image/jpeg"
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        has_store, name = _in_chunks(data, 8, "big", b"caBX"), "image/png"
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        has_store, name = _in_chunks(data, 12, "little", b"C2PA"), "image/webp"
    elif data[:4] in {b"II*\0", b"MM\0*"}:
        has_store, name = _in_tiff(data), "image/tiff"
    elif data[4:8] == b"ftyp":
        has_store, name = _in_boxes(data), "image/avif" if data[8:12] in {b"avif", b"avis"} else "image/heic"
    else:
        return None
    return name if has_store else None


def _in_jpeg(data: bytes) -> bool:
    """Search the APP11 segments before the scan: "JP", instance, sequence, then a JUMBF box with C2PA's UUID."""
    at = 2
    for _ in range(_MAX_ELEMENTS):
        marker, length = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4], "big")
        if len(marker) < 2 or marker[0] != 0xFF or marker[1] in {0xD9, 0xDA}:  # noqa: PLR2004 - markers of T.81
            return False
        if marker[1] == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        segment = data[at + 4 : at + 2 + min(length, 64)]
        if (
            marker == b"\xff\xeb"
            and segment[:2] == b"JP"
            and segment[12:16] == b"jumb"
            and segment[24:40] == _JUMBF_UUID
        ):
            return True
        at += 2 + max(length, 2)
    return False


def _in_chunks(data: bytes, start: int, order: Literal["big", "little"], wanted: bytes) -> bool:
    """Search PNG chunks (length, name, body, checksum; up to IEND) or RIFF chunks (name, length, padded body)."""
    at, png = start, order == "big"
    end = len(data) if png else min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    for _ in range(_MAX_ELEMENTS):
        first, second = data[at : at + 4], data[at + 4 : at + 8]
        length, name = (first, second) if png else (second, first)
        size = int.from_bytes(length, order)
        if at + 8 + size > end or name == b"IEND":
            return False
        if name == wanted:
            return True
        at += 12 + size if png else 8 + size + size % 2
    return False


def _in_tiff(data: bytes) -> bool:
    if len(data) < 8:  # noqa: PLR2004 - the header
        return False
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}4xI", data)
    if at + 2 > len(data):
        return False
    (count,) = struct.unpack_from(f"{order}H", data, at)
    entries = (data[at + 2 + 12 * n : at + 4 + 12 * n] for n in range(count))
    return struct.pack(f"{order}H", _TIFF_TAG) in entries


def _in_boxes(data: bytes) -> bool:
    """Whether a top-level `uuid` box of an ISO base media file is C2PA's."""
    return any(name == b"uuid" and data[body : body + 16] == _BMFF_UUID for name, body in _boxes(data))


def _boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = 0
    for _ in range(_MAX_ELEMENTS):
        size, header = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0:
            size = len(data) - at
        if size < header or at + size > len(data):
            return
        yield data[at + 4 : at + 8], at + header
        at += size
