"""What a picture's container carries besides pixels, without decoding any.

Readers look here, never through the raw bytes: text that merely lies in the file, such as behind the picture's end,
declares nothing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.formats import open_header

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Container:
    """The file's bytes, and the metadata blocks that stand where its format puts them, by Pillow's names."""

    data: bytes
    blocks: Mapping[str, object]


def opened(data: bytes) -> Container:
    """Read the header; raises whatever Pillow does on bytes that are no picture.

    A PNG's blocks behind its pixels are not seen, since finding them would mean decoding.
    """
    with warnings.catch_warnings():
        # Damaged EXIF, or many pixels: nothing is decoded here, and the photo's own decoding judges both.
        warnings.simplefilter("ignore")
        with open_header(data) as image:
            return Container(data, {str(name): block for name, block in image.info.items()})
