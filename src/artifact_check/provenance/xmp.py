"""XMP: the IPTC property DigitalSourceType, by which generators and cameras say how a picture came about.

Vocabulary: https://cv.iptc.org/newscodes/digitalsourcetype/. Anyone can write or remove it, so it is only "declared".
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from defusedxml.ElementTree import fromstring

from artifact_check.results import Declaration, Says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from artifact_check.provenance.container import Container

MAX_PACKET = 1_000_000  # bytes; a photo's XMP has some thousands

# Bounds on what one file can put into a report.
_MAX_DECLARATIONS = 8
_MAX_DETAIL = 120

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PROPERTY = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
_VOCABULARY = re.compile(r"^https?://cv\.iptc\.org/newscodes/digitalsourcetype/")

_SAYS: dict[str, Says] = {
    "trainedAlgorithmicMedia": "ai_generated",
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


def read(container: Container) -> tuple[Declaration, ...]:
    """One declaration for each different DigitalSourceType; raises on a packet that is not plain XML.

    A packet above `MAX_PACKET`, or with a document type (the way to entity bombs and external files), is not read.
    """
    packet = container.blocks.get("xmp")
    if not isinstance(packet, bytes) or len(packet) > MAX_PACKET:
        return ()
    root = fromstring(packet.strip(b"\x00"), forbid_dtd=True)  # writers pad packets with zeros
    values = dict.fromkeys(value for raw in _source_types(root) if (value := raw.strip()))
    return tuple(_declaration(value) for value in islice(values, _MAX_DECLARATIONS))


def _source_types(root: Element) -> Iterator[str]:
    for description in root.iter(f"{_RDF}Description"):
        yield description.get(_PROPERTY, "")
        for element in description.iterfind(_PROPERTY):
            # RDF writes a URI as text or, properly, as a resource.
            yield element.get(f"{_RDF}resource") or "".join(element.itertext())


def _declaration(value: str) -> Declaration:
    name = _VOCABULARY.sub("", value, count=1).strip()
    says = _SAYS.get(name, "unknown")
    detail = f"IPTC DigitalSourceType {_printable(value if says == 'unknown' else name)}"
    return Declaration(kind="iptc", says=says, trust="declared", detail=detail)


def _printable(text: str) -> str:
    """Cut to a line's length, without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text[:_MAX_DETAIL])
