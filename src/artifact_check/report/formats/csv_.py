"""CSV for spreadsheets: one row per photo, with fixed columns and then two columns per cue."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.declaration_writers import write_csv as write_declarations
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.spreadsheet import escape_cell
from artifact_check.report.summary import Summary
from artifact_check.report.text import describe_declaration

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.results import PhotoReport

_PLAIN = ("path", "status", "verdict", "authenticity", "p_ai", "p_ai_low", "p_ai_high", "message")
_FACTS = ("format", "width", "height", "megapixels", "jpeg_quality", "faces", "face_width", "iod")
_COPIES = ("copy_of", "similar_to")
_COLUMNS = (*_PLAIN, "declares", "generator", "platforms", "advice", *_FACTS, "sha256", "model", "scale", *_COPIES)


def write(reports: Iterable[PhotoReport], out: TextIO, _context: Context = PLAIN) -> Summary:
    # All cues are known only after the last photo, so the rows are kept until then.
    summary = Summary()
    rows, cues = [], set[str]()
    for report in reports:
        rows.append(_row(report))
        cues.update(cue.name for cue in report.cues)
        summary = summary.plus(report)
    columns = [*_COLUMNS, *(f"{name}_{kind}" for name in sorted(cues) for kind in ("score", "contribution"))]
    writer = csv.writer(out)
    writer.writerow(escape_cell(column) for column in columns)
    writer.writerows([escape_cell(row.get(column)) for column in columns] for row in rows)
    return summary


def _row(report: PhotoReport) -> dict[str, str | float | None]:
    values = report.to_dict()
    facts = values["photo"] or {}
    row = {column: values[column] for column in (*_PLAIN, "generator", "sha256", "model", *_COPIES)}
    row |= {column: facts.get(column) for column in _FACTS}
    row |= {
        "declares": "; ".join(describe_declaration(declaration) for declaration in report.provenance),
        "platforms": "; ".join(report.platforms),
        "advice": " ".join(report.advice),
        "scale": words.DIRECTION,
    }
    for cue in values["cues"]:
        row |= {f"{cue['name']}_score": cue["score"], f"{cue['name']}_contribution": cue["contribution"]}
    return row


FORMAT = Format("csv", write, write_declarations)
