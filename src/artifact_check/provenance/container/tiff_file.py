"""TIFF: metadata in the first directory. The file is also its own EXIF block."""

from __future__ import annotations

from artifact_check.provenance import tiff
from artifact_check.provenance.container.metadata import Metadata
from artifact_check.provenance.limits import MAX_EXIF, MAX_IPTC, MAX_XMP

_MANIFEST_STORE = 52545  # C2PA Technical Specification 2.2, 2025, A.3.4


def read(data: bytes, metadata: Metadata) -> None:
    """Add the file as its own EXIF block, and XMP, IPTC and manifest store from its first directory.

    Raises:
        ValueError: there is no directory.
    """
    structure = tiff.Tiff(data)
    first = structure.first
    if not first.fields:
        raise ValueError("a TIFF file without a directory")
    metadata.exif = structure
    metadata.has_manifest = _MANIFEST_STORE in first.fields
    metadata.add_xmp(structure.raw(first, tiff.XMP, MAX_XMP) or b"")
    metadata.xmp_left_out = tiff.XMP in first.fields and first.fields[tiff.XMP].size > MAX_XMP
    metadata.iptc = structure.raw(first, tiff.IPTC, MAX_IPTC)
    metadata.add_resources(structure.raw(first, tiff.PHOTOSHOP, MAX_EXIF) or b"")
