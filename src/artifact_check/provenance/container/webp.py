"""WebP: metadata in the chunks of a RIFF file (RFC 9649, 2024)."""

from __future__ import annotations

from artifact_check.provenance.container.metadata import Metadata
from artifact_check.provenance.limits import MAX_SEGMENTS, MAX_XMP


def read(data: bytes, metadata: Metadata) -> None:
    """Add the EXIF and XMP chunks, and the manifest store's."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    position = 12
    for _ in range(MAX_SEGMENTS):
        kind, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + size > end:
            return
        if kind == b"EXIF":
            metadata.add_exif(data[position + 8 : position + 8 + size])
        elif kind == b"XMP ":
            metadata.add_xmp(data[position + 8 : position + 8 + min(size, MAX_XMP + 1)])
        elif kind == b"C2PA":
            metadata.has_manifest = True
        position += 8 + size + size % 2
