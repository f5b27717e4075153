"""Many photos: one process against two, a store, a Dask cluster, HTML, and growth in time and memory.

    .venv/bin/python benchmarks/scale.py [PHOTOS]

PHOTOS (10,000) is how far growth is followed. All runs are the real command on copies of the sample portrait at
800x800, each with other bytes, in a temporary folder (about 1.5 GB). What is compared is run in turn, so that the
ratio holds on a noisy machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from speed import encode

ROUNDS = 3
FEW = 200
MANY = 1000
ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Run:
    """One command: seconds of wall clock, and peak memory in MB of the parent and, by photos done, of a worker."""

    seconds: float
    parent: float
    workers: dict[int, float]


def make_photos(folder: Path, count: int) -> None:
    """Write photos of the same picture whose bytes differ, by a comment after the JPEG's first marker."""
    folder.mkdir()
    data = encode("800x800")
    for number in range(count):
        comment = b"\xff\xfe\x00\x0a%08d" % number
        (folder / f"{number:06}.jpg").write_bytes(data[:2] + comment + data[2:])


def scan(*arguments: str | Path, format_: str = "jsonl", watch: tuple[int, ...] = ()) -> Run:
    """Run `artifact-check scan`; `watch` are numbers of photos after which workers are weighed, with jsonl."""
    command = [sys.executable, "-m", "artifact_check", "scan", *arguments, "--format", format_, "-q"]
    began = time.perf_counter()
    workers, parent = {}, 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        watched = psutil.Process(process.pid)
        for number, _ in enumerate(process.stdout or (), start=1):
            if number in watch:
                workers[number] = max((child.memory_info().rss for child in _python(watched)), default=0) / 1e6
            if number % 500 == 0:
                parent = max(parent, watched.memory_info().rss / 1e6)
        process.wait()
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return Run(time.perf_counter() - began, parent, workers)


def _python(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if "resource_tracker" not in " ".join(child.cmdline())]


def in_turn(*commands: Callable[[], Run]) -> list[list[float]]:
    """Seconds of each command, run one after the other `ROUNDS` times."""
    taken: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS):
        for command, seconds in zip(commands, taken, strict=True):
            seconds.append(command().seconds)
    return taken


def told(name: str, seconds: list[float], base: list[float], photos: int) -> None:
    ratios = [one / other for one, other in zip(seconds, base, strict=True)]
    print(
        f"{name:24} {statistics.median(seconds):6.1f} s [{min(seconds):.1f} to {max(seconds):.1f}]   "
        f"{photos / statistics.median(seconds):5.1f}/s   "
        f"time against one process {statistics.median(ratios):.3f} [{min(ratios):.3f} to {max(ratios):.3f}]"
    )


@contextlib.contextmanager
def dask_cluster(folder: Path) -> Iterator[str]:
    """A scheduler and two workers of one thread on this machine, started as docs/scaling.md says; gives the address."""
    listening = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "start_new_session": True}
    common = [sys.executable, "-m", "dask"]
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", listening]
    processes = [subprocess.Popen([*common, *scheduler], **quiet)]
    while not (listening.exists() and listening.read_text().endswith("}")):
        time.sleep(0.1)
    address = json.loads(listening.read_text())["address"]
    workers = ["worker", address, "--nthreads", "1", "--nworkers", "2", "--no-dashboard", "--local-directory", folder]
    processes.append(subprocess.Popen([*common, *workers], **quiet))
    try:
        yield address.replace("tcp", "dask")
    finally:
        for process in processes:
            os.killpg(process.pid, 9)
            process.wait()


def engines(folder: Path, photos: Path) -> None:
    with dask_cluster(folder) as address:
        stores = iter(range(ROUNDS))
        one, two, stored, dask = in_turn(
            lambda: scan(photos, "--jobs", "1"),
            lambda: scan(photos, "--jobs", "2"),
            lambda: scan(photos, "--jobs", "2", "--store", folder / f"{next(stores)}.sqlite"),
            lambda: scan(photos, "--engine", address),
        )
    print(f"{MANY} photos of 800x800, starts included, {ROUNDS} rounds: median [least to most]")
    for name, seconds in (("1 job", one), ("2 jobs", two), ("2 jobs with --store", stored), ("Dask, 2 workers", dask)):
        told(name, seconds, one, MANY)
    gain = statistics.median(a / b for a, b in zip(one, two, strict=True))
    overhead = statistics.median(a / b for a, b in zip(stored, two, strict=True))
    against = statistics.median(a / b for a, b in zip(dask, two, strict=True))
    print(f"2 jobs are {gain:.2f} times one; a store costs {overhead:.3f} times; Dask takes {against:.2f} times 2 jobs")


def rendering(photos: Path) -> None:
    plain, page = in_turn(
        lambda: scan(photos, "--jobs", "2", "--limit", str(FEW)),
        lambda: scan(photos, "--jobs", "2", "--limit", str(FEW), format_="html"),
    )
    ratio = statistics.median(a / b for a, b in zip(page, plain, strict=True))
    print(f"{FEW} photos to HTML take {ratio:.2f} times as long as to JSON lines, starts included")


def growth(folder: Path, photos: int) -> None:
    make_photos(folder / "many", photos)
    few = scan(folder / "many", "--jobs", "2", "--limit", str(MANY), watch=(200, MANY))
    store = folder / "many.sqlite"
    half = photos // 2
    many = scan(folder / "many", "--jobs", "2", "--store", store, watch=(200, MANY, half, photos - 10))
    resumed = scan(folder / "many", "--jobs", "2", "--store", store)
    print(
        f"growth: {1000 * few.seconds / MANY:.2f} ms a photo of {MANY}, {1000 * many.seconds / photos:.2f} ms of "
        f"{photos} (with a store): ratio {many.seconds / photos / (few.seconds / MANY):.3f}"
    )
    print(
        "memory of the larger worker, MB, by photos done: "
        + ", ".join(f"{n}: {m:.0f}" for n, m in many.workers.items())
    )
    kilobytes = store.stat().st_size / photos / 1e3
    print(f"memory of the parent at most {many.parent:.0f} MB; store of {kilobytes:.1f} kB a photo")
    print(f"a second scan of {photos} photos in the store: {resumed.seconds:.2f} s")


def rows(folder: Path) -> None:
    """Stream many whole reports through the parent: links to one photo, each known to the store by its content."""
    links = folder / "links"
    make_photos(links, 1)
    for number in range(1, ROWS):
        (links / f"{number:06}.jpg").hardlink_to(links / "000000.jpg")
    run = scan(links, "--jobs", "1", "--store", folder / "links.sqlite")
    print(f"{ROWS} rows to jsonl: {run.seconds:.0f} s, memory of the parent at most {run.parent:.0f} MB")


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photos(folder / "photos", MANY)
        engines(folder, folder / "photos")
        rendering(folder / "photos")
        rows(folder)
        growth(folder, photos)


if __name__ == "__main__":
    main()
