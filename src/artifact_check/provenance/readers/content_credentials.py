"""C2PA Content Credentials: signed statements about how a picture was made and changed, and from what.

A manifest store holds the picture's own (active) manifest and those of its ingredients: with `parentOf` an earlier
version of the same picture, with `componentOf` or `inputTo` something that went into it (C2PA Technical Specification
2.2, 2025, sections 10 and 18). The C2PA library checks hashes and signatures; this module interprets the actions.
Nothing is fetched from the network: a remote manifest is reported with its address.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import printable
from artifact_check.provenance.vocabulary import source_type
from artifact_check.results import Declaration, Says, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container

# Bounds on what one file can add to a report.
_MAX_DECLARATIONS = 16
_MAX_DETAIL = 320
_MAX_JSON = 10_000_000  # characters; a store of some manifests has tens of thousands
_MAX_DEPTH = 12  # of a metadata assertion

_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
    "GIF": "image/gif",
}
_PROVENANCE = "{http://purl.org/dc/terms/}provenance"
_TRUST_RANK: dict[Trust, int] = {"invalid": 0, "valid_untrusted": 1, "declared": 1, "trusted": 2}
_METADATA = ("c2pa.metadata", "cawg.metadata", "stds.iptc", "stds.exif", "stds.schema-org.CreativeWork")
# Actions that do not change the picture, or do not say what was done to it.
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
    """Return what the Content Credentials declare; `trust_list` holds the certificates of trusted signers, as PEM."""
    embedded = _embedded(container.data, _MEDIA_TYPES[container.format], trust_list) if container.has_manifest else ()
    elsewhere = dict.fromkeys(_addresses(container))
    return (*embedded, *map(_remote_declaration, islice(elsewhere, _MAX_DECLARATIONS)))


def _remote_declaration(address: str) -> Declaration:
    detail = f"Content Credentials elsewhere, not fetched: {printable(address, 200)}"
    return Declaration(kind="c2pa", says="unknown", trust="declared", detail=detail)


def _addresses(container: Container) -> Iterator[str]:
    """Yield the web addresses in XMP's `dcterms:provenance`."""
    for value in container.packets.values(_PROVENANCE):
        if value.lower().startswith(("http://", "https://")):
            yield value


def _embedded(data: bytes, media: str, trust_list: str) -> tuple[Declaration, ...]:
    try:
        return declarations(_store(data, media, trust_list))
    except Exception as error:  # noqa: BLE001 - an unreadable store is damaged or forged, which is reported
        detail = f"Content Credentials that cannot be read: {printable(str(error))}"
        return (Declaration(kind="c2pa", says="unknown", trust="invalid", detail=detail),)


def _store(data: bytes, media: str, trust_list: str) -> dict[str, Any]:
    """Read and verify the manifest store with the C2PA library, without network access."""
    import c2pa

    options: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    if trust_list:
        options["trust"] = {"trust_anchors": trust_list}
    with (
        c2pa.Settings.from_dict(options) as settings,
        c2pa.Context(settings) as context,
        c2pa.Reader(media, io.BytesIO(data), context=context) as reader,
    ):
        text = reader.json()
    if len(text) > _MAX_JSON:
        raise ValueError("more than can be shown")
    store: dict[str, Any] = json.loads(text)
    return store


def declarations(store: dict[str, Any]) -> tuple[Declaration, ...]:
    """Return all statements of a manifest store, those about AI first; at least one about the active manifest."""
    found = [statement for manifest in _manifests(store) for statement in _statements(manifest)]
    found = list(dict.fromkeys(sorted(found, key=lambda declaration: not declaration.says.startswith("ai_"))))
    return tuple(found[:_MAX_DECLARATIONS])


@dataclass(frozen=True, slots=True)
class _Manifest:
    """One manifest in relation to the picture.

    Attributes:
        body: the manifest's JSON.
        prefix: text that introduces its statements.
        same_picture: whether it is the active manifest or an earlier version of the same picture.
        composited: whether something was placed on the picture in this or a later version, so that the statement about
            its creation does not hold for all of it.
        trust: how far it can be trusted.
        reasons: the failure codes that limit its trust.
    """

    body: dict[str, Any]
    prefix: str
    same_picture: bool
    composited: bool
    trust: Trust
    reasons: tuple[str, ...]


