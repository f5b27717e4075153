"""Shared parts of reports for the terminal."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from artifact_check.report.card import Zones
    from artifact_check.results import Verdict

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


def is_screen(console: Console) -> bool:
    """Whether people read along, so that rows have to fit: a terminal, or whatever the user gave a width."""
    return console.is_terminal or "COLUMNS" in os.environ


def ellipsis(console: Console) -> str:
    return "..." if console.options.ascii_only else "\u2026"


def shorten_name(name: str, width: int, dots: str) -> str:
    """Shorten in the middle to `width` columns of the terminal; two thirds of what is left are the end."""
    from rich.cells import cell_len

    if cell_len(name) <= width:
        return name
    kept = width - len(dots)
    start = _fitting(name, kept // 3)
    end = _fitting(name[::-1], kept - cell_len(start))[::-1]
    return f"{start}{dots}{end}"


def shorten_text(text: str, width: int, dots: str) -> str:
    """Shorten after a whole word to `width` columns of the terminal."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    start = _fitting(text, width - len(dots) + 1).rpartition(" ")[0].rstrip(" ,;:(")
    return f"{start or _fitting(text, width - len(dots))}{dots}"


def _fitting(text: str, width: int) -> str:
    """Return as much of the beginning of a text as fits into `width` columns."""
    from rich.cells import cell_len

    used = itertools.accumulate(map(cell_len, text))
    return text[: sum(1 for _ in itertools.takewhile(lambda end: end <= width, used))]


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
