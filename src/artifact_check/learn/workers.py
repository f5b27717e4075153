"""What every experiment on many photos needs: processes, one landmarker in each, and a cache by content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache as cache_per_process
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from artifact_check import cues
from artifact_check.errors import OutputError
from artifact_check.face import LANDMARK_MODEL_SHA256, Landmarker

Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[], None]


def mapped(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, progress: Progress) -> Iterator[Result]:
    """Results in the order of the tasks, from `jobs` processes; `progress` is called after each."""
    if jobs == 1:
        for task in tasks:
            yield work(task)
            progress()
        return
    with get_context("spawn").Pool(jobs, initializer=_one_thread) as pool:
        for result in pool.imap(work, tasks, chunksize=4):
            yield result
            progress()


def _one_thread() -> None:
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)


@cache_per_process
def landmarker() -> Landmarker:
    """The landmarker of this process."""
    return Landmarker()


def make_cache(cache: Path | None) -> None:
    """Make the cache's folder, if there is to be one.

    Raises:
        OutputError: it cannot be made.
    """
    if cache is None:
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{cache} cannot be made ({error.strerror}); choose another --cache.") from None


def kept(cache: Path | None, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gives, from the folder `cache` where an entry of that key is there already (None: always anew)."""
    if cache is None:
        return make()
    entry = cache / f"{key}.json"
    if entry.exists():
        # A damaged entry is as good as none.
        with contextlib.suppress(ValueError):
            loaded: dict[str, Any] = json.loads(entry.read_text(encoding="utf-8"))
            return loaded
    made = make()
    temporary = entry.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(made), encoding="utf-8")
    temporary.replace(entry)
    return made


def cache_key(data: bytes, recipe: list[Any], *modules: str) -> str:
    """A digest of everything that an entry depends on: the photo, a recipe, libraries, the code that measures and
    `modules` (file names in `learn/`) beside it.
    """
    libraries = [version(package) for package in ("mediapipe", "numpy", "opencv-python-headless", "pillow")]
    whole = [LANDMARK_MODEL_SHA256, recipe, libraries, _source_digest(modules)]
    return hashlib.sha256(hashlib.sha256(data).digest() + json.dumps(whole).encode()).hexdigest()


_MEASURING = ("photo/*.py", "face/*", "cues/**/*.*")


@cache_per_process
def _source_digest(modules: tuple[str, ...]) -> str:
    """Digest of the code that measures: a cache must never serve what older code has measured."""
    package = Path(cues.__file__).parents[1]
    sources = [package / f"learn/{name}" for name in modules]
    for pattern in _MEASURING:
        sources += sorted(path for path in package.glob(pattern) if path.suffix in {".py", ".json"})
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
