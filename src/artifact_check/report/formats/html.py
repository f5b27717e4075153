"""One HTML file that needs nothing else: no address outside of it, one script of our own, and every string escaped.

Without the script everything can be read; it only sorts and filters.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from artifact_check.report import text
from artifact_check.report.console import common_folder
from artifact_check.report.drawing import charts
from artifact_check.report.drawing.previews import marked_picture, thumbnail
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.page import template
from artifact_check.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Template

    from artifact_check.report.drawing.previews import MarkedPicture
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport

# A large scan is to stay a file that browsers open.
_MARKED = 300  # photos shown with marks, those that need a look most
_MEASURES = 3  # told of each cue, those farthest outside what is typical


@dataclass(slots=True)
class _Entry:
    """A photo on the page."""

    report: PhotoReport
    thumbnail: str | None = None
    marked: MarkedPicture | None = None


@dataclass(frozen=True, slots=True)
class _Entries:
    """The photos so far; `marked` is a heap of those with marks, whose first is the first to lose them."""

    all: list[_Entry] = field(default_factory=list)
    marked: list[tuple[int, int]] = field(default_factory=list)

    def add(self, report: PhotoReport) -> None:
        """Draw what is to be drawn, and drop what it was drawn from: over a large scan that is most of the memory."""
        bare = tuple(replace(cue, evidence=()) for cue in report.cues)
        entry = _Entry(replace(report, cues=bare, thumbnail=None, preview=None))
        self.all.append(entry)
        if report.thumbnail is not None:
            entry.thumbnail = thumbnail(report.thumbnail)
        if report.preview is not None and self._makes_room_for(report):
            entry.marked = marked_picture(report)

    def _makes_room_for(self, report: PhotoReport) -> bool:
        """Whether the photo just added is among those to be marked; the least of them gives way to it."""
        heapq.heappush(self.marked, (-text.attention(report), -len(self.all)))
        if len(self.marked) <= _MARKED:
            return True
        last = -heapq.heappop(self.marked)[1]
        self.all[last - 1].marked = None
        return last != len(self.all)


def write(reports: Iterable[PhotoReport], out: TextIO, context: Context = PLAIN) -> Summary:
    """Write the page; with facts about the model, it also tells where verdicts begin and how often the model errs."""
    # The template comes first: a broken installation is to show before the scan, not after it.
    page, model = _template(context.language), context.facts()
    summary = Summary()
    entries = _Entries()
    for report in reports:
        entries.add(context.language.report(report))
        summary = summary.plus(report)
    kept = [entry.report for entry in entries.all]
    if any(report.model not in (None, model.version) for report in kept if model is not None):
        model = None  # a store holds what another model found, whose thresholds and errors these are not
    out.writelines(
        page.generate(
            entries=sorted(entries.all, key=lambda entry: text.attention(entry.report)),
            summary=summary,
            bins=charts.histogram(kept),
            folder=common_folder([report.path for report in kept]),
            model=model,
        )
    )
    return summary


def _template(language: Language) -> Template:
    report = "artifact_check.report"
    return template(
        report,
        "report.html.jinja",
        (report, "report.css"),
        script=(report, "report.js"),
        language=language,
        measures_shown=_MEASURES,
    )


FORMAT = Format("html", write, pictures=True)
