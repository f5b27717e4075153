"""Draws the card of a photo as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.drawing.picture import draw_photo, draw_region
from artifact_check.report.drawing.places import place
from artifact_check.report.drawing.sheet import COLUMN, GAP, LARGE, MARGIN, SMALL, SOFT, TEXT, TITLE, WIDTH, Sheet
from artifact_check.report.language import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from artifact_check.report.card import Card, Zones
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport, Verdict

_PHOTO_SIDE, _CLOSE_UP_SIDE = 1200, 440
_PICTURE_SIZE = (COLUMN, 900)

_AI, _CAMERA, _UNSURE = "#b3261e", "#1b6e3c", "#8a6100"
_AI_ZONE, _BETWEEN, _CAMERA_ZONE = "#f0c8c4", "#d9dde1", "#c3e2cd"
_VERDICTS: dict[Verdict | None, str] = {
    "declared_ai": "#7a2d8f",
    "likely_ai": _AI,
    "inconclusive": _UNSURE,
    "likely_authentic": _CAMERA,
    None: SOFT,
}


def draw_sheet(report: PhotoReport, card: Card, image: Image.Image | None, language: Language = ENGLISH) -> Image.Image:
    """Draw the card of a report that is already in `language`; `image` is the photo, None if it was not decoded."""
    sheet = Sheet(language)
    y = sheet.text(MARGIN, MARGIN, words.TITLE, SMALL, SOFT)
    y = sheet.text(MARGIN, y + 4, report.path, TEXT, SOFT, verbatim=True) + GAP
    right = MARGIN if image is None else MARGIN + COLUMN + GAP
    bottom = _draw_answer(sheet, right, y, report, card)
    if image is not None:
        bottom = max(bottom, sheet.picture(MARGIN, y, draw_photo(image, report, (), _PHOTO_SIDE), _PICTURE_SIZE))
        if report.portrait is not None:
            bottom = sheet.text(MARGIN, bottom + 4, words.PART, SMALL, SOFT)
        y = _draw_reasons(sheet, bottom + GAP, report, card, image)
    else:
        y = bottom + GAP
    left = y
    for who, steps in card.steps:
        left = sheet.section(MARGIN, left, who, steps, COLUMN)
    left = sheet.section(MARGIN, left, words.APPEAL, card.appeal, COLUMN)
    x = MARGIN + COLUMN + GAP
    y = sheet.section(x, y, words.DECLARATIONS, card.declared, COLUMN)
    y = sheet.section(x, y, words.PLATFORMS, card.forecast, COLUMN)
    y = sheet.section(x, y, words.FACTS, tuple(_facts(report)), COLUMN)
    return sheet.crop(sheet.text(MARGIN, max(left, y), words.HONESTY, TEXT) + MARGIN)


def _facts(report: PhotoReport) -> Iterator[str]:
    if report.good_for is not None:
        yield report.good_for
    if report.photo is not None:
        yield words.facts(report.photo)
    if report.model is not None:
        yield words.model(report.model)


def _draw_answer(sheet: Sheet, x: int, y: int, report: PhotoReport, card: Card) -> int:
    """Draw the answer and its bar; return their lower end."""
    y = sheet.text(x, y, card.headline, LARGE, _VERDICTS[report.verdict]) + 8
    for sentence in card.sentences:
        y = sheet.text(x, y, sentence, TEXT) + 8
    if card.zones is not None:
        y = _draw_zones(sheet, x, y + GAP, card.zones, _VERDICTS[report.verdict]) + GAP
    if card.others:
        y = sheet.section(x, y, words.OTHERS, card.others, COLUMN)
    return y


def _draw_zones(sheet: Sheet, x: int, y: int, zones: Zones, colour: str) -> int:
    """Draw the score between AI, left, and camera, right; return the lower end."""

    def at(score: float) -> int:
        return x + round(COLUMN * score / 100)

    ends = sheet.text(x, y, words.AI_END, SMALL, _AI)
    sheet.text(x + COLUMN, y, words.CAMERA_END, SMALL, _CAMERA, right=True)
    y = ends + 6
    edges = (0, 100, 100) if zones.ai is None or zones.camera is None else (zones.ai, zones.camera, 100)
    for start, end, shade in zip((0, *edges), edges, (_AI_ZONE, _BETWEEN, _CAMERA_ZONE), strict=False):
        sheet.box((at(start), y, at(end), y + 26), shade)
    sheet.box((at(zones.low), y + 11, at(zones.high), y + 15), colour)
    sheet.dot(at(zones.score), y + 13, 11, colour)
    y = sheet.text(x, y + 36, words.score_line(zones.score, zones.low, zones.high), SMALL, SOFT)
    if zones.ai is None or zones.camera is None:
        return y
    return sheet.text(x, y, words.limits(zones.ai, zones.camera), SMALL, SOFT)


def _draw_reasons(sheet: Sheet, y: int, report: PhotoReport, card: Card, image: Image.Image) -> int:
    """Draw the reasons side by side, each with a closer look; return their lower end."""
    if not card.reasons:
        return y
    y = sheet.text(MARGIN, y, words.WHY, TITLE) + 12
    width = (WIDTH - 2 * MARGIN - 2 * GAP) // 3
    bottom = y
    for n, reason in enumerate(card.reasons):
        x, end = MARGIN + n * (width + GAP), y
        if reason.mark is not None and report.photo is not None:
            box = place(reason.mark, report.photo)
            shown = draw_region(image, report, [reason.mark], box, _CLOSE_UP_SIDE, numbered=False)
            end = sheet.picture(x, y, shown, (_CLOSE_UP_SIDE, _CLOSE_UP_SIDE)) + 8
        colour = _AI if reason.points < 0 else _CAMERA
        end = sheet.text(x, end, reason.title, TEXT, colour, width=width, bold=True) + 4
        bottom = max(bottom, sheet.text(x, end, reason.sentence, TEXT, width=width))
    if any(reason.mark is not None and reason.mark.covers for reason in card.reasons):
        bottom = sheet.text(MARGIN, bottom + 12, words.HEAT, SMALL, SOFT)
    return bottom + 2 * GAP
