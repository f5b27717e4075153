"""Sanitises text from untrusted files."""

from __future__ import annotations

_MAX_DETAIL = 120


def printable(text: str, limit: int = _MAX_DETAIL) -> str:
    """Cut to `limit` characters, and replace control characters, which a terminal would act on, with spaces."""
    return "".join(character if character.isprintable() else " " for character in text[:limit])


def bounded(text: str, limit: int = _MAX_DETAIL) -> str:
    """Return a text as it is if it is `printable` and fits, so that it can be translated; else cut to `limit`."""
    cut = printable(text, limit)
    return text if cut == text else cut
