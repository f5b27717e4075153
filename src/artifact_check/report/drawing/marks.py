"""The marks of a photo, with the numbers and colours that identify them in the legend."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report.text import cues_by_effect
from artifact_check.results import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from artifact_check.results import Comparison, PhotoReport, Point

Colour = tuple[int, int, int]

_COVERING = "heatmap"

# Okabe and Ito's colour-blind safe palette, without black, lightened to stand out on hair.
_COLOURS: tuple[Colour, ...] = (
    (86, 190, 255),
    (255, 176, 32),
    (30, 215, 160),
    (255, 235, 80),
    (255, 120, 60),
    (225, 140, 215),
    (90, 150, 255),
)
_RING, _WIDER = 0.035, 0.012  # shares of a picture's side: a ring's radius, and how much wider one around another is
_RING_CORNERS = 32


@dataclass(frozen=True, slots=True)
class Mark:
    """All evidence of one cue with the same label, such as the outlines of both irides."""

    number: int
    cue: str
    label: str
    colour: Colour
    evidence: tuple[Evidence, ...]  # empty if it cannot be shown on the photo

    @property
    def hexadecimal(self) -> str:
        """The colour in CSS notation."""
        return "#" + bytes(self.colour).hex()

    @property
    def covers(self) -> bool:
        """Whether it hides the picture beneath it."""
        return self.evidence[0].kind == _COVERING

    @property
    def measures(self) -> tuple[str, ...]:
        """Keys, or prefixes of keys, of the measures that it illustrates."""
        return tuple(prefix for evidence in self.evidence for prefix in evidence.measures)


def number_marks(report: PhotoReport) -> tuple[Mark, ...]:
    """Return all marks of a scored photo, by the effect of their cue on the score, strongest first."""
    groups: dict[tuple[str, str, str], list[Evidence]] = {}
    for cue in cues_by_effect(report) if report.status == "ok" else ():
        for evidence in cue.evidence:
            groups.setdefault((cue.name, evidence.kind, evidence.label), []).append(evidence)
    return tuple(
        Mark(number, cue, label, _COLOURS[(number - 1) % len(_COLOURS)], tuple(members))
        for number, ((cue, _, label), members) in enumerate(groups.items(), 1)
    )


def number_changes(comparison: Comparison, shares: Callable[[Sequence[Point]], list[Point]]) -> tuple[Mark, ...]:
    """Return one mark for each sentence about a change, with rings around its places.

    The rings are in shares of the headshot's picture, to which `shares` maps places on the headshot. Rings around one
    place lie in each other.
    """
    rings: Counter[Point] = Counter()
    marks = []
    for number, (trait, sentence, places) in enumerate(_changes(comparison), 1):
        centres = shares(places)
        evidence = tuple(
            Evidence("outline", (), sentence, _ring(centre, _RING + _WIDER * rings[centre])) for centre in centres
        )
        rings.update(centres)
        marks.append(Mark(number, trait, sentence, _COLOURS[(number - 1) % len(_COLOURS)], evidence))
    return tuple(marks)


def _changes(comparison: Comparison) -> Iterator[tuple[str, str, Sequence[Point]]]:
    """Yield trait, sentence and places of each change: a sentence of several has its own place, one alone has all."""
    for trait in comparison.changed:
        own = len(trait.sentences) == len(trait.places)
        for n, sentence in enumerate(trait.sentences):
            yield trait.name, sentence, trait.places[n : n + 1] if own else trait.places


def _ring(centre: Point, radius: float) -> tuple[Point, ...]:
    x, y = centre
    turns = (2 * math.pi * corner / _RING_CORNERS for corner in range(_RING_CORNERS))
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)
