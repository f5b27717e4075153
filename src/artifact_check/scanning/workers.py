"""Checks photos in worker processes, one photo per process at a time.

A decoder that crashes or hangs costs only that photo, and it is known which photo it was.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections import deque
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from artifact_check.errors import ArtifactCheckError, GivenUpError
from artifact_check.phrase import Phrase
from artifact_check.results import PhotoReport
from artifact_check.scanning.setup import shared_checker, use_one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from artifact_check.checking.checker import Checker
    from artifact_check.scanning.setup import Setup
    from artifact_check.sources import Source

P = ParamSpec("P")
T = TypeVar("T")

TIME_LIMIT = 60.0
"""Seconds allowed per photo. The slowest undamaged photo, of 150 megapixels, takes a tenth of that."""

TOO_LONG = "Checking this photo took too long and was stopped. Save it at a smaller size or in another format."
DIED = (
    "The process that checked this photo died: it ran out of memory, or a decoder has a bug. Save the photo in "
    "another format."
)
NO_MEMORY = "There is not enough memory to check this photo. Save it at a smaller size or in another format."
FAILED = "The program failed on this photo ({error}). This is a bug in the program; please report it."
_MEMORY_PER_PHOTO = 768 << 20  # bytes, in addition to what the worker uses once its models are loaded
_SECONDS_TO_LOAD = 300
_QUEUED_PER_WORKER = 4  # photos submitted ahead per worker; keeps it busy while a slow photo delays the results


def check_in_process(sources: Iterable[Source], setup: Setup) -> Generator[PhotoReport, None, None]:
    """Yield one report per source, in order, checked in this process. For one photo this is fastest."""
    remaining = iter(sources)
    first = next(remaining, None)
    if first is None:  # the store may have all reports; do not load the models then
        return
    with setup.checker() as checker:
        for source in itertools.chain([first], remaining):
            try:
                report = check_one(checker, source)
            except GivenUpError as error:
                report = declared_failure(source, error, setup)
            yield report


def check_in_workers(sources: Iterable[Source], setup: Setup, count: int) -> Generator[PhotoReport, None, None]:
    """Yield one report per source, in order, checked in `count` processes."""
    remaining = iter(sources)
    pending: deque[tuple[Source, Future[PhotoReport]]] = deque()
    with contextlib.closing(Workers(count, setup)) as workers:
        while True:
            for source in remaining:
                pending.append((source, workers.submit(check_one, source)))
                if len(pending) >= _QUEUED_PER_WORKER * count:
                    break
            if not pending:
                return
            source, future = pending.popleft()
            try:
                report = future.result()
            except GivenUpError as error:
                report = workers.declare(source, error).result()
            yield report


class Workers:
    """A pool of `count` worker processes. They start when the first photo is submitted; one that dies or hangs is
    replaced.
    """

    def __init__(self, count: int, setup: Setup, *, time_limit: float = TIME_LIMIT) -> None:
        self._setup = setup
        self._workers = [_Worker(setup, time_limit) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        # One thread per process waits for its results.
        self._threads = ThreadPoolExecutor(count, initializer=_block_sigint)

    def load(self) -> None:
        """Start all processes and wait until they have loaded their models.

        Raises:
            ModelError: the bundle or the landmark model can't be used.
            TrustListError: the trust list can't be read.
            ArtifactCheckError: a process died while it loaded its models.
        """
        for future in [self._threads.submit(worker.load) for worker in self._workers]:
            future.result()

    def submit(self, task: Callable[Concatenate[Checker, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a worker run `task(checker, *args, **kwargs)` for one photo; `task` must be a module-level function.

        The future raises what `load` raises, and `GivenUpError` if the task takes too long or its process dies.
        """
        return self._threads.submit(
            self._run_on_idle_worker, functools.partial(_run_task, self._setup, task, *args, **kwargs)
        )

    def declare(self, source: Source, error: GivenUpError) -> Future[PhotoReport]:
        """Make the report of a photo that could not be checked, with what its file declares.

        A worker reads that, too: the metadata may be what failed.
        """
        return self._threads.submit(self._declare, source, error)

    def close(self) -> None:
        """Terminate the workers immediately: their results are no longer needed, and native code may be slow to end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()
        self._threads.shutdown()

    def _declare(self, source: Source, error: GivenUpError) -> PhotoReport:
        try:
            return self._run_on_idle_worker(
                functools.partial(_run_task, self._setup, _declare, source, error, self._setup)
            )
        except GivenUpError:
            return failure_report(source, error)

    def _run_on_idle_worker(self, work: Callable[[], T]) -> T:
        worker = self._idle.get()
        try:
            return worker.run(work)
        finally:
            self._idle.put(worker)


class _Worker:
    """One worker process, which is replaced when it dies."""

    def __init__(self, setup: Setup, time_limit: float) -> None:
        self._setup = setup
        self._time_limit = time_limit
        self._executor: ProcessPoolExecutor | None = None
        self._closed = False
        self._has_loaded = False
        self._lock = threading.Lock()

    def run(self, work: Callable[[], T]) -> T:
        # The process may have died before it got this photo, or because other processes used up the memory. Only a
        # second death is blamed on the photo.
        for _ in range(2):
            try:
                return self._executor_with_models().submit(work).result(self._time_limit)
            except BrokenProcessPool:
                self._end()
            except TimeoutError:
                self._end()
                raise GivenUpError(TOO_LONG) from None
            except MemoryError:
                raise GivenUpError(NO_MEMORY) from None
        raise GivenUpError(DIED)

    def load(self) -> None:
        self._executor_with_models()

    def close(self) -> None:
        self._closed = True
        self._end()

    def _executor_with_models(self) -> ProcessPoolExecutor:
        """Return the running process with its models loaded, so that loading counts neither as a photo's time nor as
        its failure.
        """
        if self._executor is not None:
            return self._executor
        with self._lock:
            if self._closed:
                raise CancelledError
            # Spawned, because a fork of a process with native threads may hang.
            context = multiprocessing.get_context("spawn")
            executor = self._executor = ProcessPoolExecutor(1, mp_context=context, initializer=_initialise_worker)
            loading = executor.submit(_load, self._setup)
        try:
            loading.result(_SECONDS_TO_LOAD)
        except (BrokenProcessPool, TimeoutError) as error:
            self._end()
            if self._has_loaded:  # it worked before, so a retry may work
                raise BrokenProcessPool from error
            raise ArtifactCheckError(
                "A worker process died while it loaded its models. If memory ran out, use --jobs 1. A script that "
                'calls scan() must do so under `if __name__ == "__main__":`.'
            ) from error
        self._has_loaded = True
        return executor

    def _end(self) -> None:
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is None:
            return
        for process in list((executor._processes or {}).values()):  # noqa: SLF001 - terminate_workers() is 3.14's
            process.terminate()
        # Wait for the executor's own thread: Python's exit would fail while that thread cleans up.
        executor.shutdown(cancel_futures=True)


def failure_report(source: Source, error: GivenUpError) -> PhotoReport:
    """Make the report of a photo that could not be checked, without reading it: that may be what failed."""
    return PhotoReport(path=source.name, status=error.status, message=error.message)


def declared_failure(source: Source, error: GivenUpError, setup: Setup) -> PhotoReport:
    """Make the report of a photo that could not be checked, with what its file declares: that needs no pixels."""
    from artifact_check.checking.declarations import declarations_only  # noqa: PLC0415 - rarely needed
    from artifact_check.provenance.trust_list import read_trust_list  # noqa: PLC0415

    try:
        trusted = "" if setup.trust_list is None else read_trust_list(setup.trust_list)
        declared = declarations_only(source, trust_list=trusted)
    except Exception:  # noqa: BLE001 - whatever kept the photo from being checked may do so here
        return failure_report(source, error)
    return replace(declared, status=error.status, message=error.message)


def _declare(_checker: Checker, source: Source, error: GivenUpError, setup: Setup) -> PhotoReport:
    return declared_failure(source, error, setup)


def _block_sigint() -> None:
    """Block SIGINT (Ctrl-C) in this thread. Processes started from it inherit that and print no traceback."""
    if sys.platform != "win32":  # Windows has no signal masks
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _initialise_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles it
    use_one_blas_thread()
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """Exit when the parent process has ended; otherwise the worker would wait for the next photo forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _load(setup: Setup) -> None:
    shared_checker(setup)
    _limit_memory()


