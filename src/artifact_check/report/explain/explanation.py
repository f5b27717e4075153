"""One photo in depth: which pictures, legend entries and bars an explanation shows, however it is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artifact_check.report.drawing.legend import Entry, legend
from artifact_check.report.drawing.marks import marks
from artifact_check.report.drawing.picture import region, shown, whole
from artifact_check.report.text import by_weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.results import Box, CueResult, Evidence, PhotoReport

_PHOTO = 1200  # px, the longer side of the photo with all marks
_CLOSER = 560  # px, of the part of the face that one cue looked at
_CLOSE_UP = 320  # px
_BESIDE = 1.5  # side of a close-up over that of what it shows
_TILES = 2  # side of what is shown of a heat map
_AROUND = 1.3  # side of a cue's picture over that of its marks
_AT_LEAST = 0.55  # side of a cue's picture over that of all marks


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
    """A photo's report with its pictures; `bare`, which has no marks, is None where it was not decoded."""

    report: PhotoReport
    bare: Image.Image | None
    chapters: tuple[Chapter, ...]

    @property
    def by_cue(self) -> dict[str, Chapter]:
        """The chapters by the name of their cue."""
        return {chapter.cue.name: chapter for chapter in self.chapters}


def explained(report: PhotoReport, image: Image.Image | None) -> Explanation:
    """Draw everything that an explanation of this photo shows."""
    if image is None:
        return Explanation(report, None, ())
    chapters = tuple(_chapter(cue, report, image) for cue in by_weight(report) if report.status == "ok")
    return Explanation(report, shown(image, report, (), _PHOTO), chapters)


def _chapter(cue: CueResult, report: PhotoReport, image: Image.Image) -> Chapter:
    mine = [mark for mark in marks(report) if mark.cue == cue.name]
    picture = region(image, report, mine, _looked_at(mine, image, report), _CLOSER) if mine else None
    places = _places(mine) if cue.contribution is not None else ()
    close_ups = tuple(_close_up(_clamped(place, whole(image, report)), report, image) for place in places)
    return Chapter(cue, legend(cue, mine), picture, close_ups)


def _looked_at(mine: list[Mark], image: Image.Image, report: PhotoReport) -> Box:
    """The part of the photo that a cue's marks lie in, and some of the face around small ones."""
    box = _around_all(mine)
    side = max(_AROUND * _side(box), _AT_LEAST * _side(_around_all(marks(report))))
    return _clamped(box if any(mark.covers for mark in mine) else _square(box, side), whole(image, report))


def _around_all(drawn: Iterable[Mark]) -> Box:
    boxes = [_around(seen) for mark in drawn for seen in mark.evidence]
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


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
    around = cv2.blur(grid, (3, 3), borderType=cv2.BORDER_CONSTANT)
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
