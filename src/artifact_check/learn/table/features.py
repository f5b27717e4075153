"""Labelled photos -> a table of measures: as stored, and after each laundering.

Each photo gives one raw row unless its file is a reduced one, `_PROFILE_DRAWS` rows in the profile condition, one in
each of the conditions `twice` and `processed` and, when its face is large enough, one in the large condition. Random
draws are seeded by the photo's content, so a table never depends on order or on workers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PIL import Image

from artifact_check import cues
from artifact_check.errors import DatasetError, PhotoError
from artifact_check.face import DETECTABLE_SIDE
from artifact_check.learn.measuring import Measuring, PhotoMeasurements, Picture
from artifact_check.learn.table.dataset import Dataset, Item
from artifact_check.learn.table.launder import (
    LARGE,
    PROCESSED,
    PROFILE,
    TWICE,
    Condition,
    FaceBox,
    process,
    profile,
    save,
    site,
)
from artifact_check.learn.workers import Progress, landmarker, parallel_map
from artifact_check.photo import decode

RAW = "raw"
FILE_FACTS = ("bytes", "width", "height", "aspect", "bytes_per_pixel", "quality", "face_share")
FRAMING = ("face_across", "face_down", "roll", "resolution")  # where the face is, and how sharp
FACTS = (*FILE_FACTS, *FRAMING)
_PROFILE_DRAWS = 2
_WHOLE_WIDTH = "whole_face_width"  # px of the photo as stored
_CODE = ("learn/table/launder.py", "learn/table/processing.py", "learn/table/features.py")
_BY_ROW = ("values", "tone", "hidden", "painted", "facts", "is_ai", "item", "condition")


@dataclass(frozen=True)
class Table:
    """Rows of a data set as arrays.

    `values` (N, M) float64 with NaN where a measure could not be seen, columns as `keys`; `tone` (N,) the skin's tone
    in degrees, NaN where there is no colour; `hidden` and `painted` (N,) bool, whether eyes or mouth are covered and
    whether the face looks painted; `facts` (N, F), columns as `FACTS`, for the control alone; `is_ai` (N,) bool; `item`
    (N,) index into `items`; `condition` (N,) str; `unmeasured` lists (file, reason) without any row.
    """

    keys: tuple[str, ...]
    values: np.ndarray
    tone: np.ndarray
    hidden: np.ndarray
    painted: np.ndarray
    facts: np.ndarray
    is_ai: np.ndarray
    item: np.ndarray
    condition: np.ndarray
    items: tuple[Item, ...]
    unmeasured: tuple[tuple[str, str], ...]

    def where(self, mask: np.ndarray) -> Table:
        """The rows of a boolean mask (N,)."""
        return replace(self, **{name: getattr(self, name)[mask] for name in _BY_ROW})

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


def measure_dataset(dataset: Dataset, measuring: Measuring, *, jobs: int, progress: Progress) -> Table:
    """Measure every photo of a data set in `jobs` processes.

    Real photos come first: the site stage scales AI photos down to the real ones' face widths.
    """
    measuring.make_cache()
    real = [item for item in dataset.items if not item.is_ai]
    made = [item for item in dataset.items if item.is_ai]
    measure = partial(_measure_item, measuring=measuring)
    done = dict(zip(real, parallel_map(partial(measure, widths=None), real, jobs, progress), strict=True))
    raw = [measured.pictures.get(RAW) for measured in done.values()]
    widths = tuple(each.facts[_WHOLE_WIDTH] for each in raw if each is not None)
    done |= dict(zip(made, parallel_map(partial(measure, widths=widths), made, jobs, progress), strict=True))
    return _table(dataset, {item.file: measured for item, measured in done.items()})


def _measure_item(item: Item, measuring: Measuring, widths: tuple[float, ...] | None) -> PhotoMeasurements:
    try:
        data = item.path.read_bytes()
    except OSError as error:
        return PhotoMeasurements({}, f"cannot be opened ({error.strerror})")
    return measuring.measure(data, [_PROFILE_DRAWS, widths], _CODE, lambda: _pictures(data, widths), item.cluster)


def _pictures(data: bytes, widths: tuple[float, ...] | None) -> dict[str, Picture | None]:
    """The photo as stored, and after each laundering: "raw", "profile.0", ...; None where no face is found any more."""
    original = Original.read(data)
    width = original.box.width
    pictures: dict[str, Picture | None] = {
        RAW: replace(original.picture, facts=original.picture.facts | {_WHOLE_WIDTH: width})
    }
    draws = [(PROFILE, draw) for draw in range(_PROFILE_DRAWS)]
    draws += [(condition, _PROFILE_DRAWS + i) for i, condition in enumerate((TWICE, PROCESSED))]
    if width >= LARGE.min_face_width:
        draws.append((LARGE, _PROFILE_DRAWS + 2))
    for condition, draw in draws:
        pictures[f"{condition.name}.{draw}"] = original.laundered(condition, widths, original.rng(draw))
    return pictures


@dataclass(frozen=True, slots=True)
class Original:
    """A labelled photo before laundering: its face as stored, all of its pixels, the face's box in them."""

    picture: Picture
    image: Image.Image
    box: FaceBox
    seed: int

    @classmethod
    def read(cls, data: bytes) -> Original:
        """Decode a file and find its face.

        Raises:
            PhotoError: there is none, or no picture.
        """
        picture = _find_face(data)
        whole = decode(data)
        box = FaceBox.around(picture.face.rescaled_to(whole).landmarks)
        return cls(picture, Image.fromarray(whole.pixels), box, int.from_bytes(hashlib.sha256(data).digest()[:8]))

    def rng(self, *draw: int) -> np.random.Generator:
        """The same for the same content and draw, whatever the order of photos."""
        return np.random.default_rng([self.seed, *draw])

    def laundered(
        self, condition: Condition, widths: tuple[float, ...] | None, rng: np.random.Generator
    ) -> Picture | None:
        """The face after laundering; None where it is too small to find. A platform would have shrunk it just the same.

        Both labels get the profile stage; AI photos (those with `widths`) first the site stage that real ones had.
        """
        image, box = self.image, self.box
        if widths is not None:
            fitting = [width for width in widths if width >= condition.min_face_width]
            image, box = site(image, box, float(rng.choice(fitting or list(widths))), rng)
        if condition.processing:
            image, box = process(image, box, condition.processing, rng)
        if condition.saved_before:
            image, box = save(image, box, rng)
        try:
            return _find_face(profile(image, box, condition, rng))
        except PhotoError:
            return None


