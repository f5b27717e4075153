"""Labelled photos -> a table of measures: as stored, and after each laundering; cached by content.

Each photo gives one raw row, `_PROFILE_DRAWS` rows in the profile condition and, when its face is large enough, one in
the large condition. Random draws are seeded by the photo's content, so a table never depends on order or on workers.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from artifact_check import cues
from artifact_check.errors import DatasetError, PhotoError
from artifact_check.face import DETECTABLE_SIDE, Face
from artifact_check.learn.table.dataset import Dataset, Item
from artifact_check.learn.table.launder import LARGE, PROFILE, Condition, FaceBox, profile, site
from artifact_check.learn.workers import Progress, cache_key, kept, landmarker, make_cache, mapped
from artifact_check.photo import decode

RAW = "raw"
FACTS = ("bytes", "width", "height", "aspect", "bytes_per_pixel", "quality", "face_share")
_PROFILE_DRAWS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One measured picture: values by measure key, the skin's tone in degrees (`Face.skin_tone`), and file facts (in
    the order of `FACTS`) that only the control classifier may see.
    """

    condition: str
    values: dict[str, float]
    tone: float | None
    facts: list[float]


@dataclass(frozen=True)
class Table:
    """Rows of a data set as arrays.

    `values` (N, M) float64 with NaN where a measure could not be seen, columns as `keys`; `tone` (N,) the skin's tone
    in degrees, NaN where there is no colour; `facts` (N, F), columns as `FACTS`; `is_ai` (N,) bool; `item` (N,) index
    into `items`; `condition` (N,) str; `unmeasured` lists (file, reason) without any row.
    """

    keys: tuple[str, ...]
    values: np.ndarray
    tone: np.ndarray
    facts: np.ndarray
    is_ai: np.ndarray
    item: np.ndarray
    condition: np.ndarray
    items: tuple[Item, ...]
    unmeasured: tuple[tuple[str, str], ...]

    def where(self, mask: np.ndarray) -> Table:
        """The rows of a boolean mask (N,)."""
        chosen = {name: getattr(self, name)[mask] for name in ("values", "tone", "facts", "is_ai", "item", "condition")}
        return replace(self, **chosen)

    def having(self, columns: np.ndarray) -> Table:
        """The measures of a boolean mask (M,)."""
        keys = tuple(key for key, keep in zip(self.keys, columns, strict=True) if keep)
        return replace(self, keys=keys, values=self.values[:, columns])

    @property
    def face_width(self) -> np.ndarray:
        """(N,) width of the face in pixels."""
        width: np.ndarray = np.exp(self.facts[:, FACTS.index("width")]) * self.facts[:, FACTS.index("face_share")]
        return width

    @property
    def skin_ita(self) -> np.ndarray:
        """(N,) individual typology angle in degrees that the data set states of each row's photo, or NaN."""
        angles = np.array([np.nan if item.skin_ita is None else item.skin_ita for item in self.items])
        of_rows: np.ndarray = angles[self.item]
        return of_rows

    def attribute(self, name: str) -> np.ndarray:
        """(N,) an `Item` attribute of each row, such as "cluster"."""
        return np.array([getattr(self.items[i], name) for i in self.item])


def measure_dataset(dataset: Dataset, *, jobs: int, cache: Path | None, progress: Progress) -> Table:
    """Measure every photo of a data set in `jobs` processes; `cache` is a folder that keeps the rows between runs.

    Real photos come first: the site stage scales AI photos down to the real ones' face widths.
    """
    make_cache(cache)
    real = [item for item in dataset.items if not item.is_ai]
    made = [item for item in dataset.items if item.is_ai]
    done = list(zip(real, mapped(partial(_measure_item, widths=None, cache=cache), real, jobs, progress), strict=True))
    widths = tuple(m.face_width for _, m in done if m.face_width is not None)
    done += zip(made, mapped(partial(_measure_item, widths=widths, cache=cache), made, jobs, progress), strict=True)
    return _table(dataset, {item.file: measured for item, measured in done})


