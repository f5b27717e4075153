"""English texts that can be translated: a template and the fields that fill it.

A text without fields is a plain `str`. A field `{name:text}` holds a text that is translated in turn, `{name:number}` a
number or a percentage, and `{name}` a name that stays as it is, such as a file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Self

FIELD = re.compile(r"\{(\w+)(?::(text|number))?\}")


class Phrase(str):
    """An English text that remembers its template and fields.

    Attributes:
        template: the text with its fields in braces.
        fields: what fills them, by name.
    """

    __slots__ = ("fields", "template")
    template: str
    fields: Mapping[str, str]

    def __new__(cls, template: str, /, **fields: object) -> Self:
        texts = {name: value if isinstance(value, str) else str(value) for name, value in fields.items()}
        phrase = super().__new__(cls, FIELD.sub(lambda field: texts[field[1]], template))
        phrase.template, phrase.fields = template, texts
        return phrase

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self.template, self.fields)


def join(separator: str, texts: Iterable[str]) -> str:
    """Join texts into one, as `str.join` does; each is translated for itself."""
    fields = {f"text_{number}": text for number, text in enumerate(texts)}
    return Phrase(separator.join(f"{{{name}:text}}" for name in fields), **fields)


def capitalise(text: str) -> str:
    """Return a text with a capital first letter."""
    if not isinstance(text, Phrase):
        return f"{text[:1].upper()}{text[1:]}"
    first = FIELD.match(text.template)
    if first is None:
        return Phrase(capitalise(text.template), **text.fields)
    return Phrase(text.template, **{**text.fields, first[1]: capitalise(text.fields[first[1]])})


def as_sentence(text: str) -> str:
    """Return a text that ends in a full stop."""
    return Phrase("{text:text}.", text=text)


def _restore(template: str, fields: Mapping[str, str]) -> Phrase:
    return Phrase(template, **fields)
