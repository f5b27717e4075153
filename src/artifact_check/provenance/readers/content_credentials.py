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
from itertools import islice
from typing import TYPE_CHECKING, Any

from artifact_check.phrase import Phrase, join
from artifact_check.provenance.credential_checks import judge
from artifact_check.provenance.reader import Reader
from artifact_check.provenance.text import bounded, printable
from artifact_check.provenance.vocabulary import is_ai_agent, maker, source_type
from artifact_check.results import Declaration, Says, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artifact_check.provenance.container import Container

# Bounds on what one file can add to a report.
_MAX_DECLARATIONS = 16
_ITSELF, _EARLIER, _INGREDIENT = "{what:text}", "earlier version: {what:text}", "ingredient: {what:text}"
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
_TRUST_RANK: dict[Trust, int] = {"invalid": 0, "damaged": 1, "valid_untrusted": 2, "declared": 2, "trusted": 3}
# What a signer's certificate may be for (C2PA Technical Specification 2.2, 14.5.1): claims, documents, mail, time
# stamps, OCSP answers; Microsoft's number for claims. Unless told, the C2PA library knows only mail, so that OpenAI's
# certificates of 2026 fail even if their issuer is on the trust list.
_PURPOSES = (
    "1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9",
    "1.3.6.1.4.1.311.76.59.1.9",
)  # fmt: skip
_DISCLOSURE = "c2pa.ai-disclosure"  # C2PA Technical Specification 2.4, 2026, 18.28
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
_CREATED, _PLACED = "c2pa.created", "c2pa.placed"
_ORIGINS = (_CREATED, "c2pa.opened")  # actions whose source type describes the whole picture


def read(container: Container, trust_list: str = "") -> tuple[Declaration, ...]:
    """Return what the Content Credentials declare; `trust_list` holds the certificates of trusted signers, as PEM."""
    has_store = container.has_manifest or (container.sidecar and container.format in _MEDIA_TYPES)
    found = _verified(container, trust_list) if has_store else ()
    elsewhere = dict.fromkeys(_addresses(container))
    return (*found, *map(_remote_declaration, islice(elsewhere, _MAX_DECLARATIONS)))


def _remote_declaration(address: str) -> Declaration:
    detail = Phrase("Content Credentials elsewhere, not fetched: {address}", address=printable(address, 200))
    return Declaration(kind="c2pa", says="unknown", trust="declared", detail=detail)


def _addresses(container: Container) -> Iterator[str]:
    """Yield the web addresses in XMP's `dcterms:provenance`."""
    for value in container.packets.values(_PROVENANCE):
        if value.lower().startswith(("http://", "https://")):
            yield value


def _verified(container: Container, trust_list: str) -> tuple[Declaration, ...]:
    try:
        return declarations(_store(container, trust_list))
    except Exception as error:  # noqa: BLE001 - an unreadable store is damaged or forged, which is reported
        detail = Phrase("Content Credentials that cannot be read: {error}", error=printable(str(error)))
        return (Declaration(kind="c2pa", says="unknown", trust="damaged", detail=detail),)


