"""What a checker is made with, so that every process and every machine makes the same one."""

from __future__ import annotations

import functools
import gc
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_check.errors import ModelError, TrustListError
from artifact_check.shipped import bundle_files
from artifact_check.version import __version__

if TYPE_CHECKING:
    from artifact_check.checking.checker import Checker

_PACKAGE = Path(__file__).parents[1]
# What makes a report, and what it is made with.
_CODE = ("photo", "provenance", "face", "cues", "model", "checking", "scale.py")
_LIBRARIES = ("c2pa-python", "mediapipe", "numpy", "opencv-python-headless", "pillow", "pillow-heif")


@dataclass(frozen=True)  # without slots, a cluster of another version can unpickle it, and then say so
class Setup:
    """A model bundle's folder (None: the shipped one), and a PEM file of signers to trust.

    With `evidence`, each report holds what to draw on the photo; with `previews`, small pictures of it, too; with
    `measures`, what each cue measured.
    """

    model: Path | None = None
    trust_list: Path | None = None
    evidence: bool = True
    previews: bool = False
    measures: bool = True

    def checker(self) -> Checker:
        """Load the models; raises what `Checker` does."""
        from artifact_check.checking.checker import Checker  # noqa: PLC0415 - late: it loads numpy and mediapipe

        return Checker(
            self.model,
            trust_list=self.trust_list,
            evidence=self.evidence,
            previews=self.previews,
            measures=self.measures,
        )

    def fingerprint(self) -> str:
        """Digest everything but the photo that moves a result.

        That is the program's version, its code and data, the libraries that decode and measure, the model bundle with
        its encoder, and the trusted signers. The code names the digest of the landmark model.

        Raises:
            ModelError: a file of the model cannot be read.
            TrustListError: the list of signers cannot be read.
        """
        digest = hashlib.sha256(__version__.encode())
        digest.update(_code_digest().encode())
        for path in bundle_files(self.model):
            digest.update(_digest(path, ModelError))
        if self.trust_list is not None:
            digest.update(_digest(self.trust_list, TrustListError))
        return digest.hexdigest()[:16]


@functools.cache
def _code_digest() -> str:
    """Digest of the package's code and data, and of the versions of the libraries beside it."""
    from importlib.metadata import version  # noqa: PLC0415 - late: `--help` takes a fifth longer with it

    digest = hashlib.sha256(" ".join(version(library) for library in _LIBRARIES).encode())
    for code in _CODE:
        for path in sorted([_PACKAGE / code, *(_PACKAGE / code).rglob("*")]):
            if path.suffix in {".py", ".json"}:
                digest.update(path.relative_to(_PACKAGE).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(path: Path, error_class: type[ModelError | TrustListError]) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise error_class(f"{path} cannot be opened ({error.strerror}); check that you may read it.") from None


def use_one_blas_thread() -> None:
    """Keep NumPy, which must not be loaded yet, to one thread: matrices here are so small that more only cost time."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def collect_garbage_rarely() -> None:
    """Keep Python, at every 700 to 2,000 new objects, from looking through the libraries again while they load."""
    gc.set_threshold(50_000)


_shared: dict[Setup, Checker] = {}


def shared_checker(setup: Setup) -> Checker:
    """Give this process's checker, on one thread: the cores are shared out among the processes.

    A worker of a cluster may serve scans with other setups. It keeps the models of the last.
    """
    import cv2  # noqa: PLC0415 - late: it loads numpy

    if setup not in _shared:
        while _shared:
            _shared.popitem()[1].close()
        cv2.setNumThreads(1)
        _shared[setup] = setup.checker()
    return _shared[setup]
