"""What measures in a `LevelView` give: a value, and the patches that they looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.face import LevelView, evidence_points
from artifact_check.results import Evidence

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Finding:
    """The value of one measure, with its evidence."""

    key: str
    value: float
    evidence: tuple[Evidence, ...]


def patch_outline(level: LevelView, key: str, label: str, centre: np.ndarray, size: tuple[int, int]) -> Evidence:
    """Evidence that outlines a patch of `size` (width, height) around `centre` (2,)."""
    return Evidence("outline", (key,), label, evidence_points(level.view.to_photo(level.corners(centre, size))))