def _find_face(data: bytes) -> Picture:
    """The face of a file as a check finds it, and the file's facts."""
    picture = decode(data, min_side=DETECTABLE_SIDE)
    face = landmarker().find_in_detail(picture, partial(decode, data))
    width, height = picture.stored_size
    middle = (face.landmarks.min(axis=0) + face.landmarks.max(axis=0)) / 2
    facts = (
        float(np.log(len(data))),
        float(np.log(width)),
        float(np.log(height)),
        float(np.log(width / height)),
        float(np.log(len(data) / (width * height))),
        float(picture.jpeg_quality or 0),
        float(face.width / face.photo.width),
        *(float(share) for share in middle / (face.photo.width, face.photo.height)),
        face.pose[2],
        face.effective_resolution,
    )
    return Picture(face, dict(zip(FACTS, facts, strict=True)))


def _table(dataset: Dataset, measured: Mapping[str, PhotoMeasurements]) -> Table:
    keys = tuple(measure.key for cue in cues.discover() for measure in cue.measures)
    rows = [
        (i, name.split(".")[0], picture)
        for i, item in enumerate(dataset.items)
        for name, picture in measured[item.file].pictures.items()
        if picture is not None and not (name == RAW and item.reduced)
    ]
    if not rows:
        raise DatasetError(f"No face could be measured in {dataset.folder}; check that it holds portraits.")
    pictures = [picture for _, _, picture in rows]
    return Table(
        keys=keys,
        values=np.array([[each.values.get(key, np.nan) for key in keys] for each in pictures], dtype=np.float64),
        tone=np.array([np.nan if each.tone is None else each.tone for each in pictures]),
        hidden=np.array([each.hidden for each in pictures]),
        painted=np.array([each.painted for each in pictures]),
        facts=np.array([[each.facts[name] for name in FACTS] for each in pictures], dtype=np.float64),
        is_ai=np.array([dataset.items[i].is_ai for i, _, _ in rows]),
        item=np.array([i for i, _, _ in rows]),
        condition=np.array([condition for _, condition, _ in rows]),
        items=dataset.items,
        unmeasured=tuple((f, m.reason) for f, m in sorted(measured.items()) if m.reason is not None),
    )
