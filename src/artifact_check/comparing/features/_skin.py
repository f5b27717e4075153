"""The skin that features are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.comparing.tone import MIN_SKIN, bare_skin
from artifact_check.face import CANONICAL_IOD, Face, texture

if TYPE_CHECKING:
    import numpy as np

_MAX_TURN = 25.0  # degrees of yaw or pitch; beyond, much of the face is hidden


def skin_colour(face: Face) -> np.ndarray | None:
    """(3,) median CIELAB of bare skin on cheeks and forehead; None without colour, or if hardly any skin is seen."""
    view = face.view(CANONICAL_IOD)
    where = bare_skin(view)
    return texture.medians(view.lab_at(where).T) if where.size >= MIN_SKIN and face.coloured else None


def turned(face: Face) -> bool:
    """Whether the head is turned too far."""
    return max(map(abs, face.pose[:2])) > _MAX_TURN
