"""The text that image generators leave in their files: which generator, and whether it made or processed a picture.

Read from PNG texts, JPEG comments, EXIF, XMP and the alpha channel. What each generator writes is told in `generators`.
Anyone can write or remove such text, so it is only "declared".
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from artifact_check.provenance import stealth_alpha
from artifact_check.provenance.bounded_json import MAX_TEXT
from artifact_check.provenance.generators import Fields, recognised
from artifact_check.provenance.packets import parsed
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.provenance.tiff import MAKE, MODEL, Tiff
from artifact_check.results import Declaration, Says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from artifact_check.provenance.comfyui_graph import Origin
    from artifact_check.provenance.container import Container, Text

# Bounds on what one file can make us read, and on what it can put into a report.
_MAX_TEXTS = 64
_MAX_CHARACTERS = 4_000_000
_MAX_DECLARATIONS = 8

_DESCRIPTION, _USER_COMMENT = 0x010E, 0x9286  # EXIF 2.32, 4.6
_XMP_COMMENT = "{http://ns.adobe.com/exif/1.0/}usercomment"  # XMP part 2, EXIF namespace

_WORDS: dict[Origin, tuple[Says, str]] = {
    "made": ("ai_generated", "made with {}, from text"),
    "processed": ("ai_edited", "processed with {}, from a picture"),
    "open": ("ai_edited", "made or processed with {}; its settings do not say which"),
    "unclear": ("unknown", "text of {}; it does not say what was done"),
}


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """One declaration for each generator and each thing it did."""
    found = dict.fromkeys(found for fields in _places(container) if (found := recognised(fields)) is not None)
    return tuple(_declaration(*each) for each in islice(found, _MAX_DECLARATIONS))


def _declaration(generator: str, how: Origin) -> Declaration:
    says, words = _WORDS[how]
    return Declaration(kind="generator_text", says=says, trust="declared", detail=words.format(printable(generator)))


def _places(container: Container) -> Iterator[Fields]:
    """PNG texts and hidden ones belong together under their keywords; every other text stands for itself."""
    texts = tuple(_bounded(container.texts))
    yield from _together(text for text in texts if text.place == "png_text")
    yield from (Fields({"parameters": text.text}) for text in texts if text.place != "png_text")
    yield from _readable(_first_directory, container)
    yield from _readable(_xmp_comments, container)
    yield from _readable(_hidden, container)


def _bounded(texts: Iterable[Text]) -> Iterator[Text]:
    left = _MAX_CHARACTERS
    for text in islice(texts, _MAX_TEXTS):
        if len(text.text) <= left:
            left -= len(text.text)
            yield text


def _readable(place: Callable[[Container], Iterator[Fields]], container: Container) -> Iterator[Fields]:
    try:
        yield from tuple(place(container))
    except Exception:  # noqa: BLE001 - a place that can't be read keeps no other from being read
        return


def _together(texts: Iterator[Text]) -> Iterator[Fields]:
    named: dict[str, str] = {}
    for text in texts:
        named.setdefault(text.keyword, text.text)
    if named:
        yield Fields(named)


def _hidden(container: Container) -> Iterator[Fields]:
    return _together(iter(stealth_alpha.texts(container)))


def _first_directory(container: Container) -> Iterator[Fields]:
    """Text in tags of EXIF's first directory that are meant for something else.

    ComfyUI writes `prompt:{...}` and `workflow:{...}` into Make and Model of a WebP, SwarmUI an object into Model, and
    Fooocus its UserComment into this directory.
    """
    if container.exif is None or b"{" not in container.exif:
        return
    tiff = Tiff(container.exif)
    blocks = (tiff.raw(tiff.first, tag, MAX_TEXT) for tag in (_DESCRIPTION, MAKE, MODEL, _USER_COMMENT))
    graphs = {}
    for block in blocks:
        text = (block or b"").partition(b"\0")[0].decode(errors="replace").strip()
        keyword, _, rest = text.partition(":")
        if keyword.lower() in {"prompt", "workflow"}:
            graphs[keyword.lower()] = rest
        elif text.startswith("{"):
            yield Fields({"parameters": text})
    if graphs:
        yield Fields(graphs)


def _xmp_comments(container: Container) -> Iterator[Fields]:
    """exif:UserComment, where Draw Things writes its settings."""
    packets = parsed(packet for packet in container.xmp if b"UserComment" in packet)
    yield from (Fields({"parameters": comment}) for comment in packets.values(_XMP_COMMENT)[:_MAX_TEXTS])


READER = Reader(read, rank=4)
