"""The rules that the layout of the package keeps."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT, SOURCES

import artifact_check
from artifact_check import cues
from artifact_check.report import words

HEAVY = ("numpy", "cv2", "PIL", "mediapipe", "sklearn", "scipy", "rich", "jinja2", "torch", "onnx")
MODULES = sorted(info.name for info in pkgutil.walk_packages(artifact_check.__path__, "artifact_check."))
TORCH = {f"artifact_check.learn.encoder.{name}" for name in ("network", "student")}  # its extra is not part of `dev`
CUES = cues.discover()
MEASURES = [measure for cue in CUES for measure in cue.measures]


@pytest.mark.slow
def test_imports_go_one_way():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert ", 0 broken" in run.stdout


@pytest.mark.parametrize("module", ["artifact_check", "artifact_check.cli", "artifact_check.scanning.scanner"])
def test_what_help_needs_loads_nothing_heavy(python, module):
    run = python(f"import sys, {module}; print(sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert (run.returncode, run.stdout, run.stderr) == (0, "[]\n", "")


def test_the_package_offers_seven_names(python):
    names = ["ArtifactCheckError", "Comparison", "PhotoReport", "__version__", "check", "compare", "scan"]
    run = python(f"from artifact_check import *; import artifact_check; print(artifact_check.__all__ == {names})")
    assert (run.returncode, run.stdout, run.stderr) == (0, "True\n", "")
    for name in names:
        assert getattr(artifact_check, name)


def test_every_module_can_be_imported_and_what_checks_and_trains_says_nothing(python):
    for module in MODULES:
        if not module.endswith("__main__") and (find_spec("torch") or module not in TORCH):
            importlib.import_module(module)
    run = python(
        "import artifact_check.checking.checker, artifact_check.learn.train, artifact_check.learn.encoder.train"
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_only_the_graph_imports_mediapipe():
    users = [
        path for path in SOURCES.rglob("*.py") if re.search(r"^\s*(import|from) mediapipe", text(path), re.MULTILINE)
    ]
    assert users == [SOURCES / "face" / "graph.py"]


def test_nothing_is_pickled():
    pickling = r"^\s*(import|from) (pickle|joblib|dill|cloudpickle|shelve|marshal)|allow_pickle=True"
    assert [path for path in SOURCES.rglob("*.py") if re.search(pickling, text(path), re.MULTILINE)] == []


def test_each_public_file_or_folder_among_the_cues_is_one_cue():
    found = [info.name for info in pkgutil.iter_modules(cues.__path__) if not info.name.startswith("_")]
    assert [cue.name for cue in CUES] == sorted(found)
    assert len(CUES) >= 4


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: cue.name)
def test_a_cue_says_what_it_rests_on_where_it_errs_and_who_says_so(cue):
    doc = importlib.import_module(f"artifact_check.cues.{cue.name}").__doc__
    for part in ("Physical fact:", "Region:", "Measures", "Innocent causes:"):
        assert part in doc
    assert re.search(r"\b(19|20)\d\d\b", doc)
    assert cue.title
    assert cue.innocent
    assert cue.version >= 1


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measure_is_one_plain_sentence_with_bounds(measure):
    assert measure.sentence.endswith(".")
    assert measure.sentence[0].isupper()
    assert measure.low < measure.high
    assert measure.suggests in {"artificial", "natural", "either"}
    assert re.fullmatch(r"[a-z][a-z0-9_]*", measure.key)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measure_has_a_short_name_in_usual_words(measure):
    """Letters only: no unit, scale or index of a method."""
    assert re.fullmatch(r"[a-z-]+( [a-z-]+){1,4}", measure.name)
    assert (measure.scale == "likeness") == isinstance(measure, cues.Learned)


def test_measures_of_one_name_are_compared_alike():
    scales = {(measure.name, measure.scale) for measure in MEASURES}
    assert len(scales) == len({measure.name for measure in MEASURES})


def test_measure_keys_are_unique_and_begin_with_their_cue():
    keys = [measure.key for measure in MEASURES]
    assert len(set(keys)) == len(keys)
    for cue in CUES:
        assert all(measure.key.startswith(f"{cue.name}_") for measure in cue.measures)


def test_measures_that_share_a_sentence_share_a_name():
    """As the components of one pattern do."""
    said = {(measure.sentence, measure.name) for measure in MEASURES}
    assert len(said) == len({measure.sentence for measure in MEASURES})


KNOW_NO_CUE = [
    path
    for path in sorted([*SOURCES.rglob("*.py"), *SOURCES.rglob("*.jinja"), *SOURCES.rglob("*.js")])
    if path.relative_to(SOURCES).parts[0] not in {"cues", "learn"}  # learn/ makes what cues compare a face with
]


@pytest.mark.parametrize("path", KNOW_NO_CUE, ids=lambda path: path.relative_to(SOURCES).as_posix())
def test_a_new_cue_needs_no_change_here(path):
    """No cue is spelled out: neither its name as a word of its own in quotes, nor any of its measures."""
    for cue in CUES:
        assert not re.search(rf"""["'`]{cue.name}["'`]""", text(path))
        assert not [measure.key for measure in cue.measures if measure.key in text(path)]


def text(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("template", sorted(SOURCES.rglob("*.jinja")), ids=lambda path: path.name)
def test_every_word_that_a_template_names_exists(template):
    used = re.findall(r"\bwords\.(\w+)", template.read_text(encoding="utf-8"))
    assert [name for name in used if not hasattr(words, name)] == []
