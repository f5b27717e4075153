"""The cues, found by name: every public file or folder in here declares one `CUE`."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from artifact_check.cues._cue import (
    Abstained,
    Cue,
    Measure,
    Reading,
    require_frontal,
    require_open_eyes,
    require_quality,
    require_sharp,
    require_size,
)
from artifact_check.face import Face
from artifact_check.results import CueStatus, Evidence

__all__ = [
    "Abstained",
    "Cue",
    "Measure",
    "Measured",
    "Reading",
    "discover",
    "measure",
    "require_frontal",
    "require_open_eyes",
    "require_quality",
    "require_sharp",
    "require_size",
    "values",
]


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one cue on one face; `values` is empty unless `status` is "ok"."""

    cue: Cue
    status: CueStatus
    reason: str | None
    values: Mapping[str, float]
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None


@cache
def discover() -> tuple[Cue, ...]:
    """All cues, sorted by name.

    Raises:
        ValueError: two cues share a name or a measure key, or a key does not begin with its cue's name.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    cues = tuple(importlib.import_module(f"{__name__}.{name}").CUE for name in names)
    _check_unique(cues)
    return cues


def measure(face: Face, *, strict: bool = False) -> tuple[Measured, ...]:
    """Every cue on one face. A cue that breaks costs that cue, not the photo; `strict` (tests) lets the error out."""
    return tuple(_measure_one(cue, face, strict=strict) for cue in discover())


def values(face: Face) -> dict[str, float]:
    """The values of all cues by measure key; what could not be seen is left out."""
    return {key: value for measured in measure(face) for key, value in measured.values.items()}


def _measure_one(cue: Cue, face: Face, *, strict: bool) -> Measured:
    try:
        reading = cue.measure(face)
        values = _seen(reading)
    except Abstained as abstained:
        return Measured(cue, "abstained", str(abstained), {})
    except Exception as error:
        if strict:
            raise
        return Measured(cue, "failed", type(error).__name__, {})
    return Measured(cue, "ok", None, values, reading.evidence, reading.note)


def _seen(reading: Reading) -> dict[str, float]:
    """The values that are numbers: any other is one that could not be seen."""
    values = {key: value for key, value in reading.values.items() if math.isfinite(value)}
    if not values:
        raise Abstained("none of its measures could be taken")
    return values


def _check_unique(cues: tuple[Cue, ...]) -> None:
    seen: set[str] = set()
    for cue in cues:
        for key in [cue.name, *(measure.key for measure in cue.measures)]:
            if key in seen:
                raise ValueError(f"{key!r} is declared twice among the cues")
            if not key.startswith(cue.name):
                raise ValueError(f"measure {key!r} must begin with the name of its cue, {cue.name!r}")
            seen.add(key)
