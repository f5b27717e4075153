"""C2PA Content Credentials: signed statements of how a picture was made and changed, and of what it was made from.

A manifest store holds the picture's own (active) manifest and those of its ingredients: with `parentOf` an earlier
version of the same picture, with `componentOf` or `inputTo` something that went into it (C2PA Technical Specification
2.2, sections 10 and 18). The C2PA library checks hashes and signatures; what the actions mean is judged here. Nothing
is fetched: a manifest elsewhere is reported with its address.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from artifact_check.provenance.manifest_store import media_type
from artifact_check.provenance.packets import parsed
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.provenance.vocabulary import source_type
from artifact_check.results import Declaration, Says, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from artifact_check.provenance.container import Container

# Bounds on what one file can put into a report.
_MAX_DECLARATIONS = 16
_MAX_DETAIL = 320
_MAX_JSON = 10_000_000  # characters; a store of some manifests has tens of thousands
_MAX_DEPTH = 12  # of a metadata assertion

_PROVENANCE = "{http://purl.org/dc/terms/}provenance"
_LESS: dict[Trust, int] = {"invalid": 0, "valid_untrusted": 1, "declared": 1, "trusted": 2}
_METADATA = ("c2pa.metadata", "cawg.metadata", "stds.iptc", "stds.exif", "stds.schema-org.CreativeWork")
# Actions that leave the picture as it is, or say nothing of what was done to it.
_NEUTRAL = frozenset(
    {
        "c2pa.created",
        "c2pa.opened",
        "c2pa.published",
        "c2pa.converted",
        "c2pa.transcoded",
        "c2pa.repackaged",
        "c2pa.watermarked",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
        "c2pa.edited.metadata",
        "c2pa.redacted",
        "c2pa.unknown",
    }
)
_PLACED = "c2pa.placed"


def read(container: Container, trust_list: str = "") -> tuple[Declaration, ...]:
    """What the Content Credentials declare; `trust_list` holds the certificates of signers to trust, as PEM."""
    media = media_type(container.data)
    embedded = () if media is None else _embedded(container.data, media, trust_list)
    elsewhere = dict.fromkeys(_addresses(container.xmp))
    return (*embedded, *map(_remote, islice(elsewhere, _MAX_DECLARATIONS)))


def _remote(address: str) -> Declaration:
    detail = f"Content Credentials elsewhere, not fetched: {printable(address, 200)}"
    return Declaration(kind="c2pa", says="unknown", trust="declared", detail=detail)


def _addresses(packets: Iterable[bytes]) -> Iterator[str]:
    """Web addresses in XMP's `dcterms:provenance`."""
    # Most packets have none, and a wide one takes a second to parse.
    for value in parsed(packet for packet in packets if b"provenance" in packet).values(_PROVENANCE):
        if value.lower().startswith(("http://", "https://")):
            yield value


def _embedded(data: bytes, media: str, trust_list: str) -> tuple[Declaration, ...]:
    try:
        return declarations(_store(data, media, trust_list))
    except Exception as error:  # noqa: BLE001 - what can't be read was damaged or made up, and is to be told
        detail = f"Content Credentials that cannot be read: {printable(str(error))}"
        return (Declaration(kind="c2pa", says="unknown", trust="invalid", detail=detail),)


def _store(data: bytes, media: str, trust_list: str) -> dict[str, Any]:
    """The manifest store as the C2PA library reads and checks it, without network."""
    import c2pa

    wanted: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    if trust_list:
        wanted["trust"] = {"trust_anchors": trust_list}
    with (
        c2pa.Settings.from_dict(wanted) as settings,
        c2pa.Context(settings) as context,
        c2pa.Reader(media, io.BytesIO(data), context=context) as reader,
    ):
        text = reader.json()
    if len(text) > _MAX_JSON:
        raise ValueError("more than can be shown")
    store: dict[str, Any] = json.loads(text)
    return store


def declarations(store: dict[str, Any]) -> tuple[Declaration, ...]:
    """Every statement of a manifest store, those of AI first; at least one for the active manifest."""
    found = [statement for manifest in _manifests(store) for statement in _statements(manifest)]
    found = list(dict.fromkeys(sorted(found, key=lambda declaration: not declaration.says.startswith("ai_"))))
    return tuple(found[:_MAX_DECLARATIONS])


