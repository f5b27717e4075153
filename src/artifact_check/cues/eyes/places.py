"""Where lids and irides lie in both eyes, by the landmarks alone."""

from __future__ import annotations

import numpy as np

from artifact_check.face import Face, regions

_IRIDES = ((regions.IRIS_RIGHT, "R"), (regions.IRIS_LEFT, "L"))
_CANTHI = {"R": regions.CANTHI_RIGHT, "L": regions.CANTHI_LEFT[::-1]}  # from image left to image right


def compare(face: Face) -> dict[str, float]:
    """Tilt and height of the irides, their places between the eye corners, and the form of the lids."""
    return _alignment(face) | _gaze(face) | _lids(face)


def _alignment(face: Face) -> dict[str, float]:
    points = face.landmarks
    iris_line = points[regions.IRIS_LEFT] - points[regions.IRIS_RIGHT]
    canthal_line = points[regions.CANTHI_LEFT[0]] - points[regions.CANTHI_RIGHT[0]]
    roll = np.degrees(np.arctan2(_cross(canthal_line, iris_line), canthal_line @ iris_line))
    heights = [_height(points[iris], *points[list(_CANTHI[side])]) for iris, side in _IRIDES]
    return {"eyes_roll": abs(float(roll)), "eyes_height": abs(heights[0] - heights[1]) / face.iod}


def _cross(a: np.ndarray, b: np.ndarray) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _height(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """Signed distance of a point from the line that runs from image left to image right, in pixels."""
    line = end - start
    return _cross(line, point - start) / float(np.linalg.norm(line))


def _gaze(face: Face) -> dict[str, float]:
    """Differences of the irides' places in their eyes, by the landmarks, in eye widths."""
    right, left = (in_eye(face, face.landmarks[iris], side) for iris, side in _IRIDES)
    return {"eyes_gaze_across": float(right[0] - left[0]), "eyes_gaze_height": abs(float(right[1] - left[1]))}


def in_eye(face: Face, point: np.ndarray, side: str) -> np.ndarray:
    """A photo point in the frame of an eye: along and below its canthal line from the middle, in eye widths.

    Each eye in its own frame removes roll, scale and, to first order, the foreshortening of a turned head.
    """
    start, end = face.landmarks[list(_CANTHI[side])]
    along = (end - start) / float(np.linalg.norm(end - start))
    offset = point - (start + end) / 2
    place: np.ndarray = np.array([offset @ along, _cross(along, offset)]) / float(np.linalg.norm(end - start))
    return place


def _lids(face: Face) -> dict[str, float]:
    outline = regions.polygon("eye_R")
    right, left = face.frontal[outline, :2], face.frontal[regions.mirrored()[outline], :2] * (-1, 1)
    right, left = right - right.mean(axis=0), left - left.mean(axis=0)
    width = float(np.ptp(right[:, 0]) + np.ptp(left[:, 0])) / 2
    distance = float(np.linalg.norm(right - left, axis=1).mean())
    opening = np.log(face.eye_openness("right") / face.eye_openness("left"))
    return {"eyes_lids": distance / width, "eyes_opening": abs(float(opening))}
