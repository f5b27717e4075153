"""One self-contained HTML file: no external resources, one script of our own, and every string escaped.

The page is readable without the script, which sorts, filters, steps through the photos and keeps reviews.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from artifact_check.report import text
from artifact_check.report.card import build_card
from artifact_check.report.drawing import charts
from artifact_check.report.drawing.previews import preview_of_card, thumbnail_uri
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.names import common_folder, without_folders
from artifact_check.report.order import Groups, sorting_key
from artifact_check.report.page import load_template
from artifact_check.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Template

    from artifact_check.report.card import Card
    from artifact_check.report.drawing.previews import CardPicture
    from artifact_check.report.language import Language
    from artifact_check.report.order import Group
    from artifact_check.results import ModelFacts, PhotoReport

# These limits keep the report of a large scan small enough for browsers.
_MAX_IN_FULL = 300  # photos shown with marks and measures, most urgent first
_MAX_MEASURES = 3  # unusual measures listed per cue, most unusual first


@dataclass(slots=True)
class _PagePhoto:
    """A photo on the page."""

    report: PhotoReport
    group: Group
    card: Card
    thumbnail: str | None = None
    picture: CardPicture | None = None
    is_in_full: bool = True


@dataclass(frozen=True, slots=True)
class _PagePhotos:
    """The photos on the page. `in_full` is a heap of those shown in full; its first item is the first to be cut."""

    all: list[_PagePhoto] = field(default_factory=list)
    groups: Groups = field(default_factory=Groups)
    in_full: list[tuple[int, int]] = field(default_factory=list)

    def add(self, report: PhotoReport, facts: ModelFacts | None) -> None:
        """Draw the pictures of a photo, and drop the data they are drawn from, which would take most of the memory."""
        cues = tuple(replace(cue, evidence=()) for cue in report.cues)
        bare = replace(report, cues=cues, thumbnail=None, preview=None)
        photo = _PagePhoto(bare, self.groups.join(report), build_card(bare, facts))
        self.all.append(photo)
        if report.thumbnail is not None:
            photo.thumbnail = thumbnail_uri(report.thumbnail)
        if report.p_ai is not None and self._reserve_place(report) and report.preview is not None:
            photo.picture = preview_of_card(report, build_card(report, facts))

    def _reserve_place(self, report: PhotoReport) -> bool:
        """Return whether the photo just added is shown in full. At the limit, the least urgent photo is cut."""
        heapq.heappush(self.in_full, (-text.attention_rank(report), -len(self.all)))
        if len(self.in_full) <= _MAX_IN_FULL:
            return True
        last = self.all[-heapq.heappop(self.in_full)[1] - 1]
        last.picture, last.is_in_full = None, False
        return last is not self.all[-1]


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    """Write the page. With facts about the model, it also shows thresholds and error rates."""
    # Load the template first, so that a broken installation fails before the scan.
    page, model = _load_template(context.language), context.facts()
    summary = Summary()
    photos = _PagePhotos()
    for report in reports:
        photos.add(context.language.translate_report(report), model)
        summary = summary.plus(report)
    folder = common_folder([photo.report.path for photo in photos.all])
    for photo in photos.all:
        photo.report = without_folders(photo.report, folder)
    shown = [photo.report for photo in photos.all]
    if any(report.model not in (None, model.version) for report in shown if model is not None):
        model = None  # reports from a store may come from another model, with other thresholds and error rates
    out.writelines(
        page.generate(
            entries=sorted(photos.all, key=lambda photo: sorting_key(photo.group)),
            summary=summary,
            bins=charts.histogram([report for report in shown if report.copy_of is None]),
            folder="",
            model=model,
        )
    )
    return summary


def _load_template(language: Language) -> Template:
    package = "artifact_check.report"
    return load_template(
        package,
        "report.html.jinja",
        (package, "report.css"),
        script=(package, "report.js"),
        language=language,
        measures_shown=_MAX_MEASURES,
    )


FORMAT = Format("html", write, pictures=True)
