"""What `artifact-check compare` finds, and what it calls changed by mistake.

    python -m benchmarks.comparing DATA PEOPLE.csv

Takes what `artifact_check.learn.references.people` takes. People are split in two halves of about as many photos:
spreads and limits are those of one half, figures those of the other, both ways. How skin tone is measured was chosen on
the first half alone, so its figures are those of the second. A person counts as the root of their photos.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import numpy as np

from artifact_check.comparing import marks, spread
from artifact_check.comparing.features import all_traits
from artifact_check.comparing.likeness import Embedding, Recogniser
from artifact_check.comparing.traits import TRAITS, Seen, Trait
from artifact_check.errors import PhotoError
from artifact_check.face import Face, Landmarker
from artifact_check.learn.laboratory import perturb
from artifact_check.learn.references import people as fitting

Change = Callable[[Face], np.ndarray]
Cameras = Mapping[str, list[bool]]  # of each person's photos, whether a camera took them
T = TypeVar("T")

CHANGES: Mapping[str, tuple[str, Change]] = {
    **{
        f"iris by 15 dE, {45 * i} degrees": (
            "eye_colour",
            partial(perturb.recolour_irides, a=15 * np.cos(i * np.pi / 4), b=15 * np.sin(i * np.pi / 4)),
        )
        for i in range(8)
    },
    "skin 6 L lighter": ("skin_tone", partial(perturb.shift_skin_tone, lightness=6.0)),
    "skin 6 L darker": ("skin_tone", partial(perturb.shift_skin_tone, lightness=-6.0)),
    "jaw 4 % narrower": ("jaw", partial(perturb.narrow_jaw, share=0.04)),
    "eyes 5 % larger": ("eye_size", partial(perturb.enlarge_eyes, share=0.05)),
    "skin smoothed": ("smoothness", perturb.smooth_skin),
    "beard painted": ("beard", partial(perturb.paint_beard, density=0.5)),
    "beard blurred away": ("beard", perturb.shave),
    "glasses drawn": ("glasses", partial(perturb.draw_glasses, width=0.03)),
    "lips 10 dE redder": ("lips", partial(perturb.redden_lips, a=10.0)),
    "teeth 10 dE whiter": ("teeth", partial(perturb.whiten_teeth, lightness=6.0, blue=8.0)),
}
_SOME = {1: "1 reference", 2: "2 or 3", 3: "2 or 3", 4: "4 or 5", 5: "4 or 5"}
FRONTAL = 15.0  # degrees of yaw and pitch


def halves(photos: Mapping[str, list[Face]]) -> list[set[str]]:
    """People with at least two photos, in two halves of about as many photos."""
    order = sorted((name for name in photos if len(photos[name]) > 1), key=lambda name: (-len(photos[name]), name))
    first = {name for i, name in enumerate(order) if i % 4 in {0, 3}}
    return [first, set(order) - first]


def halvings(photos: Mapping[str, list[Face]]) -> list[tuple[set[str], set[str]]]:
    """Twelve times two halves of about as many photos, drawn by chance, each of them first once.

    For traits that few people show: which half a person is in moves their figures much.
    """
    draw, pairs = np.random.default_rng(0), []
    names = sorted(name for name in photos if len(photos[name]) > 1)
    for _ in range(12):
        parts: list[set[str]] = [set(), set()]
        for i in sorted(draw.permutation(len(names)), key=lambda i: -len(photos[names[i]])):
            smaller = min(parts, key=lambda part: sum(len(photos[name]) for name in part))
            smaller.add(names[i])
        pairs += [(parts[0], parts[1]), (parts[1], parts[0])]
    return pairs


def _rows(people: set[str], cameras: Cameras, seen: Mapping[str, list[T | None]]) -> Iterator[tuple[str, bool, T]]:
    """What was seen of people, with whether a camera took the photo."""
    for name in people:
        for by_camera, one in zip(cameras[name], seen[name], strict=True):
            if one is not None:
                yield name, by_camera, one


def share(found: list[tuple[str, bool]]) -> str:
    """The share found, each person counting as the root of their photos."""
    names = [name for name, _ in found]
    weights = 1 / np.sqrt([names.count(name) for name in names])
    return f"{weights @ [hit for _, hit in found] / weights.sum():.2f} of {len(found)}" if found else "none"


def changed(landmarker: Landmarker, face: Face, change: Change) -> Face | None:
    """The face found anew in the changed photo."""
    try:
        return landmarker.find(replace(face.photo, pixels=change(face))).upright
    except PhotoError:
        return None


def traits(
    photos: Mapping[str, list[Face]],
    cameras: Cameras,
    landmarker: Landmarker,
    compared: Sequence[Trait],
    split: Sequence[tuple[set[str], set[str]]],
) -> None:
    """Figures of traits; `split` lists people to learn from and people to test."""
    for trait in compared:
        changes = {"untouched": None} | {name: change for name, (of, change) in CHANGES.items() if of == trait.name}
        seen = {name: [trait.measure(face) for face in faces] for name, faces in photos.items()}
        found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)

        @cache
        def after(
            name: str, i: int, trait: Trait = trait, changes: Mapping[str, Change | None] = changes
        ) -> dict[str, Seen]:
            face = photos[name][i]
            faces = {t: face if c is None else changed(landmarker, face, c) for t, c in changes.items()}
            measured = {title: None if one is None else trait.measure(one) for title, one in faces.items()}
            return {title: one for title, one in measured.items() if one is not None}

        for training, testing in split:
            fitted = fitting.with_limit(*fitting.by_person(_rows(training, cameras, seen)))
            for name in testing:
                shown = [i for i, one in enumerate(seen[name]) if one is not None]
                for i, others in fitting.chosen(shown) if len(shown) > 1 else ():
                    face = photos[name][i]
                    for title, measured in after(name, i).items():
                        hit = spread.change(measured, [seen[name][j] for j in others], fitted).strength > fitted.limit
                        for group in groups(face, [cameras[name][j] for j in (i, *others)]):
                            found[title, group].append((name, hit))
                            if testing == halves(photos)[1]:
                                found[title, f"{group}, second half"].append((name, hit))
        report(trait.name, found)


def groups(face: Face, cameras: list[bool]) -> list[str]:
    """What a comparison is reported under; `cameras` tells of headshot and references whether a camera took them."""
    frontal = max(map(abs, face.pose[:2])) <= FRONTAL
    tone = face.skin_tone
    names = ["all", "frontal" if frontal else "turned", _SOME[len(cameras) - 1]]
    if all(cameras):
        names.append("camera photos")
    if tone is not None:
        names.append("dark skin" if tone < 10 else "middle skin" if tone < 41 else "light skin")  # noqa: PLR2004
    return names


def report(title: str, found: Mapping[tuple[str, str], list[tuple[str, bool]]]) -> None:
    names = list(dict.fromkeys(sorted({group for _, group in found})))
    print(f"\n{title}\n| | {' | '.join(names)} |\n|---{'|---' * len(names)}|")
    for change in dict.fromkeys(change for change, _ in found):
        print(f"| {change} | {' | '.join(share(found.get((change, name), [])) for name in names)} |")


def moles(photos: Mapping[str, list[Face]], cameras: Cameras) -> None:
    """A mole of 3 mm painted on the headshot alone is new; one painted on the references alone is lost."""
    draw = np.random.default_rng(0)
    skins = {name: [marks.find(face) for face in faces] for name, faces in photos.items()}
    found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    for training, testing in (halves(photos), halves(photos)[::-1]):
        lost, new = fitting.mark_limits(*fitting.by_person(_rows(training, cameras, skins)))
        for name in testing:
            shown = [i for i, skin in enumerate(skins[name]) if skin is not None]
            for i, others in fitting.chosen(shown) if len(shown) > 1 else ():
                references = [skins[name][j] for j in others]
                everywhere = np.argwhere(np.min([skin.seen for skin in (skins[name][i], *references)], axis=0))
                if not len(everywhere):
                    continue
                place = draw.choice(everywhere)
                painted = {j: marks.find(with_mole(photos[name][j], place)) for j in (i, *others)}
                results = {
                    "untouched, lost": (marks.lost(skins[name][i], references), lost),
                    "untouched, new": (marks.new(skins[name][i], references), new),
                    "mole removed": (marks.lost(skins[name][i], [painted[j] for j in others]), lost),
                    "mole added": (marks.new(painted[i], references), new),
                }
                for title, (all_marks, limit) in results.items():
                    for group in groups(photos[name][i], [cameras[name][j] for j in (i, *others)]):
                        found[title, group].append((name, any(mark.strength > limit for mark in all_marks)))
    report("marks", found)


def with_mole(face: Face, place: np.ndarray) -> Face:
    at = marks.in_photo(face, marks.mark_at(*place, 0.0))
    pixels = perturb.paint_mole(face, at=at, diameter=0.3 / 6.3, darkness=0.45)
    return replace(face, photo=replace(face.photo, pixels=pixels), _views={})


def likeness(faces: list[tuple[str, Embedding]]) -> None:
    """Area under the curve of frontal pairs, and its interval over people drawn again."""
    from sklearn.metrics import roc_auc_score

    pairs = [(a, b, one.distance(other)) for (a, one), (b, other) in combinations(faces, 2)]
    same, distance = np.array([a == b for a, b, _ in pairs]), np.array([d for *_, d in pairs])
    area = roc_auc_score(same, -distance)
    print(f"\nlikeness: {same.sum()} pairs of one person, {(~same).sum()} of two, AUC {area:.4f}")
    draw, names = np.random.default_rng(0), sorted({name for name, _ in faces})
    rows = np.array([(names.index(a), names.index(b)) for a, b, _ in pairs])
    areas = []
    for _ in range(200):
        times = np.bincount(draw.integers(len(names), size=len(names)), minlength=len(names))
        weight = times[rows[:, 0]] * np.where(same, 1, times[rows[:, 1]])
        if weight[same].any() and weight[~same].any():
            areas.append(roc_auc_score(same, -distance, sample_weight=weight))
    print("interval", np.quantile(areas, [0.025, 0.975]).round(4))
    print("one person", np.quantile(distance[same], [0.025, 0.5, 0.975, 1]).round(3))
    print("two", np.quantile(distance[~same], [0, 0.01, 0.05, 0.5]).round(3))


def main(data: Path, table: Path) -> None:
    photos: dict[str, list[Face]] = defaultdict(list)
    cameras: dict[str, list[bool]] = defaultdict(list)
    with table.open(encoding="utf-8") as rows:
        several = Counter(row["person"] for row in csv.DictReader(rows))
    recogniser, embedded = Recogniser(), []
    for name, by_camera, face in fitting.faces(data, table):
        if max(map(abs, face.pose[:2])) <= FRONTAL:
            embedded.append((name, recogniser.embed(face)))
        if several[name] > 1:
            photos[name].append(face)
            cameras[name].append(by_camera)
    likeness(embedded)
    moles(photos, cameras)
    with Landmarker() as landmarker:
        first, second = halves(photos)
        traits(photos, cameras, landmarker, TRAITS, [(first, second), (second, first)])
        features = [trait for trait in all_traits() if trait not in TRAITS]
        traits(photos, cameras, landmarker, features, halvings(photos))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
