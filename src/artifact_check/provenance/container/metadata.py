"""What a format's parser has found in a file, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

# Bounds on what is taken out of one file, in bytes; what is longer is passed over.
MAX_XMP = 1_000_000  # one packet; a photo's has some thousands
MAX_TEXT = 4_000_000  # one text; a generator's graph has some ten thousands
MAX_ALL_TEXTS = 16_000_000
MAX_EXIF = 16_000_000
MAX_IPTC = 1_000_000
_MAX_PACKETS = 4
_MAX_TEXTS = 64

MAX_PIECES = 10_000  # segments or chunks that are looked at; a photo has some tens


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is no XMP, where it stood and under which keyword (a PNG's; else "")."""

    place: Literal["png_text", "jpeg_comment", "exif_user_comment", "gif_comment"]
    keyword: str
    text: str


@dataclass(slots=True)
class Found:
    """What a format's parser has found so far; keeps the bounds."""

    xmp: list[bytes] = field(default_factory=list)
    exif: bytes | None = None
    iptc: bytes | None = None
    texts: list[Text] = field(default_factory=list)
    _room: int = MAX_ALL_TEXTS

    def add_xmp(self, packet: bytes) -> None:
        """One packet; a longer one than `MAX_XMP`, or one after the fourth, is passed over."""
        if len(packet) <= MAX_XMP and len(self.xmp) < _MAX_PACKETS:
            self.xmp.append(packet)

    def add_exif(self, block: bytes) -> None:
        """The first block counts, as for most readers; some writers keep JPEG's header everywhere."""
        if self.exif is None and len(block) <= MAX_EXIF:
            self.exif = block.removeprefix(b"Exif\0\0")

    def add_resources(self, resources: bytes) -> None:
        """Photoshop's image resources, among which 0x0404 holds the IPTC records."""
        if self.iptc is None:
            self.iptc = next((block for number, block in _resources(resources) if number == 0x0404), None)  # noqa: PLR2004

    def add_text(self, text: Text) -> None:
        """One text, if there is room for it."""
        if len(self.texts) < _MAX_TEXTS and len(text.text) <= min(MAX_TEXT, self._room):
            self._room -= len(text.text)
            self.texts.append(text)


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and contents of Photoshop's image resources (Photoshop File Formats, 2019, "Image Resource Blocks")."""
    place = 0
    for _ in range(MAX_PIECES):
        if data[place : place + 4] != b"8BIM" or place + 12 > len(data):
            return
        number = int.from_bytes(data[place + 4 : place + 6])
        start = place + 6 + (data[place + 6] // 2 * 2 + 2)  # the name and its length, padded to even
        size = int.from_bytes(data[start : start + 4])
        if start + 4 + size > len(data):
            return
        if size <= MAX_IPTC:
            yield number, data[start + 4 : start + 4 + size]
        place = start + 4 + size + size % 2


def decoded(content: bytes) -> str:
    """UTF-8, or else Latin-1, which any bytes are."""
    content = content[:MAX_TEXT]
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
