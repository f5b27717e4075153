"""Text that NovelAI, and extensions of other generators, hide in a picture's alpha channel.

The lowest bits of alpha, column by column, are: 15 letters `stealth_pnginfo` or `stealth_pngcomp`, the text's length in
bits (32 bits, highest first), the text (UTF-8; gzip for `pngcomp`). So writes the extension `sd_webui_stealth_pnginfo`,
and NovelAI. NovelAI hides an object whose keys are those of its PNG texts, others the WebUI's
`parameters`.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from typing import TYPE_CHECKING

from PIL import Image

from artifact_check.photo.headers import open_header
from artifact_check.provenance.bounded_json import json_object
from artifact_check.provenance.container import Text
from artifact_check.provenance.container.png import chunks

if TYPE_CHECKING:
    from artifact_check.provenance.container import Container

MAX_TEXT = 1_000_000  # bytes, compressed and inflated; a prompt has some thousands

_MAGICS = (b"stealth_pnginfo", b"stealth_pngcomp")
_HEADER = 15 + 4  # bytes: magic and length
_LOWEST_BIT = bytes(b"01"[value & 1] for value in range(256))
_END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
_GZIP = 16 + zlib.MAX_WBITS

# A PNG is decoded whole only if its first rows hold the magic; a WebP can't be decoded in part.
_MAX_PIXELS = {"PNG": 1 << 24, "WEBP": 1 << 22}
_MAX_FILE = 64_000_000  # bytes


def texts(container: Container) -> tuple[Text, ...]:
    """The hidden text as the PNG texts it stands for; empty without one. Raises on a picture that can't be decoded."""
    if len(container.data) > _MAX_FILE or not _has_alpha(container):
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the photo's own decoding tells what is odd about it
        raw = _hidden(container)
    return () if raw is None else _fields(raw.decode(errors="replace"))


def _has_alpha(container: Container) -> bool:
    """Whether the header says so: PNG's colour type (11.2.1), WebP's flags (RFC 9649, 2.7 and 3.4)."""
    data = container.data
    if container.format == "PNG":
        return data[24:26] == b"\x08\x06"  # 8 bits each of RGBA
    if container.format != "WEBP":
        return False
    return bool(data[20] & 0x10) if data[12:16] == b"VP8X" else data[12:16] == b"VP8L" and bool(data[24] & 0x10)


def _hidden(container: Container) -> bytes | None:
    data, is_png = container.data, container.format == "PNG"
    whole = _pixels_alone(data) if is_png else data
    with open_header(whole) as image:
        if image.width * image.height > _MAX_PIXELS[container.format] or getattr(image, "is_animated", False):
            return None
    header = _bytes(_first_rows(whole, rows=8 * _HEADER) if is_png else whole, 0, _HEADER)
    if len(header) < _HEADER or not header.startswith(_MAGICS):
        return None
    (bits,) = struct.unpack(">I", header[-4:])
    if bits > 8 * MAX_TEXT:
        return None
    text = _bytes(whole, _HEADER, bits // 8)
    return text if header.startswith(_MAGICS[0]) else zlib.decompressobj(_GZIP).decompress(text, MAX_TEXT)


def _pixels_alone(png: bytes) -> bytes:
    """The same picture without any text, which is strangers' and may be large."""
    pixels = (png[start - 8 : end + 4] for kind, start, end in chunks(png) if kind == b"IDAT")
    return b"".join((png[:33], *pixels, _END))


def _first_rows(png: bytes, rows: int) -> bytes:
    """The same PNG, said to end after some rows: what is behind them is then not decoded."""
    header = png[12:20] + struct.pack(">I", min(int.from_bytes(png[20:24]), rows)) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def _bytes(data: bytes, start: int, count: int) -> bytes:
    """So many bytes from the lowest bits of alpha, column by column; fewer if the picture ends."""
    with open_header(data) as image:
        columns = min(image.width, -(-8 * (start + count) // image.height))
        alpha = image.getchannel("A").crop((0, 0, columns, image.height)).transpose(Image.Transpose.TRANSPOSE)
    digits = alpha.tobytes().translate(_LOWEST_BIT)[8 * start : 8 * (start + count)]
    whole = len(digits) // 8
    return int(digits[: 8 * whole] or b"0", 2).to_bytes(whole)


def _fields(text: str) -> tuple[Text, ...]:
    fields = json_object(text)
    if not fields:
        return (Text("png_text", "parameters", text),)
    return tuple(Text("png_text", key, value) for key, value in fields.items() if isinstance(value, str))
