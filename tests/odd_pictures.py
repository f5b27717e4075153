"""Files that no encoder at hand writes: TIFF in planes, and pictures that say which curve their values follow."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Literal

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener(thumbnails=False)

PQ, HLG, SRGB = 16, 18, 13  # ITU-T H.273, table 3
RGB, INKS, GREY, WHITE_AT_ZERO = 2, 5, 1, 0  # PhotometricInterpretation
NO_MEANING, PREMULTIPLIED, ALPHA = 0, 1, 2  # ExtraSamples
ROWS = 24  # of a strip; as many pixels on a side has a tile


def tiff(
    pixels: np.ndarray,
    *,
    order: Literal["<", ">"] = "<",
    photometric: int = RGB,
    extra: int | None = None,
    planes: bool = True,
    tiles: bool = False,
    packed: bool = False,
    predictor: bool = False,
    orientation: int = 1,
) -> bytes:
    """A TIFF of (H, W, C) pixels of any unsigned depth: in planes or not, in strips or tiles, deflated or not."""
    height, width, channels = pixels.shape
    planar = np.moveaxis(pixels, -1, 0)[..., None] if planes else pixels[None]
    pieces = [piece for plane in planar for piece in (_tiles(plane) if tiles else _strips(plane))]
    if predictor:
        pieces = [np.diff(piece, axis=1, prepend=np.zeros_like(piece[:, :1])) for piece in pieces]
    stored = [piece.astype(pixels.dtype.newbyteorder(order)).tobytes() for piece in pieces]
    stored = [zlib.compress(piece) for piece in stored] if packed else stored
    offsets = list(np.cumsum([8, *map(len, stored)]))
    sizes, places, rows = (325, 324, 323) if tiles else (279, 273, 278)
    fields: dict[int, list[int]] = {
        256: [width], 257: [height], 258: [8 * pixels.itemsize] * channels, 259: [8 if packed else 1],
        262: [photometric], 274: [orientation], 277: [channels], 284: [2 if planes else 1],
        317: [2 if predictor else 1], rows: [ROWS], places: offsets[:-1], sizes: [len(piece) for piece in stored],
    }  # fmt: skip
    fields |= ({322: [ROWS]} if tiles else {}) | ({338: [extra]} if extra is not None else {})
    return b"".join((_head(order, offsets[-1]), *stored, _directory(order, fields, offsets[-1])))


def _strips(plane: np.ndarray) -> list[np.ndarray]:
    return [plane[top : top + ROWS] for top in range(0, len(plane), ROWS)]


def _tiles(plane: np.ndarray) -> list[np.ndarray]:
    height, width, _ = plane.shape
    padded = np.pad(plane, ((0, -height % ROWS), (0, -width % ROWS), (0, 0)))
    places = [(top, left) for top in range(0, height, ROWS) for left in range(0, width, ROWS)]
    return [padded[top : top + ROWS, left : left + ROWS] for top, left in places]


def _head(order: str, directory: int) -> bytes:
    return (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, directory)


def _directory(order: str, fields: dict[int, list[int]], start: int) -> bytes:
    entries, values = struct.pack(f"{order}H", len(fields)), b""
    after = start + 2 + 12 * len(fields) + 4
    for tag, numbers in sorted(fields.items()):
        content = struct.pack(f"{order}{len(numbers)}I", *numbers)
        place = content if len(numbers) == 1 else struct.pack(f"{order}I", after + len(values))
        values += content if len(numbers) > 1 else b""
        entries += struct.pack(f"{order}HHI", tag, 4, len(numbers)) + place
    return entries + bytes(4) + values


def png_of(transfer: int, image: Image.Image) -> bytes:
    """A PNG with a cICP chunk."""
    return png_with(image, b"cICP" + bytes([9, transfer, 0, 1]))


def png_with(image: Image.Image, *chunks: bytes) -> bytes:
    """A PNG with further chunks, each given as its type and contents."""
    data = _saved(image, "PNG")
    place = data.index(b"IDAT") - 4
    written = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return data[:place] + b"".join(written) + data[place:]


def heif_of(transfer: int, image: Image.Image) -> bytes:
    """A HEIC picture with a `colr` box."""
    curve = {"color_primaries": 9, "transfer_characteristics": transfer, "matrix_coefficients": 9}
    return _saved(image, "HEIF", quality=60, save_nclx_profile=True, full_range_flag=1, **curve)


def avif_of(transfer: int, image: Image.Image) -> bytes:
    """The same as AVIF."""
    head, found, rest = _saved(image, "AVIF", quality=60).partition(b"colrnclx")
    assert found
    return head + found + rest[:2] + struct.pack(">H", transfer) + rest[4:]


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    bare = Image.fromarray(np.asarray(image))  # without a profile, which would be stored instead
    bare.save(buffer, kind, **options)
    return buffer.getvalue()
