"""IPTC's older IIM records (IIM 4.2, 2014): the credit line 2:110 and the originating program 2:65.

A record is the byte 0x1C, a record number, a dataset number, a length of two bytes, and contents. Records of extended
length are longer than these texts, so reading stops there.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from artifact_check.provenance import vocabulary
from artifact_check.provenance.packets import interpret_credit
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.results import Declaration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container

_MAX_RECORDS = 2000
_CHARACTER_SET, _PROGRAM, _CREDIT = (1, 90), (2, 65), (2, 110)
_UTF8 = b"\x1b%G"  # ISO 2022's escape sequence for UTF-8; without it, contents are read as Latin-1


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """Return what the records state about the picture's origin, without duplicates."""
    records = tuple(islice(_records(container.iptc or b""), _MAX_RECORDS))
    encoding = "utf-8" if (_CHARACTER_SET, _UTF8) in records else "latin-1"
    texts = [(dataset, block.decode(encoding, "replace").strip("\0 ")) for dataset, block in records]
    return tuple(dict.fromkeys((*_credits(texts, container), *_programs(texts))))


def _credits(texts: list[tuple[tuple[int, int], str]], container: Container) -> Iterator[Declaration]:
    lines = [text for dataset, text in texts if dataset == _CREDIT]
    for line in lines:
        says = interpret_credit(line, container.packets)  # only XMP can hold DigitalSourceType
        if says is not None:
            detail = f"IPTC Credit {printable(line)}"
            yield Declaration("iptc", says, "declared", detail, vocabulary.credited_generator(line))


def _programs(texts: list[tuple[tuple[int, int], str]]) -> Iterator[Declaration]:
    for dataset, text in texts:
        says = vocabulary.program(text) if dataset == _PROGRAM else None
        if says is not None:
            detail = f"IPTC Originating Program {printable(text)}"
            yield Declaration("iptc", says, "declared", detail, vocabulary.maker(says, text))


def _records(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    position = 0
    while position + 5 <= len(data) and data[position] == 0x1C:  # noqa: PLR2004 - every record begins so
        size = int.from_bytes(data[position + 3 : position + 5])
        if size & 0x8000 or position + 5 + size > len(data):
            return
        yield (data[position + 1], data[position + 2]), data[position + 5 : position + 5 + size]
        position += 5 + size


READER = Reader(read, rank=2)
