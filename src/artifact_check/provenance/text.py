"""Strangers' text, made fit for a report."""

from __future__ import annotations

_MAX_DETAIL = 120


def printable(text: str, limit: int = _MAX_DETAIL) -> str:
    """Cut to a line's length, without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text[:limit])
