"""Draws the card of a photo as one picture."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from artifact_check.report import words
from artifact_check.report.drawing.picture import draw_photo, draw_region
from artifact_check.report.drawing.places import place
from artifact_check.report.language import ENGLISH
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from artifact_check.report.card import Card, Zones
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport, Verdict

_WIDTH, _MARGIN, _GAP = 1500, 40, 24
_COLUMN = (_WIDTH - 2 * _MARGIN - _GAP) // 2
_PHOTO_SIDE, _CLOSE_UP_SIDE = 1200, 440
_PICTURE_SIZE = (_COLUMN, 900)
_TITLE, _LARGE, _TEXT, _SMALL = 30, 40, 19, 16

_PAPER, _INK, _SOFT, _LINE = "#ffffff", "#1d2125", "#5c6570", "#d9dde1"
_AI, _CAMERA, _UNSURE = "#b3261e", "#1b6e3c", "#8a6100"
_AI_ZONE, _CAMERA_ZONE = "#f0c8c4", "#c3e2cd"
_VERDICTS: dict[Verdict | None, str] = {
    "declared_ai": "#7a2d8f",
    "likely_ai": _AI,
    "inconclusive": _UNSURE,
    "likely_authentic": _CAMERA,
    None: _SOFT,
}


def draw_sheet(report: PhotoReport, card: Card, image: Image.Image | None, language: Language = ENGLISH) -> Image.Image:
    """Draw the card of a report that is already in `language`; `image` is the photo, None if it was not decoded."""
    sheet = _Sheet(language)
    y = sheet.text(_MARGIN, _MARGIN, words.TITLE, _SMALL, _SOFT)
    y = sheet.text(_MARGIN, y + 4, report.path, _TEXT, _SOFT, verbatim=True) + _GAP
    right = _MARGIN if image is None else _MARGIN + _COLUMN + _GAP
    bottom = _draw_answer(sheet, right, y, report, card)
    if image is not None:
        bottom = max(bottom, sheet.picture(_MARGIN, y, draw_photo(image, report, (), _PHOTO_SIDE), _PICTURE_SIZE))
        if report.portrait is not None:
            bottom = sheet.text(_MARGIN, bottom + 4, words.PART, _SMALL, _SOFT)
        y = _draw_reasons(sheet, bottom + _GAP, report, card, image)
    else:
        y = bottom + _GAP
    left = y
    for who, steps in card.steps:
        left = sheet.section(_MARGIN, left, who, steps, _COLUMN)
    left = sheet.section(_MARGIN, left, words.APPEAL, card.appeal, _COLUMN)
    x = _MARGIN + _COLUMN + _GAP
    y = sheet.section(x, y, words.DECLARATIONS, card.declared, _COLUMN)
    y = sheet.section(x, y, words.PLATFORMS, card.forecast, _COLUMN)
    y = sheet.section(x, y, words.FACTS, tuple(_facts(report)), _COLUMN)
    return sheet.crop(sheet.text(_MARGIN, max(left, y), words.HONESTY, _TEXT) + _MARGIN)


def _facts(report: PhotoReport) -> Iterator[str]:
    if report.good_for is not None:
        yield report.good_for
    if report.photo is not None:
        yield words.facts(report.photo)
    if report.model is not None:
        yield words.model(report.model)


def _draw_answer(sheet: _Sheet, x: int, y: int, report: PhotoReport, card: Card) -> int:
    """Draw the answer and its bar; return their lower end."""
    y = sheet.text(x, y, card.headline, _LARGE, _VERDICTS[report.verdict]) + 8
    for sentence in card.sentences:
        y = sheet.text(x, y, sentence, _TEXT) + 8
    if card.zones is not None:
        y = _draw_zones(sheet, x, y + _GAP, card.zones, _VERDICTS[report.verdict]) + _GAP
    if card.others:
        y = sheet.section(x, y, words.OTHERS, card.others, _COLUMN)
    return y


def _draw_zones(sheet: _Sheet, x: int, y: int, zones: Zones, colour: str) -> int:
    """Draw the score between AI, left, and camera, right; return the lower end."""

    def at(score: float) -> int:
        return x + round(_COLUMN * score / 100)

    ends = sheet.text(x, y, words.AI_END, _SMALL, _AI)
    sheet.text(x + _COLUMN, y, words.CAMERA_END, _SMALL, _CAMERA, right=True)
    y = ends + 6
    edges = (0, 100, 100) if zones.ai is None or zones.camera is None else (zones.ai, zones.camera, 100)
    for start, end, shade in zip((0, *edges), edges, (_AI_ZONE, _LINE, _CAMERA_ZONE), strict=False):
        sheet.box((at(start), y, at(end), y + 26), shade)
    sheet.box((at(zones.low), y + 11, at(zones.high), y + 15), colour)
    sheet.dot(at(zones.score), y + 13, 11, colour)
    y = sheet.text(x, y + 36, words.score_line(zones.score, zones.low, zones.high), _SMALL, _SOFT)
    if zones.ai is None or zones.camera is None:
        return y
    return sheet.text(x, y, words.limits(zones.ai, zones.camera), _SMALL, _SOFT)


def _draw_reasons(sheet: _Sheet, y: int, report: PhotoReport, card: Card, image: Image.Image) -> int:
    """Draw the reasons side by side, each with a closer look; return their lower end."""
    if not card.reasons:
        return y
    y = sheet.text(_MARGIN, y, words.WHY, _TITLE) + 12
    width = (_WIDTH - 2 * _MARGIN - 2 * _GAP) // 3
    bottom = y
    for n, reason in enumerate(card.reasons):
        x, end = _MARGIN + n * (width + _GAP), y
        if reason.mark is not None and report.photo is not None:
            box = place(reason.mark, report.photo)
            shown = draw_region(image, report, [reason.mark], box, _CLOSE_UP_SIDE, numbered=False)
            end = sheet.picture(x, y, shown, (_CLOSE_UP_SIDE, _CLOSE_UP_SIDE)) + 8
        colour = _AI if reason.points < 0 else _CAMERA
        end = sheet.text(x, end, reason.title, _TEXT, colour, width=width, bold=True) + 4
        bottom = max(bottom, sheet.text(x, end, reason.sentence, _TEXT, width=width))
    if any(reason.mark is not None and reason.mark.covers for reason in card.reasons):
        bottom = sheet.text(_MARGIN, bottom + 12, words.HEAT, _SMALL, _SOFT)
    return bottom + 2 * _GAP


class _Sheet:
    """A white sheet that grows downwards while it is drawn on. Its y coordinates are pixels from the top."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._font_file = _find_font(language)
        self._image = Image.new("RGB", (_WIDTH, 2000), _PAPER)
        self._brush = ImageDraw.Draw(self._image)

    def crop(self, height: int) -> Image.Image:
        return self._image.crop((0, 0, _WIDTH, height))

    def text(
        self,
        x: int,
        y: int,
        text: str,
        size: int,
        colour: str = _INK,
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
        for line in _wrap(written, font, width or (x if right else _WIDTH - _MARGIN - x)):
            self._grow(y + height)
            stroke = 0.4 if bold else 0
            self._brush.text((x, y), line, colour, font, anchor="ra" if right else "la", stroke_width=stroke)
            y += height
        return y

    def section(self, x: int, y: int, heading: str, lines: Sequence[str], width: int) -> int:
        """Write a heading and its lines, and return where the next one begins; nothing without lines."""
        if not lines:
            return y
        y = self.text(x, y, heading, _TEXT, bold=True, width=width) + 4
        for line in lines:
            y = self.text(x, y, line, _TEXT, width=width) + 4
        return y + _GAP

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
        self._grow(y + radius)
        self._brush.circle((x, y), radius, colour, _PAPER, 2)

    def _grow(self, height: int) -> None:
        if height + _MARGIN > self._image.height:
            larger = Image.new("RGB", (_WIDTH, 2 * height), _PAPER)
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
        mask = _load_font(_TEXT, font_file).getmask(text)
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
