"""A headshot and its references -> `Comparison`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import Self

import numpy as np

from artifact_check import photo
from artifact_check.comparing import likeness, marks, spread, wording
from artifact_check.comparing.features import all_traits
from artifact_check.comparing.likeness import Embedding, Recogniser
from artifact_check.comparing.marks import Mark, Skin
from artifact_check.comparing.traits import Seen, Trait
from artifact_check.errors import ComparisonError, PhotoError
from artifact_check.face import DETECTABLE_SIDE, Face, Landmarker
from artifact_check.face.encoder import alignment, warped
from artifact_check.results import Comparison, Likeness, Point, TraitResult
from artifact_check.sources import Source
from artifact_check.sources.local import LocalFile

MAX_REFERENCES = 20
"""More would be a search through photos, which this is not for."""
_OWN_SPREAD = 3  # references that show a person's own spread
_DIFFERENT_PHOTOS = 0.25  # distance of the two furthest, below which they are copies of a photo, or of one session
_PICTURE = 696  # px
_MAX_SENTENCES = 3  # of lost and of new marks

Image = str | Path | bytes | np.ndarray | Source


def compare(headshot: Image, references: Sequence[Image]) -> Comparison:
    """Compare a headshot with photos of the same person: paths, files' bytes, or RGB `uint8` arrays (H, W, 3).

    One reference is enough, three to ten are better; copies of one, and of the headshot, are left out. Compare only
    photos of yourself, or of people who agreed to it: it says how a picture was altered, not who someone is.

    Raises:
        ComparisonError: a photo cannot be read or shows no face to measure, or the references show several people, or
            nothing but the headshot.
        ModelError: the installation's models are missing or damaged.
    """
    return shared_comparer().compare(headshot, references)


@cache
def shared_comparer() -> Comparer:
    """Give this process's comparer."""
    return Comparer()


@dataclass(frozen=True, eq=False)
class _Portrait:
    """What is compared of one photo, and its face's `picture`; the photo itself is not kept: twenty fill the memory."""

    name: str
    picture: np.ndarray
    embedding: Embedding
    traits: dict[str, Seen]
    skin: Skin | None


@dataclass(frozen=True, eq=False)
class Pair:
    """The headshot and the nearest reference, both (696, 696, 3) uint8, with the eyes in the same places.

    `from_photo` (2, 3) maps pixels (x, y, 1) of the headshot at full size to those of its picture.
    """

    headshot: np.ndarray
    reference: np.ndarray
    from_photo: np.ndarray

    def shares(self, places: Sequence[Point]) -> list[Point]:
        """Places on the headshot as shares of its picture's width and height."""
        points = (np.array(places).reshape(-1, 2) @ self.from_photo[:, :2].T + self.from_photo[:, 2]) / _PICTURE
        return [(round(x, 4), round(y, 4)) for x, y in points.tolist()]


class Comparer:
    """A landmarker and the recognition network, for any number of comparisons in this process.

    Raises:
        ModelError: one of the models is missing or damaged.
    """

    def __init__(self) -> None:
        self._landmarker = Landmarker()
        self._recogniser = Recogniser()

    def compare(self, headshot: Image, references: Sequence[Image]) -> Comparison:
        """See `compare`."""
        return self.examine(headshot, references)[0]

    def examine(self, headshot: Image, references: Sequence[Image]) -> tuple[Comparison, Pair]:
        """The comparison, and pictures for those who show it."""
        if not 1 <= len(references) <= MAX_REFERENCES:
            raise ComparisonError(wording.wrong_number(MAX_REFERENCES, len(references)))
        shown, face = self._portrait(headshot, "the headshot")
        given = [self._portrait(image, f"reference {i}")[0] for i, image in enumerate(references, 1)]
        _require_one_person(given)
        known = _without_copies(shown, given)
        if not known:
            raise ComparisonError(wording.ONLY_ITSELF, shown.name)
        traits = (*(_trait(trait, shown, known, face) for trait in all_traits()), _marks(shown, known, face))
        nearest = min(known, key=lambda portrait: shown.embedding.distance(portrait.embedding))
        overall = _likeness(shown, nearest, known)
        altered = not overall.within or any(trait.status == "changed" for trait in traits)
        names = tuple(portrait.name for portrait in known)
        comparison = Comparison(shown.name, names, overall, traits, wording.ADVICE if altered else ())
        from_photo = alignment(face, _PICTURE) * (1 / face.photo.reduction, 1 / face.photo.reduction, 1)
        return comparison, Pair(shown.picture, nearest.picture, from_photo)

    def close(self) -> None:
        """Free the native landmarker."""
        self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _portrait(self, image: Image, unnamed: str) -> tuple[_Portrait, Face]:
        image = LocalFile(Path(image)) if isinstance(image, str | Path) else image
        name = unnamed if isinstance(image, bytes | np.ndarray) else image.name
        try:
            decode = _decoder(image)
            face = self._landmarker.find_in_detail(decode(min_side=DETECTABLE_SIDE), decode)
        except PhotoError as error:
            raise ComparisonError(error.message, name) from None
        if not face.dominant:
            raise ComparisonError(wording.several_faces(face.count), name)
        upright = face.upright
        measured = {trait.name: trait.measure(upright) for trait in all_traits()}
        seen = {trait: one for trait, one in measured.items() if one is not None}
        picture = warped(face.photo.pixels, alignment(face, _PICTURE), _PICTURE)
        return _Portrait(name, picture, self._recogniser.embed(upright), seen, marks.find(upright)), face


