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
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import connection, resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from artifact_check.errors import ArtifactCheckError, GivenUpError
from artifact_check.phrase import Phrase
from artifact_check.results import PhotoReport
from artifact_check.scanning.setup import collect_garbage_rarely, shared_checker, use_one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.connection import Connection

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
        # Each takes another worker: the one that has been idle longest.
        for future in [self._threads.submit(self._use_idle_worker, _Worker.load) for _ in self._workers]:
            future.result()

    def submit(self, task: Callable[Concatenate[Checker, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a worker run `task(checker, *args, **kwargs)` for one photo; `task` must be a module-level function.

        The future raises what `load` raises, and `GivenUpError` if the task takes too long or its process dies.
        """
        return self._threads.submit(lambda: self._run(task, *args, **kwargs))

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

    def _run(self, task: Callable[Concatenate[Checker, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = functools.partial(_run_task, self._setup, task, *args, **kwargs)
        return self._use_idle_worker(lambda worker: worker.run(work))

    def _declare(self, source: Source, error: GivenUpError) -> PhotoReport:
        try:
            return self._run(_declare, source, error, self._setup)
        except GivenUpError:
            return failure_report(source, error)

    def _use_idle_worker(self, use: Callable[[_Worker], T]) -> T:
        worker = self._idle.get()
        try:
            return use(worker)
        finally:
            self._idle.put(worker)


class _Worker:
    """One worker process, which is replaced when it dies. One thread at a time uses it; any may close it."""

    def __init__(self, setup: Setup, time_limit: float) -> None:
        self._setup = setup
        self._time_limit = time_limit
        self._process: _Process | None = None
        self._closed = False
        self._has_loaded = False
        self._lock = threading.Lock()

    def run(self, work: Callable[[], T]) -> T:
        # The process may have died before it got this photo, or because other processes used up the memory. Only a
        # second death is blamed on the photo.
        for _ in range(2):
            try:
                return self._process_with_models().run(work, self._time_limit)
            except _DiedError:
                self._end()
            except TimeoutError:
                self._end()
                raise GivenUpError(TOO_LONG) from None
            except MemoryError:
                self._end()  # what is left in the pipe would be taken for the next photo's report
                raise GivenUpError(NO_MEMORY) from None
        raise GivenUpError(DIED)

    def load(self) -> None:
        self._process_with_models()

    def close(self) -> None:
        self._closed = True
        self._end()

    def _process_with_models(self) -> _Process:
        """Return the running process with its models loaded, so that loading counts neither as a photo's time nor as
        its failure.
        """
        if self._process is not None:
            return self._process
        with self._lock:
            if self._closed:
                raise CancelledError
            process = self._process = _Process()
        try:
            process.run(functools.partial(_load, self._setup), _SECONDS_TO_LOAD)
        except (_DiedError, TimeoutError) as error:
            self._end()
            if self._has_loaded:  # it worked before, so a retry may work
                raise _DiedError from error
            raise ArtifactCheckError(
                "A worker process died while it loaded its models. If memory ran out, use --jobs 1. A script that "
                'calls scan() must do so under `if __name__ == "__main__":`.'
            ) from error
        self._has_loaded = True
        return process

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()


class _DiedError(Exception):
    """A worker process ended before it answered."""


class _Process:
    """A worker process and the pipe to it."""

    def __init__(self) -> None:
        # Spawned, because a fork of a process with native threads may hang.
        context = multiprocessing.get_context("spawn")
        self._pipe, far_end = context.Pipe()
        self._process = context.Process(target=_answer, args=(far_end,), daemon=True)
        self._process.start()
        far_end.close()  # the process has the only one now, so the pipe ends with it

    def run(self, work: Callable[[], T], seconds: float) -> T:
        """Return what `work` returns there, or raise what it raises.

        Raises:
            _DiedError: the process ended meanwhile.
            TimeoutError: it did not answer in time. The answer may still come, so the process must be ended.
        """
        try:
            self._pipe.send(work)
            answer: tuple[T, Exception | None] | None = self._pipe.recv() if self._pipe.poll(seconds) else None
        except (EOFError, OSError) as gone:
            raise _DiedError from gone
        if answer is None:
            raise TimeoutError
        result, error = answer
        if error is not None:
            raise error
        return result

    def end(self) -> None:
        self._process.terminate()
        self._process.join()


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
        # multiprocessing starts this with the first process, which unblocks the signal.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _answer(pipe: Connection) -> None:
    """Run what comes through the pipe, one after another, and send back each result, or the error; until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles it
    collect_garbage_rarely()
    use_one_blas_thread()
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # of the pipe: the parent was killed
        while True:
            work = pipe.recv()
            try:
                pipe.send((work(), None))
            except Exception as error:  # noqa: BLE001 - the parent raises it
                pipe.send((None, error))


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
