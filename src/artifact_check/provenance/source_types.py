"""The vocabulary of digital source types, which IPTC, XMP and C2PA share.

https://cv.iptc.org/newscodes/digitalsourcetype/ (old names too), and what C2PA adds to it under c2pa.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifact_check.results import Says

_ADDRESS = re.compile(r"^https?://(cv\.iptc\.org/newscodes|c2pa\.org)/digitalsourcetype/", re.IGNORECASE)

_SAYS: dict[str, Says] = {
    "trainedAlgorithmicMedia": "ai_generated",
    "trainedAlgorithmicData": "ai_generated",
    "compositeWithTrainedAlgorithmicMedia": "ai_edited",
    "compositeSynthetic": "ai_edited",
    "digitalCapture": "camera",
    "computationalCapture": "camera",
    "negativeFilm": "camera",
    "positiveFilm": "camera",
    "print": "camera",
    "compositeCapture": "edited",
    "composite": "edited",
    "humanEdits": "edited",
    "minorHumanEdits": "edited",
    "algorithmicallyEnhanced": "edited",
}


def meaning(value: str) -> tuple[Says, str]:
    """What a digital source type says, and its name; a value that is not known is `unknown`, and named as written."""
    name = _ADDRESS.sub("", value.strip(), count=1).strip()
    says = _SAYS.get(name, "unknown")
    return says, value.strip() if says == "unknown" else name
