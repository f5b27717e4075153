"""Language negotiation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifact_check.report.language import ENGLISH, get_language, language_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from artifact_check.report.language import Language

_RANGE = re.compile(r"\s*([a-z]+)(?:-[a-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


def choose_language(fixed: Language | None, headers: Mapping[str, str]) -> Language:
    """Return the language of a response: `fixed` if set, otherwise the browser's preference."""
    return fixed or preferred_language(headers.get("accept-language", ""))


def preferred_language(accept_language: str) -> Language:
    """Return the available language with the highest weight in Accept-Language (RFC 9110, 12.5.4), or English."""
    ranges = [match for part in accept_language.split(",") if (match := _RANGE.fullmatch(part))]
    weights = [(float(match[2] or 1), match[1].lower()) for match in ranges if match[1].lower() in language_codes()]
    # The first of equal weights wins; a weight of 0 excludes a language.
    weight, code = max(weights, key=lambda pair: pair[0], default=(0.0, ""))
    return get_language(code) if weight else ENGLISH