def _store(container: Container, trust_list: str) -> dict[str, Any]:
    """Read and verify the manifest store with the C2PA library, without network access."""
    import c2pa

    options: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "trust": {"trust_config": "\n".join(_PURPOSES)},
    }
    if trust_list:
        options["trust"]["trust_anchors"] = trust_list
    with (
        c2pa.Settings.from_dict(options) as settings,
        c2pa.Context(settings) as context,
        c2pa.Reader(
            _MEDIA_TYPES[container.format],
            io.BytesIO(container.data),
            None if container.has_manifest else container.sidecar,
            context=context,
        ) as reader,
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
        introduced: template that introduces its statements.
        same_picture: whether it is the active manifest or an earlier version of the same picture.
        composited: whether something was placed on the picture in this or a later version, so that the statement about
            its creation does not hold for all of it.
        trust: how far it can be trusted.
        note: what is wrong with it; "" if nothing is.
    """

    body: dict[str, Any]
    introduced: str
    same_picture: bool
    composited: bool
    trust: Trust
    note: str


def _manifests(store: dict[str, Any]) -> Iterator[_Manifest]:
    """Yield all manifests that the active one refers to, nearest first. None is trusted more than its container."""
    bodies, results = store["manifests"], store.get("validation_results") or {}
    active = store["active_manifest"]
    checked = results.get("activeManifest") or {}
    is_valid = store.get("validation_state") in {"Valid", "Trusted"}
    trust, note = judge(_codes(checked, "success"), _codes(checked, "failure"), valid=is_valid)
    deltas = {
        delta["ingredientAssertionURI"]: delta["validationDeltas"] for delta in results.get("ingredientDeltas") or ()
    }
    pending = [
        (
            active,
            _Manifest(
                bodies[active],
                _ITSELF,
                same_picture=True,
                composited=_has_placed(bodies[active]),
                trust=trust,
                note=note,
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
    trust, note = _ingredient_trust(ingredient, delta)
    if _TRUST_RANK[outer.trust] < _TRUST_RANK[trust]:
        trust, note = outer.trust, outer.note
    return _Manifest(
        body=body,
        introduced=_EARLIER if same_picture else _INGREDIENT,
        same_picture=same_picture,
        composited=outer.composited or _has_placed(body),
        trust=trust,
        note=note,
    )


def _ingredient_trust(ingredient: dict[str, Any], delta: dict[str, Any]) -> tuple[Trust, str]:
    """Combine the validation results recorded when the ingredient was added with their differences today."""
    recorded = (ingredient.get("validation_results") or {}).get("activeManifest") or {}
    old_style = tuple(str(status.get("code")) for status in ingredient.get("validation_status") or ())
    # That a signer was not known then does not count if they are today.
    before = (code for code in (*_codes(recorded, "failure"), *old_style) if not code.endswith(".untrusted"))
    success = (*_codes(recorded, "success"), *_codes(delta, "success"))
    return judge(success, (*before, *_codes(delta, "failure")))


def _codes(results: dict[str, Any], kind: str) -> tuple[str, ...]:
    return tuple(str(status.get("code")) for status in results.get(kind) or ())


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one action or assertion says, which program did it, and whether that concerns the whole picture."""

    says: Says
    what: str
    agent: str
    whole: bool


def _statements(manifest: _Manifest) -> Iterator[Declaration]:
    found = [
        _declaration(manifest, _for_picture(manifest, said.whole, said.says), said.what, said.agent)
        for said in _origins(manifest.body)
    ]
    plain = dict.fromkeys(
        name
        for action in _actions(manifest.body)
        if (name := str(action.get("action"))) not in _NEUTRAL and not _source(action)
    )
    if plain:
        found.append(_declaration(manifest, "edited", _named(", ".join(name.removeprefix("c2pa.") for name in plain))))
    if not found and manifest.introduced == _ITSELF:
        found.append(_declaration(manifest, "unknown", _nothing_stated(manifest.body)))
    yield from found


def _nothing_stated(body: dict[str, Any]) -> str:
    created = next((action for action in _actions(body) if action.get("action") == _CREATED), None)
    if created is not None:
        return _by(_agent(created) or _generator(body), _CREATED)
    return _named(_generator(body)) if _generator(body) else "says neither how nor with what it was made"


def _origins(body: dict[str, Any]) -> Iterator[_Statement]:
    """Yield what actions and assertions say about the picture's origin."""
    for action in _actions(body):
        kind, agent = str(action.get("action")), _agent(action) or _generator(body)
        if source := _source(action):
            says, name = source_type(source)
            yield _Statement(says, _by(agent, kind, name), agent, whole=kind in _ORIGINS)
        elif kind == _CREATED and is_ai_agent(agent):
            yield _Statement("ai_generated", _by(agent, kind), agent, whole=True)
    for assertion in body.get("assertions") or ():
        label, agent = str(assertion.get("label")), _generator(body)
        if label.startswith(_METADATA):
            for source in _source_types(assertion.get("data")):
                says, name = source_type(source)
                yield _Statement(says, _by(agent, label, name), agent, whole=True)
        elif label.startswith(_DISCLOSURE):
            model = _model(assertion.get("data"))
            yield _Statement("ai_edited", _named(" ".join(filter(None, (_DISCLOSURE, model)))), model, whole=False)


def _model(disclosure: object) -> str:
    """Return the name of the model that an AI disclosure tells; "" if it tells none."""
    fields = disclosure if isinstance(disclosure, dict) else {}
    names = (fields.get(key) for key in ("modelName", "modelIdentifier"))
    return next((printable(name, 60) for name in names if isinstance(name, str) and name), "")


def _for_picture(manifest: _Manifest, created: bool, says: Says) -> Says:
    """Return what a source type says about the whole picture: AI in a part or an earlier step is an edit with AI."""
    if says == "ai_generated":
        return says if created and manifest.same_picture and not manifest.composited else "ai_edited"
    if says == "camera":
        return says if created and manifest.same_picture else "edited"
    return says


def _declaration(manifest: _Manifest, says: Says, what: str, agent: str = "") -> Declaration:
    signature = manifest.body.get("signature_info") or {}
    names = dict.fromkeys(str(signature[key]) for key in ("issuer", "common_name") if signature.get(key))
    parts: list[str] = [Phrase(manifest.introduced, what=bounded(what, 140))]
    parts += [manifest.note] if manifest.note else []
    parts += [Phrase("signed by {names}", names=" / ".join(printable(name, 50) for name in names))] if names else []
    parts += [Phrase("at {time}", time=printable(str(signature["time"]), 37))] if signature.get("time") else []
    detail = bounded(join("; ", parts), _MAX_DETAIL)
    return Declaration("c2pa", says, manifest.trust, detail, maker(says, agent))


def _actions(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the actions of all versions and instances of the assertion (c2pa.actions, c2pa.actions.v2).

    Version 2 may give an action's fields in a template for all actions of that name, and its agent by number.
    """
    for assertion in body.get("assertions") or ():
        data = assertion.get("data")
        if not str(assertion.get("label")).startswith("c2pa.actions") or not isinstance(data, dict):
            continue
        templates = [template for template in data.get("templates") or () if isinstance(template, dict)]
        agents = data.get("softwareAgents") or ()
        for action in data.get("actions") or ():
            if isinstance(action, dict):
                fitting = (t for t in templates if t.get("action") in ("*", action.get("action")))
                whole = {**next(fitting, {}), **action}
                number = whole.get("softwareAgentIndex")
                if isinstance(number, int) and 0 <= number < len(agents):
                    whole.setdefault("softwareAgent", agents[number])
                yield whole


def _source(action: dict[str, Any]) -> str:
    """Return an action's source type, which Adobe writes among its parameters."""
    return str(action.get("digitalSourceType") or _parameter(action, "com.adobe.digitalSourceType")).strip()


def _parameter(action: dict[str, Any], name: str) -> str:
    parameters = action.get("parameters")
    return str(parameters.get(name) or "") if isinstance(parameters, dict) else ""


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
    """Return the software agent: a text, or since version 2 of claims an object with a name.

    Adobe names a company's model that it used among the parameters.
    """
    agent = action.get("softwareAgent")
    name = agent.get("name") if isinstance(agent, dict) else agent
    return str(name or _parameter(action, "com.adobe.details")).strip()


def _generator(body: dict[str, Any]) -> str:
    infos = body.get("claim_generator_info") or ()
    named = [str(info["name"]) for info in infos if isinstance(info, dict) and info.get("name")]
    return (named[0] if named else str(body.get("claim_generator") or "")).strip()


def _named(names: str) -> Phrase:
    """A stranger's names, which are never translated."""
    return Phrase("{names}", names=names)


def _by(agent: str, *names: str) -> Phrase:
    """What was done, in the file's own names, and with what."""
    done = " ".join(names)
    return Phrase("{done} with {agent}", done=done, agent=printable(agent, 60)) if agent else _named(done)


READER = Reader(read, rank=0)
