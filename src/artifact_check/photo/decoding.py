"""Any image file -> `Photo`: pixels in 8-bit sRGB, upright, and what the file says about its encoding.

What does not decode whole is refused: a cut-off picture would be measured as if it were one. A picture far larger than
what is measured can be had at a half, a quarter or an eighth of its size: a JPEG is then decoded at that size, which
takes a third of the time, and any other is shrunk by the same factor.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from artifact_check.errors import PhotoError, TooLargeError, UnreadableError
from artifact_check.photo.colours import flat_pixels, to_srgb
from artifact_check.photo.formats import READABLE, open_header
from artifact_check.photo.silence import silent_stderr
from artifact_check.sources.source import require_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


MAX_PIXELS = 150_000_000
# Of formats that take more memory to decode: as many as keep the whole process under 1 GB, measured.
_FEWER_PIXELS = {"progressive JPEG": 60_000_000, "HEIF": 60_000_000, "AVIF": 50_000_000, "WEBP": 40_000_000}
_MOST_PIXELS = 80_000_000  # of every other format but JPEG

_OPENCV_NO_MEMORY = -4  # cv2.Error.StsNoMem
_REDUCTIONS = (8, 4, 2)  # what a JPEG can be decoded at
_ORIENTATION_TAG = 0x0112
_LYING = (5, 6, 7, 8)  # orientations that swap width and height
_MIRRORED_ACROSS, _MIRRORED_DOWN = (2, 3, 6, 7), (3, 4, 7, 8)  # once width and height are swapped back

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
    "HEIF", ...; "ARRAY" if there was no file); `sha256` of the file's bytes; `jpeg_quality` 1..100 on libjpeg's scale;
    `whole_size` the (width, height) that `pixels` were reduced from, None where they were not.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    format: str
    sha256: str | None = None
    jpeg_quality: int | None = None
    whole_size: tuple[int, int] | None = None

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
        """(width, height) of the whole upright picture."""
        return self.whole_size or (self.width, self.height)

    @property
    def reduction(self) -> float:
        """Pixels of the whole picture for one of `pixels`, along a side: 1, or about 2, 4 or 8."""
        return self.stored_size[0] / self.width


def require_header(data: bytes) -> None:
    """Raise `UnreadableError` or `TooLargeError` where the bytes do not begin as a picture does; decodes nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _open(data).close()


def decode(data: bytes, *, least: float | None = None) -> Photo:
    """Decode a whole image file, the first frame of an animated one.

    With `least`, at the smallest scale that leaves the longer side that many pixels.

    Raises `TooLargeError` above the cap on bytes, or if the header announces more pixels than its format may have
    (nothing is decoded then), and `UnreadableError` for anything that is not a whole picture.

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
            pixels, whole_size = _pixels(image, data, least)
            return Photo(
                pixels=pixels,
                format=_format(image),
                sha256=hashlib.sha256(data).hexdigest(),
                jpeg_quality=_jpeg_quality(image),
                whole_size=whole_size,
            )


def from_array(pixels: NDArray[Any], *, least: float | None = None) -> Photo:
    """Take over a copy of an upright sRGB picture, (height, width, 3) uint8; `least` as in `decode`.

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
    height, width = pixels.shape[:2]
    reduction = _reduction((width, height), least)
    if reduction == 1:
        return Photo(pixels=np.array(pixels, order="C"), format="ARRAY")
    return Photo(pixels=_shrunk(np.ascontiguousarray(pixels), reduction), format="ARRAY", whole_size=(width, height))


def _refuse_too_many(width: int, height: int, most: int = MAX_PIXELS, kind: str = "array") -> None:
    if width * height > most:
        raise TooLargeError(
            f"The picture has {width} x {height} = {width * height / 1e6:.0f} million pixels, more than the limit of "
            f"{most / 1e6:.0f} million ({kind}); export it smaller."
        )


def _limit(image: Image.Image) -> tuple[int, str]:
    """How many pixels a file of this kind may have, and what the kind is called."""
    name = _format(image)
    if name != "JPEG":
        return _FEWER_PIXELS.get(name, _MOST_PIXELS), name
    progressive = "progressive" in image.info
    return (_FEWER_PIXELS["progressive JPEG"], "progressive JPEG") if progressive else (MAX_PIXELS, name)


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


def _pixels(image: Image.Image, data: bytes, least: float | None) -> tuple[NDArray[np.uint8], tuple[int, int] | None]:
    """Decode `data`, whose header is `image`, into (height, width, 3) uint8 sRGB, upright, and `Photo.whole_size`."""
    try:
        return _decoded(image, data, _reduction(image.size, least))
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


def _decoded(image: Image.Image, data: bytes, reduction: int) -> tuple[NDArray[np.uint8], tuple[int, int] | None]:
    pixels, mode = _jpeg(image, data, reduction), image.mode
    if pixels is None:
        image.load()
        flat, mode = flat_pixels(image)
        pixels = _shrunk(flat, reduction)
    # After loading: a PNG may carry EXIF behind its pixels, and Pillow turns a TIFF (and forgets the tag) on load.
    orientation = _orientation(image)
    whole_size = image.size[::-1] if orientation in _LYING else image.size
    upright = _upright(to_srgb(pixels, mode, image.info.get("icc_profile")), orientation)
    return upright, whole_size if reduction > 1 else None


def _reduction(size: tuple[int, int], least: float | None) -> int:
    """The factor that sides may be divided by so that the longer one keeps `least` pixels."""
    fitting = (factor for factor in _REDUCTIONS if least is not None and max(size) >= factor * least)
    return next(fitting, 1)


def _shrunk(pixels: NDArray[np.uint8], reduction: int) -> NDArray[np.uint8]:
    """Means of `reduction` x `reduction` pixels of (H, W) or (H, W, C), in the size that a JPEG decoder gives."""
    if reduction == 1:
        return pixels
    import cv2  # noqa: PLC0415 - late, as what only reads headers does not need it

    height, width = (-(-side // reduction) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image: Image.Image, data: bytes, reduction: int) -> NDArray[np.uint8] | None:
    """The pixels of an RGB JPEG as they lie in the file, in its own colours; None for anything else.

    OpenCV and Pillow decode with the same library to the same pixels, which Pillow then copies twice more: that takes
    as long as decoding. OpenCV gives nothing where a file is cut off; Pillow then says why.
    """
    if _format(image) != "JPEG" or image.mode != "RGB":
        return None
    import cv2  # noqa: PLC0415 - as in `_shrunk`

    # The flags named after grey are those that reduce; those named after colour also ask for blue, green, red.
    halves = (0, cv2.IMREAD_REDUCED_GRAYSCALE_2, cv2.IMREAD_REDUCED_GRAYSCALE_4, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    flags = halves[reduction.bit_length() - 1] | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    expected = (-(-image.height // reduction), -(-image.width // reduction), 3)
    return np.asarray(pixels, np.uint8) if pixels is not None and pixels.shape == expected else None


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn and mirror (H, W, 3) as an EXIF orientation says; contiguous."""
    import cv2  # noqa: PLC0415 - as in `_shrunk`

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
