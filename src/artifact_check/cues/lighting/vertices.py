"""Which vertices of the mesh show bare skin."""

from __future__ import annotations

from functools import cache

import numpy as np

from artifact_check.face import regions, texture

MAX_CHROMA_DISTANCE = 12.0  # in CIELAB a, b from the cheeks' median


@cache
def members(*names: str) -> np.ndarray:
    """(468,) bool: the vertices of the named sets (`regions.shading_vertices`)."""
    member = np.zeros(len(regions.canonical_mesh().vertices), bool)
    for name in names:
        member[regions.shading_vertices(name)] = True
    member.flags.writeable = False  # shared by all callers
    return member


def bare_skin(lab: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(468,) bool: skin vertices that face the camera, are not clipped and have the colour of the cheeks.

    `lab` (468, 3) CIELAB, `normals` (468, 3).
    """
    usable = members("whole") & (normals[:, 2] > 0.4) & (lab[:, 0] < 95) & (lab[:, 0] > 5)
    usable &= regions.canonical_mesh().vertices[:, 1] < 6.6
    cheeks = usable & members(*regions.CHEEK_VERTICES)
    if not np.any(cheeks):
        return np.zeros(len(usable), bool)
    colour = texture.medians(lab[cheeks, 1:])
    near: np.ndarray = usable & (np.linalg.norm(lab[:, 1:] - colour, axis=1) < MAX_CHROMA_DISTANCE)
    return near
