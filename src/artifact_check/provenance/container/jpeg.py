"""JPEG: segments before the pixels (ITU-T T.81 B.1; XMP part 3, 2020, 1.1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifact_check.provenance.container.metadata import MAX_PIECES, Found, Text, decoded

EXIF, PHOTOSHOP, XMP = b"Exif\0\0", b"Photoshop 3.0\0", b"http://ns.adobe.com/xap/1.0/\0"  # how segments begin
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_APP1, _APP13, _COMMENT, _SCAN = 0xE1, 0xED, 0xFE, 0xDA
_HAS_EXTENDED = re.compile(rb"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-Fa-f]{32})")
_MAX_PORTIONS = 1000  # of what is kept in several segments of 64 kB


def read(data: bytes, found: Found) -> None:
    """Add comments, XMP, EXIF and IPTC of the segments before the pixels.

    Raises:
        ValueError: the segments end before the pixels.
    """
    extended: list[bytes] = []
    resources: list[bytes] = []
    for marker, start, end in segments(data):
        if marker == _COMMENT:
            found.add_text(Text("jpeg_comment", "", decoded(data[start:end])))
        elif marker == _APP13 and data.startswith(PHOTOSHOP, start, end) and len(resources) < _MAX_PORTIONS:
            resources.append(data[start + len(PHOTOSHOP) : end])
        elif marker == _APP1 and data.startswith(EXIF, start, end):
            found.add_exif(data[start:end])
        elif marker == _APP1 and data.startswith(XMP, start, end):
            found.add_xmp(data[start + len(XMP) : end])
        elif marker == _APP1 and data.startswith(_EXTENDED_XMP, start, end) and len(extended) < _MAX_PORTIONS:
            extended.append(data[start + len(_EXTENDED_XMP) : end])
    found.add_resources(b"".join(resources))  # one list of resources may run over several segments
    if extended and found.xmp and (named := _HAS_EXTENDED.search(found.xmp[0])):
        found.add_xmp(_assembled(extended, named[1]))


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the contents of each segment before the pixels."""
    place = 2
    for _ in range(MAX_PIECES):
        if place + 4 > len(data) or data[place] != 0xFF:  # noqa: PLR2004 - every marker begins so
            break
        marker = data[place + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill
            place += 1
            continue
        if marker == _SCAN:
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # noqa: PLR2004 - markers without contents
            place += 2
            continue
        size = int.from_bytes(data[place + 2 : place + 4])
        if size < 2 or place + 2 + size > len(data):  # noqa: PLR2004 - the size counts itself
            break
        yield marker, place + 4, place + 2 + size
        place += 2 + size
    raise ValueError("a JPEG file without pixels")


def _assembled(portions: list[bytes], guid: bytes) -> bytes:
    """Extended XMP from its portions: GUID (32 bytes), full length and offset (4 each), contents; b"" if one lacks."""
    portions = [portion for portion in portions if portion[:32] == guid]
    pieces = sorted((int.from_bytes(portion[36:40]), portion[40:]) for portion in dict.fromkeys(portions))
    whole = b"".join(piece for _, piece in pieces)
    place = 0
    for offset, piece in pieces:
        if offset != place:
            return b""
        place += len(piece)
    return whole
