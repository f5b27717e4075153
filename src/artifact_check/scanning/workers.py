"""Checking photos in worker processes, each of which has one photo in hand.

So a crash or a hang of a decoder costs that photo alone, and it is known which one it was.
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
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from artifact_check.errors import ArtifactCheckError, GivenUpError
from artifact_check.results import PhotoReport
from artifact_check.scanning.setup import shared_checker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from artifact_check.checking.checker import Checker
    from artifact_check.scanning.setup import Setup
    from artifact_check.sources import Source

P = ParamSpec("P")
T = TypeVar("T")

TIME_LIMIT = 60.0
"""Seconds after which a photo is given up; the slowest honest one, of 150 megapixels, takes a tenth of that."""

TOO_LONG = "Checking this photo took too long and was given up. Save it anew smaller, or in another format."
DIED = (
    "The process that checked this photo died, from a lack of memory or a fault in a decoder. Save it anew in another "
    "format."
)
NO_MEMORY = "There is not enough memory to check this photo. Save it anew smaller, or in another format."
FAILED = "The program failed on this photo ({}). That is a fault of the program: please report it."
_ROOM = 768 << 20
"""Bytes that checking a photo may take beyond what a worker has when it begins."""
_SECONDS_TO_LOAD = 300
_AHEAD = 4  # photos in hand per worker, so that it stays busy while one slow photo holds up the order


def check_here(sources: Iterable[Source], setup: Setup) -> Generator[PhotoReport, None, None]:
    """One report for each source, in order, without a process of its own: the quickest for one photo."""
    coming = iter(sources)
    first = next(coming, None)
    if first is None:  # a store may know them all: then no model is loaded
        return
    with setup.checker() as checker:
        for source in itertools.chain([first], coming):
            yield check_one(checker, source)


def check_in_workers(sources: Iterable[Source], setup: Setup, count: int) -> Generator[PhotoReport, None, None]:
    """One report for each source, in order, from `count` processes."""
    coming = iter(sources)
    pending: deque[tuple[Source, Future[PhotoReport]]] = deque()
    with contextlib.closing(Workers(count, setup)) as workers:
        while True:
            for source in coming:
                pending.append((source, workers.submit(check_one, source)))
                if len(pending) >= _AHEAD * count:
                    break
            if not pending:
                return
            source, future = pending.popleft()
            try:
                report = future.result()
            except GivenUpError as error:
                report = given_up(source, error)
            yield report


class Workers:
    """So many worker processes; they start with the first photo, and one that dies or hangs is replaced."""

    def __init__(self, count: int, setup: Setup, *, time_limit: float = TIME_LIMIT) -> None:
        self._setup = setup
        self._workers = [_Worker(setup, time_limit) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        # One thread waits on each process.
        self._threads = ThreadPoolExecutor(count, initializer=_hold_interrupts)

    def load(self) -> None:
        """Start all processes and wait until they have their models.

        Raises:
            ModelError: the bundle or the landmark model can't be used.
            TrustListError: the trust list can't be read.
            ArtifactCheckError: a process died on the way.
        """
        for loaded in [self._threads.submit(worker.load) for worker in self._workers]:
            loaded.result()

    def submit(self, task: Callable[Concatenate[Checker, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let a worker run `task(checker, ...)` on one photo; `task` has to be a function of a module.

        The future raises what `load` does, and `GivenUpError` where the photo takes too long or its process along.
        """
        return self._threads.submit(self._done, functools.partial(_run, self._setup, task, *args, **kwargs))

    def close(self) -> None:
        """End the workers at once: they hold nothing that is still wanted, and native code may be slow to leave."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()
        self._threads.shutdown()

    def _done(self, work: Callable[[], T]) -> T:
        worker = self._idle.get()
        try:
            return worker.do(work)
        finally:
            self._idle.put(worker)


class _Worker:
    """One spawned process."""

    def __init__(self, setup: Setup, time_limit: float) -> None:
        self._setup = setup
        self._time_limit = time_limit
        self._executor: ProcessPoolExecutor | None = None
        self._closed = False
        self._has_loaded = False
        self._changing = threading.Lock()

    def do(self, work: Callable[[], T]) -> T:
        # The process may have died before this photo came to it, or of a lack of memory that others made: only a
        # second death is the photo's.
        for _ in range(2):
            try:
                return self._loaded().submit(work).result(self._time_limit)
            except BrokenProcessPool:
                self._end()
            except TimeoutError:
                self._end()
                raise GivenUpError(TOO_LONG) from None
            except MemoryError:
                raise GivenUpError(NO_MEMORY) from None
        raise GivenUpError(DIED)

    def load(self) -> None:
        self._loaded()

    def close(self) -> None:
        self._closed = True
        self._end()

    def _loaded(self) -> ProcessPoolExecutor:
        """Give the process, with its models: what they take counts as no photo's time, nor their faults as its own."""
        if self._executor is not None:
            return self._executor
        with self._changing:
            if self._closed:
                raise CancelledError
            # Spawned, because a forked copy of a process with native threads may hang.
            context = multiprocessing.get_context("spawn")
            executor = self._executor = ProcessPoolExecutor(1, mp_context=context, initializer=_begin_worker)
            loaded = executor.submit(_load, self._setup)
        try:
            loaded.result(_SECONDS_TO_LOAD)
        except (BrokenProcessPool, TimeoutError) as error:
            self._end()
            if self._has_loaded:  # so it can: what is wrong now may pass
                raise BrokenProcessPool from error
            raise ArtifactCheckError(
                "A worker process died while it loaded its models. If that was for lack of memory, use --jobs 1; "
                'a script that calls scan() needs the usual `if __name__ == "__main__":`.'
            ) from error
        self._has_loaded = True
        return executor

    def _end(self) -> None:
        with self._changing:
            executor, self._executor = self._executor, None
        if executor is None:
            return
        for process in list((executor._processes or {}).values()):  # noqa: SLF001 - terminate_workers() is 3.14's
            process.terminate()
        # Waits for the executor's own thread: while that tidies up, Python's exit would stumble over it.
        executor.shutdown(cancel_futures=True)


