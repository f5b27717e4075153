"""One HTML file that needs nothing else: no script, no address outside of it, and every string escaped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from artifact_check.report import text, words
from artifact_check.report.page import template
from artifact_check.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Template

    from artifact_check.results import PhotoReport


def write(reports: Iterable[PhotoReport], out: TextIO) -> Summary:
    # The template comes first: a broken installation is to show before the scan, not after it.
    page = _template()
    summary = Summary()
    kept = []
    for report in reports:
        kept.append(_without_evidence(report))
        summary = summary.plus(report)
    out.writelines(page.generate(reports=kept, summary=summary))
    return summary


def _without_evidence(report: PhotoReport) -> PhotoReport:
    """Drop what is only drawn on pictures: over a large scan it is most of the memory."""
    return replace(report, cues=tuple(replace(cue, evidence=()) for cue in report.cues))


def _template() -> Template:
    return template(
        "artifact_check.report",
        "report.html.jinja",
        ("artifact_check.report", "report.css"),
        words=words,
        outcome=text.outcome,
        reasons=text.reasons,
        declaration=text.declaration,
        number=text.number,
        interval=text.interval,
        unusual=text.unusual,
        cue_facts=text.cue_facts,
    )
