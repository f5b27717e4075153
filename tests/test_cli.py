"""The command as people run it: exit codes, and what goes to stdout and to stderr.

Real processes only where they are what is tested: signals, pipes, terminals, the locale, what is loaded at the start.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.command import environment, folder, posix, run, run_process, start
from tests.conftest import ROOT, until

import artifact_check
from artifact_check.cli import main

HEAVY = {"numpy", "cv2", "mediapipe", "sklearn", "scipy", "PIL", "rich", "jinja2"}


@pytest.fixture
def photos(tmp_path) -> Path:
    return folder(tmp_path / "photos", "likely_ai-1.jpg", "inconclusive-2.png", "no_face-3.webp")


# Starting


HELP = """
import sys
import artifact_check.report, artifact_check.scanning.scanner
from artifact_check.cli import commands, main

for arguments in (["--version"], ["--help"], *([name, "--help"] for name in commands.commands)):
    assert main(arguments) == 0
print("loaded:", *sys.modules)
"""


def test_help_and_version_load_nothing_heavy():
    command = [sys.executable, "-c", HELP]
    printed = subprocess.run(command, capture_output=True, text=True, env=environment(stub=False), check=True).stdout

    said, loaded = printed.split("loaded:")
    assert said.startswith(f"artifact-check {artifact_check.__version__}\n")
    assert said.count("Usage: artifact-check") == 1 + len(artifact_check.cli.commands.commands)
    assert not HEAVY & {name.split(".")[0] for name in loaded.split()}


def test_a_worker_that_imports_the_command_runs_and_loads_none_of_it():
    """Spawned processes import their parent's main module under another name."""
    command = [sys.executable, "-c", "import sys, artifact_check.__main__; print(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, env=environment(stub=False), check=True).stdout

    assert "artifact_check.__main__" in loaded.split()
    assert "artifact_check.cli" not in loaded.split()


def test_main_returns_the_exit_code(capsys, tmp_path):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"artifact-check {artifact_check.__version__}\n"
    assert main(["scan", str(tmp_path)]) == 2
    assert main(["scan", "--nonsense"]) == 2


def test_help_lists_every_option_and_exit_code():
    text = " ".join(run("scan", "--help").stdout.split())

    for option in ("--format", "--output", "--jobs", "--model", "--fail-on", "--limit", "--exclude", "-q", "-v"):
        assert option in text
    assert "1 for a few photos" in text
    assert "130 interrupted" in " ".join(run("--help").stdout.split())


# Exit code 0


def test_the_table_is_the_default_and_stderr_says_nothing(photos):
    result = run("scan", photos)

    assert result.returncode == 0
    assert result.stderr == ""
    assert "signs of AI" in result.stdout
    assert "3 photos: signs of AI 1, inconclusive 1, no face found 1." in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("jobs", [[], ["--jobs", "2"]], ids=" ".join)
def test_stdout_is_data_and_stderr_is_talk(photos, jobs):
    folder(photos, "notes.txt")

    result = run("scan", photos, "--format", "json", *jobs)

    paths = [Path(photo["path"]).name for photo in json.loads(result.stdout)["photos"]]
    assert paths == ["inconclusive-2.png", "likely_ai-1.jpg", "no_face-3.webp"]
    assert result.stderr.splitlines() == [
        "Left out: 1 other file in the folders, no photo.",
        "3 photos: signs of AI 1, inconclusive 1, no face found 1.",
        "Score: 0 to 100, 100 = looks camera-made.",
    ]
    assert result.returncode == 0


def test_verbose_names_all_that_is_left_out(photos):
    folder(photos, "notes.txt", "@eaDir/1.jpg", ".cache/2.jpg", ".DS_Store")

    result = run("scan", photos, "-v", "--format", "json")

    assert result.stderr.splitlines()[:3] == [
        f"Left out: {photos / 'notes.txt'}, no photo.",
        f"Left out: {photos / '.cache'}, hidden or kept by the system.",
        f"Left out: {photos / '@eaDir'}, hidden or kept by the system.",
    ]


def test_a_list_may_begin_with_a_mark_and_come_from_standard_input(photos, monkeypatch):
    listed = "\r\n".join(map(str, sorted(photos.iterdir())))
    (photos.parent / "list.txt").write_text(listed, "utf-16")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(listed.encode("utf-8-sig"))))

    from_file, piped = (run("scan", "--from-file", name) for name in (photos.parent / "list.txt", "-"))

    assert "3 photos: signs of AI 1, inconclusive 1, no face found 1." in from_file.stdout
    assert piped.stdout == from_file.stdout


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "html"])
def test_quiet_leaves_stderr_empty(photos, format_):
    folder(photos, "notes.txt")

    result = run("scan", photos, "-q", "--format", format_, COLUMNS="300")

    assert (result.returncode, result.stderr) == (0, "")
    assert "likely_ai-1.jpg" in result.stdout


