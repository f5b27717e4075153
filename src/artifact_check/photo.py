"""Any image file -> `Photo`: pixels in 8-bit sRGB, upright, and what the file says about its encoding.

A file is decoded once. What does not decode whole is refused: a cut-off picture would be measured as if it were one.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from artifact_check.errors import PhotoError, TooLargeError, UnreadableError
from artifact_check.formats import READABLE, open_header
from artifact_check.quiet import silent_stderr
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PIL.ImageCms import ImageCmsTransform

MAX_PIXELS = 150_000_000
# Of formats that take more memory to decode: as many as keep the whole process under 1 GB, measured.
_FEWER_PIXELS = {"progressive JPEG": 60_000_000, "HEIF": 60_000_000, "AVIF": 50_000_000, "WEBP": 40_000_000}
_MOST_PIXELS = 80_000_000  # of every other format but JPEG
PREVIEW_SIDE = 320

_PREVIEW_QUALITY = 80
_STRIP = 256  # rows
_OPENCV_NO_MEMORY = -4  # cv2.Error.StsNoMem
_ORIENTATION_TAG = 0x0112
_LYING = (5, 6, 7, 8)  # orientations that swap width and height
_MIRRORED_ACROSS, _MIRRORED_DOWN = (2, 3, 6, 7), (3, 4, 7, 8)  # once width and height are swapped back

_ICC_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# Levels (of 255) by which a profile may differ from sRGB and still count as sRGB: copies of it round differently.
_SRGB_TOLERANCE = 2

# ITU-T T.81, table K.1: the luma quantisation table that libjpeg scales, in rows from the lowest frequency.
_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One picture, ready to be measured.

    `pixels` is (height, width, 3) uint8 sRGB, upright, C-contiguous and read-only; `format` the container ("JPEG",
    "HEIF", ...; "ARRAY" if there was no file); `sha256` of the file's bytes; `jpeg_quality` 1..100 on libjpeg's scale.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    format: str
    sha256: str | None = None
    jpeg_quality: int | None = None

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def require_header(data: bytes) -> None:
    """Raise `UnreadableError` or `TooLargeError` where the bytes do not begin as a picture does; decodes nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _open(data).close()


def decode(data: bytes) -> Photo:
    """Decode a whole image file, the first frame of an animated one.

    Raises `TooLargeError` above the cap on bytes, or if the header announces more than `MAX_PIXELS` (nothing is decoded
    then), and `UnreadableError` for anything that is not a whole picture.

    Pillow's warnings (damaged EXIF, its own size limit, for which ours stands in) are silenced while this runs. Before
    Python 3.14 that silence covers all threads of the process; Pillow's settings are left as they are.
    """
    if not data:
        raise UnreadableError("The file is empty; download or export it again.")
    require_bytes(len(data))
    with warnings.catch_warnings(), silent_stderr():  # libjpeg and libtiff print what they make of damaged files
        warnings.simplefilter("ignore")
        with _open(data) as image:
            _refuse_too_many(image.width, image.height, *_limit(image))
            pixels = _pixels(image, data)
            return Photo(
                pixels=pixels,
                format=_format(image),
                sha256=hashlib.sha256(data).hexdigest(),
                jpeg_quality=_jpeg_quality(image),
            )


def from_array(pixels: NDArray[Any]) -> Photo:
    """Take over a copy of an upright sRGB picture, (height, width, 3) uint8.

    Raises `UnreadableError` for another shape or type and `TooLargeError` above `MAX_PIXELS`.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:  # noqa: PLR2004
        raise UnreadableError(
            f"Expected an RGB array of shape (height, width, 3) and type uint8, got shape {pixels.shape} and "
            f"type {pixels.dtype}; convert it first."
        )
    if pixels.size == 0:
        raise UnreadableError(f"The array holds no pixels: its shape is {pixels.shape}; pass a whole picture.")
    _refuse_too_many(pixels.shape[1], pixels.shape[0])
    return Photo(pixels=np.array(pixels, order="C"), format="ARRAY")


def preview(photo: Photo) -> bytes:
    """A small JPEG of the whole picture, its longer side at most `PREVIEW_SIDE` pixels."""
    small = Image.fromarray(photo.pixels)
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_PREVIEW_QUALITY)
    return out.getvalue()


def _refuse_too_many(width: int, height: int, most: int = MAX_PIXELS, kind: str = "picture") -> None:
    if width * height > most:
        raise TooLargeError(
            f"The picture has {width} x {height} = {width * height / 1e6:.0f} million pixels, more than the limit of "
            f"{most / 1e6:.0f} million for a {kind}; export it smaller."
        )


def _limit(image: Image.Image) -> tuple[int, str]:
    """How many pixels a file of this kind may have, and what the kind is called."""
    kind = _format(image)
    if kind == "JPEG":
        kind = "progressive JPEG" if "progressive" in image.info else kind
        return _FEWER_PIXELS.get(kind, MAX_PIXELS), kind
    return _FEWER_PIXELS.get(kind, _MOST_PIXELS), f"{kind} file"


def _open(data: bytes) -> Image.Image:
    """Read the header; raises `UnreadableError`, or `TooLargeError` where Pillow's own limit was faster than ours."""
    try:
        return open_header(data)
    except Image.DecompressionBombError as error:
        raise TooLargeError(
            f"The picture has more than the limit of {MAX_PIXELS / 1e6:.0f} million pixels; export it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise UnreadableError(
            f"The file is not a whole picture in a format that can be read ({READABLE}); "
            "download it again, or export it as JPEG or PNG."
        ) from error
    except Exception as error:  # decoders raise whatever a damaged header makes them trip over
        raise UnreadableError("The file's header is damaged; download or export it again.") from error


