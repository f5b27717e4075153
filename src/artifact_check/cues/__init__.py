"""The cues, found by name: every public file or folder in here declares one `CUE`."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from artifact_check.cues._cue import (
    Abstained,
    Cue,
    Measure,
    Reading,
    Vector,
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
    "Vector",
    "discover",
    "measure",
    "measure_one",
    "require_frontal",
    "require_open_eyes",
    "require_quality",
    "require_sharp",
    "require_size",
    "values",
]


@dataclass(frozen=True, slots=True)
class Measured:
    """One cue's result on one face: `values` by name among `Cue.columns`, empty unless `status` is "ok"."""

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


def measure(face: Face, *, evidence: bool = True, strict: bool = False) -> tuple[Measured, ...]:
    """Every cue on one face, with evidence to draw unless that is not wanted.

    A cue that breaks costs that cue, not the photo; `strict` (tests) lets the error out.
    """
    return tuple(measure_one(cue, face, evidence=evidence, strict=strict) for cue in discover())


def measure_one(cue: Cue, face: Face, *, evidence: bool = True, strict: bool = False) -> Measured:
    """One cue on one face, as in `measure`."""
    try:
        reading = cue.measure(face)
        numbers = _finite(cue, reading)
        marks = reading.evidence() if evidence else ()
    except Abstained as abstained:
        return Measured(cue, "abstained", str(abstained), {})
    except Exception as error:
        if strict:
            raise
        return Measured(cue, "failed", type(error).__name__, {})
    return Measured(cue, "ok", None, numbers, marks, reading.note)


def values(face: Face) -> dict[str, float]:
    """The numbers of all cues by their name among `Cue.columns`; what could not be seen is left out."""
    return {name: value for measured in measure(face, evidence=False) for name, value in measured.values.items()}


def _finite(cue: Cue, reading: Reading) -> dict[str, float]:
    """The finite values by column; a vector counts as a whole."""
    numbers = {key: value for key, value in reading.values.items() if math.isfinite(value)}
    for vector in cue.vectors:
        entries = reading.vectors.get(vector.key)
        if entries is not None and np.isfinite(entries).all():
            numbers |= dict(zip(vector.columns, entries.tolist(), strict=True))
    if not numbers:
        raise Abstained("none of its measures could be taken")
    return numbers


def _check_unique(cues: tuple[Cue, ...]) -> None:
    seen: set[str] = set()
    for cue in cues:
        for key in [cue.name, *(each.key for each in cue.declared)]:
            if key in seen:
                raise ValueError(f"{key!r} is declared twice among the cues")
            if not key.startswith(cue.name):
                raise ValueError(f"measure {key!r} must begin with the name of its cue, {cue.name!r}")
            seen.add(key)
