"""Checks photos on a Dask cluster (https://distributed.dask.org).

Only names and addresses are sent, in small batches; a worker reads the photos itself. If a worker dies, its photos go
to another one. A photo with which several workers died gets a report that says so.
"""

from __future__ import annotations

import faulthandler
import functools
import itertools
import sys
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from artifact_check.errors import EngineError, GivenUpError
from artifact_check.scanning.setup import shared_checker
from artifact_check.scanning.workers import DIED, TIME_LIMIT, check_one, declared_failure, failure_report

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from distributed import Client, Future

    from artifact_check.results import PhotoReport
    from artifact_check.scanning.setup import Setup
    from artifact_check.sources import Source

SCHEME = "dask://"

CONNECTION_TIMEOUT = 20
"""Seconds to wait for the scheduler and for its first worker."""

_BATCH_SIZE = 8  # photos per task; they take some tenths of a second, a task's overhead only milliseconds
_QUEUED_PER_THREAD = 3  # batches submitted ahead per thread of the cluster
_RETRIES_ALONE = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # as in malloc.h
_check_lock = threading.Lock()


def check_on_cluster(sources: Iterable[Source], setup: Setup, address: str) -> Generator[PhotoReport, None, None]:
    """Yield one report per source, in order, from the cluster at `dask://HOST:PORT`.

    Raises:
        EngineError: Dask is not installed, the cluster does not answer or is lost, or one of its workers has another
            version of the program, another model or other trusted signers.
    """
    batches = _batches(sources)
    first = next(batches, None)
    if first is None:
        return
    pending: deque[tuple[tuple[Source, ...], Future]] = deque()
    with _connection(address) as client:
        fingerprint = setup.fingerprint()
        for batch in itertools.chain([first], batches):
            pending.append((batch, client.submit(_check_batch, batch, setup, fingerprint, pure=False)))
            # Asked each time, since a cluster may grow and shrink.
            if len(pending) >= _QUEUED_PER_THREAD * max(1, sum(client.nthreads().values())):
                yield from _results(client, setup, fingerprint, *pending.popleft())
        while pending:
            yield from _results(client, setup, fingerprint, *pending.popleft())


def _batches(sources: Iterable[Source]) -> Iterator[tuple[Source, ...]]:
    remaining = iter(sources)
    while batch := tuple(itertools.islice(remaining, _BATCH_SIZE)):
        yield batch


def _results(
    client: Client,
    setup: Setup,
    fingerprint: str,
    batch: tuple[Source, ...],
    future: Future,
    *,
    tries: int = _RETRIES_ALONE,
) -> Iterator[PhotoReport]:
    from distributed import KilledWorker

    try:
        yield from future.result()
    except KilledWorker:
        # Several workers died while they had this batch, perhaps because of another task there. So check each photo
        # alone, and blame one only if workers die with it again.
        if not tries:
            yield _declared_on_cluster(client, batch[0], setup)
            return
        for source in batch:
            alone = client.submit(_check_batch, (source,), setup, fingerprint, pure=False)
            yield from _results(
                client, setup, fingerprint, (source,), alone, tries=tries - 1 if len(batch) == 1 else tries
            )


def _declared_on_cluster(client: Client, source: Source, setup: Setup) -> PhotoReport:
    """Make the report of a photo with which workers died, on a worker: its metadata may be what killed them."""
    from distributed import KilledWorker

    error = GivenUpError(DIED)
    try:
        report: PhotoReport = client.submit(_declare, source, error, setup, pure=False).result()
    except KilledWorker:
        return failure_report(source, error)
    return report


def _declare(source: Source, error: GivenUpError, setup: Setup) -> PhotoReport:
    with _check_lock, _time_limit():
        return declared_failure(source, error, setup)


def _check_batch(batch: tuple[Source, ...], setup: Setup, fingerprint: str) -> list[PhotoReport]:
    """Check photos on a worker of the cluster. Its threads take turns, because they share one landmarker."""
    if _own_fingerprint(setup) != fingerprint:
        raise EngineError(
            "A worker of the cluster has other versions of artifact-check or its libraries, another model or other "
            "trusted signers; install the same there."
        )
    reports = []
    with _check_lock:
        _retain_memory()
        checker = shared_checker(setup)
        for source in batch:
            with _time_limit():
                try:
                    reports.append(check_one(checker, source))
                except GivenUpError as error:
                    reports.append(declared_failure(source, error, setup))
    return reports


@contextmanager
def _time_limit() -> Iterator[None]:
    """End the whole process if one photo takes too long: native code cannot be interrupted."""
    faulthandler.dump_traceback_later(TIME_LIMIT, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@functools.cache
def _retain_memory() -> None:
    """Let this worker reuse the memory of one photo's arrays for the next.

    Dask makes its workers return each large array to the system immediately (`MALLOC_TRIM_THRESHOLD_`), so that the
    same pages are allocated and cleared again, thousands per photo. The values set here are those that glibc's dynamic
    thresholds reach by themselves.
    """
    if sys.platform == "linux":
        import ctypes

        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # only glibc has it
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, 32 << 20)
            mallopt(_M_TRIM_THRESHOLD, 64 << 20)


@functools.cache
def _own_fingerprint(setup: Setup) -> str:
    """`Setup.fingerprint` on this worker, computed once, as its checker is loaded once."""
    return setup.fingerprint()


@contextmanager
def _connection(address: str) -> Iterator[Client]:
    try:
        from distributed import CancelledError, Client
    except ModuleNotFoundError:
        raise EngineError(
            f"{address} needs dask.distributed; install this program with its extra: artifact-check[cluster]."
        ) from None
    try:
        # Without a scheme: Dask's own settings decide about TLS.
        client = Client(address.removeprefix(SCHEME), timeout=CONNECTION_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(f"{address} does not answer ({error}); start a scheduler there: dask scheduler.") from None
    try:
        _require_worker(client, address)
        yield client
    except (CancelledError, OSError) as error:
        raise EngineError(
            f"The connection to {address} was lost ({error}); start the cluster again, and scan with --store to resume."
        ) from None
    finally:
        client.close(timeout=CONNECTION_TIMEOUT)


def _require_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECTION_TIMEOUT)
    except TimeoutError:
        raise EngineError(
            f"{address} has no workers; start some: dask worker {address.removeprefix(SCHEME)}."
        ) from None
