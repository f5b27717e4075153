"""Translates English texts for people.

Reports are created, stored and compared in English, and translated when they are shown. Each language is one file,
`translations/CODE.json`. Its sections map English text to translations. The section "texts" holds the texts of this
program. Sections named after a kind of declaration ("exif") hold the texts around metadata from untrusted files; the
metadata itself is never translated. "fonts" lists common system fonts, for pictures.

English keys may have fields. `{name}` matches anything and `{name:word}` a word; these are copied unchanged.
`{name:number}` matches a number or a percentage, and gets the file's "decimal" sign. `{name:text}` is translated in
turn. Text without an entry stays English.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from artifact_check.results import CueResult, PhotoReport

_TRANSLATIONS = resources.files("artifact_check.report") / "translations"
_TEXTS = "texts"
_FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")
_KINDS = {"number": re.compile(r"[-+]?\d[\d.,]*( ?%)?"), "word": re.compile(r"[^\s,;]+")}
_MIN_LETTERS = 5  # an entry with fewer letters outside its fields could match almost any sentence
_MAX_MATCHES = 50  # ways to match a text with one entry
_CACHE_SIZE = 4096  # translations; the texts of a scan repeat


@dataclass(frozen=True, slots=True)
class _Translation:
    """A translation, its number of letters still in English, and whether an entry matched."""

    text: str
    untranslated: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    """A translation entry: the English parts between its fields, and the fields' names and kinds.

    A final full stop is removed.
    """

    parts: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str | None, ...]
    translation: str

    @property
    def letters(self) -> int:
        return sum(map(_count_letters, self.parts))

    @property
    def is_specific(self) -> bool:
        return self.letters >= _MIN_LETTERS or "number" in self.kinds

    def matches(self, text: str) -> Iterator[tuple[str, ...]]:
        """Yield the field values of every way to match a text."""
        first, *rest = self.parts
        if _uncapitalise(text[: len(first)]) == first:
            yield from _split_fields(text[len(first) :], rest)

    def fits(self, values: tuple[str, ...]) -> bool:
        return all(
            _KINDS[kind].fullmatch(value) for kind, value in zip(self.kinds, values, strict=True) if kind in _KINDS
        )

    def fill(self, values: tuple[str, ...], *, capital: bool) -> str:
        """Return the translation with its fields filled in, capitalised if `capital` is set."""
        by_name = dict(zip(self.names, values, strict=True))
        text = _FIELD.sub(lambda field: by_name[field[1]], self.translation)
        return f"{text[:1].upper()}{text[1:]}" if capital and self.parts[0] else text


class _Section:
    """Translation entries for the same texts; those with more literal text are tried first."""

    def __init__(self, entries: Mapping[str, str], decimal: str) -> None:
        self._decimal = decimal
        parsed = [_parse_entry(english, translation) for english, translation in entries.items()]
        self._whole = {entry.parts[0]: entry for entry in parsed if not entry.names}
        self._patterns = sorted((entry for entry in parsed if entry.names), key=lambda entry: -entry.letters)
        self.translate = lru_cache(_CACHE_SIZE)(self._translate)

    def _translate(self, text: str) -> _Translation:
        """Return the translation that leaves the fewest letters in English."""
        if _KINDS["number"].fullmatch(text):
            return _Translation(self._localise(text), 0)
        core = text.removesuffix(".")
        stop, capital = text[len(core) :], text[:1].isupper()
        whole = self._whole.get(_uncapitalise(core))
        if whole is not None:
            return _Translation(whole.fill((), capital=capital) + stop, 0)
        best = _Translation(text, _count_letters(text), known=False)
        for entry in self._patterns if best.untranslated else ():
            for values in islice(entry.matches(core), _MAX_MATCHES):
                found = self._apply(entry, values, capital=capital)
                if found is not None and (found.untranslated, not found.known) < (best.untranslated, not best.known):
                    best = _Translation(found.text + stop, found.untranslated)
            if best.untranslated == 0:
                break
        return best

    def _apply(self, entry: _Entry, values: tuple[str, ...], *, capital: bool) -> _Translation | None:
        """Translate with one entry; None if the entry does not fit."""
        if not entry.fits(values):
            return None
        parts = [
            self.translate(value)
            if kind == "text"
            else _Translation(self._localise(value) if kind == "number" else value, 0)
            for value, kind in zip(values, entry.kinds, strict=True)
        ]
        if not entry.is_specific and any(part.untranslated and not part.known for part in parts):
            return None
        return _Translation(
            entry.fill(tuple(part.text for part in parts), capital=capital), sum(p.untranslated for p in parts)
        )

    def _localise(self, number: str) -> str:
        return number.replace(".", self._decimal)


class Language:
    """Translates the texts of this program into one language. English leaves them unchanged."""

    def __init__(
        self,
        code: str,
        sections: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        fonts: tuple[str, ...] = (),
        decimal: str = ".",
    ) -> None:
        self.code = code
        self.fonts = fonts  # fonts with its letters, if Pillow's own font lacks some
        self.letters = frozenset("".join(text for entries in sections.values() for text in entries.values()))
        self._sections = {
            # Numbers of strangers' metadata stay as they are.
            name: _Section(entries, decimal if name == _TEXTS else ".")
            for name, entries in sections.items()
        }

    def translate(self, text: str, section: str = _TEXTS) -> str:
        """Translate a text of this program, or the parts of it that have entries."""
        return self._sections[section].translate(text).text if section in self._sections else text

    def translate_report(self, report: PhotoReport) -> PhotoReport:
        """Return the report with all texts for people translated. Only for display, not to store or compare."""
        if not self._sections:
            return report
        return replace(
            report,
            message=None if report.message is None else self.translate(report.message),
            cues=tuple(map(self._translate_cue, report.cues)),
            provenance=tuple(replace(d, detail=self.translate(d.detail, d.kind)) for d in report.provenance),
            platforms=tuple(map(self.translate, report.platforms)),
            good_for=None if report.good_for is None else self.translate(report.good_for),
            advice=tuple(map(self.translate, report.advice)),
        )

    def _translate_cue(self, cue: CueResult) -> CueResult:
        return replace(
            cue,
            name=self.translate(cue.name),
            reason=None if cue.reason is None else self.translate(cue.reason),
            summary=self.translate(cue.summary),
            measures=tuple(replace(measure, sentence=self.translate(measure.sentence)) for measure in cue.measures),
            evidence=tuple(replace(evidence, label=self.translate(evidence.label)) for evidence in cue.evidence),
        )

    def translate_module(self, module: ModuleType) -> Any:  # noqa: ANN401 - has the module's attributes
        """Return a view of a module such as `words` whose constants and function results are translated."""
        return _TranslatedModule(module, self.translate) if self._sections else module


class _TranslatedModule:
    def __init__(self, module: ModuleType, translate: Callable[[str], str]) -> None:
        self._module = module
        self._translate_text = translate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return self._translate(getattr(self._module, name))

    def _translate(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return self._translate_text(value)
        if isinstance(value, list | tuple):
            return type(value)(map(self._translate, value))
        if isinstance(value, dict):
            return {key: self._translate(item) for key, item in value.items()}
        if callable(value):
            return lambda *args, **named: self._translate(value(*args, **named))
        return value


ENGLISH = Language("en")


@cache
def language_codes() -> tuple[str, ...]:
    """Return the codes of all languages, English first."""
    files = sorted(file.name for file in _TRANSLATIONS.iterdir())
    return ENGLISH.code, *(name.removesuffix(".json") for name in files if name.endswith(".json"))


@cache
def get_language(code: str) -> Language:
    """Return the language with one of these codes."""
    if code == ENGLISH.code:
        return ENGLISH
    file = json.loads((_TRANSLATIONS / f"{code}.json").read_text("utf-8"))
    return Language(code, file["sections"], tuple(file["fonts"]), file["decimal"])


def _parse_entry(english: str, translation: str) -> _Entry:
    parts = _FIELD.split(english.removesuffix("."))
    literals = (_uncapitalise(parts[0]), *parts[3::3])
    return _Entry(literals, tuple(parts[1::3]), tuple(parts[2::3]), translation.removesuffix("."))


def _split_fields(text: str, parts: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield every way to split a text at `parts`, with a non-empty field before each; the last part ends the text."""
    part, *rest = parts
    if not rest:
        if text.endswith(part) and len(text) > len(part):
            yield (text[: len(text) - len(part)],)
        return
    end = text.find(part, 1)
    while end > 0:
        yield from ((text[:end], *others) for others in _split_fields(text[end + len(part) :], rest))
        end = text.find(part, end + 1)


def _uncapitalise(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _count_letters(text: str) -> int:
    return sum(map(str.isalpha, text))
