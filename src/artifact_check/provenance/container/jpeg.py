"""JPEG: metadata in the segments before the pixels (ITU-T T.81, 1992, B.1; XMP part 3, 2020, 1.1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from artifact_check.provenance.container import samsung
from artifact_check.provenance.container.metadata import Metadata, Text, decode_text
from artifact_check.provenance.limits import MAX_SEGMENTS
from artifact_check.provenance.xmp_text import JPEG_HEADER, decode_packet

EXIF, PHOTOSHOP, XMP = b"Exif\0\0", b"Photoshop 3.0\0", JPEG_HEADER  # first bytes of segments
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MANIFEST_STORE = bytes.fromhex("63327061 0011 0010 8000 00AA00389B71")  # C2PA's type of a JUMBF box
_MARKER = re.compile(rb"\xff([\x01-\xfe])")
_SEGMENT = re.compile(  # that can be told by more than its marker
    rb"\xff(?:\xe1..(?:Exif\0\0|http://ns\.adobe\.com/)|\xeb..JP..|\xed..Photoshop 3\.0\0)", re.DOTALL
)
_LONGEST_HEADER = 24  # bytes
_APP1, _APP11, _APP13, _COMMENT, _SCAN, _END = 0xE1, 0xEB, 0xED, 0xFE, 0xDA, 0xD9
_OTHER_HEADER = re.compile(rb"<\?xpacket|<x:x[am]pmeta")
_HAS_EXTENDED = re.compile(r"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-Fa-f]{32})")
_MAX_SKIPPED = 10_000_000  # bytes between segments
_MAX_HEADER = 256  # bytes before a packet
_MAX_PORTIONS = 1000  # of data that is split over several segments of 64 kB


@dataclass(frozen=True, slots=True)
class _Portions:
    """Blocks of what may be split over several segments."""

    exif: list[bytes] = field(default_factory=list)
    extended_xmp: list[bytes] = field(default_factory=list)
    resources: list[bytes] = field(default_factory=list)


def read(data: bytes, metadata: Metadata) -> None:
    """Add comments, XMP, EXIF, IPTC and manifest store from the segments before the pixels."""
    portions = _Portions()
    for marker, start, end in segments(data):
        if marker == _COMMENT:
            metadata.add_text(Text("jpeg_comment", "", decode_text(data[start:end])))
        elif marker == _APP1:
            _read_app1(data, start, end, metadata, portions)
        elif marker == _APP11:
            metadata.has_manifest |= _begins_manifest_store(data[start : min(end, start + 40)])
        elif marker == _APP13 and data.startswith(PHOTOSHOP, start, end):
            _add_portion(portions.resources, data[start + len(PHOTOSHOP) : end])
    samsung.read(data, len(data), metadata)
    if portions.exif:
        metadata.add_exif(b"".join(portions.exif))
    metadata.add_resources(b"".join(portions.resources))
    _add_extended_xmp(portions.extended_xmp, metadata)


def _add_extended_xmp(portions: list[bytes], metadata: Metadata) -> None:
    """Add the extended XMP that the first packet names; if it is not there, or not all of it, note that."""
    if not metadata.xmp or not (portions or b"HasExtendedXMP" in metadata.xmp[0]):
        return
    if named := _HAS_EXTENDED.search(decode_packet(metadata.xmp[0])):
        whole = _assemble(portions, named[1].encode())
        if whole is None:
            metadata.xmp_left_out = True
        else:
            metadata.add_xmp(whole)


def _read_app1(data: bytes, start: int, end: int, metadata: Metadata, portions: _Portions) -> None:
    if data.startswith(EXIF, start, end):
        start += len(EXIF)
        # Of several EXIF blocks the first counts; a block without a header continues it, as in exiftool.
        if data.startswith((b"II", b"MM"), start, end) != bool(portions.exif):
            _add_portion(portions.exif, data[start:end])
    elif data.startswith(XMP, start, end):
        metadata.add_xmp(data[start + len(XMP) : end])
    elif data.startswith(_EXTENDED_XMP, start, end):
        _add_portion(portions.extended_xmp, data[start + len(_EXTENDED_XMP) : end])
    elif _OTHER_HEADER.search(data, start, min(end, start + _MAX_HEADER)):
        metadata.add_xmp(data[start:end])  # with a header that a program spoilt


def _add_portion(portions: list[bytes], portion: bytes) -> None:
    if len(portions) < _MAX_PORTIONS:
        portions.append(portion)


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the contents of each segment before the pixels.

    Bytes between segments are skipped up to the next marker, as libjpeg does (jdmarker.c, next_marker), within a bound.
    If a segment is followed by such bytes, its size may be wrong. If it is too large, the header of another segment is
    inside, and its contents end there. If it is too small, or the bytes do no harm, they end where the next marker is.
    """
    position, room = 2, _MAX_SKIPPED
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, position, position + room)
        if found is None or found[1][0] in (_SCAN, _END):
            return
        marker, start = found[1][0], found.end()
        room -= found.start() - position
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # noqa: PLR2004 - markers without contents
            position = start
            continue
        size = int.from_bytes(data[start : start + 2])
        fits = 2 <= size <= len(data) - start  # noqa: PLR2004 - the size counts itself
        position = end = start + size if fits else start + 2
        if not fits or data[end : end + 1] != b"\xff":
            following = _SEGMENT.search(data, start + 2, end + _LONGEST_HEADER) or _MARKER.search(data, end, end + room)
            end = following.start() if following else len(data)
            position = min(position, end)
        yield marker, start + 2, end


def _begins_manifest_store(segment: bytes) -> bool:
    """Whether a segment begins C2PA's box: "JP", instance, sequence, box, and its description (ISO/IEC 19566-5)."""
    return segment[:2] == b"JP" and segment[12:16] == b"jumb" and segment[24:40] == _MANIFEST_STORE


def _assemble(portions: list[bytes], guid: bytes) -> bytes | None:
    """Assemble extended XMP; None if a portion is missing.

    A portion is the GUID (32 bytes), the full length and the offset (4 bytes each), and contents.
    """
    portions = [portion for portion in portions if portion[:32] == guid]
    pieces = sorted((int.from_bytes(portion[36:40]), portion[40:]) for portion in dict.fromkeys(portions))
    whole = bytearray()
    for offset, piece in pieces:
        if offset > len(whole):
            return None
        whole[offset:] = piece
    return bytes(whole[: int.from_bytes(portions[0][32:36])]) if portions else None
