"""One photo of the page: what a worker process checks, draws and renders."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.language import get_language
from artifact_check.report.page import load_template

if TYPE_CHECKING:
    from artifact_check.checking.checker import Checker
    from artifact_check.report.card import Card
    from artifact_check.report.drawing.previews import CardPicture
    from artifact_check.report.explain.explanation import Chapter
    from artifact_check.results import PhotoReport


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, as a `Source`; `name` is empty if the request has none."""

    name: str
    data: bytes = field(repr=False)
    cheap_to_read: ClassVar[bool] = True

    def version(self) -> None:
        return None

    def read(self) -> bytes:
        return self.data


@dataclass(frozen=True, slots=True)
class PhotoHtml:
    """A photo's row in the list, and its details with all pictures."""

    row: str
    details: str


def check_and_render(checker: Checker, upload: Upload, number: int, code: str) -> PhotoHtml:
    """Check a photo and render it with its pictures in the language `code`; `number` is unique on the page.

    Only the HTML leaves the worker.
    """
    from PIL import Image  # noqa: PLC0415 - only workers draw, not the server

    from artifact_check.photo import thumbnail as encode_thumbnail  # noqa: PLC0415
    from artifact_check.report.drawing.previews import picture_of_card, thumbnail_uri  # noqa: PLC0415
    from artifact_check.report.explain.explanation import build_explanation  # noqa: PLC0415

    report, photo = checker.examine_bytes(upload.data, upload.name)
    image = None if photo is None else Image.fromarray(photo.pixels)
    explanation = build_explanation(get_language(code).translate_report(report), image)
    thumbnail = None if photo is None else thumbnail_uri(encode_thumbnail(photo))
    card = build_card(explanation.report, checker.facts)
    picture = picture_of_card(explanation.report, card, explanation.bare)
    return render(explanation.report, card, number, code, thumbnail, picture, explanation.by_cue)


def render(
    report: PhotoReport,
    card: Card,
    number: int,
    code: str,
    thumbnail: str | None = None,
    picture: CardPicture | None = None,
    chapters: dict[str, Chapter] | None = None,
) -> PhotoHtml:
    """Render a report that is already translated into the language `code`, with its pictures if any."""
    named = replace(report, path=report.path or get_language(code).translate(words.UNNAMED))
    parts = _load_parts(code)
    return PhotoHtml(
        parts.row(named, number, named.path, thumbnail),
        parts.details(named, card, number, named.path, picture, chapters or {}, open=True),
    )


@cache
def _load_parts(code: str) -> Any:  # noqa: ANN401 - the template's macros
    return load_template("artifact_check.report", "parts.html.jinja", language=get_language(code)).module
