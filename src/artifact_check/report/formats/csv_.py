"""CSV for spreadsheets: one row per photo, with fixed columns and then two columns per cue.

Columns in which no photo has anything are left out.
"""

from __future__ import annotations

import csv
import tempfile
from typing import TYPE_CHECKING

import msgspec

from artifact_check.errors import OutputError
from artifact_check.report import words
from artifact_check.report.card import answer
from artifact_check.report.declaration_writers import write_csv as write_declarations
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.spreadsheet import escape_cell
from artifact_check.report.summary import Summary
from artifact_check.report.text import describe_declaration, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO, TextIO

    from artifact_check.results import ModelFacts, PhotoReport

_PLAIN = ("path", "status", "verdict", "authenticity", "p_ai", "p_ai_low", "p_ai_high")
_FACTS = ("format", "width", "height", "megapixels", "jpeg_quality", "faces", "face_width", "iod")
_COPIES = ("copy_of", "similar_to")
_SAID = ("reasons", "message", "declares", "generator", "platforms", "advice")
_KEPT_IN_MEMORY = 16 << 20  # bytes; some 15,000 rows
_COLUMNS = (*_PLAIN, *_SAID, *_FACTS, "sha256", "model", "scale", *_COPIES)


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    # What the columns hold is known only after the last photo. Until then the rows are kept, if they are many on disk.
    summary, facts = Summary(), context.facts()
    filled = set[str]()
    with tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY) as kept:
        for report in reports:
            row = _row(report, facts)
            filled |= row.keys()
            _keep(row, kept)
            summary = summary.plus(report)
        columns = [column for column in _COLUMNS if column in filled] + sorted(filled.difference(_COLUMNS))
        writer = csv.writer(out, delimiter=context.separator)
        writer.writerow(escape_cell(column) for column in (columns or _COLUMNS))
        kept.seek(0)
        rows = map(msgspec.json.decode, kept)
        writer.writerows([row.get(column) for column in columns] for row in rows)
    return summary


def _keep(row: dict[str, str | float | None], kept: IO[bytes]) -> None:
    try:
        kept.write(msgspec.json.encode(row) + b"\n")
    except OSError as error:
        raise OutputError(
            f"The temporary folder {tempfile.gettempdir()} cannot hold the table's rows: {error.strerror}; make room "
            "there, or name another folder in TMPDIR."
        ) from None


def _row(report: PhotoReport, facts: ModelFacts | None) -> dict[str, str | float | None]:
    """Return the cells of the columns that have something in them."""
    values = report.to_dict(pass_on=True)
    of_photo = values["photo"] or {}
    row = {column: values[column] for column in (*_PLAIN, "generator", "sha256", "model", *_COPIES)}
    row |= {column: of_photo.get(column) for column in _FACTS}
    row |= {
        "reasons": reasons(report),
        "message": " ".join(answer(report, facts)),
        "declares": "; ".join(describe_declaration(declaration) for declaration in report.provenance),
        "platforms": "; ".join(report.platforms),
        "advice": " ".join(report.advice),
        "scale": words.DIRECTION,
    }
    for cue in values["cues"]:
        row |= {f"{cue['name']}_score": cue["score"], f"{cue['name']}_contribution": cue["contribution"]}
    return {column: escape_cell(value) for column, value in row.items() if value not in (None, "")}


FORMAT = Format("csv", write, write_declarations, measures=False)
