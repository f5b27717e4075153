"""Photos measured as stored and again after each innocent change and each perturbation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from artifact_check.errors import DatasetError, PhotoError
from artifact_check.face import Face
from artifact_check.learn.laboratory.innocent import INNOCENT
from artifact_check.learn.laboratory.perturb import PERTURBATIONS, Change
from artifact_check.learn.measuring import Measuring, Picture
from artifact_check.learn.table.dataset import Item
from artifact_check.learn.workers import Progress, landmarker, parallel_map
from artifact_check.photo import decode

CHANGES: dict[str, Change] = {**INNOCENT, **PERTURBATIONS}
_CODE = tuple(f"learn/laboratory/{name}.py" for name in ("perturb", "innocent", "trials"))


@dataclass(frozen=True, slots=True)
class Trial:
    """One photo: its measures as stored, and after each change (None: no face was found any more).

    `tones` holds the skin's tone in degrees after each change, and as stored under "".
    """

    digest: str
    iod: float
    before: dict[str, float]
    after: dict[str, dict[str, float] | None]
    tones: dict[str, float | None]


def try_changes(photos: Sequence[Item], measuring: Measuring, *, jobs: int, progress: Progress) -> tuple[Trial, ...]:
    """One trial a photo, in their order."""
    measuring.make_cache()
    return tuple(parallel_map(partial(_trial, measuring=measuring), photos, jobs, progress))


def _trial(item: Item, measuring: Measuring) -> Trial:
    data = item.path.read_bytes()
    measured = measuring.measure(data, ["trial", *CHANGES], _CODE, lambda: _pictures(data), item.cluster)
    stored = measured.pictures.get("")
    if stored is None:
        raise DatasetError(f"{item.file}: {measured.reason}")
    pictures = measured.pictures
    return Trial(
        digest=hashlib.sha256(data).hexdigest(),
        iod=stored.facts["iod"],
        before=stored.values,
        after={name: None if (after := pictures[name]) is None else after.values for name in CHANGES},
        tones={name: None if after is None else after.tone for name, after in pictures.items()},
    )


def _pictures(data: bytes) -> dict[str, Picture | None]:
    """The photo as stored, under "", and after each change."""
    face = landmarker().find(decode(data))
    return {"": Picture(face, {"iod": face.iod})} | {name: _changed(face, change) for name, change in CHANGES.items()}


def _changed(face: Face, change: Change) -> Picture | None:
    # The photo's facts stay, so that no cue abstains for want of them.
    changed = replace(face.photo, pixels=np.array(change.apply(face), order="C"))
    try:
        return Picture(landmarker().find(changed), {})
    except PhotoError:
        return None
