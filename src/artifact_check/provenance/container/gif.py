"""GIF: extensions between the pictures (GIF89a, 1990)."""

from __future__ import annotations

from artifact_check.provenance.container.metadata import MAX_TEXT, Found, Text, decoded

_MAX_GIF = 50_000_000  # bytes that are looked at


def read(data: bytes, found: Found) -> None:
    """Add the comments and the XMP."""
    data = data[:_MAX_GIF]
    place = 13 + _colours(data[10])
    while place + 1 < len(data):
        if data[place] == 0x2C:  # noqa: PLR2004 - a picture: its own colours, then the pixels
            place, _ = _sub_blocks(data, place + 11 + _colours(int.from_bytes(data[place + 9 : place + 10])))
        elif data[place] == 0x21:  # noqa: PLR2004 - an extension
            start, label = place + 2, data[place + 1]
            place, contents = _sub_blocks(data, start)
            if label == 0xFE:  # noqa: PLR2004 - a comment
                found.add_text(Text("gif_comment", "", decoded(contents)))
            elif data[start : start + 12] == b"\x0bXMP DataXMP":
                # Written as it is, without lengths, before 258 bytes that lead any reader of lengths to the end.
                found.add_xmp(data[start + 12 : place - 258])
        else:
            return


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _sub_blocks(data: bytes, place: int) -> tuple[int, bytes]:
    """The place behind a chain of sub-blocks, and the beginning of what is in them."""
    contents = bytearray()
    while place < len(data) and data[place]:
        if len(contents) < MAX_TEXT:
            contents += data[place + 1 : place + 1 + data[place]]
        place += 1 + data[place]
    return place + 1, bytes(contents)
