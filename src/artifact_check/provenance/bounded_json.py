"""Parses JSON from untrusted files, with bounds on size and depth."""

from __future__ import annotations

import json
from typing import Any

from artifact_check.provenance.limits import MAX_JSON


def json_object(text: str) -> dict[str, Any]:
    """Parse a JSON object; return {} if the text is not one, is too long, or is nested too deep for the parser."""
    if len(text) > MAX_JSON or not text.lstrip().startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
