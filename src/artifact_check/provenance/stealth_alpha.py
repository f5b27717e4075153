"""Text that NovelAI, and extensions of other generators, hide in a picture's alpha channel.

The lowest bits of alpha, column by column, hold the 15 letters `stealth_pnginfo` or `stealth_pngcomp`, the length of
the text in bits (32 bits, highest first), and the text (UTF-8; with gzip for `pngcomp`). NovelAI and the extension
`sd_webui_stealth_pnginfo` write this format. NovelAI hides an object with the keys of its PNG texts; others hide the
WebUI's `parameters`.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from typing import TYPE_CHECKING

from PIL import Image

from artifact_check.photo.containers import chunks
from artifact_check.photo.headers import open_header
from artifact_check.provenance.bounded_json import json_object
from artifact_check.provenance.container import Text
from artifact_check.provenance.limits import MAX_HIDDEN_TEXT

if TYPE_CHECKING:
    from artifact_check.provenance.container import Container

_MAGICS = (b"stealth_pnginfo", b"stealth_pngcomp")
_HEADER = 15 + 4  # bytes: magic and length
_LOWEST_BIT = bytes(b"01"[value & 1] for value in range(256))
_END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
_GZIP = 16 + zlib.MAX_WBITS

# A WebP can't be decoded in part; a PNG is decoded in full only if its first rows hold the magic.
_MAX_PIXELS = {"PNG": 1 << 24, "WEBP": 1 << 22}
_MAX_FILE = 64_000_000  # bytes


def texts(container: Container) -> tuple[Text, ...]:
    """Return the hidden text as PNG texts; empty if there is none. Raises if the picture can't be decoded."""
    if len(container.data) > _MAX_FILE or not _has_alpha(container):
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoding the photo reports what is wrong with it
        raw = _hidden_text(container)
    return () if raw is None else _as_png_texts(raw.decode(errors="replace"))


def _has_alpha(container: Container) -> bool:
    """Whether the header announces alpha: PNG's colour type (11.2.1), WebP's flags (RFC 9649, 2.7 and 3.4)."""
    data = container.data
    if container.format == "PNG":
        return data[24:26] == b"\x08\x06"  # 8 bits each of RGBA
    if container.format != "WEBP":
        return False
    return bool(data[20] & 0x10) if data[12:16] == b"VP8X" else data[12:16] == b"VP8L" and bool(data[24] & 0x10)


def _hidden_text(container: Container) -> bytes | None:
    data, is_png = container.data, container.format == "PNG"
    whole = _without_texts(data) if is_png else data
    with open_header(whole) as image:
        if image.width * image.height > _MAX_PIXELS[container.format] or getattr(image, "is_animated", False):
            return None
    header = _alpha_bytes(_first_rows(whole, rows=8 * _HEADER) if is_png else whole, 0, _HEADER)
    if len(header) < _HEADER or not header.startswith(_MAGICS):
        return None
    (bits,) = struct.unpack(">I", header[-4:])
    if bits > 8 * MAX_HIDDEN_TEXT:
        return None
    text = _alpha_bytes(whole, _HEADER, bits // 8)
    return text if header.startswith(_MAGICS[0]) else zlib.decompressobj(_GZIP).decompress(text, MAX_HIDDEN_TEXT)


def _without_texts(png: bytes) -> bytes:
    """Return the same picture without its texts, which are untrusted and may be large."""
    pixels = (png[start - 8 : end + 4] for kind, start, end in chunks(png) if kind == b"IDAT")
    return b"".join((png[:33], *pixels, _END))


def _first_rows(png: bytes, rows: int) -> bytes:
    """Return the same PNG with a smaller height in its header, so that only these rows are decoded."""
    header = png[12:20] + struct.pack(">I", min(int.from_bytes(png[20:24]), rows)) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def _alpha_bytes(data: bytes, start: int, count: int) -> bytes:
    """Read `count` bytes from the lowest bits of alpha, column by column; fewer if the picture ends before."""
    with open_header(data) as image:
        columns = min(image.width, -(-8 * (start + count) // image.height))
        alpha = image.getchannel("A").crop((0, 0, columns, image.height)).transpose(Image.Transpose.TRANSPOSE)
    digits = alpha.tobytes().translate(_LOWEST_BIT)[8 * start : 8 * (start + count)]
    whole = len(digits) // 8
    return int(digits[: 8 * whole] or b"0", 2).to_bytes(whole)


def _as_png_texts(text: str) -> tuple[Text, ...]:
    fields = json_object(text)
    if not fields:
        return (Text("png_text", "parameters", text),)
    return tuple(Text("png_text", key, value) for key, value in fields.items() if isinstance(value, str))
