"""The colours of a decoded picture: any mode and ICC profile to 8-bit sRGB, transparency laid over white."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from artifact_check.errors import UnreadableError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageCms import ImageCmsTransform

_STRIP = 256  # rows
_ICC_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# Levels (of 255) by which a profile may differ from sRGB and still count as sRGB: copies of it round differently.
_SRGB_TOLERANCE = 2


def flat_pixels(image: Image.Image) -> tuple[NDArray[np.uint8], str]:
    """(H, W) or (H, W, C) in 8 bits and their mode, one of L, RGB and CMYK.

    In strips, since Pillow copies what it converts and hands over. Raises `UnreadableError` for colours that cannot be
    brought into these.
    """
    pixels, mode = np.empty(0, np.uint8), image.mode
    for top in range(0, image.height, _STRIP):
        flat = _flat(image.crop((0, top, image.width, min(top + _STRIP, image.height))))
        strip, mode = np.asarray(flat, np.uint8), flat.mode
        pixels = pixels if top else np.empty((image.height, *strip.shape[1:]), np.uint8)
        pixels[top : top + _STRIP] = strip
    return pixels, mode


def _flat(image: Image.Image) -> Image.Image:
    """Bring the colours into mode L, RGB or CMYK, 8 bits a channel, transparency laid over white."""
    if image.mode in ("RGB", "L", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        return _eight_bits(image)
    if image.mode in ("F", "LAB"):
        raise UnreadableError(
            f"The file stores colours in a way that can't be read ({image.mode}); export it as 8-bit JPEG or PNG."
        )
    if image.has_transparency_data:
        return _over_white(image)
    return image.convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    alpha = image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    canvas = Image.new("L" if alpha.mode == "LA" else "RGB", alpha.size, "white")
    canvas.paste(alpha.convert(canvas.mode), mask=alpha.getchannel("A"))
    return canvas


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey, scaled by hand: Pillow's own conversion clips at 255 instead."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        raise UnreadableError("The file has 32 bits a pixel; export it as 8-bit JPEG or PNG.")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def to_srgb(pixels: NDArray[np.uint8], mode: str, icc: bytes | None) -> NDArray[np.uint8]:
    """(H, W) or (H, W, C) of mode L, RGB or CMYK -> (H, W, 3) sRGB; a profile that is broken, or for another kind of
    picture, is ignored.
    """
    meant, transform = _icc_transform(icc) if icc else (mode, None)
    if (mode, meant) not in {("RGB", "RGB"), ("L", "L"), ("CMYK", "CMYK"), ("L", "RGB")}:
        transform = None
    if transform is None and mode == "RGB":
        return pixels
    image = Image.frombuffer(mode, pixels.shape[1::-1], np.ascontiguousarray(pixels), "raw", mode, 0, 1)
    if transform is None:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)
    return np.asarray(transform.apply(image if mode == meant else image.convert(meant)), dtype=np.uint8)


@lru_cache(maxsize=8)
def _icc_transform(icc: bytes) -> tuple[str, ImageCmsTransform | None]:
    """(Pillow mode of the profile, way to sRGB); no way if the profile is broken or is sRGB itself."""
    from PIL import ImageCms  # noqa: PLC0415

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        mode = _ICC_MODES[profile.profile.xcolor_space]
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
        return mode, None if _changes_nothing(transform, mode) else transform
    except Exception:  # noqa: BLE001 - lcms raises several kinds, and none should cost the photo
        return "RGB", None


def _changes_nothing(transform: ImageCmsTransform, mode: str) -> bool:
    """Whether sample colours come out as they went in: tells copies of sRGB better than the profile's name does."""
    if mode == "CMYK":
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    probe = Image.fromarray(colours).convert(mode)
    before = np.asarray(probe.convert("RGB"), dtype=np.int16)
    after = np.asarray(transform.apply(probe), dtype=np.int16)
    return bool(np.abs(after - before).max() <= _SRGB_TOLERANCE)
