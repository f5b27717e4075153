"""What a picture's container carries besides pixels, found without decoding any.

Readers look here, never through the raw bytes: text that merely lies in the file, such as behind the picture's end,
declares nothing. Where metadata stand: JPEG in ITU-T T.81 B.1 and XMP part 3 (2020) 1.1.3, PNG in W3C PNG 3 (2025)
11.3, WebP in RFC 9649, TIFF in `tiff.py`, HEIF and AVIF in `heif.py`, GIF in GIF89a (1990).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from artifact_check.provenance import heif, tiff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Bounds on what is taken out of one file, in bytes; what is longer is passed over.
MAX_XMP = 1_000_000  # one packet; a photo's has some thousands
MAX_TEXT = 4_000_000  # one text; a generator's graph has some ten thousands
_MAX_EXIF = 16_000_000
_MAX_IPTC = 1_000_000
_MAX_PACKETS = 4
_MAX_TEXTS = 64
_MAX_ALL_TEXTS = 16_000_000
_MAX_GIF = 50_000_000

# Bounds on the work that one file can make; what comes behind is not looked at.
_MAX_PIECES = 10_000  # segments or chunks; a photo has some tens
_MAX_PORTIONS = 1000  # of what a JPEG keeps in several segments of 64 kB
_MAX_PNG_CHUNKS = 100_000  # the pixels of a large photo take some ten thousand

_PNG = b"\x89PNG\r\n\x1a\n"
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is no XMP, where it stood and under which keyword (a PNG's; else "")."""

    place: Literal["png_text", "jpeg_comment", "exif_user_comment", "gif_comment"]
    keyword: str
    text: str


@dataclass(frozen=True, slots=True)
class Container:
    """The file's bytes, its format by Pillow's name, and the metadata that stand where that format puts them."""

    data: bytes
    format: str
    xmp: tuple[bytes, ...]  # a JPEG's extended XMP follows the packet that names it
    exif: bytes | None  # a TIFF structure, without the "Exif\0\0" before it; a TIFF file's is the file
    iptc: bytes | None  # IIM records
    texts: tuple[Text, ...]


@dataclass(slots=True)
class _Found:
    """What a format's parser has found so far; keeps the bounds."""

    xmp: list[bytes] = field(default_factory=list)
    exif: bytes | None = None
    iptc: bytes | None = None
    texts: list[Text] = field(default_factory=list)
    _room: int = _MAX_ALL_TEXTS

    def add_xmp(self, packet: bytes) -> None:
        if len(packet) <= MAX_XMP and len(self.xmp) < _MAX_PACKETS:
            self.xmp.append(packet)

    def add_exif(self, block: bytes) -> None:
        """The first block counts, as for most readers; some writers keep JPEG's header everywhere."""
        if self.exif is None and len(block) <= _MAX_EXIF:
            self.exif = block.removeprefix(b"Exif\0\0")

    def add_resources(self, resources: bytes) -> None:
        """Photoshop's image resources, among which 0x0404 holds the IPTC records."""
        if self.iptc is None:
            self.iptc = next((block for number, block in _resources(resources) if number == 0x0404), None)  # noqa: PLR2004

    def add_text(self, text: Text) -> None:
        if len(self.texts) < _MAX_TEXTS and len(text.text) <= min(MAX_TEXT, self._room):
            self._room -= len(text.text)
            self.texts.append(text)


def opened(data: bytes) -> Container:
    """Find the metadata of a picture.

    Raises:
        ValueError: the bytes are no picture of a known format, or end before its pixels.
    """
    name = _format(data)
    found = _Found()
    _PARSERS[name](data, found)
    if found.exif is not None:
        _add_user_comment(found)
    return Container(data, name, tuple(found.xmp), found.exif, found.iptc, tuple(found.texts))


def _format(data: bytes) -> str:
    for name, pattern in _MAGIC:
        if pattern.match(data):
            return name
    brands = heif.brands(data) if data[4:8] == b"ftyp" else frozenset()
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    raise ValueError("not a picture of a known format")


# --- JPEG

_EXIF, _PHOTOSHOP = b"Exif\0\0", b"Photoshop 3.0\0"
_XMP, _EXTENDED_XMP = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
_APP1, _APP13, _COMMENT, _SCAN = 0xE1, 0xED, 0xFE, 0xDA
_HAS_EXTENDED = re.compile(rb"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-Fa-f]{32})")


