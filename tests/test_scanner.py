"""Which files are photos, and that every one of them gets its row, in order, whatever happens to a worker."""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artifact_check.errors import ModelError, NothingToScanError
from artifact_check.results import PhotoReport
from artifact_check.scanner import PHOTO_SUFFIXES, Found, check_all, default_jobs, find_photos, scan

STUB = Path(__file__).parent / "stub"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and links")


@pytest.fixture
def stub(monkeypatch):
    """Replace the checker in this process and in those it spawns by one that obeys the file's name."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "artifact_check.checker", None)
        runpy.run_path(str(STUB / "sitecustomize.py"))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(STUB), *sys.path]))
        yield


def folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


def found(*paths: Path, below: Path, **options) -> list[str]:
    return [photo.relative_to(below).as_posix() for photo in find_photos(paths, **options).photos]


# Finding


@pytest.mark.parametrize("suffix", sorted(PHOTO_SUFFIXES))
def test_photos_are_known_by_suffix_in_any_case(tmp_path, suffix):
    folder(tmp_path, f"a{suffix}", f"b{suffix.upper()}", f"c{suffix}.txt", "d")

    assert find_photos([tmp_path]) == Found((tmp_path / f"a{suffix}", tmp_path / f"b{suffix.upper()}"), skipped=2)


def test_folders_are_read_with_all_below_in_a_fixed_order(tmp_path):
    folder(tmp_path, "z.jpg", "b/2.png", "b/10.png", "a/deep/er/1.webp", "a/1.gif", "A.jpg")

    order = ["A.jpg", "z.jpg", "a/1.gif", "a/deep/er/1.webp", "b/10.png", "b/2.png"]
    assert found(tmp_path, below=tmp_path) == order


def test_paths_keep_the_order_in_which_they_are_given(tmp_path):
    folder(tmp_path, "b/1.jpg", "a/1.jpg", "c.jpg")

    assert found(tmp_path / "c.jpg", tmp_path / "b", tmp_path / "a", below=tmp_path) == ["c.jpg", "b/1.jpg", "a/1.jpg"]


def test_photos_are_named_as_they_were_given(tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, "a/1.jpg"))

    assert find_photos("a").photos == (Path("a/1.jpg"),)
    assert find_photos([Path("a/../a"), "."]).photos == (Path("a/../a/1.jpg"),)


def test_hidden_files_and_folders_are_left_out_unless_given(tmp_path):
    folder(tmp_path, ".hidden.jpg", ".cache/1.jpg", "._1.jpg", "1.jpg")

    assert find_photos([tmp_path]) == Found((tmp_path / "1.jpg",))
    assert found(tmp_path / ".hidden.jpg", tmp_path / ".cache", below=tmp_path) == [".hidden.jpg", ".cache/1.jpg"]


def test_a_file_given_is_taken_whatever_its_suffix(tmp_path):
    folder(tmp_path, "photo", "notes.txt", "a.jpg")

    assert find_photos([tmp_path / "photo", tmp_path / "notes.txt"]).photos == (
        tmp_path / "photo",
        tmp_path / "notes.txt",
    )
    assert found(tmp_path / "photo", tmp_path, below=tmp_path) == ["photo", "a.jpg"]


def test_a_file_reached_twice_comes_once(tmp_path):
    folder(tmp_path, "a/1.jpg", "a/2.jpg")

    again = tmp_path / "a" / ".." / "a" / "1.jpg"
    assert found(tmp_path / "a/2.jpg", tmp_path, tmp_path / "a", again, below=tmp_path) == ["a/2.jpg", "a/1.jpg"]


def test_a_folder_named_like_a_photo_is_a_folder(tmp_path):
    folder(tmp_path, "a.jpg/b.jpg")

    assert find_photos([tmp_path]) == Found((tmp_path / "a.jpg" / "b.jpg",))


@posix
def test_links_to_photos_and_folders_are_followed_once(tmp_path):
    folder(tmp_path, "real/1.jpg", "photos/2.jpg")
    (tmp_path / "photos/album").symlink_to(tmp_path / "real")
    (tmp_path / "photos/copy.jpg").symlink_to(tmp_path / "photos/2.jpg")
    (tmp_path / "photos/again").symlink_to(tmp_path / "real")

    assert found(tmp_path / "photos", below=tmp_path) == ["photos/2.jpg", "photos/again/1.jpg"]


@posix
def test_links_that_lead_up_or_round_or_nowhere_do_no_harm(tmp_path):
    folder(tmp_path, "outside.jpg", "photos/a/1.jpg")
    (tmp_path / "photos/a/up").symlink_to(tmp_path)
    (tmp_path / "photos/a/self").symlink_to("../a")
    (tmp_path / "photos/round.jpg").symlink_to("round.jpg")
    (tmp_path / "photos/gone.jpg").symlink_to("gone")

    assert find_photos([tmp_path / "photos"]) == Found((tmp_path / "photos/a/1.jpg",), skipped=2)


@posix
def test_a_pipe_named_like_a_photo_is_not_opened(tmp_path):
    folder(tmp_path, "1.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")

    assert find_photos([tmp_path]) == Found((tmp_path / "1.jpg",), skipped=1)


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["*.gif"], ["1.jpg", "raw/2.jpg", "sub/raw/3.jpg"]),
        (["raw"], ["1.jpg", "4.gif"]),
        (["raw/"], ["1.jpg", "4.gif"]),
        (["raw/*"], ["1.jpg", "4.gif", "sub/raw/3.jpg"]),
        (["sub/raw/?.jpg", "1*"], ["4.gif", "raw/2.jpg"]),
        (["RAW"], ["1.jpg", "4.gif", "raw/2.jpg", "sub/raw/3.jpg"]),
    ],
)
def test_exclude_matches_names_and_paths_below_the_folder(tmp_path, patterns, left):
    folder(tmp_path, "1.jpg", "4.gif", "raw/2.jpg", "sub/raw/3.jpg")

    assert found(tmp_path, below=tmp_path, exclude=patterns) == left


def test_exclude_also_holds_for_a_file_given_by_name(tmp_path):
    folder(tmp_path, "1.jpg", "2.jpg")

    assert found(tmp_path / "1.jpg", tmp_path / "2.jpg", below=tmp_path, exclude=["2*"]) == ["1.jpg"]


def test_limit_takes_the_first_photos(tmp_path):
    folder(tmp_path, "1.jpg", "2.jpg", "3.jpg")

    assert found(tmp_path, below=tmp_path, limit=2) == ["1.jpg", "2.jpg"]


def test_a_path_that_is_missing_is_named(tmp_path):
    folder(tmp_path, "1.jpg")

    with pytest.raises(NothingToScanError, match=r"gone\.jpg does not exist"):
        find_photos([tmp_path, tmp_path / "gone.jpg"])


def test_nothing_to_scan_says_where_and_what_else_is_there(tmp_path):
    folder(tmp_path, "notes.txt")

    with pytest.raises(NothingToScanError, match=f"{tmp_path.name}; 1 other file"):
        find_photos([tmp_path])
    with pytest.raises(NothingToScanError):
        find_photos([])


def test_a_folder_that_cannot_be_opened_is_told_apart_from_an_empty_one(tmp_path, monkeypatch):
    folder(tmp_path, "1.jpg", "locked/2.jpg")
    scandir = os.scandir

    def deny(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny)

    assert find_photos([tmp_path]) == Found((tmp_path / "1.jpg",), unlisted=(tmp_path / "locked",))
    with pytest.raises(NothingToScanError, match="locked could not be opened"):
        find_photos([tmp_path / "locked"])


# Checking


def outcomes(reports) -> list[tuple[str, str]]:
    return [(Path(report.path).name, report.status) for report in reports]


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.usefixtures("stub")
def test_reports_come_in_the_order_of_the_photos(tmp_path, jobs):
    names = ["slow-0.jpg", *(f"ok-{n}.jpg" for n in range(1, 14)), "slow-2.jpg", "ok-15.jpg"]
    photos = [folder(tmp_path, name) / name for name in names]

    assert outcomes(scan(photos, jobs=jobs)) == [(name, "ok") for name in names]


@pytest.mark.usefixtures("stub")
def test_no_more_processes_than_photos_and_none_for_one_job(tmp_path):
    def processes(count: int, jobs: int) -> set[str | None]:
        photos = [tmp_path / f"slow-{n}.jpg" for n in range(count)]
        return {report.model for report in check_all(photos, jobs=jobs)}

    folder(tmp_path, *(f"slow-{n}.jpg" for n in range(3)))

    assert processes(3, 1) == processes(1, 8) == {f"process {os.getpid()}"}
    assert 1 <= len(processes(3, 16) - {f"process {os.getpid()}"}) <= 3


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


@pytest.mark.parametrize("at", [0, 5, 11])
@pytest.mark.usefixtures("stub")
def test_only_the_photo_that_kills_a_worker_is_unreadable(tmp_path, at):
    names = [f"ok-{n:02}.jpg" for n in range(12)]
    names[at] = "die-now.jpg"
    photos = [folder(tmp_path, name) / name for name in names]

    reports = list(check_all(photos, jobs=3))

    assert outcomes(reports) == [(name, "unreadable" if name == "die-now.jpg" else "ok") for name in names]
    assert reports[at].message is not None
    assert "died" in reports[at].message


@pytest.mark.usefixtures("stub")
def test_several_photos_that_kill_their_workers_each_get_a_row(tmp_path):
    names = ["die-1.jpg", "ok-1.jpg", "die-2.jpg", "die-3.jpg", *(f"ok-{n}.jpg" for n in range(2, 12)), "die-4.jpg"]
    photos = [folder(tmp_path, name) / name for name in names]

    assert outcomes(check_all(photos, jobs=2)) == [
        (name, "unreadable" if name.startswith("die") else "ok") for name in names
    ]


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


def alive(pid: int) -> bool:
    """Whether a process runs: a child of a killed parent may stay behind as a zombie where nobody collects it."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


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

    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert not any(map(alive, workers))


@posix
@pytest.mark.usefixtures("stub")
def test_a_scan_that_is_not_read_to_its_end_leaves_no_workers(tmp_path):
    photos = [folder(tmp_path, name) / name for name in (f"slow-{n}.jpg" for n in range(40))]
    reports = check_all(photos, jobs=2)
    worker = int(next(reports).model.split()[-1])

    began = time.monotonic()
    reports.close()
    while alive(worker) and time.monotonic() < began + 10:
        time.sleep(0.05)

    assert not alive(worker)
    assert time.monotonic() < began + 5


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
