"""EXIF of cameras and editors (CIPA DC-008, 2.32, 2019): supporting information, easily copied and never proof.

A camera records its name and its exposure settings. It makes the thumbnail together with the photo, so a thumbnail that
shows something else means that the photo was changed later.
"""

from __future__ import annotations

import io
import re
import warnings
from statistics import correlation
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from artifact_check.phrase import Phrase
from artifact_check.provenance import vocabulary
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import bounded, printable
from artifact_check.provenance.tiff import EXIF_IFD, MAKE, MODEL, SOFTWARE
from artifact_check.results import Declaration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container
    from artifact_check.provenance.tiff import Directory, Tiff

_PROCESSING_SOFTWARE = 0x000B
_EXPOSURE, _F_NUMBER, _ISO, _DATE_TIME, _MAKER_NOTE, _LENS = 0x829A, 0x829D, 0x8827, 0x9003, 0x927C, 0xA434
_THUMBNAIL, _THUMBNAIL_SIZE = 0x0201, 0x0202
_MIN_FACTS = 2  # of exposure time, aperture, sensitivity, date; scanners, too, write a maker and a model

# The thumbnail is compared only if that is cheap.
_MAX_THUMBNAIL_SIDE = 512
_MAX_PIXELS = 4_000_000
_COMPARED_SIDE = 16  # of what is compared
_SAME_PICTURE, _OTHER_PICTURE = 0.9, 0.5  # correlation of grey values
_DATE = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """Return the camera and the programs that the file names."""
    if container.exif is None:
        return ()
    tiff = container.exif
    first = tiff.first
    return tuple(dict.fromkeys((*_camera(tiff, first, container), *_programs(tiff, first))))


def _camera(tiff: Tiff, first: Directory, container: Container) -> Iterator[Declaration]:
    maker, model = tiff.text(first, MAKE), tiff.text(first, MODEL)
    directory = tiff.sub_directory(first, EXIF_IFD)
    facts = _facts(tiff, directory)
    if not maker or not model or len(facts) < _MIN_FACTS:
        return
    name = model if model.lower().startswith(maker.lower()) else f"{maker} {model}"
    # A comma in untrusted text could make the rest look like one of our own findings.
    parts = [*(text.replace(",", " ") for text in (name, tiff.text(directory, _LENS)) if text), *facts]
    detail = Phrase("{facts}", facts=", ".join(parts))
    if _MAKER_NOTE in directory.fields:
        detail = Phrase("{facts:text}, maker note", facts=detail)
    agreement = _thumbnail_agreement(tiff, first, container)
    if agreement is not None and agreement >= _SAME_PICTURE:
        detail = Phrase("{facts:text}, thumbnail agrees", facts=detail)
    yield Declaration("exif", "camera", "declared", bounded(detail))
    if agreement is not None and agreement < _OTHER_PICTURE:
        yield Declaration("exif", "edited", "declared", Phrase("EXIF thumbnail shows another picture"))


def _facts(tiff: Tiff, directory: Directory) -> list[str]:
    """Return exposure time, aperture, sensitivity and date, as far as they are recorded."""
    facts = []
    for tag, shown in ((_EXPOSURE, _seconds), (_F_NUMBER, "f/{:g}".format), (_ISO, "ISO {:g}".format)):
        numbers = tiff.numbers(directory, tag)
        if numbers and numbers[0] > 0:
            facts.append(shown(numbers[0]))
    date_time = tiff.text(directory, _DATE_TIME)
    # Any other text could look like one of our own findings.
    return [*facts, date_time] if _DATE.fullmatch(date_time or "") else facts


def _seconds(time: float) -> str:
    return f"1/{round(1 / time)} s" if time < 0.5 else f"{time:g} s"  # noqa: PLR2004 - as cameras show it


def _programs(tiff: Tiff, first: Directory) -> Iterator[Declaration]:
    for tag in (SOFTWARE, _PROCESSING_SOFTWARE):
        name = tiff.text(first, tag)
        says = vocabulary.program(name)
        if says is not None:
            detail = Phrase("EXIF Software {name}", name=printable(name))
            yield Declaration("exif", says, "declared", detail, vocabulary.maker(says, name))


def _thumbnail_agreement(tiff: Tiff, first: Directory, container: Container) -> float | None:
    """Return the correlation of the thumbnail's grey values with the photo's, at the best of four rotations.

    Returns:
        -1 to 1; None if they cannot be compared.
    """
    second = tiff.directory(first.following)
    start, size = (next(iter(tiff.numbers(second, tag)), 0) for tag in (_THUMBNAIL, _THUMBNAIL_SIZE))
    embedded = tiff.data[int(start) : int(start + size)]
    if container.format != "JPEG" or not embedded:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            photo, thumbnail = _decode_grey(container.data, _MAX_PIXELS), _decode_grey(embedded, _MAX_THUMBNAIL_SIDE**2)
    except (OSError, ValueError, SyntaxError):  # damaged, or too large to compare
        return None
    grey, best = _grey(photo), -1.0
    for turn in (None, *_TURNS):
        image = thumbnail if turn is None else thumbnail.transpose(turn)
        try:
            best = max(best, correlation(grey, _grey(_crop_bars(image, photo.size))))
        except ValueError:  # all grey values are equal
            return None
        if best >= _SAME_PICTURE:
            break
    return best


_TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)


def _decode_grey(data: bytes, max_pixels: int) -> Image.Image:
    """Decode a JPEG in grey, at down to an eighth of its size."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        if image.width * image.height > max_pixels:
            raise ValueError("too large to compare")
        image.draft("L", (2 * _COMPARED_SIDE, 2 * _COMPARED_SIDE))
        return image.convert("L")


def _crop_bars(thumbnail: Image.Image, photo: tuple[int, int]) -> Image.Image:
    """Crop a thumbnail to the photo's aspect ratio, because cameras fill the rest with black bars."""
    scale = min(thumbnail.width / photo[0], thumbnail.height / photo[1])
    return ImageOps.fit(thumbnail, (max(1, round(photo[0] * scale)), max(1, round(photo[1] * scale))))


def _grey(image: Image.Image) -> bytes:
    return image.resize((_COMPARED_SIDE, _COMPARED_SIDE), Image.Resampling.BOX).tobytes()


READER = Reader(read, rank=3)
