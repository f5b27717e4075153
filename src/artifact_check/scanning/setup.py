"""What a checker is made with, so that every process and every machine makes the same one."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_check.errors import ModelError, TrustListError
from artifact_check.shipped import CURRENT, shipped_model
from artifact_check.version import __version__

if TYPE_CHECKING:
    from artifact_check.checking.checker import Checker


@dataclass(frozen=True, slots=True)
class Setup:
    """A model bundle's folder (None: the one shipped), and a PEM file of signers to trust.

    With `previews`, each report brings a small picture along.
    """

    model: Path | None = None
    trust_list: Path | None = None
    previews: bool = False

    def checker(self) -> Checker:
        """Load the models; raises what `Checker` does."""
        from artifact_check.checking.checker import Checker  # noqa: PLC0415 - late: it loads numpy and mediapipe

        return Checker(self.model, trust_list=self.trust_list, previews=self.previews)

    def maker(self) -> str:
        """Name everything but the photo that a report depends on: model, program version and trusted signers.

        Raises:
            ModelError: a file of the model cannot be read.
            TrustListError: the list of signers cannot be read.
        """
        folder = shipped_model(CURRENT) if self.model is None else self.model
        digest = hashlib.sha256(__version__.encode())
        for path, error_class in (
            (folder / "manifest.json", ModelError),
            (folder / "model.skops", ModelError),
            (self.trust_list, TrustListError),
        ):
            try:
                digest.update(b"" if path is None else hashlib.sha256(path.read_bytes()).digest())
            except OSError as error:
                raise error_class(f"{path} cannot be opened ({error.strerror}).") from None
        return digest.hexdigest()[:16]


@functools.cache
def shared_checker(setup: Setup) -> Checker:
    """Give this process's checker, on one thread: the cores are shared out among the processes."""
    import cv2  # noqa: PLC0415 - late: it loads numpy

    cv2.setNumThreads(1)
    return setup.checker()
