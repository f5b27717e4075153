"""Photo -> Face, by MediaPipe's face landmarker; also finds faces that are upside down."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
from collections.abc import Callable
from typing import Any, Self

import cv2
import numpy as np

from artifact_check.errors import FaceTooSmallError, ModelError, NoFaceError, UnreadableError
from artifact_check.face import regions, texture
from artifact_check.face.face import Face
from artifact_check.face.view import CANONICAL_IOD
from artifact_check.photo import Photo
from artifact_check.photo.silence import silent_stderr
from artifact_check.shipped import shipped_model

LANDMARK_MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MIN_IOD = 40.0  # px; below it an iris is under 8 px wide and skin has no texture left
_MAX_FACES = 5
DETECTABLE_SIDE = 960  # px, longer side; a larger photo shows no more faces
_DETAILED_IOD = 110.0  # px; an iris is then 20 px wide, the most that any measure needs
_DETECT_SIDE = 1024  # px; detection time is constant up to here, and landmarks do not improve beyond
_DOUBTFUL = 1.4  # brow and eye luma over cheek luma
_DOMINANT = 3.0  # area ratio; beyond it the smaller face is a bystander


class Landmarker:
    """MediaPipe's face landmarker in IMAGE mode, silent, for one process.

    Raises:
        ModelError: the landmark model is missing or is not the file that this version needs.
    """

    def __init__(self) -> None:
        self._model = _landmark_model()
        self._task: _Task | None = None
        self._pid = os.getpid()

    def find(self, photo: Photo) -> Face:
        """The largest face of `photo`.

        Raises:
            NoFaceError: no face, upright or upside down.
            UnreadableError: the native code failed on this photo; later photos are not affected.
            FaceTooSmallError: the interocular distance is under `MIN_IOD` pixels of the whole picture.
        """
        pixels = _capped(photo.pixels)
        face = self._look(photo, pixels, turned=False)
        if face is None or _darkness_upside_down(face) > _DOUBTFUL:
            # In an upside-down photo, chin and mouth can be mistaken for brow and eyes: try both ways.
            other = self._look(photo, np.ascontiguousarray(pixels[::-1, ::-1]), turned=True)
            face = min((f for f in (face, other) if f is not None), key=_darkness_upside_down, default=None)
        if face is None:
            raise NoFaceError("No face was found; use a photo with one face turned to the camera.")
        iod = face.iod * photo.reduction
        if iod < MIN_IOD:
            raise FaceTooSmallError(
                f"The eyes are only {iod:.0f} pixels apart, and at least {MIN_IOD:.0f} are needed; "
                "use a larger version of the photo.",
                faces=face.count,
                width=face.width * photo.reduction,
                iod=iod,
            )
        return face

    def find_in_detail(self, photo: Photo, decode: Callable[..., Photo]) -> Face:
        """The largest face of `photo`, at a scale at which every cue has the pixels it needs.

        `photo` was decoded at `DETECTABLE_SIDE`. If its face is too small at that scale, `decode` reads the picture
        again at a larger one.

        Raises:
            PhotoError: as `find` and `decode` do.
        """
        face = self.find(photo)
        if photo.reduction == 1 or face.iod >= _DETAILED_IOD:
            return face
        return face.rescaled_to(decode(min_side=max(photo.width, photo.height) * _DETAILED_IOD / face.iod))

    def close(self) -> None:
        """Free the native graph; the next `find` creates a new one."""
        task, self._task = self._task, None
        if task is not None:
            atexit.unregister(task.abandon)
            task.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look(self, photo: Photo, pixels: np.ndarray, *, turned: bool) -> Face | None:
        detection = self._detect(pixels)
        return _to_face(photo, detection, turned=turned) if detection.face_landmarks else None

    def _detect(self, pixels: np.ndarray) -> Any:  # noqa: ANN401
        if self._pid != os.getpid():  # a forked child that uses its parent's graph hangs
            if self._task is not None:
                self._task.abandon()
            self._task, self._pid = None, os.getpid()
        if self._task is None:
            self._task = _Task(self._model)
            atexit.register(self._task.abandon)
        try:
            return self._task.detect(pixels)
        except Exception as error:
            # After an exception the graph is unusable: every later photo would fail too.
            with contextlib.suppress(Exception):
                self.close()
            raise UnreadableError(
                f"The landmark model failed on this photo ({type(error).__name__}); save it anew as JPEG or PNG."
            ) from error


def _darkness_upside_down(face: Face) -> float:
    """Median luma of brows and eyes over that of the cheeks: below `_DOUBTFUL` in nine of ten upright faces."""
    view = face.view(CANONICAL_IOD)
    parts = [view.luma.take(view.where(*names)) for names in (regions.BROWS, regions.EYES, regions.CHEEKS)]
    if not all(part.size for part in parts):
        return float("inf")
    brow, eye, cheek = (texture.median(part) for part in parts)
    return (brow + eye) / max(cheek, 1.0)


def _landmark_model() -> bytes:
    path = shipped_model("face_landmarker.task")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != LANDMARK_MODEL_SHA256:
        raise ModelError(f"{path} is not the landmark model that this version needs; reinstall the package.")
    return data


class _Task:
    """One native face landmarker."""

    def __init__(self, model: bytes) -> None:
        with silent_stderr():  # MediaPipe's native log has no off switch
            from mediapipe.tasks.python import BaseOptions, vision

            self._native = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=model),
                    running_mode=vision.RunningMode.IMAGE,
                    num_faces=_MAX_FACES,
                    output_face_blendshapes=True,
                    output_facial_transformation_matrixes=True,
                )
            )
            # The first detection prints too, so run it here, on an empty picture.
            self.detect(np.zeros((64, 64, 3), np.uint8))

    def detect(self, pixels: np.ndarray) -> Any:  # noqa: ANN401
        import mediapipe

        return self._native.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels))

    def close(self) -> None:
        with silent_stderr():
            self._native.close()

    def abandon(self) -> None:
        """Leave the native object to the operating system.

        Its threads are gone at exit, where closing it would raise, and in a forked child, where closing it would hang.
        """
        self._native._handle = None  # noqa: SLF001


def _capped(pixels: np.ndarray) -> np.ndarray:
    """The picture with its longer side at most `_DETECT_SIDE`: the native code aborts on huge pictures."""
    height, width = pixels.shape[:2]
    scale = _DETECT_SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _to_face(photo: Photo, detection: Any, *, turned: bool) -> Face:  # noqa: ANN401
    faces = [np.array([(p.x, p.y, p.z) for p in points]) for points in detection.face_landmarks]
    areas = [float(np.prod(np.ptp(points[:, :2], axis=0))) for points in faces]
    chosen = int(np.argmax(areas))
    rivals = sum(area * _DOMINANT > areas[chosen] for area in areas) - 1
    points = faces[chosen]
    transform = np.array(detection.facial_transformation_matrixes[chosen], dtype=np.float64)
    if turned:
        points[:, :2] = 1 - points[:, :2]
        transform[:2] = -transform[:2]
    height, width = photo.pixels.shape[:2]
    return Face(
        photo=photo,
        landmarks=points[:, :2] * (width, height),
        depth=points[:, 2] * width,
        transform=transform,
        blendshapes={shape.category_name: float(shape.score) for shape in detection.face_blendshapes[chosen]},
        count=len(faces),
        dominant=rivals == 0,
    )
