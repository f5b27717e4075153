"""Collects the metadata that a format's parser finds, within the bounds of `limits`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from artifact_check.provenance.limits import (
    MAX_ALL_TEXTS,
    MAX_ALL_XMP,
    MAX_EXIF,
    MAX_IPTC,
    MAX_SEGMENTS,
    MAX_TEXT,
    MAX_TEXTS,
    MAX_XMP,
    MAX_XMP_PACKETS,
)
from artifact_check.provenance.tiff import Tiff


@dataclass(frozen=True, slots=True)
class Text:
    """A text other than XMP, with its location and its keyword (of a PNG text; else "")."""

    location: Literal["png_text", "jpeg_comment", "exif_user_comment", "gif_comment", "samsung_trailer"]
    keyword: str
    text: str


@dataclass(slots=True)
class Metadata:
    """The metadata found so far; anything beyond the bounds is dropped."""

    xmp: list[bytes] = field(default_factory=list)
    exif: Tiff | None = None
    iptc: bytes | None = None
    texts: list[Text] = field(default_factory=list)
    xmp_left_out: bool = False
    has_manifest: bool = False
    _xmp_left: int = MAX_ALL_XMP
    _characters_left: int = MAX_ALL_TEXTS

    def add_xmp(self, packet: bytes) -> None:
        """Add a packet, unless this would exceed the bounds."""
        if len(self.xmp) < MAX_XMP_PACKETS and len(packet) <= min(MAX_XMP, self._xmp_left):
            self._xmp_left -= len(packet)
            self.xmp.append(packet)
        else:
            self.xmp_left_out = True

    def add_exif(self, block: bytes) -> None:
        """Add the first EXIF block, which is the one that most software reads. Some writers keep JPEG's prefix."""
        if self.exif is None and len(block) <= MAX_EXIF:
            with suppress(ValueError):
                self.exif = Tiff(block.removeprefix(b"Exif\0\0"))

    def add_resources(self, resources: bytes) -> None:
        """Add the IPTC records from Photoshop's image resources (resource 0x0404)."""
        if self.iptc is None:
            self.iptc = next((block for number, block in _resources(resources) if number == 0x0404), None)  # noqa: PLR2004

    def add_text(self, text: Text) -> None:
        """Add a text, unless this would exceed the bounds."""
        if len(self.texts) < MAX_TEXTS and len(text.text) <= min(MAX_TEXT, self._characters_left):
            self._characters_left -= len(text.text)
            self.texts.append(text)


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and contents of image resources (Photoshop File Formats, 2019, "Image Resource Blocks")."""
    position = 0
    for _ in range(MAX_SEGMENTS):
        if data[position : position + 4] != b"8BIM" or position + 12 > len(data):
            return
        number = int.from_bytes(data[position + 4 : position + 6])
        start = position + 6 + (data[position + 6] // 2 * 2 + 2)  # the name and its length, padded to even
        size = int.from_bytes(data[start : start + 4])
        if start + 4 + size > len(data):
            return
        if size <= MAX_IPTC:
            yield number, data[start + 4 : start + 4 + size]
        position = start + 4 + size + size % 2


def decode_text(content: bytes) -> str:
    """Decode as UTF-8, or else as Latin-1, which accepts any bytes."""
    content = content[:MAX_TEXT]
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
