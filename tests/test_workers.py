"""One photo a worker: what a crash, a hang and a killed process cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from tests.command import alive, folder, posix, stub_checker
from tests.conftest import until

from artifact_check.errors import ArtifactCheckError, GivenUpError
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import DIED, TOO_LONG, Workers, _Process, check_in_workers
from artifact_check.sources.local import LocalFile

LONG = 300  # seconds: what takes them hangs


def check(checker, source):
    return checker.check_source(source)


def pid_of(report) -> int:
    return int(report.model.split()[-1])


@pytest.fixture(scope="module", autouse=True)
def stub():
    """The checker that obeys names."""
    with stub_checker():
        yield


@pytest.fixture(scope="module")
def workers(stub):  # noqa: ARG001
    """Two that several tests share, whatever became of the processes of those before."""
    with closing(Workers(2, Setup())) as made:
        yield made


@pytest.fixture
def photo(tmp_path):
    def made(name: str) -> LocalFile:
        return LocalFile(folder(tmp_path, name) / name)

    return made


def test_a_photo_that_never_ends_is_given_up_and_loading_counts_as_no_photos_time(photo, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("CHECKED", str(log))
    with closing(Workers(2, Setup(), time_limit=5)) as impatient, closing(Workers(1, Setup(), time_limit=5)) as slow:
        hanging = impatient.submit(check, photo("hang-1.jpg"))
        others = [impatient.submit(check, photo(f"ok-{n}.jpg")) for n in range(6)]
        assert [other.result(LONG).status for other in others] == ["ok"] * 6
        until(lambda: "hang-1.jpg" in log.read_text())
        with monkeypatch.context() as while_it_hangs:
            while_it_hangs.setenv("LOADING", "takes 6 s")  # more than a photo has
            assert slow.submit(check, photo("ok-7.jpg")).result(LONG).status == "ok"

        with pytest.raises(GivenUpError, match=TOO_LONG):
            hanging.result(LONG)
        assert [impatient.submit(check, photo(f"ok-{n}.jpg")).result(LONG).status for n in (8, 9)] == ["ok"] * 2


def test_a_photo_that_takes_its_process_along_is_told(workers, photo):
    with pytest.raises(GivenUpError, match=DIED):
        workers.submit(check, photo("die-1.jpg")).result(LONG)


class Deadly(LocalFile):
    """A photo whose bytes kill whatever process reads them."""

    def read(self) -> bytes:
        os._exit(7)


def test_a_photo_whose_metadata_kills_too_is_told_and_costs_no_other(photo):
    photos = [photo("ok-1.jpg"), Deadly(photo("ok-2.jpg").path), photo("ok-3.jpg")]

    reports = list(check_in_workers(photos, Setup(), 1))

    assert [report.status for report in reports] == ["ok", "unreadable", "ok"]
    assert (reports[1].message, reports[1].sha256) == (DIED, None)


@posix
def test_a_process_killed_from_outside_costs_no_photo(workers, photo):
    idle = pid_of(workers.submit(check, photo("ok-1.jpg")).result(LONG))
    os.kill(idle, signal.SIGKILL)
    reports = [workers.submit(check, photo(f"slow-{n}.jpg")) for n in range(4)]

    assert [report.result(LONG).status for report in reports] == ["ok"] * 4
    assert not alive(idle)


@posix
def test_a_process_that_cannot_be_replaced_costs_its_photo_and_not_the_scan(workers, photo, monkeypatch):
    killed = pid_of(workers.submit(check, photo("ok-1.jpg")).result(LONG))
    pid_of(workers.submit(check, photo("slow-1.jpg")).result(LONG))
    monkeypatch.setenv("LOADING", "dies")
    os.kill(killed, signal.SIGKILL)
    reports = [workers.submit(check, photo(f"slow-{n}.jpg")) for n in range(2, 6)]

    given_up = [isinstance(report.exception(LONG), GivenUpError) for report in reports]
    assert not all(given_up)
    assert [report.result().status for report, gone in zip(reports, given_up, strict=True) if not gone] == ["ok"] * (
        given_up.count(False)
    )


@posix
def test_closing_ends_all_processes_whatever_they_are_at(photo, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("CHECKED", str(log))
    monkeypatch.setenv("SLOW", "0.1")
    with closing(Workers(2, Setup())) as workers:
        busy = [pid_of(workers.submit(check, photo(f"slow-{n}.jpg")).result(LONG)) for n in range(2)]
        workers.submit(check, photo("hang-1.jpg"))
        until(lambda: "hang-1.jpg" in log.read_text())

        closing_ = threading.Thread(target=workers.close)
        closing_.start()
        closing_.join(LONG)

        assert not closing_.is_alive()
        assert not any(map(alive, busy))


def test_a_process_whose_pipe_has_ended_ends_without_a_word(capfd):
    process = _Process()
    process.run(os.getpid, LONG)

    process._pipe.close()  # as when the parent is killed
    process._process.join(LONG)

    assert (process._process.exitcode, *capfd.readouterr()) == (0, "", "")


@posix
def test_the_first_process_is_deaf_to_ctrl_c_before_it_runs_a_line():
    """Python prints a traceback when it is interrupted as it starts."""
    script = """
import functools, signal
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import Workers, _Process

blocked = functools.partial(signal.pthread_sigmask, signal.SIG_BLOCK, ())
workers = Workers(1, Setup())
print(signal.SIGINT in workers._threads.submit(lambda: _Process().run(blocked, 60)).result())
workers.close()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_process_that_dies_while_it_loads_stops_the_scan_in_words(photo, monkeypatch):
    monkeypatch.setenv("LOADING", "dies")
    with (
        closing(Workers(1, Setup())) as workers,
        pytest.raises(ArtifactCheckError, match="died while it loaded its models"),
    ):
        workers.submit(check, photo("ok-1.jpg")).result(LONG)
