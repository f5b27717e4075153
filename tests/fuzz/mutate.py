"""Damaged pictures of every format through the whole check, as a scan would take them.

    python -m tests.fuzz.mutate --files 10000 [--seed 1] [--keep FOLDER]

Every file follows from the seed and its number alone. They go through `scanner.check_all` with one worker process, so
that the time between two rows is the time of one photo. Prints what came of them; exits 1 where a photo got no row, a
worker died or hung, a cue failed, or anything was printed or left behind.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import os
import random
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ClassVar

from tests.fuzz.seeds import seeds

from artifact_check.photo.containers import boxes, chunks
from artifact_check.provenance.container import jpeg
from artifact_check.results import PhotoReport
from artifact_check.scanning.scanner import check_all, local_engine
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import DIED, FAILED, NO_MEMORY, TOO_LONG

PNG = b"\x89PNG\r\n\x1a\n"
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
STARTS = 600  # bytes; where most of a file's structure stands
SLOW = 5.0  # seconds
MOST_MEMORY = 1_000_000_000 >> 10  # kB


@dataclass(frozen=True, slots=True)
class Mutation:
    """One damaged picture as a scan's source: made from its number in whatever process reads it."""

    seed: int
    number: int
    cheap_to_read: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return f"{self.seed}/{self.number}"

    def version(self) -> None:
        return None

    def read(self) -> bytes:
        return mutated(random.Random(self.name))  # noqa: S311 - repeatable on purpose


def mutated(chance: random.Random) -> bytes:
    """One to three changes to one of the seeds."""
    kind = chance.choice(list(_by_format()))
    data = seeds()[chance.choice(_by_format()[kind])]
    for _ in range(chance.choice((1, 1, 2, 3))):
        data = chance.choice(CHANGES)(data, chance)
    return _checked(data) if data.startswith(PNG) and chance.random() < 0.8 else data


@cache
def _by_format() -> dict[str, list[str]]:
    formats: dict[str, list[str]] = collections.defaultdict(list)
    for name, data in seeds().items():
        formats[data[:3].hex() if data[4:8] != b"ftyp" else data[8:12].hex()].append(name)
    return formats


