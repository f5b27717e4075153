"""An Excel workbook for people: one sheet with one row and a small picture per photo, what needs attention first.

Strings are written as text, never as formulas or links.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from artifact_check.errors import OutputError
from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.names import common_folder, name_below
from artifact_check.report.order import Groups, sorting_key
from artifact_check.report.summary import Summary
from artifact_check.report.text import describe_declaration, escape_unprintable, outcome, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format as XlsxFormat
    from xlsxwriter.worksheet import Worksheet

    from artifact_check.report.language import Language
    from artifact_check.report.order import Group
    from artifact_check.results import ModelFacts, PhotoReport

# Widths in characters, by heading.
_COLUMNS = {
    words.PICTURE: 14,
    words.FILE: 30,
    words.VERDICT: 16,
    words.SCORE: 8,
    words.REASONS: 36,
    words.MEANING: 60,
    words.DECLARES: 36,
    words.PLATFORMS: 36,
    words.MORE_ADVICE: 60,
    words.COPY_OF: 24,
    words.SIMILAR_TO: 24,
}
_MAX_PHOTOS = 1_048_572  # rows of a sheet, less those for headings and the closing lines
_ROW_HEIGHT = 100  # px; a thumbnail has at most 96
_MARGIN = 2  # px beside a picture
_CREATED = datetime(1980, 1, 1, tzinfo=UTC)  # as in the ZIP archive: the same photos give the same bytes


@dataclass(frozen=True, slots=True)
class _Row:
    """A photo's row: what it holds, by heading. `paths` still have the folder that all photos share."""

    group: Group
    picture: bytes | None
    score: int | None
    paths: dict[str, str]
    texts: dict[str, str]

    def cell(self, heading: str, folder: str) -> str | int | bytes | None:
        """Return what is under a heading, a picture as its file; None if nothing is."""
        if heading == words.PICTURE:
            return self.picture
        if heading == words.SCORE:
            return self.score
        if heading in self.paths:
            return escape_unprintable(name_below(self.paths[heading], folder))
        return self.texts.get(heading) or None


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    """Write to the binary buffer of `out`.

    Raises:
        OutputError: XlsxWriter is not installed, or there are more photos than a sheet has rows.
    """
    try:
        from xlsxwriter import Workbook
    except ModuleNotFoundError:
        raise OutputError("Excel files need XlsxWriter. Install artifact-check[xlsx].") from None
    facts, summary, groups = context.facts(), Summary(), Groups()
    rows: list[_Row] = []
    for report in reports:
        if len(rows) == _MAX_PHOTOS:
            raise OutputError(f"A sheet of Excel holds {_MAX_PHOTOS} photos; use --format csv for more.")
        rows.append(_build_row(report, groups.join(report), facts, context.language))
        summary = summary.plus(report)
    rows.sort(key=lambda row: sorting_key(row.group))
    # In memory: XlsxWriter's temporary files would hold names and pictures, and stay if the process is killed.
    with Workbook(out.buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": _CREATED})
        _fill_sheet(workbook, rows, context.language)
    return summary


def _build_row(report: PhotoReport, group: Group, facts: ModelFacts | None, language: Language) -> _Row:
    paths = {words.FILE: report.path, words.COPY_OF: report.copy_of, words.SIMILAR_TO: report.similar_to}
    texts: dict[str, Iterable[str]] = {
        words.VERDICT: [outcome(report)],
        words.REASONS: [reasons(report)],
        words.MEANING: build_card(report, facts).answer,
        words.DECLARES: map(describe_declaration, report.provenance),
        words.PLATFORMS: report.platforms,
        words.MORE_ADVICE: report.advice,
    }
    return _Row(
        group,
        report.thumbnail,
        report.authenticity,
        {heading: path for heading, path in paths.items() if path is not None},
        {heading: _lines(parts, language) for heading, parts in texts.items()},
    )


def _lines(parts: Iterable[str], language: Language) -> str:
    return "\n".join(escape_unprintable(language.translate(part)) for part in parts)


def _fill_sheet(workbook: Workbook, rows: Sequence[_Row], language: Language) -> None:
    folder = common_folder([row.paths[words.FILE] for row in rows])
    columns = [heading for heading in _COLUMNS if any(row.cell(heading, folder) is not None for row in rows)]
    columns = columns or list(_COLUMNS)
    sheet = workbook.add_worksheet(escape_unprintable(language.translate(words.PHOTOS)))
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    # Marked as text also where someone edits the cell, so that what looks like a formula does not become one.
    text = workbook.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    for column, heading in enumerate(columns):
        sheet.set_column(column, column, _COLUMNS[heading])
        title = language.translate(heading)
        sheet.write_string(0, column, f"{title[:1].upper()}{title[1:]}", bold)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    for number, row in enumerate(rows, 1):
        if row.picture is not None:
            sheet.set_row_pixels(number, _ROW_HEIGHT)
        for column, heading in enumerate(columns):
            _write_cell(sheet, (number, column), row.cell(heading, folder), text)
    for number, line in enumerate((words.SCALE, words.HONESTY), len(rows) + 2):
        sheet.write_string(number, 0, language.translate(line))


def _write_cell(sheet: Worksheet, place: tuple[int, int], value: str | int | bytes | None, text: XlsxFormat) -> None:
    match value:
        case bytes():
            options = {"image_data": _as_jpeg(value), "x_offset": _MARGIN, "y_offset": _MARGIN, "decorative": True}
            sheet.insert_image(*place, "picture.jpg", options)
        case int():
            sheet.write_number(*place, value, text)
        case str():
            sheet.write_string(*place, value, text)


def _as_jpeg(thumbnail: bytes) -> io.BytesIO:
    """Encode a thumbnail anew: Excel knows no WebP."""
    from PIL import Image  # noqa: PLC0415 - many reports have no pictures

    out = io.BytesIO()
    with Image.open(io.BytesIO(thumbnail)) as image:
        image.convert("RGB").save(out, "JPEG", quality=85)
    return out


FORMAT = Format("xlsx", write, pictures=True, measures=False, binary=True)
