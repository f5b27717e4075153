"""What a picture's container carries besides pixels, without decoding any.

Readers look here, never through the raw bytes: text that merely lies in the file, such as behind the picture's end,
declares nothing.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

# AVIF before HEIF: both claim the brand "mif1".
_FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF")


@dataclass(frozen=True, slots=True)
class Container:
    """The file's bytes, and the metadata blocks that stand where its format puts them, by Pillow's names."""

    data: bytes
    blocks: Mapping[str, object]


def opened(data: bytes) -> Container:
    """Read the header; raises whatever Pillow does on bytes that are no picture.

    A PNG's blocks behind its pixels are not seen, since finding them would mean decoding.
    """
    formats = _FORMATS
    if data[4:8] == b"ftyp":
        formats = (*formats, "HEIF")
        _register_heif()
    with warnings.catch_warnings():
        # Damaged EXIF, or many pixels: nothing is decoded here, and the photo's own decoding judges both.
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=formats) as image:
            return Container(data, {str(name): block for name, block in image.info.items()})


def _register_heif() -> None:
    import pillow_heif  # noqa: PLC0415 - late, since few photos are HEIC

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
