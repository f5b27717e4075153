"""JSON lines: one object per photo, written and flushed as soon as the photo is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.json_encoding import encode_json
from artifact_check.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.results import PhotoReport


def write(reports: Iterable[PhotoReport], out: TextIO, _context: Context = PLAIN) -> Summary:
    summary = Summary()
    for report in reports:
        out.write(encode_json(report.to_dict(pass_on=True)) + "\n")
        out.flush()
        summary = summary.plus(report)
    return summary


FORMAT = Format("jsonl", write, write)
