"""Named regions of the face: landmarks, polygons, mirror pairs and the canonical mesh.

Right and left are the subject's. Indices are those of the 478-point MediaPipe face mesh; no other module spells them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np

Indices = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class Side:
    """The landmarks of one side of the face: `RIGHT` or `LEFT`, the subject's.

    `canthi` are the eye corners (outer, inner), `lids` the middle of the (upper, lower) lid, `lower_lid` three points
    along it from outer to inner, `tragus` is in front of the ear, `outwards` the direction away from the nose along the
    image: -1 to its left, 1 to its right.
    """

    name: Literal["right", "left"]
    outwards: int
    iris: int
    canthi: tuple[int, int]
    lids: tuple[int, int]
    lower_lid: tuple[int, int, int]
    mid_cheek: int
    mouth_corner: int
    tragus: int

    @property
    def canthi_along_image(self) -> tuple[int, int]:
        """The eye corners from image left to image right."""
        outer, inner = self.canthi
        return (outer, inner) if self.outwards < 0 else (inner, outer)

    def region(self, part: Literal["eye", "brow", "cheek"]) -> str:
        """The name of a polygon of this side, for `polygon`, `View.mask` and `View.where`."""
        return f"{part}_{self.name[0].upper()}"

    def polygon(self, part: Literal["eye", "brow", "cheek"]) -> Indices:
        """The outline of a part of this side."""
        return polygon(self.region(part))

    def blendshape(self, name: str) -> str:
        """This side's key in `Face.blendshapes`: "mouthSmile" becomes "mouthSmileRight"."""
        return name + self.name.capitalize()


RIGHT = Side(
    name="right",
    outwards=-1,
    iris=468,
    canthi=(33, 133),
    lids=(159, 145),
    lower_lid=(144, 145, 153),
    mid_cheek=205,
    mouth_corner=61,
    tragus=234,
)
LEFT = Side(
    name="left",
    outwards=1,
    iris=473,
    canthi=(263, 362),
    lids=(386, 374),
    lower_lid=(373, 374, 380),
    mid_cheek=425,
    mouth_corner=291,
    tragus=454,
)
SIDES = (RIGHT, LEFT)
IRIDES = (RIGHT.iris, LEFT.iris)
MOUTH_CORNERS = (RIGHT.mouth_corner, LEFT.mouth_corner)
IRIS_RADIUS = 0.093  # IOD: an iris is 11.7 mm wide, at 63 mm between the pupils

MESH_SIZE = 468  # landmarks of the canonical mesh; those of the irides follow
CHIN, FOREHEAD_TOP, GLABELLA, NOSE_BASE = 152, 10, 9, 2
INNER_LIPS = (13, 14)  # middle of the upper and of the lower lip, where they meet
UPPER_OUTLINE = (21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251)  # of the face, from its right side to its left
# Right landmarks whose distance from their mirror partners is a width.
JAW_SIDE, CHEEK_SIDE, NOSE_SIDE = (58, 172, 136, 150), (127, 234, 93), (48, 129, 98)
NOSTRILS = (48, 98, 2, 327, 278, 4, 1)  # convex hull
CHIN_OUTLINE = (32, 262, 152, 18, 200, 83, 313, 148, 377)  # convex hull: bare chin, below the lips
LOWER_CHEEK = (123, 50, 36, 205, 187)  # convex hull, right: below glasses, above most beards
BELOW_MOUTH = (210, 430, 170, 395, 175, 171, 396, 169, 394)  # convex hull: chin and the jaw beside it
ABOVE_MOUTH = (165, 92, 164, 391, 322, 0, 37, 267)  # convex hull: upper lip, below the nose

# Right landmarks whose mirror partners they can be compared with: both follow the photo.
PAIRED_LANDMARKS = {
    "brow": (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    "eye": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "mouth": (61, 76, 62, 78),
    "lips": (146, 185, 95, 191, 40, 39, 37, 91, 181, 84, 80, 81, 82, 88, 178, 87),
    "oval": (109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148),
    "nose": (48, 129, 98, 97),
}
MIDLINE = (10, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 13, 14, 17, 18, 200, 199, 152)

# Names of polygons that are used together.
EYES = (RIGHT.region("eye"), LEFT.region("eye"))
BROWS = (RIGHT.region("brow"), LEFT.region("brow"))
CHEEKS = (RIGHT.region("cheek"), LEFT.region("cheek"))
SKIN = (*CHEEKS, "forehead")
BROWS_AND_EYES = (*BROWS, *EYES)
FEATURES = (*EYES, *BROWS, "lips_outer")
JAW = "jaw_R_to_L"  # from the right ear to the left one
# Names of sets of shading vertices, right and left.
CHEEK_VERTICES = ("R_cheek", "L_cheek")
HALF_VERTICES = ("right_half", "left_half")


@dataclass(frozen=True, slots=True)
class CanonicalMesh:
    """The mean face: `vertices` (468, 3) in cm (+x the subject's left, +y up, +z to the camera) and
    `triangles` (898, 3); `fit_indices` (33,) and `fit_weights` (33,) are the landmarks to fit a pose on.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    fit_indices: Indices
    fit_weights: np.ndarray


@cache
def _data() -> dict[str, Any]:
    text = resources.files("artifact_check.face").joinpath("face_mesh.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def polygon(name: str) -> Indices:
    """Landmarks around a region: `Side.region(...)`, forehead, lips_outer, lips_inner, face_oval or `JAW`."""
    return np.array(_data()["polygons"][name], dtype=np.intp)


@cache
def shading_vertices(name: str) -> Indices:
    """Mesh vertices on skin: whole, forehead, nose, chin_jaw, or one of `CHEEK_VERTICES` or `HALF_VERTICES`."""
    return np.array(_data()["shading_vertices"][name], dtype=np.intp)


@cache
def canonical_mesh() -> CanonicalMesh:
    """The mesh that faces are aligned with to remove their pose."""
    data = _data()
    basis = data["procrustes_basis"]
    return CanonicalMesh(
        vertices=np.array(data["vertices"], dtype=np.float64),
        triangles=np.array(data["triangles"], dtype=np.intp),
        fit_indices=np.array([index for index, _ in basis], dtype=np.intp),
        fit_weights=np.array([weight for _, weight in basis], dtype=np.float64),
    )


@cache
def mirror_pairs() -> np.ndarray:
    """(220, 2) right and left vertices that mirror each other exactly in the canonical mesh."""
    return np.array(_data()["mirror_pairs"], dtype=np.intp)


@cache
def mirrored() -> Indices:
    """(468,) the mirror partner of each vertex; itself where it has none."""
    partner = np.arange(len(canonical_mesh().vertices))
    right, left = mirror_pairs().T
    partner[right], partner[left] = left, right
    partner.flags.writeable = False  # shared by all callers
    return partner
