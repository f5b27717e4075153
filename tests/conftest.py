"""What several test files share: two portraits, one landmarker, Python that knows the package, waiting, axe."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

# Two processes of tests on two cores: more threads of BLAS would wait for each other, and double what a photo costs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import cv2
import hypothesis
import numpy as np
import pytest

import artifact_check
from artifact_check.face import Face, Landmarker
from artifact_check.photo import Photo, decode, from_array

cv2.setNumThreads(1)  # for the same reason
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("any machine", deadline=None, max_examples=40)
hypothesis.settings.load_profile("any machine")

ROOT = Path(__file__).parents[1]
SOURCES = Path(artifact_check.__file__).parent
PORTRAIT_A = ROOT / "sample_images" / "portrait_a.jpg"
PORTRAIT_B = ROOT / "sample_images" / "portrait_b.jpg"
EYE_MOVED = ROOT / "sample_images" / "eye_moved.jpg"
SHARED_DATA = ROOT.parent / "shared" / "data"


_reached: list[str] = []  # what a test reached for that is not on this machine


def _watch_network(event, args):
    """Every connection, datagram and question for a name's address; a datagram socket's connect sends nothing."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.sendto" or (event == "socket.connect" and args[0].type & socket.SOCK_STREAM):
        host = args[1][0] if isinstance(args[1], tuple) else None
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and not _is_here(host):
        _reached.append(f"{event} {host}")
        raise OSError(f"a test tried to reach {host}")


def _is_here(host):
    try:
        return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host in ("", "localhost", socket.gethostname()) or host.endswith(".invalid")  # leads nowhere: RFC 6761


sys.addaudithook(_watch_network)


# Three tiers (CONTRIBUTING.md). A test is `slow` if it is in one of these files, uses one of these fixtures or carries
# the marker; `long` if it uses the labelled photos or carries the marker.
_SLOW_FILES = {
    *("test_cli", "test_cluster", "test_cost_of_a_photo", "test_docs", "test_html_in_browser"),
    *("test_privacy", "test_reasons", "test_scanner", "test_store", "test_supply_chain", "test_web", "test_workers"),
}
_SLOW_FIXTURES = {"browser", "exiftool", "python", "run", "server"}
_LONG_FIXTURES = {"shared_data"}
# Files that take longest, begun first: two processes of tests are dealt out whole files, and are to end together.
_LONGEST = ("test_cli", "test_cluster", "test_docs", "test_laboratory", "test_learn", "test_store", "test_web")
_started: list[str] = []  # processes


def pytest_configure(config):
    config.option.loadscopereorder = False  # of xdist, which would begin with the files of most tests


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by marker
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in _SLOW_FILES or _SLOW_FIXTURES.intersection(item.fixturenames):
            item.add_marker("slow")
        if _LONG_FIXTURES.intersection(item.fixturenames):
            item.add_marker("long")
    items.sort(key=lambda item: item.path.stem not in _LONGEST)


def _watch_processes(event, args):
    # How ctypes looks a library up, for whichever test is the first to load mediapipe, is none of the test's.
    if event == "subprocess.Popen" and Path(os.fsdecode(args[0])).name not in {"ldconfig", "gcc", "ld", "objdump"}:
        _started.append(str(args[0]))


sys.addaudithook(_watch_processes)


@pytest.fixture(autouse=True)
def _unit_tests_start_no_process(request):
    _started.clear()
    yield
    marked = any(request.node.get_closest_marker(name) for name in ("slow", "long"))
    assert marked or not _started, f"to be marked slow: it starts {_started}"


@pytest.fixture(autouse=True)
def _no_network():
    """Fail a test that reaches beyond this machine, also where the attempt was caught."""
    yield
    reached, _reached[:] = list(_reached), []
    assert not reached, f"reached for the network: {reached}"


@pytest.fixture(scope="session")
def shared_data():
    """The folder of labelled photos, which is too large to come with the sources."""
    if not (SHARED_DATA / "manifest.csv").is_file():
        pytest.skip("the labelled photos are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="module")
def small_recipe():
    """Bundles and figures by few repetitions: seeds, draws, resamples, folds, refits."""
    from artifact_check.learn import fitting, train
    from artifact_check.learn.figures import evaluation, metrics

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "_SEEDS", 2)
        patch.setattr(evaluation, "_CURVE_SHARES", (0.25, 1.0))
        patch.setattr(evaluation, "_CURVE_DRAWS", 2)
        patch.setattr(metrics, "_RESAMPLES", 30)
        patch.setattr(fitting, "_INNER_FOLDS", 3)
        patch.setattr(train, "_BOOTSTRAP", 6)
        yield


class RememberingLandmarker(Landmarker):
    """Looks once at each picture, however many tests ask for the face in it."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[bytes, tuple[int, ...], float], Face] = {}

    def find(self, photo: Photo) -> Face:
        digest = hashlib.blake2b(np.ascontiguousarray(photo.pixels)).digest()
        key = digest, photo.pixels.shape, photo.reduction
        if key not in self._known:
            self._known[key] = super().find(photo)
        known = self._known[key]
        seen = known.photo if known.photo.turned else photo
        return replace(known, photo=seen, landmarks=known.landmarks.copy(), _views={})


@pytest.fixture(scope="session")
def landmarker():
    with RememberingLandmarker() as landmarker:
        yield landmarker


@pytest.fixture(scope="session")
def portrait():
    return decode(PORTRAIT_A.read_bytes())


@pytest.fixture(scope="session")
def other_portrait():
    return decode(PORTRAIT_B.read_bytes())


@pytest.fixture(scope="session")
def face(landmarker, portrait):
    return landmarker.find(portrait)


@pytest.fixture(scope="session")
def other_face(landmarker, other_portrait):
    return landmarker.find(other_portrait)


def cropped(
    face: Face, *, left: float = 0, top: float = 0, right: float | None = None, bottom: float | None = None
) -> Face:
    """The same landmarks on a part of the photo, for crops in which no face would be found; ends in pixels."""
    rows, columns = (
        slice(int(start), None if end is None else int(end)) for start, end in ((top, bottom), (left, right))
    )
    photo = from_array(np.ascontiguousarray(face.photo.pixels[rows, columns]))
    return replace(face, photo=photo, landmarks=face.landmarks - (columns.start, rows.start), _views={})


@pytest.fixture(scope="session")
def python():
    """Run a script in a fresh Python that can import the package; gives the finished process with its texts."""

    def run(script, *args, prefix=(), env=None, sources=SOURCES.parent, cwd=None):
        command = [*prefix, sys.executable, "-c", script, *map(str, args)]
        variables = {**os.environ, **(env or {}), "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)

    return run


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done inside takes no more CPU time than this on a quiet core.

    Other work beside the tests slows a core down; how much is measured on a loop.
    """
    start = time.process_time()
    yield
    spent = time.process_time() - start
    assert spent < seconds or spent < seconds * _seconds_of_a_loop() / _LOOP_SECONDS


def _seconds_of_a_loop() -> float:
    start = time.process_time()
    total = 0
    for number in range(500_000):
        total += number % 7
    return time.process_time() - start


_LOOP_SECONDS = 0.03


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls, in Python and in C: its cost, whatever else the machine does."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def until(happened: Callable[[], object], seconds: float = 60) -> None:
    """Wait for what another process does and tells nobody."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def violations(page) -> list[tuple[str, str]]:
    """What axe finds to keep people from using a page: the rule, and the first element that breaks it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    return [(found["id"], found["nodes"][0]["html"]) for found in axe.run(page).response["violations"]]
