"""That every photo gets its row, in order, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.command import alive, folder, posix, stub_checker
from tests.conftest import until

from artifact_check.errors import ModelError, NothingToScanError
from artifact_check.results import PhotoReport
from artifact_check.scanning.scanner import check_all, default_jobs, local_engine, scan
from artifact_check.scanning.setup import Setup
from artifact_check.sources.local import LocalFile


@pytest.fixture
def stub():
    with stub_checker():
        yield


def checked(photos, workers):
    return check_all([LocalFile(photo) for photo in photos], Setup(), local_engine(workers))


# Checking


def outcomes(reports) -> list[tuple[str, str]]:
    return [(Path(report.path).name, report.status) for report in reports]


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.usefixtures("stub")
def test_reports_come_in_the_order_of_the_photos(tmp_path, monkeypatch, jobs):
    monkeypatch.setenv("SLOW", "0.2")
    names = ["slow-0.jpg", *(f"ok-{n}.jpg" for n in range(1, 14)), "slow-2.jpg", "ok-15.jpg"]
    photos = [folder(tmp_path, name) / name for name in names]

    assert outcomes(scan(photos, jobs=jobs)) == [(name, "ok") for name in names]


@pytest.mark.usefixtures("stub")
def test_no_more_processes_than_photos_and_none_for_one_job(tmp_path, monkeypatch):
    monkeypatch.setenv("SLOW", "0.1")

    def processes(count: int, jobs: int) -> set[str | None]:
        return {report.model for report in scan([tmp_path / f"slow-{n}.jpg" for n in range(count)], jobs=jobs)}

    folder(tmp_path, *(f"slow-{n}.jpg" for n in range(2)))

    assert processes(2, 1) == {f"process {os.getpid()}"}
    assert 1 <= len(processes(2, 16) - {f"process {os.getpid()}"}) <= 2


@pytest.mark.usefixtures("stub")
def test_scan_finds_photos_at_once_and_refuses_no_jobs(tmp_path):
    with pytest.raises(NothingToScanError):
        scan(tmp_path)
    with pytest.raises(ValueError, match="jobs"):
        scan(folder(tmp_path, "1.jpg"), jobs=0)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.usefixtures("stub")
def test_a_model_that_does_not_load_stops_the_scan_with_its_own_error(tmp_path, jobs):
    folder(tmp_path, "1.jpg", "2.jpg", "3.jpg")

    with pytest.raises(ModelError, match="holds no model bundle"):
        list(scan(tmp_path, jobs=jobs, model=tmp_path))


def test_where_nothing_is_left_to_check_no_model_is_loaded(tmp_path):
    assert list(check_all([], Setup(model=tmp_path / "no model"), local_engine(0))) == []


@pytest.mark.usefixtures("stub")
def test_only_the_photos_that_kill_a_worker_are_unreadable(tmp_path):
    """The first two, which their workers have in hand at once, and the last."""
    names = ["die-1.jpg", "die-2.jpg", *(f"ok-{n}.jpg" for n in range(12)), "die-3.jpg"]
    photos = [folder(tmp_path, name) / name for name in names]

    reports = list(checked(photos, 2))

    assert outcomes(reports) == [(name, "unreadable" if name.startswith("die") else "ok") for name in names]
    assert all("died" in report.message for report in reports if report.status == "unreadable")


def test_default_jobs_grow_with_the_photos_up_to_the_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)

    assert [default_jobs(count) for count in (1, 15, 16, 24, 1000)] == [1, 1, 2, 3, 4]


SCRIPT = """
import sys
from artifact_check import scan

if __name__ == "__main__":
    for report in scan(sys.argv[1], jobs=2):
        print(report.model.split()[-1], flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.usefixtures("stub")
def test_workers_leave_when_the_scan_is_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    photos = folder(tmp_path / "photos", *(f"slow-{n:03}.jpg" for n in range(200)))
    with subprocess.Popen([sys.executable, script, photos], stdout=subprocess.PIPE, text=True) as process:
        workers = set()
        while len(workers) < 2:
            workers.add(int(process.stdout.readline()))
        process.kill()

    until(lambda: not any(map(alive, workers)))


@posix
@pytest.mark.usefixtures("stub")
def test_a_scan_that_is_not_read_to_its_end_leaves_no_workers(tmp_path, monkeypatch):
    photos = [folder(tmp_path, name) / name for name in (f"slow-{n}.jpg" for n in range(40))]
    log = tmp_path / "log"
    monkeypatch.setenv("CHECKED", str(log))
    reports = scan(photos, jobs=2)
    worker = int(next(reports).model.split()[-1])

    reports.close()
    until(lambda: not alive(worker))

    assert len(log.read_text().splitlines()) < len(photos)


# With the checker as it is


@pytest.fixture(scope="module")
def portrait() -> Path:
    data = pytest.importorskip("skimage.data")
    return Path(data.__file__).parent / "astronaut.png"


def test_real_reports_are_the_same_in_this_process_and_in_workers(portrait, tmp_path):
    (tmp_path / "1.png").write_bytes(portrait.read_bytes())
    folder(tmp_path, "2.jpg")
    (tmp_path / "3.png").write_bytes(portrait.read_bytes())

    here, there = list(scan(tmp_path)), list(scan(tmp_path, jobs=2))

    assert [report.to_dict() for report in here] == [report.to_dict() for report in there]
    assert here == there
    assert [report.status == "unreadable" for report in here] == [False, True, False]
    assert here[0].photo is not None
    assert all(isinstance(report, PhotoReport) and json.dumps(report.to_dict(), allow_nan=False) for report in there)
