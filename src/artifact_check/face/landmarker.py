"""Photo -> Face, by MediaPipe's face landmarker, whichever way up the photo lies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

import cv2
import numpy as np

from artifact_check.errors import FaceTooSmallError, NoFaceError, NotUprightError
from artifact_check.face.choice import choose_face
from artifact_check.face.face import Face
from artifact_check.face.graph import Graph
from artifact_check.face.level import Level
from artifact_check.face.tiles import Tile, tilings
from artifact_check.face.upright import log_odds
from artifact_check.photo import Photo
from artifact_check.phrase import Phrase

MIN_IOD = 40.0  # px; below it an iris is under 8 px wide and skin has no texture left
DETECTABLE_SIDE = 960  # px, longer side; a larger photo shows no more faces
_DETAILED_IOD = 110.0  # px; an iris is then 20 px wide, the most that any measure needs
_UPRIGHT = 55.0  # degrees of roll; beyond it, the face is nearer to upright after a quarter turn
_CERTAIN, _CONVINCING = 3.0, 0.0  # log-odds of being the right way up: to look no further, and to judge
_SAME = 0.3  # interocular distances between landmarks of the same face
_SMALL = 0.115  # of the photo's longer side; the detector does not see a narrower face in the whole photo
_SMALLEST_WIDTH = 95.0  # px; a narrower face has an IOD under `MIN_IOD`
_CLOSE = 7.0  # interocular distances
_DOMINANT = 3.0  # area ratio; beyond it the smaller face is a bystander


class Landmarker:
    """Finds faces with MediaPipe's face landmarker, in one process.

    Raises:
        ModelError: the landmark model is missing or is not the file that this version needs.
    """

    def __init__(self) -> None:
        self._graph = Graph()

    def start(self) -> None:
        """Make the native graph now; otherwise the first photo waits for it."""
        self._graph.start()

    def find(self, photo: Photo) -> Face:
        """The person's face in `photo`, which is turned by quarters of a circle if it lies on its side or its head.

        Raises:
            NoFaceError: no face, whichever way up.
            UnreadableError: the native code failed on this photo; later photos are not affected.
            NotUprightError: the face cannot be made out well enough, whichever way up.
            FaceTooSmallError: the interocular distance is under `MIN_IOD` pixels of the whole picture.
        """
        face = self.look(photo)
        if face is None or not _is_upright(face, _CERTAIN):
            face = self._look_around(photo, face)
        if face.level is not None:
            face = self._look_level(face, face.level)
        iod = face.iod * photo.reduction
        if iod < MIN_IOD:
            raise FaceTooSmallError(
                Phrase(
                    "The eyes are only {distance:number} pixels apart, and at least {needed:number} are needed; "
                    "use a larger version of the photo.",
                    distance=f"{iod:.0f}",
                    needed=f"{MIN_IOD:.0f}",
                ),
                faces=face.count,
                width=face.width * photo.reduction,
                iod=iod,
            )
        return face

    def find_in_detail(self, photo: Photo, decode: Callable[..., Photo]) -> Face:
        """The person's face in `photo`, at a scale at which every cue has the pixels it needs.

        `photo` was decoded at `DETECTABLE_SIDE`. If its face is too small at that scale, `decode` reads the picture
        again at a larger one.

        Raises:
            PhotoError: as `find` and `decode` do.
        """
        face = self.find(photo)
        if photo.reduction == 1 or face.iod >= _DETAILED_IOD:
            return face
        detailed = decode(min_side=max(photo.width, photo.height) * _DETAILED_IOD / face.iod).turn(face.photo.turned)
        rescaled = face.rescaled_to(detailed)
        small = face.width < _SMALL * max(photo.width, photo.height)
        return self._look_closer(rescaled) if small else rescaled

    def look(self, photo: Photo) -> Face | None:
        """The person's face as seen at the first look, perhaps the wrong way up; None if none is seen.

        Raises:
            UnreadableError: as `find` does.
        """
        detection = self._graph.detect(photo.pixels)
        return _to_face(photo, detection) if detection.face_landmarks else None

    def close(self) -> None:
        """Free the native graph; the next `find` creates a new one."""
        self._graph.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look_around(self, photo: Photo, first: Face | None) -> Face:
        """The face in whichever of four directions it looks upright, or in tiles; `first` is what was seen at once."""
        seen = [first, *(self.look(photo.turn(degrees)) for degrees in (180, 90, 270))]
        faces = [face for face in seen if face is not None]
        upright = [face for face in faces if _is_upright(face, _CONVINCING)]
        if upright:
            return max(upright, key=log_odds)
        if small := self._look_for_small(photo):
            return small
        if faces:
            raise NotUprightError(
                "The face cannot be made out well enough, whichever way up; turn the photo upright, or use one with "
                "one face turned to the camera."
            )
        raise NoFaceError(
            "No face was found; turn the photo upright, crop it closer to the face, or use one with a face turned to "
            "the camera."
        )

    def _look_for_small(self, photo: Photo) -> Face | None:
        """The person's face in tiles of a photo in which, looked at as a whole, none is seen, whichever way up.

        In a tile, a face on its side is seen and tells by its roll where up is; one on its head is not seen.
        """
        for way in (photo, photo.turn(180)):
            for size, tiles in enumerate(_tilings(way)):
                seen = self._look_in(way, tiles)
                if face := self._choose_small(way, seen):
                    return face
                for degrees in sorted({_quarter_turn(face) for face in seen} - {0}):
                    turned = way.turn(degrees)
                    same_size = next(itertools.islice(_tilings(turned), size, None))
                    if face := self._choose_small(turned, self._look_in(turned, same_size)):
                        return face
        return None

    def _look_in(self, photo: Photo, tiles: list[Tile]) -> list[Face]:
        """What lies in tiles of the photo and is surely a face, whatever its roll."""
        seen = (self._look_at(photo, tile) for tile in tiles)
        return [face for face in seen if face is not None and log_odds(face) >= _CERTAIN]

    def _choose_small(self, photo: Photo, seen: list[Face]) -> Face | None:
        """The person's face among those seen in tiles of the photo; None if none is upright."""
        faces = _distinct([face for face in seen if abs(face.roll) <= _UPRIGHT])
        if not faces:
            return None
        places = [face.landmarks for face in faces]
        chosen = choose_face(photo.pixels, places)
        return self._look_closer(replace(faces[chosen], count=len(faces), dominant=_dominates(chosen, places)))

    def _look_closer(self, face: Face) -> Face:
        """`face` with better landmarks, found in a square around it; itself if no such face is seen there."""
        side = min(round(_CLOSE * face.iod), face.photo.width, face.photo.height)
        corner = (face.landmarks.min(axis=0) + face.landmarks.max(axis=0) - side) / 2
        left, top = (
            np.clip(np.round(corner), 0, (face.photo.width - side, face.photo.height - side)).astype(int).tolist()
        )
        return _better(face, self._look_at(face.photo, (left, top, side)))

    def _look_at(self, photo: Photo, tile: Tile) -> Face | None:
        """The person's face as seen in a tile of the photo."""
        left, top, side = tile
        part = np.ascontiguousarray(photo.pixels[top : top + side, left : left + side])
        face = self.look(replace(photo, pixels=part, whole_size=None))
        return None if face is None else face.moved(photo, np.array([(1.0, 0.0, left), (0.0, 1.0, top)]))

    def _look_level(self, face: Face, level: Level) -> Face:
        """`face` with better landmarks, found where it is level; itself if no such face is seen there."""
        seen = self.look(level.face.photo)
        to_photo = cv2.invertAffineTransform(level.from_photo)
        return _better(face, None if seen is None else seen.moved(face.photo, to_photo))


