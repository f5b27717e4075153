"""Give photos of both labels the same history, so that a classifier cannot learn how a set was collected.

AI photos come straight from a generator; real ones were scaled and compressed by the site that published them. `site`
puts AI photos through that step too. `profile` then treats photos of both labels the same way, as a profile-photo site
does.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from artifact_check.learn.table.processing import LEARNED, UNSEEN, Process

_KERNELS = (
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.HAMMING,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)


_PROCESSED_WIDTH = 320.0  # px of a face


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Bounding box of the face landmarks in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, landmarks: np.ndarray) -> FaceBox:
        (left, top), (right, bottom) = landmarks.min(axis=0), landmarks.max(axis=0)
        return cls(float(left), float(top), float(right), float(bottom))

    @property
    def width(self) -> float:
        return self.right - self.left

    def scaled(self, factor: float) -> FaceBox:
        return FaceBox(self.left * factor, self.top * factor, self.right * factor, self.bottom * factor)

    def moved(self, right: float, down: float) -> FaceBox:
        return FaceBox(self.left + right, self.top + down, self.right + right, self.bottom + down)


@dataclass(frozen=True, slots=True)
class Condition:
    """A way to launder: the range of face widths (px) that photos are scaled down to.

    Photos with a face narrower than `min_face_width` pixels are skipped. Before, one of `processing` is done to each,
    and with `saved_before` another site has stored it.
    """

    name: str
    face_widths: tuple[float, float] = (140.0, 220.0)
    min_face_width: float = 0.0
    saved_before: bool = False
    processing: Mapping[str, Process] = field(default_factory=dict)


PROFILE = Condition("profile")
LARGE = Condition("large", (180.0, 230.0), min_face_width=230.0)
TWICE = Condition("twice", saved_before=True)
PROCESSED = Condition("processed", processing=UNSEEN)
HEAVY = Condition("heavy", saved_before=True, processing=LEARNED)


def site(image: Image.Image, face: FaceBox, face_width: float, rng: np.random.Generator) -> tuple[Image.Image, FaceBox]:
    """Scale the face down to `face_width` pixels (never up) and encode once, as a site does before publishing."""
    image, factor = _shrink(image, min(1.0, face_width / face.width), rng)
    quality = int(rng.integers(70, 96))
    encoded = io.BytesIO()
    if rng.random() < 0.3:  # noqa: PLR2004 - share of sites that publish WebP
        image.save(encoded, "WEBP", quality=quality)
    else:
        image.save(encoded, "JPEG", quality=quality, subsampling=int(rng.choice([0, 2])))
    return Image.open(encoded).convert("RGB"), face.scaled(factor)


def process(
    image: Image.Image, face: FaceBox, kinds: Mapping[str, Process], rng: np.random.Generator
) -> tuple[Image.Image, FaceBox]:
    """Do one of `kinds` to the picture around a face, 3 face widths wide, of a face of at most 320 px."""
    image, face = _cropped(image, face, 3.0)
    image, factor = _shrink(image, min(1.0, _PROCESSED_WIDTH / face.width), rng)
    face = face.scaled(factor)
    pixels = kinds[str(rng.choice(list(kinds)))](np.asarray(image), face.width, rng)
    return Image.fromarray(pixels), face.scaled(pixels.shape[1] / image.width)


def save(image: Image.Image, face: FaceBox, rng: np.random.Generator) -> tuple[Image.Image, FaceBox]:
    """Scale the face down to 180 to 400 px (never up) and encode, as a site does from which a photo is taken."""
    image, factor = _shrink(image, min(1.0, rng.uniform(180, 400) / face.width), rng)
    encoded = io.BytesIO()
    image.save(encoded, str(rng.choice(["JPEG", "JPEG", "WEBP", "AVIF"])), quality=int(rng.integers(60, 91)))
    return Image.open(encoded).convert("RGB"), face.scaled(factor)


def profile(image: Image.Image, face: FaceBox, condition: Condition, rng: np.random.Generator) -> bytes:
    """Square crop of 2.0 to 2.5 face widths around the face, scaled down to the condition's face width; JPEG bytes."""
    cropped, _ = _cropped(image, face, rng.uniform(2.0, 2.5))
    cropped, _ = _shrink(cropped, min(1.0, rng.uniform(*condition.face_widths) / face.width), rng)
    encoded = io.BytesIO()
    cropped.save(encoded, "JPEG", quality=int(rng.integers(75, 93)), subsampling=int(rng.choice([0, 2])))
    return encoded.getvalue()


def _cropped(image: Image.Image, face: FaceBox, widths: float) -> tuple[Image.Image, FaceBox]:
    """The square of so many face widths around a face, moved and cut so that it lies in the image."""
    side = min(widths * face.width, *image.size)
    left = round(np.clip((face.left + face.right - side) / 2, 0, image.width - side))
    top = round(np.clip((face.top + face.bottom - side) / 2, 0, image.height - side))
    return image.crop((left, top, round(left + side), round(top + side))), face.moved(-left, -top)


def _shrink(image: Image.Image, factor: float, rng: np.random.Generator) -> tuple[Image.Image, float]:
    kernel = _KERNELS[rng.integers(len(_KERNELS))]
    if factor >= 1.0:
        return image, 1.0
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, kernel), factor
