"""`artifact-check report`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli.reporting import Reporting, reporting_options
from artifact_check.report import words
from artifact_check.report.formats import discover
from artifact_check.scanning.store import Store


@click.command()
@click.option(
    "--store",
    metavar="FILE.sqlite",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Store written by `scan --store`.",
)
@reporting_options(discover())
def report(*, store: Path, reporting: Reporting) -> int:
    """Report on the photos in a store without checking them again."""
    with Store(store) as opened_store:
        return reporting.write_reports(opened_store.reports(), reporting.format.write, words.SCALE)
