"""What the program says about a photo: frozen dataclasses, standard library only.

`PhotoReport.to_dict` is the JSON contract (schema 1): keys may be added, never renamed.
Numbers of a report have six significant digits (see `significant`). Coordinates are pixels of the upright photo, x to
the right, y down.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = 1
PREVIEW_SIDE = 320  # px, the longer side of `PhotoReport.preview` at most

Status = Literal["ok", "no_face", "face_too_small", "unreadable", "too_large", "not_assessed"]
Verdict = Literal["declared_ai", "likely_ai", "inconclusive", "likely_authentic"]
CueStatus = Literal["ok", "abstained", "failed"]
Suggests = Literal["artificial", "natural", "either"]
DeclarationKind = Literal["c2pa", "iptc", "xmp", "generator_text", "exif"]
Says = Literal["ai_generated", "ai_edited", "camera", "edited", "unknown"]
Trust = Literal["trusted", "valid_untrusted", "invalid", "declared"]
EvidenceKind = Literal["outline", "points", "arrow", "heatmap"]

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something to draw on the photo: where measures looked and what they saw.

    `measures` are beginnings of the keys of those measures ("zebra_" stands for zebra_stripes and its like).
    `points` are an outline's corners, single points, an arrow's (start, end), or a heat map's (top left,
    bottom right); `grid` holds a heat map's rows, each value 0 (typical of real photos) to 1 (stands out).
    """

    kind: EvidenceKind
    measures: tuple[str, ...]
    label: str
    points: tuple[Point, ...]
    grid: tuple[tuple[float, ...], ...] = ()

    def shows(self, key: str) -> bool:
        """Whether the measure of that key looked here."""
        return key.startswith(self.measures)


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """One measured value; `value` is None when it could not be seen, `typical` the central 90 % of real photos."""

    key: str
    value: float | None
    unit: str
    typical: tuple[float, float] | None
    suggests: Suggests
    sentence: str


@dataclass(frozen=True, slots=True)
class VectorResult:
    """A block of `size` learned numbers of a cue, shown as one line; `contribution` is its part of the cue's."""

    key: str
    size: int
    contribution: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class CueResult:
    """One cue's reading of a photo.

    `score` is the share of real photos that look less suspicious (0..1) and `contribution` what the cue adds to the
    log-odds of `p_ai` (positive: towards AI); both are None unless the cue was scored.
    """

    name: str
    status: CueStatus
    reason: str | None
    score: float | None
    contribution: float | None
    summary: str
    measures: tuple[MeasureResult, ...] = ()
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    vectors: tuple[VectorResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the file says about its own origin, and how far that statement can be trusted."""

    kind: DeclarationKind
    says: Says
    trust: Trust
    detail: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Facts about the file and the face found in it; lengths in pixels of the upright photo."""

    width: int
    height: int
    format: str
    faces: int | None = None
    face_width: float | None = None
    iod: float | None = None
    jpeg_quality: int | None = None

    @property
    def megapixels(self) -> float:
        """Width times height, in millions of pixels."""
        return self.width * self.height / 1e6


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """Everything the program says about one photo.

    `p_ai` is the probability (0..1) that an AI made it, from the pixels alone and if half of all photos were AI-made;
    `p_ai_low` to `p_ai_high` is its 90 % interval. They are None unless `status` is "ok"; a `verdict` stands without
    them only where the file declares AI. `message` says what went wrong and what to do about it, None where nothing
    did; `sha256` is that of the file's bytes, `model` the version of the model bundle.
    `portrait` is the part with head and shoulders, where the face is small in the photo. Where the checker was asked
    for pictures, `thumbnail` is a very small WebP of the whole photo, and `preview`, of what got a score, a small JPEG
    of that part, or else of the whole photo.
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
    advice: tuple[str, ...] = ()
    portrait: Box | None = None
    thumbnail: bytes | None = field(default=None, repr=False)
    preview: bytes | None = field(default=None, repr=False)

    @property
    def authenticity(self) -> int | None:
        """0 to 100, where 100 looks camera-made: `100 * (1 - p_ai)` rounded."""
        return None if self.p_ai is None else round(100 * (1 - self.p_ai))

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values (schema 1), without pictures and evidence to draw."""
        return {
            "schema": SCHEMA,
            "path": self.path,
            "sha256": self.sha256,
            "model": self.model,
            "status": self.status,
            "message": self.message,
            "verdict": self.verdict,
            "p_ai": _finite(self.p_ai),
            "p_ai_low": _finite(self.p_ai_low),
            "p_ai_high": _finite(self.p_ai_high),
            "authenticity": self.authenticity,
            "cues": [_cue_dict(cue) for cue in self.cues],
            "provenance": [
                {"kind": d.kind, "says": d.says, "trust": d.trust, "detail": d.detail} for d in self.provenance
            ],
            "platforms": list(self.platforms),
            "photo": None if self.photo is None else _facts_dict(self.photo),
            "advice": list(self.advice),
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """A share (0..1) of `photos` photos, with its 95 % interval where there is one; None where there were no photos."""

    value: float | None
    photos: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How often a model erred on photos of sources it never saw, under one condition such as "profile".

    `false_alarms` are camera photos called *signs of AI*, `polished_alarms` retouched portraits among them; `found` are
    AI photos called *signs of AI*, `passed` those called *few signs of AI*.
    """

    condition: str
    false_alarms: Rate
    polished_alarms: Rate
    found: Rate
    passed: Rate


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model's bundle says about the model: thresholds on `p_ai`, and rates of errors by condition."""

    version: str
    likely_ai: float
    likely_authentic: float
    rates: tuple[ErrorRates, ...] = ()


def _cue_dict(cue: CueResult) -> dict[str, Any]:
    return {
        "name": cue.name,
        "status": cue.status,
        "reason": cue.reason,
        "score": _finite(cue.score),
        "contribution": _finite(cue.contribution),
        "summary": cue.summary,
        "measures": [
            {
                "key": m.key,
                "value": _finite(m.value),
                "unit": m.unit,
                "typical": None if m.typical is None else list(m.typical),
            }
            for m in cue.measures
        ],
    } | ({"vectors": [asdict(vector) for vector in cue.vectors]} if cue.vectors else {})


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


def rounded(value: float | None) -> float | None:
    """As `significant`; None for what is no finite number."""
    return None if (number := _finite(value)) is None else significant(number)


def significant(value: float) -> float:
    """Six significant digits: more is noise, and with them a report reads back from its JSON as it was."""
    return float(f"{value:.6g}")


def _finite(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
