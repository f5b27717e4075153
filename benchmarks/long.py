"""Runs that take hours: millions of simulated rows, and 100,000 pictures on a cluster that loses a worker.

    .venv/bin/python benchmarks/long.py rows [ROWS ...]      (100,000 300,000 1,000,000; 1 GB a million)
    .venv/bin/python benchmarks/long.py cluster [PICTURES]   (100,000)

Seconds are those of the processor, so that they hold on a busy machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

# These scripts import each other by plain names, since they are also run as files.
sys.path.insert(0, str(Path(__file__).parent))

from scale import dask_cluster
from speed import encode

from artifact_check.results import PhotoFacts, PhotoReport
from artifact_check.scanning.store import Store

ROWS = 100_000, 300_000, 1_000_000
FORMATS = "jsonl", "csv", "parquet"
PICTURES = 100_000
_PER_FOLDER = 1000  # one of them has a face


def make_pictures(folder: Path, count: int) -> None:
    """Write small pictures: in a thousand one portrait, 99 with coloured spots and, for speed, 900 cut short.

    Their bytes all differ in a comment.
    """
    portrait, spots = encode("800x800"), _spots()
    for number in range(count):
        path = folder / f"{number // _PER_FOLDER:05}" / f"{number:08}.jpg"
        if number % _PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        data = portrait if number % _PER_FOLDER == 0 else spots
        end = -100 if number % 10 else None
        path.write_bytes(data[:2] + b"\xff\xfe\x00\x0a%08d" % number + data[2:end])


def _spots() -> bytes:
    colours = np.random.default_rng(1).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(colours).resize((64, 64)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class LostWorker:
    """A scan on two workers, of which one was killed after a quarter: wall-clock seconds, and MB of the command."""

    rows: Counter[str]
    statuses: Counter[str]
    missing: int
    seconds: float
    parent: float

    def __str__(self) -> str:
        twice = sum(count > 1 for count in self.rows.values())
        return (
            f"{len(self.rows)} pictures on two workers, one killed a quarter on: {self.seconds:.0f} s, {self.missing} "
            f"without a row, {twice} with several, {dict(self.statuses)}; the command took {self.parent:.0f} MB at most"
        )


def lose_worker(folder: Path, pictures: int) -> LostWorker:
    make_pictures(folder / "pictures", pictures)
    names = {str(path) for path in (folder / "pictures").rglob("*.jpg")}
    rows, statuses, parent = Counter[str](), Counter[str](), 0.0
    with dask_cluster(folder) as address:
        command = [sys.executable, "-m", "artifact_check", "scan", folder / "pictures", "--engine", address]
        start = time.perf_counter()
        with subprocess.Popen([*command, "--format", "jsonl", "-q"], stdout=subprocess.PIPE) as scan:
            watched = psutil.Process(scan.pid)
            for number, line in enumerate(scan.stdout or (), start=1):
                row = json.loads(line)
                rows[row["path"]] += 1
                statuses[row["status"]] += 1
                if number == pictures // 4:
                    os.kill(_workers()[0], 9)
                if number % _PER_FOLDER == 0:
                    print(number, f"{time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
                    parent = max(parent, watched.memory_info().rss / 1e6)
    return LostWorker(rows, statuses, len(names - set(rows)), time.perf_counter() - start, parent)


def _workers() -> list[int]:
    """The processes that check pictures, which Dask's nannies have spawned and replace."""
    below = psutil.Process().children(recursive=True)
    return [process.pid for process in below if "spawn_main" in " ".join(process.cmdline())]


def fill(store: Path, rows: int) -> None:
    """Add reports that are as small as real ones are: no face was found. Every hundredth photo is a copy."""
    facts = PhotoFacts(64, 64, "JPEG", faces=0, jpeg_quality=75)
    message = "No face was found; turn the photo upright, crop it closer to the face, or use one with more of it."
    with Store(store, "simulated") as opened:
        opened.begin_scan([])
        for number in range(rows):
            digest = hashlib.sha256(b"%d" % (number - number % 100 // 99)).hexdigest()
            report = PhotoReport(
                f"/photos/{number // _PER_FOLDER:05}/{number:08}.jpg",
                "no_face",
                message,
                sha256=digest,
                model="simulated",
                photo=facts,
                phash=hashlib.sha256(digest.encode()).hexdigest(),
            )
            opened.add(report, "1139 1700000000000000000", digest, with_pictures=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds of the processor, and MB of memory at most."""

    seconds: float
    memory: float


def cost(*command: str | Path) -> Cost:
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} failed")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def simulate(folder: Path, rows: int) -> None:
    """Print what so many rows cost: into a store, and from it through each writer that does not make a page."""
    store = folder / f"{rows}.sqlite"
    print(f"{rows} rows", flush=True)
    _tell("store", rows, cost(__file__, "fill", str(rows), store))
    print(f"  {store.stat().st_size / rows:.0f} bytes a row", flush=True)
    for format_ in FORMATS:
        _tell(format_, rows, cost("-m", "artifact_check", "report", "--store", store, "-q", "--format", format_))
    store.unlink()


def _tell(name: str, rows: int, measured: Cost) -> None:
    print(f"  {name:8} {1e6 * measured.seconds / rows:5.0f} us a row, {measured.memory:5.0f} MB", flush=True)


def main() -> None:
    what, *numbers = sys.argv[1:]
    if what == "fill":
        fill(Path(numbers[1]), int(numbers[0]))
        return
    with tempfile.TemporaryDirectory() as name:
        if what == "rows":
            for rows in map(int, numbers) if numbers else ROWS:
                simulate(Path(name), rows)
        if what == "cluster":
            print(lose_worker(Path(name), int(numbers[0]) if numbers else PICTURES), flush=True)


if __name__ == "__main__":
    main()
