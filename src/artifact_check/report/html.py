"""One HTML file that needs nothing else: no address outside of it, one script of our own, and every string escaped.

Without the script everything can be read; it only sorts and filters. To stay small, the page shows of all measures
those that lie farthest outside what is typical.
"""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from artifact_check.report import charts, text, words
from artifact_check.report.page import template
from artifact_check.report.summary import Summary
from artifact_check.report.table import common_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Template

    from artifact_check.results import ModelFacts, PhotoReport

_MEASURES_SHOWN = 4  # for each cue: a large scan is to stay a file that a browser opens


def write(reports: Iterable[PhotoReport], out: TextIO, *, model: ModelFacts | None = None) -> Summary:
    """Write the page; with `model`, it also tells where verdicts begin and how often the model errs."""
    # The template comes first: a broken installation is to show before the scan, not after it.
    page = _template()
    summary = Summary()
    kept = []
    for report in reports:
        kept.append(_without_evidence(report))
        summary = summary.plus(report)
    folder = common_folder([report.path for report in kept])
    outcomes = sorted(Counter(map(text.attention, kept)).items())
    out.writelines(page.generate(reports=kept, summary=summary, outcomes=outcomes, folder=folder, model=model))
    return summary


def _without_evidence(report: PhotoReport) -> PhotoReport:
    """Drop what is only drawn on pictures: over a large scan it is most of the memory."""
    return replace(report, cues=tuple(replace(cue, evidence=()) for cue in report.cues))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _template() -> Template:
    return template(
        "artifact_check.report",
        "report.html.jinja",
        ("artifact_check.report", "report.css"),
        script=("artifact_check.report", "report.js"),
        words=words,
        OUTCOMES=text.OUTCOMES,
        MEASURES_SHOWN=_MEASURES_SHOWN,
        base64=_base64,
        outcome=text.outcome,
        attention=text.attention,
        reasons=text.reasons,
        declaration=text.declaration,
        number=text.number,
        interval=text.interval,
        unusual_measures=text.unusual_measures,
        measures_facts=text.measures_facts,
        cue_facts=text.cue_facts,
        rate=text.rate,
        histogram=charts.histogram,
        waterfall=charts.waterfall,
        marker=charts.marker,
    )
