"""A learned encoder: the face, turned upright by its eyes, as a small map of descriptors.

The encoder is an ONNX network that a model bundle brings. It takes (1, 3, 224, 224) float32 RGB from 0 to 255, the crop
below, and gives (1, K, R, C): K descriptors for each patch of an R x C grid. It runs once a face, in OpenCV's DNN
module; each cue then pools the patches of its own region.

Crop: a square of 3.6 interocular distances; its centre lies 0.3 interocular distances below the middle of the eyes.
Outside the photo it is black, and patches that reach there are marked as not visible.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import regions
from artifact_check.face.face import Face

CROP_SIDE = 224  # px
_CROP_WIDTH = 3.6  # interocular distances
_CENTRE_BELOW_EYES = 0.3  # interocular distances
MIN_VISIBLE = 0.5  # share of a region's patches
_AVERAGED = 0.75  # crop pixels per photo pixel, below which linear sampling would alias


@dataclass(frozen=True, eq=False)
class Descriptors:
    """What an encoder says of a face.

    `grid` (R, C, K) float32; `visible` (R, C) bool, False where a patch reaches beyond the photo; `from_photo` (2, 3)
    maps photo pixels (x, y, 1) to the grid, one unit a patch.
    """

    grid: np.ndarray
    visible: np.ndarray
    from_photo: np.ndarray

    def patches(self, outline: np.ndarray) -> np.ndarray:
        """(R, C) bool: the patches that the convex hull of the photo points `outline` (N, 2) touches."""
        points = outline @ self.from_photo[:, :2].T + self.from_photo[:, 2]
        mask = np.zeros(self.visible.shape, np.uint8)
        cv2.fillPoly(mask, [cv2.convexHull(np.floor(points).astype(np.int32))], 1)
        return mask.astype(bool)

    def pool(self, region: np.ndarray) -> np.ndarray | None:
        """(2 K,) mean and standard deviation over the visible patches of `region` (R, C) bool.

        None where less than half of the region is visible.
        """
        chosen = self.grid[region & self.visible]
        if not len(chosen) or len(chosen) < MIN_VISIBLE * np.count_nonzero(region):
            return None
        return np.concatenate([chosen.mean(axis=0), chosen.std(axis=0)])


@dataclass(frozen=True, eq=False)
class Crop:
    """The square around a face that an encoder looks at (see the module's docstring).

    `pixels` (224, 224, 3) uint8 RGB; `inside` (224, 224) uint8, 1 where the photo is and 0 beyond it; `from_photo`
    (2, 3) maps photo pixels (x, y, 1) to crop pixels.
    """

    pixels: np.ndarray
    inside: np.ndarray
    from_photo: np.ndarray

    @classmethod
    def around(cls, face: Face, change: np.ndarray | None = None) -> Crop:
        """The crop of `face`.

        `change` (2, 3) maps pixels (x, y, 1) of that crop to pixels of the one wanted, such as a mirrored one.
        """
        from_photo = _alignment(face)
        if change is not None:
            from_photo = change @ np.vstack([from_photo, (0, 0, 1)])
        photo = face.photo.pixels
        size = (CROP_SIDE, CROP_SIDE)
        inside = cv2.warpAffine(np.ones(photo.shape[:2], np.uint8), from_photo, size, flags=cv2.INTER_NEAREST)
        return cls(_warped(photo, from_photo), inside, from_photo)

    def visible(self, rows: int, columns: int) -> np.ndarray:
        """(rows, columns) bool: which patches of a grid on the crop lie within the photo."""
        share = cv2.resize(self.inside.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        within: np.ndarray = share > 0.99  # noqa: PLR2004 - rounding
        return within


class Encoder:
    """The ONNX network in the file `weights`; `sha256` is that of the file.

    Raises:
        ModelError: the file can't be read, or is not such a network.
        ModelMismatchError: it has not the `sha256` that was asked for.
    """

    def __init__(self, weights: Path, sha256: str | None = None) -> None:
        try:
            data = weights.read_bytes()
        except OSError as error:
            raise ModelError(f"{weights} cannot be read ({error.strerror}); restore the model's folder.") from None
        self.sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in {None, self.sha256}:
            raise ModelMismatchError(
                f"{weights} is not the file its manifest was written for; restore the model's folder."
            )
        try:
            self._network = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
            shape = self.run(np.zeros((CROP_SIDE, CROP_SIDE, 3), np.uint8)).shape
        except cv2.error as error:
            raise ModelError(f"{weights} is not an encoder that OpenCV can run ({error.err}).") from None
        if len(shape) != 3:  # noqa: PLR2004 - rows, columns, descriptors
            raise ModelError(f"{weights} must give one map of descriptors, not an array of {len(shape)} dimensions.")

    def describe(self, face: Face) -> Face:
        """The same face with its `descriptors`."""
        crop = Crop.around(face)
        grid = self.run(crop.pixels)
        rows, columns = grid.shape[:2]
        from_photo = crop.from_photo * (np.array([[columns], [rows]]) / CROP_SIDE)
        return replace(face, descriptors=Descriptors(grid, crop.visible(rows, columns), from_photo))

    def run(self, crop: np.ndarray) -> np.ndarray:
        """(R, C, K) descriptors of a (224, 224, 3) uint8 crop."""
        self._network.setInput(cv2.dnn.blobFromImage(crop))
        return np.ascontiguousarray(np.moveaxis(self._network.forward()[0], 0, -1))


def _alignment(face: Face) -> np.ndarray:
    """(2, 3) from photo pixels to the crop: the eyes level, and the square of the module's docstring."""
    right, left = face.landmarks[[*regions.IRIDES]]
    across = left - right
    scale = CROP_SIDE / (_CROP_WIDTH * float(np.linalg.norm(across)))
    x, y = across / np.linalg.norm(across)
    turn = scale * np.array([(x, y), (-y, x)])
    middle = (right + left) / 2
    target = CROP_SIDE * np.array([0.5, 0.5 - _CENTRE_BELOW_EYES / _CROP_WIDTH])
    return np.column_stack([turn, target - turn @ middle])


def _warped(pixels: np.ndarray, to_crop: np.ndarray) -> np.ndarray:
    """(224, 224, 3) uint8: the photo under `to_crop`, without aliasing.

    `warpAffine` samples single pixels, so a larger photo is first averaged down to nearly the scale of the crop.
    """
    scale = float(np.hypot(*to_crop[:, 0]))
    if scale < _AVERAGED:
        height, width = pixels.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        ratio = np.array([size[0] / width, size[1] / height])
        linear = to_crop[:, :2] / ratio
        # Pixel centres, not corners, correspond.
        shift = to_crop[:, 2] + to_crop[:, :2] @ (0.5 / ratio - 0.5)
        to_crop = np.column_stack([linear, shift])
    return cv2.warpAffine(pixels, to_crop, (CROP_SIDE, CROP_SIDE), flags=cv2.INTER_LINEAR)
