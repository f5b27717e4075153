"""Which marks are drawn on a photo, each with the number and the colour that it has in the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report.text import by_weight

if TYPE_CHECKING:
    from artifact_check.results import Evidence, PhotoReport

Colour = tuple[int, int, int]

_COVERING = "heatmap"

# Okabe and Ito's palette, which colour-blind people tell apart, without black and lightened to stand out on hair.
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
    """All evidence of one cue that has the same label, such as the outlines of both irides."""

    number: int
    cue: str
    label: str
    colour: Colour
    evidence: tuple[Evidence, ...]
    is_shared: bool
    """Whether it is drawn where all cues share one picture: it has a part in the score, and no map of another cue."""

    @property
    def hexadecimal(self) -> str:
        """The colour as style sheets write it."""
        return "#" + bytes(self.colour).hex()

    @property
    def covers(self) -> bool:
        """Whether it lies over the picture, so that nothing else can be seen well there."""
        return self.evidence[0].kind == _COVERING

    @property
    def measures(self) -> tuple[str, ...]:
        """Beginnings of the keys of the measures that it shows."""
        return tuple(beginning for seen in self.evidence for beginning in seen.measures)


def marks(report: PhotoReport) -> tuple[Mark, ...]:
    """All marks of a photo that got a score; those of the cue that moved the score most come first.

    Those of `overview` have the first numbers, so that none is missing there.
    """
    groups: dict[tuple[str, str, str], list[Evidence]] = {}
    for cue in by_weight(report) if report.status == "ok" else ():
        for seen in cue.evidence:
            groups.setdefault((cue.name, seen.kind, seen.label), []).append(seen)
    scored = [cue.name for cue in by_weight(report) if cue.contribution is not None]
    shared = {(cue, kind, label) for cue, kind, label in groups if cue in scored[: 1 if kind == _COVERING else None]}
    numbers = {group: number for number, group in enumerate(sorted(groups, key=lambda group: group not in shared), 1)}
    return tuple(
        Mark(
            numbers[group],
            group[0],
            group[2],
            _COLOURS[(numbers[group] - 1) % len(_COLOURS)],
            tuple(seen),
            group in shared,
        )
        for group, seen in groups.items()
    )


def overview(report: PhotoReport) -> tuple[Mark, ...]:
    """The marks to draw where all cues share one picture."""
    return tuple(mark for mark in marks(report) if mark.is_shared)
