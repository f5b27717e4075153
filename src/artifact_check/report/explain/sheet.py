"""Draws an explanation as one picture: the photo with its marks, the reasons for its score, and a chapter per cue."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from artifact_check.report import words
from artifact_check.report.drawing.legend import BAND
from artifact_check.report.drawing.marks import overview_marks
from artifact_check.report.drawing.picture import paint
from artifact_check.report.drawing.sketch import fit_canvas, overview_box, sketch_marks
from artifact_check.report.language import ENGLISH
from artifact_check.report.text import (
    cue_effects,
    cue_lines,
    describe_declaration,
    escape_unprintable,
    format_interval,
    outcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.report.drawing.legend import LegendEntry
    from artifact_check.report.explain.explanation import Chapter, Explanation
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport, Verdict

_WIDTH, _MARGIN, _GAP = 1500, 40, 24
_COLUMN = (_WIDTH - 2 * _MARGIN - _GAP) // 2
_PICTURE_SIZE = (_COLUMN, 900)
_FACE_SIZE = (520, 520)
_CLOSE_UP_SIZE = (208, 208)
_TITLE, _LARGE, _TEXT, _SMALL = 30, 40, 19, 16

_PAPER, _INK, _SOFT, _LINE = "#ffffff", "#1d2125", "#5c6570", "#d9dde1"
_AI, _CAMERA, _UNSURE = "#b3261e", "#1b6e3c", "#8a6100"
_VERDICTS: dict[Verdict | None, str] = {
    "declared_ai": "#7a2d8f",
    "likely_ai": _AI,
    "inconclusive": _UNSURE,
    "likely_authentic": _CAMERA,
    None: _SOFT,
}
_MIN_FULL_BAR = 0.5  # a full bar stands for at least this many log-odds


def draw_sheet(explanation: Explanation, language: Language = ENGLISH) -> Image.Image:
    """Draw an explanation as one picture. Its report must already be in `language`."""
    report, sheet = explanation.report, _Sheet(language)
    y = sheet.text(_MARGIN, _MARGIN, words.TITLE, _SMALL, _SOFT)
    y = sheet.text(_MARGIN, y + 4, report.path, _TITLE, verbatim=True) + _GAP
    right = _MARGIN if explanation.bare is None else _MARGIN + _COLUMN + _GAP
    bottom = _draw_summary(sheet, right, y, report)
    if explanation.bare is not None:
        bottom = max(bottom, _draw_photo(sheet, y, explanation.bare, report))
    y = bottom + _GAP
    if explanation.chapters:
        y = sheet.text(_MARGIN, y, words.LEGEND, _TEXT, _SOFT) + _GAP
    for chapter in explanation.chapters:
        y = _draw_chapter(sheet, y, chapter)
    return sheet.crop(sheet.text(_MARGIN, y, words.HONESTY, _TEXT) + _MARGIN)


def _draw_photo(sheet: _Sheet, y: int, bare: Image.Image, report: PhotoReport) -> int:
    """Draw the photo, or the part of it around the face, with its marks; return its lower end."""
    canvas = fit_canvas(overview_box(report, *bare.size), max(bare.size))
    bottom = sheet.picture(_MARGIN, y, paint(bare, sketch_marks(overview_marks(report), canvas), canvas), _PICTURE_SIZE)
    if report.portrait is None:
        return bottom
    return sheet.text(_MARGIN, bottom + 4, words.PART, _SMALL, _SOFT, width=_COLUMN)


def _draw_summary(sheet: _Sheet, x: int, y: int, report: PhotoReport) -> int:
    """Draw verdict, score, contributions, declarations and advice; return their lower end."""
    colour = _VERDICTS[report.verdict]
    y = sheet.text(x, y, outcome(report), _LARGE, colour) + 8
    if report.message is not None:
        y = sheet.text(x, y, report.message, _TEXT) + _GAP
    if report.authenticity is not None:
        y = sheet.text(x, y, f"{words.SCORE_HEADING}: {report.authenticity}", _TITLE, colour) + 6
        sheet.bar(x, y, _COLUMN, 16, report.authenticity / 100, colour)
        y = (
            sheet.text(x, y + 24, "; ".join(filter(None, (words.DIRECTION, format_interval(report)))), _SMALL, _SOFT)
            + _GAP
        )
        y = _draw_contributions(sheet, x, y, report) + _GAP
    y = sheet.text(x, y, words.DECLARATIONS, _TEXT, bold=True) + 4
    for line in [*map(describe_declaration, report.provenance)] or [words.NOTHING_DECLARED]:
        y = sheet.text(x, y, line, _TEXT) + 4
    y = sheet.text(x, y + _GAP, words.PLATFORMS, _TEXT, bold=True) + 4
    for line in report.platforms or [words.NO_PLATFORM]:
        y = sheet.text(x, y, line, _TEXT) + 4
    if report.advice:
        y = sheet.text(x, y + _GAP, words.ADVICE, _TEXT, bold=True) + 4
    for line in report.advice:
        y = sheet.text(x, y, line, _TEXT) + 8
    facts = "" if report.photo is None else words.facts(report.photo)
    model = "" if report.model is None else words.model(report.model)
    return sheet.text(x, y + _GAP, "; ".join(filter(None, (facts, model))), _SMALL, _SOFT)


def _draw_contributions(sheet: _Sheet, x: int, y: int, report: PhotoReport) -> int:
    """Draw one bar per cue, to the left for a camera and to the right for AI; return the lower end."""
    middle, half = x + _COLUMN // 2, _COLUMN // 4
    y = sheet.text(x, y, words.MOVED, _TEXT, bold=True) + 4
    left = sheet.text(middle - half, y, words.TOWARDS_CAMERA, _SMALL, _CAMERA)
    y = max(left, sheet.text(middle + half, y, words.TOWARDS_AI, _SMALL, _AI, right=True)) + 6
    top = y
    full = max([_MIN_FULL_BAR, *(abs(added) for added, _ in cue_effects(report))])
    for added, cue in cue_effects(report):
        length = round(half * abs(added) / full)
        box = (middle, y, middle + length, y + 18) if added > 0 else (middle - length, y, middle, y + 18)
        sheet.box(box, _AI if added > 0 else _CAMERA)
        sheet.text(x, y - 2, cue.name, _TEXT, width=_COLUMN // 4 - 8)
        sheet.text(x + _COLUMN, y - 2, f"{added:+.2f}", _TEXT, right=True)
        y += 30
    sheet.box((middle - 1, top - 4, middle, y - 4), _INK)
    return y


def _draw_chapter(sheet: _Sheet, y: int, chapter: Chapter) -> int:
    """Draw the findings of one cue; return where the next chapter begins."""
    sheet.box((_MARGIN, y, _WIDTH - _MARGIN, y + 1), _LINE)
    y += _GAP
    x, bottom = _MARGIN, y
    if chapter.picture is not None:
        bottom = sheet.picture(x, y, chapter.picture, _FACE_SIZE)
        x += _FACE_SIZE[0] + _GAP
    heading, _, more = (chapter.cue.summary or chapter.cue.name).partition(". ")
    y = sheet.text(x, y, heading, _TEXT, bold=True) + 4
    y = sheet.text(x, y, more, _TEXT) + 4
    for line in cue_lines(chapter.cue):
        y = sheet.text(x, y, line, _SMALL, _SOFT) + 2
    y += 12
    if chapter.close_ups:
        y = _draw_close_ups(sheet, x, y, chapter) + 12
    for entry in chapter.entries:
        y = _draw_entry(sheet, x, y, entry) + 12
    return max(y, bottom) + _GAP


def _draw_close_ups(sheet: _Sheet, x: int, y: int, chapter: Chapter) -> int:
    bottoms = [
        sheet.picture(x + n * (_CLOSE_UP_SIZE[0] + 12), y, close_up.picture, _CLOSE_UP_SIZE)
        for n, close_up in enumerate(chapter.close_ups)
    ]
    times = min(close_up.times for close_up in chapter.close_ups)
    return sheet.text(x, max(bottoms) + 4, words.enlargement(times), _SMALL, _SOFT)


def _draw_entry(sheet: _Sheet, x: int, y: int, entry: LegendEntry) -> int:
    """Draw a numbered disc, what it marks, and the value on a range bar; return the lower end."""
    sheet.number(x, y, entry)
    text, bar = x + 44, 160
    width = _WIDTH - _MARGIN - text - bar - _GAP
    bottom = sheet.text(text, y, entry.sentence, _TEXT, width=width) + 2
    if entry.position is not None:
        colour = _UNSURE if entry.unusual else _INK
        _draw_range(sheet, _WIDTH - _MARGIN - bar, y + 6, bar, entry.position, colour)
    return sheet.text(text, bottom, entry.comparison, _SMALL, _SOFT, width=width)


def _draw_range(sheet: _Sheet, x: int, y: int, width: int, position: float, colour: str) -> None:
    low, high = (x + round(width * end) for end in BAND)
    sheet.box((x, y + 5, x + width, y + 7), _LINE)
    sheet.box((low, y, high, y + 12), "#b8bfc7")
    sheet.dot(x + round(width * position), y + 6, 7, colour)


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

    def picture(self, x: int, y: int, picture: Image.Image, size: tuple[int, int]) -> int:
        scaled = picture.copy()
        scaled.thumbnail(size, Image.Resampling.LANCZOS)
        self._grow(y + scaled.height)
        self._image.paste(scaled, (x, y))
        return y + scaled.height

    def box(self, box: tuple[int, int, int, int], colour: str) -> None:
        self._grow(box[3])
        self._brush.rectangle(box, colour)

    def bar(self, x: int, y: int, width: int, height: int, share: float, colour: str) -> None:
        self.box((x, y, x + width, y + height), _LINE)
        self.box((x, y, x + round(width * share), y + height), colour)

    def dot(self, x: int, y: int, radius: int, colour: str) -> None:
        self._grow(y + radius)
        self._brush.circle((x, y), radius, colour, _PAPER, 2)

    def number(self, x: int, y: int, entry: LegendEntry) -> None:
        self._grow(y + 32)
        self._brush.circle((x + 16, y + 13), 15, entry.mark.colour, _INK, 2)
        font = _load_font(_SMALL, self._font_file)
        self._brush.text((x + 16, y + 13), str(entry.mark.number), _INK, font, anchor="mm")

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
