"""The cue laboratory: how well does each cue work on its own?

For each measure: how it ranks photos of held-out sources, how often it has no value, how far innocent changes and skin
tone move it, and whether it responds to the perturbations meant for it.

Measures are corrected for skin tone, as they are for a model. Shifts are in standard deviations (sd) of real photos as
stored, estimated as the width of their central 90 % over 3.29. A changed photo is measured afresh, landmarks included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np

from artifact_check.cues import Cue, Measure
from artifact_check.errors import DatasetError
from artifact_check.learn import fitting
from artifact_check.learn.figures.evaluation import plain_aucs
from artifact_check.learn.figures.metrics import auc, finite
from artifact_check.learn.laboratory.innocent import INNOCENT
from artifact_check.learn.laboratory.perturb import PERTURBATIONS
from artifact_check.learn.laboratory.trials import CHANGES, Trial, try_changes
from artifact_check.learn.measuring import Measuring
from artifact_check.learn.table.dataset import Dataset, Item
from artifact_check.learn.table.features import RAW, Table
from artifact_check.learn.table.folds import random_folds
from artifact_check.learn.table.launder import PROFILE
from artifact_check.learn.workers import Progress

MAX_PHOTOS = 100
GOOD_FACE_WIDTH = 200.0  # px, an IOD of about 80; narrower faces are used only if there are too few
FAR = 1.645  # sd; 5 % of a normal distribution lies above
DARK, LIGHT = 10.0, 41.0  # degrees of the individual typology angle
MIN_GROUP = 5  # photos; medians of fewer are not given


@dataclass(frozen=True, slots=True)
class Shift:
    """How one change moves one measure over the sample, in sd.

    `photos` have a value before and after the change, `lost` only before. `size` is the median |shift|, `signed` the
    median shift, and `far` the share with |shift| above `FAR`. `beyond` is the share that leaves the range of 95 % of
    real photos, of those that were inside.
    """

    photos: int
    lost: int
    size: float | None
    signed: float | None
    far: float | None
    beyond: float | None


@dataclass(frozen=True, slots=True)
class MeasureFigures:
    """Figures of one measure.

    `auc` is held out, with the direction taken from the other clusters; `higher_in` is "ai" or "real", over all photos;
    `unseen` is the share of pictures without a value, `sd` that of real photos, `dark_light` the median of dark minus
    that of light skin, in sd. `innocent` and `perturbed` hold shifts by name of the change.
    """

    key: str
    sentence: str
    moved_by: tuple[str, ...]
    auc: float | None
    higher_in: str | None
    unseen: float
    sd: float | None
    dark_light: float | None
    innocent: Mapping[str, Shift]
    perturbed: Mapping[str, Shift]

    @property
    def worst_innocent(self) -> tuple[str, Shift] | None:
        """The innocent change that moves the measure most, and its shift."""
        known = [(name, shift) for name, shift in self.innocent.items() if shift.size is not None]
        return max(known, key=lambda pair: pair[1].size or 0.0) if known else None


@dataclass(frozen=True, slots=True)
class CueFigures:
    """Figures of one cue: held-out `auc` of its measures together, share of pictures on which it `abstained`."""

    name: str
    title: str
    auc: float | None
    abstained: float
    measures: tuple[MeasureFigures, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The real photos that were changed.

    Their number and that of their clusters, how many have a face narrower than `GOOD_FACE_WIDTH`, the range of their
    IOD in pixels, and a digest of their contents.
    """

    photos: int
    clusters: int
    small_faces: int
    iod: tuple[float, float]
    digest: str


@dataclass(frozen=True, slots=True)
class Laboratory:
    """The figures of the chosen cues; `pictures` and `skins` count the photos behind AUC and the skin-tone figures."""

    cues: tuple[CueFigures, ...]
    sample: Sample
    pictures: Mapping[str, int]
    skins: Mapping[str, int]
    changes: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """All figures, JSON-ready."""
        return asdict(self)

    def compact(self) -> dict[str, Any]:
        """The figures of the model card, JSON-ready."""
        return {
            "sample": asdict(self.sample),
            "skins": dict(self.skins),
            "measures": {m.key: _compact(m) for cue in self.cues for m in cue.measures},
        }


