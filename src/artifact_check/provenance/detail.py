"""What a stranger's file may put into a report: short lines without control characters."""

from __future__ import annotations

MAX_DETAIL = 120  # characters of one value


def printable(text: str) -> str:
    """Cut to a line's length, without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text[:MAX_DETAIL])
