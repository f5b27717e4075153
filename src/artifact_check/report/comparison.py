"""A comparison of a headshot with references, as text and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.page import load_template
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from PIL import Image

    from artifact_check.report.language import Language
    from artifact_check.results import Comparison, Point

_PACKAGE = "artifact_check.report"


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


def write_html(
    comparison: Comparison,
    headshot: Image.Image,
    reference: Image.Image,
    shares: Callable[[Sequence[Point]], list[Point]],
    out: TextIO,
    language: Language,
) -> None:
    """Write one self-contained page: both faces side by side and one over the other, and what changed.

    `headshot` and `reference` are square pictures with the eyes in the same places; `shares` maps places on the
    headshot to shares of its picture.
    """
    from artifact_check.report.drawing.previews import encode_picture  # noqa: PLC0415 - loads Pillow

    template = load_template(
        _PACKAGE, "comparison.html.jinja", (_PACKAGE, "report.css"), (_PACKAGE, "comparison.css"), language=language
    )
    side = headshot.width
    marks = [
        (round(x * side, 1), round(y * side, 1), number)
        for number, places in enumerate(_places(comparison), 1)
        for x, y in shares(places)
    ]
    out.writelines(
        template.generate(
            comparison=comparison,
            names=[Path(path).name for path in (comparison.headshot, comparison.likeness.reference)],
            headshot=encode_picture(headshot),
            reference=encode_picture(reference),
            changes=[sentence for trait in comparison.changed for sentence in trait.sentences],
            marks=marks,
        )
    )


def _places(comparison: Comparison) -> Iterator[Sequence[Point]]:
    """The places of each sentence about a change: of a mark its own, of another trait all."""
    for trait in comparison.changed:
        if len(trait.sentences) == len(trait.places):
            yield from ([place] for place in trait.places)
        else:
            yield trait.places
