"""Decodes an image file to a `Photo`.

A file that does not decode completely is refused, because its missing part would be measured like a picture.

Large pictures can be decoded at a half, a quarter or an eighth of their size. A JPEG is decoded directly at that size,
which takes a third of the time. Other formats are decoded in full and then downscaled by the same factor.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from artifact_check.errors import PhotoError, TooLargeError, UnreadableError
from artifact_check.photo.colours import flatten, to_srgb
from artifact_check.photo.headers import READABLE, open_header
from artifact_check.photo.silence import silent_stderr
from artifact_check.photo.tiff import prepare_to_load
from artifact_check.photo.transfer import require_ordinary_range
from artifact_check.photo.unended import with_end_marker
from artifact_check.phrase import Phrase
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


MAX_PIXELS = 150_000_000  # of a baseline JPEG or an array
# Formats that need more memory to decode have lower limits, measured to keep the whole process under 1 GB.
MAX_PIXELS_BY_KIND = {"progressive JPEG": 60_000_000, "HEIF": 60_000_000, "AVIF": 50_000_000, "WEBP": 40_000_000}
MAX_PIXELS_OF_OTHERS = 80_000_000  # of all remaining formats

_OPENCV_NO_MEMORY = -4  # cv2.Error.StsNoMem
_REDUCTIONS = (8, 4, 2)  # factors at which libjpeg can decode
_ORIENTATION_TAG = 0x0112
# EXIF orientations that swap width and height, and those that are flipped after that swap is undone.
_TRANSPOSED = (5, 6, 7, 8)
_FLIPPED_LEFT_RIGHT, _FLIPPED_TOP_BOTTOM = (2, 3, 6, 7), (3, 4, 7, 8)

# The luma quantisation table that libjpeg scales (ITU-T T.81, 1992, table K.1), in rows from the lowest frequency.
_IJG_LUMA_TABLE = (
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
    """A decoded picture, perhaps at a reduced size.

    Attributes:
        pixels: (height, width, 3) uint8 sRGB, upright, C-contiguous, read-only.
        format: the file format ("JPEG", "HEIF", ...), or "ARRAY" if there was no file.
        sha256: hexadecimal digest of the file's bytes; None if there was no file.
        jpeg_quality: 1..100 on libjpeg's scale; None if it is not a JPEG.
        whole_size: (width, height) in pixels before the reduction; None if `pixels` have full size.
        turned: 0, 90, 180 or 270: degrees by which `pixels` were turned clockwise, beyond what the file asks for.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    format: str
    sha256: str | None = None
    jpeg_quality: int | None = None
    whole_size: tuple[int, int] | None = None
    turned: int = 0

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def stored_size(self) -> tuple[int, int]:
        """(width, height) in pixels of the upright picture at full size."""
        return self.whole_size or (self.width, self.height)

    @property
    def reduction(self) -> float:
        """Full-size pixels per pixel of `pixels`, along one side: 1, or about 2, 4 or 8."""
        return self.stored_size[0] / self.width

    def turn(self, degrees: int) -> Photo:
        """The picture turned clockwise by a multiple of 90 degrees."""
        if degrees % 360 == 0:
            return self
        quarters = degrees // 90 % 4
        return replace(
            self,
            pixels=np.ascontiguousarray(np.rot90(self.pixels, -quarters)),
            whole_size=self.whole_size if self.whole_size is None or quarters == 2 else self.whole_size[::-1],  # noqa: PLR2004
            turned=(self.turned + degrees) % 360,
        )


def require_header(data: bytes) -> None:
    """Check that the bytes begin like a picture, without decoding it.

    Raises:
        UnreadableError: they are not in a known format, or the header is damaged.
        TooLargeError: the header announces more pixels than Pillow accepts.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _open(data).close()


def decode(data: bytes, *, min_side: float | None = None) -> Photo:
    """Decode an image file; of an animation, its first frame.

    With `min_side`, decode at the smallest scale whose longer side still has that many pixels.

    While this runs, Pillow's warnings are silenced: they concern damaged EXIF and Pillow's own size limit, which ours
    replaces. Before Python 3.14 this affects all threads of the process. Pillow's settings are not changed.

    Raises:
        TooLargeError: the file has too many bytes, or its header announces more pixels than allowed for its format.
            Nothing is decoded then.
        HighDynamicRangeError: the values follow a curve such as PQ or HLG. Nothing is decoded then either.
        UnreadableError: the bytes are not a complete picture.
    """
    if not data:
        raise UnreadableError("The file is empty; download or export it again.")
    require_bytes(len(data))
    with warnings.catch_warnings(), silent_stderr():  # libjpeg and libtiff print warnings about damaged files
        warnings.simplefilter("ignore")
        with _open(data) as image:
            _require_pixel_count(image.width, image.height, *_pixel_limit(image))
            require_ordinary_range(data, image.info.get("icc_profile"))
            pixels, whole_size = _decode_pixels(image, data, min_side)
            return Photo(
                pixels=pixels,
                format=_format(image),
                sha256=hashlib.sha256(data).hexdigest(),
                jpeg_quality=_jpeg_quality(image),
                whole_size=whole_size,
            )


def from_array(pixels: NDArray[Any], *, min_side: float | None = None) -> Photo:
    """Make a `Photo` from a copy of upright sRGB pixels, (height, width, 3) uint8; `min_side` as in `decode`.

    Raises:
        UnreadableError: the array has another shape or type.
        TooLargeError: it has more than `MAX_PIXELS` pixels.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:  # noqa: PLR2004
        raise UnreadableError(
            Phrase(
                "Expected an RGB array of shape (height, width, 3) and type uint8, got shape {shape} and "
                "type {type}; convert it first.",
                shape=pixels.shape,
                type=pixels.dtype,
            )
        )
    if pixels.size == 0:
        raise UnreadableError(
            Phrase("The array holds no pixels: its shape is {shape}; pass a whole picture.", shape=pixels.shape)
        )
    _require_pixel_count(pixels.shape[1], pixels.shape[0])
    height, width = pixels.shape[:2]
    reduction = _reduction((width, height), min_side)
    if reduction == 1:
        return Photo(pixels=np.array(pixels, order="C"), format="ARRAY")
    return Photo(pixels=_downscale(np.ascontiguousarray(pixels), reduction), format="ARRAY", whole_size=(width, height))


