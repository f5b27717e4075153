"""What people read, in another language: English text in, its translation out.

Reports are made, stored and compared in English; they are translated when they are shown. A language is one file,
`translations/CODE.json`. Its sections hold English text and the translation of it: "texts" is what this program says,
and a declaration's kind ("exif") what it says around strangers' metadata, which is never translated. Its fonts are
files that systems come with, for pictures.

English text may have fields: `{name}` is anything, kept as it is; `{name:number}` and `{name:word}` are kept, too, and
nothing else fits them; `{name:text}` is translated in turn. What has no entry stays English.
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
_KINDS = {"number": re.compile(r"[-+]?\d[\d.,]*%?"), "word": re.compile(r"[^\s,;]+")}
_ANCHOR = 5  # letters; an entry with fewer between its fields could be read into any sentence
_WAYS = 50  # to read a text as one entry that are tried
_KEPT = 4096  # translations; a scan says the same things over and over


@dataclass(frozen=True, slots=True)
class _Said:
    """A translation, how many letters of it are still English, and whether there was an entry for it."""

    text: str
    left: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    """An English text as the parts between its fields, and the fields' names and kinds; without its full stop."""

    parts: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str | None, ...]
    translation: str

    @property
    def letters(self) -> int:
        return sum(map(_letters, self.parts))

    @property
    def anchored(self) -> bool:
        return self.letters >= _ANCHOR or "number" in self.kinds

    def readings(self, text: str) -> Iterator[tuple[str, ...]]:
        """Every way to read a text as this entry, as what stands in its fields."""
        first, *rest = self.parts
        if _uncapitalised(text[: len(first)]) == first:
            yield from _fields(text[len(first) :], rest)

    def fits(self, values: tuple[str, ...]) -> bool:
        return all(
            _KINDS[kind].fullmatch(value) for kind, value in zip(self.kinds, values, strict=True) if kind in _KINDS
        )

    def filled(self, values: tuple[str, ...], *, capital: bool) -> str:
        """The translation with its fields, beginning with a capital where the English did, however it stands here."""
        by_name = dict(zip(self.names, values, strict=True))
        said = _FIELD.sub(lambda field: by_name[field[1]], self.translation)
        return f"{said[:1].upper()}{said[1:]}" if capital and self.parts[0] else said


class _Section:
    """Entries that are tried on the same texts: those that say more in so many words come first."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        made = [_entry(english, translation) for english, translation in entries.items()]
        self._whole = {entry.parts[0]: entry for entry in made if not entry.names}
        self._patterns = sorted((entry for entry in made if entry.names), key=lambda entry: -entry.letters)
        self.said = lru_cache(_KEPT)(self._said)

    def _said(self, text: str) -> _Said:
        """The translation that leaves least of a text in English."""
        core = text.removesuffix(".")
        stop, capital = text[len(core) :], text[:1].isupper()
        whole = self._whole.get(_uncapitalised(core))
        if whole is not None:
            return _Said(whole.filled((), capital=capital) + stop, 0)
        best = _Said(text, _letters(text), known=False)
        for entry in self._patterns if best.left else ():
            for values in islice(entry.readings(core), _WAYS):
                said = self._read(entry, values, capital=capital)
                if said is not None and (said.left, not said.known) < (best.left, not best.known):
                    best = _Said(said.text + stop, said.left)
            if best.left == 0:
                break
        return best

    def _read(self, entry: _Entry, values: tuple[str, ...], *, capital: bool) -> _Said | None:
        """A text read as an entry; None where it can't be meant."""
        if not entry.fits(values):
            return None
        parts = [
            self.said(value) if kind == "text" else _Said(value, 0)
            for value, kind in zip(values, entry.kinds, strict=True)
        ]
        if not entry.anchored and any(part.left and not part.known for part in parts):
            return None
        return _Said(entry.filled(tuple(part.text for part in parts), capital=capital), sum(p.left for p in parts))


