"""Photo -> Face: 478 landmarks, pose, blendshapes, and shared views of the face.

Conventions: landmarks are in pixels of `Photo.pixels`, upright and perhaps reduced. The interocular distance (IOD) is
the distance between the two iris centres. A `Landmarker` belongs to the process that made it: make a new one in a fork.
"""

from artifact_check.face.encoder import CROP_SIDE, GRID, MIN_VISIBLE, REGIONS, Crop, Encoder, Patches, region_mask
from artifact_check.face.face import MIN_JPEG_QUALITY, MIN_RESOLUTION, Face
from artifact_check.face.graph import LANDMARK_MODEL_SHA256
from artifact_check.face.heat import heat_on_photo
from artifact_check.face.landmarker import DETECTABLE_SIDE, MIN_IOD, Landmarker
from artifact_check.face.level_view import LevelView
from artifact_check.face.view import (
    CANONICAL_IOD,
    FINE_IOD,
    MIN_DETAIL_IOD,
    View,
    evidence_points,
    load_colour_tables,
    polygon_mask,
)

__all__ = [
    "CANONICAL_IOD",
    "CROP_SIDE",
    "DETECTABLE_SIDE",
    "FINE_IOD",
    "GRID",
    "LANDMARK_MODEL_SHA256",
    "MIN_DETAIL_IOD",
    "MIN_IOD",
    "MIN_JPEG_QUALITY",
    "MIN_RESOLUTION",
    "MIN_VISIBLE",
    "REGIONS",
    "Crop",
    "Encoder",
    "Face",
    "Landmarker",
    "LevelView",
    "Patches",
    "View",
    "evidence_points",
    "heat_on_photo",
    "load_colour_tables",
    "polygon_mask",
    "region_mask",
]
