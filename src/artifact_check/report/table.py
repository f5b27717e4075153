"""A table for the terminal, 60 columns wide or wider: what needs attention first, else in the order of the scan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.language import ENGLISH
from artifact_check.report.summary import Summary
from artifact_check.report.text import attention, declares_briefly, outcome, reasons, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from rich.console import Console
    from rich.table import Table

    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport, Verdict

_MIN_WIDTH = 60
_BAR = 5
_COLOURED = {1, 2}  # verdict and score
STYLES: dict[Verdict | None, str] = {
    "declared_ai": "magenta",
    "likely_ai": "red",
    "inconclusive": "yellow",
    "likely_authentic": "green",
    None: "dim",
}


def write(reports: Iterable[PhotoReport], out: TextIO, *, language: Language = ENGLISH) -> Summary:
    from rich.text import Text

    console = new_console(out)
    rows: list[tuple[int, Verdict | None, tuple[str, ...]]] = []
    summary = Summary()
    for report in reports:
        told = _cells(report, language, ascii_only=console.options.ascii_only)
        rows.append((attention(report), report.verdict, told))
        summary = summary.plus(report)
    # A column that is empty throughout would only squeeze the others.
    declares = any(cells[-1] for *_, cells in rows)
    folder = common_folder([cells[0] for *_, cells in rows])
    table = _empty(folder, language, declares=declares)
    for _, verdict, cells in sorted(rows, key=lambda row: row[0]):
        short = (cells[0].removeprefix(folder), *cells[1:])
        shown = short if declares else short[:-1]
        table.add_row(*(Text(visible(cell), STYLES[verdict] if n in _COLOURED else "") for n, cell in enumerate(shown)))
    console.print(table)
    for line in (
        summary.sentence,
        f"{words.SCALE} {words.REASON_SCALE}",
        *([] if declares else [words.NONE_DECLARES]),
        words.HONESTY,
    ):
        console.print(Text(language.say(line)))
    return summary


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


def _empty(folder: str, language: Language, *, declares: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column(Text(visible(language.say(words.file_in(folder)))), ratio=3, overflow="fold")
    table.add_column(language.say(words.VERDICT), width=12)
    table.add_column(language.say(words.SCORE), width=4 + _BAR, no_wrap=True)
    table.add_column(language.say(words.REASONS), ratio=3, overflow="fold")
    if declares:
        table.add_column(language.say(words.DECLARES), ratio=2, overflow="fold")
    return table


def _cells(report: PhotoReport, language: Language, *, ascii_only: bool) -> tuple[str, str, str, str, str]:
    shown = score(report.authenticity, ascii_only=ascii_only)
    verdict, strongest, declares = map(language.say, (outcome(report), reasons(report), declares_briefly(report)))
    return report.path, verdict, shown, strongest, declares


def score(authenticity: int | None, *, ascii_only: bool) -> str:
    """The score with a small bar; empty where there is none."""
    if authenticity is None:
        return ""
    full, empty = ("#", ".") if ascii_only else ("\u2588", "\u2591")
    filled = round(authenticity * _BAR / 100)
    return f"{authenticity:3} {full * filled}{empty * (_BAR - filled)}"