def test_verbose_says_what_each_photo_got(photos):
    lines = run("scan", photos, "-v", "--format", "jsonl").stderr.splitlines()

    assert lines[0] == f"{photos / 'inconclusive-2.png'}: inconclusive. towards AI: Zebra"
    assert lines[2] == f"{photos / 'no_face-3.webp'}: no face found. Use another photo."


def test_photos_that_cannot_be_judged_are_rows_not_failures(tmp_path):
    folder(tmp_path, "unreadable-1.jpg", "too_large-2.jpg", "die-3.jpg", "not_assessed-4.jpg")

    result = run("scan", tmp_path, "--format", "csv", "--jobs", "2")

    assert [row["status"] for row in csv.DictReader(io.StringIO(result.stdout))] == [
        "unreadable",
        "not_assessed",
        "too_large",
        "unreadable",
    ]
    assert result.returncode == 0


@pytest.mark.parametrize("command", ["scan", "provenance"])
def test_a_byte_order_mark_begins_a_csv_report_that_asks_for_it_and_no_other(photos, tmp_path, command):
    target = tmp_path / "report.csv"

    marked = run(command, photos, "--format", "csv", "--bom", "--output", target)
    piped = run(command, photos, "--format", "csv", "--bom")
    plain = run(command, photos, "--format", "csv")
    refused = [run(command, photos, "--bom"), run(command, photos, "--format", "json", "--bom")]

    assert (marked.returncode, plain.returncode) == (0, 0)
    assert target.read_bytes().startswith(b"\xef\xbb\xbfpath,")
    assert target.read_text("utf-8-sig").splitlines()[0] == plain.stdout.splitlines()[0]
    assert piped.stdout.startswith("\ufeffpath,")
    assert [(done.returncode, done.stdout) for done in refused] == [(2, "")] * 2
    assert all("--bom works with --format csv" in done.stderr for done in refused)


@pytest.mark.parametrize("command", ["scan", "provenance"])
def test_columns_of_a_csv_report_are_separated_as_asked_for(photos, command):
    (photos / "a;b.jpg").touch()

    done = run(command, photos, "--format", "csv", "--separator", ";")
    refused = run(command, photos, "--format", "json", "--separator", ";")

    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter=";"))
    assert [Path(row["path"]).name for row in rows] == sorted(path.name for path in photos.iterdir())
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--separator works with --format csv only" in refused.stderr


def test_a_second_scan_with_a_store_says_how_many_photos_are_unchanged(photos, tmp_path):
    command = "scan", photos, "--store", tmp_path / "found.sqlite", "--format", "jsonl", "--output", tmp_path / "out"

    first = run(*command)
    (photos / "likely_ai-1.jpg").write_bytes(b"changed")
    folder(photos, "inconclusive-4.jpg")
    second = run(*command)

    assert "unchanged" not in first.stderr
    assert "2 of 4 photos unchanged since an earlier scan, and not checked again." in second.stderr.splitlines()
    assert run(*command, "-q").stderr == ""


def test_limit_ends_the_search_and_exclude_leaves_out(photos):
    result = run("scan", photos, "--format", "jsonl", "--exclude", "*.png", "--exclude", "no_face*", "--limit", "5")

    assert [Path(json.loads(line)["path"]).name for line in result.stdout.splitlines()] == ["likely_ai-1.jpg"]
    assert len(run("scan", photos, "--format", "jsonl", "--limit", "2").stdout.splitlines()) == 2


