"""Parses XMP packets for the properties of the picture itself (XMP part 1, 2012).

Properties inside ingredients, pantries and other nested structures describe other pictures and are ignored.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser

from artifact_check.provenance import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from artifact_check.results import Says

_MAX_DEPTH = 64

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/iptc4xmpext/2008-02-29/}"
SOURCE_TYPES = (
    f"{IPTC}digitalsourcetype",
    f"{IPTC}digitalsourcefiletype",  # until IPTC Extension 1.1
)

Properties = dict[str, tuple[str, ...]]  # values by {namespace}name in lower case, since writers differ in case


class Packets(NamedTuple):
    """The properties from all packets of a file."""

    properties: Properties

    def values(self, *names: str) -> tuple[str, ...]:
        """All values of the named properties ({namespace}name in lower case), in the order of the names."""
        return tuple(value for name in names for value in self.properties.get(name, ()))

    @property
    def source_type(self) -> Says | None:
        """The meaning of DigitalSourceType: the first value about AI, or else the first; None if there is none."""
        says = [vocabulary.source_type(value)[0] for value in self.values(*SOURCE_TYPES)]
        return next((s for s in says if s.startswith("ai_")), next(iter(says), None))


def parse_packets(packets: Iterable[bytes]) -> Packets:
    """Collect the picture's properties from all packets; skip packets that are not well-formed XML.

    Packets with a document type (which allows entity bombs and external files) and very deep ones are skipped, too.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for packet in packets:
        try:
            root = _root(packet.strip(b"\x00"))  # writers pad packets with zeros
        except (SyntaxError, ValueError):  # not XML, or not allowed
            continue
        for name, value in _properties(root):
            if value := value.strip():
                found[name.lower()].append(value)
    return Packets({name: tuple(values) for name, values in found.items()})


class _ShallowTree(TreeBuilder):
    """A tree builder that refuses trees far deeper than metadata, which would slow down every traversal."""

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
    """Yield name and value of each property of the picture. RDF writes them as attributes or as elements."""
    rdf = root if root.tag == f"{_RDF}RDF" else root.find(f"{_RDF}RDF")
    if rdf is None:
        return
    for description in rdf.iterfind(f"{_RDF}Description"):
        yield from description.items()
        for element in description:
            items = element.findall(f"./*/{_RDF}li") if len(element) else ()
            for item in items or (element,):
                # A URI is written as a resource (correct) or as text.
                yield element.tag, item.get(f"{_RDF}resource") or (item.text or "")


def interpret_credit(line: str, packets: Packets) -> Says | None:
    """Interpret a credit line; a DigitalSourceType other than "made by AI" reduces "made by AI" to "edited with AI"."""
    says = vocabulary.credit(line)
    if says == "ai_generated" and packets.source_type not in ("ai_generated", None):
        return "ai_edited"
    return says
