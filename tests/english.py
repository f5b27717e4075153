"""Every English text that a person may meet, collected from where it is written.

Cues are found as the program finds them, so that a new one, or a new sentence of an old one, is among them.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import itertools
import pkgutil
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
from provenance_corpus import ascii_field, exif_block, thumbnail_of, with_exif

from artifact_check import provenance, scale
from artifact_check.checking import advice, checker, declarations, visibility, wording
from artifact_check.comparing import wording as comparing
from artifact_check.cues import Abstained, discover, learned_values
from artifact_check.errors import PhotoError
from artifact_check.face import graph, landmarker
from artifact_check.model import bundle
from artifact_check.photo import colours, decoding, tiff, transfer
from artifact_check.provenance import credential_checks, platforms
from artifact_check.provenance.readers import content_credentials, exif, generator_text, labels, xmp
from artifact_check.report import summary, text, words
from artifact_check.report.card import Card, build_card
from artifact_check.report.drawing.legend import build_legend
from artifact_check.report.drawing.marks import number_marks
from artifact_check.results import Declaration, PhotoReport
from artifact_check.scanning import workers
from artifact_check.sources import archives, local, remote, source

EXAMPLE = "7"  # stands where text is put together when the program runs
_WAYS = 64
_MADE = {
    "label": "c2pa.actions.v2",
    "data": {
        "actions": [
            {
                "action": "c2pa.created",
                "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
                "softwareAgent": {"name": EXAMPLE},
            }
        ]
    },
}
_STORE = {
    "active_manifest": "a",
    "validation_state": "Invalid",
    "manifests": {
        "a": {
            "assertions": [_MADE],
            "signature_info": {"issuer": EXAMPLE, "time": EXAMPLE},
            "ingredients": [
                {"active_manifest": "b", "relationship": "parentOf"},
                {"active_manifest": "c", "relationship": "componentOf"},
            ],
        },
        "b": {"assertions": [_MADE], "signature_info": {"issuer": EXAMPLE}},
        "c": {"assertions": [_MADE]},
    },
}

_CREATED = {"actions": [{"action": "c2pa.created", "softwareAgent": EXAMPLE}]}
_UNSTATED = {
    "active_manifest": "a",
    "validation_state": "Valid",
    "manifests": {"a": {"assertions": [{"label": "c2pa.actions", "data": _CREATED}]}},
}


def texts() -> set[str]:
    """What the program says about photos, and around that."""
    found = {*_of_words(), *_of_cues(), *_of_comparisons(), *(row.sentence for row in platforms._TABLE)}
    found |= {platforms._X_IS_SILENT, platforms._NOTHING, platforms._SYNTHID}
    found.add(f"{EXAMPLE}: nothing here to read ({EXAMPLE})")
    for module in (
        checker,
        wording,
        visibility,
        advice,
        decoding,
        colours,
        graph,
        tiff,
        transfer,
        landmarker,
        declarations,
        summary,
        scale,
        source,
        local,
        archives,
        remote,
    ):
        found |= set(_of_module(module))
    found.add(text.describe_declaration(Declaration("xmp", "ai_generated", "declared", "", "Painter")))
    return {*found, workers.TOO_LONG, workers.DIED, workers.NO_MEMORY, workers.FAILED.format(EXAMPLE)}


def details() -> set[tuple[str, str]]:
    """What it says around strangers' metadata, with the kind of declaration."""
    found = {("generator_text", said.format(EXAMPLE)) for _, said in generator_text._WORDS.values()}
    found |= {("xmp", said) for said in (xmp._PART, xmp._UNREADABLE)}
    found |= {("c2pa", f"{EXAMPLE}; {note}") for note in (*(note for _, note in credential_checks._NOTES), "not valid")}
    unsure = [said for _, said in labels._AIGC_LABELS.values() if ":" in said]
    found |= set(itertools.product(("exif", "generator_text", "xmp"), (*unsure, labels._AIGC_UNREADABLE)))
    stores = (declared for store in (_STORE, _UNSTATED) for declared in content_credentials.declarations(store))
    examples = {(said.kind, said.detail) for said in (*stores, *_of_cameras())}
    for kind, module in (("c2pa", content_credentials), ("exif", exif)):
        whole = {detail for of, detail in examples if of == kind}
        # What is put together from parts is shown only whole, as in the examples.
        found |= {(kind, said) for said in _of_module(module) if not any(said in detail for detail in whole)}
    return found | examples


def _of_cameras() -> Iterator[Declaration]:
    """What is read from camera photos with and without a maker's note and a thumbnail."""
    named = {0x010F: ascii_field("Canon"), 0x0110: ascii_field("EOS R5")}
    plain = {0x8827: (3, 1, struct.pack("<H", 400)), 0x9003: ascii_field("2024:05:06 07:08:09")}
    noted = {**plain, 0x927C: (7, 8, b"notes of")}
    for shot, thumbnail in ((noted, None), (plain, thumbnail_of()), (noted, thumbnail_of())):
        yield from provenance.read(with_exif("JPEG", exif_block(named, shot, thumbnail)))


