"""A comparison of a headshot with references, as text, as a page or its content, and as a picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifact_check.report import words
from artifact_check.report.drawing.marks import number_changes
from artifact_check.report.page import load_template
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol, TextIO

    import numpy as np

    from artifact_check.report.drawing.marks import Mark
    from artifact_check.report.drawing.previews import InlinePicture, NumberedMark
    from artifact_check.report.language import Language
    from artifact_check.results import Comparison, Point

    class Pair(Protocol):
        """The headshot and the nearest reference: two square pictures (N, N, 3) uint8, the eyes in the same places."""

        @property
        def headshot(self) -> np.ndarray: ...

        @property
        def reference(self) -> np.ndarray: ...

        def shares(self, places: Sequence[Point]) -> list[Point]:
            """Map places on the headshot to shares of its picture."""

    Writer = Callable[[Comparison, Pair, TextIO, Language], None]

_PACKAGE = "artifact_check.report"


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What a page shows. `changes` are all that changed, `marks` those of them that have places, `others` what else."""

    comparison: Comparison
    name: str
    nearest: str
    headshot: InlinePicture
    reference: InlinePicture
    changes: tuple[Mark, ...]
    marks: tuple[NumberedMark, ...]
    others: tuple[str, ...]


def write_text(comparison: Comparison, out: TextIO, language: Language) -> None:
    """Write it for a terminal: the whole face, what changed, the rest, advice, and what this does not say."""
    out.writelines(f"{line}\n" for line in _lines(comparison, language))


def _lines(comparison: Comparison, language: Language) -> Iterator[str]:
    yield escape_unprintable(comparison.headshot)
    yield language.translate(comparison.likeness.sentence)
    yield language.translate(words.WITHIN if comparison.likeness.within else words.BEYOND)
    if not comparison.likeness.own:
        yield language.translate(words.STANDS_IN)
    for trait in comparison.changed:
        yield from (f"! {language.translate(sentence)}" for sentence in trait.sentences)
    yield from (f"- {language.translate(sentence)}" for sentence in others(comparison))
    yield from map(language.translate, comparison.advice)
    yield language.translate(words.MISTAKES)
    yield language.translate(words.NO_IDENTITY)


def write_html(comparison: Comparison, pair: Pair, out: TextIO, language: Language) -> None:
    """Write one self-contained page: both faces side by side and one over the other, and what changed."""
    sheets = (_PACKAGE, "report.css"), (_PACKAGE, "comparison.css")
    page = load_template(_PACKAGE, "comparison.html.jinja", *sheets, language=language)
    out.writelines(page.generate(shown=_shown(comparison, pair)))


def render(comparison: Comparison, pair: Pair, language: Language) -> str:
    """Return what that page shows, as a part of another page, below a heading of level 2."""
    rendered: str = _load_parts(language).comparison(_shown(comparison, pair), 4)
    return rendered


@cache
def _load_parts(language: Language) -> Any:  # noqa: ANN401 - the template's macros
    return load_template(_PACKAGE, "comparison_parts.html.jinja", language=language).module


def _shown(comparison: Comparison, pair: Pair) -> _Shown:
    from PIL import Image  # noqa: PLC0415 - text needs no Pillow

    from artifact_check.report.drawing.previews import encode_picture, numbered_marks  # noqa: PLC0415

    changes = number_changes(comparison, pair.shares)
    headshot, reference = (encode_picture(Image.fromarray(picture)) for picture in (pair.headshot, pair.reference))
    shown = (*names(comparison), headshot, reference, changes, numbered_marks(changes), others(comparison))
    return _Shown(comparison, *shown)


def write_png(comparison: Comparison, pair: Pair, out: TextIO, language: Language) -> None:
    """Write the same as one PNG, to the binary buffer of `out`."""
    from artifact_check.report.comparison_sheet import draw_comparison  # noqa: PLC0415 - text needs no Pillow
    from artifact_check.report.drawing.sheet import choose_language  # noqa: PLC0415

    encoded = io.BytesIO()
    draw_comparison(comparison, pair, choose_language(language)).save(encoded, "PNG")
    out.buffer.write(encoded.getvalue())


WRITERS: dict[str, Writer] = {".png": write_png, ".html": write_html}


def others(comparison: Comparison) -> tuple[str, ...]:
    """Return what is said of the traits that did not change or were not seen."""
    return tuple(said for trait in comparison.traits if trait.status != "changed" for said in trait.sentences)


def names(comparison: Comparison) -> tuple[str, str]:
    """Return the file names of the headshot and of the nearest reference, without their folders."""
    return Path(comparison.headshot).name, Path(comparison.likeness.reference).name
