"""Options for writing photo reports: format, language, destination, and exit code."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.messages import say
from artifact_check.cli.options import LANGUAGE, Decorator, group_options
from artifact_check.report import words
from artifact_check.report.format import Context
from artifact_check.report.formats import discover
from artifact_check.report.output import open_output
from artifact_check.report.spreadsheet import BOM
from artifact_check.sources.remote import is_address

if TYPE_CHECKING:
    from artifact_check.report.format import Format, Writer
    from artifact_check.report.language import Language
    from artifact_check.results import ModelFacts, PhotoReport

FAIL_ON_MET = 3
FAIL_ON = (*words.VERDICTS, *(status for status in words.STATUSES if status != "ok"))


@dataclass(frozen=True, slots=True)
class Reporting:
    """The values of `reporting_options`."""

    format_: str
    bom: bool
    separator: str
    output: Path | str | None
    language: Language
    fail_on: frozenset[str]
    quiet: bool

    def __post_init__(self) -> None:
        if self.bom and self.format_ != "csv":  # a byte-order mark would break other formats
            raise click.UsageError(f"--bom works with --format csv only, not {self.format_}. Leave out --bom.")
        if self.separator != "," and self.format_ != "csv":
            raise click.UsageError(f"--separator works with --format csv only, not {self.format_}. Leave it out.")
        if self._to_terminal and not self.format.for_terminal:
            raise click.UsageError(
                f"--format {self.format_} cannot be read in a terminal. Name a file: --output photos.{self.format_}"
            )

    @property
    def format(self) -> Format:
        return discover()[self.format_]

    @property
    def streams_to_terminal(self) -> bool:
        """Whether rows go to the terminal as they are written, where a progress bar would garble them."""
        return self._to_terminal and self.format_ != "table"

    @property
    def _to_terminal(self) -> bool:
        return self.output is None and sys.stdout is not None and sys.stdout.isatty()

    def write_reports(
        self,
        reports: Iterable[PhotoReport],
        write: Writer,
        closing: str,
        model: Path | None = None,
        *,
        all_rows: bool = False,
    ) -> int:
        """Write the reports, print a summary to stderr, and return the exit code."""
        context = Context(self.language, functools.partial(_read_facts, model), self.separator, all_rows)
        with open_output(self.output) as out:
            out.write(BOM if self.bom else "")
            summary = write(reports, out, context)
        if not self.quiet and (self.format_ != "table" or self.output is not None):
            for line in (summary.sentence, closing):
                say(self.language.translate(line))
        return FAIL_ON_MET if summary.has_any(self.fail_on) else 0


def _read_facts(model: Path | None) -> ModelFacts:
    from artifact_check.model.bundle import read_facts

    return read_facts(model)


def _parse_fail_on(_ctx: click.Context, _param: click.Parameter, value: str) -> frozenset[str]:
    chosen = frozenset(word.strip() for word in value.split(",") if value)
    if unknown := chosen.difference(FAIL_ON):
        raise click.BadParameter(f"Unknown value {', '.join(sorted(unknown))!r}. Choose from {', '.join(FAIL_ON)}.")
    return chosen


def _parse_output(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Path | str | None:
    """Return a path, an address, or None for standard output."""
    if value is None or value == "-":
        return None
    if not value:
        raise click.BadParameter("The name is empty; name a file, or leave out --output.")
    return value if is_address(value) else Path(value)


ALL_ROWS = click.option("--all-rows", is_flag=True, help="Show all rows of the table.  [in a terminal, the first 20]")


def reporting_options(formats: Iterable[str]) -> Decorator:
    """Add the options of `Reporting` to a command; `formats` are the names to choose from."""
    return group_options(
        "reporting",
        Reporting,
        click.option(
            "--format", "format_", type=click.Choice(list(formats)), default="table", help="Report format.  [table]"
        ),
        click.option(
            "--bom",
            is_flag=True,
            help="Start a csv report with a byte-order mark. Excel needs it to read accented letters.",
        ),
        click.option(
            "--separator",
            type=click.Choice([",", ";"]),
            default=",",
            help="What separates the columns of a csv report. In much of Europe, Excel needs ';', in quotes; numbers "
            "keep their decimal point.  [,]",
        ),
        click.option(
            "--output",
            metavar="FILE",
            callback=_parse_output,
            help="Write the report to this file or address; a failed run leaves no partial report.  [standard output]",
        ),
        LANGUAGE,
        click.option(
            "--fail-on",
            metavar="VERDICT[,STATUS]",
            default="",
            callback=_parse_fail_on,
            help=f"Exit with code 3 if any photo has one of these: {', '.join(FAIL_ON)}.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    )
