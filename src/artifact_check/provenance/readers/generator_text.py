"""Text that image generators leave in their files: which generator, and whether it made or processed the picture.

It is read from PNG texts, JPEG comments, EXIF, XMP and the alpha channel; `generators` knows what each generator
writes. Anyone can write or remove such text, so its trust is only "declared".
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from artifact_check.phrase import Phrase
from artifact_check.provenance import stealth_alpha
from artifact_check.provenance.generators import Fields, recognise
from artifact_check.provenance.limits import MAX_JSON, MAX_SEARCHED_TEXT, MAX_TEXTS
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.provenance.tiff import MAKE, MODEL, SOFTWARE
from artifact_check.results import Declaration, Says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from artifact_check.provenance.comfyui_graph import Origin
    from artifact_check.provenance.container import Container, Text

_MAX_DECLARATIONS = 8  # that one file can add to a report

_DESCRIPTION, _USER_COMMENT = 0x010E, 0x9286  # EXIF 2.32, 4.6
_XMP_COMMENT = "{http://ns.adobe.com/exif/1.0/}usercomment"  # XMP part 2, EXIF namespace

_WORDS: dict[Origin, tuple[Says, str]] = {
    "made": ("ai_generated", "made with {generator}, from text"),
    "processed": ("ai_edited", "processed with {generator}, from a picture"),
    "open": ("ai_edited", "made or processed with {generator}; its settings do not say which"),
    "unclear": ("unknown", "text of {generator}; it does not say what was done"),
}


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """Return one declaration per generator and kind of use."""
    uses = dict.fromkeys(use for fields in _field_groups(container) if (use := recognise(fields)) is not None)
    return tuple(_declaration(*use) for use in islice(uses, _MAX_DECLARATIONS))


def _declaration(generator: str, how: Origin) -> Declaration:
    says, words = _WORDS[how]
    name = printable(generator)
    return Declaration("generator_text", says, "declared", Phrase(words, generator=name), generator=name)


def _field_groups(container: Container) -> Iterator[Fields]:
    """Yield the texts in groups: all PNG texts, all hidden texts, and every other text by itself."""
    texts = tuple(_bounded(container.texts))
    yield from _group(text for text in texts if text.location == "png_text")
    others = (text for text in texts if text.location not in ("png_text", "samsung_trailer"))
    yield from (Fields({"parameters": text.text}) for text in others)
    yield from _skip_unreadable(_first_directory, container)
    yield from _skip_unreadable(_xmp_comments, container)
    yield from _skip_unreadable(_hidden_texts, container)


def _bounded(texts: Iterable[Text]) -> Iterator[Text]:
    left = MAX_SEARCHED_TEXT
    for text in islice(texts, MAX_TEXTS):
        if len(text.text) <= left:
            left -= len(text.text)
            yield text


def _skip_unreadable(read_group: Callable[[Container], Iterator[Fields]], container: Container) -> Iterator[Fields]:
    try:
        yield from tuple(read_group(container))
    except Exception:  # noqa: BLE001 - one unreadable group must not prevent reading the others
        return


def _group(texts: Iterator[Text]) -> Iterator[Fields]:
    named: dict[str, str] = {}
    for text in texts:
        named.setdefault(text.keyword, text.text)
    if named:
        yield Fields(named)


def _hidden_texts(container: Container) -> Iterator[Fields]:
    return _group(iter(stealth_alpha.texts(container)))


def _first_directory(container: Container) -> Iterator[Fields]:
    """Yield texts from tags of EXIF's first directory, most of which are meant for something else.

    FLUX and models after it write `AI generated;...` into Software. ComfyUI writes `prompt:{...}` and `workflow:{...}`
    into Make and Model of a WebP, SwarmUI writes an object into Model, and Fooocus writes its UserComment into this
    directory.
    """
    tiff = container.exif
    if tiff is None:
        return
    if software := tiff.text(tiff.first, SOFTWARE):
        yield Fields({"Software": software})
    if b"{" not in tiff.data:
        return
    blocks = (tiff.raw(tiff.first, tag, MAX_JSON) for tag in (_DESCRIPTION, MAKE, MODEL, _USER_COMMENT))
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
    """Yield exif:UserComment from XMP, where Draw Things writes its settings."""
    comments = container.packets.values(_XMP_COMMENT)
    yield from (Fields({"parameters": comment}) for comment in comments[:MAX_TEXTS])


READER = Reader(read, rank=4)
