"""Every English text that a person may meet, collected from where it is written.

Cues are found as the program finds them, so that a new one, or a new sentence of an old one, is among them.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np

from artifact_check import scale
from artifact_check.checking import advice, checker, declarations, visibility, wording
from artifact_check.comparing import wording as comparing
from artifact_check.cues import Abstained, discover, learned_values
from artifact_check.errors import PhotoError
from artifact_check.face import graph, landmarker
from artifact_check.model import bundle
from artifact_check.photo import colours, decoding, tiff, transfer
from artifact_check.phrase import FIELD, Phrase
from artifact_check.provenance import credential_checks, platforms
from artifact_check.provenance.readers import content_credentials, exif, generator_text, labels, xmp
from artifact_check.report import summary, text, words
from artifact_check.report.card import Card, build_card
from artifact_check.report.drawing.legend import build_legend
from artifact_check.report.drawing.marks import number_marks
from artifact_check.results import PhotoReport
from artifact_check.scanning import workers
from artifact_check.sources import archives, local, remote, source

_MODULES = (
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
    text,
    content_credentials,
    credential_checks,
)


def texts() -> set[str]:
    """What the program says about photos, and around that: texts without fields, and templates."""
    found = {*_of_words(), *_of_cues(), *_of_comparisons(), *_of_platforms()}
    for module in (exif, archives, remote):
        found |= set(_of_phrases(module))
    for module in _MODULES:
        found |= set(_of_module(module))
    found |= {said for _, said in generator_text._WORDS.values()}
    found |= {labels._AIGC_UNREADABLE, *(said for _, said in labels._AIGC_LABELS.values() if ":" in said)}
    found |= {xmp._PART, xmp._UNREADABLE}
    found |= {workers.TOO_LONG, workers.DIED, workers.NO_MEMORY, workers.FAILED}
    return {part for said in found for part in parts(said)}


def put_together(known: set[str]) -> Iterator[str]:
    """The f-strings for people, which nobody can translate, unless what they come to is a known text."""
    modules = (*_MODULES, words, comparing, exif, xmp, generator_text, platforms, *_modules_of_cues())
    for module in modules:
        nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))))
        silent = {id(part) for node in nodes if _not_for_people(node, vars(module)) for part in ast.walk(node)}
        for node in nodes:
            if isinstance(node, ast.JoinedStr) and id(node) not in silent:
                fixed = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                pattern = re.compile("".join(".+" if each is None else re.escape(each) for each in fixed))
                if _reads_like_text("".join(filter(None, fixed))) and not any(map(pattern.fullmatch, known)):
                    yield f"{module.__name__}:{node.lineno}: {ast.unparse(node)}"


def parts(said: str) -> Iterator[str]:
    """What is looked up to translate a text: the text, or its template and the fields that are translated in turn."""
    if not isinstance(said, Phrase):
        yield said
        return
    yield said.template
    kinds = dict(FIELD.findall(said.template))
    for name, value in said.fields.items():
        if kinds.get(name) == "text":
            yield from parts(value)


def is_text(part: str) -> bool:
    """Whether a part has letters of its own to translate."""
    return any(map(str.isalpha, FIELD.sub("", part)))


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
        if name.isupper() and name != "TYPE_CHECKING":
            yield from _strings(value)
    yield from _of_module(words)


def _of_platforms() -> Iterator[str]:
    yield from (row.does for row in platforms._TABLE)
    yield platforms._SYNTHID
    yield from _of_phrases(platforms)


def _of_phrases(module: ModuleType) -> Iterator[str]:
    """The templates of a module's phrases, for modules with other strings that read like text."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phrase":
            yield from _strings_of(node.args[0], {})


def _of_comparisons() -> Iterator[str]:
    yield from (*comparing.ADVICE, comparing.ANOTHER_FACE, comparing.ONLY_ITSELF)
    yield from (comparing.several_faces(2), comparing.wrong_number(20, 0))
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
        yield from (cue.name, cue.title, cue.innocent)
        yield from itertools.chain.from_iterable((measure.name, measure.sentence) for measure in cue.measures)
    units = {measure.unit for cue in discover() for measure in cue.measures}  # see `words.quantity`
    for module in _modules_of_cues():
        yield from set(_of_module(module)) - units


def _modules_of_cues() -> Iterator[ModuleType]:
    for cue in discover():
        module = importlib.import_module(cue.measure.__module__)
        files = pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}.")  # where it is a folder
        yield from (module, *(importlib.import_module(file.name) for file in files))


def _of_module(module: ModuleType) -> Iterator[str]:
    """Every string of a module that reads like text: it has a blank inside, is a mark's label, or fills a phrase."""
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))))
    chosen = {node.targets[0].id: node.value for node in nodes if _chooses(node)}
    names = {**vars(module), **chosen}
    silent = {id(part) for node in nodes if _not_for_people(node, names) for part in ast.walk(node)}
    silent |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in silent:
            yield from filter(_reads_like_text, _strings_of(node, names))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Evidence":
                yield from itertools.chain.from_iterable(_strings_of(label, names) for label in node.args[2:3])
            if node.func.id == "Phrase":
                yield from _of_phrase(node, names)


def _of_phrase(call: ast.Call, names: Mapping[str, object]) -> Iterator[str]:
    """The texts written in a phrase's fields that are translated in turn."""
    fields = {field.arg: list(_strings_of(field.value, names)) for field in call.keywords}
    for template in _strings_of(call.args[0], names):
        for name, kind in FIELD.findall(template):
            if kind == "text":
                yield from fields.get(name, ())


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
    return " " in said.strip() and sum(map(str.isalpha, said)) >= 2


def _strings_of(node: object, names: Mapping[str, object]) -> Iterable[str]:
    """The strings that an expression may be, as far as they are written in it."""
    match node:
        case ast.Constant(value=str() as said) | (str() as said):
            return [said]
        case ast.Name(id=name) if isinstance(names.get(name), str | ast.IfExp):
            return _strings_of(names[name], names)
        case ast.IfExp(body=first, orelse=last) | ast.BoolOp(values=[first, last]):
            return [*_strings_of(first, names), *_strings_of(last, names)]
        case _:
            return []
