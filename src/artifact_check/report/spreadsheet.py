"""Protects spreadsheets from text in untrusted files."""

from __future__ import annotations

import re
import unicodedata

from artifact_check.report.text import escape_match

BOM = "\ufeff"  # makes Excel read a file as UTF-8

# Control characters except tab, line feed and carriage return, and lone surrogates, which cannot be encoded.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_FORMULA = tuple("=+-@\t\r\n")


def escape_cell(value: str | float | None) -> str | float | None:
    """Prevent text from being evaluated as a formula; numbers are returned unchanged."""
    if not isinstance(value, str):
        return value
    text = _UNSAFE.sub(escape_match, value)
    # East Asian spreadsheets also accept full-width and small forms of these characters.
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]).startswith(_FORMULA) else text
