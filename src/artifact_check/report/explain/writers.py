"""Writers of an explanation: PNG, HTML and text. Importing this is slow (numpy, cv2, Pillow)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from artifact_check.report import text, words
from artifact_check.report.console import STYLES, new_console, score_bar
from artifact_check.report.drawing.legend import build_legend
from artifact_check.report.drawing.marks import number_marks
from artifact_check.report.drawing.previews import photo_with_marks
from artifact_check.report.explain.explanation import build_explanation
from artifact_check.report.explain.sheet import choose_language, draw_sheet
from artifact_check.report.language import ENGLISH
from artifact_check.report.page import load_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol, TextIO

    from jinja2 import Template
    from PIL import Image

    from artifact_check.report.language import Language
    from artifact_check.results import CueResult, PhotoReport

    class Writer(Protocol):
        """Writes the explanation of one photo; `image` is None if it could not be decoded."""

        def __call__(
            self, report: PhotoReport, image: Image.Image | None, out: TextIO, *, language: Language = ...
        ) -> None: ...


def write_png(report: PhotoReport, image: Image.Image | None, out: TextIO, *, language: Language = ENGLISH) -> None:
    """Write one PNG to the binary buffer of `out`."""
    encoded = io.BytesIO()
    used = choose_language(language)
    draw_sheet(build_explanation(used.translate_report(report), image), used).save(encoded, "PNG")
    out.buffer.write(encoded.getvalue())


def write_html(report: PhotoReport, image: Image.Image | None, out: TextIO, *, language: Language = ENGLISH) -> None:
    """Write one self-contained page."""
    translated = language.translate_report(report)
    explanation = build_explanation(translated, image)
    pictures = {"marked": photo_with_marks(explanation), "chapters": explanation.by_cue}
    out.writelines(_load_template(language).generate(report=translated, **pictures))


WRITERS: dict[str, Writer] = {".png": write_png, ".html": write_html}


def write_text(report: PhotoReport, out: TextIO, *, language: Language = ENGLISH) -> None:
    """Write what was measured, cue by cue, for a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    console = new_console(out)
    style = STYLES[report.verdict]
    console.print(Text(text.escape_unprintable(report.path), "bold"))
    bar = score_bar(report.authenticity, ascii_only=console.options.ascii_only)
    console.print(Text(text.escape_unprintable(f"{language.translate(text.outcome(report))}  {bar}".rstrip()), style))
    for indent, line in _lines(language.translate_report(report)):
        console.print(Padding(Text(text.escape_unprintable(language.translate(line))), (0, 0, 0, 2 * indent)))


def _lines(report: PhotoReport) -> Iterator[tuple[int, str]]:
    """Yield every line below the verdict, with its level of indentation."""
    if report.message is not None:
        yield 0, report.message
    if report.authenticity is not None:
        yield 0, f"{words.SCALE} {text.format_interval(report)}".rstrip()
    for cue in text.cues_by_effect(report):
        yield 0, ""
        yield from _cue_lines(cue, report)
    declarations = [*map(text.describe_declaration, report.provenance)]
    yield from _section(words.DECLARATIONS, declarations or [words.NOTHING_DECLARED])
    yield from _section(words.PLATFORMS, report.platforms or [words.NO_PLATFORM])
    yield from _section(words.ADVICE, report.advice)
    yield 0, ""
    if report.photo is not None:
        yield 0, words.facts(report.photo)
    yield 0, words.HONESTY


def _cue_lines(cue: CueResult, report: PhotoReport) -> Iterator[tuple[int, str]]:
    yield 0, cue.summary or cue.name
    yield from ((1, line) for line in text.cue_lines(cue))
    for entry in build_legend(cue, (mark for mark in number_marks(report) if mark.cue == cue.name)):
        yield 1, entry.sentence
        if entry.comparison:
            yield 2, entry.comparison


def _section(heading: str, lines: tuple[str, ...] | list[str]) -> Iterator[tuple[int, str]]:
    if lines:
        yield 0, ""
        yield 0, heading
    yield from ((1, line) for line in lines)


def _load_template(language: Language) -> Template:
    package = "artifact_check.report"
    return load_template(package, "explain.html.jinja", (package, "report.css"), language=language)
