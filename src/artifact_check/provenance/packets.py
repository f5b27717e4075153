"""Parses XMP packets for the properties of the picture itself (XMP part 1, 2012).

Properties inside ingredients, pantries and other nested structures describe other pictures and are ignored.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser

from artifact_check.provenance import vocabulary
from artifact_check.provenance.xmp_text import decode_packet, repaired_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from artifact_check.results import Says

_MAX_DEPTH = 64
_MAX_ELEMENTS = 80_000  # of one packet; Photoshop's lists of ancestors have some ten thousand

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_VALUE = f"{_RDF}value"
IPTC = "{http://iptc.org/std/iptc4xmpext/2008-02-29/}"
SOURCE_TYPES = (
    f"{IPTC}digitalsourcetype",
    f"{IPTC}digitalsourcefiletype",  # until IPTC Extension 1.1
)

Properties = dict[str, tuple[str, ...]]  # values by {namespace}name in lower case, since writers differ in case


class Packets(NamedTuple):
    """The properties from all packets of a file, and whether some of what the packets hold could not be read."""

    properties: Properties
    damaged: bool

    def values(self, *names: str) -> tuple[str, ...]:
        """All values of the named properties ({namespace}name in lower case), in the order of the names."""
        return tuple(value for name in names for value in self.properties.get(name, ()))

    @property
    def source_type(self) -> Says | None:
        """The meaning of DigitalSourceType: the first value about AI, or else the first; None if there is none."""
        says = [vocabulary.source_type(value)[0] for value in self.values(*SOURCE_TYPES)]
        return next((s for s in says if s.startswith("ai_")), next(iter(says), None))


def parse_packets(packets: Iterable[bytes]) -> Packets:
    """Collect the picture's properties from all packets; of a damaged packet, from what precedes the damage.

    Packets with a document type (which allows entity bombs and external files) and very deep ones are not read.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    damaged = False
    for packet in packets:
        for tree in _trees(decode_packet(packet)):
            damaged |= not tree.complete
            for name, value in _properties(tree.root):
                if value := value.strip():
                    found[name.lower()].append(value)
    return Packets({name: tuple(values) for name, values in found.items()}, damaged)


class _Tree(NamedTuple):
    root: Element | None
    complete: bool


_NOTHING = _Tree(None, complete=False)
_EMPTY = re.compile(r"(?:<\?xpacket[^<>]*\?>\s*)+")  # as some cameras write it


def _trees(text: str) -> Iterable[_Tree]:
    """Parse a packet, if need be after repairs."""
    if not text:
        return ()
    try:
        tree = _parse(text)
        if tree.complete:
            return (tree,)
        if _EMPTY.fullmatch(text):
            return ()
        return tuple(map(_parse, repaired_documents(text))) or (_NOTHING,)
    except ValueError:  # not allowed
        return (_NOTHING,)


def _parse(text: str) -> _Tree:
    """Parse as much as is well-formed.

    Raises:
        ValueError: there is a document type, or elements are nested very deep or very many.
    """
    builder = _ShallowTree()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(text)
        return _Tree(parser.close(), complete=True)
    except SyntaxError:
        return _Tree(builder.close(), complete=False)


class _ShallowTree(TreeBuilder):
    """A tree builder that refuses trees far deeper or larger than metadata, which would take much time."""

    _depth = _elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise ValueError("nested very deep, or very many elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _properties(root: Element | None) -> Iterator[tuple[str, str]]:
    """Yield name and value of each property of the picture. RDF writes them as attributes or as elements.

    A description is called rdf:Description, or by its type.
    """
    for rdf in () if root is None else _outermost_rdf(root):
        for description in rdf:
            yield from description.items()
            for element in description:
                items = element.findall(f"./*/{_RDF}li") if len(element) else ()
                for item in items or (element,):
                    yield element.tag, _value(item)


def _outermost_rdf(element: Element) -> Iterator[Element]:
    if element.tag == f"{_RDF}RDF":
        yield element
    else:
        for inner in element:
            yield from _outermost_rdf(inner)


def _value(item: Element) -> str:
    """Return the text of a property. A URI is written as a resource (correct) or as text; a value that has qualifiers
    is inside (rdf:value).
    """
    plain = item.get(f"{_RDF}resource") or item.get(_VALUE) or (item.text or "").strip()
    if plain or not len(item):
        return plain
    nested = item.find(f"{_RDF}Description")
    holder = item if nested is None else nested
    inner = holder.find(_VALUE)
    return holder.get(_VALUE) or ("" if inner is None else inner.get(f"{_RDF}resource") or inner.text or "")


def interpret_credit(line: str, packets: Packets) -> Says | None:
    """Interpret a credit line; a DigitalSourceType other than "made by AI" reduces "made by AI" to "edited with AI"."""
    says = vocabulary.credit(line)
    if says == "ai_generated" and packets.source_type not in ("ai_generated", None):
        return "ai_edited"
    return says
