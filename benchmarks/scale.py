"""Scans of many photos: one process against two, a store, a Dask cluster, HTML, and growth of time and memory.

    .venv/bin/python benchmarks/scale.py [PHOTOS]

Growth is measured up to PHOTOS (10,000) photos. All runs use the real command on copies of the sample portrait at
800x800, each with different bytes, in a temporary folder (about 1.5 GB). What is compared runs in turns, so that ratios
hold on a busy machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
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
    """One command: wall-clock seconds, peak memory in MB of the parent, and that of a worker by photos done."""

    seconds: float
    parent: float
    workers: dict[int, float]


def make_photos(folder: Path, count: int) -> None:
    """Write photos of one picture whose bytes differ in a comment after the JPEG's first marker."""
    folder.mkdir()
    data = encode("800x800")
    for number in range(count):
        comment = b"\xff\xfe\x00\x0a%08d" % number
        (folder / f"{number:06}.jpg").write_bytes(data[:2] + comment + data[2:])


def scan(*arguments: str | Path, format_: str = "jsonl", watch: tuple[int, ...] = ()) -> Run:
    """Run `artifact-check scan`; workers' memory is measured after each number of photos in `watch` (jsonl only)."""
    command = [sys.executable, "-m", "artifact_check", "scan", *arguments, "--format", format_, "-q"]
    start = time.perf_counter()
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
    return Run(time.perf_counter() - start, parent, workers)


def _python(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if "resource_tracker" not in " ".join(child.cmdline())]


def in_turn(*commands: Callable[[], Run]) -> list[list[float]]:
    """Seconds of each command; they run alternately, `ROUNDS` times each."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS):
        for command, seconds in zip(commands, times, strict=True):
            seconds.append(command().seconds)
    return times


@contextlib.contextmanager
def dask_cluster(folder: Path) -> Iterator[str]:
    """Start a local scheduler and two single-thread workers as docs/scaling.md says; yield the address."""
    listening = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "start_new_session": True}
    quiet["env"] = {**os.environ, "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
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


@dataclass(frozen=True, slots=True)
class Engines:
    """Seconds for `MANY` photos with each engine, round by round."""

    seconds: dict[str, list[float]]

    def ratio(self, one: str, other: str) -> float:
        """Median over rounds of the time of `one` over that of `other`."""
        return statistics.median(a / b for a, b in zip(self.seconds[one], self.seconds[other], strict=True))

    def __str__(self) -> str:
        lines = [f"{MANY} photos of 800x800, starts included, {ROUNDS} rounds: median [least to most]"]
        for name, times in self.seconds.items():
            median = statistics.median(times)
            lines.append(
                f"{name:24} {median:6.1f} s [{min(times):.1f} to {max(times):.1f}]   {MANY / median:5.1f}/s   "
                f"{self.ratio(name, '1 job'):.3f} times one job"
            )
        lines.append(
            f"2 jobs are {self.ratio('1 job', '2 jobs'):.2f} times one; a store costs "
            f"{self.ratio('2 jobs with --store', '2 jobs'):.3f} times; "
            f"Dask takes {self.ratio('Dask, 2 workers', '2 jobs'):.2f} times 2 jobs"
        )
        return "\n".join(lines)


def engines(folder: Path, photos: Path) -> Engines:
    with dask_cluster(folder) as address:
        stores = iter(range(ROUNDS))
        commands: dict[str, Callable[[], Run]] = {
            "1 job": lambda: scan(photos, "--jobs", "1"),
            "2 jobs": lambda: scan(photos, "--jobs", "2"),
            "2 jobs with --store": lambda: scan(photos, "--jobs", "2", "--store", folder / f"{next(stores)}.sqlite"),
            "Dask, 2 workers": lambda: scan(photos, "--engine", address),
        }
        return Engines(dict(zip(commands, in_turn(*commands.values()), strict=True)))


def rendering(photos: Path) -> float:
    """Time of `FEW` photos to HTML over that to JSON lines, starts included; median over rounds."""
    plain, page = in_turn(
        lambda: scan(photos, "--jobs", "2", "--limit", str(FEW)),
        lambda: scan(photos, "--jobs", "2", "--limit", str(FEW), format_="html"),
    )
    return statistics.median(a / b for a, b in zip(page, plain, strict=True))


@dataclass(frozen=True, slots=True)
class Growth:
    """A scan of `photos` with a store (and again), and one of `MANY` without; memory in MB, times in seconds."""

    photos: int
    few: Run
    many: Run
    resumed: Run
    store_bytes: int

    @property
    def time_ratio(self) -> float:
        """Time per photo in the large scan over that in the small one."""
        return self.many.seconds / self.photos / (self.few.seconds / MANY)

    @property
    def memory_ratio(self) -> float:
        """Memory of the larger worker at the end over that after `FEW` photos."""
        return self.many.workers[self.photos - 10] / self.many.workers[FEW]

    def __str__(self) -> str:
        by_photos = ", ".join(f"{done}: {memory:.0f}" for done, memory in self.many.workers.items())
        return (
            f"growth: {1000 * self.few.seconds / MANY:.2f} ms a photo of {MANY}, "
            f"{1000 * self.many.seconds / self.photos:.2f} ms of {self.photos} (with a store): "
            f"ratio {self.time_ratio:.3f}\n"
            f"memory of the larger worker, MB, by photos done: {by_photos}\n"
            f"memory of the parent at most {self.many.parent:.0f} MB; "
            f"store of {self.store_bytes / self.photos / 1e3:.1f} kB a photo\n"
            f"a second scan of {self.photos} photos in the store: {self.resumed.seconds:.2f} s"
        )


def growth(folder: Path, photos: int) -> Growth:
    make_photos(folder / "many", photos)
    few = scan(folder / "many", "--jobs", "2", "--limit", str(MANY))
    store = folder / "many.sqlite"
    many = scan(folder / "many", "--jobs", "2", "--store", store, watch=(FEW, MANY, photos // 2, photos - 10))
    resumed = scan(folder / "many", "--jobs", "2", "--store", store)
    return Growth(photos, few, many, resumed, store.stat().st_size)


def rows(folder: Path) -> Run:
    """Stream many reports through the parent: links to one photo, whose report the store already has."""
    links = folder / "links"
    make_photos(links, 1)
    for number in range(1, ROWS):
        # A file system may allow some 65,000 names of one file.
        first = links / f"{number // 50_000 * 50_000:06}.jpg"
        photo = links / f"{number:06}.jpg"
        photo.hardlink_to(first) if photo != first else shutil.copy(links / "000000.jpg", photo)
    return scan(links, "--jobs", "1", "--store", folder / "links.sqlite")


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photos(folder / "photos", MANY)
        print(engines(folder, folder / "photos"), flush=True)
        ratio = rendering(folder / "photos")
        print(f"{FEW} photos to HTML take {ratio:.2f} times as long as to JSON lines, starts included", flush=True)
        streamed = rows(folder)
        print(f"{ROWS} rows to jsonl: {streamed.seconds:.0f} s, memory of the parent at most {streamed.parent:.0f} MB")
        print(growth(folder, photos), flush=True)


if __name__ == "__main__":
    main()
