"""Ways of storing pixels in a TIFF file that Pillow would misread (TIFF 6.0, 1992).

Of channels in planes of their own (PlanarConfiguration 2) it unpacks uncompressed ones as bytes, whatever their depth;
libtiff, which it uses for compressed files, reads all of them. Deep grey is taken for black at 0 and white at 65535.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.errors import UnreadableError
from artifact_check.phrase import Phrase

if TYPE_CHECKING:
    from PIL import Image
    from PIL.TiffImagePlugin import TiffImageFile

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _PLANAR = 256, 257, 258, 262, 284
_WHITE_IS_ZERO, _IN_PLANES = 0, 2
_PLANE_MODES = ("RGB", "RGBA", "CMYK")  # of which Pillow's libtiff decoder puts planes together


def prepare_to_load(image: Image.Image) -> None:
    """Have libtiff decode a TIFF in planes.

    Raises:
        UnreadableError: it is grey of 12 bits, or of 16 with white at 0, or transparent in planes without colours.
    """
    if image.format != "TIFF":
        return
    from PIL.TiffImagePlugin import TiffImageFile  # noqa: PLC0415 - loaded by Pillow when it meets a TIFF

    if not isinstance(image, TiffImageFile):
        return
    bits = max(image.tag_v2.get(_BITS, (1,)))
    in_planes = image.tag_v2.get(_PLANAR) == _IN_PLANES and len(image.getbands()) > 1
    white_is_zero = image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    odd_planes = in_planes and image.mode not in _PLANE_MODES
    odd_grey = image.mode.startswith("I") and (white_is_zero or bits == 12)  # noqa: PLR2004 - whose white is 4095
    if odd_planes or odd_grey:
        raise UnreadableError(
            Phrase(
                "The file stores colours in a way that can't be read ({mode}); export it as 8-bit JPEG or PNG.",
                mode=image.mode,
            )
        )
    if in_planes:
        _use_libtiff(image, f"{image.mode};16N" if bits > 8 else image.mode)  # noqa: PLR2004 - bits of a byte


def _use_libtiff(image: TiffImageFile, raw_mode: str) -> None:
    whole = (0, 0, image.tag_v2[_WIDTH], image.tag_v2[_HEIGHT])
    arguments = raw_mode, False, image.tag_v2.offset
    image.tile = [image.tile[0]._replace(codec_name="libtiff", extents=whole, offset=0, args=arguments)]
    image.use_load_libtiff = True
