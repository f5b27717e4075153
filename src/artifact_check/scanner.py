"""Many photos: where they are, and checking them one after another or in worker processes."""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from artifact_check.errors import ArtifactCheckError, NothingToScanError
from artifact_check.results import PhotoReport

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from artifact_check.checker import Checker

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .heic .heif .hif .avif .tif .tiff .bmp .gif".split()  # noqa: SIM905 - one line
)

T = TypeVar("T")

_PHOTOS_PER_WORKER = 8  # a worker takes seconds to load its models; fewer photos do not repay that
_AHEAD = 4  # tasks in hand per worker, so that it stays busy while one slow photo holds up the order


@dataclass(frozen=True, slots=True)
class Setup:
    """What a checker is made with: a model bundle's folder (None: the one shipped), a PEM file of signers to trust.

    With `previews`, each report brings a small picture along.
    """

    model: Path | None = None
    trust_list: Path | None = None
    previews: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to scan.

    `photos` in the order of the scan; `skipped` counts the other files in the folders, hidden and excluded ones aside;
    `unlisted` are folders that could not be opened.
    """

    photos: tuple[Path, ...]
    skipped: int = 0
    unlisted: tuple[Path, ...] = ()


def find_photos(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> Found:
    """Find the photos under `paths`: files as given whatever their suffix, folders with all their subfolders.

    The order is that of `paths`; within a folder, its photos by name come before its subfolders by name. Hidden entries
    of folders are left out, a file reached twice comes once. `exclude` are glob patterns for the name or for the path
    relative to the folder given; `limit` ends the search at so many photos.

    Raises:
        NothingToScanError: a path does not exist, or no photo is left.

    """
    given = [Path(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    for path in given:
        if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a folder above may not be entered
            raise NothingToScanError(f"{path} does not exist.")
    search = _Search(exclude)
    photos = tuple(itertools.islice(search.photos(given), limit))
    if not photos:
        raise NothingToScanError(_why_nothing(given, search))
    return Found(photos, search.skipped, tuple(search.unlisted))


def scan(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    jobs: int = 1,
    model: Path | None = None,
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> Iterator[PhotoReport]:
    """One report for each photo under `paths` (see `find_photos`), in the same order whatever `jobs` is.

    With more than one job the photos go to that many spawned processes, so a script that calls this needs the usual
    `if __name__ == "__main__":`. Closing the iterator ends them. `model` is a bundle's folder, None the one shipped.

    Raises:
        NothingToScanError: at once, as `find_photos` does.
        ModelError: with the first report, when the bundle or the landmark model can't be used.

    """
    return check_all(find_photos(paths, exclude=exclude, limit=limit).photos, jobs=jobs, setup=Setup(model))


def check_all(
    photos: Sequence[Path],
    *,
    jobs: int = 1,
    setup: Setup = Setup(),
) -> Generator[PhotoReport, None, None]:
    """One report for each of `photos`, in their order; the rest as in `scan`."""
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    workers = min(jobs, len(photos))
    return _in_this_process(photos, setup) if workers <= 1 else _in_workers(photos, workers, setup)


def default_jobs(photos: int) -> int:
    """How many processes repay their start for so many photos, up to the cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, photos // _PHOTOS_PER_WORKER))


class _Search:
    """One walk over files and folders; it remembers what it has met."""

    def __init__(self, exclude: Iterable[str]) -> None:
        self.skipped = 0
        self.unlisted: list[Path] = []
        self._exclude = tuple(pattern.rstrip("/") for pattern in exclude)
        self._met: set[str] = set()

    def photos(self, given: Iterable[Path]) -> Iterator[Path]:
        for path in given:
            if path.is_dir():
                yield from self._under(path)
            elif not self._excluded(Path(path.name)) and self._is_new(path):
                yield path

    def _under(self, top: Path) -> Iterator[Path]:
        pending = [top]
        while pending:
            folder = pending.pop()
            if not self._is_new(folder):
                continue
            subfolders = []
            for entry in self._entries(folder, top):
                path = folder / entry.name
                if _is(entry.is_dir):
                    subfolders += [] if _leads_up(path) else [path]
                elif not (path.suffix.lower() in PHOTO_SUFFIXES and _is(entry.is_file)):
                    self.skipped += 1
                elif self._is_new(path):
                    yield path
            pending += reversed(subfolders)

    def _entries(self, folder: Path, top: Path) -> list[os.DirEntry[str]]:
        """List what is in `folder`, by name and links last, without what is hidden or excluded."""
        try:
            with os.scandir(folder) as listing:
                # Links last, so that of a file and a link to it the file gets the row.
                entries = sorted(listing, key=lambda entry: (entry.is_symlink(), entry.name))
        except OSError:
            self.unlisted.append(folder)
            return []
        below = folder.relative_to(top)
        return [e for e in entries if not e.name.startswith(".") and not self._excluded(below / e.name)]

    def _excluded(self, path: Path) -> bool:
        names = path.name, path.as_posix()
        return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in self._exclude)

    def _is_new(self, path: Path) -> bool:
        real = os.path.normcase(os.path.realpath(path))
        if real in self._met:
            return False
        self._met.add(real)
        return True