@posix
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_data_is_utf8_whatever_the_locale(tmp_path, locale):
    name = "Zoë 写真".encode() + b"\xff.jpg"
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"1")

    result = run_process("scan", tmp_path, "--format", "json", LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert result.returncode == 0
    assert [os.fsencode(Path(photo["path"]).name) for photo in json.loads(result.stdout)["photos"]] == [name]


@posix
def test_a_reader_that_has_enough_is_no_error(tmp_path):
    folder(tmp_path, *(f"slow-{n}.jpg" for n in range(10)))

    process = start(
        *("scan", tmp_path, "--format", "jsonl", "--jobs", "2"),
        variables={"SLOW": "0.2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.stdout.close()
    talk = process.stderr.read()
    process.stderr.close()

    assert process.wait(120) == 0
    assert talk == b""


# Exit code 1


@pytest.mark.parametrize("jobs", [[], ["--jobs", "2"]], ids=" ".join)
def test_a_model_that_cannot_be_used_is_one_line(photos, tmp_path, jobs):
    result = run("scan", photos, "--model", tmp_path, *jobs, "--format", "json")

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == f"artifact-check: {tmp_path} holds no model bundle.\n"


@pytest.mark.parametrize("name", ["missing/report.csv", "photos"])
def test_an_output_that_cannot_be_written_stops_before_the_scan(tmp_path, name):
    photos, log = folder(tmp_path / "photos", "inconclusive-1.jpg"), tmp_path / "log"

    result = run("scan", photos, "--format", "csv", "--output", tmp_path / name, CHECKED=str(log))

    assert result.returncode == 1
    assert not log.exists()
    assert result.stderr.startswith(f"artifact-check: {tmp_path / name} ")
    assert result.stderr.count("\n") == 1


NO_SPACE = "No space left on device; make room, or name a file elsewhere.\n"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@FULL
@pytest.mark.parametrize("format_", ["table", "json", "csv", "html"])
def test_a_full_disk_is_one_line(photos, format_):
    done = run("scan", photos, "-q", "--format", format_, "--output", "/dev/full")

    assert done.returncode == 1
    assert done.stderr == f"artifact-check: /dev/full cannot be written: {NO_SPACE}"


@FULL
@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_full_disk_behind_stdout_is_one_line(tmp_path, format_):
    """Also when Python ends, which tries once more to write what is left."""
    photo = folder(tmp_path, "inconclusive-1.jpg") / "inconclusive-1.jpg"
    with Path("/dev/full").open("w") as full:
        process = start("scan", photo, "-q", "--format", format_, stdout=full, stderr=subprocess.PIPE)
        _, talk = process.communicate(timeout=120)

    assert process.returncode == 1
    assert talk.decode() == f"artifact-check: standard output cannot be written: {NO_SPACE}"


# Exit code 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan"],
        ["scan", "gone.jpg"],
        ["scan", "empty"],
        ["scan", "photos", "--exclude", "*"],
        ["scan", "photos", "--format", "xml"],
        ["scan", "photos", "--jobs", "0"],
        ["scan", "photos", "--limit", "0"],
        ["scan", "photos", "-q", "-v"],
        ["scan", "photos", "--jobs", "2", "--engine", "dask://127.0.0.1:1"],
        ["scan", "photos", "--fail-on", "likely_ai,fake"],
        ["scan", "photos", "--fail-on", "ok"],
        ["scan", "photos", "--output", "new.jpg"],
        ["explain", "photos"],
        ["nonsense"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("photos")
def test_wrong_usage_and_nothing_to_scan(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(folder(tmp_path / "empty").parent)

    result = run(*arguments)

    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_messages_name_what_is_wrong(photos, tmp_path):
    (tmp_path / "empty").mkdir()

    assert run("scan", photos, "gone.jpg").stderr == "artifact-check: gone.jpg does not exist; check the path.\n"
    taken = run("explain", tmp_path / "empty").stderr
    assert f"explain takes one photo. Instead: artifact-check scan {tmp_path / 'empty'} --format html" in taken
    assert run("scan", tmp_path / "empty").stderr == f"artifact-check: No photo to scan in {tmp_path / 'empty'}.\n"
    unknown = run("scan", photos, "--fail-on", "likely_ai,fake").stderr
    assert "'fake'" in unknown
    assert "declared_ai, likely_ai, inconclusive, likely_authentic, no_face" in " ".join(unknown.split())


def test_a_photo_is_never_written_over(photos, tmp_path):
    notes = folder(tmp_path, "photo-without-suffix") / "photo-without-suffix"
    photo = photos / "likely_ai-1.jpg"

    assert run("scan", photos, "--output", photo).returncode == 2
    assert run("scan", notes, "--output", notes).returncode == 2
    assert photo.read_bytes() == b"likely_ai-1.jpg"
    assert notes.read_bytes() == b"photo-without-suffix"


# Exit code 3


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ("likely_ai", 3),
        ("no_face", 3),
        ("declared_ai, no_face", 3),
        ("declared_ai", 0),
        ("unreadable,too_large", 0),
    ],
)
def test_fail_on_verdicts_and_statuses(photos, tmp_path, fail_on, code):
    target = tmp_path / "report.json"

    result = run("scan", photos, "--fail-on", fail_on, "--format", "json", "--output", target)

    assert result.returncode == code
    assert json.loads(target.read_text())["summary"]["photos"] == 3


# Exit code 130


def test_an_interrupt_while_the_command_loads_is_one_line(tmp_path):
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt")  # as if Ctrl-C were pressed then
    variables = environment(stub=False) | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    result = subprocess.run(
        [sys.executable, "-m", "artifact_check", "scan"], capture_output=True, text=True, env=variables, check=False
    )

    assert (result.returncode, result.stdout, result.stderr) == (130, "", "\nartifact-check: interrupted\n")


@posix
@pytest.mark.parametrize(("jobs", "begun"), [("2", 0), ("1", 1), ("2", 4)])
def test_an_interrupted_scan_leaves_at_once_and_without_a_trace(tmp_path, monkeypatch, jobs, begun):
    """While it loads, at its first photo, and at the fourth, which would take ten minutes."""
    folder(tmp_path / "photos", *(f"fine-{n}.jpg" for n in range(3)), *(f"hang-{n}.jpg" for n in range(3)))
    target, log = tmp_path / "report.json", tmp_path / "log"
    target.write_text("old")
    log.touch()
    monkeypatch.setenv("CHECKED", str(log))
    process = start(
        *("scan", tmp_path / "photos", "--jobs", jobs, "--format", "json", "--output", target),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until(lambda: list(tmp_path.glob("*.part")))  # before, Python itself is interrupted
    until(lambda: len(log.read_text().splitlines()) >= begun)

    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: the workers get it too
    _, talk = process.communicate(timeout=120)

    assert process.returncode == 130
    said = b"Nothing is kept. With --store FILE.sqlite, the same command would go on from here."
    assert talk.split(b"\n") == [b"", b"artifact-check: interrupted. " + said, b""]
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "photos", "report.json"]


@posix
def test_an_interrupted_scan_with_a_store_goes_on_where_it_was(tmp_path):
    folder(tmp_path / "photos", "fine-0.jpg", "fine-1.jpg", "hang-2.jpg")
    log, store = tmp_path / "log", tmp_path / "found.sqlite"
    log.touch()
    command = "scan", tmp_path / "photos", "--store", store, "--format", "json"
    process = start(
        *command, "--jobs", "1", variables={"CHECKED": str(log)}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    until(lambda: "hang-2.jpg" in log.read_text())

    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=120)
    (tmp_path / "photos" / "hang-2.jpg").unlink()
    resumed = run(*command, CHECKED=str(log))

    assert process.returncode == 130
    assert talk.decode().splitlines()[-1] == (
        f"artifact-check: interrupted. What was checked so far is in {store}; run the same command to go on."
    )
    assert "2 of 2 photos unchanged" in resumed.stderr
    assert log.read_text().split() == ["fine-0.jpg", "fine-1.jpg", "hang-2.jpg"]


# Files and terminals


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "html"])
def test_an_output_file_holds_what_stdout_would(photos, tmp_path, format_):
    target = tmp_path / "report"

    result = run("scan", photos, "--format", format_, "--output", target)

    printed = run("scan", photos, "--format", format_).stdout
    assert target.read_bytes().decode() == printed
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.startswith("3 photos:")
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask()
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "report"}


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_dash_is_standard_output(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert len(run("scan", photos, "--format", "jsonl", "--output", "-").stdout.splitlines()) == 3
    assert not Path("-").exists()


@posix
def test_a_device_is_written_to_and_not_replaced(photos, tmp_path):
    assert run("scan", photos, "--output", "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.extend(pipe.read_text().splitlines()))
    reader.start()

    assert run("scan", photos, "-q", "--format", "jsonl", "--output", pipe).returncode == 0
    reader.join()
    assert len(received) == 3


def read(terminal: int) -> bytes:
    """Read what is there, or nothing when the other side has been closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@posix
@pytest.mark.parametrize(("arguments", "bar"), [([], True), (["-q"], False)])
def test_the_bar_is_for_terminals_and_not_for_the_quiet(tmp_path, arguments, bar):
    folder(tmp_path, *(f"slow-{n}.jpg" for n in range(4)))
    outer, inner = os.openpty()

    command = "scan", tmp_path, "--format", "json", *arguments
    process = start(*command, variables={"SLOW": "0.2"}, stdout=subprocess.PIPE, stderr=inner)
    os.close(inner)
    talk = b"".join(iter(lambda: read(outer), b""))
    data, _ = process.communicate(timeout=120)
    os.close(outer)

    assert (b"photos/s" in talk) is bar
    assert len(json.loads(data)["photos"]) == 4


@posix
def test_the_bar_is_gone_before_the_table_begins(tmp_path):
    folder(tmp_path, *(f"slow-{n}.jpg" for n in range(22)))
    outer, inner = os.openpty()

    process = start("scan", tmp_path, "--jobs", "1", variables={"SLOW": "0.05"}, stdout=inner, stderr=inner)
    os.close(inner)
    shown = b"".join(iter(lambda: read(outer), b"")).decode()
    process.wait(120)
    os.close(outer)

    bar, table = shown[: shown.index("verdict")], shown[shown.index("verdict") :]
    assert "photos/s" in bar
    assert bar.rpartition("photos/s")[2].count("\x1b[2K") == 1  # the line of the bar is cleared
    assert "photos/s" not in table
    assert [line.strip() for line in table.splitlines() if " more: " in line or "22 photos" in line] == [
        "\u2026 2 more: --all-rows, or --format html",
        "22 photos: inconclusive 22.",
    ]


@posix
@pytest.mark.parametrize("format_", ["parquet", "html", "xlsx"])
def test_what_cannot_be_read_in_a_terminal_is_not_written_there(tmp_path, capsys, format_):
    folder(tmp_path, "ok-1.jpg")
    outer, inner = os.openpty()

    with os.fdopen(inner, "w") as terminal, contextlib.redirect_stdout(terminal):
        code = main(["scan", str(tmp_path), "--format", format_])

    assert code == 2
    assert f"Name a file: --output photos.{format_}" in capsys.readouterr().err
    assert read(outer) == b""
    os.close(outer)


# With the checker as it is


def test_a_real_scan_of_good_and_broken_files(tmp_path):
    portrait = Path(pytest.importorskip("skimage.data").__file__).parent / "astronaut.png"
    folder(tmp_path, "text.jpg", "notes.txt")
    (tmp_path / "empty.png").touch()
    (tmp_path / "portrait.png").write_bytes(portrait.read_bytes())
    (tmp_path / "cut.png").write_bytes(portrait.read_bytes()[:50_000])

    result = run("scan", tmp_path, "-q", "--format", "json", stub=False)

    statuses = {Path(photo["path"]).name: photo["status"] for photo in json.loads(result.stdout)["photos"]}
    assert (result.returncode, result.stderr) == (0, "")
    assert statuses.pop("portrait.png") not in {"unreadable", "no_face"}
    assert statuses == {"text.jpg": "unreadable", "empty.png": "unreadable", "cut.png": "unreadable"}


@pytest.mark.parametrize("command", ["scan html", "scan xlsx", "explain html", "explain png"])
def test_what_is_handed_on_does_not_tell_where_the_photos_were(tmp_path, command):
    """The same photos in two folders, one of which tells a name, give the same bytes."""
    kind, format_ = command.split()
    written = []
    for place in (tmp_path / "a", tmp_path / "ann-smith" / "photos"):
        place.mkdir(parents=True)
        for name in ("portrait_a.jpg", "broken.jpg"):
            (place / name).write_bytes((ROOT / "sample_images" / name).read_bytes())
        (place / "copy.jpg").write_bytes((place / "portrait_a.jpg").read_bytes())
        (place / "lost.jpg").symlink_to("nowhere.jpg")
        target = tmp_path / f"made.{format_}"
        taken = ["scan", place, "--format", format_] if kind == "scan" else ["explain", place / "portrait_a.jpg"]
        assert run(*taken, "--output", target, stub=False).returncode == 0
        written.append(target.read_bytes())

    assert written[0] == written[1]
    assert str(tmp_path).encode() not in written[0]


@pytest.mark.parametrize("command", [("train", "--output", "made"), ("evaluate",)], ids=lambda command: command[0])
def test_training_without_its_libraries_says_what_to_install(tmp_path, monkeypatch, command):
    name, *options = command
    monkeypatch.setitem(sys.modules, "sklearn", None)  # as where it is not installed
    done = run(name, tmp_path, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "artifact-check[learn]" in done.stderr
