"""How far two faces are from each other, as a face recognition network sees them.

The network is dlib's (Davis King 2017, public domain; `docs/licences.md`), converted by `tools/likeness.py`. It maps a
face to 128 numbers; their distance is below 0.6 for most pairs of photos of one person. Faces are cut out as in its
training: by a similarity that puts eye corners and nose base on dlib's mean face.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from artifact_check.face import Face, regions
from artifact_check.face.encoder import warped
from artifact_check.shipped import LIKENESS, shipped_bytes

NETWORK_SHA256 = "aea6fe07e9da81670033841aa8a096ef246cb0fed6c8ae8751cedfbe5bb80b75"
SAME_PERSON = (0.19, 0.47)
"""Distances of 95 % of pairs of photos of one person."""
DISAGREE = 0.55
"""A reference usually further than this from the others shows somebody else, or is too different to compare."""
_SIDE = 150  # px
_PADDING = 0.25
_CORNERS = (*regions.LEFT.canthi, *regions.RIGHT.canthi, regions.NOSE_BASE)
_MEAN_FACE = np.array([  # of `_CORNERS`, in a square around the face without its padding
    (0.8595674595992, 0.2134981538014), (0.6460604764104, 0.2289674387677), (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242), (0.4901123135679, 0.6277975316475),
])  # fmt: skip
_TARGET = (_MEAN_FACE + _PADDING) / (1 + 2 * _PADDING) * _SIDE


@dataclass(frozen=True, eq=False)
class Embedding:
    """A face as the network sees it; it compares with others and shows its numbers to nobody."""

    _numbers: np.ndarray = field(repr=False)

    def distance(self, other: Embedding) -> float:
        """0 for the same picture; above 0.6 for most different people."""
        return float(np.linalg.norm(self._numbers - other._numbers))

    def __reduce__(self) -> str:
        raise TypeError("an embedding stays in its process")


class Recogniser:
    """The network.

    Raises:
        ModelError: it is missing, or not the file that this version needs.
    """

    def __init__(self) -> None:
        data = shipped_bytes(LIKENESS, NETWORK_SHA256)
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))

    def embed(self, face: Face) -> Embedding:
        """The mean of the face and its mirror image, which halves what the light's side changes."""
        chip = warped(face.photo.pixels, _to_chip(face.landmarks[[*_CORNERS]] - 0.5), _SIDE)
        return Embedding((self._run(chip) + self._run(np.ascontiguousarray(chip[:, ::-1]))) / 2)

    def _run(self, chip: np.ndarray) -> np.ndarray:
        self._network.setInput(cv2.dnn.blobFromImage(chip))
        numbers: np.ndarray = self._network.forward()[0].copy()
        return numbers


def _to_chip(points: np.ndarray) -> np.ndarray:
    """(2, 3) the least-squares similarity that takes `points` (5, 2) onto the mean face (Umeyama 1991)."""
    middle, target = points.mean(axis=0), _TARGET.mean(axis=0)
    (x, y), (u, v) = (points - middle).T, (_TARGET - target).T
    size = x @ x + y @ y
    a, b = (x @ u + y @ v) / size, (x @ v - y @ u) / size
    turn = np.array([(a, -b), (b, a)])
    return np.column_stack([turn, target - turn @ middle])
