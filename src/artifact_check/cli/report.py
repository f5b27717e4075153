"""`artifact-check report`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli.messages import say
from artifact_check.cli.reporting import ALL_ROWS, Reporting, reporting_options
from artifact_check.report import words
from artifact_check.report.formats import discover
from artifact_check.scanning.copies import name_copies
from artifact_check.scanning.store import Store


@click.command()
@click.option(
    "--store",
    metavar="FILE.sqlite",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Store written by `scan --store`.",
)
@click.option("--all", "all_scans", is_flag=True, help="Also report photos that only earlier scans found.")
@reporting_options(discover())
@ALL_ROWS
def report(*, store: Path, all_scans: bool, reporting: Reporting, all_rows: bool) -> int:
    """Report on the photos in a store that its last scan found, without checking them again."""
    with Store(store, read_only=True) as opened_store:
        gone = 0 if all_scans else opened_store.gone()
        if gone and not reporting.quiet:
            say(reporting.language.translate(words.gone(gone)))
        reports = name_copies(opened_store.reports(all_scans=all_scans))
        return reporting.write_reports(reports, reporting.format.write, words.SCALE, all_rows=all_rows)
