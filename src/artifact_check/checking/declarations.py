"""What a photo's file declares -> `PhotoReport`, without looking at its pixels; loads no model."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from artifact_check import photo, provenance
from artifact_check.errors import PhotoError
from artifact_check.provenance.platforms import labelling_platforms
from artifact_check.results import PhotoReport

if TYPE_CHECKING:
    from artifact_check.sources import Source

_UNSEEN = "Only what the file declares was read, not its pixels."


def declarations_only(source: Source, *, trust_list: str = "") -> PhotoReport:
    """One photo's row of `artifact-check provenance`; what is no picture gets a status and a message."""
    report = PhotoReport(path=source.name, status="not_assessed", message=_UNSEEN)
    try:
        data = source.read()
        report = replace(report, sha256=hashlib.sha256(data).hexdigest())
        photo.require_header(data)
    except PhotoError as error:
        return replace(report, status=error.status, message=str(error))
    return with_declarations(report, data, trust_list=trust_list)


def with_declarations(report: PhotoReport, data: bytes, *, trust_list: str = "") -> PhotoReport:
    """Add what the bytes declare; a verdict is due when they say that an AI made the picture."""
    declarations = provenance.read(data, trust_list=trust_list)
    declared_ai = any(d.says == "ai_generated" and d.trust != "invalid" for d in declarations)
    return replace(
        report,
        provenance=declarations,
        platforms=labelling_platforms(declarations),
        verdict="declared_ai" if declared_ai else None,
    )