def _compact(measure: MeasureFigures) -> dict[str, Any]:
    worst = measure.worst_innocent
    return {
        "auc": _rounded(measure.auc),
        "unseen": _rounded(measure.unseen),
        "innocent": None if worst is None else _rounded(worst[1].size),
        "innocent_change": None if worst is None else INNOCENT[worst[0]].title,
        "dark_light": _rounded(measure.dark_light),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


# ---- the experiment


def sample_photos(dataset: Dataset, table: Table) -> tuple[Item, ...]:
    """At most `MAX_PHOTOS` real photos, spread evenly over clusters; faces of `GOOD_FACE_WIDTH` and more first.

    The choice depends on the photos alone: those of a cluster are taken in the order of their digests.
    """
    raw = table.where((table.condition == RAW) & ~table.is_ai)
    width = {table.items[i].file: float(w) for i, w in zip(raw.item, raw.face_width, strict=True)}
    chosen: list[Item] = []
    for good in (True, False):
        clusters: dict[str, list[tuple[str, Item]]] = {}
        for item in dataset.items:
            if item.file in width and (width[item.file] >= GOOD_FACE_WIDTH) is good:
                digest = hashlib.sha256(item.path.read_bytes()).hexdigest()
                clusters.setdefault(item.cluster, []).append((digest, item))
        in_order = [sorted(members, key=lambda pair: pair[0]) for _, members in sorted(clusters.items())]
        chosen += [pair[1] for turn in zip_longest(*in_order) for pair in turn if pair is not None]
    return tuple(chosen[:MAX_PHOTOS])


def run(
    table: Table,
    photos: Sequence[Item],
    chosen: Sequence[Cue],
    measuring: Measuring,
    *,
    jobs: int,
    progress: Progress,
) -> Laboratory:
    """Compute all figures of the chosen cues, from a measured data set and from changed versions of `photos`.

    Raises:
        DatasetError: `photos` is empty.
    """
    if not photos:
        raise DatasetError("No real photo could be measured, but the laboratory works on real photos; add some.")
    slopes = dict(zip(table.keys, fitting.tone_slopes(table), strict=True))
    tried = try_changes(photos, measuring, jobs=jobs, progress=progress)
    trials = [_at_reference_tone(trial, slopes) for trial in tried]
    aucs = {cue.name: plain_aucs(table.having(fitting.owners(table.keys) == cue.name)) for cue in chosen}
    table = replace(table, values=fitting.corrected_out_of_source(table))
    digests = hashlib.sha256("".join(trial.digest for trial in trials).encode()).hexdigest()[:16]
    iods = [trial.iod for trial in trials]
    raw = table.where((table.condition == RAW) & ~table.is_ai)
    narrow = {table.items[i].file for i, width in zip(raw.item, raw.face_width, strict=True) if width < GOOD_FACE_WIDTH}
    dark, light = _skin_groups(table)
    profile = table.where(table.condition == PROFILE.name)
    return Laboratory(
        cues=tuple(_cue_figures(cue, aucs[cue.name].get(PROFILE.name), table, trials) for cue in chosen),
        sample=Sample(
            photos=len(photos),
            clusters=len({item.cluster for item in photos}),
            small_faces=sum(item.file in narrow for item in photos),
            iod=(round(min(iods), 1), round(max(iods), 1)),
            digest=digests,
        ),
        pictures={"ai": int(np.count_nonzero(profile.is_ai)), "real": int(np.count_nonzero(~profile.is_ai))},
        skins={"dark": int(np.count_nonzero(dark)), "light": int(np.count_nonzero(light))},
        changes={name: change.title for name, change in CHANGES.items()},
    )


# ---- the figures


def _at_reference_tone(trial: Trial, slopes: Mapping[str, float]) -> Trial:
    """The trial with its measures corrected for the skin tone, which a change may shift."""

    def corrected(values: dict[str, float], change: str) -> dict[str, float]:
        tone = trial.tones[change]
        offset = 0.0 if tone is None else float(fitting.tone_offset(np.array(tone)))
        return {key: value - slopes[key] * offset for key, value in values.items()}

    after = {name: None if values is None else corrected(values, name) for name, values in trial.after.items()}
    return replace(trial, before=corrected(trial.before, ""), after=after)


def _cue_figures(cue: Cue, cue_auc: float | None, table: Table, trials: Sequence[Trial]) -> CueFigures:
    columns = fitting.owners(table.keys) == cue.name
    profile = table.where(table.condition == PROFILE.name)
    missing = ~np.isfinite(profile.values[:, columns])
    return CueFigures(
        name=cue.name,
        title=cue.title,
        auc=cue_auc,
        abstained=float(np.mean(missing.all(axis=1))),
        measures=tuple(_measure_figures(measure, table, profile, trials) for measure in cue.measures),
    )


def _measure_figures(measure: Measure, table: Table, profile: Table, trials: Sequence[Trial]) -> MeasureFigures:
    column = table.keys.index(measure.key)
    values = profile.values[:, column]
    raw = table.where((table.condition == RAW) & ~table.is_ai).values[:, column]
    raw = raw[np.isfinite(raw)]
    sd = float(np.ptp(np.percentile(raw, (5, 95)))) / 3.29 if raw.size >= MIN_GROUP else 0.0
    dark, light = (_finite_values(table.values[group, column]) for group in _skin_groups(table))
    known = np.isfinite(values)
    plain = auc(profile.is_ai[known], values[known])
    comparable = sd > 0 and min(dark.size, light.size) >= MIN_GROUP
    return MeasureFigures(
        key=measure.key,
        sentence=measure.sentence,
        moved_by=measure.moved_by,
        auc=_measure_auc(values, profile),
        higher_in=None if not np.isfinite(plain) else "ai" if plain >= 0.5 else "real",  # noqa: PLR2004
        unseen=float(np.mean(~known)),
        sd=sd or None,
        dark_light=float(np.median(dark) - np.median(light)) / sd if comparable else None,
        innocent={name: _shift(measure, name, trials, raw, sd) for name in INNOCENT},
        perturbed={name: _shift(measure, name, trials, raw, sd) for name in PERTURBATIONS},
    )


def _skin_groups(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """(N,) masks of real photos as stored with dark and with light skin."""
    real = (table.condition == RAW) & ~table.is_ai
    return real & (table.skin_ita < DARK), real & (table.skin_ita > LIGHT)


def _measure_auc(values: np.ndarray, profile: Table) -> float | None:
    """Held-out AUC of one measure (N,), over the pictures that have a value.

    A picture's score is its rank among the real pictures of the other clusters, negated if the measure is lower for AI
    photos in those clusters. Ranks can be compared across folds.
    """
    known = np.isfinite(values)
    values, is_ai, cluster = values[known], profile.is_ai[known], profile.attribute("cluster")[known]
    if not is_ai.any() or is_ai.all():
        return None
    score = np.full(len(values), np.nan)
    for test in random_folds(is_ai, cluster):
        real = np.sort(values[~test & ~is_ai])
        direction = auc(is_ai[~test], values[~test])
        if real.size and np.isfinite(direction):
            below, up_to = (np.searchsorted(real, values[test], side=side) for side in ("left", "right"))
            rank = (below + up_to) / (2 * real.size) - 0.5
            score[test] = rank if direction >= 0.5 else -rank  # noqa: PLR2004
    scored = np.isfinite(score)
    return finite(auc(is_ai[scored], score[scored]))


def _shift(measure: Measure, change: str, trials: Iterable[Trial], real: np.ndarray, sd: float) -> Shift:
    key = measure.key
    values = [(trial.before[key], (trial.after[change] or {}).get(key)) for trial in trials if key in trial.before]
    pairs = np.array([(before, after) for before, after in values if after is not None]).reshape(-1, 2)
    lost = len(values) - len(pairs)
    if not len(pairs) or not sd:
        return Shift(len(pairs), lost, None, None, None, None)
    shift = (pairs[:, 1] - pairs[:, 0]) / sd
    low, high = _usual_range(measure, real)
    outside = (pairs < low) | (pairs > high)
    inside = ~outside[:, 0]
    return Shift(
        photos=len(pairs),
        lost=lost,
        size=float(np.median(np.abs(shift))),
        signed=float(np.median(shift)),
        far=float(np.mean(np.abs(shift) > FAR)),
        beyond=float(np.mean(outside[inside, 1])) if inside.any() else None,
    )


def _usual_range(measure: Measure, real: np.ndarray) -> tuple[float, float]:
    """The range of 95 % of real photos: all but the most suspicious ones, which are on one side or on both."""
    if measure.suggests == "artificial":
        return -np.inf, float(np.percentile(real, 95))
    if measure.suggests == "natural":
        return float(np.percentile(real, 5)), np.inf
    low, high = np.percentile(real, (2.5, 97.5))
    return float(low), float(high)


def _finite_values(values: np.ndarray) -> np.ndarray:
    known: np.ndarray = values[np.isfinite(values)]
    return known
