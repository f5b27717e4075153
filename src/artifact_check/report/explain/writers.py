"""Writers of an explanation: PNG, HTML and text. Importing this is slow (numpy, cv2, Pillow)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from artifact_check.report import text, words
from artifact_check.report.card import build_card
from artifact_check.report.console import STYLES, new_console, zone_bar
from artifact_check.report.drawing.previews import picture_of_card
from artifact_check.report.drawing.sheet import choose_language
from artifact_check.report.explain.explanation import build_explanation
from artifact_check.report.explain.sheet import draw_sheet
from artifact_check.report.format import PLAIN, Context
from artifact_check.report.page import load_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol, TextIO

    from jinja2 import Template
    from PIL import Image

    from artifact_check.report.card import Card
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport

    class Writer(Protocol):
        """Writes the explanation of one photo; `image` is None if it could not be decoded."""

        def __call__(
            self, report: PhotoReport, image: Image.Image | None, out: TextIO, context: Context = ...
        ) -> None: ...


def write_png(report: PhotoReport, image: Image.Image | None, out: TextIO, context: Context = PLAIN) -> None:
    """Write the card as one PNG, to the binary buffer of `out`."""
    encoded = io.BytesIO()
    language = choose_language(context.language)
    translated = language.translate_report(report)
    draw_sheet(translated, build_card(translated, context.facts()), image, language).save(encoded, "PNG")
    out.buffer.write(encoded.getvalue())


def write_html(report: PhotoReport, image: Image.Image | None, out: TextIO, context: Context = PLAIN) -> None:
    """Write one self-contained page: the card, and below it all measurements."""
    translated = context.language.translate_report(report)
    card = build_card(translated, context.facts())
    explanation = build_explanation(translated, image)
    pictures = {"picture": picture_of_card(translated, card, explanation.bare), "chapters": explanation.by_cue}
    out.writelines(_load_template(context.language).generate(report=translated, card=card, **pictures))


WRITERS: dict[str, Writer] = {".png": write_png, ".html": write_html}


def write_text(report: PhotoReport, out: TextIO, context: Context = PLAIN) -> None:
    """Write the card for a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    language, console = context.language, new_console(out)
    card = build_card(report, context.facts())
    console.print(Text(text.escape_unprintable(report.path), "bold"))
    console.print(Text(language.translate(card.headline), STYLES[report.verdict]))
    for indent, line in _lines(report, card, ascii_only=console.options.ascii_only):
        shown = Text(text.escape_unprintable(language.translate(line)))
        console.print(Padding(shown, (0, 0, 0, 2 * indent), expand=False) if line else shown)


def _lines(report: PhotoReport, card: Card, *, ascii_only: bool) -> Iterator[tuple[int, str]]:
    """Yield every line below the headline, with its level of indentation."""
    yield from ((0, line) for line in card.sentences)
    if card.zones is not None:
        yield 0, ""
        yield 0, zone_bar(card.zones, ascii_only=ascii_only)
        yield 0, words.score_line(card.zones.score, card.zones.low, card.zones.high)
        if card.zones.ai is not None and card.zones.camera is not None:
            yield 0, words.limits(card.zones.ai, card.zones.camera)
        yield from _section(
            words.WHY,
            [line for reason in card.reasons for line in (reason.title, reason.sentence) if line] or [words.NO_REASON],
        )
    yield from _section(words.OTHERS, card.others)
    yield from _section(words.DECLARATIONS, card.declared)
    yield from _section(words.PLATFORMS, card.forecast)
    for who, steps in card.steps:
        yield from _section(who, steps)
    yield from _section(words.APPEAL, card.appeal)
    yield from _section(
        words.FACTS, [line for line in (report.good_for, report.photo and words.facts(report.photo)) if line]
    )
    yield 0, ""
    if report.cues:
        yield 0, words.MORE_IN_PICTURES
    yield 0, words.HONESTY


def _section(heading: str, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    if lines:
        yield 0, ""
        yield 0, heading
    yield from ((1, line) for line in lines)


def _load_template(language: Language) -> Template:
    package = "artifact_check.report"
    return load_template(package, "explain.html.jinja", (package, "report.css"), language=language)
