"""A comparison of a headshot with references, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from artifact_check.report.language import Language
    from artifact_check.results import Comparison


def write_text(comparison: Comparison, out: TextIO, language: Language) -> None:
    """Write it for a terminal: the whole face, what changed, the rest, advice, and what this does not say."""
    out.writelines(f"{line}\n" for line in _lines(comparison, language))


def _lines(comparison: Comparison, language: Language) -> Iterator[str]:
    yield escape_unprintable(comparison.headshot)
    yield language.translate(comparison.likeness.sentence)
    yield language.translate(words.WITHIN if comparison.likeness.within else words.BEYOND)
    if not comparison.likeness.own:
        yield language.translate(words.STANDS_IN)
    changed = comparison.changed
    for trait in (*changed, *(trait for trait in comparison.traits if trait not in changed)):
        mark = "!" if trait.status == "changed" else "-"
        yield from (f"{mark} {language.translate(sentence)}" for sentence in trait.sentences)
    yield from map(language.translate, comparison.advice)
    yield language.translate(words.MISTAKES)
    yield language.translate(words.NO_IDENTITY)
