"""IPTC's older records (IIM 4.2, 2014): the credit line 2:110 and the originating program 2:65.

A record is the byte 0x1C, record number, dataset number, length in two bytes, contents. Records of extended length are
larger than anything that is looked for.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from artifact_check.provenance import vocabulary
from artifact_check.provenance.packets import credited, parsed
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.results import Declaration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container

_MAX_RECORDS = 2000
_CHARACTER_SET, _PROGRAM, _CREDIT = (1, 90), (2, 65), (2, 110)
_UTF8 = b"\x1b%G"  # ISO 2022's escape to UTF-8; without it the contents are taken as Latin-1


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """What the records state about the picture's origin, each thing once."""
    records = tuple(islice(_records(container.iptc or b""), _MAX_RECORDS))
    encoding = "utf-8" if (_CHARACTER_SET, _UTF8) in records else "latin-1"
    texts = [(dataset, block.decode(encoding, "replace").strip("\0 ")) for dataset, block in records]
    return tuple(dict.fromkeys((*_credits(texts, container), *_programs(texts))))


def _credits(texts: list[tuple[tuple[int, int], str]], container: Container) -> Iterator[Declaration]:
    lines = [text for dataset, text in texts if dataset == _CREDIT]
    if not lines:
        return
    packets = parsed(container.xmp)  # DigitalSourceType has no place among these records
    for line in lines:
        says = credited(line, packets)
        if says is not None:
            yield Declaration("iptc", says, "declared", f"IPTC Credit {printable(line)}")


def _programs(texts: list[tuple[tuple[int, int], str]]) -> Iterator[Declaration]:
    for dataset, text in texts:
        says = vocabulary.program(text) if dataset == _PROGRAM else None
        if says is not None:
            yield Declaration("iptc", says, "declared", f"IPTC Originating Program {printable(text)}")


def _records(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    place = 0
    while place + 5 <= len(data) and data[place] == 0x1C:  # noqa: PLR2004 - every record begins so
        size = int.from_bytes(data[place + 3 : place + 5])
        if size & 0x8000 or place + 5 + size > len(data):
            return
        yield (data[place + 1], data[place + 2]), data[place + 5 : place + 5 + size]
        place += 5 + size


READER = Reader(read, rank=2)
