"""The image formats that can be read, and how a file's header is opened. `provenance` uses this, too."""

from __future__ import annotations

import io
import logging
from functools import cache

from PIL import Image

# AVIF comes before HEIF: both accept the brand "mif1", and Pillow's own AVIF decoder should try first.
_FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF")
READABLE = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF"


# Pillow logs what is wrong with a TIFF's header. Python would print that, without the file's name, where nobody has set
# up logging; the error is told in the photo's row.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def open_header(data: bytes) -> Image.Image:
    """Open a picture without decoding it; raises whatever Pillow raises for bytes that are not a picture."""
    formats = _FORMATS
    if data[4:8] == b"ftyp":
        formats = (*formats, "HEIF")
        _register_heif()
    return Image.open(io.BytesIO(data), formats=formats)


@cache
def _register_heif() -> None:
    # Imported late because few photos are HEIC. Without thumbnails, so that only the picture itself can be decoded.
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
