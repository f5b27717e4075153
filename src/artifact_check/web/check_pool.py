"""Checks photos of requests in worker processes, so that a crash or a hang affects only one request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from artifact_check.errors import ComparisonError, GivenUpError
from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.language import get_language
from artifact_check.results import PhotoReport
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import Workers
from artifact_check.web import comparison, photo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from artifact_check.web.comparison import SentPhoto

T = TypeVar("T")


class CheckPool:
    """Checks up to `jobs` photos at once, each for at most `time_limit` seconds; further photos wait."""

    def __init__(self, setup: Setup, *, jobs: int, time_limit: float) -> None:
        self.jobs = jobs
        self._workers = Workers(jobs, setup, time_limit=time_limit)

    def load(self) -> None:
        """Start all processes and wait until they have loaded their models; raises what `Workers.load` raises."""
        self._workers.load()

    async def check(self, data: bytes, path: str) -> PhotoReport:
        """Check a photo. `path` is its name in the report."""
        return await _wait(self._workers.submit(photo.check, data, path), path, lambda report: report)

    async def check_and_render(self, data: bytes, path: str, number: int, code: str) -> photo.PhotoHtml:
        """Check a photo and render it as HTML in the language `code`; `number` is unique on the page."""

        def render_failure(report: PhotoReport) -> photo.PhotoHtml:
            translated = get_language(code).translate_report(report)
            return photo.render(translated, build_card(translated), number, code)

        future = self._workers.submit(photo.check_and_render, data, path, number, code)
        return await _wait(future, path, render_failure)

    async def compare_and_render(self, headshot: SentPhoto, references: Sequence[SentPhoto], code: str) -> str:
        """Compare a headshot with photos of the same person and render it as HTML in the language `code`.

        Raises:
            ComparisonError: the photos cannot be compared.
        """
        future = self._workers.submit(comparison.compare_and_render, headshot, references, code)
        try:
            return await asyncio.wrap_future(future)
        except GivenUpError:
            raise ComparisonError(words.NOT_COMPARED) from None

    def close(self) -> None:
        self._workers.close()


async def _wait(future: Future[T], path: str, on_failure: Callable[[PhotoReport], T]) -> T:
    """Wait for a worker's result. If it gave up, pass a report that says why to `on_failure`."""
    try:
        return await asyncio.wrap_future(future)
    except GivenUpError as error:
        return on_failure(PhotoReport(path=path, status=error.status, message=str(error)))
