"""PNG: metadata in chunks (W3C PNG 3, 2025, 11.3), and the profiles that ImageMagick stores in texts."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from artifact_check.photo.containers import chunks
from artifact_check.provenance.container import jpeg
from artifact_check.provenance.container.metadata import Metadata, Text
from artifact_check.provenance.limits import MAX_ALL_TEXTS, MAX_IPTC, MAX_TEXT

_RAW_PROFILE = "Raw profile type "


def read(data: bytes, metadata: Metadata) -> None:
    """Add texts, XMP, EXIF, IPTC and manifest store from the chunks."""
    room = MAX_ALL_TEXTS
    for kind, start, end in chunks(data):
        if kind == b"eXIf":
            metadata.add_exif(data[start:end])
        elif kind == b"caBX":
            metadata.has_manifest = True
        elif kind in _TEXTS and end - start <= MAX_TEXT and room > 0:
            keyword, _, rest = data[start:end].partition(b"\0")
            content = _TEXTS[kind](rest)
            room -= MAX_TEXT if content is None else len(content)  # limits how many decompression bombs are inflated
            if keyword == b"XML:com.adobe.xmp":
                metadata.add_xmp(content or b"")
                metadata.xmp_left_out |= content is None
            elif content is not None:
                encoding = "utf-8" if kind == b"iTXt" else "latin-1"
                _add_text(keyword.decode("latin-1"), content.decode(encoding, "replace"), metadata)


def _add_text(keyword: str, text: str, metadata: Metadata) -> None:
    if keyword.startswith(_RAW_PROFILE):
        _add_raw_profile(keyword.removeprefix(_RAW_PROFILE), text, metadata)
    else:
        metadata.add_text(Text("png_text", keyword, text))


def _add_raw_profile(kind: str, text: str, metadata: Metadata) -> None:
    """Add a JPEG's metadata as ImageMagick writes it: a name, length, and hexadecimal digits (coders/png.c)."""
    _name, _, rest = text.strip().partition("\n")
    _, _, digits = rest.strip().partition("\n")
    try:
        block = bytes.fromhex(digits)
    except ValueError:
        return
    if block.startswith(jpeg.XMP):
        metadata.add_xmp(block.removeprefix(jpeg.XMP))
    elif block.startswith(jpeg.EXIF) or kind == "exif":
        metadata.add_exif(block)
    elif kind == "xmp":
        metadata.add_xmp(block)
    elif kind == "iptc" and block.startswith(b"\x1c"):  # records without the resource around them
        metadata.iptc = metadata.iptc or block[:MAX_IPTC]
    elif kind in ("iptc", "8bim"):
        metadata.add_resources(block.removeprefix(jpeg.PHOTOSHOP))


def _inflate(data: bytes) -> bytes | None:
    """Inflate; None if the data is damaged or the result is longer than `MAX_TEXT`."""
    inflate = zlib.decompressobj()
    try:
        unpacked = inflate.decompress(data, MAX_TEXT)
    except zlib.error:
        return None
    return unpacked if inflate.eof else None


def _international_text(rest: bytes) -> bytes | None:
    flags, (_language, _, rest) = rest[:2], rest[2:].partition(b"\0")
    _translated, _, content = rest.partition(b"\0")
    return _inflate(content) if flags[:1] == b"\1" else content


_TEXTS: dict[bytes, Callable[[bytes], bytes | None]] = {
    b"tEXt": lambda rest: rest,
    b"zTXt": lambda rest: _inflate(rest[1:]),
    b"iTXt": _international_text,
}
