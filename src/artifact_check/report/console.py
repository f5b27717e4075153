"""Shared parts of reports for the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from artifact_check.results import Verdict

_MIN_WIDTH = 60
BAR_WIDTH = 5  # characters
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


def score_bar(authenticity: int | None, *, ascii_only: bool) -> str:
    """Return the score with a small bar; empty without a score."""
    if authenticity is None:
        return ""
    full, empty = ("#", ".") if ascii_only else ("\u2588", "\u2591")
    filled = round(authenticity * BAR_WIDTH / 100)
    return f"{authenticity:3} {full * filled}{empty * (BAR_WIDTH - filled)}"
