"""Worker processes for requests: each has one photo in hand, so that a crash or a hang costs that photo alone."""

from __future__ import annotations

import asyncio
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, TypeVar

from artifact_check.errors import ArtifactCheckError
from artifact_check.report import words
from artifact_check.report.language import spoken
from artifact_check.results import PhotoReport
from artifact_check.scanner import Pool, Setup, died
from artifact_check.web import photo

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Checks:
    """Checks photos in so many processes at once, each for at most `time_limit` seconds; further photos wait."""

    def __init__(self, setup: Setup, *, jobs: int, time_limit: float) -> None:
        self.jobs = jobs
        self._time_limit = time_limit
        self._workers = [Pool(1, setup) for _ in range(jobs)]
        self._idle: asyncio.Queue[Pool] = asyncio.Queue()
        for worker in self._workers:
            self._idle.put_nowait(worker)

    def load(self) -> None:
        """Start all processes and wait until they have their models.

        Raises:
            ModelError: the bundle or the landmark model can't be used.
            TrustListError: the trust list can't be read.
            ArtifactCheckError: a process died on the way.
        """
        loading = [worker.load() for worker in self._workers]
        try:
            for loaded in loading:
                loaded.result()
        except BrokenProcessPool as error:
            raise ArtifactCheckError(
                "A worker process died while it loaded its models; use --jobs 1, which needs less memory."
            ) from error

    async def check(self, data: bytes, path: str) -> PhotoReport:
        """What a photo shows, as numbers and words."""
        return await self._done(lambda report: report, path, photo.check, data, path)

    async def show(self, data: bytes, path: str, number: int, code: str) -> photo.Shown:
        """The same for people, as HTML in the language `code`: the page's `number`th photo."""

        def failed(report: PhotoReport) -> photo.Shown:
            return photo.written(spoken(code).report(report), number, code)

        return await self._done(failed, path, photo.show, data, path, number, code)

    async def _done(self, failed: Callable[[PhotoReport], T], path: str, task: Callable[..., T], *args: object) -> T:
        """What a task makes of a photo in a worker, or `failed` of the report that it could not."""
        worker = await self._idle.get()
        try:
            async with asyncio.timeout(self._time_limit):
                return await _in_worker(worker, task, *args)
        except TimeoutError:
            worker.restart()
            worker.load()
            return failed(PhotoReport(path=path, status="unreadable", message=words.TOO_LONG))
        except BrokenProcessPool:
            worker.load()
            return failed(died(path))
        finally:
            self._idle.put_nowait(worker)

    def close(self) -> None:
        for worker in self._workers:
            worker.close()


async def _in_worker(worker: Pool, task: Callable[..., T], *args: object) -> T:
    try:
        return await asyncio.wrap_future(worker.examine(task, *args))
    except BrokenProcessPool:  # it may have died before this photo came to it: only a second death is the photo's
        return await asyncio.wrap_future(worker.examine(task, *args))
