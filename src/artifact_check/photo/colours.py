"""Colour conversion: any Pillow mode and ICC profile to 8-bit sRGB, with transparency blended over white."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from artifact_check.errors import UnreadableError
from artifact_check.phrase import Phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageCms import ImageCmsTransform

_STRIP_ROWS = 256
_ICC_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # Pillow mode by ICC colour space
# Largest difference, in levels of 255, of a profile that still counts as sRGB. Copies of sRGB round differently.
_SRGB_TOLERANCE = 2


def flatten(image: Image.Image) -> tuple[NDArray[np.uint8], str]:
    """Convert an image to 8-bit L, RGB or CMYK; return the (H, W) or (H, W, C) uint8 pixels and that mode.

    Works in strips to save memory, because Pillow copies the image to convert it and again to export it.

    Raises:
        UnreadableError: the image's mode cannot be converted.
    """
    pixels, mode = np.empty(0, np.uint8), image.mode
    for top in range(0, image.height, _STRIP_ROWS):
        flat = _flatten_strip(image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height))))
        strip, mode = np.asarray(flat, np.uint8), flat.mode
        pixels = pixels if top else np.empty((image.height, *strip.shape[1:]), np.uint8)
        pixels[top : top + _STRIP_ROWS] = strip
    return pixels, mode


def _flatten_strip(image: Image.Image) -> Image.Image:
    """Convert to mode L, RGB or CMYK, 8 bits per channel, with transparency blended over white."""
    if image.mode in ("RGB", "L", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        return _to_eight_bits(image)
    if image.mode in ("F", "LAB"):
        raise UnreadableError(
            Phrase(
                "The file stores colours in a way that can't be read ({mode}); export it as 8-bit JPEG or PNG.",
                mode=image.mode,
            )
        )
    if image.has_transparency_data:
        return _blend_over_white(image)
    return image.convert("RGB")


def _blend_over_white(image: Image.Image) -> Image.Image:
    alpha = image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    canvas = Image.new("L" if alpha.mode == "LA" else "RGB", alpha.size, "white")
    canvas.paste(alpha.convert(canvas.mode), mask=alpha.getchannel("A"))
    return canvas


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits. Pillow's own conversion would clip at 255 instead."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        raise UnreadableError("The file has 32 bits a pixel; export it as 8-bit JPEG or PNG.")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def to_srgb(pixels: NDArray[np.uint8], mode: str, icc: bytes | None) -> NDArray[np.uint8]:
    """Convert (H, W) or (H, W, C) uint8 pixels of mode L, RGB or CMYK to (H, W, 3) uint8 sRGB.

    A damaged ICC profile, or one for a different mode, is ignored.
    """
    profile_mode, transform = _icc_transform(icc) if icc else (mode, None)
    if (mode, profile_mode) not in {("RGB", "RGB"), ("L", "L"), ("CMYK", "CMYK"), ("L", "RGB")}:
        transform = None
    if transform is None and mode == "RGB":
        return pixels
    image = Image.frombuffer(mode, pixels.shape[1::-1], np.ascontiguousarray(pixels), "raw", mode, 0, 1)
    if transform is None:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)
    return np.asarray(transform.apply(image if mode == profile_mode else image.convert(profile_mode)), dtype=np.uint8)


@lru_cache(maxsize=8)
def _icc_transform(icc: bytes) -> tuple[str, ImageCmsTransform | None]:
    """Return the profile's Pillow mode and a transform to sRGB; no transform if the profile is damaged or is sRGB."""
    from PIL import ImageCms  # noqa: PLC0415

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        mode = _ICC_MODES[profile.profile.xcolor_space]
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
        return mode, None if _is_srgb(transform, mode) else transform
    except Exception:  # noqa: BLE001 - lcms raises several types; a bad profile must not cost the photo
        return "RGB", None


def _is_srgb(transform: ImageCmsTransform, mode: str) -> bool:
    """Whether the transform leaves sample colours unchanged. This finds copies of sRGB that go by other names."""
    if mode == "CMYK":
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    probe = Image.fromarray(colours).convert(mode)
    before = np.asarray(probe.convert("RGB"), dtype=np.int16)
    after = np.asarray(transform.apply(probe), dtype=np.int16)
    return bool(np.abs(after - before).max() <= _SRGB_TOLERANCE)
