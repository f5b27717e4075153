"""Scans many photos with an engine (this process, worker processes or a cluster), reusing reports from a store."""

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
from artifact_check.scanning.copies import name_copies
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.store import content
from artifact_check.scanning.workers import check_in_process, check_in_workers
from artifact_check.sources import find_photos
from artifact_check.sources.local import file_version
from artifact_check.sources.sidecar import find_sidecar, read_sidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from artifact_check.results import PhotoReport
    from artifact_check.scanning.store import Store
    from artifact_check.sources import PathOrAddress, Source

    Engine = Callable[[Iterable[Source], Setup], Generator[PhotoReport, None, None]]

_PHOTOS_PER_WORKER = 8  # with fewer photos, loading a worker's models takes longer than the worker saves


def scan(
    paths: PathOrAddress | Iterable[PathOrAddress],
    *,
    jobs: int = 1,
    model: Path | None = None,
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> Iterator[PhotoReport]:
    """Check all photos under `paths`; yield one report per photo, in an order that does not depend on `jobs`.

    Args:
        paths: files, folders and archives (searched recursively), and addresses; see `sources.find_photos`.
        jobs: number of processes. More than one are spawned, so a script must call this under
            `if __name__ == "__main__":`. Closing the iterator ends them.
        model: folder of a model bundle; None for the one that comes with the package.
        exclude: glob patterns of photos to leave out, such as `*_small.jpg`.
        limit: end the search after this many photos.

    Raises:
        NothingToScanError: immediately, if a path does not exist or there is no photo.
        ValueError: immediately, if `jobs` is less than 1.
        ModelError: with the first report, if the bundle or the landmark model can't be used.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    photos = find_photos(paths, exclude=exclude, limit=limit).photos
    engine = local_engine(0 if jobs == 1 else min(jobs, len(photos)))
    return _with_copies_named(check_all(photos, Setup(model), engine))


def _with_copies_named(reports: Generator[PhotoReport, None, None]) -> Iterator[PhotoReport]:
    with contextlib.closing(reports):
        yield from name_copies(reports)


def local_engine(workers: int) -> Engine:
    """Return an engine with `workers` processes on this machine; with 0, it checks photos in this process."""
    return functools.partial(check_in_workers, count=workers) if workers else check_in_process


def cluster_engine(address: str) -> Engine:
    """Return an engine that uses the Dask cluster at `dask://HOST:PORT`."""
    return functools.partial(check_on_cluster, address=address)


def default_jobs(photos: int) -> int:
    """Return how many processes are worth starting for `photos` photos, at most one per core available."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, photos // _PHOTOS_PER_WORKER))


def check_all(
    photos: Iterable[Source], setup: Setup, engine: Engine, store: Store | None = None
) -> Generator[PhotoReport, None, None]:
    """Yield one report for each of `photos`, in order; photos with a report in the store are not checked again.

    Every report is in the store before it is yielded. Of photos with the same content only one is checked, provided
    that they are cheap to read (see `Source.cheap_to_read`).
    """
    return engine(photos, setup) if store is None else _ScanWithStore(photos, setup, store).reports(engine)


@dataclass(frozen=True, slots=True)
class _PlannedPhoto:
    """A photo waiting for its turn.

    If it `is_stored`, the store has a report of its `content`, or will have one when its turn comes. If it `is_listed`,
    the store already lists it with this name, version and content, as found by this scan.
    """

    source: Source
    version: str | None
    content: str | None
    is_stored: bool
    is_listed: bool = False


class _ScanWithStore:
    """One scan with a store: the engine checks the new photos, and stored reports are inserted in order."""

    def __init__(self, photos: Iterable[Source], setup: Setup, store: Store) -> None:
        self._photos = tuple(photos)
        self._setup = setup
        self._store = store
        self._planned: deque[_PlannedPhoto] = deque()
        self._being_checked: set[str] = set()

    def reports(self, engine: Engine) -> Generator[PhotoReport, None, None]:
        self._store.begin_scan(source.name for source in self._photos)
        with contextlib.closing(engine(self._new_photos(), self._setup)) as checked:
            for report in checked:
                yield from self._stored_reports(engine)
                yield self._store_report(report, self._planned.popleft())
        yield from self._stored_reports(engine)

    def _new_photos(self) -> Iterator[Source]:
        for source in self._photos:
            planned = self._plan(source)
            self._planned.append(planned)
            if not planned.is_stored:
                yield source

    def _plan(self, source: Source) -> _PlannedPhoto:
        version, with_pictures = _version(source), self._setup.previews
        record = self._store.record(source.name)
        found = None
        if record is not None and version is not None and record.version == version:
            found = record.content
            if record.has_pictures is not None and record.has_pictures >= with_pictures:
                return _PlannedPhoto(source, version, found, is_stored=True, is_listed=record.is_found)
        if found is None and source.cheap_to_read:
            found = _content(source)
        is_stored = found is not None and (
            found in self._being_checked or self._store.has(found, with_pictures=with_pictures)
        )
        if found is not None and not is_stored:
            self._being_checked.add(found)
        return _PlannedPhoto(source, version, found, is_stored)

    def _stored_reports(self, engine: Engine) -> Iterator[PhotoReport]:
        while self._planned and self._planned[0].is_stored:
            planned = self._planned.popleft()
            name, found = planned.source.name, planned.content or ""
            report = self._store.report(name, found, with_pictures=self._setup.previews)
            if report is None:
                # It was a copy of another photo, which was changed or removed before it was checked.
                yield from (self._store_report(checked, planned) for checked in engine([planned.source], self._setup))
                continue
            if planned.is_listed:
                self._store.unchanged += 1
            else:
                self._store.add_path(name, planned.version, found)
            yield report

    def _store_report(self, report: PhotoReport, planned: _PlannedPhoto) -> PhotoReport:
        found = None
        # What was given up has no model. It is checked again next time: memory or time may suffice then.
        if report.model is not None and report.sha256 is not None:
            found = content(report.sha256, read_sidecar(planned.source))
        self._store.add(report, planned.version, found, with_pictures=self._setup.previews)
        self._being_checked.discard(planned.content or "")
        return report


def _version(source: Source) -> str | None:
    """Return the version of the photo and of the Content Credentials beside it; None if not available."""
    version, beside = source.version(), find_sidecar(source)
    return version if version is None or beside is None else f"{version}, {file_version(beside)}"


def _content(source: Source) -> str | None:
    try:
        return content(hashlib.sha256(source.read()).hexdigest(), read_sidecar(source))
    except PhotoError:
        return None
