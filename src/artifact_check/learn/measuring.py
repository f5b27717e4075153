"""Measure the pictures made from one photo, and cache the values by cue.

Finding faces is one cache entry a photo, with the crops that an encoder sees, and each cue's values are another: after
a change to one cue, only that cue is measured again, and an encoder runs on the crops at once. An entry's name is a
digest of all it depends on.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache as cache_per_process
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from artifact_check import cues
from artifact_check.checking.painting import looks_painted
from artifact_check.checking.visibility import hidden_part
from artifact_check.cues import Cue
from artifact_check.errors import OutputError, PhotoError
from artifact_check.face import LANDMARK_MODEL_SHA256, Crop, Face, Patches
from artifact_check.learn.workers import Encoders, load_encoder

_LIBRARIES = ("mediapipe", "numpy", "opencv-python-headless", "pillow")
_CROP_PARTS = tuple(field.name for field in fields(Crop))
_PACKAGE = Path(cues.__file__).parents[1]
_FINDING = ("photo/*", "face/*", "checking/visibility.py", "checking/painting.py", "learn/measuring.py")
_MEASURING = ("cues/__init__.py", "cues/_cue.py")

Faces = Mapping[str, Face | None]  # by picture


@dataclass(frozen=True, slots=True)
class Picture:
    """A face found in one picture, and facts about that picture by name."""

    face: Face
    facts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Measurements:
    """One picture: values by column of the cues, the skin's tone in degrees (`Face.skin_tone`), whether eyes or mouth
    are hidden, whether the face looks painted, and the facts of its `Picture`.
    """

    values: dict[str, float]
    tone: float | None
    hidden: bool
    painted: bool
    facts: dict[str, float]


@dataclass(frozen=True, slots=True)
class PhotoMeasurements:
    """The pictures made from one photo, by name; None where no face was found.

    `reason` says why there are none at all.
    """

    pictures: dict[str, Measurements | None]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Measuring:
    """How pictures are measured: `cache` is a folder for the values; `encoders` make the learned measures."""

    cache: Path | None = None
    encoders: Encoders | None = None

    def make_cache(self) -> None:
        """Make the cache's folder.

        Raises:
            OutputError: it cannot be made.
        """
        if self.cache is None:
            return
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.cache} cannot be made ({error.strerror}); choose another --cache.") from None

    def measure(
        self,
        data: bytes,
        recipe: object,
        code: tuple[str, ...],
        make: Callable[[], Mapping[str, Picture | None]],
        cluster: str | None = None,
    ) -> PhotoMeasurements:
        """Measure the pictures that `make` makes from the photo `data`.

        `recipe` (JSON-ready) and `code` (files and patterns below the package) are what the pictures depend on beside
        the photo. `make` is called at most once, and not at all where the cache holds everything. A `PhotoError` of it
        becomes the `reason`. Learned measures are those of an encoder that did not learn from the photo's `cluster`.
        """
        made = cache_per_process(make)
        key = digest(hashlib.sha256(data).hexdigest(), recipe, library_versions(), code_digest((*_FINDING, *code)))
        found = self._cached(key, lambda: _describe(made))
        if found["reason"] is not None:
            return PhotoMeasurements({}, found["reason"])
        faces = cache_per_process(lambda: {name: None if each is None else each.face for name, each in made().items()})
        of_cues = [
            self._cached(digest(key, _identity(cue)), partial(_measure_all, cue, faces)) for cue in cues.discover()
        ]
        if self.encoders is not None:
            of_cues.append(_encode(self._crops(key, faces), self.encoders.of(cluster)))
        pictures: dict[str, Measurements | None] = {}
        for name, facts in found["pictures"].items():
            values = {key: value for of_cue in of_cues for key, value in (of_cue[name] or {}).items()}
            pictures[name] = None if facts is None else Measurements(values=values, **facts)
        return PhotoMeasurements(pictures)

    def _crops(self, key: str, faces: Callable[[], Faces]) -> dict[str, Crop | None]:
        """What an encoder sees of each picture, from the cache if it is there."""
        if self.cache is None:
            return _crop_all(faces())
        entry = self.cache / f"{key}.crops"
        if entry.exists():
            # A damaged entry is as good as none.
            with contextlib.suppress(ValueError, KeyError, zipfile.BadZipFile):
                return crops_from_bytes(entry.read_bytes())
        crops = _crop_all(faces())
        _replace(entry, crops_to_bytes(crops))
        return crops

    def _cached(self, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What `make` gives, or the cache's entry of that key."""
        if self.cache is None:
            return make()
        entry = self.cache / f"{key}.json"
        if entry.exists():
            # A damaged entry is as good as none.
            with contextlib.suppress(ValueError):
                loaded: dict[str, Any] = json.loads(entry.read_text(encoding="utf-8"))
                return loaded
        made = make()
        _replace(entry, json.dumps(made).encode())
        return made


