"""What files declare, and nothing else: a table and rows for spreadsheets. JSON is that of every report."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.console import common_folder, new_console
from artifact_check.report.format import PLAIN, Context
from artifact_check.report.spreadsheet import cell
from artifact_check.report.summary import Summary
from artifact_check.report.text import declaration, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport

_COLUMNS = ("path", "status", "verdict", "declares", "details", "platforms", "message", "sha256")


def write_table(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    language = context.language
    console = new_console(out)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    rows, summary = [], Summary()
    for report in reports:
        shown = language.report(report)
        rows.append((report.path, _declares(shown, language), "\n".join(shown.platforms)))
        summary = summary.plus(report)
    folder = common_folder([path for path, *_ in rows])
    table.add_column(Text(visible(language.say(words.file_in(folder)))), ratio=2, overflow="fold")
    table.add_column(language.say(words.DECLARES), ratio=4, overflow="fold")
    table.add_column(language.say(words.PLATFORMS), ratio=2, overflow="fold")
    for path, *cells in rows:
        table.add_row(Text(visible(path.removeprefix(folder))), *map(Text, cells))
    console.print(table)
    console.print(Text(language.say(f"{summary.sentence} {words.ABSENCE}")))
    return summary


def write_csv(reports: Iterable[PhotoReport], out: TextIO, _context: Context = PLAIN) -> Summary:
    summary = Summary()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for report in reports:
        row = {
            **report.to_dict(),
            "declares": "; ".join(map(declaration, report.provenance)),
            "details": " | ".join(declared.detail for declared in report.provenance),
            "platforms": "; ".join(report.platforms),
        }
        writer.writerow(cell(row[column]) for column in _COLUMNS)
        summary = summary.plus(report)
    return summary


def _declares(report: PhotoReport, language: Language) -> str:
    """What a report, which is in that language already, says in the table."""
    if report.status != "not_assessed":
        return f"{language.say(words.STATUSES[report.status])}: {report.message}"
    return "\n".join(
        visible(f"{language.say(declaration(said))}: {said.detail}") for said in report.provenance
    ) or language.say(words.NOTHING_DECLARED)