def given_up(source: Source, error: GivenUpError) -> PhotoReport:
    """Make the row of a photo that could not be checked; it is not read again, which may be what went wrong."""
    return PhotoReport(path=source.name, status=error.status, message=str(error))


def _hold_interrupts() -> None:
    """Hold Ctrl-C back from this thread: a process that it starts inherits that, and leaves no traceback of its own."""
    if sys.platform != "win32":  # which has no signal masks
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _begin_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # the cores are shared out among the workers
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End this worker when its parent is gone: it would wait for the next photo for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _load(setup: Setup) -> None:
    shared_checker(setup)
    _limit_memory()


def _limit_memory() -> None:
    """Let a photo that unpacks to more than `_ROOM` fail here, before the whole machine runs out of memory.

    On Linux alone: elsewhere the limit on data is not kept, or there is none. What the libraries have taken already
    grows with the number of cores, and is added.
    """
    told = Path("/proc/self/status")
    if sys.platform == "linux" and told.exists():
        import resource  # noqa: PLC0415 - POSIX alone has it

        status = told.read_text(encoding="ascii", errors="replace")
        taken = next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmData:")), None)
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        if taken is not None and (most == resource.RLIM_INFINITY or taken + _ROOM < most):
            resource.setrlimit(resource.RLIMIT_DATA, (taken + _ROOM, most))


def _run(setup: Setup, task: Callable[Concatenate[Checker, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return task(shared_checker(setup), *args, **kwargs)
    except (ArtifactCheckError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - what nobody has foreseen costs this photo alone
        raise GivenUpError(FAILED.format(type(error).__name__)) from None


def check_one(checker: Checker, source: Source) -> PhotoReport:
    """Check one photo; what no part of the check has foreseen costs its row, not the scan."""
    try:
        return checker.check_source(source)
    except ArtifactCheckError:
        raise
    except MemoryError:
        return given_up(source, GivenUpError(NO_MEMORY))
    except Exception as error:  # noqa: BLE001
        return given_up(source, GivenUpError(FAILED.format(type(error).__name__)))
