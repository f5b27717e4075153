"""One row a photo, for spreadsheets: fixed columns, then two for every cue that any of the photos has."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.declared import write_csv as write_declared
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.spreadsheet import cell
from artifact_check.report.summary import Summary
from artifact_check.report.text import declaration

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.results import PhotoReport

_PLAIN = ("path", "status", "verdict", "authenticity", "p_ai", "p_ai_low", "p_ai_high", "message")
_FACTS = ("format", "width", "height", "megapixels", "jpeg_quality", "faces", "face_width", "iod")
_COLUMNS = (*_PLAIN, "declares", "platforms", "advice", *_FACTS, "sha256", "model", "scale")


def write(reports: Iterable[PhotoReport], out: TextIO, _context: Context = PLAIN) -> Summary:
    # A cue's columns are known when the last photo is done; until then the rows are kept, and nothing else.
    summary = Summary()
    rows, cues = [], set[str]()
    for report in reports:
        rows.append(_row(report))
        cues.update(cue.name for cue in report.cues)
        summary = summary.plus(report)
    columns = [*_COLUMNS, *(f"{name}_{kind}" for name in sorted(cues) for kind in ("score", "contribution"))]
    writer = csv.writer(out)
    writer.writerow(cell(column) for column in columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return summary


def _row(report: PhotoReport) -> dict[str, str | float | None]:
    values = report.to_dict()
    facts = values["photo"] or {}
    row = {column: values[column] for column in (*_PLAIN, "sha256", "model")}
    row |= {column: facts.get(column) for column in _FACTS}
    row |= {
        "declares": "; ".join(declaration(declared) for declared in report.provenance),
        "platforms": "; ".join(report.platforms),
        "advice": " ".join(report.advice),
        "scale": words.DIRECTION,
    }
    for cue in values["cues"]:
        row |= {f"{cue['name']}_score": cue["score"], f"{cue['name']}_contribution": cue["contribution"]}
    return row


FORMAT = Format("csv", write, write_declared)
