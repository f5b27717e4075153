"""What programs for spreadsheets make of text, and how they are kept from it."""

from __future__ import annotations

import re
import unicodedata

from artifact_check.report.text import escaped

BOM = "\ufeff"  # what Excel tells UTF-8 by

# A cell may hold tabs, line ends and direction marks; what commands a terminal or can't be encoded may not stand there.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_FORMULA = tuple("=+-@\t\r\n")


def cell(value: str | float | None) -> str | float | None:
    """Keep text from running as a formula in a spreadsheet; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = _UNSAFE.sub(escaped, value)
    # Spreadsheets in East Asian languages take the wide and small forms of these signs for the signs.
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]).startswith(_FORMULA) else text
