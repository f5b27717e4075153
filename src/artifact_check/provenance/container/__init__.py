"""Extracts the metadata in a picture's container, without decoding pixels.

Readers use this, never the raw bytes: text elsewhere in a file, such as after the end of the picture, declares nothing.
Each format has a module that walks through the file once and knows where its metadata is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from artifact_check.photo.containers import PNG_SIGNATURE
from artifact_check.provenance.container import gif, heif, jpeg, png, tiff_file, webp
from artifact_check.provenance.container.metadata import Metadata, Text
from artifact_check.provenance.container.user_comment import add_user_comment
from artifact_check.provenance.packets import Packets, parse_packets
from artifact_check.provenance.tiff import Tiff

__all__ = ["Container", "Text", "parse_container"]

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


@dataclass(frozen=True)
class Container:
    """A file's bytes, its format by Pillow's name, and the metadata found where that format puts it.

    Readers share it, so that nothing is parsed twice.

    Attributes:
        data: the whole file.
        format: "JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF", "GIF" or "BMP".
        xmp: packets; a JPEG's extended XMP follows the packet that refers to it.
        xmp_left_out: whether there is XMP beyond the bounds, or of which a part is missing.
        exif: the structure of the EXIF block; of a TIFF file, its own.
        iptc: IIM records.
        texts: other texts, such as comments.
        has_manifest: whether there is a C2PA manifest store.
        sidecar: a manifest store from a file beside the picture.
    """

    data: bytes
    format: str
    xmp: tuple[bytes, ...]
    exif: Tiff | None
    iptc: bytes | None
    texts: tuple[Text, ...]
    xmp_left_out: bool = False
    has_manifest: bool = False
    sidecar: bytes = b""

    @cached_property
    def packets(self) -> Packets:
        """The properties in the XMP, parsed when first asked for."""
        return parse_packets(self.xmp)


def parse_container(data: bytes, sidecar: bytes = b"") -> Container:
    """Extract the metadata of a picture.

    Raises:
        ValueError: the bytes are not a picture in a known format.
    """
    name = _format(data)
    metadata = Metadata()
    _PARSERS[name](data, metadata)
    add_user_comment(metadata)
    return Container(
        data=data,
        format=name,
        xmp=tuple(metadata.xmp),
        exif=metadata.exif,
        iptc=metadata.iptc,
        texts=tuple(metadata.texts),
        xmp_left_out=metadata.xmp_left_out,
        has_manifest=metadata.has_manifest,
        sidecar=sidecar,
    )


def _format(data: bytes) -> str:
    for name, pattern in _MAGIC:
        if pattern.match(data):
            return name
    brands = heif.brands(data) if data[4:8] == b"ftyp" else frozenset()
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    raise ValueError("not a picture of a known format")


def _read_nothing(data: bytes, metadata: Metadata) -> None:
    """For a format that cannot hold metadata."""


_PARSERS: dict[str, Callable[[bytes, Metadata], None]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": webp.read,
    "TIFF": tiff_file.read,
    "HEIF": heif.read,
    "AVIF": heif.read,
    "GIF": gif.read,
    "BMP": _read_nothing,
}
_MAGIC = (
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(re.escape(PNG_SIGNATURE))),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("TIFF", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("GIF", re.compile(rb"GIF8[79]a.{7}", re.DOTALL)),
    ("BMP", re.compile(rb"BM")),
)
