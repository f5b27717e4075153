"""Refuses pictures whose values follow no curve of an ordinary screen: PQ and HLG (HDR), linear and logarithmic ones.

Read as sRGB they would look flat and dark, and be measured like that. Tone mapping would give pixels that depend on its
method, and of which no model has seen any. A gain map is no such thing: it comes beside an ordinary picture, which is
the one that is decoded (Ultra HDR, Apple, ISO 21496-1).

What says so: the `colr` box of a HEIF or AVIF picture (ISO/IEC 23008-12), the `cICP` or, of linear light, `gAMA` chunk
of a PNG (W3C PNG 3, 2025, 11.3.2), and an ICC profile's `cicp` tag (ICC.1:2022, 9.2.17) or name. Numbers are those of
ITU-T H.273, table 3.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import suppress

from artifact_check.errors import HighDynamicRangeError
from artifact_check.photo.containers import PNG_SIGNATURE, Box, Cursor, boxes, chunks
from artifact_check.phrase import Phrase

_REFUSED = {8: "linear light", 9: "a logarithmic curve", 10: "a logarithmic curve", 16: "PQ (HDR)", 18: "HLG (HDR)"}
_LINEAR, _GAMMA_OF_ONE = 8, (100_000).to_bytes(4)
_NUMBER_BY_NAME = {b"PQ": 16, b"HLG": 18}
_PROFILE_NAME = re.compile(rb"\b(PQ|HLG)\b")
_MAX_TAGS = 100  # of an ICC profile
_MAX_ITEMS = 4096


def require_ordinary_range(data: bytes, icc: object) -> None:
    """Check what a file and its ICC profile say of the curve that its values follow; no bytes are no profile.

    Raises:
        HighDynamicRangeError: it is none of an ordinary screen.
    """
    for transfer in (*_declared_by_container(data), *_declared_by_profile(icc if isinstance(icc, bytes) else b"")):
        if transfer in _REFUSED:
            raise HighDynamicRangeError(
                Phrase(
                    "The picture's values follow {curve:text}, not the curve of an ordinary screen, so they "
                    "cannot be judged; export it as SDR (standard dynamic range), as JPEG or PNG.",
                    curve=_REFUSED[transfer],
                )
            )


def _declared_by_container(data: bytes) -> Iterator[int]:
    if data.startswith(PNG_SIGNATURE):
        yield from _declared_by_png(data)
    elif data[4:8] == b"ftyp":
        meta = next((box for box in boxes(data, 0, len(data)) if box.type == b"meta"), None)
        with suppress(ValueError):  # a box contradicts itself
            yield from _of_primary_item(data, meta) if meta else ()


def _declared_by_png(data: bytes) -> Iterator[int]:
    before = itertools.takewhile(lambda chunk: chunk[0] != b"IDAT", chunks(data))  # where such chunks are
    said = {kind: data[start:end] for kind, start, end in before}
    if b"cICP" in said:
        yield from said[b"cICP"][1:2]
    elif said.get(b"gAMA") == _GAMMA_OF_ONE and not said.keys() & {b"sRGB", b"iCCP"}:  # which count before it
        yield _LINEAR


def _declared_by_profile(icc: bytes) -> Iterator[int]:
    for position in range(132, 132 + 12 * min(int.from_bytes(icc[128:132]), _MAX_TAGS), 12):
        tag, *place = (icc[at : at + 4] for at in (position, position + 4, position + 8))
        start, size = map(int.from_bytes, place)
        content = icc[start : start + size]
        if tag == b"cicp":
            yield from content[9:10]
        elif tag == b"desc" and (found := _PROFILE_NAME.search(content.replace(b"\0", b""))):  # ASCII, or UTF-16
            yield _NUMBER_BY_NAME[found[1]]


def _of_primary_item(data: bytes, meta: Box) -> Iterator[int]:
    """Yield the transfer numbers of the picture that is shown: its own, and those of the tiles that it is made of.

    Raises:
        ValueError: a box contradicts itself.
    """
    inside = {box.type: box for box in boxes(data, meta.start + 4, meta.end)}
    if not inside.keys() >= {b"pitm", b"iprp"}:
        return
    primary = Cursor(data, inside[b"pitm"].start, inside[b"pitm"].end)
    item = primary.number(2 if primary.number(4) >> 24 == 0 else 4)
    shown = {item, *(_tiles(data, inside[b"iref"], item) if b"iref" in inside else ())}
    properties = {box.type: box for box in boxes(data, inside[b"iprp"].start, inside[b"iprp"].end)}
    if not properties.keys() >= {b"ipco", b"ipma"}:
        return
    known = list(boxes(data, properties[b"ipco"].start, properties[b"ipco"].end))
    for index in _property_indices(data, properties[b"ipma"], shown):
        if 0 < index <= len(known) and known[index - 1].type == b"colr":
            colour = Cursor(data, known[index - 1].start, known[index - 1].end)
            if colour.take(4) == b"nclx":
                colour.number(2)  # primaries
                yield colour.number(2)


def _tiles(data: bytes, iref: Box, item: int) -> Iterator[int]:
    """Yield the items that an item is derived from."""
    cursor = Cursor(data, iref.start, iref.end)
    wide = 2 if cursor.number(4) >> 24 == 0 else 4
    for box in boxes(data, cursor.position, iref.end):
        reference = Cursor(data, box.start, box.end)
        if box.type == b"dimg" and reference.number(wide) == item:
            for _ in range(min(reference.number(2), _MAX_ITEMS)):
                yield reference.number(wide)
            return


def _property_indices(data: bytes, ipma: Box, shown: set[int]) -> set[int]:
    """Return the properties of the shown items, counted from 1."""
    cursor = Cursor(data, ipma.start, ipma.end)
    head = cursor.number(4)
    item_size, index_size = (2 if head >> 24 == 0 else 4), (2 if head & 1 else 1)
    found: set[int] = set()
    for _ in range(min(cursor.number(4), _MAX_ITEMS)):
        item = cursor.number(item_size)
        indices = [cursor.number(index_size) for _ in range(cursor.number(1))]
        if item in shown:
            found.update(index & (0x7FFF if index_size > 1 else 0x7F) for index in indices)  # without "essential"
    return found
