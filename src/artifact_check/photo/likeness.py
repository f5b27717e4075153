"""A perceptual hash: two photos of the same content differ in few of its bits, however they were saved.

The signs of the lowest frequencies of the picture in grey, as pHash computes them (C. Zauner, Implementation and
Benchmarking of Perceptual Image Hash Functions, 2010), with 16 x 16 instead of 8 x 8 frequencies: portraits are framed
so much alike that the 8 x 8 of different people often agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from artifact_check.photo.decoding import Photo

_SIDE = 64  # px, of the picture whose frequencies are computed
_FREQUENCIES = 16  # per direction
_COARSE = 8  # per direction, of these: those whose bits come first
_BANDS = 4
_FLAT = 2.0  # grey levels; a standard deviation below it leaves frequencies that are noise


def perceptual_hash(photo: Photo) -> str | None:
    """Return 64 hexadecimal digits, one bit for each frequency; None for a picture of one colour.

    The first 16 digits are those of the lowest 8 x 8 frequencies. Each fourth of them is spread over all of these.
    """
    import cv2  # noqa: PLC0415 - late: reading headers does not need it

    pixels = photo.pixels
    while min(pixels.shape[:2]) >= 4 * _SIDE:  # averages of 2 x 2 pixels take OpenCV a third of the time
        height, width = (side // 2 for side in pixels.shape[:2])
        pixels = np.asarray(
            cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    if grey.std() < _FLAT:
        return None
    lowest = cv2.dct(grey.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES]
    rest = lowest.ravel()[1:]  # without the mean brightness
    middle = rest.size // 2
    bits = lowest > np.partition(rest, middle)[middle]  # np.median would import NumPy's masked arrays
    coarse = bits[:_COARSE, :_COARSE].reshape(-1, _BANDS).T
    fine = np.hstack([bits[:_COARSE, _COARSE:].ravel(), bits[_COARSE:].ravel()])
    return np.packbits(np.hstack([coarse.ravel(), fine])).tobytes().hex()
