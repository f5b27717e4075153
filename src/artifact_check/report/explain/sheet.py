"""An explanation as one picture: the photo with its marks, why it got its score, and a chapter for each cue."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from artifact_check.report import words
from artifact_check.report.drawing.legend import BAND
from artifact_check.report.drawing.marks import overview
from artifact_check.report.drawing.picture import painted
from artifact_check.report.drawing.sketch import canvas, framed, sketched
from artifact_check.report.language import ENGLISH
from artifact_check.report.text import cue_lines, declaration, interval, outcome, visible, weighed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.report.drawing.legend import Entry
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
_FULL_BAR = 0.5  # log-odds, at least


def drawn(explanation: Explanation, language: Language = ENGLISH) -> Image.Image:
    """Lay out an explanation, whose report is in that language, as a sheet as high as it needs to be."""
    report, sheet = explanation.report, _Sheet(language)
    y = sheet.text(_MARGIN, _MARGIN, words.TITLE, _SMALL, _SOFT)
    y = sheet.text(_MARGIN, y + 4, report.path, _TITLE, verbatim=True) + _GAP
    right = _MARGIN if explanation.bare is None else _MARGIN + _COLUMN + _GAP
    bottom = _reasons(sheet, right, y, report)
    if explanation.bare is not None:
        bottom = max(bottom, _photo(sheet, y, explanation.bare, report))
    y = bottom + _GAP
    if explanation.chapters:
        y = sheet.text(_MARGIN, y, words.LEGEND, _TEXT, _SOFT) + _GAP
    for chapter in explanation.chapters:
        y = _chapter(sheet, y, chapter)
    return sheet.finished(sheet.text(_MARGIN, y, words.HONESTY, _TEXT) + _MARGIN)


def _photo(sheet: _Sheet, y: int, bare: Image.Image, report: PhotoReport) -> int:
    """The photo, or the part of it around the face, with its marks; returns where it ends."""
    on = canvas(framed(report, *bare.size), max(bare.size))
    bottom = sheet.picture(_MARGIN, y, painted(bare, sketched(overview(report), on), on), _PICTURE_SIZE)
    if report.portrait is None:
        return bottom
    return sheet.text(_MARGIN, bottom + 4, words.PART, _SMALL, _SOFT, width=_COLUMN)


def _reasons(sheet: _Sheet, x: int, y: int, report: PhotoReport) -> int:
    """Verdict, score, what moved it, declarations and advice; returns where they end."""
    colour = _VERDICTS[report.verdict]
    y = sheet.text(x, y, outcome(report), _LARGE, colour) + 8
    if report.message is not None:
        y = sheet.text(x, y, report.message, _TEXT) + _GAP
    if report.authenticity is not None:
        y = sheet.text(x, y, f"{words.SCORE_HEADING}: {report.authenticity}", _TITLE, colour) + 6
        sheet.bar(x, y, _COLUMN, 16, report.authenticity / 100, colour)
        y = sheet.text(x, y + 24, "; ".join(filter(None, (words.DIRECTION, interval(report)))), _SMALL, _SOFT) + _GAP
        y = _moved(sheet, x, y, report) + _GAP
    y = sheet.text(x, y, words.DECLARATIONS, _TEXT, bold=True) + 4
    for line in [*map(declaration, report.provenance)] or [words.NOTHING_DECLARED]:
        y = sheet.text(x, y, line, _TEXT) + 4
    if report.advice:
        y = sheet.text(x, y + _GAP, words.ADVICE, _TEXT, bold=True) + 4
    for line in report.advice:
        y = sheet.text(x, y, line, _TEXT) + 8
    facts = "" if report.photo is None else words.facts(report.photo)
    model = "" if report.model is None else words.model(report.model)
    return sheet.text(x, y + _GAP, "; ".join(filter(None, (facts, model))), _SMALL, _SOFT)


def _moved(sheet: _Sheet, x: int, y: int, report: PhotoReport) -> int:
    """One bar a cue, to the left where it speaks for a camera and to the right where it speaks for AI."""
    middle, half = x + _COLUMN // 2, _COLUMN // 4
    y = sheet.text(x, y, words.MOVED, _TEXT, bold=True) + 4
    left = sheet.text(middle - half, y, words.TOWARDS_CAMERA, _SMALL, _CAMERA)
    y = max(left, sheet.text(middle + half, y, words.TOWARDS_AI, _SMALL, _AI, right=True)) + 6
    top = y
    full = max([_FULL_BAR, *(abs(added) for added, _ in weighed(report))])
    for added, cue in weighed(report):
        length = round(half * abs(added) / full)
        box = (middle, y, middle + length, y + 18) if added > 0 else (middle - length, y, middle, y + 18)
        sheet.box(box, _AI if added > 0 else _CAMERA)
        sheet.text(x, y - 2, cue.name, _TEXT, width=_COLUMN // 4 - 8)
        sheet.text(x + _COLUMN, y - 2, f"{added:+.2f}", _TEXT, right=True)
        y += 30
    sheet.box((middle - 1, top - 4, middle, y - 4), _INK)
    return y


def _chapter(sheet: _Sheet, y: int, chapter: Chapter) -> int:
    """What one cue saw; returns where the next chapter begins."""
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
        y = _close_ups(sheet, x, y, chapter) + 12
    for entry in chapter.entries:
        y = _entry(sheet, x, y, entry) + 12
    return max(y, bottom) + _GAP


def _close_ups(sheet: _Sheet, x: int, y: int, chapter: Chapter) -> int:
    bottoms = [
        sheet.picture(x + n * (_CLOSE_UP_SIZE[0] + 12), y, shown.picture, _CLOSE_UP_SIZE)
        for n, shown in enumerate(chapter.close_ups)
    ]
    times = min(shown.times for shown in chapter.close_ups)
    return sheet.text(x, max(bottoms) + 4, words.enlarged(times), _SMALL, _SOFT)


def _entry(sheet: _Sheet, x: int, y: int, entry: Entry) -> int:
    """A number in its colour, what it marks, and where the value lies on a bar."""
    sheet.number(x, y, entry)
    text, bar = x + 44, 160
    width = _WIDTH - _MARGIN - text - bar - _GAP
    bottom = sheet.text(text, y, entry.sentence, _TEXT, width=width) + 2
    if entry.place is not None:
        _range(sheet, _WIDTH - _MARGIN - bar, y + 6, bar, entry.place, _UNSURE if entry.unusual else _INK)
    return sheet.text(text, bottom, entry.comparison, _SMALL, _SOFT, width=width)


def _range(sheet: _Sheet, x: int, y: int, width: int, place: float, colour: str) -> None:
    low, high = (x + round(width * end) for end in BAND)
    sheet.box((x, y + 5, x + width, y + 7), _LINE)
    sheet.box((low, y, high, y + 12), "#b8bfc7")
    sheet.dot(x + round(width * place), y + 6, 7, colour)


class _Sheet:
    """A white sheet that grows downwards as it is drawn on; text is wrapped, and `text` returns where it ends."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._face = _face(language)
        self._image = Image.new("RGB", (_WIDTH, 2000), _PAPER)
        self._brush = ImageDraw.Draw(self._image)

    def finished(self, height: int) -> Image.Image:
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
        """Write from `x` on, or up to it where `right` is set; `verbatim` is what is not to be translated."""
        font, height = _font(size, self._face), round(1.35 * size)
        said = text if verbatim else self._language.say(text)
        for line in _wrapped(_drawable(said, self._face), font, width or (x if right else _WIDTH - _MARGIN - x)):
            self._room(y + height)
            stroke = 0.4 if bold else 0
            self._brush.text((x, y), line, colour, font, anchor="ra" if right else "la", stroke_width=stroke)
            y += height
        return y

    def picture(self, x: int, y: int, picture: Image.Image, size: tuple[int, int]) -> int:
        shown = picture.copy()
        shown.thumbnail(size, Image.Resampling.LANCZOS)
        self._room(y + shown.height)
        self._image.paste(shown, (x, y))
        return y + shown.height

    def box(self, box: tuple[int, int, int, int], colour: str) -> None:
        self._room(box[3])
        self._brush.rectangle(box, colour)

    def bar(self, x: int, y: int, width: int, height: int, share: float, colour: str) -> None:
        self.box((x, y, x + width, y + height), _LINE)
        self.box((x, y, x + round(width * share), y + height), colour)

    def dot(self, x: int, y: int, radius: int, colour: str) -> None:
        self._room(y + radius)
        self._brush.circle((x, y), radius, colour, _PAPER, 2)

    def number(self, x: int, y: int, entry: Entry) -> None:
        self._room(y + 32)
        self._brush.circle((x + 16, y + 13), 15, entry.mark.colour, _INK, 2)
        self._brush.text((x + 16, y + 13), str(entry.mark.number), _INK, _font(_SMALL, self._face), anchor="mm")

    def _room(self, height: int) -> None:
        if height + _MARGIN > self._image.height:
            larger = Image.new("RGB", (_WIDTH, 2 * height), _PAPER)
            larger.paste(self._image)
            self._image, self._brush = larger, ImageDraw.Draw(larger)


