"""One JSON document: `{"schema": 1, "photos": [...], "summary": {...}}`, one photo per line, written as completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.json_encoding import encode_json
from artifact_check.report.summary import Summary
from artifact_check.results import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.results import PhotoReport


def write(reports: Iterable[PhotoReport], out: TextIO, _context: Context = PLAIN) -> Summary:
    opening = f'{{"schema": {SCHEMA}, "photos": ['
    summary = Summary()
    # Nothing is written before the first report, so that a scan that fails at the start leaves no partial document.
    for report in reports:
        out.write(f"{',' if summary.photos else opening}\n{encode_json(report.to_dict(pass_on=True))}")
        summary = summary.plus(report)
    out.write(f'{"" if summary.photos else opening}\n], "summary": {encode_json(summary.to_dict())}}}\n')
    return summary


FORMAT = Format("json", write, write)