def of_report(report: PhotoReport) -> Iterator[str]:
    """What one photo's report says, apart from its name and strangers' metadata."""
    yield from filter(None, (report.message, report.good_for, *report.advice, *report.platforms))
    yield from of_card(build_card(report, bundle.read_facts(None)))
    for cue in report.cues:
        yield from filter(None, (cue.name, cue.reason, cue.summary))
        yield from (seen.label for seen in cue.evidence)
        yield from text.cue_lines(cue)
        for entry in build_legend(cue, (mark for mark in number_marks(report) if mark.cue == cue.name)):
            yield from filter(None, (entry.sentence, entry.comparison))
    yield from (
        text.outcome(report),
        text.reasons(report),
        text.declaration_summary(report),
    )
    yield from map(text.describe_declaration, report.provenance)
    if report.photo is not None:
        yield words.facts(report.photo)


def of_card(card: Card) -> Iterator[str]:
    """What a card says apart from its headings, once for each text that is translated."""
    yield from (card.headline, *card.sentences, *card.others, *card.declared, *card.forecast, *card.appeal)
    for reason in card.reasons:
        yield from (reason.title, reason.sentence)
    for who, steps in card.steps:
        yield from (who, *steps)
    if card.zones is not None:
        yield words.score_line(card.zones.score, card.zones.low, card.zones.high)


def _of_words() -> Iterator[str]:
    for name, value in vars(words).items():
        if name.isupper() and name not in {"TYPE_CHECKING", "UNITS"}:
            yield from _strings(value)
    yield from (words.quantity(EXAMPLE, unit) for unit in words.UNITS)
    yield from _of_module(words)


def _of_comparisons() -> Iterator[str]:
    yield from comparing.ADVICE
    yield from (comparing.likeness(0.52, 0.31, 0.44, own=own) for own in (True, False))
    for name, references, away in itertools.product(comparing.TITLES, (1, 5), itertools.product((-1, 1), (-1, 1))):
        yield from (comparing.unchanged(name), comparing.unchanged_above(name, 7.4), comparing.not_seen(name))
        if name != "marks":
            yield comparing.changed(name, np.array(away), references)
    for place in ((0, 5), (0, -6), (0, 0), (3, 0), (-3, 0)):
        yield from (comparing.lost(place), comparing.new(place))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(_strings, value.values()))
    elif isinstance(value, tuple):
        yield from itertools.chain.from_iterable(map(_strings, value))


def _of_cues() -> Iterator[str]:
    for name in (Abstained.__module__, discover.__module__, learned_values.__module__):
        yield from _of_module(importlib.import_module(name))
    for cue in discover():
        yield from (cue.name, cue.title, words.innocent(cue.title, cue.innocent))
        yield from itertools.chain.from_iterable((measure.name, measure.sentence) for measure in cue.measures)
        module = importlib.import_module(cue.measure.__module__)
        files = pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}.")  # where it is a folder
        for part in (module, *(importlib.import_module(file.name) for file in files)):
            yield from set(_of_module(part)) - {measure.unit for measure in cue.measures}  # see `words.quantity`


def _of_module(module: ModuleType) -> Iterator[str]:
    """Every string of a module that reads like text: it has a blank inside, or is a mark's label."""
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))))
    chosen = {node.targets[0].id: node.value for node in nodes if _chooses(node)}
    names = {**vars(module), **chosen}
    inner = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in list(ast.walk(node))[1:]}
    silent = {id(part) for node in nodes if _not_for_people(node, names) for part in ast.walk(node)} | inner
    for node in nodes:
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in silent:
            yield from filter(_reads_like_text, _expanded(node, names))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Evidence":
            yield from itertools.chain.from_iterable(_expanded(label, names) for label in node.args[2:3])


def _chooses(node: ast.AST) -> bool:
    """Such as `side = "left" if ... else "right"`."""
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp) and isinstance(node.targets[0], ast.Name)


def _not_for_people(node: ast.AST, names: Mapping[str, object]) -> bool:
    """A docstring, or an error that stops the program."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call) or not isinstance(node.exc.func, ast.Name):
        return False
    raised = names.get(node.exc.func.id) or vars(builtins)[node.exc.func.id]
    return raised.__name__ != "Abstained" and not issubclass(raised, PhotoError)


def _reads_like_text(said: str) -> bool:
    return " " in said.strip() and "{" not in said and sum(map(str.isalpha, said)) >= 2


def _expanded(node: object, names: Mapping[str, object]) -> Iterable[str]:
    """The texts that an expression may come to, with an example where that is not written in it."""
    match node:
        case ast.Constant(value=str() as said) | (str() as said):
            return [said]
        case ast.Name(id=name) if isinstance(names.get(name), str | ast.IfExp):
            return _expanded(names[name], names)
        case ast.IfExp(body=first, orelse=last) | ast.BoolOp(values=[first, last]):
            return [*_expanded(first, names), *_expanded(last, names)]
        case ast.FormattedValue(value=value):
            return _expanded(value, names)
        case ast.JoinedStr(values=values):
            ways = itertools.product(*(_expanded(value, names) for value in values))
            return ["".join(parts) for parts in itertools.islice(ways, _WAYS)]
        case _:
            return [EXAMPLE]
