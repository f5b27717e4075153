"""Verdict, score and reasons of real photos never contradict each other, wherever they are told."""

from __future__ import annotations

import csv
import math
import re

import pytest
from conftest import ROOT

from artifact_check import cues
from artifact_check.checking.checker import Checker
from artifact_check.model import bundle
from artifact_check.report.drawing.charts import waterfall
from artifact_check.report.drawing.legend import BAND, build_legend
from artifact_check.report.drawing.marks import number_marks
from artifact_check.report.text import cue_facts, reasons
from artifact_check.scale import LEANING, scale_step
from artifact_check.sources.local import LocalFile

SAMPLES = sorted(path for path in (ROOT / "sample_images").iterdir() if path.suffix in {".jpg", ".png"})
PER_LABEL = 30


@pytest.fixture(scope="module")
def checker():
    with Checker() as checker:
        yield checker


@pytest.fixture(scope="module")
def start() -> float:
    """The log-odds of a photo of which nothing is known."""
    return log_odds(bundle.load(None, cues.discover()).classifier.score({}).p_ai)


def log_odds(p: float) -> float:
    return math.log(p / (1 - p))


def assert_agrees(report, start: float) -> None:
    added = {cue.name: cue.contribution for cue in report.cues if cue.contribution is not None}
    total = start + sum(added.values())
    assert report.p_ai == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-5)  # six digits each
    for cue in report.cues:
        assert_one_number_makes(cue)
    steps = waterfall(report)
    assert (steps[0].score, steps[-1].score) == (round(100 / (1 + math.exp(start))), report.authenticity)
    assert {step.label: step.added for step in steps[1:]} == added
    sides = dict(re.findall(r"towards (AI|a camera): ([^;]+)", reasons(report)))
    assert sides
    by_title = {cue.title: added[cue.name] for cue in report.cues if cue.name in added}
    for side, titles in sides.items():
        assert all((by_title[title] > 0) == (side == "AI") for title in titles.split(", "))
    assert_legend_agrees(report)


def assert_one_number_makes(cue) -> None:
    """Sentence, figures and legend of a panel follow from the contributions, and name the same measure and step."""
    contributions = [m.contribution for m in cue.measures if m.contribution is not None]
    assert (cue.contribution or 0) == pytest.approx(sum(contributions), abs=1e-4)
    finding, _, reason = cue.summary.partition(". ")
    leaning = re.search("leans towards (AI|a camera)", finding)
    facts = cue_facts(cue)
    assert ("more suspicious" in facts) <= (leaning is not None and leaning[1] == "AI")
    assert "100 %" not in facts
    if leaning is None:
        assert cue.status != "ok" or cue.contribution is None or abs(cue.contribution) < LEANING
        return
    sign = 1 if leaning[1] == "AI" else -1
    assert sign * cue.contribution >= LEANING
    named = max(cue.measures, key=lambda m: sign * (m.contribution or 0))
    name, _, step = reason.partition(": ")
    assert name.lower() == named.name.lower()
    assert re.match(re.escape(scale_step(named)) + r"(, (but on the side of|and further from) AI photos)?\.", step)
    assert ("but on the side of AI" in step) == (sign > 0 and scale_step(named) == "as in most camera photos")
    assert ("further from AI photos" in step) <= (sign < 0)
    assert ("closer to AI photos" in step) <= (sign > 0)


def assert_legend_agrees(report) -> None:
    """Text and bar of an entry come from the same value and range."""
    for cue in report.cues:
        for entry in build_legend(cue, (mark for mark in number_marks(report) if mark.cue == cue.name)):
            if entry.measure is None or entry.position is None:
                continue
            assert entry.sentence.lower() == f"{entry.measure.name}: {scale_step(entry.measure)}".lower()
            inside = BAND[0] <= entry.position <= BAND[1]
            assert inside == ("as in most" in entry.sentence) == ("outside" not in entry.comparison)
            low, high = re.search(r"camera photos: (\S+) to ([^;)\s]+)", entry.comparison).groups()
            assert low != high


def test_sample_images_are_told_without_contradiction(checker, start):
    judged = [report for report in map(checker.check_source, map(LocalFile, SAMPLES)) if report.status == "ok"]

    for report in judged:
        assert_agrees(report, start)
    assert len(judged) >= 5


@pytest.mark.long
@pytest.mark.parametrize("label", ["ai", "real"])
def test_labelled_photos_are_told_without_contradiction(checker, start, shared_data, label):
    with (shared_data / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        files = [row["file"] for row in csv.DictReader(lines) if row["label"] == label]
    photos = [shared_data / file for file in files[:: len(files) // PER_LABEL][:PER_LABEL]]
    judged = [report for report in map(checker.check_source, map(LocalFile, photos)) if report.status == "ok"]

    for report in judged:
        assert_agrees(report, start)
    assert len(judged) > PER_LABEL // 2
    findings = " ".join(cue.summary for report in judged for cue in report.cues)
    assert "leans towards AI" in findings
    assert "leans towards a camera" in findings