def _manifests(store: dict[str, Any]) -> Iterator[_Manifest]:
    """Yield all manifests that the active one refers to, nearest first. None is trusted more than its container."""
    bodies, results = store["manifests"], store.get("validation_results") or {}
    active = store["active_manifest"]
    trust, reasons = _active_trust(store.get("validation_state"), results.get("activeManifest") or {})
    deltas = {
        delta["ingredientAssertionURI"]: delta["validationDeltas"] for delta in results.get("ingredientDeltas") or ()
    }
    pending = [
        (
            active,
            _Manifest(
                bodies[active],
                "",
                same_picture=True,
                composited=_has_placed(bodies[active]),
                trust=trust,
                reasons=reasons,
            ),
        )
    ]
    visited = {active}
    while pending:
        label, manifest = pending.pop(0)
        yield manifest
        for ingredient in manifest.body.get("ingredients") or ():
            inner = ingredient.get("active_manifest")
            if inner in bodies and inner not in visited:
                visited.add(inner)
                delta = deltas.get(f"self#jumbf=/c2pa/{label}/c2pa.assertions/{ingredient.get('label')}") or {}
                pending.append((inner, _ingredient(manifest, bodies[inner], ingredient, delta)))


def _ingredient(outer: _Manifest, body: dict[str, Any], ingredient: dict[str, Any], delta: dict[str, Any]) -> _Manifest:
    same_picture = outer.same_picture and ingredient.get("relationship") == "parentOf"
    trust, reasons = _ingredient_trust(ingredient, delta)
    if _TRUST_RANK[outer.trust] < _TRUST_RANK[trust]:
        trust, reasons = outer.trust, outer.reasons
    return _Manifest(
        body=body,
        prefix="earlier version: " if same_picture else "ingredient: ",
        same_picture=same_picture,
        composited=outer.composited or _has_placed(body),
        trust=trust,
        reasons=reasons,
    )


def _active_trust(state: object, results: dict[str, Any]) -> tuple[Trust, tuple[str, ...]]:
    """Return trust and failure codes. The codes decide, not the state: "Valid" may come with a trusted signer (and an
    unknown CAWG identity).
    """
    failures = _codes(results, "failure")
    if state not in {"Valid", "Trusted"}:
        return "invalid", tuple(code for code in failures if _is_breach(code)) or ("not valid",)
    return _trust_by_signer("signingCredential.trusted" in _codes(results, "success")), ()


def _ingredient_trust(ingredient: dict[str, Any], delta: dict[str, Any]) -> tuple[Trust, tuple[str, ...]]:
    """Combine the validation results recorded when the ingredient was added with their differences today."""
    recorded = (ingredient.get("validation_results") or {}).get("activeManifest") or {}
    old_style = tuple(str(status.get("code")) for status in ingredient.get("validation_status") or ())
    failures = (*_codes(recorded, "failure"), *old_style, *_codes(delta, "failure"))
    if broken := tuple(dict.fromkeys(code for code in failures if _is_breach(code))):
        return "invalid", broken
    trusted = "signingCredential.trusted" in (*_codes(recorded, "success"), *_codes(delta, "success"))
    return _trust_by_signer(trusted and "signingCredential.untrusted" not in _codes(delta, "failure")), ()


def _trust_by_signer(trusted: bool) -> Trust:
    return "trusted" if trusted else "valid_untrusted"


def _is_breach(code: str) -> bool:
    """Whether a failure means that something was changed or forged, not only that a signer is unknown."""
    return not code.endswith(".untrusted")


def _codes(results: dict[str, Any], kind: str) -> tuple[str, ...]:
    return tuple(str(status.get("code")) for status in results.get(kind) or ())


