"""Locates the models that come with the package."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

from artifact_check.errors import ModelError

CURRENT = "headshot-2"
LANDMARK_MODEL, LIKENESS = "face_landmarker.task", "likeness.onnx"
_CALLED = {LANDMARK_MODEL: "landmark model", LIKENESS: "recognition network"}
MANIFEST, ESTIMATOR, ENCODER = "manifest.json", "model.npz", "encoder.onnx"  # the files of a bundle


def shipped_model(name: str) -> Path:
    """Return the path of a model: in the installed package, or in `models/` of a source checkout.

    Raises:
        ModelError: it is in neither.
    """
    installed = Path(str(resources.files("artifact_check"))) / "_models" / name
    checkout = Path(__file__).parents[2] / "models" / name
    for path in (installed, checkout):
        if path.exists():
            return path
    raise ModelError(f"{name} is missing from the installation; install the package again.")


def shipped_bytes(name: str, sha256: str) -> bytes:
    """Return the bytes of `LANDMARK_MODEL` or `LIKENESS`, which this version needs as they are.

    Raises:
        ModelError: it is missing, or not the file with that digest.
    """
    path = shipped_model(name)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{path} is not the {_CALLED[name]} that this version needs; reinstall the package.")
    return data


def bundle_files(folder: Path | None) -> list[Path]:
    """The files of the bundle in `folder` (None: the shipped one) that a score depends on.

    Raises:
        ModelError: the shipped one is missing.
    """
    folder = shipped_model(CURRENT) if folder is None else folder
    files = [folder / MANIFEST, folder / ESTIMATOR]
    return [*files, folder / ENCODER] if (folder / ENCODER).exists() else files
