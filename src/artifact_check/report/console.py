"""What texts for the terminal have in common."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from artifact_check.results import Verdict

_MIN_WIDTH = 60
BAR = 5  # characters of a score's bar
STYLES: dict[Verdict | None, str] = {
    "declared_ai": "magenta",
    "likely_ai": "red",
    "inconclusive": "yellow",
    "likely_authentic": "green",
    None: "dim",
}


def new_console(out: TextIO) -> Console:
    from rich.console import Console

    console = Console(file=out)
    console.width = max(_MIN_WIDTH, console.width)
    return console


def common_folder(paths: list[str]) -> str:
    """Return what every path begins with, up to a separator: said once, it would only squeeze the names."""
    # Character by character, unlike `commonpath`: what is cut off must stand in front of every path as it was given.
    common = os.path.commonprefix(paths) if len(paths) > 1 else ""  # noqa: RUF071
    return common[: common.rfind(os.sep) + 1]


def score(authenticity: int | None, *, ascii_only: bool) -> str:
    """The score with a small bar; empty where there is none."""
    if authenticity is None:
        return ""
    full, empty = ("#", ".") if ascii_only else ("\u2588", "\u2591")
    filled = round(authenticity * BAR / 100)
    return f"{authenticity:3} {full * filled}{empty * (BAR - filled)}"
