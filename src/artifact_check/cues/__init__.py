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
    Learned,
    Measure,
    Reading,
    learned,
    require_frontal,
    require_open_eyes,
    require_quality,
    require_sharp,
    require_size,
)
from artifact_check.cues._learned import draw_learned, learned_values
from artifact_check.face import Face
from artifact_check.phrase import Phrase
from artifact_check.results import CueStatus, Evidence

__all__ = [
    "Abstained",
    "Cue",
    "Learned",
    "Measure",
    "Measured",
    "Reading",
    "discover",
    "learned",
    "learned_values",
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
    """One cue's result on one face: `values` by key of measure, empty unless `status` is "ok"."""

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


def measure(
    face: Face, *, evidence: bool = True, informative: bool = True, strict: bool = False
) -> tuple[Measured, ...]:
    """Every cue on one face, with evidence to draw and measures that are not scored unless those are not wanted.

    A cue that breaks costs that cue, not the photo; `strict` (tests) lets the error out.
    """
    return tuple(
        measure_one(cue, face, evidence=evidence, informative=informative, strict=strict) for cue in discover()
    )


def measure_one(
    cue: Cue, face: Face, *, evidence: bool = True, informative: bool = True, strict: bool = False
) -> Measured:
    """One cue on one face, as in `measure`.

    Where an encoder has a say, the cue is heard even if its own measures abstain; a note then says why they did. A
    score is the same with and without what is only shown, so what goes wrong with that costs no other value.
    """
    found = {} if face.patches is None else learned_values(cue, face.patches)
    numbers: dict[str, float] = {}
    marks: tuple[Evidence, ...] = ()
    note, lost = None, None
    try:
        reading = cue.measure(face.upright)
        numbers, note = _finite(reading.values), reading.note
        alone = not (numbers or found)  # the cue is judged by what it only shows
        numbers, marks, lost = _add_shown(
            numbers, reading, face, evidence=evidence, informative=informative or alone, strict=strict or alone
        )
    except Abstained as abstained:
        lost = abstained.reason
    except Exception as error:
        if strict:
            raise
        return Measured(cue, "failed", type(error).__name__, {})
    if not (numbers or found):
        return Measured(cue, "abstained", lost, {})
    if lost is not None:
        note = Phrase("Its other measures could not be taken: {reason:text}.", reason=lost)
    if evidence and face.patches is not None:
        marks = (*marks, *draw_learned(cue, face.patches, found))
    return Measured(cue, "ok", None, numbers | found, marks, note)


def _add_shown(
    numbers: dict[str, float], reading: Reading, face: Face, *, evidence: bool, informative: bool, strict: bool
) -> tuple[dict[str, float], tuple[Evidence, ...], str | None]:
    """`numbers` with those that are not scored, what to draw, and why there is neither."""
    try:
        every = _finite(reading.all_values()) if informative else numbers
        if informative and not every:
            return {}, (), "none of its measures could be taken"
        marks = reading.evidence() if evidence else ()
        if face.level is not None:
            marks = tuple(face.level.on_photo(seen) for seen in marks)
    except Abstained as abstained:
        return numbers, (), abstained.reason
    except Exception as error:
        if strict:
            raise
        return numbers, (), type(error).__name__
    return every, marks, None


def values(face: Face) -> dict[str, float]:
    """The values of all cues by key of measure; what could not be seen is left out."""
    return {key: value for measured in measure(face, evidence=False) for key, value in measured.values.items()}


def _finite(numbers: Mapping[str, float]) -> dict[str, float]:
    return {key: value for key, value in numbers.items() if math.isfinite(value)}


def _check_unique(cues: tuple[Cue, ...]) -> None:
    seen: set[str] = set()
    for cue in cues:
        for key in [cue.name, *(each.key for each in cue.measures)]:
            if key in seen:
                raise ValueError(f"{key!r} is declared twice among the cues")
            if not key.startswith(cue.name):
                raise ValueError(f"measure {key!r} must begin with the name of its cue, {cue.name!r}")
            seen.add(key)
