"""XMP packets: the properties of the picture itself (XMP part 1, 2012).

Only these count, not those of the ingredients, pantries and other structures inside, which speak about other pictures.
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

Properties = dict[str, tuple[str, ...]]  # values by name, {namespace}name in lower case: writers disagree about case


class Packets(NamedTuple):
    """The properties of all packets that are XMP."""

    properties: Properties

    def values(self, *names: str) -> tuple[str, ...]:
        """All values of the named properties ({namespace}name in lower case), in the order of the names."""
        return tuple(value for name in names for value in self.properties.get(name, ()))

    @property
    def origin(self) -> Says | None:
        """What DigitalSourceType says: the first that speaks of AI, or else the first; None if there is none."""
        says = [vocabulary.source_type(value)[0] for value in self.values(*SOURCE_TYPES)]
        return next((s for s in says if s.startswith("ai_")), next(iter(says), None))


def parsed(packets: Iterable[bytes]) -> Packets:
    """The properties of the picture in all packets; one that is not plain XML has none.

    A packet with a document type (the way to entity bombs and external files) or a very deep one is not read.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for packet in packets:
        try:
            root = _root(packet.strip(b"\x00"))  # writers pad packets with zeros
        except (SyntaxError, ValueError):  # what the parsers raise on what is not XML, or not allowed
            continue
        for name, value in _properties(root):
            if value := value.strip():
                found[name.lower()].append(value)
    return Packets({name: tuple(values) for name, values in found.items()})


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
            items = element.findall(f"./*/{_RDF}li") if len(element) else ()
            for item in items or (element,):
                # RDF writes a URI as text or, properly, as a resource.
                yield element.tag, item.get(f"{_RDF}resource") or (item.text or "")


def credited(line: str, packets: Packets) -> Says | None:
    """What a credit line says; where DigitalSourceType says anything less than "made by AI", that weighs more."""
    says = vocabulary.credit(line)
    if says == "ai_generated" and packets.origin not in ("ai_generated", None):
        return "ai_edited"
    return says
