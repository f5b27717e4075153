"""The content of an explanation, independent of its layout: pictures, legend entries and close-ups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artifact_check.report.drawing.legend import LegendEntry, build_legend
from artifact_check.report.drawing.marks import number_marks
from artifact_check.report.drawing.picture import draw_photo, draw_region, photo_box
from artifact_check.report.text import cues_by_effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.results import Box, CueResult, Evidence, PhotoReport

# Longer sides of pictures, in pixels
_PHOTO_SIDE = 1200
_CUE_SIDE = 560
_CLOSE_UP_SIDE = 320

# Relative sizes
_CLOSE_UP_MARGIN = 1.5  # side of a close-up / side of the outline in it
_CLOSE_UP_TILES = 2  # side of a close-up of a heat map, in tiles
_CUE_MARGIN = 1.3  # side of a cue's picture / side of its marks
_MIN_CUE_SHARE = 0.55  # side of a cue's picture / side of all marks, at least


@dataclass(frozen=True, slots=True, eq=False)
class CloseUp:
    """A small part of the photo, enlarged `times` times."""

    picture: Image.Image
    times: float


@dataclass(frozen=True, slots=True, eq=False)
class Chapter:
    """The findings of one cue; `picture` is None if there is nothing to draw."""

    cue: CueResult
    entries: tuple[LegendEntry, ...]
    picture: Image.Image | None
    close_ups: tuple[CloseUp, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A report with its pictures; `bare`, the photo without marks, is None if it was not decoded."""

    report: PhotoReport
    bare: Image.Image | None
    chapters: tuple[Chapter, ...]

    @property
    def by_cue(self) -> dict[str, Chapter]:
        """Chapters by cue name."""
        return {chapter.cue.name: chapter for chapter in self.chapters}


def build_explanation(report: PhotoReport, image: Image.Image | None) -> Explanation:
    """Draw everything that the explanation of a photo shows."""
    if image is None:
        return Explanation(report, None, ())
    chapters = tuple(_build_chapter(cue, report, image) for cue in cues_by_effect(report) if report.status == "ok")
    return Explanation(report, draw_photo(image, report, (), _PHOTO_SIDE), chapters)


def _build_chapter(cue: CueResult, report: PhotoReport, image: Image.Image) -> Chapter:
    marks = [mark for mark in number_marks(report) if mark.cue == cue.name]
    picture = draw_region(image, report, marks, _cue_box(marks, image, report), _CUE_SIDE) if marks else None
    boxes = _close_up_boxes(marks) if cue.contribution is not None else ()
    close_ups = tuple(_draw_close_up(_clamp(box, photo_box(image, report)), report, image) for box in boxes)
    return Chapter(cue, build_legend(cue, marks), picture, close_ups)


def _cue_box(marks: list[Mark], image: Image.Image, report: PhotoReport) -> Box:
    """Return the part of the photo around a cue's marks, with more of the face around small ones."""
    box = _bounds_of_marks(marks)
    side = max(_CUE_MARGIN * _side(box), _MIN_CUE_SHARE * _side(_bounds_of_marks(number_marks(report))))
    return _clamp(box if any(mark.covers for mark in marks) else _square(box, side), photo_box(image, report))


def _bounds_of_marks(marks: Iterable[Mark]) -> Box:
    boxes = [_bounds(evidence) for mark in marks for evidence in mark.evidence]
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _close_up_boxes(marks: list[Mark]) -> tuple[Box, ...]:
    """Return the two parts of the photo worth comparing: a pair of outlines, or the maxima of a heat map."""
    pairs = [mark for mark in marks if len(mark.evidence) == 2 and mark.evidence[0].kind == "outline"]  # noqa: PLR2004
    if pairs:
        largest = max(pairs, key=lambda mark: _side(_bounds(mark.evidence[0])))
        side = _CLOSE_UP_MARGIN * max(_side(_bounds(evidence)) for evidence in largest.evidence)
        return tuple(_square(_bounds(evidence), side) for evidence in largest.evidence)
    return next((_heat_map_maxima(mark.evidence[0]) for mark in marks if mark.covers), ())


def _heat_map_maxima(heat: Evidence) -> tuple[Box, Box]:
    """Return a box around the maximum of each half of a heat map."""
    grid = np.array(heat.grid, np.float32)
    smoothed = cv2.blur(grid, (3, 3), borderType=cv2.BORDER_CONSTANT)
    middle = grid.shape[1] // 2
    return _maximum_box(heat, smoothed[:, :middle], 0), _maximum_box(heat, smoothed[:, middle:], middle)


def _maximum_box(heat: Evidence, values: np.ndarray, first: int) -> Box:
    """Return a square around the maximum of `values`, the columns of a heat map from `first` on."""
    row, column = divmod(int(np.argmax(values)), values.shape[1])
    (left, top), (right, bottom) = heat.points
    tile = (right - left) / len(heat.grid[0]), (bottom - top) / len(heat.grid)
    x, y = left + (first + column + 0.5) * tile[0], top + (row + 0.5) * tile[1]
    return _square((x, y, x, y), _CLOSE_UP_TILES * max(tile))


def _bounds(evidence: Evidence) -> Box:
    xs, ys = zip(*evidence.points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _side(box: Box) -> float:
    return max(box[2] - box[0], box[3] - box[1])


def _square(box: Box, side: float) -> Box:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def _clamp(box: Box, photo: Box) -> Box:
    """Return the part of a box that lies in the photo, at least one pixel."""
    left, top = (min(max(0.0, low), high - 1) for low, high in zip(box[:2], photo[2:], strict=True))
    right, bottom = min(max(box[2], left + 1), photo[2]), min(max(box[3], top + 1), photo[3])
    return left, top, right, bottom


def _draw_close_up(box: Box, report: PhotoReport, image: Image.Image) -> CloseUp:
    return CloseUp(draw_region(image, report, (), box, _CLOSE_UP_SIDE), _CLOSE_UP_SIDE / _side(box))
