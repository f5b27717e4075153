"""Photos of people, several each -> how much traits vary between photos of one person (`comparing/spread.json`).

    python -m artifact_check.learn.references.people DATA PEOPLE.csv [--output FILE]

`PEOPLE.csv` has columns `file`, a path in the folder `DATA`, and `person`, any word. A person's photos count as if
there were at most seven, so that nobody's face decides. Limits are the strengths that 5 % of photos exceed when they
are compared with others of the same person, by a spread fitted without that person: of all photos, or of camera photos
alone (those in `real/`) if they exceed more, since pictures of one service are alike. No face can be reconstructed.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from artifact_check import photo
from artifact_check.comparing import marks, spread
from artifact_check.comparing.features import all_traits
from artifact_check.comparing.spread import Spread
from artifact_check.comparing.traits import Seen
from artifact_check.errors import PhotoError
from artifact_check.face import DETECTABLE_SIDE, Face, Landmarker
from artifact_check.learn.references.reference import rounded

_MAX_FREEDOM = 6  # degrees of freedom that one person's photos count for
_RIDGE, _SMALL_RIDGE = 0.1, 0.1  # share of the circumstances' variance that is added to it: in the fit, in its inverse
_REFERENCES = (1, 3, 5)
_ALARMS = 0.05
_DEFAULT = Path(spread.__file__).with_name("spread.json")

People = Mapping[str, Sequence[Seen]]
_T = TypeVar("_T")
_Find = Callable[..., list[marks.Mark]]


def fit(people: People) -> Spread:
    """The spread within the people of whom at least two photos show the trait; it has no limit yet."""
    values, circumstances, freedom = [], [], 0
    for seen in people.values():
        if len(seen) > 1:
            counts = min(len(seen) - 1, _MAX_FREEDOM)
            weight, freedom = np.sqrt(counts / (len(seen) - 1)), freedom + counts
            values.append(weight * _centred([one.value for one in seen]))
            circumstances.append(weight * _centred([one.circumstances for one in seen]))
    value, circumstance = np.concatenate(values), np.concatenate(circumstances)
    moment = circumstance.T @ circumstance
    by_circumstances = np.linalg.solve(_ridged(moment, _RIDGE), circumstance.T @ value)
    rest = value - circumstance @ by_circumstances
    return Spread(by_circumstances, rest.T @ rest / freedom, _ridged(moment / freedom, _SMALL_RIDGE))


def _ridged(moment: np.ndarray, share: float) -> np.ndarray:
    ridged: np.ndarray = moment + np.diag(share * np.diag(moment) + 1e-9)
    return ridged


def strengths(compared: People, people: People) -> Iterator[tuple[str, float]]:
    """Each photo compared with one, three and five others of its person, or with all; the spread is that of the other
    people.
    """
    for name, seen in compared.items():
        if len(seen) > 1:
            fitted = fit({other: theirs for other, theirs in people.items() if other != name})
            for headshot, references in chosen(seen):
                yield name, spread.change(headshot, references, fitted).strength


def chosen(photos: Sequence[_T]) -> Iterator[tuple[_T, list[_T]]]:
    """Each photo with one, three and five others, drawn by chance, or with all there are."""
    draw = np.random.default_rng(0)
    for i, headshot in enumerate(photos):
        others = [photos[j] for j in draw.permutation(len(photos)) if j != i]
        for count in sorted({min(count, len(others)) for count in _REFERENCES}):
            yield headshot, others[:count]


def limit(strengths_: Iterator[tuple[str, float]]) -> float:
    """The strength that `_ALARMS` of untouched photos exceed; 0 if there are none. A person counts as the root of
    their photos.
    """
    found = list(strengths_)
    if not found:
        return 0.0
    names, values = zip(*found, strict=True)
    weights = 1 / np.sqrt([names.count(name) for name in names])
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(np.array(values)[order][np.searchsorted(share, 1 - _ALARMS)])


def with_limit(people: People, camera: People) -> Spread:
    """The spread within these people, and its limit; `camera` are those of their photos that a camera took."""
    return replace(fit(people), limit=max(limit(strengths(compared, people)) for compared in (people, camera)))


def mark_limits(*skins: Mapping[str, Sequence[marks.Skin]]) -> list[float]:
    """The limits of lost and of new marks: of several people's skins, such as all and those of camera photos, the
    larger.
    """

    def strongest(people: Mapping[str, Sequence[marks.Skin]], find: _Find) -> Iterator[tuple[str, float]]:
        for name, theirs in people.items():
            for headshot, references in chosen(theirs):
                found = find(headshot, references)
                yield name, found[0].strength if found else 0.0

    return [max(limit(strongest(people, find)) for people in skins) for find in (marks.lost, marks.new)]


def _centred(rows: list[np.ndarray]) -> np.ndarray:
    table = np.array(rows)
    centred: np.ndarray = table - table.mean(axis=0)
    return centred


def faces(data: Path, people: Path) -> Iterator[tuple[str, bool, Face]]:
    """Each person, whether a camera took the photo, and the face in it."""
    with Landmarker() as landmarker, people.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            file = (data / row["file"]).read_bytes()
            try:
                picture = photo.decode(file, min_side=DETECTABLE_SIDE)
                face = landmarker.find_in_detail(picture, partial(photo.decode, file)).upright
                yield row["person"], row["file"].startswith("real/"), face
            except PhotoError as error:
                sys.stderr.write(f"{row['file']}: {error}\n")


def by_person(rows: Iterable[tuple[str, bool, _T]]) -> tuple[dict[str, list[_T]], dict[str, list[_T]]]:
    """What was seen of each person, and what of that a camera took."""
    everything, camera = defaultdict(list), defaultdict(list)
    for person, by_camera, seen in rows:
        everything[person].append(seen)
        if by_camera:
            camera[person].append(seen)
    return everything, camera


def make_spread(data: Path, people: Path) -> dict[str, Any]:
    """The content of `spread.json`."""
    traits: dict[str, list[tuple[str, bool, Seen]]] = {trait.name: [] for trait in all_traits()}
    skins: list[tuple[str, bool, marks.Skin]] = []
    for person, camera, face in faces(data, people):
        for trait in all_traits():
            if (seen := trait.measure(face)) is not None:
                traits[trait.name].append((person, camera, seen))
        if (skin := marks.find(face)) is not None:
            skins.append((person, camera, skin))
    fitted = {name: with_limit(*by_person(of)) for name, of in traits.items()}
    return {
        "made_from": {name: [len({person for person, *_ in of}), len(of)] for name, of in traits.items()},
        "traits": {
            name: {
                "by_circumstances": rounded(of.by_circumstances),
                "covariance": rounded(of.covariance),
                "circumstances": rounded(of.circumstances),
                "limit": round(of.limit, 3),
            }
            for name, of in fitted.items()
        },
        "marks": [round(value, 3) for value in mark_limits(*by_person(skins))],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How much traits vary between photos of one person.")
    parser.add_argument("data", type=Path, help="folder with the photos")
    parser.add_argument("people", type=Path, help="table of who is in which photo")
    parser.add_argument("--output", type=Path, default=_DEFAULT)
    arguments = parser.parse_args()
    made = make_spread(arguments.data, arguments.people)
    arguments.output.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stderr.write(f"made from {made['made_from']} (people, photos)\n")
