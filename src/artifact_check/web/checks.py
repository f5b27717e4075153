"""Worker processes for requests: each has one photo in hand, so that a crash or a hang costs that photo alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from artifact_check.errors import GivenUpError
from artifact_check.results import PhotoReport
from artifact_check.setup import Setup
from artifact_check.workers import Workers

if TYPE_CHECKING:
    from artifact_check.checker import Checker


class Checks:
    """Checks photos in so many processes at once, each for at most `time_limit` seconds; further photos wait."""

    def __init__(self, setup: Setup, *, jobs: int, time_limit: float) -> None:
        self.jobs = jobs
        self._workers = Workers(jobs, setup, time_limit=time_limit)

    def load(self) -> None:
        """Start all processes and wait until they have their models; raises what `Workers.load` does."""
        self._workers.load()

    async def check(self, data: bytes, path: str) -> PhotoReport:
        try:
            return await asyncio.wrap_future(self._workers.submit(_check, data, path))
        except GivenUpError as error:
            return PhotoReport(path=path, status=error.status, message=str(error))

    def close(self) -> None:
        self._workers.close()


def _check(checker: Checker, data: bytes, path: str) -> PhotoReport:
    return checker.check_bytes(data, path)
