"""Checking photos on more than one machine, by a Dask cluster (https://distributed.dask.org).

Photos go there by their names and addresses, a few at a time, and are read where they are checked. A worker that is
killed loses nothing: its photos go to another one. A photo that takes several workers along gets a row that says so.
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
from artifact_check.scanning.workers import DIED, TIME_LIMIT, check_one, given_up

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from distributed import Client, Future

    from artifact_check.results import PhotoReport
    from artifact_check.scanning.setup import Setup
    from artifact_check.sources import Source

SCHEME = "dask://"

_BATCH = 8  # photos a task: some tenths of a second, beside which a task's own milliseconds do not count
_AHEAD = 3  # batches in hand per thread of the cluster
_TRIES_ALONE = 1
_SECONDS_TO_ANSWER = 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # as in malloc.h
_one_at_a_time = threading.Lock()


def check_on_cluster(sources: Iterable[Source], setup: Setup, address: str) -> Generator[PhotoReport, None, None]:
    """One report for each source, in order, from the cluster at `dask://HOST:PORT`.

    Raises:
        EngineError: dask is not installed, nothing answers there, a worker would give other results, or the cluster
            is lost.
    """
    batches = _batches(sources)
    first = next(batches, None)
    if first is None:
        return
    pending: deque[tuple[tuple[Source, ...], Future]] = deque()
    with _connected(address) as client:
        maker = setup.fingerprint()
        for batch in itertools.chain([first], batches):
            pending.append((batch, client.submit(_check, batch, setup, maker, pure=False)))
            # Asked anew each time, since a cluster may grow and shrink.
            if len(pending) >= _AHEAD * max(1, sum(client.nthreads().values())):
                yield from _results(client, setup, maker, *pending.popleft())
        while pending:
            yield from _results(client, setup, maker, *pending.popleft())


def _batches(sources: Iterable[Source]) -> Iterator[tuple[Source, ...]]:
    coming = iter(sources)
    while batch := tuple(itertools.islice(coming, _BATCH)):
        yield batch


def _results(
    client: Client, setup: Setup, maker: str, batch: tuple[Source, ...], future: Future, *, tries: int = _TRIES_ALONE
) -> Iterator[PhotoReport]:
    from distributed import KilledWorker

    try:
        yield from future.result()
    except KilledWorker:
        # Several workers died over this batch. Dask counts that against what waited there, too: to blame is only a
        # photo with which it happens alone, and again.
        if not tries:
            yield given_up(batch[0], GivenUpError(DIED))
            return
        for source in batch:
            alone = client.submit(_check, (source,), setup, maker, pure=False)
            yield from _results(client, setup, maker, (source,), alone, tries=tries - 1 if len(batch) == 1 else tries)


def _check(batch: tuple[Source, ...], setup: Setup, maker: str) -> list[PhotoReport]:
    """Check photos; runs on a worker of the cluster, whose threads take turns, for there is one landmarker."""
    if _own_fingerprint(setup) != maker:
        raise EngineError(
            "A worker of the cluster has another version of artifact-check, another model or other trusted signers; "
            "install the same there."
        )
    reports = []
    with _one_at_a_time:
        _keep_memory()
        checker = shared_checker(setup)
        for source in batch:
            # Native code cannot be interrupted: a photo that never ends takes the process along.
            faulthandler.dump_traceback_later(TIME_LIMIT, exit=True)
            try:
                reports.append(check_one(checker, source))
            finally:
                faulthandler.cancel_dump_traceback_later()
    return reports


@functools.cache
def _keep_memory() -> None:
    """Let this worker use the memory of one photo's arrays again for the next.

    Dask has its workers hand each large array back to the system at once (`MALLOC_TRIM_THRESHOLD_`), which then gives
    out and clears the same pages anew, thousands a photo. These are the limits that glibc comes to by itself.
    """
    if sys.platform == "linux":
        import ctypes

        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc alone has it
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, 32 << 20)
            mallopt(_M_TRIM_THRESHOLD, 64 << 20)


@functools.cache
def _own_fingerprint(setup: Setup) -> str:
    """What this worker's checker is made with, which is loaded once, too."""
    return setup.fingerprint()


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import CancelledError, Client
    except ModuleNotFoundError:
        raise EngineError(
            f"{address} needs dask.distributed; install this program with its extra: artifact-check[cluster]."
        ) from None
    try:
        # Without a scheme: Dask's own settings say whether it speaks TLS.
        client = Client(address.removeprefix(SCHEME), timeout=_SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(f"{address} does not answer ({error}); start a scheduler there: dask scheduler.") from None
    try:
        _require_worker(client, address)
        yield client
    except (CancelledError, OSError) as error:
        raise EngineError(f"{address} was lost ({error}); start it again, and scan again with --store.") from None
    finally:
        client.close(timeout=_SECONDS_TO_ANSWER)


def _require_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_SECONDS_TO_ANSWER)
    except TimeoutError:
        raise EngineError(
            f"{address} has no workers; start some: dask worker {address.removeprefix(SCHEME)}."
        ) from None