class Language:
    """What this program says, in one language; English is what it is, untouched."""

    def __init__(
        self, code: str, sections: Mapping[str, Mapping[str, str]] = MappingProxyType({}), fonts: tuple[str, ...] = ()
    ) -> None:
        self.code = code
        self.fonts = fonts  # files that have its letters, where Pillow's own font lacks them
        self.letters = frozenset("".join(said for entries in sections.values() for said in entries.values()))
        self._sections = {name: _Section(entries) for name, entries in sections.items()}

    def say(self, text: str, section: str = _TEXTS) -> str:
        """The translation of a text of this program, as far as it is known."""
        return self._sections[section].said(text).text if section in self._sections else text

    def report(self, report: PhotoReport) -> PhotoReport:
        """A report to be shown, with every text for people translated: no longer one to store or to compare."""
        if not self._sections:
            return report
        return replace(
            report,
            message=None if report.message is None else self.say(report.message),
            cues=tuple(map(self._cue, report.cues)),
            provenance=tuple(replace(said, detail=self.say(said.detail, said.kind)) for said in report.provenance),
            platforms=tuple(map(self.say, report.platforms)),
            advice=tuple(map(self.say, report.advice)),
        )

    def _cue(self, cue: CueResult) -> CueResult:
        return replace(
            cue,
            name=self.say(cue.name),
            reason=None if cue.reason is None else self.say(cue.reason),
            summary=self.say(cue.summary),
            measures=tuple(replace(measure, sentence=self.say(measure.sentence)) for measure in cue.measures),
            vectors=tuple(replace(vector, sentence=self.say(vector.sentence)) for vector in cue.vectors),
            evidence=tuple(replace(seen, label=self.say(seen.label)) for seen in cue.evidence),
        )

    def view(self, module: ModuleType) -> Any:  # noqa: ANN401 - has what the module has
        """A module such as `words` whose texts, and whose functions' texts, are said in this language."""
        return _View(module, self.say) if self._sections else module


class _View:
    def __init__(self, module: ModuleType, say: Callable[[str], str]) -> None:
        self._module = module
        self._say = say

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return self._spoken(getattr(self._module, name))

    def _spoken(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return self._say(value)
        if isinstance(value, list | tuple):
            return type(value)(map(self._spoken, value))
        if isinstance(value, dict):
            return {key: self._spoken(held) for key, held in value.items()}
        if callable(value):
            return lambda *args, **named: self._spoken(value(*args, **named))
        return value


ENGLISH = Language("en")


@cache
def codes() -> tuple[str, ...]:
    """The languages there are, English first."""
    files = sorted(file.name for file in _TRANSLATIONS.iterdir())
    return ENGLISH.code, *(name.removesuffix(".json") for name in files if name.endswith(".json"))


@cache
def spoken(code: str) -> Language:
    """The language of one of `codes`."""
    if code == ENGLISH.code:
        return ENGLISH
    file = json.loads((_TRANSLATIONS / f"{code}.json").read_text("utf-8"))
    return Language(code, file["sections"], tuple(file["fonts"]))


def _entry(english: str, translation: str) -> _Entry:
    parts = _FIELD.split(english.removesuffix("."))
    literals = (_uncapitalised(parts[0]), *parts[3::3])
    return _Entry(literals, tuple(parts[1::3]), tuple(parts[2::3]), translation.removesuffix("."))


def _fields(text: str, parts: list[str]) -> Iterator[tuple[str, ...]]:
    """Every way to cut a text at `parts` so that something stands before each; the last one ends the text."""
    part, *rest = parts
    if not rest:
        if text.endswith(part) and len(text) > len(part):
            yield (text[: len(text) - len(part)],)
        return
    end = text.find(part, 1)
    while end > 0:
        yield from ((text[:end], *others) for others in _fields(text[end + len(part) :], rest))
        end = text.find(part, end + 1)


def _uncapitalised(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))