def _require_pixel_count(width: int, height: int, limit: int = MAX_PIXELS, kind: str = "array") -> None:
    if width * height > limit:
        raise TooLargeError(
            Phrase(
                "The picture has {width:number} x {height:number} = {all:number} million pixels, more than the limit "
                "of {limit:number} million ({kind:text}); export it smaller.",
                width=width,
                height=height,
                all=f"{width * height / 1e6:.0f}",
                limit=f"{limit / 1e6:.0f}",
                kind=kind,
            )
        )


def _pixel_limit(image: Image.Image) -> tuple[int, str]:
    """Return how many pixels a file of this kind may have, and the kind's name."""
    name = _format(image)
    if name != "JPEG":
        return MAX_PIXELS_BY_KIND.get(name, MAX_PIXELS_OF_OTHERS), name
    progressive = "progressive" in image.info
    return (MAX_PIXELS_BY_KIND["progressive JPEG"], "progressive JPEG") if progressive else (MAX_PIXELS, name)


def _open(data: bytes) -> Image.Image:
    """Read the header; raises `UnreadableError`, or `TooLargeError` where Pillow's own limit takes effect first."""
    try:
        return open_header(data)
    except Image.DecompressionBombError as error:
        raise TooLargeError(
            Phrase(
                "The picture has more than the limit of {limit:number} million pixels; export it smaller.",
                limit=f"{MAX_PIXELS / 1e6:.0f}",
            )
        ) from error
    except UnidentifiedImageError as error:
        if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
            raise UnreadableError(
                "The TIFF file is damaged, or has pixels of a kind that can't be read, such as 32 bits a channel; "
                "download it again, or export it as 8-bit JPEG or PNG."
            ) from error
        raise UnreadableError(
            Phrase(
                "The file is not a whole picture in a format that can be read ({formats}); "
                "download it again, or export it as JPEG or PNG.",
                formats=READABLE,
            )
        ) from error
    except Exception as error:  # damaged headers make decoders raise all kinds of exceptions
        raise UnreadableError("The file's header is damaged; download or export it again.") from error


def _format(image: Image.Image) -> str:
    # Pillow's name for a JPEG followed by a second picture (depth map, gain map) is MPO.
    name = image.format or "UNKNOWN"
    return "JPEG" if name == "MPO" else name


def _decode_pixels(
    image: Image.Image, data: bytes, min_side: float | None
) -> tuple[NDArray[np.uint8], tuple[int, int] | None]:
    """Decode `data`, whose header is `image`; return upright (H, W, 3) uint8 sRGB and `Photo.whole_size`."""
    reduction = _reduction(image.size, min_side)
    try:
        return (_decode_ended if _format(image) == "JPEG" else _decode_upright)(image, data, reduction)
    except PhotoError:
        raise
    except Exception as error:  # as in `_open`
        if isinstance(error, MemoryError) or getattr(error, "code", None) == _OPENCV_NO_MEMORY:
            raise UnreadableError(
                Phrase(
                    "There is not enough memory for {width:number} x {height:number} pixels; export it smaller.",
                    width=image.width,
                    height=image.height,
                )
            ) from error
        raise UnreadableError(
            Phrase(
                "The {format} file is cut off or damaged (it has {size:number} bytes); download or export it again.",
                format=_format(image),
                size=len(data),
            )
        ) from error


def _decode_ended(image: Image.Image, data: bytes, reduction: int) -> tuple[NDArray[np.uint8], tuple[int, int] | None]:
    """Like `_decode_upright`, for a JPEG, also for one that lacks only its end marker."""

    def same(one: bytes, other: bytes) -> bool:
        # Digests, since two pictures may not fit into memory.
        pictures = (_decode_upright(open_header(each), each, reduction)[0] for each in (one, other))
        return len({hashlib.sha256(pixels.data).digest() for pixels in pictures}) == 1

    ended = with_end_marker(data, same) if data.endswith(b"\0") else None  # libjpeg would take zeros for pixels
    try:
        if ended is None:
            return _decode_upright(image, data, reduction)
    except OSError:
        ended = with_end_marker(data, same)
        if ended is None:
            raise
    return _decode_upright(open_header(ended), ended, reduction)


