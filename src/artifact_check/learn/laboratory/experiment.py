"""The cue laboratory: how well does one cue do its work, apart from the others?

For each measure: how it ranks photos of sources it never saw, how often it cannot see, how far innocent changes and
skin tone move it, and whether it answers to the perturbations that it is meant for.

Measures are looked at as a model sees them, corrected for skin tone. Shifts are in standard deviations (sd) of real
photos as stored: the central 90 % of them over 3.29. A photo is measured anew after each change, landmarks included.
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
from artifact_check.learn.table.launder import PROFILE
from artifact_check.learn.workers import Progress

MOST_PHOTOS = 100
GOOD_FACE_WIDTH = 200.0  # px, an IOD of 80 and more: smaller faces only where there are too few of these
FAR = 1.645  # sd; 5 % of a normal distribution lie above
DARK, LIGHT = 10.0, 41.0  # degrees of the individual typology angle
MIN_GROUP = 5  # photos; medians of fewer say nothing


@dataclass(frozen=True, slots=True)
class Shift:
    """How one change moves one measure over the sample, in sd.

    `photos` showed the measure before and after; in `lost` it could not be seen any more. `size` is the median of
    |shift|, `signed` the median shift, `far` the share with |shift| above `FAR`, and `beyond` the share that it moves
    past the end of the central 90 to 95 % of real photos, among those that were inside.
    """

    photos: int
    lost: int
    size: float | None
    signed: float | None
    far: float | None
    beyond: float | None


@dataclass(frozen=True, slots=True)
class MeasureFigures:
    """`auc` out of source, with the direction learned on the other clusters; `higher_in` "ai" or "real", over all;
    `unseen` share of pictures without a value; `sd` of real photos; `dark_light` median of dark minus light skin, in
    sd; shifts by the name of the change.
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
        """The innocent change that moves the measure furthest."""
        known = [(name, shift) for name, shift in self.innocent.items() if shift.size is not None]
        return max(known, key=lambda pair: pair[1].size or 0.0) if known else None


