"""XMP: what generators, editors and cameras write about a picture's origin. Anyone can write or remove it.

XMP part 1 (2012) for the packet, IPTC Photo Metadata 2025.1 for DigitalSourceType, the AI fields, the credit line and
Digital Image GUID; XMP part 2 for xmp:CreatorTool and tiff:Software. Only properties of the picture itself count, not
those of the ingredients, pantries and other structures inside, which speak about other pictures.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser

from artifact_check.provenance import vocabulary
from artifact_check.provenance.text import printable
from artifact_check.results import Declaration, DeclarationKind, Says

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from artifact_check.provenance.container import Container

# Bounds on what one file can put into a report, and on the parser.
_MAX_DECLARATIONS = 8
_MAX_DEPTH = 64

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_IPTC = "{http://iptc.org/std/iptc4xmpext/2008-02-29/}"
_SOURCE_TYPE = f"{_IPTC}digitalsourcetype"
_OLD_SOURCE_TYPE = f"{_IPTC}digitalsourcefiletype"  # until IPTC Extension 1.1
_GUID = f"{_IPTC}digimageguid"
_CREDIT = "{http://ns.adobe.com/photoshop/1.0/}credit"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_PROGRAMS = {
    "{http://ns.adobe.com/xap/1.0/}creatortool": "XMP CreatorTool",
    "{http://ns.adobe.com/tiff/1.0/}software": "XMP Software",
}
_AI_FIELDS = {
    f"{_IPTC}aisystemused": "AI System Used",
    f"{_IPTC}aisystemversionused": "AI System Version Used",
    f"{_IPTC}aipromptinformation": "AI Prompt Information",
    f"{_IPTC}aipromptwritername": "AI Prompt Writer Name",
}
_JOB = re.compile(r"\bJob ID: ([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*$")

Properties = dict[str, tuple[str, ...]]  # values by name, {namespace}name in lower case: writers disagree about case


class Packets(NamedTuple):
    """The properties of all packets that are XMP."""

    properties: Properties

    def values(self, *names: str) -> tuple[str, ...]:
        return tuple(value for name in names for value in self.properties.get(name, ()))

    @property
    def origin(self) -> Says | None:
        """What DigitalSourceType says: the first that speaks of AI, or else the first; None if there is none."""
        says = [vocabulary.source_type(value)[0] for value in self.values(_SOURCE_TYPE, _OLD_SOURCE_TYPE)]
        return next((s for s in says if s.startswith("ai_")), next(iter(says), None))


def read(container: Container) -> tuple[Declaration, ...]:
    """All that the packets state about the picture's origin, each thing once."""
    packets = parsed(container.xmp)
    statements = (
        *_source_types(packets),
        *_ai_fields(packets),
        *_credits(packets),
        *_midjourney(packets, container),
        *_programs(packets),
    )
    return tuple(islice(dict.fromkeys(statements), _MAX_DECLARATIONS))


def parsed(packets: Iterable[bytes]) -> Packets:
    """The properties of the picture in all packets; one that is not plain XML has none.

    A packet with a document type (the way to entity bombs and external files) or a very deep one is not read.
    """
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for packet in packets:
        try:
            root = _root(packet.strip(b"\x00"))  # writers pad packets with zeros
        except (SyntaxError, ValueError):  # what the parsers raise on what is not XML, or not allowed
            continue
        for name, value in _properties(root):
            if value := value.strip():
                found[name.lower()] += (value,)
    return Packets(dict(found))


class _ShallowTree(TreeBuilder):
    """Stops at a depth that no metadata has, since a deep tree is a burden to everything that walks it."""

    _depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ValueError("nested very deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _root(packet: bytes) -> Element:
    parser = DefusedXMLParser(target=_ShallowTree(), forbid_dtd=True)
    parser.feed(packet)
    root: Element = parser.close()
    return root


def _properties(root: Element) -> Iterator[tuple[str, str]]:
    """Name and value of each property of the picture, which RDF writes as an attribute or as an element."""
    rdf = root if root.tag == f"{_RDF}RDF" else root.find(f"{_RDF}RDF")
    if rdf is None:
        return
    for description in rdf.iterfind(f"{_RDF}Description"):
        yield from description.items()
        for element in description:
            items = element.findall(f"./*/{_RDF}li") or [element]
            for item in items:
                # RDF writes a URI as text or, properly, as a resource.
                yield element.tag, item.get(f"{_RDF}resource") or (item.text or "")


def _source_types(packets: Packets) -> Iterator[Declaration]:
    for value in packets.values(_SOURCE_TYPE, _OLD_SOURCE_TYPE):
        says, shown = vocabulary.source_type(value)
        yield _declaration("iptc", says, "IPTC DigitalSourceType", shown)


def _ai_fields(packets: Packets) -> Iterator[Declaration]:
    """An AI system had a part; how large a part, DigitalSourceType says. Alone they are no more than an edit."""
    says: Says = "ai_generated" if packets.origin == "ai_generated" else "ai_edited"
    for name, title in _AI_FIELDS.items():
        for value in packets.values(name):
            yield _declaration("iptc", says, f"IPTC {title}", value)


def _credits(packets: Packets) -> Iterator[Declaration]:
    for line in packets.values(_CREDIT):
        says = credited(line, packets)
        if says is not None:
            yield _declaration("iptc", says, "IPTC Credit", line)


def credited(line: str, packets: Packets) -> Says | None:
    """What a credit line says; where DigitalSourceType says anything less than "made by AI", that weighs more."""
    says = vocabulary.credit(line)
    if says == "ai_generated" and packets.origin not in ("ai_generated", None):
        return "ai_edited"
    return says


def _midjourney(packets: Packets, container: Container) -> Iterator[Declaration]:
    """The job's number, given twice: as Digital Image GUID, and at the end of the description. Either alone is none."""
    descriptions = [text.text for text in container.texts if text.keyword == "Description"]
    jobs = {job[1].lower() for text in (*packets.values(_DESCRIPTION), *descriptions) if (job := _JOB.search(text))}
    for guid in packets.values(_GUID):
        if guid.lower() in jobs:
            yield _declaration("xmp", "ai_generated", "Midjourney Job ID", guid)


def _programs(packets: Packets) -> Iterator[Declaration]:
    for name, title in _PROGRAMS.items():
        for value in packets.values(name):
            says = vocabulary.program(value)
            if says is not None:
                yield _declaration("xmp", says, title, value)


def _declaration(kind: DeclarationKind, says: Says, title: str, value: str) -> Declaration:
    return Declaration(kind=kind, says=says, trust="declared", detail=f"{title} {printable(value)}")
