"""Straight lines of the background that pass behind the head."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artifact_check.cues.surroundings.finding import Finding
from artifact_check.face import Face, LevelView, evidence_points, regions
from artifact_check.results import Evidence

_STRIP = (1.3, 2.4)  # IOD from the middle of the face, on both sides
_ABOVE, _BELOW = 1.7, 0.9  # IOD from the eyes
_LINES_IOD = 40.0  # px
_MIN_STRIP, _MIN_LINE = 0.4, 0.3  # IOD
_MAX_SLOPE, _MAX_BEND = 35.0, 4.0  # degrees
MAX_OFFSET = 0.2  # IOD


@dataclass(frozen=True)
class _Lines:
    """K lines of one strip: `middle` (K, 2) and `length` (K,) in photo pixels, `direction` (K,) in radians, such that
    the bright side is always the same.
    """

    middle: np.ndarray
    direction: np.ndarray
    length: np.ndarray


def measure(_: LevelView, face: Face) -> list[Finding]:
    """Offset between the two ends of the longest line that passes behind the head."""
    key = "surroundings_lines"
    right = _lines_beside(face, regions.RIGHT)
    left = None if right is None else _lines_beside(face, regions.LEFT)
    if right is None or left is None:
        return []
    bend = (left.direction - right.direction[:, None] + np.pi) % (2 * np.pi) - np.pi
    direction = right.direction[:, None] + bend / 2
    between = left.middle - right.middle[:, None]
    offset = np.abs(between[..., 1] * np.cos(direction) - between[..., 0] * np.sin(direction)) / face.iod
    offset[np.abs(bend) > np.radians(_MAX_BEND)] = np.inf
    nearest = offset.argmin(axis=1)
    mutual = offset.argmin(axis=0)[nearest] == np.arange(len(nearest))
    chosen = np.flatnonzero(mutual & (offset.min(axis=1) < MAX_OFFSET))
    if not chosen.size:
        return []
    longest = chosen[np.argmax(np.minimum(right.length[chosen], left.length[nearest[chosen]]))]
    ends = np.stack([right.middle[longest], left.middle[nearest[longest]]])
    marks = Evidence("points", (key,), "a line behind the head", evidence_points(ends))
    return [Finding(key, float(offset[longest, nearest[longest]]), (marks,))]


def _lines_beside(face: Face, side: regions.Side) -> _Lines | None:
    """Long, nearly horizontal lines in the strip on one side of the head; None if there is none."""
    centre = face.landmarks[[one.tragus for one in regions.SIDES], 0].mean()
    eyes = face.landmarks[[*regions.IRIDES], 1].mean()
    ends = sorted(centre + side.outwards * face.iod * np.array(_STRIP))
    left, right = max(0, int(ends[0])), min(face.photo.width, int(ends[1]))
    top, bottom = max(0, int(eyes - _ABOVE * face.iod)), min(face.photo.height, int(eyes + _BELOW * face.iod))
    if right - left < _MIN_STRIP * face.iod:
        return None
    grey = cv2.cvtColor(face.photo.pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _LINES_IOD / face.iod)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detected = cv2.createLineSegmentDetector().detect(small)[0]
    if detected is None:
        return None
    segments = detected.reshape(-1, 2, 2) / scale + (left, top)
    along = segments[:, 1] - segments[:, 0]
    length, direction = np.hypot(along[:, 0], along[:, 1]), np.arctan2(along[:, 1], along[:, 0])
    long = length >= _MIN_LINE * face.iod
    suitable = long & (np.abs(along[:, 1]) <= np.tan(np.radians(_MAX_SLOPE)) * np.abs(along[:, 0]))
    if not suitable.any():
        return None
    return _Lines(segments[suitable].mean(axis=1), direction[suitable], length[suitable])
