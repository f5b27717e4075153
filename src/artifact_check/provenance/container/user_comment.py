"""Reads EXIF's UserComment, where cameras and generators write text."""

from __future__ import annotations

from typing import Literal

from artifact_check.provenance import tiff
from artifact_check.provenance.container.metadata import Metadata, Text, decode_text
from artifact_check.provenance.limits import MAX_TEXT

_USER_COMMENT = 0x9286


def add_user_comment(metadata: Metadata) -> None:
    """Add EXIF's UserComment: eight bytes that name the character code, then the text (EXIF 2.32, 2019, 4.6.5)."""
    structure = metadata.exif
    if structure is None:
        return
    directory = structure.sub_directory(structure.first, tiff.EXIF_IFD)
    block = structure.raw(directory, _USER_COMMENT, MAX_TEXT)
    text = _user_comment(block, structure.order) if block else ""
    if text:
        metadata.add_text(Text("exif_user_comment", "", text))


def _user_comment(block: bytes, order: Literal["<", ">"]) -> str:
    code, content = block[:8], block[8:]
    if code.startswith(b"UNICODE"):
        text = content.decode(_utf16(content, order), "replace")
    elif code.startswith(b"JIS"):
        text = content.decode("iso2022_jp", "replace")
    elif code.startswith(b"ASCII") or code == bytes(8):
        text = decode_text(content)
    else:
        text = decode_text(block)  # some writers omit the character code
    return text.lstrip("\ufeff").rstrip("\0 ").partition("\0")[0]


def _utf16(content: bytes, order: Literal["<", ">"]) -> str:
    """Guess the byte order of UTF-16: from its mark, else from the zero bytes of Latin letters, else the block's own.

    Generators write big-endian text into little-endian blocks.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16-le" if content[:1] == b"\xff" else "utf-16-be"
    first, second = content[:400:2].count(0), content[1:400:2].count(0)
    if first == second:
        return "utf-16-le" if order == "<" else "utf-16-be"
    return "utf-16-be" if first > second else "utf-16-le"
