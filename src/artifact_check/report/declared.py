"""What files declare, and nothing else: a table and rows for spreadsheets. JSON is that of every report."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.csv_ import cell
from artifact_check.report.summary import Summary
from artifact_check.report.table import new_console
from artifact_check.report.text import declaration, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.results import PhotoReport

_COLUMNS = ("path", "status", "verdict", "declares", "details", "platforms", "message", "sha256")


def write_table(reports: Iterable[PhotoReport], out: TextIO) -> Summary:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = new_console(out)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column(words.FILE, ratio=2, overflow="fold")
    table.add_column(words.DECLARES, ratio=4, overflow="fold")
    table.add_column(words.PLATFORMS, ratio=2, overflow="fold")
    summary = Summary()
    for report in reports:
        table.add_row(Text(visible(report.path)), *map(Text, (_declares(report), "\n".join(report.platforms))))
        summary = summary.plus(report)
    console.print(table)
    console.print(Text(f"{summary.sentence} {words.ABSENCE}"))
    return summary


def write_csv(reports: Iterable[PhotoReport], out: TextIO) -> Summary:
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


def _declares(report: PhotoReport) -> str:
    if report.status != "not_assessed":
        return f"{words.STATUSES[report.status]}: {report.message}"
    return (
        "\n".join(visible(f"{declaration(said)}: {said.detail}") for said in report.provenance)
        or words.NOTHING_DECLARED
    )
