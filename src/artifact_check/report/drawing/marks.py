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
    is_shared: bool
    """Whether it is drawn on the overview picture: its cue is scored, and a heat map belongs to the strongest cue."""

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
    """Return all marks of a scored photo, by the effect of their cue on the score, strongest first.

    The marks of the overview get the lowest numbers, so that its numbers have no gaps.
    """
    groups: dict[tuple[str, str, str], list[Evidence]] = {}
    for cue in cues_by_effect(report) if report.status == "ok" else ():
        for evidence in cue.evidence:
            groups.setdefault((cue.name, evidence.kind, evidence.label), []).append(evidence)
    scored = [cue.name for cue in cues_by_effect(report) if cue.contribution is not None]
    shared = {(cue, kind, label) for cue, kind, label in groups if cue in scored[: 1 if kind == _COVERING else None]}
    numbers = {group: number for number, group in enumerate(sorted(groups, key=lambda group: group not in shared), 1)}
    return tuple(
        Mark(
            numbers[group],
            group[0],
            group[2],
            _COLOURS[(numbers[group] - 1) % len(_COLOURS)],
            tuple(members),
            group in shared,
        )
        for group, members in groups.items()
    )


def overview_marks(report: PhotoReport) -> tuple[Mark, ...]:
    """Return the marks of the overview, the one picture that all cues share."""
    return tuple(mark for mark in number_marks(report) if mark.is_shared)
