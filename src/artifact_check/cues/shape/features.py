"""Where the features lie, by the landmarks with the head's pose removed: how both sides differ, and their layout."""

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
REGIONS = {
    "brow": (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    "eye": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "mouth": (61, 76, 62, 78),
}
LANDMARKS = (
    *REGIONS["brow"], *REGIONS["eye"], *REGIONS["mouth"],
    146, 185, 95, 191, 40, 39, 37, 91, 181, 84, 80, 81, 82, 88, 178, 87,  # lips
    109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148,  # oval
    48, 129, 98, 97,  # nose
)  # fmt: skip
_MIDLINE = (10, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 13, 14, 17, 18, 200, 199, 152)


@cache
def pairs() -> np.ndarray:
    """(P, 2) each right landmark that is compared, and its mirror partner."""
    right = np.array(LANDMARKS, dtype=np.intp)
    return np.column_stack([right, regions.mirrored()[right]])


def difference(face: Face) -> np.ndarray:
    """(2 P,) right landmarks minus mirrored left ones, cm, pose removed."""
    points, (right, left) = face.frontal[:, :2], pairs().T
    apart: np.ndarray = points[right] - points[left] * (-1, 1)
    return apart.ravel()


def layout(face: Face) -> np.ndarray:
    """(2 P + M,) mean of right and mirrored left landmarks, and heights of the midline, cm, pose removed."""
    points, (right, left) = face.frontal[:, :2], pairs().T
    mean = (points[right] + points[left] * (-1, 1)) / 2
    return np.concatenate([mean.ravel(), points[list(_MIDLINE), 1]])


def turn(face: Face) -> np.ndarray:
    """(3,) what asymmetry of a turned head is linear in; changes sign with the mirrored photo."""
    yaw, pitch, roll = np.sin(np.radians(face.pose))
    return np.array([yaw, yaw * pitch, roll])


def circumstances(face: Face) -> np.ndarray:
    """(4 + E,) pose and expression that move the layout; the same in the mirrored photo."""
    yaw, pitch, _ = np.sin(np.radians(face.pose))
    expression = [sum(face.blendshapes.get(name, 0.0) for name in names) / len(names) for names in EXPRESSIONS]
    return np.array([1.0, pitch, pitch**2, yaw**2, *expression])


def proportions(face: Face) -> dict[str, float]:
    """ln ratios of distances with the pose removed."""
    points = face.frontal[:, :2]

    def distance(a: int, b: int) -> float:
        return float(np.linalg.norm(points[a] - points[b]))

    def height(a: int, b: int) -> float:
        return max(float(points[a, 1] - points[b, 1]), 0.1)

    ratios = {
        "canthi": distance(133, 362) / distance(33, 263),
        "mouth_width": distance(*regions.MOUTH_CORNERS) / distance(regions.IRIS_RIGHT, regions.IRIS_LEFT),
        "forehead": height(regions.FOREHEAD_TOP, regions.GLABELLA) / height(regions.FOREHEAD_TOP, regions.CHIN),
        "lower_face": height(2, regions.CHIN) / height(regions.GLABELLA, 2),
        "philtrum": height(2, 13) / height(14, regions.CHIN),
    }
    return {name: float(np.log(max(ratio, 1e-3))) for name, ratio in ratios.items()}


def region_differences(apart: np.ndarray) -> dict[str, float]:
    """What pairwise differences (2 P,) come to in each region, cm.

    Of brow and corner of the mouth the absolute mean difference of height, which a shift of one of them moves further,
    against what real faces have, than anything else does; of the eye the root mean square of all.
    """
    rows = apart.reshape(-1, 2)
    of = {name: rows[[LANDMARKS.index(index) for index in indices]] for name, indices in REGIONS.items()}
    heights = {name: abs(float(of[name][:, 1].mean())) for name in ("brow", "mouth")}
    return heights | {"eye": float(np.sqrt((of["eye"] ** 2).sum(axis=1).mean()))}
