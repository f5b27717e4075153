"""Named regions of the face: landmark sets, polygons, mirror pairs and the canonical mesh.

Right and left are the subject's. Landmark indices are those of the 478-point MediaPipe face mesh.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

Indices = np.ndarray[tuple[int], np.dtype[np.intp]]

IRIS_RIGHT, IRIS_LEFT = 468, 473
CANTHI_RIGHT, CANTHI_LEFT = (33, 133), (263, 362)  # (outer, inner)
LIDS_RIGHT, LIDS_LEFT = (159, 145), (386, 374)  # (upper, lower), at mid-lid
IRIS_RADIUS = 0.093  # IOD: an iris is 11.7 mm wide, at 63 mm between the pupils
CHIN, FOREHEAD_TOP, GLABELLA = 152, 10, 9
MOUTH_CORNERS = (61, 291)  # right, left
# Polygons that are looked at together.
SKIN = ("cheek_R", "cheek_L", "forehead")
BROWS_AND_EYES = ("brow_R", "brow_L", "eye_R", "eye_L")


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
    """Outline of a region: cheek_R, cheek_L, forehead, brow_R, brow_L, eye_R, eye_L, lips_outer, lips_inner,
    face_oval, jaw_R_to_L.
    """
    return np.array(_data()["polygons"][name], dtype=np.intp)


@cache
def shading_vertices(name: str) -> Indices:
    """Vertices that show skin: whole, right_half, left_half, forehead, R_cheek, L_cheek, nose, chin_jaw."""
    return np.array(_data()["shading_vertices"][name], dtype=np.intp)


@cache
def canonical_mesh() -> CanonicalMesh:
    """The mesh that pose is removed with."""
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
    """(220, 2) pairs of right and left vertices that mirror each other exactly in the canonical mesh."""
    return np.array(_data()["mirror_pairs"], dtype=np.intp)


@cache
def mirrored() -> Indices:
    """(468,) each vertex's mirror partner, itself where it has none."""
    partner = np.arange(len(canonical_mesh().vertices))
    right, left = mirror_pairs().T
    partner[right], partner[left] = left, right
    partner.flags.writeable = False  # shared by all callers
    return partner
