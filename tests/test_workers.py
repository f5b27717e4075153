"""One photo a worker: what a crash, a hang and a killed process cost."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from tests.conftest import until
from tests.test_scanner import alive, folder, posix, stub

from artifact_check.errors import ArtifactCheckError, GivenUpError
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import DIED, TOO_LONG, Workers
from artifact_check.sources.local import LocalFile

__all__ = ["stub"]  # a fixture


def check(checker, source):
    return checker.check_source(source)


def pid_of(report) -> int:
    return int(report.model.split()[-1])


@pytest.fixture
def workers(stub):  # noqa: ARG001 - the checker that obeys names
    made = Workers(2, Setup())
    yield made
    made.close()


@pytest.fixture
def impatient(stub):  # noqa: ARG001
    """Two workers that give a photo five seconds."""
    made = Workers(2, Setup(), time_limit=5)
    yield made
    made.close()


@pytest.fixture
def photo(tmp_path):
    def made(name: str) -> LocalFile:
        return LocalFile(folder(tmp_path, name) / name)

    return made


def test_a_photo_that_never_ends_is_given_up_and_the_next_is_checked(impatient, photo):
    hanging = impatient.submit(check, photo("hang-1.jpg"))
    others = [impatient.submit(check, photo(f"ok-{n}.jpg")) for n in range(6)]

    assert [other.result(timeout=60).status for other in others] == ["ok"] * 6
    with pytest.raises(GivenUpError, match=TOO_LONG):
        hanging.result(timeout=60)
    assert impatient.submit(check, photo("ok-9.jpg")).result(timeout=60).status == "ok"


def test_loading_counts_as_no_photos_time(impatient, photo, monkeypatch):
    monkeypatch.setenv("LOADING", "takes 6 s")  # more than a photo has

    assert impatient.submit(check, photo("ok-1.jpg")).result(timeout=60).status == "ok"


def test_a_photo_that_takes_its_process_along_is_told(workers, photo):
    with pytest.raises(GivenUpError, match=DIED):
        workers.submit(check, photo("die-1.jpg")).result(timeout=60)


@posix
def test_a_process_killed_from_outside_costs_no_photo(workers, photo):
    idle = pid_of(workers.submit(check, photo("ok-1.jpg")).result(timeout=60))
    os.kill(idle, signal.SIGKILL)
    reports = [workers.submit(check, photo(f"slow-{n}.jpg")) for n in range(4)]

    assert [report.result(timeout=60).status for report in reports] == ["ok"] * 4
    assert not alive(idle)


@posix
def test_a_process_that_cannot_be_replaced_costs_its_photo_and_not_the_scan(workers, photo, monkeypatch):
    killed = pid_of(workers.submit(check, photo("ok-1.jpg")).result(timeout=60))
    pid_of(workers.submit(check, photo("slow-1.jpg")).result(timeout=60))
    monkeypatch.setenv("LOADING", "dies")
    os.kill(killed, signal.SIGKILL)
    reports = [workers.submit(check, photo(f"slow-{n}.jpg")) for n in range(2, 6)]

    given_up = [isinstance(report.exception(timeout=60), GivenUpError) for report in reports]
    assert not all(given_up)
    assert [report.result().status for report, gone in zip(reports, given_up, strict=True) if not gone] == ["ok"] * (
        given_up.count(False)
    )


@posix
def test_closing_ends_all_processes_whatever_they_are_at(workers, photo, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("CHECKED", str(log))
    busy = [pid_of(workers.submit(check, photo(f"slow-{n}.jpg")).result(timeout=60)) for n in range(2)]
    workers.submit(check, photo("hang-1.jpg"))
    until(lambda: "hang-1.jpg" in log.read_text())

    closing = threading.Thread(target=workers.close)
    closing.start()
    closing.join(timeout=10)

    assert not closing.is_alive()
    assert not any(map(alive, busy))


def test_a_process_that_dies_while_it_loads_stops_the_scan_in_words(stub, photo, monkeypatch):  # noqa: ARG001
    monkeypatch.setenv("LOADING", "dies")
    made = Workers(1, Setup())
    try:
        with pytest.raises(ArtifactCheckError, match="died while it loaded its models"):
            made.submit(check, photo("ok-1.jpg")).result(timeout=60)
    finally:
        made.close()
