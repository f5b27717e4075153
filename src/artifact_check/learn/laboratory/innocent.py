"""Innocent changes: what happens to honest photos on their way, and must not move a measure.

Each takes a `Face` and returns the changed photo's pixels (H, W, 3) uint8. A new one is one entry of `INNOCENT`.
"""

from __future__ import annotations

import io
from functools import partial

import cv2
import numpy as np
from PIL import Image

from artifact_check.face import Face
from artifact_check.learn.laboratory.perturb import Change, shift_skin_tone


def recode(face: Face, *, quality: int) -> np.ndarray:
    """Encode as JPEG and decode again."""
    encoded = io.BytesIO()
    Image.fromarray(face.photo.pixels).save(encoded, "JPEG", quality=quality)
    return np.asarray(Image.open(encoded))


def resize(face: Face, *, factor: float) -> np.ndarray:
    height, width = face.photo.pixels.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(face.photo.pixels, size, interpolation=cv2.INTER_AREA)


def crop(face: Face, *, share: float) -> np.ndarray:
    """Cut `share` of the width and height off each edge."""
    height, width = face.photo.pixels.shape[:2]
    across, down = round(width * share), round(height * share)
    return face.photo.pixels[down : height - down, across : width - across]


def rotate(face: Face, *, degrees: float) -> np.ndarray:
    """Turn about the middle of the face; what was outside the photo mirrors its edge."""
    middle = face.landmarks.mean(axis=0)
    turn = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), degrees, 1.0)
    return cv2.warpAffine(
        face.photo.pixels,
        turn,
        (face.photo.width, face.photo.height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def brighten(face: Face, *, gain: float) -> np.ndarray:
    brighter: np.ndarray = np.round(np.clip(face.photo.pixels * gain, 0, 255)).astype(np.uint8)
    return brighter


def mirror(face: Face) -> np.ndarray:
    return face.photo.pixels[:, ::-1]


def blur(face: Face, *, sigma: float) -> np.ndarray:
    """Gaussian blur of `sigma` pixels."""
    return cv2.GaussianBlur(face.photo.pixels, (0, 0), sigma)


INNOCENT = {
    "jpeg_95": Change("JPEG quality 95", partial(recode, quality=95)),
    "jpeg_85": Change("JPEG quality 85", partial(recode, quality=85)),
    "jpeg_75": Change("JPEG quality 75", partial(recode, quality=75)),
    "half_size": Change("scaled to half", partial(resize, factor=0.5)),
    "cropped": Change("1 % cropped off each edge", partial(crop, share=0.01)),
    "rotated": Change("rotated by 5 degrees", partial(rotate, degrees=5.0)),
    "brighter": Change("10 % brighter", partial(brighten, gain=1.1)),
    "mirrored": Change("mirrored", mirror),
    "blurred": Change("blurred by 0.6 px", partial(blur, sigma=0.6)),
    "skin_darker": Change("skin 15 L darker", partial(shift_skin_tone, lightness=-15.0)),
    "skin_lighter": Change("skin 8 L lighter", partial(shift_skin_tone, lightness=8.0)),
}
