"""One photo in depth, written as a PNG or HTML file, or as text for the terminal. Heavy to import, as `picture` is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from artifact_check.report import text, words
from artifact_check.report.console import STYLES, new_console, score
from artifact_check.report.drawing.legend import legend
from artifact_check.report.drawing.marks import marks
from artifact_check.report.drawing.previews import large_picture
from artifact_check.report.explain.explanation import explained
from artifact_check.report.explain.sheet import drawable, drawn
from artifact_check.report.language import ENGLISH
from artifact_check.report.page import template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol, TextIO

    from jinja2 import Template
    from PIL import Image

    from artifact_check.report.language import Language
    from artifact_check.results import CueResult, PhotoReport

    class Writer(Protocol):
        """Writes one photo in depth; `image` is None where it could not be decoded."""

        def __call__(
            self, report: PhotoReport, image: Image.Image | None, out: TextIO, *, language: Language = ...
        ) -> None: ...


def write_png(report: PhotoReport, image: Image.Image | None, out: TextIO, *, language: Language = ENGLISH) -> None:
    """Write one sheet into the bytes behind `out`."""
    encoded = io.BytesIO()
    shown = drawable(language)
    drawn(explained(shown.report(report), image), shown).save(encoded, "PNG")
    out.buffer.write(encoded.getvalue())


def write_html(report: PhotoReport, image: Image.Image | None, out: TextIO, *, language: Language = ENGLISH) -> None:
    """Write one page that holds its pictures."""
    shown = language.report(report)
    explanation = explained(shown, image)
    pictures = {"marked": large_picture(explanation), "chapters": explanation.by_cue}
    out.writelines(_template(language).generate(report=shown, **pictures))


FORMATS: dict[str, Writer] = {".png": write_png, ".html": write_html}


def write_text(report: PhotoReport, out: TextIO, *, language: Language = ENGLISH) -> None:
    """Write what was seen, cue by cue, for a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    console = new_console(out)
    style = STYLES[report.verdict]
    console.print(Text(text.visible(report.path), "bold"))
    bar = score(report.authenticity, ascii_only=console.options.ascii_only)
    console.print(Text(text.visible(f"{language.say(text.outcome(report))}  {bar}".rstrip()), style))
    for indent, line in _lines(language.report(report)):
        console.print(Padding(Text(text.visible(language.say(line))), (0, 0, 0, 2 * indent)))


def _lines(report: PhotoReport) -> Iterator[tuple[int, str]]:
    """Every line below the verdict, with the steps by which it is indented."""
    if report.message is not None:
        yield 0, report.message
    if report.authenticity is not None:
        yield 0, f"{words.SCALE} {text.interval(report)}".rstrip()
    for cue in text.by_weight(report):
        yield 0, ""
        yield from _cue_lines(cue, report)
    yield from _section(words.DECLARATIONS, [*map(text.declaration, report.provenance)] or [words.NOTHING_DECLARED])
    yield from _section(words.PLATFORMS, report.platforms)
    yield from _section(words.ADVICE, report.advice)
    yield 0, ""
    if report.photo is not None:
        yield 0, words.facts(report.photo)
    yield 0, words.HONESTY


def _cue_lines(cue: CueResult, report: PhotoReport) -> Iterator[tuple[int, str]]:
    yield 0, cue.summary or cue.name
    yield from ((1, line) for line in text.cue_lines(cue))
    for entry in legend(cue, (mark for mark in marks(report) if mark.cue == cue.name)):
        yield 1, entry.sentence
        if entry.comparison:
            yield 2, entry.comparison


def _section(heading: str, lines: tuple[str, ...] | list[str]) -> Iterator[tuple[int, str]]:
    if lines:
        yield 0, ""
        yield 0, heading
    yield from ((1, line) for line in lines)


def _template(language: Language) -> Template:
    report = "artifact_check.report"
    return template(report, "explain.html.jinja", (report, "report.css"), language=language)
