"""What one photo may cost: memory in a worker, work on its metadata, and never the scan."""

from __future__ import annotations

import sys
import tracemalloc
from contextlib import closing, nullcontext
from typing import ClassVar

import pytest
from conftest import within
from provenance_corpus import saved, segment
from tests.command import stub_checker

from artifact_check import provenance
from artifact_check.errors import GivenUpError, UnreadableError
from artifact_check.provenance.container import parse_container
from artifact_check.scanning.scanner import check_all, local_engine
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.workers import Workers

linux = pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is kept on Linux alone")


class Odd:
    """A source whose reading fails in a way of its own."""

    cheap_to_read: ClassVar[bool] = True

    def __init__(self, error):
        self.error = error

    name = "odd.jpg"

    def version(self):
        return None

    def read(self):
        raise self.error


def take(checker, megabytes):
    """Write to so much memory, as a decoder would."""
    del checker
    return len(bytearray(megabytes << 20))


@linux
def test_a_worker_takes_no_more_memory_than_a_photo_may():
    with closing(Workers(1, Setup())) as workers:
        assert workers.submit(take, 500).result() == 500 << 20
        with pytest.raises(GivenUpError, match="not enough memory"):
            workers.submit(take, 900).result()
        assert workers.submit(take, 500).result() == 500 << 20  # the same worker goes on


@pytest.mark.parametrize("workers", [0, 1])
def test_what_no_one_foresaw_costs_the_row_alone(workers):
    errors = [UnreadableError("The file is gone."), MemoryError(), ZeroDivisionError(), UnreadableError("Gone, too.")]
    with stub_checker() if workers else nullcontext():
        reports = list(check_all([Odd(error) for error in errors], Setup(), local_engine(workers)))
    assert {report.status for report in reports} == {"unreadable"}
    said = ["The file is gone.", "not enough memory", "failed on this photo (ZeroDivisionError)", "Gone, too."]
    assert all(words in report.message for words, report in zip(said, reports, strict=True))


# --- metadata made to cost time or memory


COMMENT = segment(0xFE, b"hello")


def test_a_jpeg_of_very_many_segments_is_not_read_to_its_end():
    data, piece = saved("JPEG"), segment(0xE9, b"")
    assert parse_container(data[:2] + 5000 * piece + COMMENT + data[2:]).texts
    assert not parse_container(data[:2] + 20_000 * piece + COMMENT + data[2:]).texts


@pytest.mark.parametrize("piece", [b"\xff", b"\0", b"\xff\0", b"\xff\xd0"], ids=["fill", "zeros", "pixels", "restarts"])
def test_very_many_bytes_between_two_segments_cost_little(piece):
    data = saved("JPEG")
    with within(1):
        provenance.read(data[:20] + 20_000_000 * piece + COMMENT + data[20:])


def test_a_png_of_very_many_chunks_is_not_read_to_its_end():
    data = saved("PNG")
    empty = b"\0\0\0\0abCd\0\0\0\0"
    text = b"\0\0\0\3tEXta\0b\0\0\0\0"
    assert parse_container(data[:33] + 90_000 * empty + text + data[33:]).texts
    assert not parse_container(data[:33] + 100_000 * empty + text + data[33:]).texts


def test_a_comment_of_very_many_pieces_takes_little_memory():
    """One byte each; a list of them would take forty times the file."""
    data = saved("GIF")
    comment = b"\x21\xfe" + 150_000 * b"\1a" + b"\0"
    hostile = data[:-1] + comment + data[-1:]
    provenance.read(data)  # loads what it needs
    tracemalloc.start()
    try:
        provenance.read(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(hostile)


def test_photoshops_resources_are_put_together_within_bounds():
    """Each of 3,000 segments goes on with the one before."""
    data = saved("JPEG")
    portion = segment(0xED, b"Photoshop 3.0\0" + bytes(20_000))
    hostile = data[:2] + 3000 * portion + data[2:]
    tracemalloc.start()
    try:
        parse_container(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(hostile)
