"""Small pictures of a photo, for reports that show it."""

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
    """A small JPEG of a part of the whole picture, given in pixels of that, or of all of it."""
    left, top, right, bottom = (round(edge / photo.reduction) for edge in box or (0, 0, *photo.stored_size))
    return _encoded(photo.pixels[top:bottom, left:right], PREVIEW_SIDE, format="JPEG", quality=75)


def thumbnail(photo: Photo) -> bytes:
    """A very small WebP of the whole picture."""
    return _encoded(photo.pixels, _THUMBNAIL_SIDE, format="WEBP", quality=60, method=2)


def _encoded(pixels: NDArray[np.uint8], side: int, **how: Any) -> bytes:  # noqa: ANN401 - Pillow's options
    """Pixels (H, W, 3) with the longer side at most `side`; up to as many as they are shrunk by may miss at an edge."""
    import cv2  # noqa: PLC0415 - as in `_shrunk`

    height, width = pixels.shape[:2]
    # By a whole number first: OpenCV takes a tenth of the time for that.
    whole = max(1, max(height, width) // side)
    height, width = max(1, height // whole), max(1, width // whole)
    small = cv2.resize(pixels[: height * whole, : width * whole], (width, height), interpolation=cv2.INTER_AREA)
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    out = io.BytesIO()
    Image.fromarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)).save(out, **how)
    return out.getvalue()
