"""How often small changes flip a verdict from *signs of AI* to *few signs of AI*, or back.

Every labelled photo is measured again after each of `CHANGES`. All versions of a photo are scored by one model, trained
without the photo's cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from artifact_check import cues
from artifact_check.errors import PhotoError
from artifact_check.face import DETECTABLE_SIDE
from artifact_check.learn import fitting
from artifact_check.learn.figures.evaluation import judge_rows, scored_measures, training_rows
from artifact_check.learn.laboratory.innocent import PIXEL_CHANGES
from artifact_check.learn.table.dataset import Item
from artifact_check.learn.table.features import RAW, Table
from artifact_check.learn.workers import Progress, cache_key, kept, landmarker, make_cache, mapped
from artifact_check.photo import decode

_OPPOSITE = {"likely_ai": "likely_authentic", "likely_authentic": "likely_ai"}


_NAMES = ("jpeg_75", "jpeg_85", "jpeg_95", "scaled_70", "cropped")
CHANGES = {PIXEL_CHANGES[name].title: PIXEL_CHANGES[name] for name in _NAMES}


@dataclass(frozen=True, slots=True)
class Flips:
    """Counts of photos. Versions without a detectable face are left out.

    `flipped` of `photos` have both verdicts among their versions. `by_change` says how many times each change turned
    the verdict on the unchanged file into its opposite.
    """

    photos: int
    flipped: int
    by_change: dict[str, int]


def count_flips(table: Table, *, jobs: int, cache: Path | None, progress: Progress) -> Flips:
    """Count flips over all photos of a measured data set; measurements are reused from the folder `cache`."""
    make_cache(cache)
    table = scored_measures(table)
    versions = _with_changes(table.where(table.condition == RAW), jobs, cache, progress)
    said = np.empty(len(versions.item), "<U20")
    for test in fitting.folds(table.is_ai, table.attribute("cluster")):
        left_out = np.isin(versions.attribute("cluster"), table.attribute("cluster")[test])
        judge = fitting.learn_judge(training_rows(table.where(~test)))
        said[left_out] = judge_rows(judge.classifier(), versions.where(left_out))["said"]
    return _counted(versions, said)


def _counted(versions: Table, said: np.ndarray) -> Flips:
    by_photo: dict[int, dict[str, str]] = {}
    for item, condition, verdict in zip(versions.item.tolist(), versions.condition, said, strict=True):
        by_photo.setdefault(item, {})[str(condition)] = str(verdict)
    return Flips(
        photos=len(by_photo),
        flipped=sum(set(_OPPOSITE) <= set(verdicts.values()) for verdicts in by_photo.values()),
        by_change={
            name: sum(_OPPOSITE.get(verdicts[RAW]) == verdicts.get(name, "") for verdicts in by_photo.values())
            for name in CHANGES
        },
    )


def _with_changes(raw: Table, jobs: int, cache: Path | None, progress: Progress) -> Table:
    """The raw table and a row for each changed version of its photos in which a face is still found."""
    items = [raw.items[index] for index in raw.item]
    measured = mapped(partial(_measure_changed, cache=cache), items, jobs, progress)
    rows = [(at, name, row) for at, each in enumerate(measured) for name, row in each.items() if row is not None]
    values = [[row["values"].get(key, np.nan) for key in raw.keys] for _, _, row in rows]
    tones = [np.nan if row["tone"] is None else row["tone"] for _, _, row in rows]
    photo = np.array([*range(len(items)), *(at for at, _, _ in rows)], dtype=np.intp)
    return replace(
        raw,
        values=np.concatenate([raw.values, np.array(values, dtype=np.float64).reshape(-1, len(raw.keys))]),
        tone=np.concatenate([raw.tone, np.array(tones, dtype=np.float64)]),
        facts=raw.facts[photo],
        is_ai=raw.is_ai[photo],
        item=raw.item[photo],
        condition=np.array([*raw.condition, *(name for _, name, _ in rows)]),
    )


def _measure_changed(item: Item, cache: Path | None) -> dict[str, Any]:
    data = item.path.read_bytes()
    key = cache_key(data, ["flips", *CHANGES], "laboratory/flips.py", "laboratory/innocent.py")
    return kept(cache, key, lambda: _measure(decode(data).pixels))


def _measure(pixels: np.ndarray) -> dict[str, Any]:
    return {title: _values(change.to_file(pixels)) for title, change in CHANGES.items()}


def _values(data: bytes) -> dict[str, Any] | None:
    """Measure a file as a check does; None without a detectable face."""
    try:
        face = landmarker().find_in(decode(data, least=DETECTABLE_SIDE), partial(decode, data))
    except PhotoError:
        return None
    return {"values": cues.values(face), "tone": face.skin_tone}
