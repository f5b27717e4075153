"""WebP: chunks of a RIFF file (RFC 9649)."""

from __future__ import annotations

from artifact_check.provenance.container.metadata import MAX_PIECES, MAX_XMP, Found


def read(data: bytes, found: Found) -> None:
    """Add the EXIF and XMP chunks."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    place = 12
    for _ in range(MAX_PIECES):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if place + 8 + size > end:
            return
        if kind == b"EXIF":
            found.add_exif(data[place + 8 : place + 8 + size])
        elif kind == b"XMP " and size <= MAX_XMP:
            found.add_xmp(data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