def _why_nothing(given: Sequence[Path], search: _Search) -> str:
    where = ", ".join(str(path) for path in given) or "an empty list of paths"
    closed = "".join(f"; {folder} could not be opened" for folder in search.unlisted)
    others = f"; {search.skipped} other files are there" if search.skipped else ""
    return f"No photo to scan in {where}{others}{closed}."


def _is(test: Callable[[], bool]) -> bool:
    """`DirEntry.is_dir` or `is_file`, where a link that goes round in circles is neither."""
    try:
        return test()
    except OSError:
        return False


def _leads_up(folder: Path) -> bool:
    """Whether a folder is a link to one above itself: following it would scan what was not asked for."""
    return folder.is_symlink() and folder.parent.resolve().is_relative_to(folder.resolve())


def _in_this_process(photos: Sequence[Path], setup: Setup) -> Generator[PhotoReport, None, None]:
    from artifact_check.checker import Checker  # noqa: PLC0415 - late: it loads numpy and mediapipe

    with Checker(setup.model, trust_list=setup.trust_list, previews=setup.previews) as checker:
        for photo in photos:
            yield checker.check_file(photo)


def _in_workers(photos: Sequence[Path], workers: int, setup: Setup) -> Generator[PhotoReport, None, None]:
    coming = iter(photos)
    pending: deque[tuple[Path, Future[PhotoReport]]] = deque()
    with contextlib.closing(Pool(workers, setup)) as pool, contextlib.closing(Pool(1, setup)) as spare:
        while True:
            for photo in itertools.islice(coming, _AHEAD * workers - len(pending)):
                pending.append((photo, pool.check(photo)))
            if not pending:
                return
            photo, future = pending.popleft()
            try:
                report = future.result()
            except BrokenProcessPool:
                report = _check_alone(photo, spare)
            yield report


def _check_alone(photo: Path, spare: Pool) -> PhotoReport:
    """Check a photo that was in hand when a worker died: only one that takes a worker of its own along is to blame."""
    try:
        spare.load().result()
    except BrokenProcessPool as error:
        raise ArtifactCheckError(
            "A worker process died while it loaded its models; use --jobs 1, which needs less memory."
        ) from error
    try:
        return spare.check(photo).result()
    except BrokenProcessPool:
        return died(str(photo))


def died(path: str) -> PhotoReport:
    """The row of a photo that takes its worker process along."""
    message = "The process that checked this photo died, from a lack of memory or a fault in a decoder."
    return PhotoReport(path=path, status="unreadable", message=f"{message} Save it anew in another format.")


class Pool:
    """Spawned worker processes that are replaced when one of them dies; they start with the first task.

    A task that was in hand when a worker died ends with `BrokenProcessPool`.
    """

    def __init__(self, workers: int, setup: Setup) -> None:
        self._workers = workers
        self._setup = setup
        self._executor = self._renewed()

    def load(self) -> Future[None]:
        return self._submit(_load, self._setup)

    def check(self, photo: Path) -> Future[PhotoReport]:
        return self._submit(_check, photo, self._setup)

    def examine(self, task: Callable[..., T], *args: object) -> Future[T]:
        """Run `task(checker, *args)` in a worker; it has to be a function of a module."""
        return self._submit(_with_checker, self._setup, task, *args)

    def restart(self) -> None:
        """End the workers, whatever they are at; the next task gets new ones."""
        self.close()
        self._executor = self._renewed()

    def close(self) -> None:
        """End the workers at once: they hold nothing that is still wanted, and native code may be slow to leave."""
        processes = list((self._executor._processes or {}).values())  # noqa: SLF001 - terminate_workers() is 3.14's
        for process in processes:
            process.terminate()
        # Waits for the executor's own thread: while that tidies up, Python's exit would stumble over it.
        self._executor.shutdown(cancel_futures=True)

    def _submit(self, task: Callable[..., T], *args: object) -> Future[T]:
        with _interrupt_held():
            try:
                return self._executor.submit(task, *args)
            except BrokenProcessPool:
                self._executor = self._renewed()
                return self._executor.submit(task, *args)

    def _renewed(self) -> ProcessPoolExecutor:
        # Spawned, because a forked copy of a process with native threads may hang.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=_begin_worker)


@contextlib.contextmanager
def _interrupt_held() -> Iterator[None]:
    """Hold Ctrl-C back for a moment: a worker started now inherits that, and so leaves no traceback of its own."""
    if sys.platform == "win32":  # which has no signal masks
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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


@functools.cache
def _checker(setup: Setup) -> Checker:
    import cv2  # noqa: PLC0415 - late: it loads numpy

    from artifact_check.checker import Checker  # noqa: PLC0415 - late: it loads numpy and mediapipe

    cv2.setNumThreads(1)
    return Checker(setup.model, trust_list=setup.trust_list, previews=setup.previews)


def _load(setup: Setup) -> None:
    _checker(setup)


def _check(photo: Path, setup: Setup) -> PhotoReport:
    return _checker(setup).check_file(photo)


def _with_checker(setup: Setup, task: Callable[..., T], *args: object) -> T:
    return task(_checker(setup), *args)
