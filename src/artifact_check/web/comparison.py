"""One comparison of the page: the photos as they were sent, and what a worker process compares and renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from artifact_check.report.language import get_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artifact_check.checking.checker import Checker


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photo of a request, as a source that a worker reads."""

    name: str
    data: bytes = field(repr=False)
    cheap_to_read: ClassVar[bool] = True

    def version(self) -> str | None:
        return None

    def read(self) -> bytes:
        return self.data


def compare_and_render(_: Checker, headshot: SentPhoto, references: Sequence[SentPhoto], code: str) -> str:
    """Compare, and render the comparison in the language `code`. Only the HTML leaves the worker.

    Raises:
        ComparisonError: the photos cannot be compared.
    """
    from artifact_check.comparing.comparer import shared_comparer  # noqa: PLC0415 - only workers compare
    from artifact_check.report.comparison import render  # noqa: PLC0415

    comparison, pair = shared_comparer().examine(headshot, references)
    return render(comparison, pair, get_language(code))