# --- changes that know nothing of formats


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randrange(max(1, min(len(data), STARTS) if chance.random() < 0.5 else len(data)))


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.choice((1, 1, 2, 8, 32))):
        changed[_place(changed, chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def write_number(data: bytes, chance: random.Random) -> bytes:
    place, size = _place(data, chance), chance.choice((1, 2, 4, 8))
    number = chance.choice((*NUMBERS, len(data), len(data) - place)) & (1 << 8 * size) - 1
    return data[:place] + number.to_bytes(size, chance.choice(("big", "little"))) + data[place + size :]


def truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def cut_out(data: bytes, chance: random.Random) -> bytes:
    place = _place(data, chance)
    return data[:place] + data[place + chance.choice((1, 2, 4, 16, 200)) :]


def repeat(data: bytes, chance: random.Random) -> bytes:
    place, size = _place(data, chance), chance.choice((1, 4, 16, 200))
    return data[:place] + data[place : place + size] * chance.choice((2, 3, 50)) + data[place + size :]


def fill(data: bytes, chance: random.Random) -> bytes:
    place, size = _place(data, chance), chance.choice((1, 4, 64, 1000))
    return data[:place] + bytes([chance.choice((0, 0xFF, chance.randrange(256)))]) * size + data[place + size :]


def splice(data: bytes, chance: random.Random) -> bytes:
    other = seeds()[chance.choice(list(seeds()))]
    return data[: _place(data, chance)] + other[_place(other, chance) :]


# --- changes to a format's own pieces


def _pieces(data: bytes) -> list[tuple[int, int]]:
    """Start and end of every segment, chunk, box or directory entry, heads included."""
    if data.startswith(PNG):
        return [(start - 8, end + 4) for _, start, end in chunks(data)]
    if data.startswith(b"\xff\xd8"):
        return _segments(data)
    if data[:4] == b"RIFF":
        return _riff_chunks(data)
    if data[4:8] == b"ftyp":
        return list(_boxes(data, 0, len(data)))
    return _entries(data) if data[:2] in (b"II", b"MM") else []


def _segments(data: bytes) -> list[tuple[int, int]]:
    found = []
    try:
        found.extend((start - 4, end) for _, start, end in jpeg.segments(data))
    except ValueError:
        return found
    return found


def _riff_chunks(data: bytes) -> list[tuple[int, int]]:
    found, place = [], 12
    while place + 8 <= len(data):
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        found.append((place, min(end, len(data))))
        place = end + end % 2
    return found


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    for box in boxes(data, start, end):
        yield box.start - 8, box.end
        if box.type in (b"meta", b"iprp", b"ipco", b"iinf", b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            yield from _boxes(data, box.start + 4 * (box.type == b"meta") + 6 * (box.type == b"iinf"), box.end)


def _entries(data: bytes) -> list[tuple[int, int]]:
    order = "<" if data[:2] == b"II" else ">"
    if len(data) < 8:
        return []
    (at,) = struct.unpack_from(f"{order}4xI", data)
    if at + 2 > len(data):
        return []
    (count,) = struct.unpack_from(f"{order}H", data, at)
    return [(at + 2 + 12 * n, at + 14 + 12 * n) for n in range(min(count, 40)) if at + 14 + 12 * n <= len(data)]


def change_piece(data: bytes, chance: random.Random) -> bytes:
    """Repeat, drop, swap, nest or resize one piece, or change something inside it."""
    pieces = _pieces(data)
    if not pieces:
        return write_number(data, chance)
    (start, end), (start_2, end_2) = chance.choice(pieces), chance.choice(pieces)
    piece, other = data[start:end], data[start_2:end_2]
    match chance.randrange(6):
        case 0:
            piece *= chance.choice((2, 3, 300))
        case 1:
            piece = b""
        case 2:
            piece = other
        case 3:
            piece = piece[:8] + other + piece[8:]
        case 4:
            piece = write_number(piece[:8], chance) + piece[8:]
        case _:
            piece = piece[:8] + chance.choice(CHANGES)(piece[8:], chance)
    return data[:start] + piece + data[end:]


def _checked(data: bytes) -> bytes:
    """The same with right checksums, so that damage gets past them."""
    changed = bytearray(data)
    for _, start, end in chunks(data):
        changed[end : end + 4] = zlib.crc32(changed[start - 4 : end]).to_bytes(4)
    return bytes(changed)


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_bits,
    write_number,
    truncate,
    cut_out,
    repeat,
    fill,
    splice,
    change_piece,
    change_piece,
    change_piece,
)


# --- the scan


@dataclass
class Outcome:
    """What came of a run."""

    files: int = 0
    rows: collections.Counter[str] = field(default_factory=collections.Counter)
    findings: list[str] = field(default_factory=list)
    processes: set[int] = field(default_factory=set)
    longest: tuple[float, str] = (0.0, "")
    peak: tuple[int, str] = (0, "")  # kB

    def __str__(self) -> str:
        seconds, slowest = self.longest
        kilobytes, largest = self.peak
        return "\n".join(
            (
                f"{self.files} files, {sum(self.rows.values())} rows: {dict(self.rows.most_common())}",
                f"worker processes: {len(self.processes)} (1 where none died)",
                f"longest photo: {seconds:.2f} s ({slowest})",
                f"peak memory of a worker: {kilobytes / 1024:.0f} MiB (at {largest})",
                f"findings: {len(self.findings)}",
                *self.findings,
            )
        )


def run(sources: list[Mutation], *, slow: float | None = None) -> Outcome:
    """Check all; a finding names the file. One is a photo that takes more than `slow` seconds, on a quiet machine."""
    outcome = Outcome(files=len(sources))
    began = time.monotonic()
    for source, report in zip(sources, check_all(sources, Setup(), local_engine(1)), strict=False):
        now = time.monotonic()
        if len(outcome.rows):  # the first one waits for the models
            outcome.longest = max(outcome.longest, (now - began, source.name))
        began = now
        outcome.rows[f"{report.status} {report.verdict}" if report.verdict else report.status] += 1
        outcome.findings += [f"{source.name}: {what}" for what in _wrong(source, report)]
        for pid, kilobytes in _peaks():
            outcome.processes.add(pid)
            outcome.peak = max(outcome.peak, (kilobytes, source.name))
    if sum(outcome.rows.values()) != len(sources):
        outcome.findings.append(f"{len(sources)} files gave {sum(outcome.rows.values())} rows")
    if outcome.peak[0] > MOST_MEMORY:
        outcome.findings.append(f"{outcome.peak[1]}: much memory")
    if slow is not None and outcome.longest[0] > slow:
        outcome.findings.append(f"{outcome.longest[1]}: slow")
    return outcome


def _wrong(source: Mutation, report: PhotoReport) -> Iterator[str]:
    if report.path != source.name:
        yield f"the row is called {report.path!r}"
    if (report.message or "").startswith((DIED, NO_MEMORY, TOO_LONG, FAILED.partition("{")[0])):
        yield report.message
    if report.status != "ok" and not report.message:
        yield "a row without a message"
    yield from (f"the cue {cue.name} failed: {cue.reason}" for cue in report.cues if cue.status == "failed")


def _peaks() -> Iterator[tuple[int, int]]:
    """Process and peak resident memory in kB of every worker that runs; nothing where the system does not tell."""
    for process in multiprocessing.active_children():
        status = Path(f"/proc/{process.pid}/status")
        if process.pid is not None and status.exists():
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if "VmHWM" in lines:
                yield process.pid, int(lines["VmHWM"].split()[0])


@contextmanager
def watched(findings: list[str]) -> Iterator[None]:
    """Add to the findings what was printed to stderr, and what was left in the folder for temporary files."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as printed:
        before, stderr = os.environ.get("TMPDIR"), os.dup(2)
        os.environ["TMPDIR"] = folder
        os.dup2(printed.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.environ.pop("TMPDIR")
            if before is not None:
                os.environ["TMPDIR"] = before
            printed.seek(0)
            findings += [f"printed: {line.decode(errors='replace').rstrip()}" for line in itertools.islice(printed, 20)]
            findings += [f"left behind: {path.name}" for path in Path(folder).iterdir()]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--files", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the files with findings")
    chosen = parser.parse_args()
    around: list[str] = []
    with watched(around):
        outcome = run([Mutation(chosen.seed, number) for number in range(chosen.files)], slow=SLOW)
    outcome.findings += around
    sys.stdout.write(f"{outcome}\n")
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        for finding in outcome.findings:
            seed, _, number = finding.partition(":")[0].partition("/")
            if number.isdecimal():
                data = Mutation(int(seed), int(number)).read()
                (chosen.keep / f"{seed}-{number}").write_bytes(data)
    return bool(outcome.findings)


if __name__ == "__main__":
    sys.exit(main())
