"""Writers of declarations only, without scores: table and CSV. JSON is the same as for full reports."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from artifact_check.phrase import join
from artifact_check.report import words
from artifact_check.report.console import new_console
from artifact_check.report.format import PLAIN, Context
from artifact_check.report.names import common_folder, names_of
from artifact_check.report.spreadsheet import escape_cell
from artifact_check.report.summary import Summary
from artifact_check.report.text import describe_declaration, escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport

_FIRST = ("path", "status", "verdict", "declares", "generator", "details")
_COLUMNS = (*_FIRST, "platforms", "message", "sha256", "copy_of")


def write_table(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    language = context.language
    console = new_console(out)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    rows, summary = [], Summary()
    for report in reports:
        translated = language.translate_report(report)
        platforms = "\n".join(translated.platforms) or language.translate(words.NO_PLATFORM)
        rows.append((names_of(report), _describe(translated, language), platforms))
        summary = summary.plus(report)
    folder = common_folder([names.path for names, *_ in rows])
    table.add_column(Text(escape_unprintable(language.translate(words.file_in(folder)))), ratio=2, overflow="fold")
    table.add_column(language.translate(words.DECLARES), ratio=4, overflow="fold")
    table.add_column(language.translate(words.PLATFORMS), ratio=2, overflow="fold")
    for names, *cells in rows:
        like = names.like(folder, language)
        table.add_row(Text(names.below(folder) + (f"\n({like})" if like else "")), *map(Text, cells))
    console.print(table)
    console.print(Text(language.translate(join(" ", (summary.sentence, words.ABSENCE)))))
    return summary


def write_csv(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    summary = Summary()
    writer = csv.writer(out, delimiter=context.separator)
    writer.writerow(_COLUMNS)
    for report in reports:
        row = {
            **report.to_dict(),
            "declares": "; ".join(map(describe_declaration, report.provenance)),
            "details": " | ".join(declaration.detail for declaration in report.provenance),
            "platforms": "; ".join(report.platforms),
        }
        writer.writerow(escape_cell(row[column]) for column in _COLUMNS)
        summary = summary.plus(report)
    return summary


def _describe(report: PhotoReport, language: Language) -> str:
    """Return what the table says about a report that is already translated."""
    status = language.translate(words.STATUSES[report.status])
    lines = [] if report.status == "not_assessed" else [f"{status}: {report.message}"]
    lines += [
        f"{language.translate(describe_declaration(declaration))}: {declaration.detail}"
        for declaration in report.provenance
    ]
    return "\n".join(map(escape_unprintable, lines)) or language.translate(words.NOTHING_DECLARED)
