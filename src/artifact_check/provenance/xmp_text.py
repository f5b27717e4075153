"""Turns XMP packets into XML, and repairs what writers get wrong where a rule can (XMP part 1, 2012, 7; XML 1.0).

Files carry packets in other encodings, with control characters, without declarations of their prefixes, or followed by
what an earlier and longer packet left. exiftool reads all of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifact_check.provenance.limits import MAX_XMP_PACKETS

if TYPE_CHECKING:
    from collections.abc import Iterator

JPEG_HEADER = b"http://ns.adobe.com/xap/1.0/\0"  # of a packet's segment; some writers keep it in other formats

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xap": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
}
_MAX_PREFIXES = 64

_WIDE_ENCODINGS = (
    ("utf-32", re.compile(rb"<\0\0\0[^\0]\0\0\0"), 4),
    ("utf-16", re.compile(rb"<\0[^\0]\0"), 2),
)
_INVALID_BYTES = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}  # as "surrogateescape" decodes them
_AROUND = "\0\ufeff\ufffe \t\r\n"

_START = re.compile(r"<((?:[\w.-]{1,40}:)?(?:xmpmeta|xapmeta|RDF))[\s>]")
_NOT_XML = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+"
_SEPARATING_CONTROLS = re.compile(rf"(?<=[\"']){_NOT_XML}(?=\w)")
_CONTROLS = re.compile(_NOT_XML)
_REFERENCE_TO_CONTROL = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[\da-fA-F]));")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)")
_BARE_BRACKET = re.compile(r"<(?![A-Za-z_/!?])")
_SLASH_IN_NAME = re.compile(r"(</?[\w.-]{1,40}:[\w.-]{1,60})/(?=[\w.-])")  # such as exif:TIFF/EPStandardID
_TAG = re.compile(r"<[A-Za-z_](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>")
_ATTRIBUTE = re.compile(
    r"(?<=\s)([\w.-]+(?::[\w.-]+)?)\s{0,9}=(?:\s{0,9}(\"[^\"]*\"|'[^']*')|((?:[^\s\"'>/]|/(?!>))*+))"
)
_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,40}):[A-Za-z_]")
_DECLARED_PREFIX = re.compile(r"xmlns:([\w.-]{1,40})\s*=\s*(\"[^\"<&]*\"|'[^'<&]*')")


def decode_packet(packet: bytes) -> str:
    """Decode UTF-8, UTF-16 or UTF-32 of either byte order; bytes that are not UTF-8 are read as Latin-1."""
    packet = packet.removeprefix(JPEG_HEADER)
    for encoding, pattern, width in _WIDE_ENCODINGS:
        if found := pattern.search(packet, 0, 4096):
            unit = found.start() % width
            order = "le" if unit == 0 else "be"
            return packet.decode(f"{encoding}-{order}", "replace").strip(_AROUND)
    try:
        text = packet.decode()
    except UnicodeDecodeError:
        text = packet.decode("utf-8", "surrogateescape").translate(_INVALID_BYTES)
    return text.strip(_AROUND)


def repaired_documents(text: str) -> Iterator[str]:
    """Yield each XMP document in a packet, without what stands around it, repaired by rule."""
    position = 0
    for _ in range(MAX_XMP_PACKETS):
        start = _START.search(text, position)
        if start is None:
            return
        close = f"</{start[1]}"
        end = text.find(close, start.end())
        again = text.find(f"<{start[1]}", start.end(), len(text) if end < 0 else end)
        if again >= 0:  # the first was cut off where the next one begins
            position, tail = again, ""
        elif end < 0:
            position, tail = len(text), ""
        else:
            position, tail = end + len(close), ">"
        yield _repair(text[start.start() : position] + tail)


def _repair(document: str) -> str:
    document = _CONTROLS.sub("", _SEPARATING_CONTROLS.sub(" ", document))
    document = _BARE_AMPERSAND.sub("&amp;", _REFERENCE_TO_CONTROL.sub("", document))
    document = _SLASH_IN_NAME.sub(r"\1_", _BARE_BRACKET.sub("&lt;", document))
    return _declare_prefixes(_TAG.sub(_mend_attributes, document))


def _mend_attributes(tag: re.Match[str]) -> str:
    """Put values between quotes, and drop an attribute that an earlier one of its name precedes."""
    seen: set[str] = set()

    def mend(attribute: re.Match[str]) -> str:
        name, quoted, bare = attribute.groups()
        if name in seen:
            return ""
        seen.add(name)
        return f"{name}={quoted}" if quoted else f'{name}="{bare}"'

    return _ATTRIBUTE.sub(mend, tag[0])


def _declare_prefixes(document: str) -> str:
    """Declare each prefix at the root element: as elsewhere in the document, or else as XMP's specification has it."""
    root, bracket, rest = document.partition(">")
    own = {name for name, _ in _DECLARED_PREFIX.findall(root)} | {"xml", "xmlns"}
    known = {name: f"'{address}'" for name, address in NAMESPACES.items()} | dict(_DECLARED_PREFIX.findall(rest))
    missing = sorted({name for name in _PREFIX.findall(document) if name not in own})[:_MAX_PREFIXES]
    declared = "".join(f" xmlns:{name}={known.get(name, repr(f'undeclared:{name}'))}" for name in missing)
    end = re.search(r"[\s/]|$", root)
    place = end.start() if end else len(root)
    return f"{root[:place]}{declared}{root[place:]}{bracket}{rest}"
