"""A tilted face, cut out of the photo and turned level, so that every measure sees it upright."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artifact_check.face.heat import heat_on_photo
from artifact_check.face.view import evidence_points

if TYPE_CHECKING:
    from artifact_check.face.face import Face
    from artifact_check.results import Evidence

MAX_TILT = 20.0  # degrees of roll; a face tilted less is measured as it is
_SIDE = 6.0  # interocular distances, of the square that is cut out; a view takes 3.7, lines beside the head the rest


@dataclass(frozen=True, eq=False)
class Level:
    """`face` on a picture of its own, with the eyes level; `from_photo` (2, 3) maps pixels (x, y, 1) of the photo that
    it comes from to pixels of that picture.
    """

    face: Face
    from_photo: np.ndarray

    def on_photo(self, seen: Evidence) -> Evidence:
        """Evidence on the level picture, in pixels of the photo."""
        if seen.kind == "heatmap":
            return self._heat_on_photo(seen)
        return replace(seen, points=evidence_points(self.to_photo(np.array(seen.points))))

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2) of the level picture in pixels of the photo."""
        to_photo = cv2.invertAffineTransform(self.from_photo)
        return points @ to_photo[:, :2].T + to_photo[:, 2]

    def _heat_on_photo(self, seen: Evidence) -> Evidence:
        (left, top), (right, bottom) = seen.points
        heat = np.array(seen.grid, np.float32)
        rows, columns = heat.shape
        to_grid = np.diag([columns / (right - left), rows / (bottom - top)])
        linear = to_grid @ self.from_photo[:, :2]
        shift = to_grid @ (self.from_photo[:, 2] - (left, top))
        points, grid = heat_on_photo(heat, np.ones(heat.shape, bool), np.column_stack([linear, shift]))
        return replace(seen, points=points, grid=grid)


def levelled(face: Face) -> Level:
    """`face` turned level by its eyes; where it leaves the photo, the photo's edge is mirrored."""
    middle = (face.landmarks.min(axis=0) + face.landmarks.max(axis=0)) / 2
    side = round(_SIDE * face.iod)
    from_photo = cv2.getRotationMatrix2D(middle.tolist(), face.roll, 1.0)
    from_photo[:, 2] += side / 2 - middle
    # Landmarks are measured from a pixel's corner, `warpAffine` from its centre.
    by_centre = from_photo.copy()
    by_centre[:, 2] += from_photo[:, :2].sum(axis=1) / 2 - 0.5
    pixels: np.ndarray = cv2.warpAffine(
        face.photo.pixels, by_centre, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    reduction = face.photo.reduction
    whole_size = None if reduction == 1 else (round(side * reduction),) * 2
    photo = replace(face.photo, pixels=pixels, whole_size=whole_size)
    return Level(face.moved(photo, from_photo), from_photo)
