"""One photo in depth: which pictures, legend entries and bars an explanation shows, however it is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artifact_check.report.legend import Entry, legend
from artifact_check.report.marks import marks
from artifact_check.report.picture import annotate, region, whole
from artifact_check.report.text import by_weight

if TYPE_CHECKING:
    from PIL import Image

    from artifact_check.report.marks import Mark
    from artifact_check.report.picture import Box
    from artifact_check.results import CueResult, Evidence, PhotoReport

_PHOTO = 1200  # px, the longer side of the photo with all marks
_FACE = 640  # px, of the face with the marks of one cue
_CLOSE_UP = 320  # px
_BESIDE = 1.5  # side of a close-up over that of what it shows
_TILES = 3  # side of what is shown of a heat map


@dataclass(frozen=True, slots=True, eq=False)
class CloseUp:
    """A small place of the photo, `times` as large."""

    picture: Image.Image
    times: float


@dataclass(frozen=True, slots=True, eq=False)
class Chapter:
    """What one cue saw; `picture` is None where there is nothing to draw."""

    cue: CueResult
    entries: tuple[Entry, ...]
    picture: Image.Image | None
    close_ups: tuple[CloseUp, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A photo's report with its pictures; `picture` is None where the photo could not be decoded."""

    report: PhotoReport
    picture: Image.Image | None
    chapters: tuple[Chapter, ...]


def explained(report: PhotoReport, image: Image.Image | None) -> Explanation:
    """Draw everything that an explanation of this photo shows."""
    if image is None:
        return Explanation(report, None, ())
    chapters = tuple(_chapter(cue, report, image) for cue in by_weight(report) if report.status == "ok")
    return Explanation(report, annotate(image, report, side=_PHOTO), chapters)


def _chapter(cue: CueResult, report: PhotoReport, image: Image.Image) -> Chapter:
    mine = [mark for mark in marks(report) if mark.cue == cue.name]
    picture = region(image, report, mine, _face(image, report), _FACE) if mine else None
    places = _places(mine) if cue.contribution is not None else ()
    close_ups = tuple(_close_up(_clamped(place, whole(image, report)), report, image) for place in places)
    return Chapter(cue, legend(cue, mine), picture, close_ups)


def _face(image: Image.Image, report: PhotoReport) -> Box:
    """The part of the photo that the marks lie in."""
    boxes = np.array([_around(seen) for mark in marks(report) for seen in mark.evidence])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return _clamped((left, top, right, bottom), whole(image, report))


def _places(drawn: list[Mark]) -> tuple[Box, ...]:
    """The two places of a cue that are best compared at full size: a pair of outlines, or what its map shows most."""
    pairs = [mark for mark in drawn if len(mark.evidence) == 2 and mark.evidence[0].kind == "outline"]  # noqa: PLR2004
    if pairs:
        largest = max(pairs, key=lambda mark: _side(_around(mark.evidence[0])))
        side = _BESIDE * max(_side(_around(seen)) for seen in largest.evidence)
        return tuple(_square(_around(seen), side) for seen in largest.evidence)
    return next((_strongest(mark.evidence[0]) for mark in drawn if mark.covers), ())


def _strongest(heat: Evidence) -> tuple[Box, Box]:
    """Where each half of a heat map stands out most."""
    grid = np.array(heat.grid, np.float32)
    around = cv2.blur(grid, (_TILES, _TILES), borderType=cv2.BORDER_CONSTANT)
    middle = grid.shape[1] // 2
    return _tiles(heat, around[:, :middle], 0), _tiles(heat, around[:, middle:], middle)


def _tiles(heat: Evidence, values: np.ndarray, first: int) -> Box:
    """The square around the highest of `values`, which are columns of a heat map from `first` on."""
    row, column = divmod(int(np.argmax(values)), values.shape[1])
    (left, top), (right, bottom) = heat.points
    tile = (right - left) / len(heat.grid[0]), (bottom - top) / len(heat.grid)
    x, y = left + (first + column + 0.5) * tile[0], top + (row + 0.5) * tile[1]
    return _square((x, y, x, y), _TILES * max(tile))


def _around(seen: Evidence) -> Box:
    across, down = zip(*seen.points, strict=True)
    return min(across), min(down), max(across), max(down)


def _side(box: Box) -> float:
    return max(box[2] - box[0], box[3] - box[1])


def _square(box: Box, side: float) -> Box:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def _clamped(box: Box, photo: Box) -> Box:
    """What of a box lies in the photo, at least one pixel."""
    left, top = (min(max(0.0, low), high - 1) for low, high in zip(box[:2], photo[2:], strict=True))
    right, bottom = min(max(box[2], left + 1), photo[2]), min(max(box[3], top + 1), photo[3])
    return left, top, right, bottom


def _close_up(box: Box, report: PhotoReport, image: Image.Image) -> CloseUp:
    return CloseUp(region(image, report, (), box, _CLOSE_UP), _CLOSE_UP / _side(box))
