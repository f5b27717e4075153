"""MediaPipe's native face landmarker: silent, safe in a forked process, and usable again after an error."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from artifact_check.errors import UnreadableError
from artifact_check.photo.silence import silent_stderr
from artifact_check.phrase import Phrase
from artifact_check.shipped import LANDMARK_MODEL, shipped_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

LANDMARK_MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_MAX_FACES = 5
_DETECT_SIDE = 1024  # px; detection time is constant up to here, and landmarks do not improve beyond


class Graph:
    """The native graph of one process, made by `start` or at the first picture.

    Raises:
        ModelError: the landmark model is missing or is not the file that this version needs.
    """

    def __init__(self) -> None:
        self._model = shipped_bytes(LANDMARK_MODEL, LANDMARK_MODEL_SHA256)
        with _no_sound():
            import mediapipe  # noqa: F401 - so that `start` runs little but native code, beside other threads
        self._task: _Task | None = None
        self._pid = os.getpid()

    def start(self) -> None:
        """Make the native graph. If that fails, `detect` tries again, and raises what is wrong."""
        with contextlib.suppress(Exception):
            self._started()

    def detect(self, pixels: np.ndarray) -> Any:  # noqa: ANN401
        """MediaPipe's `FaceLandmarkerResult` for (H, W, 3) uint8 pixels.

        Raises:
            UnreadableError: the native code failed on this picture; later ones are not affected.
        """
        task = self._started()
        try:
            return task.detect(_capped(pixels))
        except Exception as error:
            # After an exception the graph is unusable: every later photo would fail too.
            with contextlib.suppress(Exception):
                self.close()
            raise UnreadableError(
                Phrase(
                    "The landmark model failed on this photo ({error}); save it anew as JPEG or PNG.",
                    error=type(error).__name__,
                )
            ) from error

    def close(self) -> None:
        """Free the native graph; the next `detect` creates a new one."""
        task, self._task = self._task, None
        if task is not None:
            atexit.unregister(task.abandon)
            task.close()

    def _started(self) -> _Task:
        if self._pid != os.getpid():  # a forked child that uses its parent's graph hangs
            if self._task is not None:
                self._task.abandon()
            self._task, self._pid = None, os.getpid()
        if self._task is None:
            self._task = _Task(self._model)
            atexit.register(self._task.abandon)
        return self._task


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


@contextlib.contextmanager
def _no_sound() -> Iterator[None]:
    """Keep MediaPipe from looking for sound devices as it is imported, for which other programs may be started.

    Only its audio tasks need `sounddevice`, and they can be imported where it is not installed.
    """
    if "sounddevice" in sys.modules:
        yield
        return
    sys.modules["sounddevice"] = None  # type: ignore[assignment]  # Python documents it as "cannot be imported"
    try:
        yield
    finally:
        sys.modules.pop("sounddevice", None)


def _capped(pixels: np.ndarray) -> np.ndarray:
    """The picture with its longer side at most `_DETECT_SIDE`: the native code aborts on huge pictures."""
    height, width = pixels.shape[:2]
    scale = _DETECT_SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
