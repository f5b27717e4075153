"""The trailer of Samsung's phones, behind the picture: its directory is at the very end (exiftool, Samsung.pm)."""

from __future__ import annotations

from artifact_check.provenance.container.metadata import Metadata, Text, decode_text
from artifact_check.provenance.limits import MAX_TEXT

_EDITS = b"PhotoEditor_Re_Edit_Data"
_ENTRY = 12  # bytes: type, distance of the block before the directory, and its size
_MAX_ENTRIES = 200


def read(data: bytes, end: int, metadata: Metadata) -> None:
    """Add what Samsung's editor notes, if a trailer ends at `end`."""
    if data[end - 4 : end] != b"SEFT":
        return
    directory = end - 8 - int.from_bytes(data[end - 8 : end - 4], "little")
    if directory < 0 or data[directory : directory + 4] != b"SEFH":
        return
    count = int.from_bytes(data[directory + 8 : directory + 12], "little")
    for number in range(min(count, _MAX_ENTRIES)):
        entry = data[directory + 12 + _ENTRY * number : directory + 12 + _ENTRY * (number + 1)]
        distance, size = int.from_bytes(entry[4:8], "little"), int.from_bytes(entry[8:12], "little")
        start = directory - distance
        if start < 0 or not data.startswith(_EDITS, start + 8) or size > MAX_TEXT:
            continue
        text = decode_text(data[start + 8 + len(_EDITS) : min(start + size, directory)])
        metadata.add_text(Text("samsung_trailer", "", text))
