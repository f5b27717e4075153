"""PNG: chunks (W3C PNG 3, 2025, 11.3), and what ImageMagick keeps in their texts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from artifact_check.provenance.container import jpeg
from artifact_check.provenance.container.metadata import MAX_ALL_TEXTS, MAX_TEXT, Found, Text

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 100_000  # the pixels of a large photo take some ten thousand


def read(data: bytes, found: Found) -> None:
    """Add texts, XMP, EXIF and IPTC of the chunks.

    Raises:
        ValueError: no chunk holds pixels.
    """
    pixels, room = False, MAX_ALL_TEXTS
    for kind, start, end in chunks(data):
        pixels |= kind == b"IDAT"
        if kind == b"eXIf":
            found.add_exif(data[start:end])
        elif kind in _TEXTS and end - start <= MAX_TEXT and room > 0:
            keyword, _, rest = data[start:end].partition(b"\0")
            text = _TEXTS[kind](rest)
            room -= MAX_TEXT if text is None else len(text)  # bombs are not unpacked one after the other
            if text is not None:
                _add_text(keyword.decode("latin-1"), text, found)
    if not pixels:
        raise ValueError("a PNG file without pixels")


def _add_text(keyword: str, text: str, found: Found) -> None:
    if keyword == "XML:com.adobe.xmp":
        found.add_xmp(text.encode())
    elif keyword.startswith("Raw profile type "):
        _add_raw_profile(text, found)
    else:
        found.add_text(Text("png_text", keyword, text))


def _add_raw_profile(text: str, found: Found) -> None:
    """What ImageMagick makes of a JPEG's metadata: name, length, and hexadecimal digits (coders/png.c)."""
    name, _, rest = text.strip().partition("\n")
    _, _, digits = rest.strip().partition("\n")
    try:
        block = bytes.fromhex(digits)
    except ValueError:
        return
    if block.startswith(jpeg.XMP):
        found.add_xmp(block.removeprefix(jpeg.XMP))
    elif block.startswith(jpeg.EXIF):
        found.add_exif(block)
    elif name == "xmp":
        found.add_xmp(block)
    elif name in ("iptc", "8bim"):
        found.add_resources(block.removeprefix(jpeg.PHOTOSHOP))


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the contents of each chunk up to IEND, or up to the first that does not fit."""
    place = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        if kind == b"IEND" or place + 12 + size > len(data):
            return
        yield kind, place + 8, place + 8 + size
        place += 12 + size


def _plain_text(rest: bytes) -> str | None:
    return rest.decode("latin-1")


def _packed_text(rest: bytes) -> str | None:
    unpacked = _inflated(rest[1:])
    return None if unpacked is None else unpacked.decode("latin-1")


def _international_text(rest: bytes) -> str | None:
    flags, (_language, _, rest) = rest[:2], rest[2:].partition(b"\0")
    _translated, _, content = rest.partition(b"\0")
    unpacked = _inflated(content) if flags[:1] == b"\1" else content
    return None if unpacked is None else unpacked.decode("utf-8", "replace")


_TEXTS: dict[bytes, Callable[[bytes], str | None]] = {
    b"tEXt": _plain_text,
    b"zTXt": _packed_text,
    b"iTXt": _international_text,
}


def _inflated(data: bytes) -> bytes | None:
    """Unpacked, or None where that is broken or longer than `MAX_TEXT`."""
    inflate = zlib.decompressobj()
    try:
        unpacked = inflate.decompress(data, MAX_TEXT)
    except zlib.error:
        return None
    return unpacked if inflate.eof else None
