"""The skin that features are compared with."""

from __future__ import annotations

import numpy as np

from artifact_check.cues.skin.bare import bare
from artifact_check.face import CANONICAL_IOD, Face, regions, texture

_MIN_SKIN = 500  # px at an interocular distance of 64 px
_MAX_TURN = 25.0  # degrees of yaw or pitch; beyond, much of the face is hidden


def skin_colour(face: Face) -> np.ndarray | None:
    """(3,) median CIELAB of bare skin on cheeks and forehead; None without colour, or if hardly any skin is seen."""
    view = face.view(CANONICAL_IOD)
    where = np.concatenate([bare(view, view.where(name)) for name in regions.SKIN])
    return texture.medians(view.lab_at(where).T) if where.size >= _MIN_SKIN and face.coloured else None


def turned(face: Face) -> bool:
    """Whether the head is turned too far."""
    return max(map(abs, face.pose[:2])) > _MAX_TURN
