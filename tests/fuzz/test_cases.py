"""Every file that once made something fail, and some hundred damaged pictures more, through a whole scan."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuzz.mutate import Mutation, run, watched

from artifact_check.provenance import container
from artifact_check.results import PhotoReport
from artifact_check.scanning.scanner import check_all, local_engine
from artifact_check.scanning.setup import Setup
from artifact_check.sources.local import LocalFile

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_parser_that_once_tripped_refuses_the_file_or_reads_it(path):
    data = path.read_bytes()
    try:
        container.parse_container(data)
    except ValueError:
        return


@pytest.mark.slow
def test_every_case_gets_its_row():
    reports = list(check_all([LocalFile(path) for path in CASES], Setup(), local_engine(1)))
    assert [Path(report.path) for report in reports] == CASES
    assert all(isinstance(report, PhotoReport) and (report.status == "ok" or report.message) for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize("files", [60, pytest.param(300, marks=pytest.mark.long)])
def test_damaged_pictures_get_one_row_each_and_harm_nothing(files):
    around: list[str] = []
    with watched(around):
        outcome = run([Mutation(0, number) for number in range(files)])
    assert outcome.findings + around == []
    assert len(outcome.processes) <= 1


def test_a_mutation_follows_from_its_number():
    assert Mutation(5, 7).read() == Mutation(5, 7).read()
    assert len({Mutation(5, number).read() for number in range(20)}) > 15


def test_many_formats_are_damaged():
    beginnings = {Mutation(1, number).read()[:2] for number in range(400)}
    assert {b"\xff\xd8", b"\x89P", b"RI", b"II", b"GI", b"BM"} <= beginnings
