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


@dataclass(frozen=True, slots=True)
class Engines:
    """Seconds of `MANY` photos by each way to check them, round by round."""

    seconds: dict[str, list[float]]

    def ratio(self, one: str, other: str) -> float:
        """Median of how many times as long `one` takes as `other` of the same round."""
        return statistics.median(a / b for a, b in zip(self.seconds[one], self.seconds[other], strict=True))

    def __str__(self) -> str:
        lines = [f"{MANY} photos of 800x800, starts included, {ROUNDS} rounds: median [least to most]"]
        for name, taken in self.seconds.items():
            middle = statistics.median(taken)
            lines.append(
                f"{name:24} {middle:6.1f} s [{min(taken):.1f} to {max(taken):.1f}]   {MANY / middle:5.1f}/s   "
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
    """How many times as long `FEW` photos to HTML take as to JSON lines, starts included: median of the rounds."""
    plain, page = in_turn(
        lambda: scan(photos, "--jobs", "2", "--limit", str(FEW)),
        lambda: scan(photos, "--jobs", "2", "--limit", str(FEW), format_="html"),
    )
    return statistics.median(a / b for a, b in zip(page, plain, strict=True))


@dataclass(frozen=True, slots=True)
class Growth:
    """A scan of `photos` with a store against one of `MANY` without; memory in MB, times in seconds."""

    photos: int
    few: Run
    many: Run
    resumed: Run
    store_bytes: int

    @property
    def time_ratio(self) -> float:
        """Time a photo of the large scan against that of the small one."""
        return self.many.seconds / self.photos / (self.few.seconds / MANY)

    @property
    def memory_ratio(self) -> float:
        """Memory of the larger worker at the end against that after 200 photos."""
        return self.many.workers[self.photos - 10] / self.many.workers[FEW]

    def __str__(self) -> str:
        weights = ", ".join(f"{done}: {memory:.0f}" for done, memory in self.many.workers.items())
        return (
            f"growth: {1000 * self.few.seconds / MANY:.2f} ms a photo of {MANY}, "
            f"{1000 * self.many.seconds / self.photos:.2f} ms of {self.photos} (with a store): "
            f"ratio {self.time_ratio:.3f}\n"
            f"memory of the larger worker, MB, by photos done: {weights}\n"
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
    """Stream many whole reports through the parent: links to one photo, each known to the store by its content."""
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
