"""Innocent changes: what ordinary handling does to a real photo, and what should hardly move a measure.

The laboratory, the count of verdict flips, tests and benchmarks take them from here. A new one is one entry of
`_CHANGES`: a `PixelChange`, or a `Change` if it needs landmarks.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from PIL import Image

from artifact_check.face import Face
from artifact_check.learn.laboratory.perturb import Change, shift_skin_tone


def recode(pixels: np.ndarray, *, quality: int) -> np.ndarray:
    """Encode as JPEG and decode again."""
    return np.asarray(Image.open(io.BytesIO(_encode(pixels, "JPEG", quality=quality))))


def resize(pixels: np.ndarray, *, factor: float, interpolation: int = cv2.INTER_AREA) -> np.ndarray:
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=interpolation)


def halve(pixels: np.ndarray) -> np.ndarray:
    """Scale to half the size. Unlike in `resize`, an odd side is rounded first and the exact factor follows from it."""
    height, width = pixels.shape[:2]
    return cv2.resize(pixels, (max(1, round(width / 2)), max(1, round(height / 2))), interpolation=cv2.INTER_AREA)


def crop(pixels: np.ndarray, *, share: float) -> np.ndarray:
    """Cut `share` of the width and height off each edge."""
    height, width = pixels.shape[:2]
    across, down = round(width * share), round(height * share)
    return pixels[down : height - down, across : width - across]


def scale_brightness(pixels: np.ndarray, *, gain: float) -> np.ndarray:
    scaled: np.ndarray = np.round(np.clip(pixels * gain, 0, 255)).astype(np.uint8)
    return scaled


def mirror(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels[:, ::-1])


def blur(pixels: np.ndarray, *, sigma: float) -> np.ndarray:
    """Gaussian blur of `sigma` pixels."""
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def rotate(face: Face, *, degrees: float) -> np.ndarray:
    """Rotate about the centre of the face; areas from outside the photo are filled by mirroring at its edge."""
    centre = face.landmarks.mean(axis=0)
    rotation = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), degrees, 1.0)
    return cv2.warpAffine(
        face.photo.pixels,
        rotation,
        (face.photo.width, face.photo.height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )


@dataclass(frozen=True, slots=True)
class PixelChange:
    """A change that needs no face.

    `title` is its name in reports. `edit` maps pixels (H, W, 3) uint8 to new pixels (None: left as they are).
    `jpeg_quality` is set if the change is to save the photo as JPEG.
    """

    title: str
    edit: Callable[[np.ndarray], np.ndarray] | None = None
    jpeg_quality: int | None = None

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """The changed pixels."""
        edited = pixels if self.edit is None else self.edit(pixels)
        return edited if self.jpeg_quality is None else recode(edited, quality=self.jpeg_quality)

    def to_file(self, pixels: np.ndarray) -> bytes:
        """The changed photo as a file: the JPEG itself, or a PNG for changes that are not about compression."""
        edited = pixels if self.edit is None else self.edit(pixels)
        if self.jpeg_quality is None:
            return _encode(edited, "PNG", compress_level=1)
        return _encode(edited, "JPEG", quality=self.jpeg_quality)

    def on_faces(self) -> Change:
        """The same change in the form that the laboratory uses."""
        return Change(self.title, lambda face: self.apply(face.photo.pixels))


def _encode(pixels: np.ndarray, format_: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format_, **options)
    return file.getvalue()


_CHANGES: dict[str, PixelChange | Change] = {
    "jpeg_95": PixelChange("JPEG quality 95", jpeg_quality=95),
    "jpeg_85": PixelChange("JPEG quality 85", jpeg_quality=85),
    "jpeg_75": PixelChange("JPEG quality 75", jpeg_quality=75),
    "half_size": PixelChange("scaled to half", halve),
    "scaled_70": PixelChange("scaled to 0.7", partial(resize, factor=0.7)),
    "cropped": PixelChange("1 % cropped off each edge", partial(crop, share=0.01)),
    "rotated": Change("rotated by 5 degrees", partial(rotate, degrees=5.0)),
    "brighter": PixelChange("10 % brighter", partial(scale_brightness, gain=1.1)),
    "darker": PixelChange("15 % darker", partial(scale_brightness, gain=0.85)),
    "mirrored": PixelChange("mirrored", mirror),
    "blurred": PixelChange("blurred by 0.6 px", partial(blur, sigma=0.6)),
    "skin_darker": Change("skin 15 L darker", partial(shift_skin_tone, lightness=-15.0)),
    "skin_lighter": Change("skin 8 L lighter", partial(shift_skin_tone, lightness=8.0)),
}
_NOT_IN_LABORATORY = {"scaled_70", "darker"}  # it has `half_size` and `brighter`

PIXEL_CHANGES = {name: change for name, change in _CHANGES.items() if isinstance(change, PixelChange)}
"""The changes that need no face, by name."""

INNOCENT = {
    name: change.on_faces() if isinstance(change, PixelChange) else change
    for name, change in _CHANGES.items()
    if name not in _NOT_IN_LABORATORY
}
"""The changes that the laboratory measures, by name, in the order of its tables."""