@dataclass(frozen=True, slots=True)
class CueFigures:
    """One cue: `auc` of its own logistic regression out of source, `abstained` share of pictures, its measures."""

    name: str
    title: str
    auc: float | None
    abstained: float
    measures: tuple[MeasureFigures, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The real photos that were changed: how many, of how many clusters, how many with a face narrower than
    `GOOD_FACE_WIDTH`, the range of their IOD in pixels, and a digest of their contents.
    """

    photos: int
    clusters: int
    small_faces: int
    iod: tuple[float, float]
    digest: str


@dataclass(frozen=True, slots=True)
class Laboratory:
    """The figures of all chosen cues; `pictures` and `skins` count what AUC and the skin-tone column rest on."""

    cues: tuple[CueFigures, ...]
    sample: Sample
    pictures: Mapping[str, int]
    skins: Mapping[str, int]
    changes: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def compact(self) -> dict[str, Any]:
        """What the model card shows."""
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
    """At most `MOST_PHOTOS` real photos, spread evenly over clusters; faces of `GOOD_FACE_WIDTH` and more first.

    Which ones depends on nothing but the photos: each cluster's are taken in the order of their digests.
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
    return tuple(chosen[:MOST_PHOTOS])


def run(
    table: Table,
    photos: Sequence[Item],
    chosen: Sequence[Cue],
    measuring: Measuring,
    *,
    jobs: int,
    progress: Progress,
) -> Laboratory:
    """All figures of the chosen cues, from a measured data set and from changes to some of its `photos`.

    Raises:
        DatasetError: there are no photos to change.
    """
    if not photos:
        raise DatasetError("No real photo could be measured, and it is such photos that the laboratory changes.")
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
    """The same measures, corrected for the skin's tone before and after each change."""

    def corrected(values: dict[str, float], change: str) -> dict[str, float]:
        tone = trial.tones[change]
        offset = 0.0 if tone is None else float(fitting.tone_offset(np.array(tone)))
        return {key: value - slopes[key] * offset for key, value in values.items()}

    after = {name: None if values is None else corrected(values, name) for name, values in trial.after.items()}
    return replace(trial, before=corrected(trial.before, ""), after=after)


def _cue_figures(cue: Cue, cue_auc: float | None, table: Table, trials: Sequence[Trial]) -> CueFigures:
    mine = fitting.owners(table.keys) == cue.name
    profile = table.where(table.condition == PROFILE.name)
    unseen = ~np.isfinite(profile.values[:, mine])
    return CueFigures(
        name=cue.name,
        title=cue.title,
        auc=cue_auc,
        abstained=float(np.mean(unseen.all(axis=1))),
        measures=tuple(_measure_figures(measure, table, profile, trials) for measure in cue.measures),
    )


def _measure_figures(measure: Measure, table: Table, profile: Table, trials: Sequence[Trial]) -> MeasureFigures:
    column = table.keys.index(measure.key)
    values = profile.values[:, column]
    raw = table.where((table.condition == RAW) & ~table.is_ai).values[:, column]
    raw = raw[np.isfinite(raw)]
    sd = float(np.ptp(np.percentile(raw, (5, 95)))) / 3.29 if raw.size >= MIN_GROUP else 0.0
    dark, light = (_finite_values(table.values[group, column]) for group in _skin_groups(table))
    seen = np.isfinite(values)
    plain = auc(profile.is_ai[seen], values[seen])
    known = sd > 0 and min(dark.size, light.size) >= MIN_GROUP
    return MeasureFigures(
        key=measure.key,
        sentence=measure.sentence,
        moved_by=measure.moved_by,
        auc=_measure_auc(values, profile),
        higher_in=None if not np.isfinite(plain) else "ai" if plain >= 0.5 else "real",  # noqa: PLR2004
        unseen=float(np.mean(~seen)),
        sd=sd or None,
        dark_light=float(np.median(dark) - np.median(light)) / sd if known else None,
        innocent={name: _shift(measure, name, trials, raw, sd) for name in INNOCENT},
        perturbed={name: _shift(measure, name, trials, raw, sd) for name in PERTURBATIONS},
    )


def _skin_groups(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """(N,) bool each: real photos as stored of dark and of light skin."""
    real = (table.condition == RAW) & ~table.is_ai
    return real & (table.skin_ita < DARK), real & (table.skin_ita > LIGHT)


def _measure_auc(values: np.ndarray, profile: Table) -> float | None:
    """Out-of-source AUC of one measure (N,), over the pictures in which it was seen.

    A picture's score is its rank among the real pictures of the other clusters, turned over where those clusters say
    that the measure is lower in AI photos: so scores of different folds can be compared.
    """
    seen = np.isfinite(values)
    values, is_ai, cluster = values[seen], profile.is_ai[seen], profile.attribute("cluster")[seen]
    if not is_ai.any() or is_ai.all():
        return None
    score = np.full(len(values), np.nan)
    for test in fitting.folds(is_ai, cluster):
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
    seen = [(trial.before[key], (trial.after[change] or {}).get(key)) for trial in trials if key in trial.before]
    pairs = np.array([(before, after) for before, after in seen if after is not None]).reshape(-1, 2)
    lost = len(seen) - len(pairs)
    if not len(pairs) or not sd:
        return Shift(len(pairs), lost, None, None, None, None)
    shift = (pairs[:, 1] - pairs[:, 0]) / sd
    low, high = _ends(measure, real)
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


def _ends(measure: Measure, real: np.ndarray) -> tuple[float, float]:
    """Outside of these lie 5 % of real photos: those that look most suspicious, on one side or on both."""
    if measure.suggests == "artificial":
        return -np.inf, float(np.percentile(real, 95))
    if measure.suggests == "natural":
        return float(np.percentile(real, 5)), np.inf
    low, high = np.percentile(real, (2.5, 97.5))
    return float(low), float(high)


def _finite_values(values: np.ndarray) -> np.ndarray:
    known: np.ndarray = values[np.isfinite(values)]
    return known
