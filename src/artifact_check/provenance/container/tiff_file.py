"""TIFF: the first directory, which is an EXIF block too."""

from __future__ import annotations

from artifact_check.provenance import tiff
from artifact_check.provenance.container.metadata import MAX_EXIF, MAX_IPTC, MAX_XMP, Found


def read(data: bytes, found: Found) -> None:
    """Add the file as its own EXIF block, and the XMP and IPTC of its first directory.

    Raises:
        ValueError: there is no directory.
    """
    structure = tiff.Tiff(data)
    first = structure.first
    if not first.fields:
        raise ValueError("a TIFF file without a directory")
    found.exif = data
    found.add_xmp(structure.raw(first, tiff.XMP, MAX_XMP) or b"")
    found.iptc = structure.raw(first, tiff.IPTC, MAX_IPTC)
    found.add_resources(structure.raw(first, tiff.PHOTOSHOP, MAX_EXIF) or b"")
