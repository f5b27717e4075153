"""What a picture's container carries besides pixels, found without decoding any.

Readers look here, never through the raw bytes: text that merely lies in the file, such as behind the picture's end,
declares nothing. Each format has a file that says where its metadata stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from artifact_check.provenance.container import gif, heif, jpeg, png, tiff_file, webp
from artifact_check.provenance.container.metadata import Found, Text
from artifact_check.provenance.container.user_comment import add_user_comment

__all__ = ["Container", "Text", "opened"]

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


@dataclass(frozen=True, slots=True)
class Container:
    """The file's bytes, its format by Pillow's name, and the metadata that stand where that format puts them."""

    data: bytes
    format: str
    xmp: tuple[bytes, ...]  # a JPEG's extended XMP follows the packet that names it
    exif: bytes | None  # a TIFF structure, without the "Exif\0\0" before it; a TIFF file's is the file
    iptc: bytes | None  # IIM records
    texts: tuple[Text, ...]


def opened(data: bytes) -> Container:
    """Find the metadata of a picture.

    Raises:
        ValueError: the bytes are no picture of a known format, or end before its pixels.
    """
    name = _format(data)
    found = Found()
    _PARSERS[name](data, found)
    if found.exif is not None:
        add_user_comment(found)
    return Container(data, name, tuple(found.xmp), found.exif, found.iptc, tuple(found.texts))


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


def _read_nothing(data: bytes, found: Found) -> None:
    """A format that has no place for metadata."""


_PARSERS: dict[str, Callable[[bytes, Found], None]] = {
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
    ("PNG", re.compile(re.escape(png.SIGNATURE))),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("TIFF", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("GIF", re.compile(rb"GIF8[79]a.{7}", re.DOTALL)),
    ("BMP", re.compile(rb"BM")),
)
