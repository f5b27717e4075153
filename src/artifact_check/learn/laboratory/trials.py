"""Photos measured as stored and again after each innocent change and each perturbation; cached by content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from artifact_check import cues
from artifact_check.errors import PhotoError
from artifact_check.face import Face
from artifact_check.learn.laboratory.innocent import INNOCENT
from artifact_check.learn.laboratory.perturb import PERTURBATIONS, Change
from artifact_check.learn.table.dataset import Item
from artifact_check.learn.workers import Progress, cache_key, kept, landmarker, make_cache, mapped
from artifact_check.photo import decode

CHANGES: dict[str, Change] = {**INNOCENT, **PERTURBATIONS}


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


def try_changes(photos: Sequence[Item], *, jobs: int, cache: Path | None, progress: Progress) -> tuple[Trial, ...]:
    """One trial a photo, in their order; `cache` is a folder that keeps them between runs."""
    make_cache(cache)
    return tuple(mapped(partial(_trial, cache=cache), photos, jobs, progress))


def _trial(item: Item, cache: Path | None) -> Trial:
    data = item.path.read_bytes()
    key = cache_key(
        data, ["trial", *CHANGES], "laboratory/perturb.py", "laboratory/innocent.py", "laboratory/trials.py"
    )
    return Trial(**kept(cache, key, lambda: asdict(_measure_changed(data))))


def _measure_changed(data: bytes) -> Trial:
    face = landmarker().find(decode(data))
    faces = {name: _changed(face, change) for name, change in CHANGES.items()}
    return Trial(
        digest=hashlib.sha256(data).hexdigest(),
        iod=face.iod,
        before=cues.values(face),
        after={name: None if after is None else cues.values(after) for name, after in faces.items()},
        tones={name: None if after is None else after.skin_tone for name, after in {"": face, **faces}.items()},
    )


def _changed(face: Face, change: Change) -> Face | None:
    # The photo's facts stay, so that no cue abstains for want of them.
    changed = replace(face.photo, pixels=np.array(change.apply(face), order="C"))
    try:
        return landmarker().find(changed)
    except PhotoError:
        return None
