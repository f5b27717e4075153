"""What is installed and shipped: pinned, licensed, checked when it is loaded, and built the same twice."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tools.licences import PAGE, licence, needed

from artifact_check import shipped
from artifact_check.checking.checker import Checker
from artifact_check.errors import ModelError
from artifact_check.face import Landmarker
from artifact_check.shipped import CURRENT, shipped_model

ROOT = Path(__file__).parents[1]
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
HATCH = pytest.mark.skipif(shutil.which("git") is None, reason="git tells which files belong to the package")


def test_constraints_name_exact_versions_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
    assert len(PINS) == len(lines)


def test_all_that_is_needed_is_pinned_and_nothing_else():
    pinned = {canonicalize_name(name) for name in PINS}
    found = {name for packages in needed().values() for name in packages}
    if missing := found - pinned:
        pytest.fail(f"constraints.txt has no version of {', '.join(sorted(missing))}")
    here = {name for name in pinned if _installed(name)}
    assert here <= found


def _installed(name):
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def test_what_a_requirement_asks_for_is_what_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    extras.pop("encoder")  # 1 GB that only the training of an encoder needs; constraints.txt leaves it out
    lines = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    for requirement in map(Requirement, lines):
        if requirement.name != "artifact-check":
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_the_list_of_licences_names_every_pinned_package():
    """Packages for another system may be listed too; none may be missing, and none may lack a licence."""
    text = PAGE.read_text()
    groups = re.findall(r"^- \w.*: ([a-z0-9-]+(?:, [a-z0-9-]+)*)$", text, re.MULTILINE)
    named = [name for group in groups for name in group.split(", ")]
    assert len(named) == len(set(named))
    assert {canonicalize_name(name) for name in PINS} <= set(named)
    assert "not stated" not in text
    assert licence(metadata.distribution("numpy")) in text


def test_a_changed_landmark_model_is_refused(monkeypatch, tmp_path):
    model = ROOT / "models" / "face_landmarker.task"
    changed = bytearray(model.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / model.name).write_bytes(changed)
    monkeypatch.setattr(shipped, "shipped_model", lambda name: tmp_path / name)
    with pytest.raises(ModelError, match="not the landmark model"):
        Landmarker()


def test_a_changed_estimator_is_refused_before_it_is_read(tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(shipped_model(CURRENT), bundle)
    estimator = bundle / "model.npz"
    estimator.write_bytes(estimator.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="not the file its manifest was written for"):
        Checker(bundle)


def test_a_pickle_in_place_of_an_estimator_runs_no_code(tmp_path):
    """Also where the manifest was rewritten to fit it."""
    bundle = tmp_path / "bundle"
    shutil.copytree(shipped_model(CURRENT), bundle)
    ran = tmp_path / "ran"
    evil = b"cos\nsystem\n(S'touch " + os.fsencode(ran) + b"'\ntR."
    (bundle / "model.npz").write_bytes(evil)
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["estimator"]["sha256"] = hashlib.sha256(evil).hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="not a model that may be loaded"):
        Checker(bundle)
    assert not ran.exists()


@HATCH
def test_the_wheel_is_built_the_same_twice_and_holds_the_models(tmp_path):
    """From two copies of the sources in other folders, of other ages."""
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    if not names or not (ROOT / "src").is_dir():
        pytest.skip("this is no git checkout with its sources")
    wheels = []
    for folder, age in (("one", 1e9), ("another", 1.5e9)):
        for name in names:
            copy = tmp_path / folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy)
            os.utime(copy, (age, age))
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
        env = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        subprocess.run(command, cwd=tmp_path / folder, env=env, capture_output=True, check=True)
        (wheel,) = (tmp_path / folder / "dist").glob("*.whl")
        wheels.append(wheel.read_bytes())
    assert wheels[0] == wheels[1]
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("artifact_check/_models/") for name in archive.namelist() if "/_models/" in name}
    shipped = {path.relative_to(ROOT / "models").as_posix() for path in (ROOT / "models").rglob("*") if path.is_file()}
    assert packed == shipped
