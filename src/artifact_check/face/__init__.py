"""Photo -> Face: 478 landmarks, pose, blendshapes, and shared views of the face.

Conventions: landmarks are pixels of `Photo.pixels`, upright and perhaps reduced; the interocular distance (IOD) is that
between the two iris centres. A `Landmarker` belongs to the process that made it: after a fork, make a new one.
"""

from artifact_check.face.encoder import Descriptors, Encoder
from artifact_check.face.face import Face
from artifact_check.face.landmarker import DETECTABLE_SIDE, LANDMARK_MODEL_SHA256, MIN_IOD, Landmarker
from artifact_check.face.view import View, drawn, filled

__all__ = [
    "DETECTABLE_SIDE",
    "LANDMARK_MODEL_SHA256",
    "MIN_IOD",
    "Descriptors",
    "Encoder",
    "Face",
    "Landmarker",
    "View",
    "drawn",
    "filled",
]
