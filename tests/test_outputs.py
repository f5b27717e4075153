"""Where a report or a message cannot go: the command says so in one line, or goes on where only a message is lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.command import environment, folder, posix, run_in_shell, run_process, run_read_only

pytestmark = [pytest.mark.slow, posix]
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.fixture
def photos(tmp_path) -> Path:
    return folder(tmp_path / "photos", "likely_ai-1.jpg", "no_face-2.jpg")


def said(done) -> str:
    """The only line on stderr, of a command that failed."""
    assert (done.returncode, done.stdout or "") == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("artifact-check: ")
    return done.stderr


# Files


def test_an_output_without_a_name_says_what_to_do(photos):
    done = run_process("scan", photos, "--output", "")

    assert done.returncode == 2
    assert done.stderr.endswith("The name is empty; name a file, or leave out --output.\n")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file/report.json", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("loop/report.json", "Too many levels of symbolic links"),
        ("n" * 256, "File name too long"),
    ],
)
def test_an_output_where_no_file_can_be_stops_before_the_scan(photos, tmp_path, place, reason):
    folder(tmp_path, "file")
    (tmp_path / "loop").symlink_to("pool")
    (tmp_path / "pool").symlink_to("loop")
    before = sorted(tmp_path.iterdir())

    done = run_process("scan", photos, "--format", "json", "--output", tmp_path / place, CHECKED=str(tmp_path / "log"))

    assert said(done) == f"artifact-check: {tmp_path / place} cannot be written: {reason}; name a file elsewhere.\n"
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "loop").is_symlink()


def test_an_output_on_a_read_only_file_system_is_one_line(photos):
    done = run_read_only(photos, "scan", photos, "--format", "csv", "--output", photos / "report.csv")

    assert (
        said(done)
        == f"artifact-check: {photos / 'report.csv'} cannot be written: Read-only file system; name a file elsewhere.\n"
    )


def test_a_link_to_a_file_that_is_not_there_yet_is_kept(photos, tmp_path):
    (tmp_path / "latest.json").symlink_to("new.json")

    assert run_process("scan", photos, "--format", "json", "--output", tmp_path / "latest.json").returncode == 0
    assert (tmp_path / "latest.json").is_symlink()
    assert len(json.loads((tmp_path / "new.json").read_text())["photos"]) == 2


# Standard streams


@pytest.mark.parametrize("format_", ["table", "parquet"])
def test_a_closed_stdout_is_one_line(photos, format_):
    done = run_in_shell('exec "$@" >&-', "scan", photos, "--format", format_)

    assert said(done) == "artifact-check: Standard output is closed; name a file with --output.\n"


@pytest.mark.parametrize("redirected", ["2>&-", pytest.param("2>/dev/full", marks=FULL), "2>&- <&-"])
@pytest.mark.parametrize("format_", ["table", "csv"])
def test_a_report_is_written_where_messages_cannot_be(photos, format_, redirected):
    done = run_in_shell(f'exec "$@" {redirected}', "scan", photos, "--format", format_, "-v", "--jobs", "1")
    failed = run_in_shell(f'exec "$@" {redirected}', "scan", photos / "gone.jpg")

    assert (done.returncode, done.stderr) == (0, "")
    assert "likely_ai-1.jpg" in done.stdout
    assert (failed.returncode, failed.stdout, failed.stderr) == (2, "", "")


CHATTER = """
import os, sys
from artifact_check.cli import main

main(["--version"])
opened = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.write(2, b"printed by a native library")
"""


def test_what_libraries_print_to_a_closed_stderr_goes_into_no_file(tmp_path):
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-c", CHATTER, tmp_path / "store"]
    subprocess.run(command, env=environment(stub=False), check=True)

    assert (tmp_path / "store").read_bytes() == b""


@FULL
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"]], ids=" ".join)
def test_help_for_a_full_disk_is_one_line(arguments):
    done = run_in_shell('exec "$@" >/dev/full', *arguments)

    assert said(done).endswith(
        ": The output cannot be written: No space left on device; make room, or name a file elsewhere.\n"
    )


@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_pipe_that_nobody_reads_any_more_is_no_error(photos, format_):
    reading, writing = os.pipe()
    os.close(reading)
    done = run_in_shell('exec "$@"', "scan", photos, "--format", format_, "-q", stdout=writing)
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")


# What libraries say about a photo, without its name


def test_a_damaged_header_is_told_in_the_photos_row_alone(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "TIFF")
    samples = b"\x15\x01\x03\0\x01\0\0\0"  # the tag SamplesPerPixel, one number
    assert buffer.getvalue().count(samples + b"\x03\0") == 1
    (tmp_path / "many.tif").write_bytes(buffer.getvalue().replace(samples + b"\x03\0", samples + b"\xff\0"))

    for command in ("provenance", "scan"):
        done = run_process(command, tmp_path, "--format", "jsonl", "-q", stub=False)
        assert (done.returncode, done.stderr) == (0, "")
        row = json.loads(done.stdout)
        assert row["status"] == "unreadable"
        assert "TIFF file is damaged" in row["message"] or "not a whole picture" in row["message"]
