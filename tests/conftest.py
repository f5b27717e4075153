"""What several test files share: two portraits, one landmarker, Python that knows the package, and what axe says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import artifact_check
from artifact_check.face import Landmarker
from artifact_check.photo import decode

ROOT = Path(__file__).parents[1]
SOURCES = Path(artifact_check.__file__).parent
PORTRAIT_A = ROOT / "sample_images" / "portrait_a.jpg"
PORTRAIT_B = ROOT / "sample_images" / "portrait_b.jpg"
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """The folder of labelled photos, which is too large to come with the sources."""
    if not (SHARED_DATA / "manifest.csv").is_file():
        pytest.skip("the labelled photos are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session")
def landmarker():
    with Landmarker() as landmarker:
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
def python():
    """Run a script in a fresh Python that can import the package; gives the finished process with its texts."""

    def run(script, *args, prefix=(), env=None, sources=SOURCES.parent, cwd=None):
        command = [*prefix, sys.executable, "-c", script, *map(str, args)]
        variables = {**os.environ, **(env or {}), "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)

    return run


def violations(page) -> list[tuple[str, str]]:
    """What axe finds to keep people from using a page: the rule, and the first element that breaks it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    return [(found["id"], found["nodes"][0]["html"]) for found in axe.run(page).response["violations"]]
