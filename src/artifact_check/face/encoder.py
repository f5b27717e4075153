"""A learned encoder: the face, turned upright by its eyes, as a small map of log-odds of AI.

The encoder is an ONNX network that a model bundle brings. It takes (1, 3, 224, 224) float32 RGB from 0 to 255, the crop
below, and gives (1, 1, 16, 16): for each patch of the crop, log-odds that the face is AI-made. It runs once a face, in
OpenCV's DNN module. A cue's learned measure is the mean over the patches of its region (`REGIONS`), so what each patch
adds is an exact part of it. (Such maps: Chai, Bau, Lim, Isola 2020, "What makes fake images detectable?".)

Crop: a square of 3.6 interocular distances; its centre lies 0.3 interocular distances below the middle of the eyes.
Outside the photo it is black, and patches that reach there are marked as not visible.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import regions, texture
from artifact_check.face.face import MIN_JPEG_QUALITY, MIN_RESOLUTION, Face
from artifact_check.face.view import MIN_DETAIL_IOD

CROP_SIDE = 224  # px
GRID = 16  # rows and columns of patches
MIN_VISIBLE = 0.5  # share of a region's patches
_CROP_WIDTH = 3.6  # interocular distances
_CENTRE_BELOW_EYES = 0.3  # interocular distances
_CROP_IOD = CROP_SIDE / _CROP_WIDTH  # px
_AVERAGED = 0.75  # crop pixels per photo pixel, below which linear sampling would alias
_MARGIN = 2  # averaged pixels beyond the crop, for linear sampling and rounding

# Rows and columns of patches, ends open. The eyes lie at row 6.7, columns 5.8 and 10.2. Each region is its own mirror
# image.
REGIONS: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    "eye_area": ((5, 8, 3, 13),),
    "nose_cheeks": ((8, 10, 3, 13),),
    "mouth": ((10, 13, 5, 11),),
    "forehead": ((2, 5, 4, 12),),
    "top": ((0, 2, 0, 16),),
    "sides": ((2, 14, 0, 3), (2, 14, 13, 16)),
    "chin_neck": ((13, 16, 3, 13),),
}


@cache
def region_mask(name: str) -> np.ndarray:
    """(16, 16) bool: the patches of one of `REGIONS`."""
    mask = np.zeros((GRID, GRID), bool)
    for top, bottom, left, right in REGIONS[name]:
        mask[top:bottom, left:right] = True
    return mask


@dataclass(frozen=True, eq=False)
class Patches:
    """What an encoder says of a face.

    `log_odds` (16, 16) of AI by patch; `visible` (16, 16) bool, False where a patch reaches beyond the photo;
    `from_photo` (2, 3) maps photo pixels (x, y, 1) to the grid, one unit a patch.
    """

    log_odds: np.ndarray
    visible: np.ndarray
    from_photo: np.ndarray

    def mean(self, region: str) -> float | None:
        """Mean log-odds over the visible patches of a region; None where less than half of it is visible."""
        mask = region_mask(region)
        chosen = self.log_odds[mask & self.visible]
        if len(chosen) < MIN_VISIBLE * np.count_nonzero(mask):
            return None
        return float(chosen.mean())


@dataclass(frozen=True, eq=False)
class Crop:
    """The square around a face that an encoder looks at (see the module's docstring).

    `pixels` (224, 224, 3) uint8 RGB; `visible` (16, 16) bool, False where a patch reaches beyond the photo;
    `from_photo` (2, 3) maps photo pixels (x, y, 1) to crop pixels.
    """

    pixels: np.ndarray
    visible: np.ndarray
    from_photo: np.ndarray

    @classmethod
    def of(cls, face: Face) -> Crop | None:
        """What an encoder is to judge; None where it could not see: a face too small, soft or strongly compressed."""
        quality = face.photo.jpeg_quality
        compressed = quality is not None and quality < MIN_JPEG_QUALITY
        if face.iod < MIN_DETAIL_IOD or compressed or face.resolution_at(_CROP_IOD) < MIN_RESOLUTION:
            return None
        return cls.around(face)

    @classmethod
    def around(cls, face: Face, change: np.ndarray | None = None) -> Crop:
        """The crop of `face`.

        `change` (2, 3) maps pixels (x, y, 1) of that crop to pixels of the one wanted, such as a mirrored one.
        """
        from_photo = alignment(face, CROP_SIDE)
        if change is not None:
            from_photo = change @ np.vstack([from_photo, (0, 0, 1)])
        photo = face.photo.pixels
        size = (CROP_SIDE, CROP_SIDE)
        inside = cv2.warpAffine(np.ones(photo.shape[:2], np.uint8), from_photo, size, flags=cv2.INTER_NEAREST)
        share = cv2.resize(inside.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_AREA)
        return cls(warped(photo, from_photo, CROP_SIDE), share > 0.99, from_photo)  # noqa: PLR2004 - rounding


class Encoder:
    """The ONNX network in the file `weights`, whose digest is `sha256`.

    Raises:
        ModelError: the file can't be read, or is not such a network.
        ModelMismatchError: it has not the `sha256` that was asked for.
    """

    def __init__(self, weights: Path, sha256: str | None = None) -> None:
        try:
            data = weights.read_bytes()
        except OSError as error:
            raise ModelError(f"{weights} cannot be read ({error.strerror}); restore the model's folder.") from None
        self.weights = weights
        self.sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in {None, self.sha256}:
            raise ModelMismatchError(
                f"{weights} is not the file its manifest was written for; restore the model's folder."
            )
        try:
            self._network = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
            shape = self._forward(np.zeros((CROP_SIDE, CROP_SIDE, 3), np.uint8)).shape
        except cv2.error as error:
            raise ModelError(
                f"{weights} is not an encoder that OpenCV can run ({error.err}); give a file that train-encoder wrote."
            ) from None
        if shape != (1, 1, GRID, GRID):
            raise ModelError(
                f"{weights} gives an array of shape {shape}, not (1, 1, {GRID}, {GRID}); "
                "give a file that train-encoder wrote."
            )

    def describe(self, face: Face) -> Face:
        """The same face with its `patches`, if it can be judged (`Crop.of`)."""
        crop = Crop.of(face)
        return face if crop is None else face.described(self.patches(crop))

    def patches(self, crop: Crop) -> Patches:
        """What it says of a crop."""
        return Patches(self.run(crop.pixels), crop.visible, crop.from_photo * (GRID / CROP_SIDE))

    def run(self, crop: np.ndarray) -> np.ndarray:
        """(16, 16) log-odds of AI by patch of a (224, 224, 3) uint8 crop."""
        log_odds: np.ndarray = self._forward(crop)[0, 0]
        return log_odds

    def _forward(self, crop: np.ndarray) -> np.ndarray:
        self._network.setInput(cv2.dnn.blobFromImage(crop))
        output: np.ndarray = self._network.forward()
        return output


def alignment(face: Face, side: int) -> np.ndarray:
    """(2, 3) from photo pixels to the square of the module's docstring, `side` px wide, with the eyes level."""
    right, left = face.landmarks[[*regions.IRIDES]]
    across = left - right
    scale = side / (_CROP_WIDTH * float(np.linalg.norm(across)))
    x, y = across / np.linalg.norm(across)
    turn = scale * np.array([(x, y), (-y, x)])
    middle = (right + left) / 2
    target = side * np.array([0.5, 0.5 - _CENTRE_BELOW_EYES / _CROP_WIDTH])
    return np.column_stack([turn, target - turn @ middle])


def warped(pixels: np.ndarray, to_crop: np.ndarray, side: int) -> np.ndarray:
    """(side, side, 3) uint8: the photo under `to_crop` (2, 3), without aliasing.

    `warpAffine` samples single pixels, so a larger photo is first averaged down to nearly the scale of the crop. What
    lies right of the crop or below it is left out of that, which moves no pixel of the rest.
    """
    scale = float(np.hypot(*to_crop[:, 0]))
    if scale < _AVERAGED:
        height, width = pixels.shape[:2]
        ratio = np.array([max(1, round(width * scale)) / width, max(1, round(height * scale)) / height])
        right, bottom = np.ceil(_far_corner(to_crop, side) + _MARGIN / ratio).astype(int)
        pixels = texture.averaged(pixels[:bottom, :right], *ratio.tolist())
        linear = to_crop[:, :2] / ratio
        # Pixel centres, not corners, correspond.
        shift = to_crop[:, 2] + to_crop[:, :2] @ (0.5 / ratio - 0.5)
        to_crop = np.column_stack([linear, shift])
    return cv2.warpAffine(pixels, to_crop, (side, side), flags=cv2.INTER_LINEAR)


def _far_corner(to_crop: np.ndarray, side: int) -> np.ndarray:
    """(2,) the largest x and y of the photo, in pixels, that `to_crop` maps into the crop; not negative."""
    to_photo = cv2.invertAffineTransform(to_crop)
    corners = np.array([(x, y, 1) for x in (0, side) for y in (0, side)])
    far: np.ndarray = np.maximum((corners @ to_photo.T).max(axis=0), 0)
    return far
