"""Alignment of lids and irides in both eyes, from landmarks alone."""

from __future__ import annotations

import numpy as np

from artifact_check.face import Face, regions


def compare(face: Face) -> dict[str, float]:
    """Tilt and height of the irides, their positions between the eye corners, and the shape of the lids."""
    return _alignment(face) | _gaze(face) | _lids(face)


def _alignment(face: Face) -> dict[str, float]:
    points = face.landmarks
    iris_line = points[regions.LEFT.iris] - points[regions.RIGHT.iris]
    canthal_line = points[regions.LEFT.canthi[0]] - points[regions.RIGHT.canthi[0]]
    roll = np.degrees(np.arctan2(_cross(canthal_line, iris_line), canthal_line @ iris_line))
    heights = [_height(points[side.iris], *points[[*side.canthi_along_image]]) for side in regions.SIDES]
    return {"eyes_roll": abs(float(roll)), "eyes_height": abs(heights[0] - heights[1]) / face.iod}


def _cross(a: np.ndarray, b: np.ndarray) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _height(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """Signed distance in pixels of a point from the line `start` to `end`, which runs from image left to right."""
    line = end - start
    return _cross(line, point - start) / float(np.linalg.norm(line))


def _gaze(face: Face) -> dict[str, float]:
    """Differences of the irides' positions in their eyes, from landmarks, in eye widths."""
    right, left = (eye_coordinates(face, face.landmarks[side.iris], side) for side in regions.SIDES)
    return {"eyes_gaze_across": float(right[0] - left[0]), "eyes_gaze_height": abs(float(right[1] - left[1]))}


def eye_coordinates(face: Face, point: np.ndarray, side: regions.Side) -> np.ndarray:
    """A photo point in the frame of an eye: along and below its canthal line from the middle, in eye widths.

    The frame removes roll, scale and, to first order, the foreshortening of a turned head.
    """
    start, end = face.landmarks[[*side.canthi_along_image]]
    along = (end - start) / float(np.linalg.norm(end - start))
    offset = point - (start + end) / 2
    coordinates: np.ndarray = np.array([offset @ along, _cross(along, offset)]) / float(np.linalg.norm(end - start))
    return coordinates


def _lids(face: Face) -> dict[str, float]:
    outline = regions.RIGHT.polygon("eye")
    right, left = face.frontal[outline, :2], face.frontal[regions.mirrored()[outline], :2] * (-1, 1)
    right, left = right - right.mean(axis=0), left - left.mean(axis=0)
    width = float(np.ptp(right[:, 0]) + np.ptp(left[:, 0])) / 2
    distance = float(np.linalg.norm(right - left, axis=1).mean())
    opening = np.log(face.eye_openness(regions.RIGHT) / face.eye_openness(regions.LEFT))
    return {"eyes_lids": distance / width, "eyes_opening": abs(float(opening))}
