"""Encodes small pictures of a photo for reports."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from artifact_check.results import PREVIEW_SIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from artifact_check.photo.decoding import Photo
    from artifact_check.results import Box

_THUMBNAIL_SIDE = 96  # px


def preview(photo: Photo, box: Box | None = None) -> bytes:
    """Encode a part of the picture as a small JPEG: `box` in pixels of the full size, None for all of it."""
    left, top, right, bottom = (round(edge / photo.reduction) for edge in box or (0, 0, *photo.stored_size))
    return _encode_small(photo.pixels[top:bottom, left:right], PREVIEW_SIDE, format="JPEG", quality=75)


def thumbnail(photo: Photo) -> bytes:
    """Encode the whole picture as a very small WebP."""
    return _encode_small(photo.pixels, _THUMBNAIL_SIDE, format="WEBP", quality=60, method=2)


def _encode_small(pixels: NDArray[np.uint8], side: int, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's options
    """Shrink (H, W, 3) uint8 until the longer side has at most `side` pixels, and encode it.

    The right and bottom edges may lose fewer pixels than the whole factor of the first step.
    """
    import cv2  # noqa: PLC0415 - as in `_downscale`

    height, width = pixels.shape[:2]
    # First by a whole factor, which takes OpenCV a tenth of the time.
    factor = max(1, max(height, width) // side)
    height, width = max(1, height // factor), max(1, width // factor)
    small = cv2.resize(pixels[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    out = io.BytesIO()
    Image.fromarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)).save(out, **options)
    return out.getvalue()
