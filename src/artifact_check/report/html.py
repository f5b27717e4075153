"""One HTML file that needs nothing else: no address outside of it, one script of our own, and every string escaped.

Without the script everything can be read; it only sorts and filters. To stay small, the page shows of all measures
those that lie farthest outside what is typical.
"""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from artifact_check.report import charts, text, words
from artifact_check.report.language import ENGLISH
from artifact_check.report.page import template
from artifact_check.report.summary import Summary
from artifact_check.report.table import common_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Template

    from artifact_check.report.language import Language
    from artifact_check.report.previews import MarkedPicture
    from artifact_check.results import ModelFacts, PhotoReport

# A large scan is to stay a file that a browser opens.
_MEASURES_SHOWN = 3  # of each cue
_MARKED = 300  # photos that are shown large, with marks: the first ones


@dataclass(frozen=True, slots=True)
class _Entry:
    """A photo on the page; the pictures are JPEGs."""

    report: PhotoReport
    thumbnail: bytes | None = None
    marked: MarkedPicture | None = None


def write(
    reports: Iterable[PhotoReport], out: TextIO, *, model: ModelFacts | None = None, language: Language = ENGLISH
) -> Summary:
    """Write the page; with `model`, it also tells where verdicts begin and how often the model errs."""
    # The template comes first: a broken installation is to show before the scan, not after it.
    page = _template(language)
    summary = Summary()
    entries: list[_Entry] = []
    for report in reports:
        entries.append(_entry(language.report(report), marked=len(entries) < _MARKED))
        summary = summary.plus(report)
    kept = [entry.report for entry in entries]
    out.writelines(
        page.generate(
            entries=entries,
            summary=summary,
            bins=charts.histogram(kept),
            outcomes=sorted(Counter(map(text.attention, kept)).items()),
            folder=common_folder([report.path for report in kept]),
            model=model,
        )
    )
    return summary


def _entry(report: PhotoReport, *, marked: bool) -> _Entry:
    """Draw what is to be drawn, and drop what it was drawn from: over a large scan that is most of the memory."""
    small = replace(report, cues=tuple(replace(cue, evidence=()) for cue in report.cues), preview=None)
    if report.preview is None:
        return _Entry(small)
    from artifact_check.report.previews import marked_picture, thumbnail  # noqa: PLC0415 - late: it loads numpy

    return _Entry(small, thumbnail(report.preview), marked_picture(report.preview, report) if marked else None)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _template(language: Language) -> Template:
    said = language.view(text)
    return template(
        "artifact_check.report",
        "report.html.jinja",
        ("artifact_check.report", "report.css"),
        script=("artifact_check.report", "report.js"),
        language=language,
        words=language.view(words),
        OUTCOMES=said.OUTCOMES,
        MEASURES_SHOWN=_MEASURES_SHOWN,
        base64=_base64,
        outcome=said.outcome,
        attention=text.attention,
        reasons=said.reasons,
        declaration=said.declaration,
        declares_briefly=said.declares_briefly,
        number=said.number,
        interval=said.interval,
        unusual_measures=text.unusual_measures,
        cue_lines=said.cue_lines,
        by_weight=text.by_weight,
        known=text.known,
        rate=said.rate,
        waterfall=charts.waterfall,
        marker=charts.marker,
    )
