"""Worker processes for requests: each has one photo in hand, so that a crash or a hang costs that photo alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from artifact_check.errors import GivenUpError
from artifact_check.report.language import spoken
from artifact_check.results import PhotoReport
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import Workers
from artifact_check.web import photo

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

T = TypeVar("T")


class Checks:
    """Checks photos in so many processes at once, each for at most `time_limit` seconds; further photos wait."""

    def __init__(self, setup: Setup, *, jobs: int, time_limit: float) -> None:
        self.jobs = jobs
        self._workers = Workers(jobs, setup, time_limit=time_limit)

    def load(self) -> None:
        """Start all processes and wait until they have their models; raises what `Workers.load` does."""
        self._workers.load()

    async def check(self, data: bytes, path: str) -> PhotoReport:
        """What a photo shows, as numbers and words."""
        return await _done(self._workers.submit(photo.check, data, path), path, lambda report: report)

    async def show(self, data: bytes, path: str, number: int, code: str) -> photo.Shown:
        """The same for people, as HTML in the language `code`: the page's `number`th photo."""

        def failed(report: PhotoReport) -> photo.Shown:
            return photo.written(spoken(code).report(report), number, code)

        return await _done(self._workers.submit(photo.show, data, path, number, code), path, failed)

    def close(self) -> None:
        self._workers.close()


async def _done(working: Future[T], path: str, failed: Callable[[PhotoReport], T]) -> T:
    """What a worker makes of a photo, or `failed` of the report that says why it could not."""
    try:
        return await asyncio.wrap_future(working)
    except GivenUpError as error:
        return failed(PhotoReport(path=path, status=error.status, message=str(error)))
