"""The result of a check: frozen dataclasses that use the standard library only.

`PhotoReport.to_dict` defines the JSON format (schema 1): keys may be added, never renamed. Numbers have six significant
digits (see `significant`). Coordinates are pixels of the upright photo at full size, x to the right, y down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

SCHEMA = 1
PREVIEW_SIDE = 320  # px, the longer side of `PhotoReport.preview` at most

Status = Literal["ok", "no_face", "face_too_small", "unreadable", "too_large", "not_assessed"]
Verdict = Literal["declared_ai", "likely_ai", "inconclusive", "likely_authentic"]
CueStatus = Literal["ok", "abstained", "failed"]
Suggests = Literal["artificial", "natural", "either"]
Scale = Literal["amount", "likeness", "difference"]
DeclarationKind = Literal["c2pa", "iptc", "xmp", "generator_text", "exif"]
Says = Literal["ai_generated", "ai_edited", "camera", "edited", "unknown"]
Trust = Literal["trusted", "valid_untrusted", "damaged", "invalid", "declared"]
TraitStatus = Literal["unchanged", "changed", "not_seen"]
EvidenceKind = Literal["outline", "points", "arrow", "heatmap"]

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Evidence:
    """A mark to draw on the photo: where measures looked and what they found.

    Attributes:
        kind: the kind of mark.
        measures: prefixes of the keys of the measures concerned ("zebra_" matches "zebra_stripes").
        label: text for people.
        points: the corners of an outline, single points, the start and end of an arrow, or the top left and bottom
            right corner of a heat map; in pixels.
        grid: the rows of a heat map, each value from 0 (typical of real photos) to 1 (unusual).
    """

    kind: EvidenceKind
    measures: tuple[str, ...]
    label: str
    points: tuple[Point, ...]
    grid: tuple[tuple[float, ...], ...] = ()

    def shows(self, key: str) -> bool:
        """Whether the measure with this key looked here."""
        return key.startswith(self.measures)


@dataclass(frozen=True)  # slots would triple the time to send one between processes, and a report has two hundred
class MeasureResult:
    """One measured value.

    Attributes:
        key: unique name; begins with the cue's name.
        value: in `unit`; None if it could not be measured.
        unit: unit of `value` and `typical`.
        typical: central 90 % of real photos, (low, high); None if unknown.
        suggests: what a high value suggests.
        sentence: what the measure means, for people.
        name: in a few words, what there is more of where the value is high; several measures may share one. "" in
            reports of earlier versions.
        contribution: what the measure adds to the log-odds of `p_ai` (positive: towards AI); None if it has no weight
            or was not scored.
        scale: how the value compares with camera photos: as an "amount" (less or more), as "likeness" (further from AI
            photos or closer to them), or as a "difference" that has no more and no less.
    """

    key: str
    value: float | None
    unit: str
    typical: tuple[float, float] | None
    suggests: Suggests
    sentence: str
    name: str = ""
    contribution: float | None = None
    scale: Scale = "amount"


class StoredMeasures(Sequence[MeasureResult]):
    """Measures that a store keeps as JSON, decoded when somebody looks at them: most reports are only passed on.

    `json` is what `PhotoReport.to_dict` says of them, as the store has it; `decode` returns them, or raises StoreError.
    There is at least one.
    """

    __slots__ = ("_decode", "_decoded", "json")

    def __init__(self, json: object, decode: Callable[[], tuple[MeasureResult, ...]]) -> None:
        self.json = json
        self._decode = decode
        self._decoded: tuple[MeasureResult, ...] | None = None

    def _all(self) -> tuple[MeasureResult, ...]:
        if self._decoded is None:
            self._decoded = self._decode()
        return self._decoded

    @overload
    def __getitem__(self, index: int) -> MeasureResult: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[MeasureResult, ...]: ...

    def __getitem__(self, index: int | slice) -> MeasureResult | tuple[MeasureResult, ...]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[MeasureResult]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | StoredMeasures) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[object, ...]:  # a copy has no need of the store
        return tuple, (self._all(),)


@dataclass(frozen=True, slots=True)
class CueResult:
    """One cue's result for a photo.

    Attributes:
        name: the cue's name.
        status: whether it measured, abstained or failed.
        reason: why it abstained or failed; None if `status` is "ok".
        score: share of real photos that look less suspicious, 0..1; None unless the cue was scored.
        contribution: what the cue adds to the log-odds of `p_ai` (positive: towards AI); None unless it was scored.
        summary: one sentence for people.
        measures: its measures.
        evidence: marks to draw on the photo.
        title: its name for people.
        innocent: what else than AI may cause what it sees.
    """

    name: str
    status: CueStatus
    reason: str | None
    score: float | None
    contribution: float | None
    summary: str
    measures: Sequence[MeasureResult] = ()
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    title: str = ""
    innocent: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One statement of the file about its own origin, and how far it can be trusted.

    `generator` is the name of the program or model that used AI, as far as `detail` tells; else "".
    """

    kind: DeclarationKind
    says: Says
    trust: Trust
    detail: str
    generator: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Facts about the file and the face in it; lengths in pixels of the upright photo at full size.

    `turned` is by how many degrees the photo, shown as its file asks, was turned clockwise to put the face upright: 0,
    90, 180 or 270. Marks and boxes are in pixels of the turned photo.
    """

    width: int
    height: int
    format: str
    faces: int | None = None
    face_width: float | None = None
    iod: float | None = None
    jpeg_quality: int | None = None
    turned: int = 0

    @property
    def megapixels(self) -> float:
        """Width times height, in millions of pixels."""
        return self.width * self.height / 1e6


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """The report about one photo.

    Attributes:
        path: name of the photo's source.
        status: "ok" if the photo was scored.
        message: what went wrong and what to do; None if nothing went wrong.
        sha256: digest of the file's bytes.
        model: version of the model bundle.
        verdict: None unless `status` is "ok" or the file declares AI.
        p_ai: probability, 0..1, that an AI made the photo, from the pixels alone, if half of all photos were made by
            AI. None unless `status` is "ok".
        p_ai_low: lower end of the 90 % interval of `p_ai`.
        p_ai_high: its upper end.
        cues: results of the cues.
        provenance: what the file declares about its origin.
        platforms: whether platforms will label it for these declarations, as sentences; empty if there is nothing to
            label it from.
        photo: facts about the file and the face.
        good_for: what the photo is large and sharp enough for, as one sentence.
        advice: suggestions for a better photo.
        portrait: box with head and shoulders, if the face is small in the photo.
        phash: perceptual hash as 64 hexadecimal digits: photos that look the same differ in few bits. None if the photo
            was not decoded, or is of one colour.
        copy_of: path of the first photo in the same scan or report that has the same bytes.
        similar_to: path of the earlier photo in it that looks most like this one, if one looks the same; None for a
            copy.
        thumbnail: a very small WebP of the whole photo, if pictures were requested.
        preview: a small JPEG of `portrait`, or else of the whole photo, if pictures were requested and the photo was
            scored.
    """

    path: str
    status: Status
    message: str | None
    sha256: str | None = None
    model: str | None = None
    verdict: Verdict | None = None
    p_ai: float | None = None
    p_ai_low: float | None = None
    p_ai_high: float | None = None
    cues: tuple[CueResult, ...] = ()
    provenance: tuple[Declaration, ...] = ()
    platforms: tuple[str, ...] = ()
    photo: PhotoFacts | None = None
    good_for: str | None = None
    advice: tuple[str, ...] = ()
    portrait: Box | None = None
    phash: str | None = None
    copy_of: str | None = None
    similar_to: str | None = None
    thumbnail: bytes | None = field(default=None, repr=False)
    preview: bytes | None = field(default=None, repr=False)

    @property
    def generator(self) -> str | None:
        """The generator's name, where the file tells it: of what made the picture, or else of what edited it."""
        named = [d for d in self.provenance if d.generator and d.says.startswith("ai_") and d.trust != "invalid"]
        return next((d.generator for d in sorted(named, key=lambda d: d.says != "ai_generated")), None)

    @property
    def authenticity(self) -> int | None:
        """0 to 100, where 100 looks most like a camera photo: `100 * (1 - p_ai)`, rounded."""
        return None if self.p_ai is None else round(100 * (1 - self.p_ai))

    def to_dict(self, *, pass_on: bool = False) -> dict[str, Any]:
        """Return the report as values for JSON (schema 1), without pictures and evidence.

        With `pass_on`, the measures of a report from a store are JSON already, of the type `msgspec.Raw`.
        """
        return {
            "schema": SCHEMA,
            "path": self.path,
            "sha256": self.sha256,
            "phash": self.phash,
            "copy_of": self.copy_of,
            "similar_to": self.similar_to,
            "model": self.model,
            "status": self.status,
            "message": _plain(self.message),
            "verdict": self.verdict,
            "p_ai": _finite(self.p_ai),
            "p_ai_low": _finite(self.p_ai_low),
            "p_ai_high": _finite(self.p_ai_high),
            "authenticity": self.authenticity,
            "generator": self.generator,
            "cues": [_cue_dict(cue, pass_on=pass_on) for cue in self.cues],
            "provenance": [
                {"kind": d.kind, "says": d.says, "trust": d.trust, "detail": str(d.detail), "generator": d.generator}
                for d in self.provenance
            ],
            "platforms": list(map(str, self.platforms)),
            "photo": None if self.photo is None else _facts_dict(self.photo),
            "good_for": _plain(self.good_for),
            "advice": list(map(str, self.advice)),
        }


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far a headshot is from the nearest reference, against how far photos of one person are from each other.

    Distances are those of a face recognition network: 0 for the same picture, above 0.6 for most different people.

    Attributes:
        nearest: distance to the nearest reference.
        reference: that reference's name.
        low: distances of photos of one person are `low`..`high`: the references' own.
        high: see `low`.
        own: False where there were fewer than three different photos, so that those of other people stood in.
        sentence: the same for people.
    """

    nearest: float
    reference: str
    low: float
    high: float
    own: bool
    sentence: str

    @property
    def within(self) -> bool:
        """Whether the headshot is no further away than photos of one person are from each other."""
        return self.nearest <= self.high


@dataclass(frozen=True, slots=True)
class TraitResult:
    """One trait of the headshot against the references.

    Attributes:
        name: such as "eye_colour".
        status: "changed" if it is outside of what photos of one person show.
        strength: 1 is exceeded by 5 % of untouched photos of one person; None if the trait was not seen.
        references: how many references show it.
        sentences: what changed, or that it did not, for people.
        places: where on the headshot, in pixels; for marks only.
    """

    name: str
    status: TraitStatus
    strength: float | None
    references: int
    sentences: tuple[str, ...]
    places: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A headshot compared with photos of the same person.

    Attributes:
        headshot: its name.
        references: their names.
        likeness: how far the whole face is.
        traits: what was compared, in a fixed order.
        advice: what to do; empty if nothing changed.
    """

    headshot: str
    references: tuple[str, ...]
    likeness: Likeness
    traits: tuple[TraitResult, ...]
    advice: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[TraitResult, ...]:
        """The traits that changed, strongest first."""
        changed = [trait for trait in self.traits if trait.status == "changed"]
        return tuple(sorted(changed, key=lambda trait: -(trait.strength or 0)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as values for JSON (schema 1)."""
        return {
            "schema": SCHEMA,
            "headshot": self.headshot,
            "references": list(self.references),
            "likeness": {
                "nearest": significant(self.likeness.nearest),
                "reference": self.likeness.reference,
                "low": significant(self.likeness.low),
                "high": significant(self.likeness.high),
                "own": self.likeness.own,
                "within": self.likeness.within,
                "sentence": str(self.likeness.sentence),
            },
            "traits": [
                {
                    "name": trait.name,
                    "status": trait.status,
                    "strength": rounded(trait.strength),
                    "references": trait.references,
                    "sentences": list(map(str, trait.sentences)),
                    "places": [list(place) for place in trait.places],
                }
                for trait in self.traits
            ],
            "advice": list(map(str, self.advice)),
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """A share (0..1) of `photos` photos, with its 95 % interval if known; `value` is None if there were no photos."""

    value: float | None
    photos: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """A model's error rates on photos of held-out sources, under one condition such as "profile".

    Attributes:
        condition: the condition's name.
        false_alarms: camera photos called *signs of AI* (false-positive rate).
        polished_alarms: the same for retouched portraits.
        found: AI photos called *signs of AI* (true-positive rate).
        passed: AI photos called *few signs of AI*.
        undecided_camera: camera photos called *inconclusive*.
        undecided_ai: AI photos called *inconclusive*.
    """

    condition: str
    false_alarms: Rate
    polished_alarms: Rate
    found: Rate
    passed: Rate
    undecided_camera: Rate
    undecided_ai: Rate


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model bundle says about its model: thresholds on `p_ai`, and error rates by condition.

    `leaning_ai` is the share of AI, where half of all photos are, among inconclusive photos of profile sites: of those
    that lean to AI (`p_ai` above 0.5), and of the others. None if the bundle does not tell.
    """

    version: str
    likely_ai: float
    likely_authentic: float
    rates: tuple[ErrorRates, ...] = ()
    leaning_ai: tuple[float, float] | None = None


def _cue_dict(cue: CueResult, *, pass_on: bool) -> dict[str, Any]:
    measures = cue.measures
    return {
        "name": cue.name,
        "title": cue.title,
        "innocent": cue.innocent,
        "status": cue.status,
        "reason": _plain(cue.reason),
        "score": _finite(cue.score),
        "contribution": _finite(cue.contribution),
        "summary": str(cue.summary),
        "measures": measures.json
        if pass_on and isinstance(measures, StoredMeasures)
        else [_measure_dict(measure) for measure in measures],
    }


def _measure_dict(measure: MeasureResult) -> dict[str, Any]:
    return {
        "key": measure.key,
        "name": measure.name,
        "value": _finite(measure.value),
        "unit": measure.unit,
        "typical": None if measure.typical is None else list(measure.typical),
        "contribution": _finite(measure.contribution),
    }


def _facts_dict(facts: PhotoFacts) -> dict[str, Any]:
    return {
        "width": facts.width,
        "height": facts.height,
        "format": facts.format,
        "faces": facts.faces,
        "face_width": _finite(facts.face_width),
        "iod": _finite(facts.iod),
        "jpeg_quality": facts.jpeg_quality,
        "megapixels": rounded(facts.megapixels),
    }


def _plain(text: str | None) -> str | None:
    """A text without what it takes to translate it, which not every encoder takes for a text."""
    return None if text is None else str(text)


def rounded(value: float | None) -> float | None:
    """Round like `significant`; None for None and for numbers that are not finite."""
    return None if (number := _finite(value)) is None else significant(number)


def significant(value: float) -> float:
    """Round to six significant digits. More would be noise, and these survive a round trip through JSON."""
    return float(f"{value:.6g}")


def _finite(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