def _replace(entry: Path, content: bytes) -> None:
    temporary = entry.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(entry)


def _identity(cue: Cue) -> str:
    """What a cue's values depend on beside the faces."""
    own = f"cues/{cue.name}.py" if (_PACKAGE / f"cues/{cue.name}.py").exists() else f"cues/{cue.name}/**/*"
    return code_digest((*_MEASURING, own))


def _crop_all(faces: Faces) -> dict[str, Crop | None]:
    return {name: None if face is None else Crop.of(face) for name, face in faces.items()}


def crops_to_bytes(crops: Mapping[str, Crop | None]) -> bytes:
    """Crops by picture as a `.npz` file."""
    file = io.BytesIO()
    arrays = {f"{name}/{part}": getattr(crop, part) for name, crop in crops.items() if crop for part in _CROP_PARTS}
    np.savez_compressed(file, names=np.array(list(crops)), **arrays)
    return file.getvalue()


def crops_from_bytes(data: bytes) -> dict[str, Crop | None]:
    """What `crops_to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {
            str(name): Crop(*(file[f"{name}/{part}"] for part in _CROP_PARTS))
            if f"{name}/{_CROP_PARTS[0]}" in file
            else None
            for name in file["names"]
        }


def _encode(crops: Mapping[str, Crop | None], weights: Path) -> dict[str, dict[str, float] | None]:
    """The learned measures by picture."""
    encoder = load_encoder(weights)
    return {name: None if crop is None else _learned_values(encoder.patches(crop)) for name, crop in crops.items()}


def _learned_values(patches: Patches) -> dict[str, float]:
    return {key: value for cue in cues.discover() for key, value in cues.learned_values(cue, patches).items()}


def _measure_all(cue: Cue, faces: Callable[[], Faces]) -> dict[str, dict[str, float] | None]:
    """The cue's values by picture; None where there is no face."""
    return {
        name: None if face is None else dict(cues.measure_one(cue, face, evidence=False).values)
        for name, face in faces().items()
    }


def _describe(make: Callable[[], Mapping[str, Picture | None]]) -> dict[str, Any]:
    """What is known of the faces beside the cues' values."""
    try:
        pictures = make()
    except PhotoError as error:
        return {"reason": str(error), "pictures": {}}
    return {"reason": None, "pictures": {name: each and _facts(each) for name, each in pictures.items()}}


def _facts(picture: Picture) -> dict[str, Any]:
    upright = picture.face.upright
    described = Measurements(
        {}, upright.skin_tone, hidden_part(upright) is not None, looks_painted(upright), picture.facts
    )
    return {name: value for name, value in asdict(described).items() if name != "values"}


def digest(*parts: object) -> str:
    """SHA-256 of JSON-ready parts, in hex."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache_per_process
def library_versions() -> tuple[str, ...]:
    """What decides how faces are found, beside this package's code."""
    return (LANDMARK_MODEL_SHA256, *map(version, _LIBRARIES))


@cache_per_process
def code_digest(patterns: tuple[str, ...]) -> str:
    """Digest of the package's code and data that match patterns below its folder.

    A cache must never serve what other code measured.
    """
    paths = {path for pattern in patterns for path in _PACKAGE.glob(pattern) if path.suffix in {".py", ".json"}}
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()
