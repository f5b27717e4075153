"""Names of an archive's members, of which the archive stores bytes and often no encoding.

Zip: what sets the UTF-8 flag, or has a Unicode path field (APPNOTE 6.3.10, 4.6.9), says its encoding. Tar: UTF-8 by
POSIX. Other names were written in the encoding of somebody's system; it is guessed from all such names together.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

_UNICODE_PATH = 0x7075
_MAX_FIELDS = 100
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
# One or two letters apart from any of ASCII: two characters of an East Asian encoding may look like that.
_CHANCE = re.compile(rb"(?<![A-Za-z\x80-\xff])(?:[\xc2-\xdf][\x80-\xbf]){1,2}(?![A-Za-z\x80-\xff])")
_MAX_NAMES, _MAX_LENGTH = 1000, 1000  # by which the characters are weighed
_LEAST = 0.5  # of `Guess.usual`, or nothing is guessed


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding that names may have.

    Attributes:
        encoding: Python's name.
        usual: how usual the characters are, other than ASCII, that bytes stand for in it: 0 (never met) to 1.
    """

    encoding: str
    usual: Callable[[bytes], float]


def unicode_path(stored: bytes, extra: bytes) -> str | None:
    """Return the name in a zip member's Unicode path field; None without one that was made for the `stored` name."""
    position, made_for = 0, b"\1" + zlib.crc32(stored).to_bytes(4, "little")
    for _ in range(_MAX_FIELDS):
        number, size = (int.from_bytes(extra[at : at + 2], "little") for at in (position, position + 2))
        content = extra[position + 4 : position + 4 + size]
        if number == _UNICODE_PATH and content.startswith(made_for):
            return _decoded(content.removeprefix(made_for), "utf-8")
        position += 4 + size
    return None


def guess_encoding(names: Iterable[bytes], *, of_dos: bool) -> str | None:
    """Guess the one encoding of names that are not all ASCII; None if they are, or look usual in no encoding.

    UTF-8 where all are valid, which no other text is by chance. Otherwise, of the encodings in which all others are
    valid, the one whose characters are the most usual. Those of DOS count only where a DOS program may have written
    them.
    """
    odd = [name for name in names if not name.isascii()]
    if not odd:
        return None
    together = b"\n".join(odd)
    if _decoded(together, "utf-8") is not None:
        return "utf-8"
    odd = [name for name in odd if not _is_utf8(name)]
    together = b"\n".join(odd)
    valid = [guess for guess in _GUESSES if _decoded(together, guess.encoding) is not None]
    sample = b"\n".join(itertools.islice((name for name in odd if len(name) <= _MAX_LENGTH), _MAX_NAMES))
    scored = [(guess.usual(sample), guess.encoding) for guess in valid if of_dos or guess.encoding not in _OF_DOS]
    usual, best = max(scored, key=lambda pair: pair[0], default=(0, ""))
    return best if usual >= _LEAST else None


def decode_name(stored: bytes, guessed: str | None, default: str) -> str:
    """Decode a name by what was guessed of all; where that is nothing, by UTF-8 if it is valid, or the default.

    UTF-8 comes first in a name that cannot be valid in it by chance: several programs may have added to the archive.
    """
    if guessed is not None and not _is_utf8(stored):
        return stored.decode(guessed)
    return _decoded(stored, "utf-8") or stored.decode(default)


def _is_utf8(name: bytes) -> bool:
    """Whether a name is valid UTF-8, and has more beyond ASCII than what other encodings may have by chance."""
    return not _CHANCE.sub(b"", name).isascii() and _decoded(name, "utf-8") is not None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _words(encoding: str, script: str, pattern: bytes) -> Callable[[bytes], float]:
    """Weigh an encoding of one byte a character by the share of bytes beyond ASCII that `pattern` finds.

    In it, U and L stand for capital and small letters of a script, other than ASCII.
    """

    def usual(data: bytes) -> float:
        found = b"".join(_word(encoding, script, pattern).findall(data))
        return len(found) / max(1, len(b"".join(_NOT_ASCII.findall(data))))

    return usual


