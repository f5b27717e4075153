"""Photo reports -> what is read: one file a format. Writers read results alone, and know no cue by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO

from artifact_check.report import csv_, declared, html, json_, jsonl, parquet, table
from artifact_check.report.summary import Summary
from artifact_check.results import PhotoReport

Writer = Callable[[Iterable[PhotoReport], TextIO], Summary]

FORMATS: dict[str, Writer] = {
    "table": table.write,
    "json": json_.write,
    "jsonl": jsonl.write,
    "csv": csv_.write,
    "html": html.write,
    "parquet": parquet.write,
}
# Of what files declare alone, without scores.
DECLARED_FORMATS: dict[str, Writer] = {
    "table": declared.write_table,
    "json": json_.write,
    "jsonl": jsonl.write,
    "csv": declared.write_csv,
}
