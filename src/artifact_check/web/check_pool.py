"""Checks photos of requests in worker processes, so that a crash or a hang affects only one request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from artifact_check.errors import ComparisonError, GivenUpError
from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.language import get_language
from artifact_check.scanning.workers import Workers, check_one
from artifact_check.web import comparison, photo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artifact_check.results import PhotoReport
    from artifact_check.scanning.setup import Setup


class CheckPool:
    """Checks up to `jobs` photos at once, each for at most `time_limit` seconds; further photos wait."""

    def __init__(self, setup: Setup, *, jobs: int, time_limit: float) -> None:
        self.jobs = jobs
        self._workers = Workers(jobs, setup, time_limit=time_limit)

    def load(self) -> None:
        """Start all processes and wait until they have loaded their models; raises what `Workers.load` raises."""
        self._workers.load()

    async def check(self, upload: photo.Upload) -> PhotoReport:
        """Check a photo, which the report calls by its name."""
        try:
            return await asyncio.wrap_future(self._workers.submit(check_one, upload))
        except GivenUpError as error:
            return await asyncio.wrap_future(self._workers.declare(upload, error))

    async def check_and_render(self, upload: photo.Upload, number: int, code: str) -> photo.PhotoHtml:
        """Check a photo and render it as HTML in the language `code`; `number` is unique on the page."""
        try:
            return await asyncio.wrap_future(self._workers.submit(photo.check_and_render, upload, number, code))
        except GivenUpError as error:
            report = await asyncio.wrap_future(self._workers.declare(upload, error))
        translated = get_language(code).translate_report(report)
        return photo.render(translated, build_card(translated), number, code)

    async def compare_and_render(self, headshot: photo.Upload, references: Sequence[photo.Upload], code: str) -> str:
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
