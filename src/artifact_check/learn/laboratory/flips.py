"""How often a verdict flips: *signs of AI* for one version of a photo, *few signs of AI* for another.

Every labelled photo is measured again after what photos go through on their way, and all its versions are judged by one
model that never saw the photo's cluster.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from PIL import Image

from artifact_check.errors import PhotoError
from artifact_check.face import DETECTABLE_SIDE
from artifact_check.learn import fitting
from artifact_check.learn.figures.evaluation import decide_rows, scored_measures, training_rows
from artifact_check.learn.measuring import Measuring, PhotoMeasurements, Picture
from artifact_check.learn.table.dataset import Item
from artifact_check.learn.table.features import RAW, Table
from artifact_check.learn.workers import Progress, landmarker, parallel_map
from artifact_check.photo import decode

_OPPOSITE = {"likely_ai": "likely_authentic", "likely_authentic": "likely_ai"}


def _jpeg(pixels: np.ndarray, quality: int) -> bytes:
    return _stored(pixels, "JPEG", quality=quality)


def _scaled(pixels: np.ndarray) -> bytes:
    return _stored(cv2.resize(pixels, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), "PNG", compress_level=1)


def _cropped(pixels: np.ndarray) -> bytes:
    down, across = (round(side * 0.01) for side in pixels.shape[:2])
    kept_part = pixels[down : pixels.shape[0] - down, across : pixels.shape[1] - across]
    return _stored(kept_part, "PNG", compress_level=1)


def _stored(pixels: np.ndarray, format_: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format_, **options)
    return file.getvalue()


CHANGES: dict[str, Callable[[np.ndarray], bytes]] = {
    "JPEG quality 75": partial(_jpeg, quality=75),
    "JPEG quality 85": partial(_jpeg, quality=85),
    "JPEG quality 95": partial(_jpeg, quality=95),
    "scaled to 0.7": _scaled,
    "1 % cropped off each edge": _cropped,
}


@dataclass(frozen=True, slots=True)
class Flips:
    """`photos` were judged in all versions that show a face; `flipped` have both verdicts among these; `by_change` says
    how many times each change turned the verdict on the file as it is into its opposite.
    """

    photos: int
    flipped: int
    by_change: dict[str, int]


def count_flips(table: Table, measuring: Measuring, *, jobs: int, progress: Progress) -> Flips:
    """Over all photos of a measured data set."""
    measuring.make_cache()
    table = scored_measures(table)
    versions = _with_changes(table.where(table.condition == RAW), measuring, jobs, progress)
    said = np.empty(len(versions.item), "<U20")
    for test in fitting.folds(table.is_ai, table.attribute("cluster")):
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
    """A raw table with one more row for each change of each photo that a face is still found on."""
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
    return measuring.measure(data, ["flips", *CHANGES], ("learn/laboratory/flips.py",), lambda: _pictures(data))


def _pictures(data: bytes) -> dict[str, Picture | None]:
    pixels = decode(data).pixels
    return {name: _find_face(change(pixels)) for name, change in CHANGES.items()}


def _find_face(data: bytes) -> Picture | None:
    """The face as a check finds it."""
    try:
        return Picture(landmarker().find_in_detail(decode(data, min_side=DETECTABLE_SIDE), partial(decode, data)), {})
    except PhotoError:
        return None