def drawable(language: Language) -> Language:
    """The language of a sheet: English where no font on this system has the other one's letters."""
    alphabet = {letter for letter in language.letters if letter.isprintable()}
    return language if all(_has(letter, _face(language)) for letter in alphabet) else ENGLISH


@cache
def _face(language: Language) -> str | None:
    """The first of a language's fonts that this system has; None for Pillow's own, which has the letters of English.

    No font comes with this program: one with Hangul may be larger than all the rest of it.
    """
    for face in language.fonts:
        with contextlib.suppress(OSError):
            ImageFont.truetype(face)
            return face
    return None


@cache
def _font(size: int, face: str | None) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size) if face is None else ImageFont.truetype(face, size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("This Pillow was built without FreeType; install it from a wheel.")
    return font


def _drawable(text: str, face: str | None) -> str:
    """The font's own letters as they are, and others as escapes, which say more than empty boxes."""
    return "".join(c if _has(c, face) else c.encode("unicode_escape").decode() for c in visible(text))


@cache
def _has(character: str, face: str | None) -> bool:
    def shape(drawn: str) -> tuple[tuple[int, int], bytes]:
        mask = _font(_TEXT, face).getmask(drawn)
        return mask.size, bytes(mask)

    return character.isascii() or shape(character) != shape("\uffff")


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """Lines of a text that fit into `width`; a word that is too long is broken anywhere."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *pieces, line = _broken(word, font, width)
        yield from pieces
    if line:
        yield line


def _broken(word: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    piece = ""
    for character in word:
        if piece and font.getlength(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece
