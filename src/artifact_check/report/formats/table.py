"""A table for the terminal, 60 columns wide or wider: what needs attention first, else in the order of the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.console import BAR, STYLES, common_folder, new_console, score
from artifact_check.report.declared import write_table as write_declared
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.summary import Summary
from artifact_check.report.text import attention, declares_briefly, outcome, reasons, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from rich.table import Table

    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport, Verdict

_COLOURED = {1, 2}  # verdict and score


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    from rich.text import Text

    language = context.language
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


def _empty(folder: str, language: Language, *, declares: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column(Text(visible(language.say(words.file_in(folder)))), ratio=3, overflow="fold")
    table.add_column(language.say(words.VERDICT), width=12)
    table.add_column(language.say(words.SCORE), width=4 + BAR, no_wrap=True)
    table.add_column(language.say(words.REASONS), ratio=3, overflow="fold")
    if declares:
        table.add_column(language.say(words.DECLARES), ratio=2, overflow="fold")
    return table


def _cells(report: PhotoReport, language: Language, *, ascii_only: bool) -> tuple[str, str, str, str, str]:
    shown = score(report.authenticity, ascii_only=ascii_only)
    verdict, strongest, declares = map(language.say, (outcome(report), reasons(report), declares_briefly(report)))
    return report.path, verdict, shown, strongest, declares


FORMAT = Format("table", write, write_declared)
