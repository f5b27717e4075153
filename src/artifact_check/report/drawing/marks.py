"""The marks of a photo, with the numbers and colours that identify them in the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report.text import cues_by_effect

if TYPE_CHECKING:
    from artifact_check.results import Evidence, PhotoReport

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


@dataclass(frozen=True, slots=True)
class Mark:
    """All evidence of one cue with the same label, such as the outlines of both irides."""

    number: int
    cue: str
    label: str
    colour: Colour
    evidence: tuple[Evidence, ...]

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