def _statements(manifest: _Manifest) -> Iterator[Declaration]:
    declare = partial(_declaration, manifest)
    found = [
        declare(_for_picture(manifest, created, says), what)
        for created, says, what in _source_type_statements(manifest.body)
    ]
    plain = dict.fromkeys(
        name
        for action in _actions(manifest.body)
        if (name := str(action.get("action"))) not in _NEUTRAL and not _source(action)
    )
    if plain:
        found.append(declare("edited", ", ".join(name.removeprefix("c2pa.") for name in plain)))
    if not found and not manifest.prefix:
        found.append(declare("unknown", _generator(manifest.body) or "says neither how nor with what it was made"))
    yield from found


def _source_type_statements(body: dict[str, Any]) -> Iterator[tuple[bool, Says, str]]:
    """Yield, for each digital source type, whether it describes the creation, its meaning, and its description."""
    for action in _actions(body):
        if source := _source(action):
            says, name = source_type(source)
            kind = str(action.get("action"))
            yield kind == "c2pa.created", says, f"{kind} {name}{_with_agent(_agent(action) or _generator(body))}"
    for assertion in body.get("assertions") or ():
        if str(assertion.get("label")).startswith(_METADATA):
            for source in _source_types(assertion.get("data")):
                says, name = source_type(source)
                yield True, says, f"{assertion['label']} {name}{_with_agent(_generator(body))}"


def _for_picture(manifest: _Manifest, created: bool, says: Says) -> Says:
    """Return what a source type says about the whole picture: AI in a part or an earlier step is an edit with AI."""
    if says == "ai_generated":
        return says if created and manifest.same_picture and not manifest.composited else "ai_edited"
    if says == "camera":
        return says if created and manifest.same_picture else "edited"
    return says


def _declaration(manifest: _Manifest, says: Says, what: str) -> Declaration:
    signature = manifest.body.get("signature_info") or {}
    names = dict.fromkeys(str(signature[key]) for key in ("issuer", "common_name") if signature.get(key))
    parts = [f"{manifest.prefix}{printable(what, 140)}"]
    parts += [printable(", ".join(manifest.reasons), 80)] if manifest.reasons else []
    parts += [f"signed by {' / '.join(printable(name, 50) for name in names)}"] if names else []
    parts += [printable(f"at {signature['time']}", 40)] if signature.get("time") else []
    return Declaration(kind="c2pa", says=says, trust=manifest.trust, detail=printable("; ".join(parts), _MAX_DETAIL))


def _actions(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the actions of all versions and instances of the assertion (c2pa.actions, c2pa.actions.v2)."""
    for assertion in body.get("assertions") or ():
        if str(assertion.get("label")).startswith("c2pa.actions") and isinstance(assertion.get("data"), dict):
            yield from (action for action in assertion["data"].get("actions") or () if isinstance(action, dict))


def _source(action: dict[str, Any]) -> str:
    return str(action.get("digitalSourceType") or "").strip()


def _has_placed(body: dict[str, Any]) -> bool:
    return any(action.get("action") == _PLACED for action in _actions(body))


def _source_types(data: object, depth: int = 0) -> Iterator[str]:
    """Yield the values of all DigitalSourceType properties in JSON-LD, such as `Iptc4xmpExt:DigitalSourceType`."""
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
    """Yield the texts in a JSON-LD value: a text, `{"@id": text}`, `{"@value": text}`, or a list of texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (str(value[key]) for key in ("@id", "@value") if key in value)
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _agent(action: dict[str, Any]) -> str:
    """Return the software agent: a text, or since version 2 of claims an object with a name."""
    agent = action.get("softwareAgent")
    return str((agent.get("name") if isinstance(agent, dict) else agent) or "").strip()


def _generator(body: dict[str, Any]) -> str:
    infos = body.get("claim_generator_info") or ()
    named = [str(info["name"]) for info in infos if isinstance(info, dict) and info.get("name")]
    return (named[0] if named else str(body.get("claim_generator") or "")).strip()


def _with_agent(agent: str) -> str:
    return f" with {printable(agent, 60)}" if agent else ""


READER = Reader(read, rank=0)
