"""Labels of AI pictures that a law or a standard prescribes, or that a maker writes in a way of its own.

Anyone can remove them. All that are known, with the module that reads each (this one where none is named):

| label | where | source | date |
|---|---|---|---|
| China's AIGC label | XMP `TC260:AIGC`, PNG text `AIGC`, EXIF UserComment | GB 45438-2025; TC260-PG-20258A | 2025-09 |
| Galaxy AI | `genAIType` in Samsung's `PhotoEditor_Re_Edit_Data` | undocumented; files of Galaxy S23 to S25 | 2026-05 |
| xAI | EXIF ImageDescription `Signature: ...`, EXIF Artist: the picture's id | undocumented; files of Grok | 2026-05 |
| IPTC's AI fields (`xmp`) | XMP `AISystemUsed` and three others | IPTC Photo Metadata 2025.1 | 2025-11 |
| credit lines (`vocabulary`) | XMP and IIM Credit: Google AI, Apple | undocumented; reported by users | 2026-11 |
| Midjourney (`xmp`) | description that ends in `Job ID: ...`, and GUID | undocumented; reported by users | 2026-11 |
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from artifact_check.phrase import Phrase
from artifact_check.provenance.bounded_json import json_object
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.results import Declaration, DeclarationKind, Says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container

_MAX_DECLARATIONS = 4  # that one file can add to a report

_AIGC = tuple(f"{{{scheme}://www.tc260.org.cn/ns/aigc/1.0/}}aigc" for scheme in ("http", "https"))
_AIGC_NAME = re.compile(
    r"\s*(?:TC260:)?AIGC\s*[=:]\s*(?=\{)", re.IGNORECASE
)  # before the label, as some writers have it
_AIGC_FIELDS = frozenset(
    ("contentproducer", "produceid", "contentpropagator", "propagateid", "reservedcode1", "reservedcode2")
)
# A platform in China writes 2 where only the person who posts the picture says so, 3 where it only found signs of AI
# (Measures for Labeling AI-Generated Content, March 2025, article 6).
_AIGC_LABELS: dict[str, tuple[Says, str]] = {
    "1": ("ai_generated", "GB 45438-2025 AIGC Label 1"),
    "2": ("unknown", "GB 45438-2025 AIGC Label 2: perhaps made by AI, says the person who posted it"),
    "3": ("unknown", "GB 45438-2025 AIGC Label 3: suspected to be made by AI, says a platform"),
}
_AIGC_UNREADABLE = "GB 45438-2025 AIGC label that cannot be read"
_CODE = re.compile(r"[0-9A-Z]{18,}")  # of a company, instead of its name

_GEN_AI_TYPE = re.compile(r'"genAIType"\s*:\s*"?(-?\d{1,9})')

_DESCRIPTION, _ARTIST = 0x010E, 0x013B  # EXIF 2.32, 4.6.4
_XAI_SIGNATURE = re.compile(r"Signature:\s*[A-Za-z0-9+/=]{64,}")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def read(container: Container, _trust_list: str = "") -> tuple[Declaration, ...]:
    """Return the labels, each once."""
    found = dict.fromkeys((*_aigc(container), *_galaxy(container), *_xai(container)))
    return tuple(found)[:_MAX_DECLARATIONS]


def _aigc(container: Container) -> Iterator[Declaration]:
    texts: list[tuple[DeclarationKind, str]] = [("xmp", value) for value in container.packets.values(*_AIGC)]
    texts += [
        ("generator_text", text.text) for text in container.texts if text.keyword.upper() in ("AIGC", "TC260:AIGC")
    ]
    texts += [("exif", text.text) for text in container.texts if text.location == "exif_user_comment"]
    for kind, text in texts:
        name = _AIGC_NAME.match(text)
        is_named = kind != "exif" or name is not None
        whole = json_object(text[name.end() :] if name else text)
        if is_named and not whole and text.strip(" {}"):
            yield Declaration(kind, "unknown", "declared", Phrase(_AIGC_UNREADABLE))
        fields = _aigc_fields(whole, is_named=is_named)
        label = str(fields.get("label", "")).strip()
        if label in _AIGC_LABELS:
            says, detail = _AIGC_LABELS[label]
            producer = str(fields.get("contentproducer") or "").strip()
            generator = "" if _CODE.fullmatch(producer) else printable(producer, 60)
            yield Declaration(kind, says, "declared", Phrase(detail), generator=generator)


def _aigc_fields(whole: dict[str, Any], *, is_named: bool) -> dict[str, Any]:
    """Return the label's fields, which may be inside an object named AIGC.

    If neither that nor the text's place names the label, it needs more of its fields than `label`, a common word.
    """
    named = {key.lower(): value for key, value in whole.items()}
    inner = named.get("aigc")
    if isinstance(inner, str):
        inner = json_object(inner)
    if isinstance(inner, dict):
        return {str(key).lower(): value for key, value in inner.items()}
    return named if is_named or _AIGC_FIELDS & named.keys() else {}


def _galaxy(container: Container) -> Iterator[Declaration]:
    for text in container.texts:
        found = _GEN_AI_TYPE.search(text.text) if text.location == "samsung_trailer" else None
        if found and int(found[1]):
            detail = f"Samsung PhotoEditor_Re_Edit_Data genAIType {found[1]}"
            yield Declaration("exif", "ai_edited", "declared", detail, generator="Galaxy AI")


def _xai(container: Container) -> Iterator[Declaration]:
    if container.exif is None:
        return
    first = container.exif.first
    description, artist = (container.exif.text(first, tag) for tag in (_DESCRIPTION, _ARTIST))
    if _XAI_SIGNATURE.match(description) and _ID.fullmatch(artist):
        yield Declaration("exif", "ai_generated", "declared", f"EXIF Signature of xAI, {artist}", generator="Grok")


READER = Reader(read, rank=2)