def _decode_upright(
    image: Image.Image, data: bytes, reduction: int
) -> tuple[NDArray[np.uint8], tuple[int, int] | None]:
    pixels, mode = _decode_jpeg(image, data, reduction), image.mode
    if pixels is None:
        prepare_to_load(image)
        image.load()
        flat, mode = flatten(image)
        pixels = _downscale(flat, reduction)
    # Only now: a PNG may have EXIF after its pixels, and Pillow rotates a TIFF (and drops the tag) as it loads.
    orientation = _orientation(image)
    whole_size = image.size[::-1] if orientation in _TRANSPOSED else image.size
    upright = _apply_orientation(to_srgb(pixels, mode, image.info.get("icc_profile")), orientation)
    return upright, whole_size if reduction > 1 else None


def _reduction(size: tuple[int, int], min_side: float | None) -> int:
    """Return the largest factor (8, 4, 2 or 1) that leaves the longer side at least `min_side` pixels."""
    fitting = (factor for factor in _REDUCTIONS if min_side is not None and max(size) >= factor * min_side)
    return next(fitting, 1)


def _downscale(pixels: NDArray[np.uint8], reduction: int) -> NDArray[np.uint8]:
    """Average blocks of `reduction` x `reduction` pixels of (H, W) or (H, W, C); sizes round up as in libjpeg."""
    if reduction == 1:
        return pixels
    import cv2  # noqa: PLC0415 - late: reading headers does not need it

    height, width = (-(-side // reduction) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _decode_jpeg(image: Image.Image, data: bytes, reduction: int) -> NDArray[np.uint8] | None:
    """Decode an RGB JPEG to (H, W, 3) uint8, neither rotated nor colour-managed; None for anything else.

    OpenCV and Pillow use the same library and get the same pixels, but Pillow copies them twice more, which takes as
    long as decoding. OpenCV returns nothing for a truncated file; Pillow is then used to raise the error.
    """
    if _format(image) != "JPEG" or image.mode != "RGB":
        return None
    import cv2  # noqa: PLC0415 - as in `_downscale`

    # The REDUCED_GRAYSCALE flags set only the scale; the REDUCED_COLOR flags would also set BGR order.
    scales = (0, cv2.IMREAD_REDUCED_GRAYSCALE_2, cv2.IMREAD_REDUCED_GRAYSCALE_4, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    flags = scales[reduction.bit_length() - 1] | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    expected = (-(-image.height // reduction), -(-image.width // reduction), 3)
    return np.asarray(pixels, np.uint8) if pixels is not None and pixels.shape == expected else None


def _apply_orientation(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Rotate and flip (H, W, 3) according to an EXIF orientation; the result is contiguous."""
    import cv2  # noqa: PLC0415 - as in `_downscale`

    upright = cv2.transpose(pixels) if orientation in _TRANSPOSED else pixels
    left_right, top_bottom = orientation in _FLIPPED_LEFT_RIGHT, orientation in _FLIPPED_TOP_BOTTOM
    if left_right or top_bottom:
        upright = cv2.flip(upright, -1 if left_right and top_bottom else int(left_right))
    return np.ascontiguousarray(upright)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation 1..8 still to be applied; 1 if there is none or the EXIF block is damaged."""
    # libheif has already applied the container's own rotation, which overrides EXIF.
    if image.format == "HEIF":
        return 1
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
        # Other types than SHORT count, too, as for exiftool: Pillow gives bytes for BYTE, and text for ASCII.
        return ord(orientation) if isinstance(orientation, bytes) else int(float(str(orientation).rstrip("\0")))
    except Exception:  # noqa: BLE001 - a damaged EXIF block may raise anything; only the orientation is lost
        return 1


def _jpeg_quality(image: Image.Image) -> int | None:
    """Find the libjpeg quality 1..100 whose luma table is nearest (least squares); None if it is not a JPEG."""
    tables: Mapping[int, list[int]] = getattr(image, "quantization", {})
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    table = tables.get(layers[0][3]) if layers else None
    if table is None or len(table) != _ijg_tables().shape[1]:
        return None
    return 1 + int(np.argmin(np.sum((_ijg_tables() - np.asarray(table)) ** 2, axis=1)))


@lru_cache(maxsize=1)
def _ijg_tables() -> NDArray[np.int64]:
    """Compute libjpeg's luma tables for quality 1..100, (100, 64)."""
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)  # noqa: PLR2004 - libjpeg's own formula
    tables = (np.asarray(_IJG_LUMA_TABLE).reshape(1, 64) * scale[:, None] + 50) // 100
    clipped: NDArray[np.int64] = np.clip(tables, 1, 255)
    return clipped
