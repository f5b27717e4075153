"""Typed errors: each says what went wrong, with which file, and what to do about it.

`PhotoError`s are about one photo: a scan turns them into a row with a status and goes on. All others stop the run.
"""

from __future__ import annotations

from typing import ClassVar

from artifact_check.results import Status


class ArtifactCheckError(Exception):
    """Root of every error that this package raises on purpose."""


class PhotoError(ArtifactCheckError):
    """One photo could not be checked; `status` is what its row will say."""

    status: ClassVar[Status] = "unreadable"


class UnreadableError(PhotoError):
    """The bytes are not a whole picture in a format that can be decoded."""


class TooLargeError(PhotoError):
    """The file has more bytes, or its header announces more pixels, than the cap allows."""

    status: ClassVar[Status] = "too_large"


class GivenUpError(PhotoError):
    """Checking the photo took too long or too much memory, or took its process along, or the program has a fault."""


class NoFaceError(PhotoError):
    """No face was found."""

    status: ClassVar[Status] = "no_face"


class FaceTooSmallError(PhotoError):
    """A face was found, but it has too few pixels to judge: `faces` in all, the largest `width` and `iod` pixels."""

    status: ClassVar[Status] = "face_too_small"

    def __init__(self, message: str, *, faces: int, width: float, iod: float) -> None:
        super().__init__(message)
        self.faces = faces
        self.width = width
        self.iod = iod


class ModelError(ArtifactCheckError):
    """A model file is missing, damaged or does not fit this version of the package."""


class ModelMismatchError(ModelError):
    """The bundle was made for other measures, cue versions or another landmark model."""


class TrustListError(ArtifactCheckError):
    """The file of certificates to trust can't be read, or holds none."""


class NothingToScanError(ArtifactCheckError):
    """None of the given places holds a photo, or one of them cannot be searched."""


class OutputError(ArtifactCheckError):
    """The result could not be written where it was asked for."""


class EngineError(ArtifactCheckError):
    """The machines that were to check the photos cannot be reached, or would give other results."""


class StoreError(ArtifactCheckError):
    """The file of kept reports is none, is damaged, or could not be written."""


class DatasetError(ArtifactCheckError):
    """A labelled folder is not laid out as `train` and `evaluate` need it."""


class ServeError(ArtifactCheckError):
    """The local page could not be started."""
