"""What a cue is: its declaration, what it returns, and how it says that it could not see.

A cue is one file in `cues/`, or one folder if it takes several, with a module-level `CUE = Cue(...)`; discovery finds
it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from artifact_check.face import MIN_JPEG_QUALITY, MIN_RESOLUTION, Face, regions
from artifact_check.phrase import Phrase
from artifact_check.results import Evidence, Scale, Suggests

_MIN_OPENNESS = 0.15  # lid gap over canthus distance
_MAX_BLINK = 0.6


class Abstained(Exception):
    """The cue cannot judge this photo; `reason` says why, in words for the report ("eyes closed")."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def require_size(face: Face, least: float) -> None:
    """Abstain from a face too small for what a cue looks at.

    Raises:
        Abstained: less than `least` pixels between the irides.
    """
    if face.iod < least:
        raise Abstained(
            Phrase("the face is too small ({distance:number} px between the eyes)", distance=f"{face.iod:.0f}")
        )


def require_frontal(face: Face, *, yaw: float, pitch: float, subject: Literal["sides", "eyes", "smile"]) -> None:
    """Abstain if the head is turned too far for what the cue compares.

    Raises:
        Abstained: the head is turned by more than `yaw` or `pitch` degrees.
    """
    turned, tilted, _ = face.pose
    if abs(turned) <= yaw and abs(tilted) <= pitch:
        return
    # Whole sentences, because each is translated as one.
    reasons = {
        "sides": "the head is turned too far to compare its sides (yaw {yaw:number}, pitch {pitch:number} degrees)",
        "eyes": "the head is turned too far to compare the eyes (yaw {yaw:number}, pitch {pitch:number} degrees)",
        "smile": "the head is turned too far to judge the smile (yaw {yaw:number}, pitch {pitch:number} degrees)",
    }
    raise Abstained(Phrase(reasons[subject], yaw=f"{turned:.0f}", pitch=f"{tilted:.0f}"))


def require_open_eyes(face: Face) -> None:
    """Abstain from eyes that lids or glasses hide.

    Raises:
        Abstained: the lids' gap is less than 0.15 of an eye's width, a blink reads more than 0.6, or something covers
            the eyes (`Face.eyes_covered`).
    """
    blink = max(face.blendshapes["eyeBlinkLeft"], face.blendshapes["eyeBlinkRight"])
    if min(face.eye_openness(side) for side in regions.SIDES) < _MIN_OPENNESS or blink > _MAX_BLINK:
        raise Abstained("the eyes are closed or nearly closed")
    if face.eyes_covered:
        raise Abstained("the eyes seem to be covered, as by sunglasses or tinted glasses")


def require_sharp(face: Face, iod: float) -> None:
    """Abstain from a photo that shows nothing fine at the scale of `face.view(iod)`.

    Raises:
        Abstained: the effective resolution there is below 0.2 cycles per pixel.
    """
    if face.resolution_at(iod) < MIN_RESOLUTION:
        raise Abstained("the photo is too soft: blurred or scaled up")


def require_quality(face: Face) -> None:
    """Abstain from a photo whose fine detail is that of its codec.

    Raises:
        Abstained: a JPEG of quality below 50.
    """
    quality = face.photo.jpeg_quality
    if quality is not None and quality < MIN_JPEG_QUALITY:
        raise Abstained(Phrase("the photo is compressed too strongly (JPEG quality {quality:number})", quality=quality))


@dataclass(frozen=True, slots=True)
class Measure:
    """The declaration of one measure.

    `key` is unique over all cues and begins with the cue's name; `name` says in at most five usual words what there is
    more of where the value is high, and measures may share one; `scale` how a value is compared in words, so that
    "difference" is for values in which more means nothing; `low`..`high` bounds every value it can take;
    `suggests` says what a high value points to; `sentence` is one plain sentence for the report; `scored` whether a
    model may use it (the evidence is in `docs/cues/`); what is not scored is shown for information. `moved_by` names
    the controlled perturbations (`learn/laboratory/perturb.py`) that it is meant to answer to.
    """

    key: str
    name: str
    unit: str
    low: float
    high: float
    suggests: Suggests
    sentence: str
    scored: bool = True
    moved_by: tuple[str, ...] = ()
    scale: Scale = "amount"


@dataclass(frozen=True, slots=True)
class Learned(Measure):
    """A measure that an encoder makes: mean log-odds of AI over the patches of `region` (`face/encoder.py`), which show
    `what`.

    The cue only declares it. Without an encoder it has no value.
    """

    region: str = ""
    what: str = ""


def learned(key: str, name: str, region: str, what: str) -> Learned:
    """The declaration of a learned measure; `what` is seen there, such as "the eyes"."""
    sentence = f"How much the look of {what} resembles that in AI photos, learned from examples."
    return Learned(key, name, "log-odds", -50, 50, "artificial", sentence, scale="likeness", region=region, what=what)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cue measured on one face.

    `values` holds numbers by measure key; what could not be seen is left out. `evidence` computes what to draw; it is
    called only when someone draws. `note` is a sentence for the report where the values need one: what may have caused
    them, or what limits them. `informative` computes the values of measures that are not scored and take time; it is
    called only when someone shows them, and may raise `Abstained`.
    """

    values: Mapping[str, float]
    evidence: Callable[[], tuple[Evidence, ...]] = tuple
    note: str | None = None
    informative: Callable[[], Mapping[str, float]] = dict

    def all_values(self) -> dict[str, float]:
        """`values`, and what `informative` computes."""
        return {**self.values, **self.informative()}


@dataclass(frozen=True, slots=True)
class Cue:
    """A named, versioned cue: raise `version` whenever a value may change for the same photo.

    `title` names it for a person, `innocent` lists what else than AI may cause what it sees; `measure`
    takes a `Face` and returns a `Reading` of all measures that are not `Learned`, or raises `Abstained`.
    """

    name: str
    version: int
    title: str
    innocent: str
    measures: tuple[Measure, ...]
    measure: Callable[[Face], Reading]

    @property
    def learned(self) -> tuple[Learned, ...]:
        """Those of its measures that an encoder makes."""
        return tuple(measure for measure in self.measures if isinstance(measure, Learned))

    @property
    def computed(self) -> tuple[Measure, ...]:
        """Those that it computes itself."""
        return tuple(measure for measure in self.measures if not isinstance(measure, Learned))
