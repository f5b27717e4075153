"""Reads EXIF's UserComment, where cameras and generators write text."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Literal

from artifact_check.provenance import tiff
from artifact_check.provenance.container.metadata import Metadata, Text, decode_text
from artifact_check.provenance.limits import MAX_TEXT

_USER_COMMENT = 0x9286
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ASCII = re.compile(r"[\t\n\r -~]")
# ASCII, Cyrillic, the punctuation of Chinese and Japanese, kana, Chinese characters, Hangul, full-width letters
_COMMON = re.compile(r"[\t\n\r -~\u0400-\u045f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff5e]")


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
    if code.startswith(b"JIS"):
        text = content.decode("iso2022_jp", "replace")
    elif code.startswith(b"UNICODE"):
        text = _unicode(content.rstrip(b"\0"), order)
    elif code.startswith(b"ASCII") or code == bytes(8):
        text = _plain(content, order)
    else:
        text = _plain(block, order)  # some writers omit the character code
    return text.lstrip("\ufeff").rstrip("\0 ").partition("\0")[0]


def _plain(content: bytes, order: Literal["<", ">"]) -> str:
    """Decode as UTF-8 or Latin-1; as UTF-16 where many bytes are zero."""
    content = content.rstrip(b"\0")
    wide = 4 * content.count(0) > len(content)
    return _wide(content, order) if wide else decode_text(content)


def _unicode(content: bytes, order: Literal["<", ">"]) -> str:
    """Decode as UTF-16, which the standard means; as UTF-8 if it is that, and has no zero byte."""
    if 0 not in content and not content.startswith(_MARKS):
        with suppress(UnicodeDecodeError):
            return content.decode()
    return _wide(content, order)


def _wide(content: bytes, order: Literal["<", ">"]) -> str:
    """Decode as UTF-16 in the byte order of its mark, or else in the one that reads more like text.

    Generators write either order into blocks of either order. If both read alike, it is the block's own.
    """
    content += bytes(len(content) % 2)  # a zero byte of the last letter may have been taken for padding
    if content.startswith(_MARKS):
        return content.decode("utf-16", "replace")
    own, other = ("utf-16-le", "utf-16-be") if order == "<" else ("utf-16-be", "utf-16-le")
    return max((content.decode(encoding, "replace") for encoding in (own, other)), key=_likeness_to_text)


def _likeness_to_text(text: str) -> int:
    """Count the letters of common scripts; Latin ones twice, because in the wrong order they look like Chinese."""
    text = text[:20_000]
    return len(_COMMON.findall(text)) + len(_ASCII.findall(text))
