"""Reports what a photo's file declares, without decoding its pixels or loading a model."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from artifact_check import photo, provenance
from artifact_check.errors import PhotoError, TooLargeError
from artifact_check.provenance.platforms import forecast_labels
from artifact_check.results import PhotoReport
from artifact_check.sources.sidecar import is_sidecar_shared, read_sidecar

if TYPE_CHECKING:
    from artifact_check.sources import Source

_PIXELS_NOT_READ = "Only what the file declares was read, not its pixels."


def declarations_only(source: Source, *, trust_list: str = "") -> PhotoReport:
    """Report one photo for `artifact-check provenance`; what is not a picture gets a status and a message.

    A picture with too many pixels, or with a damaged header, declares what it declares. `trust_list` holds the
    certificates of trusted signers, as PEM text.
    """
    report = PhotoReport(path=source.name, status="not_assessed", message=_PIXELS_NOT_READ)
    try:
        data = source.read()
    except PhotoError as error:
        return replace(report, status=error.status, message=error.message)
    report = replace(report, sha256=hashlib.sha256(data).hexdigest())
    try:
        photo.require_header(data)
    except TooLargeError:
        pass
    except PhotoError as error:
        report = replace(report, status=error.status, message=error.message)
    return with_declarations(report, data, trust_list=trust_list, sidecar=own_sidecar(source, data))


def own_sidecar(source: Source, data: bytes) -> bytes:
    """Return the Content Credentials beside a photo with these bytes; b"" if they are another photo's of that name."""
    sidecar = read_sidecar(source)
    if sidecar and is_sidecar_shared(source):
        found = [d for d in provenance.read(data, sidecar=sidecar) if d.kind == "c2pa"]
        if all(d.trust == "invalid" for d in found):
            return b""
    return sidecar


def with_declarations(report: PhotoReport, data: bytes, *, trust_list: str = "", sidecar: bytes = b"") -> PhotoReport:
    """Return the report with what the bytes declare; the verdict is set if they say that an AI made the picture."""
    declarations = provenance.read(data, trust_list=trust_list, sidecar=sidecar)
    declared_ai = any(d.says == "ai_generated" and d.trust != "invalid" for d in declarations)
    return replace(
        report,
        provenance=declarations,
        platforms=forecast_labels(declarations),
        verdict="declared_ai" if declared_ai else None,
    )
