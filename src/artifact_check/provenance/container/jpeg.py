"""JPEG: metadata in the segments before the pixels (ITU-T T.81, 1992, B.1; XMP part 3, 2020, 1.1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifact_check.provenance.container.metadata import Metadata, Text, decode_text
from artifact_check.provenance.limits import MAX_SEGMENTS

EXIF, PHOTOSHOP, XMP = b"Exif\0\0", b"Photoshop 3.0\0", b"http://ns.adobe.com/xap/1.0/\0"  # first bytes of segments
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MANIFEST_STORE = bytes.fromhex("63327061 0011 0010 8000 00AA00389B71")  # C2PA's type of a JUMBF box
_APP1, _APP11, _APP13, _COMMENT, _SCAN = 0xE1, 0xEB, 0xED, 0xFE, 0xDA
_HAS_EXTENDED = re.compile(rb"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-Fa-f]{32})")
_MAX_PORTIONS = 1000  # of data that is split over several segments of 64 kB


def read(data: bytes, metadata: Metadata) -> None:
    """Add comments, XMP, EXIF, IPTC and manifest store from the segments before the pixels.

    Raises:
        ValueError: the segments end before the pixels.
    """
    extended: list[bytes] = []
    resources: list[bytes] = []
    for marker, start, end in segments(data):
        if marker == _COMMENT:
            metadata.add_text(Text("jpeg_comment", "", decode_text(data[start:end])))
        elif marker == _APP13 and data.startswith(PHOTOSHOP, start, end) and len(resources) < _MAX_PORTIONS:
            resources.append(data[start + len(PHOTOSHOP) : end])
        elif marker == _APP1 and data.startswith(EXIF, start, end):
            metadata.add_exif(data[start:end])
        elif marker == _APP1 and data.startswith(XMP, start, end):
            metadata.add_xmp(data[start + len(XMP) : end])
        elif marker == _APP11:
            metadata.has_manifest |= _begins_manifest_store(data[start : min(end, start + 40)])
        elif marker == _APP1 and data.startswith(_EXTENDED_XMP, start, end) and len(extended) < _MAX_PORTIONS:
            extended.append(data[start + len(_EXTENDED_XMP) : end])
    metadata.add_resources(b"".join(resources))  # one list of resources may be split over several segments
    if extended and metadata.xmp and (named := _HAS_EXTENDED.search(metadata.xmp[0])):
        metadata.add_xmp(_assemble(extended, named[1]))


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the contents of each segment before the pixels.

    Raises:
        ValueError: the segments end before the pixels, or are too many.
    """
    position = 2
    for _ in range(MAX_SEGMENTS):
        if position + 4 > len(data) or data[position] != 0xFF:  # noqa: PLR2004 - every marker begins so
            break
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill
            position += 1
            continue
        if marker == _SCAN:
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # noqa: PLR2004 - markers without contents
            position += 2
            continue
        size = int.from_bytes(data[position + 2 : position + 4])
        if size < 2 or position + 2 + size > len(data):  # noqa: PLR2004 - the size counts itself
            break
        yield marker, position + 4, position + 2 + size
        position += 2 + size
    raise ValueError("a JPEG file without pixels")


def _begins_manifest_store(segment: bytes) -> bool:
    """Whether a segment begins C2PA's box: "JP", instance, sequence, box, and its description (ISO/IEC 19566-5)."""
    return segment[:2] == b"JP" and segment[12:16] == b"jumb" and segment[24:40] == _MANIFEST_STORE


def _assemble(portions: list[bytes], guid: bytes) -> bytes:
    """Assemble extended XMP; b"" if a portion is missing.

    A portion is the GUID (32 bytes), the full length and the offset (4 bytes each), and contents.
    """
    portions = [portion for portion in portions if portion[:32] == guid]
    pieces = sorted((int.from_bytes(portion[36:40]), portion[40:]) for portion in dict.fromkeys(portions))
    whole = b"".join(piece for _, piece in pieces)
    position = 0
    for offset, piece in pieces:
        if offset != position:
            return b""
        position += len(piece)
    return whole
