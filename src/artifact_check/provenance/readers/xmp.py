"""XMP: what generators, editors and cameras write about a picture's origin. Anyone can write or remove it.

IPTC Photo Metadata 2025.1 defines DigitalSourceType, the AI fields, the credit line and Digital Image GUID. XMP part 2
defines xmp:CreatorTool and tiff:Software.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from artifact_check.phrase import Phrase
from artifact_check.provenance import vocabulary
from artifact_check.provenance.packets import IPTC, SOURCE_TYPES, Packets, interpret_credit
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.results import Declaration, DeclarationKind, Says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container

_MAX_DECLARATIONS = 8  # that one file can add to a report

_GUID = f"{IPTC}digimageguid"
_CREDIT = "{http://ns.adobe.com/photoshop/1.0/}credit"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_PROGRAMS = {
    "{http://ns.adobe.com/xap/1.0/}creatortool": "XMP CreatorTool",
    "{http://ns.adobe.com/tiff/1.0/}software": "XMP Software",
}
_SYSTEM = f"{IPTC}aisystemused"
_AI_FIELDS = {
    _SYSTEM: "AI System Used",
    f"{IPTC}aisystemversionused": "AI System Version Used",
    f"{IPTC}aipromptinformation": "AI Prompt Information",
    f"{IPTC}aipromptwritername": "AI Prompt Writer Name",
}
# What forms hold where no AI was used.
_DENIAL = re.compile(
    r"[\W_]*|\W*(?:n/?a|nil|no|false|unknown|undefined|null|0"
    r"|(?:none|not (?:applicable|used)|(?:no|without)(?: \w+)? ai(?: \w+)?|ai(?: was)? not)(?: (?:was )?used)?)\W*",
    re.IGNORECASE,
)
_PART, _UNREADABLE = "XMP that can be read only in part", "XMP that cannot be read"
_JOB = re.compile(r"\bJob ID: ([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*$")


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """Return what the packets state about the picture's origin, without duplicates."""
    packets = container.packets
    statements = (
        *_source_types(packets),
        *_ai_fields(packets),
        *_credits(packets),
        *_midjourney(packets, container),
        *_programs(packets),
        *_damage(container),
    )
    return tuple(islice(dict.fromkeys(statements), _MAX_DECLARATIONS))


def _source_types(packets: Packets) -> Iterator[Declaration]:
    for value in packets.values(*SOURCE_TYPES):
        says, shown = vocabulary.source_type(value)
        yield _declaration("iptc", says, "IPTC DigitalSourceType", shown)


def _ai_fields(packets: Packets) -> Iterator[Declaration]:
    """Yield the fields that name an AI system. Without a DigitalSourceType of "made by AI" they mean an edit."""
    says: Says = "ai_generated" if packets.source_type == "ai_generated" else "ai_edited"
    for name, title in _AI_FIELDS.items():
        for value in packets.values(name):
            if _DENIAL.fullmatch(value[:100]):
                continue
            system = printable(value, 60) if name == _SYSTEM else ""
            yield _declaration("iptc", says, f"IPTC {title}", value, system)


def _credits(packets: Packets) -> Iterator[Declaration]:
    for line in packets.values(_CREDIT):
        says = interpret_credit(line, packets)
        if says is not None:
            yield _declaration("iptc", says, "IPTC Credit", line, vocabulary.credited_generator(line))


def _midjourney(packets: Packets, container: Container) -> Iterator[Declaration]:
    """Yield Midjourney's job id, which must be both the Digital Image GUID and the end of the description."""
    descriptions = [text.text for text in container.texts if text.keyword == "Description"]
    jobs = {job[1].lower() for text in (*packets.values(_DESCRIPTION), *descriptions) if (job := _JOB.search(text))}
    for guid in packets.values(_GUID):
        if guid.lower() in jobs:
            yield _declaration("xmp", "ai_generated", "Midjourney Job ID", guid, "Midjourney")


def _programs(packets: Packets) -> Iterator[Declaration]:
    for name, title in _PROGRAMS.items():
        for value in packets.values(name):
            says = vocabulary.program(value)
            if says is not None:
                yield _declaration("xmp", says, title, value, vocabulary.maker(says, value))


def _damage(container: Container) -> Iterator[Declaration]:
    """Yield that there is XMP which cannot be read, so that a file with damaged XMP is not taken for one without."""
    if container.packets.damaged or container.xmp_left_out:
        yield Declaration("xmp", "unknown", "declared", Phrase(_PART if container.packets.properties else _UNREADABLE))


def _declaration(kind: DeclarationKind, says: Says, title: str, value: str, generator: str = "") -> Declaration:
    return Declaration(kind, says, "declared", f"{title} {printable(value)}", generator)


READER = Reader(read, rank=1)
