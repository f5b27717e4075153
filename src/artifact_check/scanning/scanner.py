"""Many photos: which engine checks them, and what a store knows already."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.errors import PhotoError
from artifact_check.scanning.cluster import check_on_cluster
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import check_here, check_in_workers
from artifact_check.sources import find_photos

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from artifact_check.results import PhotoReport
    from artifact_check.scanning.store import Store
    from artifact_check.sources import PathOrAddress, Source

    Engine = Callable[[Iterable[Source], Setup], Generator[PhotoReport, None, None]]

_PHOTOS_PER_WORKER = 8  # a worker takes seconds to load its models; fewer photos do not repay that


def scan(
    paths: PathOrAddress | Iterable[PathOrAddress],
    *,
    jobs: int = 1,
    model: Path | None = None,
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> Iterator[PhotoReport]:
    """One report for each photo under `paths`, in the same order whatever `jobs` is.

    `paths` are files, folders and archives with all below them, and addresses (see `sources.find_photos`). `exclude`
    leaves out what matches one of these patterns, such as `*_small.jpg`; `limit` ends the search at so many photos.

    With more than one job the photos go to that many spawned processes, so a script that calls this needs the usual
    `if __name__ == "__main__":`. Closing the iterator ends them. `model` is a bundle's folder, None the one shipped.

    Raises:
        NothingToScanError: at once, when a path does not exist or there is no photo.
        ValueError: at once, when `jobs` is less than 1.
        ModelError: with the first report, when the bundle or the landmark model can't be used.

    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    photos = find_photos(paths, exclude=exclude, limit=limit).photos
    return check_all(photos, Setup(model), local_engine(0 if jobs == 1 else min(jobs, len(photos))))


def local_engine(workers: int) -> Engine:
    """So many worker processes on this machine; with none, photos are checked in this process."""
    return functools.partial(check_in_workers, count=workers) if workers else check_here


def cluster_engine(address: str) -> Engine:
    """The Dask cluster at `dask://HOST:PORT`."""
    return functools.partial(check_on_cluster, address=address)


def default_jobs(photos: int) -> int:
    """How many processes repay their start for so many photos, up to the cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, photos // _PHOTOS_PER_WORKER))


def check_all(
    photos: Iterable[Source], setup: Setup, engine: Engine, store: Store | None = None
) -> Generator[PhotoReport, None, None]:
    """One report for each of `photos`, in their order; those that the store knows are not checked again.

    Every report is in the store before it is yielded. Of two photos with the same content one is checked, where
    reading them twice costs little (see `Source.cheap_to_read`).
    """
    return engine(photos, setup) if store is None else _Resumed(photos, setup, store).reports(engine)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A photo in the order of the scan; where it `is_known`, its report is, or will be when its turn comes.

    With `is_placed`, the store has it under this name, version and content already.
    """

    source: Source
    version: str | None
    sha256: str | None
    is_known: bool
    is_placed: bool = False


class _Resumed:
    """One scan beside a store: the engine is given what is new, and the rest is put in between in its place."""

    def __init__(self, photos: Iterable[Source], setup: Setup, store: Store) -> None:
        self._photos = photos
        self._setup = setup
        self._store = store
        self._planned: deque[_Planned] = deque()
        self._in_hand: set[str] = set()

    def reports(self, engine: Engine) -> Generator[PhotoReport, None, None]:
        with contextlib.closing(engine(self._new(), self._setup)) as checked:
            for report in checked:
                yield from self._known_ones(engine)
                yield self._kept(report, self._planned.popleft())
        yield from self._known_ones(engine)

    def _new(self) -> Iterator[Source]:
        for source in self._photos:
            planned = self._plan(source)
            self._planned.append(planned)
            if not planned.is_known:
                yield source

    def _plan(self, source: Source) -> _Planned:
        version, pictured = source.version(), self._setup.previews
        before = self._store.known(source.name)
        sha256 = None
        if before is not None and version is not None and before.version == version:
            sha256 = before.sha256
            if before.pictured is not None and before.pictured >= pictured:
                return _Planned(source, version, sha256, is_known=True, is_placed=True)
        if sha256 is None and source.cheap_to_read:
            sha256 = _digest(source)
        is_known = sha256 is not None and (sha256 in self._in_hand or self._store.has(sha256, pictured=pictured))
        if sha256 is not None and not is_known:
            self._in_hand.add(sha256)
        return _Planned(source, version, sha256, is_known)

    def _known_ones(self, engine: Engine) -> Iterator[PhotoReport]:
        while self._planned and self._planned[0].is_known:
            planned = self._planned.popleft()
            name, sha256 = planned.source.name, planned.sha256 or ""
            report = self._store.report(name, sha256, pictured=self._setup.previews)
            if report is None:
                # It was a copy of a photo that has been changed or taken away before its turn came.
                yield from (self._kept(checked, planned) for checked in engine([planned.source], self._setup))
                continue
            if not planned.is_placed:
                self._store.add_path(name, planned.version, sha256)
            yield report

    def _kept(self, report: PhotoReport, planned: _Planned) -> PhotoReport:
        self._store.add(report, planned.version, pictured=self._setup.previews)
        self._in_hand.discard(planned.sha256 or "")
        return report


def _digest(source: Source) -> str | None:
    try:
        return hashlib.sha256(source.read()).hexdigest()
    except PhotoError:
        return None
