"""A checker loads its parts at the same time: what goes wrong meanwhile is said as if they were loaded one by one."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from command import run_process, start
from conftest import PORTRAIT_A, until

from artifact_check.checking.checker import Checker
from artifact_check.errors import GivenUpError, ModelMismatchError
from artifact_check.face import graph
from artifact_check.scanning import setup
from artifact_check.scanning.setup import Setup, shared_checker
from artifact_check.scanning.workers import check_one
from artifact_check.shipped import CURRENT, ENCODER, shipped_model
from artifact_check.sources.local import LocalFile


@pytest.fixture
def damaged(tmp_path):
    """A bundle whose encoder, which is loaded last, is not the one it was written with."""
    folder = tmp_path / "bundle"
    shutil.copytree(shipped_model(CURRENT), folder)
    (folder / ENCODER).write_bytes(b"another")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [[], ["--jobs", "2"]], ids=["in this process", "in workers"])
def test_a_damaged_model_is_one_line(damaged, tmp_path, jobs):
    for name in ("a.jpg", "b.jpg")[: 2 if jobs else 1]:
        shutil.copy(PORTRAIT_A, tmp_path / name)

    result = run_process("scan", *tmp_path.glob("*.jpg"), "--model", damaged, *jobs, stub=False)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"artifact-check: {damaged / ENCODER} is not the file its manifest was written for; restore the model's "
        "folder.\n"
    )


def test_a_damaged_model_leaves_no_thread(damaged):
    before = set(threading.enumerate())

    with pytest.raises(ModelMismatchError):
        Checker(damaged)

    assert set(threading.enumerate()) == before


def test_a_worker_that_serves_another_scan_frees_the_models_of_the_last(monkeypatch):
    monkeypatch.setattr(setup, "_shared", {})
    first, other = Setup(), Setup(measures=False)

    checker = shared_checker(first)
    assert shared_checker(first) is checker
    with shared_checker(other) as successor:
        assert successor is not checker
        assert shared_checker(other) is successor
        assert list(setup._shared) == [other]
        assert checker._landmarker._graph._task is None


def test_what_keeps_the_landmarker_from_starting_costs_a_photo(monkeypatch):
    """As where a library of the system is missing."""

    def fail(_model):
        raise OSError("libEGL.so.1: cannot open shared object file")

    photo = LocalFile(Path(PORTRAIT_A))
    with monkeypatch.context() as patch:
        patch.setattr(graph, "_Task", fail)
        checker = Checker()
        with pytest.raises(GivenUpError, match="OSError"):
            check_one(checker, photo)
    with checker:
        assert check_one(checker, photo).status == "ok"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="threads are seen in /proc")
def test_an_interrupt_while_models_load_leaves_no_traceback(tmp_path):
    process = start("scan", PORTRAIT_A, "--output", tmp_path / "report", stub=False, stderr=subprocess.PIPE)
    until(lambda: len(list(Path(f"/proc/{process.pid}/task").iterdir())) > 1)  # they load in threads

    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"artifact-check: interrupted" in talk
    assert b"Traceback" not in talk
    assert not list(tmp_path.iterdir())
