"""Whether landmarks lie on a face the right way up, from their own geometry.

MediaPipe's landmarker expects faces upright. In an upside-down photo it may take the chin for the brow and report an
upright face; the depth and the proportions of such landmarks are not those of a face. A logistic regression on the
landmarks with the pose removed (`upright.json`, by `artifact_check.learn.references.upright`) tells the two apart.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from artifact_check.face import regions

if TYPE_CHECKING:
    from artifact_check.face.face import Face


def shape(face: Face) -> np.ndarray:
    """(468, 3) how the two sides of the face together differ from the canonical face, in cm, the pose removed."""
    difference = face.frontal[: regions.MESH_SIZE] - regions.canonical_mesh().vertices
    return symmetric(difference)


def symmetric(difference: np.ndarray) -> np.ndarray:
    """(..., 468, 3) the mean of differences from the canonical face and their mirror image."""
    mean: np.ndarray = (difference + difference[..., regions.mirrored(), :] * (-1, 1, 1)) / 2
    return mean


def log_odds(face: Face) -> float:
    """Log-odds that the landmarks of `face` lie on a face the right way up, whatever its roll."""
    weights, constant = _regression()
    return float(np.vdot(weights, face.frontal[: regions.MESH_SIZE] - regions.canonical_mesh().vertices) + constant)


@cache
def _regression() -> tuple[np.ndarray, float]:
    text = resources.files("artifact_check.face").joinpath("upright.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    return np.array(stored["weights"]), stored["constant"]
