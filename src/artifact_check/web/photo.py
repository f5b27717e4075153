"""One photo on the page: what a worker process measures, draws and writes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from artifact_check.report import words
from artifact_check.report.language import spoken
from artifact_check.report.page import template

if TYPE_CHECKING:
    from artifact_check.checking.checker import Checker
    from artifact_check.report.drawing.previews import MarkedPicture
    from artifact_check.report.explain.explanation import Chapter
    from artifact_check.results import PhotoReport


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo's HTML: its row in the list, and its details with all pictures in them."""

    row: str
    details: str


def check(checker: Checker, data: bytes, path: str) -> PhotoReport:
    return checker.check_bytes(data, path)


def show(checker: Checker, data: bytes, path: str, number: int, code: str) -> Shown:
    """Check a photo, the page's `number`th, and draw what was seen, in the language `code`.

    Nothing of the photo but the result leaves the worker.
    """
    from PIL import Image  # noqa: PLC0415 - late, as what draws: the server itself draws nothing

    from artifact_check.photo import thumbnail as encode_thumbnail  # noqa: PLC0415
    from artifact_check.report.drawing.previews import large_picture, thumbnail  # noqa: PLC0415
    from artifact_check.report.explain.explanation import explained  # noqa: PLC0415

    report, picture = checker.examine_bytes(data, path)
    explanation = explained(spoken(code).report(report), None if picture is None else Image.fromarray(picture.pixels))
    small = None if picture is None else thumbnail(encode_thumbnail(picture))
    return written(explanation.report, number, code, small, large_picture(explanation), explanation.by_cue)


def written(
    report: PhotoReport,
    number: int,
    code: str,
    small: str | None = None,
    marked: MarkedPicture | None = None,
    chapters: dict[str, Chapter] | None = None,
) -> Shown:
    """Write a report, which is in the language `code` already, with the pictures there are."""
    named = replace(report, path=report.path or spoken(code).say(words.UNNAMED))
    parts = _parts(code)
    return Shown(
        parts.row(named, number, named.path, small),
        parts.details(named, number, named.path, marked, chapters or {}, open=True),
    )


@cache
def _parts(code: str) -> Any:  # noqa: ANN401 - the template's macros
    return template("artifact_check.report", "parts.html.jinja", language=spoken(code)).module