def _decoder(image: bytes | np.ndarray | Source) -> Callable[..., photo.Photo]:
    if isinstance(image, np.ndarray):
        return partial(photo.from_array, image)
    return partial(photo.decode, image if isinstance(image, bytes) else image.read())


def _without_copies(headshot: _Portrait, references: Sequence[_Portrait]) -> list[_Portrait]:
    """References but copies of each other and the headshot itself, which its own folder may hold."""
    different = [headshot]
    for reference in references:
        if not any(np.array_equal(reference.picture, other.picture) for other in different):
            different.append(reference)
    return different[1:]


def _require_one_person(references: Sequence[_Portrait]) -> None:
    """Refuse references of which one is usually too far from the others."""
    for reference in references:
        others = [other for other in references if other is not reference]
        distances = [reference.embedding.distance(other.embedding) for other in others]
        if others and np.median(distances) > likeness.DISAGREE:
            raise ComparisonError(wording.ANOTHER_FACE, reference.name)


def _likeness(headshot: _Portrait, nearest: _Portrait, references: Sequence[_Portrait]) -> Likeness:
    distance = headshot.embedding.distance(nearest.embedding)
    among = [one.embedding.distance(other.embedding) for one, other in combinations(references, 2)]
    own = len(references) >= _OWN_SPREAD and max(among) >= _DIFFERENT_PHOTOS
    low, high = (min(among), max(among)) if own else likeness.SAME_PERSON
    return Likeness(distance, nearest.name, low, high, own, wording.likeness(distance, low, high, own=own))


def _trait(trait: Trait, headshot: _Portrait, references: Sequence[_Portrait], face: Face) -> TraitResult:
    name = trait.name
    shown = headshot.traits.get(name)
    known = [reference.traits[name] for reference in references if name in reference.traits]
    if shown is None or not known:
        return TraitResult(name, "not_seen", None, len(known), (wording.not_seen(name),))
    usual = spread.spreads()[name]
    change = spread.change(shown, known, usual)
    strength = change.strength / usual.limit
    if strength <= 1:
        return TraitResult(name, "unchanged", strength, len(known), (_unchanged(trait, change, usual),))
    said = wording.changed(name, change.difference, len(known))
    places = tuple(_stored(face, at) for at in face.landmarks[[*trait.places]])
    return TraitResult(name, "changed", strength, len(known), (said,), places)


def _unchanged(trait: Trait, change: spread.Change, usual: spread.Spread) -> str:
    if trait.per_cent is None:
        return wording.unchanged(trait.name)
    limit = usual.limit * change.scale * float(np.sqrt(usual.covariance[0, 0]))
    return wording.unchanged_above(trait.name, limit / trait.per_cent)


def _marks(headshot: _Portrait, references: Sequence[_Portrait], face: Face) -> TraitResult:
    known = [reference.skin for reference in references if reference.skin is not None]
    if headshot.skin is None or not known:
        return TraitResult("marks", "not_seen", None, len(known), (wording.not_seen("marks"),))
    lost_limit, new_limit = spread.mark_limits()
    lost, new = marks.lost(headshot.skin, known), marks.new(headshot.skin, known)
    strengths = (*(mark.strength / lost_limit for mark in lost), *(mark.strength / new_limit for mark in new))
    strength = max((0.0, *strengths))
    if strength <= 1:
        return TraitResult("marks", "unchanged", strength, len(known), (wording.unchanged("marks"),))
    lost, new = _beyond(lost, lost_limit), _beyond(new, new_limit)
    said = (*(wording.lost(mark.place) for mark in lost), *(wording.new(mark.place) for mark in new))
    places = tuple(_stored(face, marks.in_photo(face, mark)) for mark in (*lost, *new))
    return TraitResult("marks", "changed", strength, len(known), said, places)


def _beyond(found: Sequence[Mark], limit: float) -> list[Mark]:
    return [mark for mark in found if mark.strength > limit][:_MAX_SENTENCES]


def _stored(face: Face, at: np.ndarray) -> tuple[float, float]:
    """A point (2,) in pixels of the photo at full size."""
    x, y = at * face.photo.reduction
    return round(float(x), 1), round(float(y), 1)