@dataclass(frozen=True, slots=True)
class _Measured:
    """All rows of one photo, or the reason why it has none."""

    rows: tuple[Row, ...]
    face_width: float | None
    reason: str | None = None


def _measure_item(item: Item, widths: tuple[float, ...] | None, cache: Path | None) -> _Measured:
    try:
        data = item.path.read_bytes()
    except OSError as error:
        return _Measured((), None, f"cannot be opened ({error.strerror})")
    key = cache_key(data, [_PROFILE_DRAWS, widths], "table/launder.py", "table/features.py")
    return _from_json(kept(cache, key, lambda: asdict(_measure(data, widths))))


def _from_json(loaded: dict[str, Any]) -> _Measured:
    return _Measured(tuple(Row(**row) for row in loaded["rows"]), loaded["face_width"], loaded["reason"])


def _measure(data: bytes, widths: tuple[float, ...] | None) -> _Measured:
    try:
        raw, face = _row(RAW, data)
        whole = decode(data)
    except PhotoError as error:
        return _Measured((), None, str(error))
    box = FaceBox.around(face.rescaled_to(whole).landmarks)
    rows = [raw]
    image = Image.fromarray(whole.pixels)
    seed = int.from_bytes(hashlib.sha256(data).digest()[:8])
    draws = [(PROFILE, draw) for draw in range(_PROFILE_DRAWS)]
    if box.width >= LARGE.min_face_width:
        draws.append((LARGE, _PROFILE_DRAWS))
    for condition, draw in draws:
        encoded = _laundered(image, box, condition, widths, np.random.default_rng([seed, draw]))
        # A laundered face can be too small to find; a platform would have shrunk it just the same.
        with contextlib.suppress(PhotoError):
            rows.append(_row(condition.name, encoded)[0])
    return _Measured(tuple(rows), box.width)


def _laundered(
    image: Image.Image,
    box: FaceBox,
    condition: Condition,
    widths: tuple[float, ...] | None,
    rng: np.random.Generator,
) -> bytes:
    """Both labels get the profile stage; AI photos (those with `widths`) first the site stage that real ones had."""
    if widths is not None:
        fitting = [width for width in widths if width >= condition.min_face_width]
        image, box = site(image, box, float(rng.choice(fitting or list(widths))), rng)
    return profile(image, box, condition, rng)


def _row(condition: str, data: bytes) -> tuple[Row, Face]:
    """A file measured as a check does it."""
    picture = decode(data, least=DETECTABLE_SIDE)
    face = landmarker().find_in_detail(picture, partial(decode, data))
    width, height = picture.stored_size
    facts = [
        float(np.log(len(data))),
        float(np.log(width)),
        float(np.log(height)),
        float(np.log(width / height)),
        float(np.log(len(data) / (width * height))),
        float(picture.jpeg_quality or 0),
        float(face.width / face.photo.width),
    ]
    return Row(condition, cues.values(face), face.skin_tone, facts), face


def _table(dataset: Dataset, measured: Mapping[str, _Measured]) -> Table:
    keys = tuple(measure.key for cue in cues.discover() for measure in cue.measures)
    pairs = [(i, row) for i, item in enumerate(dataset.items) for row in measured[item.file].rows]
    if not pairs:
        raise DatasetError(f"No face could be measured in {dataset.folder}; check that it holds portraits.")
    return Table(
        keys=keys,
        values=np.array([[row.values.get(key, np.nan) for key in keys] for _, row in pairs], dtype=np.float64),
        tone=np.array([np.nan if row.tone is None else row.tone for _, row in pairs]),
        facts=np.array([row.facts for _, row in pairs], dtype=np.float64),
        is_ai=np.array([dataset.items[i].is_ai for i, _ in pairs]),
        item=np.array([i for i, _ in pairs]),
        condition=np.array([row.condition for _, row in pairs]),
        items=dataset.items,
        unmeasured=tuple((f, m.reason) for f, m in sorted(measured.items()) if m.reason is not None),
    )
