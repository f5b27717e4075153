"""JSON from strangers' files, within bounds of size and depth."""

from __future__ import annotations

import json
from typing import Any

MAX_TEXT = 2_000_000  # characters; a large graph of nodes has some hundred thousand


def json_object(text: str) -> dict[str, Any]:
    """The object that the text is; empty if it is none, too long, or nested deeper than the interpreter recurses."""
    if len(text) > MAX_TEXT or not text.lstrip().startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
