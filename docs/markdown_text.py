"""Escapes plain text for Markdown."""

from __future__ import annotations

import re
from html import escape


def escaped(text: str) -> str:
    """Markdown that shows the text literally; text in backticks stays code."""
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(part if part.startswith("`") else _plain(part) for part in parts)


def cell(text: str) -> str:
    """The same on one line, for a table cell."""
    return " ".join(escaped(text).replace("|", "&#124;").split())


def _plain(text: str) -> str:
    return re.sub(r"([*_\[\]#])", r"\\\1", escape(text, quote=False))
