"""Translates English texts for people.

Reports are created, stored and compared in English, and translated when they are shown. Each language is one file,
`translations/CODE.json`: "texts" maps English texts, and the templates of those with fields (`phrase`), to
translations; "decimal" is its decimal sign; "fonts" lists common system fonts, for pictures. The names of a template's
fields stand in braces in the translation. A final full stop and the case of the first letter make no difference.

Text without a translation stays English. Metadata from untrusted files is never translated, only what we say around it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from artifact_check.phrase import FIELD, Phrase, capitalise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from artifact_check.results import CueResult, Declaration, PhotoReport

_TRANSLATIONS = resources.files("artifact_check.report") / "translations"
_NUMBER = re.compile(r"[-+]?\d[\d.,]*( ?%)?")


class Language:
    """Translates the texts of this program into one language. English leaves them unchanged."""

    def __init__(
        self,
        code: str,
        texts: Mapping[str, str] = MappingProxyType({}),
        fonts: tuple[str, ...] = (),
        decimal: str = ".",
    ) -> None:
        self.code = code
        self.fonts = fonts  # fonts with its letters, if Pillow's own font lacks some
        self.letters = frozenset("".join(texts.values()))
        self._translations = {_key(english): translation.removesuffix(".") for english, translation in texts.items()}
        self._decimal = decimal

    def translate(self, text: str) -> str:
        """Translate a text of this program; of one with fields, each for itself."""
        if not self._translations:
            return text
        if isinstance(text, Phrase):
            return self._translate_phrase(text)
        if _NUMBER.fullmatch(text):
            return text.replace(".", self._decimal)
        return self._look_up(text)

    def _translate_phrase(self, phrase: Phrase) -> str:
        kinds = dict(FIELD.findall(phrase.template))
        fields = {name: self.translate(text) if kinds.get(name) else text for name, text in phrase.fields.items()}
        text = FIELD.sub(lambda field: fields[field[1]], self._look_up(phrase.template))
        return capitalise(text) if phrase.template[:1].isupper() else text

    def _look_up(self, text: str) -> str:
        translation = self._translations.get(_key(text))
        if translation is None:
            return text
        stop = "." if text.endswith(".") else ""
        return f"{capitalise(translation) if text[:1].isupper() else translation}{stop}"

    def translate_report(self, report: PhotoReport) -> PhotoReport:
        """Return the report with all texts for people translated. Only for display, not to store or compare."""
        if not self._translations:
            return report
        return replace(
            report,
            message=None if report.message is None else self.translate(report.message),
            cues=tuple(map(self._translate_cue, report.cues)),
            provenance=tuple(map(self._translate_declaration, report.provenance)),
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

    def _translate_declaration(self, declaration: Declaration) -> Declaration:
        """Translate what we say around a file's metadata; what is not a phrase may be a stranger's."""
        detail = declaration.detail
        return replace(declaration, detail=self.translate(detail) if isinstance(detail, Phrase) else detail)

    def translate_module(self, module: ModuleType) -> Any:  # noqa: ANN401 - has the module's attributes
        """Return a view of a module such as `words` whose constants and function results are translated."""
        return _TranslatedModule(module, self.translate) if self._translations else module


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
    return Language(code, file["texts"], tuple(file["fonts"]), file["decimal"])


def _key(text: str) -> str:
    """What texts have in common that differ in a capital first letter and a final full stop only."""
    return f"{text[:1].lower()}{text[1:]}".removesuffix(".")
