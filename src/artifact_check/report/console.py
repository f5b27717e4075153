"""Shared parts of reports for the terminal."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from artifact_check.report.card import Zones
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport, Verdict

_MIN_WIDTH = 60
BAR_WIDTH = 5  # characters
_ZONE_WIDTH = 50  # characters
STYLES: dict[Verdict | None, str] = {
    "declared_ai": "magenta",
    "likely_ai": "red",
    "inconclusive": "yellow",
    "likely_authentic": "green",
    None: "dim",
}


def new_console(out: TextIO) -> Console:
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - rich calls this where it handles the error, and would exit with 1

    console = PlainConsole(file=out)
    console.width = max(_MIN_WIDTH, console.width)
    return console


def common_folder(paths: list[str]) -> str:
    """Return the longest common prefix of all paths that ends in a separator, to be shown once; empty if none."""
    # Unlike `commonpath`, which normalises paths, this returns a prefix of every path as given.
    common = os.path.commonprefix(paths) if len(paths) > 1 else ""  # noqa: RUF071
    return common[: common.rfind(os.sep) + 1]


@dataclass(frozen=True, slots=True)
class Names:
    """A photo's path, and that of a photo with the same bytes or that looks the same, after words that say which."""

    path: str
    likeness: str = ""
    other: str = ""

    def without(self, folder: str, language: Language) -> str:
        """Return the names below a folder, in one or two lines."""
        lines = [self.path.removeprefix(folder)]
        if self.other:
            lines.append(f"({language.translate(self.likeness)}: {self.other.removeprefix(folder)})")
        return "\n".join(map(escape_unprintable, lines))


def names_of(report: PhotoReport) -> Names:
    if report.copy_of is not None:
        return Names(report.path, words.COPY_OF, report.copy_of)
    return Names(report.path, words.SIMILAR_TO, report.similar_to or "")


def score_bar(authenticity: int | None, *, ascii_only: bool) -> str:
    """Return the score with a small bar; empty without a score."""
    if authenticity is None:
        return ""
    full, empty = ("#", ".") if ascii_only else ("\u2588", "\u2591")
    filled = round(authenticity * BAR_WIDTH / 100)
    return f"{authenticity:3} {full * filled}{empty * (BAR_WIDTH - filled)}"


def zone_bar(zones: Zones, *, ascii_only: bool) -> str:
    """Return the bar of a card: the limits, the 90 % interval and the score between AI, left, and camera, right."""
    line, inside, limit, here = "-=|o" if ascii_only else "\u2500\u2550\u253c\u25cf"
    cells = [line] * (_ZONE_WIDTH + 1)

    def at(score: int) -> int:
        return round(score * _ZONE_WIDTH / 100)

    cells[at(zones.low) : at(zones.high) + 1] = [inside] * (at(zones.high) + 1 - at(zones.low))
    for edge in (zones.ai, zones.camera):
        if edge is not None:
            cells[at(edge)] = limit
    cells[at(zones.score)] = here
    return f"0 {''.join(cells)} 100"
