"""Processes for experiments on many photos, with one landmarker and one encoder each, and what they need installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from artifact_check.errors import ModelError
from artifact_check.face import Encoder, Landmarker

Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[], None]


def require_libraries(extra: str, *names: str) -> None:
    """Check that the libraries of an extra are installed, without loading them.

    Raises:
        ModelError: one is not.
    """
    for name in names:
        if find_spec(name) is None:
            raise ModelError(f"This needs {name}. Install artifact-check[{extra}].")


def parallel_map(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, progress: Progress
) -> Iterator[Result]:
    """Results in the order of the tasks, from `jobs` processes; `progress` is called after each."""
    if jobs == 1:
        for task in tasks:
            yield work(task)
            progress()
        return
    with get_context("spawn").Pool(jobs, initializer=_use_one_thread) as pool:
        for result in pool.imap(work, tasks, chunksize=4):
            yield result
            progress()


def _use_one_thread() -> None:
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Encoders:
    """The weights of encoders: `all_photos`, and by cluster that of the fold that left it out."""

    all_photos: Path
    left_out: Mapping[str, Path] = field(default_factory=dict)

    def of(self, cluster: str | None) -> Path:
        """The encoder whose word on a cluster's photos counts: one that never saw their labels."""
        return self.all_photos if cluster is None else self.left_out.get(cluster, self.all_photos)


@cache
def landmarker() -> Landmarker:
    """The landmarker of this process."""
    return Landmarker()


@cache
def load_encoder(weights: Path) -> Encoder:
    """The encoder of this process."""
    return Encoder(weights)
