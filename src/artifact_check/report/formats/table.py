"""A table for the terminal, at least 60 columns wide. Photos that need attention come first, then in scan order; those
that look the same come together.

Where people read along, a photo takes one line, unless it says why it could not be judged, and the first rows are
shown. Written elsewhere, the table has all rows and whole names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.console import (
    BAR_WIDTH,
    STYLES,
    ellipsis,
    is_screen,
    new_console,
    score_bar,
    shorten_name,
    shorten_text,
)
from artifact_check.report.declaration_writers import write_table as write_declarations
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.names import common_folder, names_of
from artifact_check.report.order import Groups, sorting_key
from artifact_check.report.summary import Summary
from artifact_check.report.text import escape_unprintable, outcome, remarks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from rich.console import Console
    from rich.table import Table

    from artifact_check.report.language import Language
    from artifact_check.report.names import Names
    from artifact_check.report.order import Group
    from artifact_check.results import PhotoReport, Verdict

_FIRST_ROWS = 20
_SCORE_WIDTH = 4 + BAR_WIDTH
_MAX_VERDICT = 21  # columns of the terminal; longer ones take two lines
_MAX_REMARKS = 60  # where nobody's terminal sets the width
_MIN_REMARKS = 32  # if names can be shortened; holds a reason in most cases
_GAPS = 3


@dataclass(frozen=True, slots=True)
class _Row:
    group: Group
    names: Names
    verdict: Verdict | None
    outcome: str
    score: str
    remarks: str
    is_judged: bool
    declares: bool


@dataclass(frozen=True, slots=True)
class _Widths:
    """Of the columns whose width depends on what they hold, in columns of the terminal."""

    name: int
    verdict: int
    remarks: int


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    from rich.text import Text

    language = context.language
    console = new_console(out)
    rows: list[_Row] = []
    summary, groups = Summary(), Groups()
    for report in reports:
        rows.append(_build_row(report, groups, language, ascii_only=console.options.ascii_only))
        summary = summary.plus(report)
    rows.sort(key=lambda row: sorting_key(row.group))
    is_whole = context.all_rows or not is_screen(console)
    shown = rows if is_whole else rows[:_FIRST_ROWS]
    _print_table(console, shown, common_folder([row.names.path for row in rows]), language)
    if len(shown) < len(rows):
        more = language.translate(words.more_rows(len(rows) - len(shown)))
        console.print(Text(f"{ellipsis(console)} {more}\n"))
    for line in (
        summary.sentence,
        words.SCALE,
        *([] if any(row.declares for row in rows) else [words.NONE_DECLARES]),
        words.HONESTY,
    ):
        console.print(Text(language.translate(line)))
    return summary


def _build_row(report: PhotoReport, groups: Groups, language: Language, *, ascii_only: bool) -> _Row:
    return _Row(
        groups.join(report),
        names_of(report),
        report.verdict,
        escape_unprintable(language.translate(outcome(report))),
        score_bar(report.authenticity, ascii_only=ascii_only),
        "; ".join(escape_unprintable(language.translate(said)) for said in remarks(report)),
        is_judged=report.message is None,
        declares=bool(report.provenance),
    )


def _print_table(console: Console, rows: Sequence[_Row], folder: str, language: Language) -> None:
    from rich.text import Text

    head = escape_unprintable(language.translate(words.file_in(folder)))
    names = [row.names.below(folder) for row in rows]
    said = [_remark(row, row.names.like(folder, language)) for row in rows]
    verdicts = [language.translate(words.VERDICT), *(row.outcome for row in rows)]
    widths = _fit_widths(console, [head, *names], verdicts, said)
    dots = ellipsis(console)
    table = _create_table(shorten_name(head, widths.name, dots), widths, language)
    for row, name, remark in zip(rows, names, said, strict=True):
        whole = not is_screen(console) or not (row.is_judged or row.names.other)
        table.add_row(
            Text(shorten_name(name, widths.name, dots)),
            Text(row.outcome, STYLES[row.verdict]),
            Text(row.score, STYLES[row.verdict]),
            Text(remark if whole else shorten_text(remark, widths.remarks, dots)),
        )
    terminal, console.width = console.width, max(console.width, _total(widths))
    console.print(table)
    console.print()
    console.width = terminal


def _remark(row: _Row, likeness: str) -> str:
    """Put together what is told of a photo; a copy has the reasons of the other, which is told first."""
    parts = (likeness, row.remarks) if row.names.likeness == words.COPY_OF else (row.remarks, likeness)
    return "; ".join(filter(None, parts))


def _fit_widths(console: Console, names: Sequence[str], verdicts: Sequence[str], said: Sequence[str]) -> _Widths:
    """Shorten names, but no further than remarks need; names are whole where no terminal sets the width."""
    from rich.cells import cell_len

    name, verdict, remarks_ = (max(map(cell_len, texts), default=1) for texts in (names, verdicts, said))
    verdict = min(verdict, _MAX_VERDICT)
    if not is_screen(console):
        return _Widths(name, verdict, min(remarks_, _MAX_REMARKS))
    left = console.width - verdict - _SCORE_WIDTH - _GAPS
    name = min(name, max(left - min(remarks_, max(_MIN_REMARKS, left // 2)), 2 * left // 5))
    return _Widths(name, verdict, left - name)


def _total(widths: _Widths) -> int:
    return widths.name + widths.verdict + _SCORE_WIDTH + widths.remarks + _GAPS


def _create_table(head: str, widths: _Widths, language: Language) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column(Text(head), width=widths.name, overflow="fold")
    table.add_column(language.translate(words.VERDICT), width=widths.verdict)
    table.add_column(language.translate(words.SCORE), width=_SCORE_WIDTH, no_wrap=True)
    table.add_column(language.translate(words.WHY).lower(), width=widths.remarks, overflow="fold")
    return table


FORMAT = Format("table", write, write_declarations, measures=False)
