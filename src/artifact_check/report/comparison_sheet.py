"""Draws a comparison as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from artifact_check.report import words
from artifact_check.report.comparison import names, others
from artifact_check.report.drawing.marks import number_changes
from artifact_check.report.drawing.picture import paint
from artifact_check.report.drawing.sheet import COLUMN, GAP, MARGIN, SMALL, SOFT, TEXT, TITLE, Sheet
from artifact_check.report.drawing.sketch import Canvas, sketch_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from artifact_check.report.comparison import Pair
    from artifact_check.report.drawing.marks import Mark
    from artifact_check.report.language import Language
    from artifact_check.results import Comparison

_RIGHT = MARGIN + COLUMN + GAP


def draw_comparison(comparison: Comparison, pair: Pair, language: Language) -> Image.Image:
    """Draw both faces side by side with what changed marked on them, and below them what is to be said and done."""
    sheet = Sheet(language)
    name, nearest = names(comparison)
    y = sheet.text(MARGIN, MARGIN, words.COMPARISON, SMALL, SOFT)
    y = sheet.text(MARGIN, y + 4, name, TEXT, SOFT, verbatim=True) + GAP
    overall = comparison.likeness
    y = sheet.text(MARGIN, y, overall.sentence, TEXT) + 4
    y = sheet.text(MARGIN, y, words.WITHIN if overall.within else words.BEYOND, TITLE, bold=True)
    if not overall.own:
        y = sheet.text(MARGIN, y + 4, words.STANDS_IN, SMALL, SOFT)
    changes = number_changes(comparison, pair.shares)
    y += GAP
    for x, picture, caption in ((MARGIN, pair.headshot, words.HEADSHOT), (_RIGHT, pair.reference, words.NEAREST)):
        bottom = sheet.picture(x, y, _marked(picture, changes), (COLUMN, COLUMN)) + 4
        bottom = sheet.text(x, bottom, caption, SMALL, SOFT)
    y = sheet.text(_RIGHT, bottom, nearest, SMALL, SOFT, verbatim=True) + GAP
    left = sheet.text(MARGIN, y, words.CHANGED, TEXT, bold=True) + 4
    for mark in changes:
        left = sheet.numbered(MARGIN, left + 6, mark, COLUMN)
    if not changes:
        left = sheet.text(MARGIN, left, words.NO_CHANGE, TEXT)
    right = sheet.section(_RIGHT, y, words.WHAT_NOW, comparison.advice, COLUMN)
    right = sheet.section(_RIGHT, right, words.NOT_CHANGED, others(comparison), COLUMN)
    y = sheet.text(MARGIN, max(left, right) + GAP, words.MISTAKES, TEXT)
    return sheet.crop(sheet.text(MARGIN, y, words.NO_IDENTITY, TEXT) + MARGIN)


def _marked(picture: np.ndarray, changes: Sequence[Mark]) -> Image.Image:
    canvas = Canvas((0, 0, 1, 1), *picture.shape[1::-1])
    return paint(Image.fromarray(picture), sketch_marks((mark for mark in changes if mark.evidence), canvas), canvas)