def _limit_memory() -> None:
    """Limit this process's memory, so that a photo that needs too much fails before the machine runs out of memory.

    The limit is `_MEMORY_PER_PHOTO` above current use, since the libraries' own use grows with the number of cores.
    Only Linux enforces RLIMIT_DATA.
    """
    status_file = Path("/proc/self/status")
    if sys.platform == "linux" and status_file.exists():
        import resource  # noqa: PLC0415 - exists on POSIX only

        status = status_file.read_text(encoding="ascii", errors="replace")
        used = next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmData:")), None)
        _, hard_limit = resource.getrlimit(resource.RLIMIT_DATA)
        if used is not None and (hard_limit == resource.RLIM_INFINITY or used + _MEMORY_PER_PHOTO < hard_limit):
            resource.setrlimit(resource.RLIMIT_DATA, (used + _MEMORY_PER_PHOTO, hard_limit))


def _run_task(setup: Setup, task: Callable[Concatenate[Checker, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    with _giving_up():
        return task(shared_checker(setup), *args, **kwargs)


def check_one(checker: Checker, source: Source) -> PhotoReport:
    """Check one photo.

    Raises:
        GivenUpError: there was an unexpected error. It costs this photo's row, not the scan.
    """
    with _giving_up():
        return checker.check_source(source)


@contextlib.contextmanager
def _giving_up() -> Generator[None, None, None]:
    """Turn unexpected errors into `GivenUpError`."""
    try:
        yield
    except ArtifactCheckError:
        raise
    except MemoryError:
        raise GivenUpError(NO_MEMORY) from None
    except Exception as error:  # noqa: BLE001
        raise GivenUpError(Phrase(FAILED, error=type(error).__name__)) from None