def _read_jpeg(data: bytes, found: _Found) -> None:
    extended: list[bytes] = []
    resources: list[bytes] = []
    for marker, start, end in _segments(data):
        if marker == _COMMENT:
            found.add_text(Text("jpeg_comment", "", _decoded(data[start:end])))
        elif marker == _APP13 and data.startswith(_PHOTOSHOP, start, end) and len(resources) < _MAX_PORTIONS:
            resources.append(data[start + len(_PHOTOSHOP) : end])
        elif marker == _APP1 and data.startswith(_EXIF, start, end):
            found.add_exif(data[start:end])
        elif marker == _APP1 and data.startswith(_XMP, start, end):
            found.add_xmp(data[start + len(_XMP) : end])
        elif marker == _APP1 and data.startswith(_EXTENDED_XMP, start, end) and len(extended) < _MAX_PORTIONS:
            extended.append(data[start + len(_EXTENDED_XMP) : end])
    found.add_resources(b"".join(resources))  # one list of resources may run over several segments
    if extended and found.xmp and (named := _HAS_EXTENDED.search(found.xmp[0])):
        found.add_xmp(_assembled(extended, named[1]))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the contents of each segment before the pixels."""
    place = 2
    for _ in range(_MAX_PIECES):
        if place + 4 > len(data) or data[place] != 0xFF:  # noqa: PLR2004 - every marker begins so
            break
        marker = data[place + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill
            place += 1
            continue
        if marker == _SCAN:
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # noqa: PLR2004 - markers without contents
            place += 2
            continue
        size = int.from_bytes(data[place + 2 : place + 4])
        if size < 2 or place + 2 + size > len(data):  # noqa: PLR2004 - the size counts itself
            break
        yield marker, place + 4, place + 2 + size
        place += 2 + size
    raise ValueError("a JPEG file without pixels")


def _assembled(portions: list[bytes], guid: bytes) -> bytes:
    """Extended XMP from its portions: GUID (32 bytes), full length and offset (4 each), contents; b"" if one lacks."""
    portions = [portion for portion in portions if portion[:32] == guid]
    pieces = sorted((int.from_bytes(portion[36:40]), portion[40:]) for portion in dict.fromkeys(portions))
    whole = b"".join(piece for _, piece in pieces)
    place = 0
    for offset, piece in pieces:
        if offset != place:
            return b""
        place += len(piece)
    return whole


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and contents of Photoshop's image resources (Photoshop File Formats, 2019, "Image Resource Blocks")."""
    place = 0
    for _ in range(_MAX_PIECES):
        if data[place : place + 4] != b"8BIM" or place + 12 > len(data):
            return
        number = int.from_bytes(data[place + 4 : place + 6])
        start = place + 6 + (data[place + 6] // 2 * 2 + 2)  # the name and its length, padded to even
        size = int.from_bytes(data[start : start + 4])
        if start + 4 + size > len(data):
            return
        if size <= _MAX_IPTC:
            yield number, data[start + 4 : start + 4 + size]
        place = start + 4 + size + size % 2


# --- PNG


def _read_png(data: bytes, found: _Found) -> None:
    pixels, room = False, _MAX_ALL_TEXTS
    for kind, start, end in png_chunks(data):
        pixels |= kind == b"IDAT"
        if kind == b"eXIf":
            found.add_exif(data[start:end])
        elif kind in _PNG_TEXTS and end - start <= MAX_TEXT and room > 0:
            keyword, _, rest = data[start:end].partition(b"\0")
            text = _PNG_TEXTS[kind](rest)
            room -= MAX_TEXT if text is None else len(text)  # bombs are not unpacked one after the other
            if text is not None:
                _add_png_text(keyword.decode("latin-1"), text, found)
    if not pixels:
        raise ValueError("a PNG file without pixels")


def _add_png_text(keyword: str, text: str, found: _Found) -> None:
    if keyword == "XML:com.adobe.xmp":
        found.add_xmp(text.encode())
    elif keyword.startswith("Raw profile type "):
        _add_raw_profile(text, found)
    else:
        found.add_text(Text("png_text", keyword, text))


def _add_raw_profile(text: str, found: _Found) -> None:
    """What ImageMagick makes of a JPEG's metadata: name, length, and hexadecimal digits (coders/png.c)."""
    name, _, rest = text.strip().partition("\n")
    _, _, digits = rest.strip().partition("\n")
    try:
        block = bytes.fromhex(digits)
    except ValueError:
        return
    if block.startswith(_XMP):
        found.add_xmp(block.removeprefix(_XMP))
    elif block.startswith(_EXIF):
        found.add_exif(block)
    elif name == "xmp":
        found.add_xmp(block)
    elif name in ("iptc", "8bim"):
        found.add_resources(block.removeprefix(_PHOTOSHOP))


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the contents of each chunk up to IEND, or up to the first that does not fit."""
    place = len(_PNG)
    for _ in range(_MAX_PNG_CHUNKS):
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        if kind == b"IEND" or place + 12 + size > len(data):
            return
        yield kind, place + 8, place + 8 + size
        place += 12 + size


def _plain_text(rest: bytes) -> str | None:
    return rest.decode("latin-1")


def _packed_text(rest: bytes) -> str | None:
    unpacked = _inflated(rest[1:])
    return None if unpacked is None else unpacked.decode("latin-1")


def _international_text(rest: bytes) -> str | None:
    flags, (_language, _, rest) = rest[:2], rest[2:].partition(b"\0")
    _translated, _, content = rest.partition(b"\0")
    unpacked = _inflated(content) if flags[:1] == b"\1" else content
    return None if unpacked is None else unpacked.decode("utf-8", "replace")


_PNG_TEXTS: dict[bytes, Callable[[bytes], str | None]] = {
    b"tEXt": _plain_text,
    b"zTXt": _packed_text,
    b"iTXt": _international_text,
}


def _inflated(data: bytes) -> bytes | None:
    """Unpacked, or None where that is broken or longer than `MAX_TEXT`."""
    inflate = zlib.decompressobj()
    try:
        unpacked = inflate.decompress(data, MAX_TEXT)
    except zlib.error:
        return None
    return unpacked if inflate.eof else None


# --- WebP, TIFF, HEIF and AVIF, GIF


def _read_webp(data: bytes, found: _Found) -> None:
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    place = 12
    for _ in range(_MAX_PIECES):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if place + 8 + size > end:
            return
        if kind == b"EXIF":
            found.add_exif(data[place + 8 : place + 8 + size])
        elif kind == b"XMP " and size <= MAX_XMP:
            found.add_xmp(data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2


def _read_tiff(data: bytes, found: _Found) -> None:
    structure = tiff.Tiff(data)
    first = structure.first
    if not first.fields:
        raise ValueError("a TIFF file without a directory")
    found.exif = data
    found.add_xmp(structure.raw(first, tiff.XMP, MAX_XMP) or b"")
    found.iptc = structure.raw(first, tiff.IPTC, _MAX_IPTC)
    found.add_resources(structure.raw(first, tiff.PHOTOSHOP, _MAX_EXIF) or b"")


def _read_heif(data: bytes, found: _Found) -> None:
    for item in heif.metadata_items(data, _MAX_EXIF):
        if item.type == b"Exif":
            found.add_exif(item.data[4 + int.from_bytes(item.data[:4]) :])
        elif item.content_type == b"application/rdf+xml":
            found.add_xmp(item.data)


def _read_gif(data: bytes, found: _Found) -> None:
    data = data[:_MAX_GIF]
    place = 13 + _colours(data[10])
    while place + 1 < len(data):
        if data[place] == 0x2C:  # noqa: PLR2004 - a picture: its own colours, then the pixels
            place, _ = _sub_blocks(data, place + 11 + _colours(int.from_bytes(data[place + 9 : place + 10])))
        elif data[place] == 0x21:  # noqa: PLR2004 - an extension
            start, label = place + 2, data[place + 1]
            place, contents = _sub_blocks(data, start)
            if label == 0xFE:  # noqa: PLR2004 - a comment
                found.add_text(Text("gif_comment", "", _decoded(contents)))
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


def _read_nothing(data: bytes, found: _Found) -> None:
    """A format that has no place for metadata."""


_PARSERS: dict[str, Callable[[bytes, _Found], None]] = {
    "JPEG": _read_jpeg,
    "PNG": _read_png,
    "WEBP": _read_webp,
    "TIFF": _read_tiff,
    "HEIF": _read_heif,
    "AVIF": _read_heif,
    "GIF": _read_gif,
    "BMP": _read_nothing,
}
_MAGIC = (
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(re.escape(_PNG))),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("TIFF", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("GIF", re.compile(rb"GIF8[79]a.{7}", re.DOTALL)),
    ("BMP", re.compile(rb"BM")),
)


# --- texts

_USER_COMMENT = 0x9286


def _add_user_comment(found: _Found) -> None:
    """EXIF's UserComment: eight bytes that name the character code, then the text (EXIF 2.32, 4.6.5)."""
    try:
        structure = tiff.Tiff(found.exif or b"")
    except ValueError:
        return
    directory = structure.sub_directory(structure.first, tiff.EXIF_IFD)
    block = structure.raw(directory, _USER_COMMENT, MAX_TEXT)
    text = _user_comment(block, structure.order) if block else ""
    if text:
        found.add_text(Text("exif_user_comment", "", text))


def _user_comment(block: bytes, order: Literal["<", ">"]) -> str:
    code, content = block[:8], block[8:]
    if code.startswith(b"UNICODE"):
        text = content.decode(_utf16(content, order), "replace")
    elif code.startswith(b"JIS"):
        text = content.decode("iso2022_jp", "replace")
    elif code.startswith(b"ASCII") or code == bytes(8):
        text = _decoded(content)
    else:
        text = _decoded(block)  # writers that forget the code
    return text.lstrip("\ufeff").rstrip("\0 ").partition("\0")[0]


def _utf16(content: bytes, order: Literal["<", ">"]) -> str:
    """The byte order of UTF-16: as marked, else where Latin letters have their zeros, else the block's own.

    Generators write big-endian text into little-endian blocks.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16-le" if content[:1] == b"\xff" else "utf-16-be"
    first, second = content[:400:2].count(0), content[1:400:2].count(0)
    if first == second:
        return "utf-16-le" if order == "<" else "utf-16-be"
    return "utf-16-be" if first > second else "utf-16-le"


def _decoded(content: bytes) -> str:
    """UTF-8, or else Latin-1, which any bytes are."""
    content = content[:MAX_TEXT]
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
