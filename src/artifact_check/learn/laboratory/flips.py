"""How often small changes flip a verdict from *signs of AI* to *few signs of AI*, or back.

Every labelled photo is measured again after each of `CHANGES`. All versions of a photo are scored by one model, trained
without the photo's cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from artifact_check.errors import PhotoError
from artifact_check.face import DETECTABLE_SIDE
from artifact_check.learn import fitting
from artifact_check.learn.figures.evaluation import decide_rows, scored_measures, training_rows
from artifact_check.learn.laboratory.innocent import PIXEL_CHANGES
from artifact_check.learn.measuring import Measuring, PhotoMeasurements, Picture
from artifact_check.learn.table.dataset import Item
from artifact_check.learn.table.features import RAW, Table
from artifact_check.learn.table.folds import random_folds
from artifact_check.learn.workers import Progress, landmarker, parallel_map
from artifact_check.photo import decode

_OPPOSITE = {"likely_ai": "likely_authentic", "likely_authentic": "likely_ai"}


_NAMES = ("jpeg_75", "jpeg_85", "jpeg_95", "scaled_70", "cropped")
_CODE = ("learn/laboratory/flips.py", "learn/laboratory/innocent.py")
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


def count_flips(table: Table, measuring: Measuring, *, jobs: int, progress: Progress) -> Flips:
    """Count flips over all photos of a measured data set."""
    measuring.make_cache()
    table = scored_measures(table)
    versions = _with_changes(table.where(table.condition == RAW), measuring, jobs, progress)
    said = np.empty(len(versions.item), "<U20")
    for test in random_folds(table.is_ai, table.attribute("cluster")):
        left_out = np.isin(versions.attribute("cluster"), table.attribute("cluster")[test])
        model = fitting.train_model(training_rows(table.where(~test)))
        said[left_out] = decide_rows(model.classifier(), versions.where(left_out))["said"]
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


def _with_changes(raw: Table, measuring: Measuring, jobs: int, progress: Progress) -> Table:
    """The raw table and a row for each changed version of its photos in which a face is still found."""
    items = [raw.items[index] for index in raw.item]
    photos = parallel_map(partial(_measure_changed, measuring=measuring), items, jobs, progress)
    rows = [
        (at, name, picture) for at, photo in enumerate(photos) for name, picture in photo.pictures.items() if picture
    ]
    pictures = [picture for _, _, picture in rows]
    values = [[picture.values.get(key, np.nan) for key in raw.keys] for picture in pictures]
    tones = [np.nan if picture.tone is None else picture.tone for picture in pictures]
    photo = np.array([*range(len(items)), *(at for at, _, _ in rows)], dtype=np.intp)
    return replace(
        raw,
        values=np.concatenate([raw.values, np.array(values, dtype=np.float64).reshape(-1, len(raw.keys))]),
        tone=np.concatenate([raw.tone, np.array(tones, dtype=np.float64)]),
        hidden=np.array([*raw.hidden, *(picture.hidden for picture in pictures)], dtype=bool),
        painted=np.array([*raw.painted, *(picture.painted for picture in pictures)], dtype=bool),
        facts=raw.facts[photo],
        is_ai=raw.is_ai[photo],
        item=raw.item[photo],
        condition=np.array([*raw.condition, *(name for _, name, _ in rows)]),
    )


def _measure_changed(item: Item, measuring: Measuring) -> PhotoMeasurements:
    data = item.path.read_bytes()
    return measuring.measure(data, ["flips", *CHANGES], _CODE, lambda: _pictures(data), item.cluster)


def _pictures(data: bytes) -> dict[str, Picture | None]:
    pixels = decode(data).pixels
    return {title: _find_face(change.to_file(pixels)) for title, change in CHANGES.items()}


def _find_face(data: bytes) -> Picture | None:
    """The face that a check would find in a file; None if it finds none."""
    try:
        return Picture(landmarker().find_in_detail(decode(data, min_side=DETECTABLE_SIDE), partial(decode, data)), {})
    except PhotoError:
        return None
