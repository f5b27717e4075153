"""Text that NovelAI, and extensions of other generators, hide in a picture's alpha channel.

The lowest bits of alpha, column by column, are: 15 letters `stealth_pnginfo` or `stealth_pngcomp`, the text's length in
bits (32 bits, highest first), the text (UTF-8; gzip for `pngcomp`). The layout is that of `sd_webui_stealth_pnginfo`, an
extension, and of NovelAI's own reader. NovelAI hides an object whose keys are those of its PNG texts, others the
WebUI's `parameters`.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from typing import TYPE_CHECKING

from artifact_check.formats import open_header
from artifact_check.provenance.container import Text
from artifact_check.provenance.json_text import json_object

if TYPE_CHECKING:
    from PIL import Image

    from artifact_check.provenance.container import Container

MAX_TEXT = 1_000_000  # bytes, compressed and inflated; a prompt has some thousands

_MAGICS = (b"stealth_pnginfo", b"stealth_pngcomp")
_HEADER = 15 + 4  # bytes: magic and length
_GZIP = 16 + zlib.MAX_WBITS

# A PNG is decoded whole only if its first rows hold the magic; a WebP can't be decoded in part.
_MAX_PIXELS = {"PNG": 1 << 24, "WEBP": 1 << 22}


def texts(container: Container) -> tuple[Text, ...]:
    """The hidden text as the PNG texts it stands for; empty without one. Raises on a picture that can't be decoded."""
    if container.format not in _MAX_PIXELS:
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the photo's own decoding tells what is odd about it
        raw = _hidden(container.data, _MAX_PIXELS[container.format])
    return () if raw is None else _fields(raw.decode(errors="replace"))


def _hidden(data: bytes, max_pixels: int) -> bytes | None:
    with open_header(data) as image:
        if image.mode != "RGBA" or image.width * image.height > max_pixels or getattr(image, "is_animated", False):
            return None
        first = data if image.format == "WEBP" else _first_rows(data, rows=8 * _HEADER)
    header = _bytes(first, 0, _HEADER)
    if len(header) < _HEADER or not header.startswith(_MAGICS):
        return None
    (bits,) = struct.unpack(">I", header[-4:])
    if bits > 8 * MAX_TEXT:
        return None
    text = _bytes(data, _HEADER, bits // 8)
    return text if header.startswith(_MAGICS[0]) else zlib.decompressobj(_GZIP).decompress(text, MAX_TEXT)


def _first_rows(png: bytes, rows: int) -> bytes:
    """The same PNG, said to end after some rows: what is behind them is then not decoded (IHDR: PNG, 11.2.1)."""
    (height,) = struct.unpack(">I", png[20:24])
    header = png[12:20] + struct.pack(">I", min(height, rows)) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def _bytes(data: bytes, start: int, count: int) -> bytes:
    """So many bytes from the lowest bits of alpha, column by column; fewer if the picture ends."""
    import numpy as np  # noqa: PLC0415 - late: few files are pictures with alpha

    with open_header(data) as image:
        columns = min(image.width, -(-8 * (start + count) // image.height))
        alpha: Image.Image = image.getchannel("A").crop((0, 0, columns, image.height))
    bits = np.asarray(alpha).T.ravel() & 1
    return np.packbits(bits)[start : start + count].tobytes()


def _fields(text: str) -> tuple[Text, ...]:
    fields = json_object(text)
    if not fields:
        return (Text("png_text", "parameters", text),)
    return tuple(Text("png_text", key, value) for key, value in fields.items() if isinstance(value, str))
