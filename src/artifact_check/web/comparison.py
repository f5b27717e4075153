"""One comparison of the page: what a worker process compares and renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.report.language import get_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artifact_check.checking.checker import Checker
    from artifact_check.web.photo import Upload


def compare_and_render(_: Checker, headshot: Upload, references: Sequence[Upload], code: str) -> str:
    """Compare, and render the comparison in the language `code`. Only the HTML leaves the worker.

    Raises:
        ComparisonError: the photos cannot be compared.
    """
    from artifact_check.comparing.comparer import shared_comparer  # noqa: PLC0415 - only workers compare
    from artifact_check.report.comparison import render  # noqa: PLC0415

    comparison, pair = shared_comparer().examine(headshot, references)
    return render(comparison, pair, get_language(code))