def _format(image: Image.Image) -> str:
    # Pillow calls a JPEG with a second picture behind the first (depth map, gain map) MPO; it is a JPEG all the same.
    name = image.format or "UNKNOWN"
    return "JPEG" if name == "MPO" else name


def _pixels(image: Image.Image, data: bytes) -> NDArray[np.uint8]:
    """Decode `data`, whose header is `image`, into (height, width, 3) uint8, sRGB and upright."""
    try:
        pixels = _plain_jpeg(image, data)
        if pixels is None:
            image.load()
            pixels = _in_srgb(image)
        # After loading: a PNG may carry EXIF behind its pixels, and Pillow turns a TIFF (and forgets the tag) on load.
        return _upright(pixels, _orientation(image))
    except PhotoError:
        raise
    except Exception as error:  # as in `_open`
        if isinstance(error, MemoryError) or getattr(error, "code", None) == _OPENCV_NO_MEMORY:
            raise UnreadableError(
                f"There is not enough memory for {image.width} x {image.height} pixels; export it smaller."
            ) from error
        raise UnreadableError(
            f"The {_format(image)} file is cut off or damaged (it has {len(data)} bytes); download or export it again."
        ) from error


def _in_srgb(image: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3) of a decoded picture; in strips, since Pillow copies what it converts and hands over."""
    icc = image.info.get("icc_profile")
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(top + _STRIP, image.height)))
        pixels[top : top + _STRIP] = np.asarray(_srgb(_flat(strip), icc))
    return pixels


def _plain_jpeg(image: Image.Image, data: bytes) -> NDArray[np.uint8] | None:
    """The pixels of a JPEG whose colours stay as they are, as they lie in the file; None for anything else.

    OpenCV and Pillow decode with the same library to the same pixels, which Pillow then copies twice more: that takes
    as long as decoding. OpenCV gives nothing where a file is cut off; Pillow then says why.
    """
    icc = image.info.get("icc_profile")
    if _format(image) != "JPEG" or image.mode != "RGB" or (icc and _icc_transform(icc)[1] is not None):
        return None
    import cv2  # noqa: PLC0415 - late, as what only reads headers does not need it

    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    whole = pixels is not None and pixels.shape == (image.height, image.width, 3)
    return np.asarray(pixels, np.uint8) if whole else None


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn and mirror (H, W, 3) as an EXIF orientation says; contiguous."""
    import cv2  # noqa: PLC0415 - as in `_plain_jpeg`

    turned = cv2.transpose(pixels) if orientation in _LYING else pixels
    across, down = orientation in _MIRRORED_ACROSS, orientation in _MIRRORED_DOWN
    if across or down:
        turned = cv2.flip(turned, -1 if across and down else int(across))
    return np.ascontiguousarray(turned)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1..8 still to be applied; 1 if there is none, or if the EXIF block is damaged."""
    # libheif has turned the picture already, by the container's own rotation, which overrides EXIF.
    if image.format == "HEIF":
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001 - a broken EXIF block raises anything, and costs the orientation, not the photo
        return 1


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


def _srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Mode L, RGB or CMYK -> RGB in sRGB; a profile that is broken, or for another kind of picture, is ignored."""
    mode, transform = _icc_transform(icc) if icc else (image.mode, None)
    if transform is None or (image.mode, mode) not in {("RGB", "RGB"), ("L", "L"), ("CMYK", "CMYK"), ("L", "RGB")}:
        return image if image.mode == "RGB" else image.convert("RGB")
    return transform.apply(image if image.mode == mode else image.convert(mode))


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


def _jpeg_quality(image: Image.Image) -> int | None:
    """Find the libjpeg quality 1..100 whose luma table is nearest in least squares; None if it is not a JPEG."""
    tables: Mapping[int, list[int]] = getattr(image, "quantization", {})
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    table = tables.get(layers[0][3]) if layers else None
    if table is None or len(table) != _ijg_tables().shape[1]:
        return None
    return 1 + int(np.argmin(np.sum((_ijg_tables() - np.asarray(table)) ** 2, axis=1)))


@lru_cache(maxsize=1)
def _ijg_tables() -> NDArray[np.int64]:
    """(100, 64): the luma tables that libjpeg makes for quality 1..100."""
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)  # noqa: PLR2004 - libjpeg's own formula
    tables = (np.asarray(_LUMA).reshape(1, 64) * scale[:, None] + 50) // 100
    clipped: NDArray[np.int64] = np.clip(tables, 1, 255)
    return clipped
