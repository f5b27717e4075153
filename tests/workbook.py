"""What a spreadsheet program finds in an Excel file: its cells, and the pictures in them."""

from __future__ import annotations

import io
import re
import zipfile

from defusedxml import ElementTree

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_ESCAPED = re.compile("_x([0-9A-F]{4})_")


class Workbook:
    """The only sheet of a workbook. `rows` are its texts and numbers by column letter, row by row."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.sheet = ElementTree.fromstring(self.files["xl/worksheets/sheet1.xml"])
        shared = ElementTree.fromstring(self.files["xl/sharedStrings.xml"]).iter(f"{_SHEET}si")
        self._texts = ["".join(part.text or "" for part in item.iter(f"{_SHEET}t")) for item in shared]
        self.rows = [dict(map(self._read, row.iter(f"{_SHEET}c"))) for row in self.sheet.iter(f"{_SHEET}row")]
        self.pictures = [data for name, data in self.files.items() if name.startswith("xl/media/")]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Column and row of the cell in which each picture begins, from 0."""
        drawing = ElementTree.fromstring(self.files["xl/drawings/drawing1.xml"])
        starts = drawing.iter(f"{_DRAWING}from")
        return [tuple(int(start.find(f"{_DRAWING}{part}").text) for part in ("col", "row")) for start in starts]

    def column(self, heading: str) -> list[str | float | None]:
        """What stands under a heading, in the rows of photos."""
        (letter,) = (letter for letter, title in self.rows[0].items() if title == heading)
        return [row.get(letter) for row in self.rows[1:-2]]  # the last two lines tell what a score is

    def has(self, tag: str) -> bool:
        return self.sheet.find(f".//{_SHEET}{tag}") is not None

    def _read(self, cell) -> tuple[str, str | float | None]:
        letter, value = cell.get("r").rstrip("0123456789"), cell.find(f"{_SHEET}v")
        if value is None:
            return letter, None
        if cell.get("t") == "s":
            return letter, _ESCAPED.sub(lambda code: chr(int(code[1], 16)), self._texts[int(value.text)])
        return letter, float(value.text)
