"""A sheet of text and pictures as one picture, with a system font that has the language's letters."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from artifact_check.report.drawing.sketch import HALO
from artifact_check.report.language import ENGLISH
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.report.language import Language

WIDTH, MARGIN, GAP = 1500, 40, 24
COLUMN = (WIDTH - 2 * MARGIN - GAP) // 2
TITLE, LARGE, TEXT, SMALL = 30, 40, 19, 16
PAPER, INK, SOFT = "#ffffff", "#1d2125", "#5c6570"
_DISC = 14  # radius of a number, in pixels


class Sheet:
    """A white sheet that grows downwards while it is drawn on. Its y coordinates are pixels from the top."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._font_file = _find_font(language)
        self._image = Image.new("RGB", (WIDTH, 2000), PAPER)
        self._brush = ImageDraw.Draw(self._image)

    def crop(self, height: int) -> Image.Image:
        return self._image.crop((0, 0, WIDTH, height))

    def text(
        self,
        x: int,
        y: int,
        text: str,
        size: int,
        colour: str = INK,
        *,
        width: int | None = None,
        bold: bool = False,
        right: bool = False,
        verbatim: bool = False,
    ) -> int:
        """Write wrapped text and return its lower end.

        The text begins at `x`, or ends there if `right` is set. It is translated unless `verbatim` is set.
        """
        font, height = _load_font(size, self._font_file), round(1.35 * size)
        written = _escape_missing(text if verbatim else self._language.translate(text), self._font_file)
        for line in _wrap(written, font, width or (x if right else WIDTH - MARGIN - x)):
            self._grow(y + height)
            stroke = 0.4 if bold else 0
            self._brush.text((x, y), line, colour, font, anchor="ra" if right else "la", stroke_width=stroke)
            y += height
        return y

    def section(self, x: int, y: int, heading: str, lines: Sequence[str], width: int) -> int:
        """Write a heading and its lines, and return where the next one begins; nothing without lines."""
        if not lines:
            return y
        y = self.text(x, y, heading, TEXT, bold=True, width=width) + 4
        for line in lines:
            y = self.text(x, y, line, TEXT, width=width) + 4
        return y + GAP

    def numbered(self, x: int, y: int, mark: Mark, width: int) -> int:
        """Write a mark's label beside its number, and return the lower end."""
        self.dot(x + _DISC, y + _DISC, _DISC, mark.hexadecimal)
        self._brush.text((x + _DISC, y + _DISC), str(mark.number), HALO, _load_font(TEXT, None), anchor="mm")
        indent = 2 * _DISC + 8
        return max(y + 2 * _DISC, self.text(x + indent, y, mark.label, TEXT, width=width - indent))

    def picture(self, x: int, y: int, picture: Image.Image, size: tuple[int, int]) -> int:
        scaled = picture.copy()
        scaled.thumbnail(size, Image.Resampling.LANCZOS)
        self._grow(y + scaled.height)
        self._image.paste(scaled, (x, y))
        return y + scaled.height

    def box(self, box: tuple[int, int, int, int], colour: str) -> None:
        self._grow(box[3])
        self._brush.rectangle(box, colour)

    def dot(self, x: int, y: int, radius: int, colour: str) -> None:
        """Draw a disc with a margin of paper; four times as large first, for a smooth edge."""
        self._grow(y + radius)
        for size, ink in ((radius, PAPER), (radius - 2, colour)):
            mask = Image.new("L", (8 * size, 8 * size))
            ImageDraw.Draw(mask).circle((4 * size, 4 * size), 4 * size, 255)
            self._image.paste(ink, (x - size, y - size), mask.resize((2 * size, 2 * size), Image.Resampling.BOX))

    def _grow(self, height: int) -> None:
        if height + MARGIN > self._image.height:
            larger = Image.new("RGB", (WIDTH, 2 * height), PAPER)
            larger.paste(self._image)
            self._image, self._brush = larger, ImageDraw.Draw(larger)


def choose_language(language: Language) -> Language:
    """Return `language`, or English if no font on this system has its letters."""
    alphabet = {letter for letter in language.letters if letter.isprintable()}
    return language if all(_has_glyph(letter, _find_font(language)) for letter in alphabet) else ENGLISH


@cache
def _find_font(language: Language) -> str | None:
    """Return the first of the language's fonts installed on this system; None for Pillow's own font.

    Pillow's font covers English. No font ships with this program, since one with Hangul can be larger than the rest of
    it.
    """
    for file in language.fonts:
        with contextlib.suppress(OSError):
            ImageFont.truetype(file)
            return file
    return None


@cache
def _load_font(size: int, file: str | None) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size) if file is None else ImageFont.truetype(file, size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType. Install Pillow from a wheel.")
    return font


def _escape_missing(text: str, font_file: str | None) -> str:
    """Replace characters that the font lacks with escapes, which are more readable than empty boxes."""
    return "".join(
        c if _has_glyph(c, font_file) else c.encode("unicode_escape").decode() for c in escape_unprintable(text)
    )


@cache
def _has_glyph(character: str, font_file: str | None) -> bool:
    def shape(text: str) -> tuple[tuple[int, int], bytes]:
        mask = _load_font(TEXT, font_file).getmask(text)
        return mask.size, bytes(mask)

    return character.isascii() or shape(character) != shape("\uffff")


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """Yield lines that fit into `width` pixels; words that are too long are broken."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *pieces, line = _break_word(word, font, width)
        yield from pieces
    if line:
        yield line


def _break_word(word: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    piece = ""
    for character in word:
        if piece and font.getlength(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece
