"""Typed errors. Each message says what went wrong, with which file, and what to do.

A `PhotoError` concerns one photo: a scan turns it into a row with a status and continues. All others stop the run.
"""

from __future__ import annotations

import functools
from typing import ClassVar

from artifact_check.phrase import Phrase
from artifact_check.results import Status


class ArtifactCheckError(Exception):
    """Base class of all errors that this package raises on purpose; `message` says what happened and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PhotoError(ArtifactCheckError):
    """One photo could not be checked; `status` is the status of its row."""

    status: ClassVar[Status] = "unreadable"


class UnreadableError(PhotoError):
    """The file cannot be opened, or is not a complete picture in a supported format."""


class TooLargeError(PhotoError):
    """The file has more bytes, or its header announces more pixels, than the limit allows."""

    status: ClassVar[Status] = "too_large"


class HighDynamicRangeError(PhotoError):
    """The picture is stored for HDR screens (PQ, HLG) or in linear light, which nothing here can compare."""

    status: ClassVar[Status] = "not_assessed"


class GivenUpError(PhotoError):
    """Checking the photo took too long or too much memory, crashed its process, or hit a bug in the program."""


class NoFaceError(PhotoError):
    """No face was found in the photo."""

    status: ClassVar[Status] = "no_face"


class NotUprightError(PhotoError):
    """What was found cannot be made out as a face, whichever way up."""

    status: ClassVar[Status] = "not_assessed"


class FaceTooSmallError(PhotoError):
    """The face has too few pixels to be measured.

    Attributes:
        faces: number of faces found.
        width: width of the face, in pixels.
        iod: its interocular distance, in pixels.
    """

    status: ClassVar[Status] = "face_too_small"

    def __init__(self, message: str, *, faces: int, width: float, iod: float) -> None:
        super().__init__(message)
        self.faces = faces
        self.width = width
        self.iod = iod

    def __reduce__(self) -> tuple[object, ...]:  # so that it passes between processes
        return functools.partial(type(self), faces=self.faces, width=self.width, iod=self.iod), (self.message,)


class ModelError(ArtifactCheckError):
    """A model file is missing, damaged or incompatible with this version of the package."""


class ModelMismatchError(ModelError):
    """The bundle was trained with other measures, other cue versions or another landmark model."""


class ComparisonError(ArtifactCheckError):
    """A headshot cannot be compared: one of the photos shows no face, or the references show several people.

    `message` says which photo it concerns, if it is one, what happened and what to do.
    """

    def __init__(self, problem: str, photo: str = "") -> None:
        super().__init__(Phrase("{photo}: {problem:text}", photo=photo, problem=problem) if photo else problem)


class TrustListError(ArtifactCheckError):
    """The file of trusted certificates can't be read or contains no certificate."""


class NothingToScanError(ArtifactCheckError):
    """No photo was found in the given paths and addresses, or one of them cannot be searched."""


class OutputError(ArtifactCheckError):
    """The output could not be written."""


class EngineError(ArtifactCheckError):
    """The cluster is unreachable, or runs another version, model or list of trusted signers."""


class StoreError(ArtifactCheckError):
    """The file is not a store, is damaged, or could not be written."""


class DatasetError(ArtifactCheckError):
    """A labelled folder does not have the layout that `train` and `evaluate` need."""


class ServeError(ArtifactCheckError):
    """The local web page could not be started."""
