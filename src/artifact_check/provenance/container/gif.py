"""GIF: metadata in extension blocks between the pictures (GIF89a, 1990; C2PA Technical Specification 2.2, A.3.7)."""

from __future__ import annotations

from artifact_check.provenance.container.metadata import Metadata, Text, decode_text
from artifact_check.provenance.limits import MAX_SEGMENTS, MAX_TEXT

_MAX_GIF = 50_000_000  # bytes that are read
_MAX_SUB_BLOCKS = 400_000  # of one file; so many bytes of pixels fill half as many


def read(data: bytes, metadata: Metadata) -> None:
    """Add the comments, the XMP and the manifest store."""
    data = data[:_MAX_GIF]
    position, room = 13 + _palette_size(data[10]), _MAX_SUB_BLOCKS
    for _ in range(MAX_SEGMENTS):
        if position + 1 >= len(data) or room <= 0:
            return
        if data[position] == 0x2C:  # noqa: PLR2004 - a picture: its own palette, then pixels
            start = position + 11 + _palette_size(int.from_bytes(data[position + 9 : position + 10]))
            position, room = _skip_sub_blocks(data, start, room)
        elif data[position] == 0x21:  # noqa: PLR2004 - an extension
            start, label = position + 2, data[position + 1]
            position, room = _skip_sub_blocks(data, start, room)
            if label == 0xFE:  # noqa: PLR2004 - a comment
                metadata.add_text(Text("gif_comment", "", decode_text(_contents(data, start, position))))
            elif data[start : start + 12] == b"\x0bXMP DataXMP":
                # The packet is not in sub-blocks; the 258 bytes after it lead any reader of sub-blocks to the end.
                metadata.add_xmp(data[start + 12 : position - 258])
            elif data[start : start + 12] == b"\x0bC2PA_GIF\1\0\0":
                metadata.has_manifest = True
        else:
            return


def _palette_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_sub_blocks(data: bytes, position: int, room: int) -> tuple[int, int]:
    """Return the position after a chain of at most `room` sub-blocks, and how many more may follow."""
    while room > 0 and position < len(data) and data[position]:
        position += 1 + data[position]
        room -= 1
    return position + 1, room


def _contents(data: bytes, position: int, end: int) -> bytes:
    """Return the contents of a chain of sub-blocks up to `MAX_TEXT`."""
    contents = bytearray()
    while position < end - 1 and len(contents) < MAX_TEXT:
        contents += data[position + 1 : position + 1 + data[position]]
        position += 1 + data[position]
    return bytes(contents)
