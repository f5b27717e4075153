"""One JSON document: `{"schema": 1, "photos": [...], "summary": {...}}`, one photo a line, written as it is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from artifact_check.report.summary import Summary
from artifact_check.results import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

    from artifact_check.results import PhotoReport


def encode(value: Mapping[str, Any]) -> str:
    r"""Encode as UTF-8 goes, without NaN; a file name's undecodable bytes become JSON's `\udcXX`, which reads back."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode()


def write(reports: Iterable[PhotoReport], out: TextIO) -> Summary:
    opening = f'{{"schema": {SCHEMA}, "photos": ['
    summary = Summary()
    # Nothing is written before the first report: a scan that fails at once leaves no half document.
    for report in reports:
        out.write(f"{',' if summary.photos else opening}\n{encode(report.to_dict())}")
        summary = summary.plus(report)
    out.write(f'{"" if summary.photos else opening}\n], "summary": {encode(summary.to_dict())}}}\n')
    return summary