@dataclass(frozen=True, slots=True)
class _Manifest:
    """One manifest: what it is to the picture, how far it can be trusted, and why no further.

    `own` is true of the active manifest and earlier versions of the same picture. `mixed`: something was placed on
    the picture in this or a later version, so that how this one was created no longer holds for all of it.
    """

    body: dict[str, Any]
    place: str
    own: bool
    mixed: bool
    trust: Trust
    reasons: tuple[str, ...]


def _manifests(store: dict[str, Any]) -> Iterator[_Manifest]:
    """Every manifest that the active one leads to, the nearest first; what contains one bounds its trust."""
    bodies, results = store["manifests"], store.get("validation_results") or {}
    active = store["active_manifest"]
    trust, reasons = _active_trust(store.get("validation_state"), results.get("activeManifest") or {})
    deltas = {
        delta["ingredientAssertionURI"]: delta["validationDeltas"] for delta in results.get("ingredientDeltas") or ()
    }
    pending = [
        (active, _Manifest(bodies[active], "", own=True, mixed=_places(bodies[active]), trust=trust, reasons=reasons))
    ]
    met = {active}
    while pending:
        label, manifest = pending.pop(0)
        yield manifest
        for ingredient in manifest.body.get("ingredients") or ():
            inner = ingredient.get("active_manifest")
            if inner in bodies and inner not in met:
                met.add(inner)
                delta = deltas.get(f"self#jumbf=/c2pa/{label}/c2pa.assertions/{ingredient.get('label')}") or {}
                pending.append((inner, _ingredient(manifest, bodies[inner], ingredient, delta)))


def _ingredient(outer: _Manifest, body: dict[str, Any], ingredient: dict[str, Any], delta: dict[str, Any]) -> _Manifest:
    own = outer.own and ingredient.get("relationship") == "parentOf"
    trust, reasons = _ingredient_trust(ingredient, delta)
    if _LESS[outer.trust] < _LESS[trust]:
        trust, reasons = outer.trust, outer.reasons
    return _Manifest(
        body=body,
        place="earlier version: " if own else "ingredient: ",
        own=own,
        mixed=outer.mixed or _places(body),
        trust=trust,
        reasons=reasons,
    )


def _active_trust(state: object, results: dict[str, Any]) -> tuple[Trust, tuple[str, ...]]:
    """By code, not by state: a state of "Valid" may come with a trusted signer (and an unknown identity, CAWG)."""
    failures = _codes(results, "failure")
    if state not in {"Valid", "Trusted"}:
        return "invalid", tuple(code for code in failures if _breaks(code)) or ("not valid",)
    return _by_signer("signingCredential.trusted" in _codes(results, "success")), ()


def _ingredient_trust(ingredient: dict[str, Any], delta: dict[str, Any]) -> tuple[Trust, tuple[str, ...]]:
    """What was found when the ingredient was taken in, as its manifest records, and what differs from it today."""
    recorded = (ingredient.get("validation_results") or {}).get("activeManifest") or {}
    old_style = tuple(str(status.get("code")) for status in ingredient.get("validation_status") or ())
    failures = (*_codes(recorded, "failure"), *old_style, *_codes(delta, "failure"))
    if broken := tuple(dict.fromkeys(code for code in failures if _breaks(code))):
        return "invalid", broken
    trusted = "signingCredential.trusted" in (*_codes(recorded, "success"), *_codes(delta, "success"))
    return _by_signer(trusted and "signingCredential.untrusted" not in _codes(delta, "failure")), ()


def _by_signer(trusted: bool) -> Trust:
    return "trusted" if trusted else "valid_untrusted"


def _breaks(code: str) -> bool:
    """Whether a failure means that something was changed or forged, rather than that a signer is not known."""
    return not code.endswith(".untrusted")


def _codes(results: dict[str, Any], kind: str) -> tuple[str, ...]:
    return tuple(str(status.get("code")) for status in results.get(kind) or ())


