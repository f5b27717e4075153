"""`artifact-check provenance`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli.options import TRUST_LIST
from artifact_check.cli.reporting import Reporting, reporting_options
from artifact_check.cli.search import SEARCH, Search
from artifact_check.report import words
from artifact_check.report.formats import discover
from artifact_check.scanning.copies import name_copies

_WRITERS = {
    name: known.write_declarations for name, known in discover().items() if known.write_declarations is not None
}


@click.command()
@SEARCH
@reporting_options(_WRITERS)
@TRUST_LIST
def provenance(*, search: Search, reporting: Reporting, trust_list: Path | None) -> int:
    """Report only what files declare about their origin: Content Credentials, IPTC, XMP, generator metadata, EXIF.

    Pixels are not analysed and nothing is downloaded. Every photo gets one row.
    """
    from artifact_check.checking.declarations import declarations_only
    from artifact_check.provenance.trust_list import read_trust_list

    trusted = "" if trust_list is None else read_trust_list(trust_list)
    reports = (declarations_only(photo, trust_list=trusted) for photo in search.photos(reporting))
    return reporting.write_reports(name_copies(reports), _WRITERS[reporting.format_], words.ABSENCE)
