"""One HTML file that needs nothing else: no script, no address outside of it, and every string escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from artifact_check.report import text, words
from artifact_check.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Template

    from artifact_check.results import PhotoReport


def write(reports: Iterable[PhotoReport], out: TextIO) -> Summary:
    # The template comes first: a broken installation is to show before the scan, not after it.
    template = _template()
    summary = Summary()
    kept = []
    for report in reports:
        kept.append(_without_evidence(report))
        summary = summary.plus(report)
    out.writelines(template.generate(reports=kept, summary=summary))
    return summary


def _without_evidence(report: PhotoReport) -> PhotoReport:
    """Drop what is only drawn on pictures: over a large scan it is most of the memory."""
    return replace(report, cues=tuple(replace(cue, evidence=()) for cue in report.cues))


def _template() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup  # noqa: PLC0415

    folder = resources.files("artifact_check.report") / "templates"
    css = (folder / "report.css").read_text("utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "words": words,
        "outcome": text.outcome,
        "reasons": text.reasons,
        "declaration": text.declaration,
        "number": text.number,
        "interval": text.interval,
        "unusual": text.unusual,
        "cue_facts": text.cue_facts,
        "css": Markup(css),  # noqa: S704 - our own file
        # The hash of the one style sheet is all that the page's policy lets in.
        "css_sha256": base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
    }
    return environment.from_string((folder / "report.html.jinja").read_text("utf-8"))


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Every plain string of the page goes through here, before it is escaped."""
    return text.visible(value) if type(value) is str else value