@cache
def _word(encoding: str, script: str, pattern: bytes) -> re.Pattern[bytes]:
    letters = {byte: char for byte in range(128, 256) if _is_of(script, char := _decoded(bytes((byte,)), encoding))}
    capital, small = (
        b"".join(re.escape(bytes((byte,))) for byte, char in letters.items() if char and char.isupper() == wanted)
        for wanted in (True, False)
    )
    return re.compile(pattern.replace(b"U", capital).replace(b"L", small))


def _is_of(script: str, char: str | None) -> bool:
    return char is not None and unicodedata.name(char, "").startswith(script)


def _characters(encoding: str, weight: Callable[[str], float]) -> Callable[[bytes], float]:
    """Weigh an encoding of two bytes a character by the mean weight of its characters."""

    def usual(data: bytes) -> float:
        text = "".join(char for char in _decoded(data, encoding) or "" if not char.isascii())
        return sum(map(weight, text)) / len(text) if text else 0

    return usual


def _korean(char: str) -> float:
    """Hangul of KS X 1001; less where initial (kk, tt), vowel or final are among those of few syllables."""
    number = ord(char) - ord("\uac00")
    if not _in_rows(char, "euc_kr", 0xB0, 0xC8):
        return 0
    initial, vowel, final = number // 588, number % 588 // 28, number % 28
    rare = initial in {1, 4, 8, 10, 13} or vowel in {3, 10, 15} or final not in {0, 1, 4, 8, 16, 17, 19, 21}
    return 0.6 if rare else 1


def _japanese(char: str) -> float:
    """Kana of full width, and kanji of JIS X 0208, of which the first level is the more usual."""
    if "\u3041" <= char <= "\u30fe" or _in_rows(char, "euc_jp", 0xB0, 0xCF):
        return 0.95
    return 0.3 * _in_rows(char, "euc_jp", 0xD0, 0xF4)


def _chinese(char: str) -> float:
    """Characters of GB 2312, of which the first level is the more usual."""
    return 0.9 * _in_rows(char, "gb2312", 0xB0, 0xD7) or 0.6 * _in_rows(char, "gb2312", 0xD8, 0xF7)


def _taiwanese(char: str) -> float:
    """Characters of Big5, of which the first level is the more usual."""
    return 0.9 * _in_rows(char, "big5", 0xA4, 0xC6) or 0.3 * _in_rows(char, "big5", 0xC9, 0xF9)


def _in_rows(char: str, encoding: str, first: int, last: int) -> bool:
    """Whether the first of a character's two bytes in an encoding is in a range."""
    try:
        stored = char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(stored) == 2 and first <= stored[0] <= last  # noqa: PLR2004


# Accents are rare: one or two beside letters of ASCII, small ones unless a word or a name in capitals begins.
_LATIN = rb"(?<=[A-Za-z])[L]{1,2}(?![\x80-\xff])|(?<![A-Za-z\x80-\xff])[UL](?=[a-z])|(?<=[A-Z])[U](?![\x80-\xff])"
_CYRILLIC = rb"(?<![\x80-\xff])(?:[UL][L]{2,}|[U]{3,})(?![\x80-\xff])"
_OF_DOS = {"cp437", "cp850", "cp852", "cp866"}
_GUESSES = (  # of two that fit equally, the first
    Guess("cp949", _characters("cp949", _korean)),
    *(Guess(name, _words(name, "LATIN", _LATIN)) for name in ("cp437", "cp850", "cp1252", "cp852", "cp1250")),
    *(Guess(name, _words(name, "CYRILLIC", _CYRILLIC)) for name in ("cp866", "cp1251")),
    Guess("cp932", _characters("cp932", _japanese)),
    Guess("gbk", _characters("gbk", _chinese)),
    Guess("big5", _characters("big5", _taiwanese)),
)
