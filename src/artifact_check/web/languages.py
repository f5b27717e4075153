"""Which of our languages a browser asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifact_check.report.language import ENGLISH, codes, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from artifact_check.report.language import Language

_RANGE = re.compile(r"\s*([a-z]+)(?:-[a-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


def shown(fixed: Language | None, headers: Mapping[str, str]) -> Language:
    """The language of an answer: the one that was fixed for the server, or else the browser's."""
    return fixed or preferred(headers.get("accept-language", ""))


def preferred(accept_language: str) -> Language:
    """The one that the header Accept-Language (RFC 9110, 12.5.4) weighs most; English where it names none."""
    asked = [found for part in accept_language.split(",") if (found := _RANGE.fullmatch(part))]
    weighed = [(float(found[2] or 1), found[1].lower()) for found in asked if found[1].lower() in codes()]
    # Of equal weights, the first; a weight of 0 means "not this one".
    weight, code = max(weighed, key=lambda pair: pair[0], default=(0.0, ""))
    return spoken(code) if weight else ENGLISH
