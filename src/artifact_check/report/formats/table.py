"""A table for the terminal, at least 60 columns wide. Photos that need attention come first, then in scan order; those
that look the same come together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.console import BAR_WIDTH, STYLES, common_folder, names_of, new_console, score_bar
from artifact_check.report.declaration_writers import write_table as write_declarations
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.order import Groups, sorting_key
from artifact_check.report.summary import Summary
from artifact_check.report.text import declaration_summary, escape_unprintable, outcome, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from rich.table import Table

    from artifact_check.report.console import Names
    from artifact_check.report.language import Language
    from artifact_check.report.order import Group
    from artifact_check.results import PhotoReport, Verdict

_COLOURED = {1, 2}  # columns: verdict and score


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    from rich.text import Text

    language = context.language
    console = new_console(out)
    rows: list[tuple[Group, Names, Verdict | None, tuple[str, str, str, str]]] = []
    summary, groups = Summary(), Groups()
    for report in reports:
        cells = _build_cells(report, language, ascii_only=console.options.ascii_only)
        rows.append((groups.join(report), names_of(report), report.verdict, cells))
        summary = summary.plus(report)
    # An empty column would only take space from the others.
    declares = any(cells[-1] for *_, cells in rows)
    folder = common_folder([names.path for _, names, *_ in rows])
    table = _create_table(folder, language, declares=declares)
    for _, names, verdict, cells in sorted(rows, key=lambda row: sorting_key(row[0])):
        shown = (names.without(folder, language), *(cells if declares else cells[:-1]))
        styles = (STYLES[verdict] if column in _COLOURED else "" for column in range(len(shown)))
        table.add_row(*(Text(cell, style) for cell, style in zip(shown, styles, strict=True)))
    console.print(table)
    for line in (
        summary.sentence,
        words.SCALE,
        *([] if declares else [words.NONE_DECLARES]),
        words.HONESTY,
    ):
        console.print(Text(language.translate(line)))
    return summary


def _create_table(folder: str, language: Language, *, declares: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column(Text(escape_unprintable(language.translate(words.file_in(folder)))), ratio=3, overflow="fold")
    table.add_column(language.translate(words.VERDICT), width=12)
    table.add_column(language.translate(words.SCORE), width=4 + BAR_WIDTH, no_wrap=True)
    table.add_column(language.translate(words.REASONS), ratio=3, overflow="fold")
    if declares:
        table.add_column(language.translate(words.DECLARES), ratio=2, overflow="fold")
    return table


def _build_cells(report: PhotoReport, language: Language, *, ascii_only: bool) -> tuple[str, str, str, str]:
    texts = outcome(report), reasons(report), declaration_summary(report)
    verdict, strongest, declares = (escape_unprintable(language.translate(text)) for text in texts)
    return verdict, score_bar(report.authenticity, ascii_only=ascii_only), strongest, declares


FORMAT = Format("table", write, write_declarations)