def _statements(manifest: _Manifest) -> Iterator[Declaration]:
    declare = partial(_declaration, manifest)
    found = [declare(_for_picture(manifest, created, says), what) for created, says, what in _sourced(manifest.body)]
    plain = dict.fromkeys(
        name
        for action in _actions(manifest.body)
        if (name := str(action.get("action"))) not in _NEUTRAL and not _source(action)
    )
    if plain:
        found.append(declare("edited", ", ".join(name.removeprefix("c2pa.") for name in plain)))
    if not found and not manifest.place:
        found.append(declare("unknown", _generator(manifest.body) or "says neither how nor with what it was made"))
    yield from found


def _sourced(body: dict[str, Any]) -> Iterator[tuple[bool, Says, str]]:
    """Every digital source type: whether it is that of the creation, what it says, and the words for it."""
    for action in _actions(body):
        if source := _source(action):
            says, name = source_type(source)
            kind = str(action.get("action"))
            yield kind == "c2pa.created", says, f"{kind} {name}{_with(_agent(action) or _generator(body))}"
    for assertion in body.get("assertions") or ():
        if str(assertion.get("label")).startswith(_METADATA):
            for source in _source_types(assertion.get("data")):
                says, name = source_type(source)
                yield True, says, f"{assertion['label']} {name}{_with(_generator(body))}"


def _for_picture(manifest: _Manifest, created: bool, says: Says) -> Says:
    """What a source type says of the picture as a whole: AI in a part, or in a step on the way, is an edit with AI."""
    if says == "ai_generated":
        return says if created and manifest.own and not manifest.mixed else "ai_edited"
    if says == "camera":
        return says if created and manifest.own else "edited"
    return says


def _declaration(manifest: _Manifest, says: Says, what: str) -> Declaration:
    signature = manifest.body.get("signature_info") or {}
    names = dict.fromkeys(str(signature[key]) for key in ("issuer", "common_name") if signature.get(key))
    parts = [f"{manifest.place}{printable(what, 140)}"]
    parts += [printable(", ".join(manifest.reasons), 80)] if manifest.reasons else []
    parts += [f"signed by {' / '.join(printable(name, 50) for name in names)}"] if names else []
    parts += [printable(f"at {signature['time']}", 40)] if signature.get("time") else []
    return Declaration(kind="c2pa", says=says, trust=manifest.trust, detail=printable("; ".join(parts), _MAX_DETAIL))


def _actions(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The actions of all versions of the assertion: c2pa.actions, c2pa.actions.v2, and further instances of each."""
    for assertion in body.get("assertions") or ():
        if str(assertion.get("label")).startswith("c2pa.actions") and isinstance(assertion.get("data"), dict):
            yield from (action for action in assertion["data"].get("actions") or () if isinstance(action, dict))


def _source(action: dict[str, Any]) -> str:
    return str(action.get("digitalSourceType") or "").strip()


def _places(body: dict[str, Any]) -> bool:
    return any(action.get("action") == _PLACED for action in _actions(body))


def _source_types(data: object, depth: int = 0) -> Iterator[str]:
    """Values of any DigitalSourceType property in JSON-LD, such as `Iptc4xmpExt:DigitalSourceType`."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, dict):
        for key, value in data.items():
            if str(key).rpartition(":")[2].lower() == "digitalsourcetype":
                yield from (text for text in _texts(value) if text.strip())
            else:
                yield from _source_types(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _source_types(value, depth + 1)


def _texts(value: object) -> Iterator[str]:
    """A text, or JSON-LD's other ways of writing one: `{"@id": text}`, and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (str(value[key]) for key in ("@id", "@value") if key in value)
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _agent(action: dict[str, Any]) -> str:
    """A software agent is a text, or since claims of version 2 an object with a name."""
    agent = action.get("softwareAgent")
    return str((agent.get("name") if isinstance(agent, dict) else agent) or "").strip()


def _generator(body: dict[str, Any]) -> str:
    infos = body.get("claim_generator_info") or ()
    named = [str(info["name"]) for info in infos if isinstance(info, dict) and info.get("name")]
    return (named[0] if named else str(body.get("claim_generator") or "")).strip()


def _with(agent: str) -> str:
    return f" with {printable(agent, 60)}" if agent else ""


READER = Reader(read, rank=0)
