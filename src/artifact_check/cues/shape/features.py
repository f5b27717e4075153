"""Asymmetry and layout of the features, from landmarks with the head's pose removed."""

from __future__ import annotations

from functools import cache

import numpy as np

from artifact_check.face import Face, regions

EXPRESSIONS = (
    ("jawOpen",),
    ("mouthSmileLeft", "mouthSmileRight"),
    ("mouthPressLeft", "mouthPressRight"),
    ("mouthPucker",),
    ("browInnerUp",),
    ("browDownLeft", "browDownRight"),
    ("eyeBlinkLeft", "eyeBlinkRight"),
    ("eyeSquintLeft", "eyeSquintRight"),
)
REGIONS = ("brow", "eye", "mouth")  # with a measure of asymmetry each
LANDMARKS = tuple(index for indices in regions.PAIRED_LANDMARKS.values() for index in indices)


@cache
def pairs() -> np.ndarray:
    """(P, 2) right landmarks and their mirror partners."""
    right = np.array(LANDMARKS, dtype=np.intp)
    return np.column_stack([right, regions.mirrored()[right]])


def rows(region: str) -> list[int]:
    """The rows of `pairs()` that belong to one of `REGIONS`."""
    return [LANDMARKS.index(index) for index in regions.PAIRED_LANDMARKS[region]]


def difference(face: Face) -> np.ndarray:
    """(2 P,) right landmarks minus mirrored left ones, cm, pose removed."""
    points, (right, left) = face.frontal[:, :2], pairs().T
    differences: np.ndarray = points[right] - points[left] * (-1, 1)
    return differences.ravel()


def layout(face: Face) -> np.ndarray:
    """(2 P + M,) means of right and mirrored left landmarks, and heights of midline landmarks, cm, pose removed."""
    points, (right, left) = face.frontal[:, :2], pairs().T
    mean = (points[right] + points[left] * (-1, 1)) / 2
    return np.concatenate([mean.ravel(), points[[*regions.MIDLINE], 1]])


def turn(face: Face) -> np.ndarray:
    """(3,) regressors of the asymmetry that turning the head causes; mirroring the photo flips their sign."""
    yaw, pitch, roll = np.sin(np.radians(face.pose))
    return np.array([yaw, yaw * pitch, roll])


def circumstances(face: Face) -> np.ndarray:
    """(4 + E,) regressors of the layout: pose and expression; mirroring the photo does not change them."""
    yaw, pitch, _ = np.sin(np.radians(face.pose))
    expression = [sum(face.blendshapes.get(name, 0.0) for name in names) / len(names) for names in EXPRESSIONS]
    return np.array([1.0, pitch, pitch**2, yaw**2, *expression])


def proportions(face: Face) -> dict[str, float]:
    """ln ratios of distances, pose removed."""
    points = face.frontal[:, :2]
    (outer_right, inner_right), (outer_left, inner_left) = (side.canthi for side in regions.SIDES)
    upper_lip, lower_lip = regions.INNER_LIPS

    def distance(a: int, b: int) -> float:
        return float(np.linalg.norm(points[a] - points[b]))

    def height(a: int, b: int) -> float:
        return max(float(points[a, 1] - points[b, 1]), 0.1)

    ratios = {
        "canthi": distance(inner_right, inner_left) / distance(outer_right, outer_left),
        "mouth_width": distance(*regions.MOUTH_CORNERS) / distance(*regions.IRIDES),
        "forehead": height(regions.FOREHEAD_TOP, regions.GLABELLA) / height(regions.FOREHEAD_TOP, regions.CHIN),
        "lower_face": height(regions.NOSE_BASE, regions.CHIN) / height(regions.GLABELLA, regions.NOSE_BASE),
        "philtrum": height(regions.NOSE_BASE, upper_lip) / height(lower_lip, regions.CHIN),
    }
    return {name: float(np.log(max(ratio, 1e-3))) for name, ratio in ratios.items()}


def region_differences(differences: np.ndarray) -> dict[str, float]:
    """Asymmetry of each region in cm, from pairwise `differences` (2 P,).

    For brow and mouth corner it is the absolute mean difference in height, the statistic that best detects that one of
    them was shifted; for the eye it is the root mean square.
    """
    by_pair = differences.reshape(-1, 2)
    of = {name: by_pair[rows(name)] for name in REGIONS}
    heights = {name: abs(float(of[name][:, 1].mean())) for name in ("brow", "mouth")}
    return heights | {"eye": float(np.sqrt((of["eye"] ** 2).sum(axis=1).mean()))}
