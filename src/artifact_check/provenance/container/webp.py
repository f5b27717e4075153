"""WebP: metadata in the chunks of a RIFF file (RFC 9649, 2024)."""

from __future__ import annotations

from artifact_check.provenance.container.metadata import Metadata
from artifact_check.provenance.limits import MAX_SEGMENTS, MAX_XMP


def read(data: bytes, metadata: Metadata) -> None:
    """Add the EXIF and XMP chunks, and the manifest store's.

    The size that the file states counts only if a chunk ends there; some writers state none, or too small a one.
    """
    stated = 8 + int.from_bytes(data[4:8], "little")
    position = 12
    for _ in range(MAX_SEGMENTS):
        kind, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + size
        if end > len(data) or stated in (position, position - 1):
            return
        if kind == b"EXIF":
            metadata.add_exif(data[position + 8 : end])
        elif kind == b"XMP ":
            metadata.add_xmp(data[position + 8 : min(end, position + 8 + MAX_XMP + 1)])
        elif kind == b"C2PA":
            metadata.has_manifest = True
        position = end + size % 2
