"""Lines that pass behind the head."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artifact_check.cues.surroundings.level import SIDES, Level, Seen
from artifact_check.face import Face, drawn, regions
from artifact_check.results import Evidence

_STRIP = (1.3, 2.4)  # IOD to both sides of the middle of the face
_ABOVE, _BELOW = 1.7, 0.9  # IOD from the eyes
_LINES_IOD = 40.0  # px
_MIN_STRIP, _MIN_LINE = 0.4, 0.3  # IOD
_MAX_SLOPE, _MAX_BEND = 35.0, 4.0  # degrees
MAX_BREAK = 0.2  # IOD


@dataclass(frozen=True)
class _Lines:
    """Lines of one strip: `middle` (K, 2) photo pixels, `direction` (K,) radians with the bright side fixed,
    `length` (K,) photo pixels.
    """

    middle: np.ndarray
    direction: np.ndarray
    length: np.ndarray


def look(_: Level, face: Face) -> list[Seen]:
    """Offset of lines that pass behind the head."""
    key = "surroundings_lines"
    right = _lines_beside(face, -1)
    left = None if right is None else _lines_beside(face, 1)
    if right is None or left is None:
        return []
    bend = (left.direction - right.direction[:, None] + np.pi) % (2 * np.pi) - np.pi
    common = right.direction[:, None] + bend / 2
    between = left.middle - right.middle[:, None]
    offset = np.abs(between[..., 1] * np.cos(common) - between[..., 0] * np.sin(common)) / face.iod
    offset[np.abs(bend) > np.radians(_MAX_BEND)] = np.inf
    nearest = offset.argmin(axis=1)
    mutual = offset.argmin(axis=0)[nearest] == np.arange(len(nearest))
    chosen = np.flatnonzero(mutual & (offset.min(axis=1) < MAX_BREAK))
    if not chosen.size:
        return []
    longest = chosen[np.argmax(np.minimum(right.length[chosen], left.length[nearest[chosen]]))]
    ends = np.stack([right.middle[longest], left.middle[nearest[longest]]])
    marks = Evidence("points", (key,), "a line behind the head", drawn(ends))
    return [Seen(key, float(offset[longest, nearest[longest]]), (marks,))]


def _lines_beside(face: Face, outwards: int) -> _Lines | None:
    """Long lines in the strip to the image left (-1) or right (1) of the head, or None where there is none."""
    centre = face.landmarks[[tragus for _, tragus, _ in SIDES], 0].mean()
    eyes = face.landmarks[[regions.IRIS_RIGHT, regions.IRIS_LEFT], 1].mean()
    ends = sorted(centre + outwards * face.iod * np.array(_STRIP))
    left, right = max(0, int(ends[0])), min(face.photo.width, int(ends[1]))
    top, bottom = max(0, int(eyes - _ABOVE * face.iod)), min(face.photo.height, int(eyes + _BELOW * face.iod))
    if right - left < _MIN_STRIP * face.iod:
        return None
    grey = cv2.cvtColor(face.photo.pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _LINES_IOD / face.iod)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(small)[0]
    if found is None:
        return None
    segments = found.reshape(-1, 2, 2) / scale + (left, top)
    along = segments[:, 1] - segments[:, 0]
    length, direction = np.hypot(along[:, 0], along[:, 1]), np.arctan2(along[:, 1], along[:, 0])
    long = length >= _MIN_LINE * face.iod
    kept = long & (np.abs(along[:, 1]) <= np.tan(np.radians(_MAX_SLOPE)) * np.abs(along[:, 0]))
    return _Lines(segments[kept].mean(axis=1), direction[kept], length[kept]) if kept.any() else None
