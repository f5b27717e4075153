"""Measures signs of AI generation in headshots, and says how certain they are.

>>> from artifact_check import check
>>> report = check("portrait.jpg")  # doctest: +SKIP
>>> report.verdict, report.authenticity  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifact_check.errors import ArtifactCheckError
from artifact_check.results import Comparison, PhotoReport
from artifact_check.version import __version__

if TYPE_CHECKING:
    from artifact_check.checking.checker import check
    from artifact_check.comparing.comparer import compare
    from artifact_check.scanning.scanner import scan

__all__ = ["ArtifactCheckError", "Comparison", "PhotoReport", "__version__", "check", "compare", "scan"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # Imported late, so that importing the package (and `--help`) loads neither numpy nor mediapipe.
    if name == "check":
        from artifact_check.checking.checker import check  # noqa: PLC0415

        return check
    if name == "compare":
        from artifact_check.comparing.comparer import compare  # noqa: PLC0415

        return compare
    if name == "scan":
        from artifact_check.scanning.scanner import scan  # noqa: PLC0415

        return scan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