def _is_upright(face: Face, sure: float) -> bool:
    """Whether `face` is more upright than on its side, and lies the right way up with log-odds of at least `sure`."""
    return abs(face.roll) <= _UPRIGHT and log_odds(face) >= sure


def _quarter_turn(face: Face) -> int:
    """The degrees by which its photo has to be turned clockwise to put the face upright: 0, 90, 180 or 270."""
    return round(-face.roll / 90) * 90 % 360


def _tilings(photo: Photo) -> Iterator[list[Tile]]:
    """Rounds of tiles in which to look for a small face, from large to small ones."""
    return tilings(photo.width, photo.height, max(photo.stored_size), _SMALLEST_WIDTH)


def _better(face: Face, other: Face | None) -> Face:
    """`other`, if it is the same face at a second look; else `face`."""
    if other is None or np.linalg.norm(other.landmarks - face.landmarks, axis=1).mean() > _SAME * face.iod:
        return face
    return replace(other, count=face.count, dominant=face.dominant)


def _distinct(faces: list[Face]) -> list[Face]:
    """Each face once, the widest first; overlapping tiles show some of them twice."""
    found: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.width):
        middle = face.landmarks.mean(axis=0)
        if all(np.linalg.norm(middle - each.landmarks.mean(axis=0)) > each.width / 2 for each in found):
            found.append(face)
    return found


def _to_face(photo: Photo, detection: Any) -> Face:  # noqa: ANN401
    height, width = photo.pixels.shape[:2]
    faces = [
        np.array([(p.x * width, p.y * height, p.z * width) for p in points]) for points in detection.face_landmarks
    ]
    chosen = choose_face(photo.pixels, faces)
    points = faces[chosen]
    return Face(
        photo=photo,
        landmarks=points[:, :2],
        depth=points[:, 2],
        transform=np.array(detection.facial_transformation_matrixes[chosen], dtype=np.float64),
        blendshapes={shape.category_name: float(shape.score) for shape in detection.face_blendshapes[chosen]},
        count=len(faces),
        dominant=_dominates(chosen, faces),
    )


def _dominates(chosen: int, faces: Sequence[np.ndarray]) -> bool:
    """Whether the area of one face, by its landmarks (478, 2 or more), is `_DOMINANT` times that of each other one."""
    areas = [float(np.prod(np.ptp(points[:, :2], axis=0))) for points in faces]
    return all(areas[chosen] >= _DOMINANT * area for n, area in enumerate(areas) if n != chosen)
