"""What a store keeps, that a scan which ends in any way can go on, and that reports from it are those of the scan."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import io
import json
import os
import pickle
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests import provenance_corpus as corpus
from tests.command import folder, posix, run, run_read_only, start
from tests.conftest import until

from artifact_check.checking.checker import Checker
from artifact_check.errors import StoreError
from artifact_check.report.format import PLAIN
from artifact_check.report.formats import discover
from artifact_check.report.json_encoding import encode_json
from artifact_check.results import PhotoReport
from artifact_check.scanning.scanner import check_all
from artifact_check.scanning.setup import Setup
from artifact_check.scanning.store import Store
from artifact_check.sources import find_photos
from artifact_check.sources.local import LocalFile

SAMPLES = Path(__file__).parents[1] / "sample_images"


@pytest.fixture
def photos(tmp_path) -> Path:
    return folder(tmp_path / "photos", *(f"inconclusive-{n}.jpg" for n in range(5)), "no_face-5.jpg")


class Scans:
    """Scans of one folder into one store, with the checker that obeys names, and a list of what it has checked."""

    def __init__(self, photos: Path, root: Path) -> None:
        self.photos = photos
        self.store = root / "store.sqlite"
        self._log = root / "checked"

    def __call__(self, *options: str | Path) -> tuple[list[dict], list[str]]:
        """The rows of a scan, and the names of the photos that it checked."""
        self._log.write_text("")
        arguments = "scan", self.photos, "--store", self.store, "--format", "jsonl", "-q", *options
        done = run(*arguments, CHECKED=str(self._log))
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()], sorted(
            self._log.read_text(errors="surrogateescape").splitlines()
        )


@pytest.fixture
def scans(photos, tmp_path) -> Scans:
    return Scans(photos, tmp_path)


def names(photos: Path) -> list[str]:
    return sorted(path.name for path in photos.iterdir())


# Resuming


@pytest.mark.parametrize("jobs", [[], ["--jobs", "2"]], ids=" ".join)
def test_a_second_scan_checks_nothing_and_reports_the_same(scans, jobs):
    first, checked = scans(*jobs)
    again, checked_again = scans(*jobs)

    assert checked == names(scans.photos)
    assert checked_again == []
    assert again == first
    assert [Path(row["path"]).name for row in first] == names(scans.photos)


def test_only_what_is_new_or_changed_is_checked(scans):
    scans()
    (scans.photos / "inconclusive-1.jpg").write_bytes(b"other content")
    folder(scans.photos, "inconclusive-11.jpg")

    rows, checked = scans()

    assert checked == ["inconclusive-1.jpg", "inconclusive-11.jpg"]
    assert [Path(row["path"]).name for row in rows] == names(scans.photos)


def test_a_photo_that_was_moved_or_touched_is_known_by_its_content(scans):
    scans()
    (scans.photos / "inconclusive-0.jpg").rename(scans.photos / "z.jpg")
    (scans.photos / "inconclusive-1.jpg").touch()

    rows, checked = scans()

    assert checked == []
    assert [Path(row["path"]).name for row in rows] == names(scans.photos)


@pytest.mark.parametrize("jobs", [[], ["--jobs", "2"]], ids=" ".join)
def test_the_same_content_is_checked_once(scans, jobs):
    for name in ("inconclusive-00.jpg", "inconclusive-8.jpg", "inconclusive-9.jpg"):
        (scans.photos / name).write_bytes(b"one and the same")

    rows, checked = scans(*jobs)

    assert Counter(checked) == Counter(set(checked))
    assert [name for name in checked if name.startswith(("inconclusive-00", "inconclusive-8"))] == [
        "inconclusive-00.jpg"
    ]
    assert [Path(row["path"]).name for row in rows] == names(scans.photos)


def test_a_changed_sidecar_is_a_changed_photo(scans):
    """Content Credentials in a file beside the photo, whose copies have none."""
    for name in ("inconclusive-8.jpg", "inconclusive-9.jpg"):
        (scans.photos / name).write_bytes(b"one and the same")
    beside = scans.photos / "inconclusive-9.c2pa"
    checked = [scans()[1]]
    for change in (
        lambda: beside.write_bytes(b"credentials"),
        lambda: beside.write_bytes(b"Credentials"),
        lambda: beside.rename(scans.photos / "inconclusive-9.jpg.c2pa"),
        (scans.photos / "inconclusive-9.jpg.c2pa").unlink,
    ):
        change()
        checked += [scans()[1], scans()[1]]

    assert "inconclusive-8.jpg" in checked[0]
    assert "inconclusive-9.jpg" not in checked[0]  # a copy
    changed, same = ["inconclusive-9.jpg"], []
    assert checked[1:5] == [changed, same, changed, same]
    assert checked[5:] == [same] * 4  # contents that are known


def test_reports_of_another_maker_count_for_nothing(scans, tmp_path):
    signers = tmp_path / "signers.pem"
    signers.write_text("one")
    scans("--trust-list", signers)
    signers.write_text("two")

    _, checked = scans("--trust-list", signers)

    assert checked == names(scans.photos)


def test_what_kills_or_cannot_be_opened_has_a_row_and_is_tried_again(scans):
    folder(scans.photos, "die-1.jpg")
    gone = scans.photos / "gone.jpg"
    gone.symlink_to("nowhere")
    listed = scans.photos.parent / "list"
    listed.write_text(f"{gone}\n")

    first, _ = scans("--from-file", listed, "--jobs", "1")
    gone.unlink()
    gone.write_bytes(b"now there is one")
    again, checked = scans("--from-file", listed, "--jobs", "1")

    def statuses(rows: list[dict]) -> dict[str, str]:
        return {Path(row["path"]).name: row["status"] for row in rows}

    assert statuses(first)["die-1.jpg"] == statuses(again)["die-1.jpg"] == "unreadable"
    assert sorted(set(checked)) == ["die-1.jpg", "gone.jpg"]  # what may have passed is tried again
    assert (statuses(first)["gone.jpg"], statuses(again)["gone.jpg"]) == ("unreadable", "ok")


@posix
def test_names_that_are_no_text_come_back_as_they_were(scans):
    Path(os.fsdecode(bytes(scans.photos) + b"/inconclusive-\xff\n.jpg")).write_bytes(b"odd")

    first, _ = scans()
    again, checked = scans()

    assert checked == []
    assert first == again
    assert any(row["path"].endswith("inconclusive-\udcff\n.jpg") for row in again)


def test_reports_with_pictures_are_made_where_there_are_none_yet(scans, tmp_path):
    scans()
    page = tmp_path / "page.html"

    _, checked = scans("--format", "html", "--output", page)
    _, checked_again = scans("--format", "html", "--output", page)

    assert checked == names(scans.photos)
    assert checked_again == []


def test_a_photo_that_kills_its_worker_keeps_its_declarations_and_is_tried_again(scans):
    (scans.photos / "die-1.jpg").write_bytes(
        corpus.with_xmp("JPEG", corpus.packet(Iptc4xmpExt_DigitalSourceType=corpus.AI))
    )

    first, _ = scans("--jobs", "1")
    again, checked = scans("--jobs", "1")
    done = run("report", "--store", scans.store, "--format", "jsonl", "-q")

    assert set(checked) == {"die-1.jpg"}
    assert first == again == [json.loads(line) for line in done.stdout.splitlines()]
    (row,) = (row for row in first if row["path"].endswith("die-1.jpg"))
    assert (row["status"], row["verdict"], row["provenance"][0]["says"]) == (
        "unreadable", "declared_ai", "ai_generated",
    )  # fmt: skip
    assert "died" in row["message"]


# What the last scan found


def reported(store: Path, *options: str) -> tuple[list[str], str]:
    """The names in a report, and what the command says beside it."""
    done = run("report", "--store", store, "--format", "jsonl", *options)
    assert done.returncode == 0, done.stderr
    return [Path(json.loads(line)["path"]).name for line in done.stdout.splitlines()], done.stderr


def test_a_report_tells_of_the_last_scan_and_counts_what_is_gone(scans):
    scans()
    (scans.photos / "inconclusive-1.jpg").unlink()
    (scans.photos / "inconclusive-2.jpg").rename(scans.photos / "z.jpg")
    scans()

    found, said = reported(scans.store)

    assert sorted(found) == names(scans.photos)
    assert said.startswith("Left out: 2 photos that the last scan did not find. Add --all to include them.\n5 photos: ")
    assert reported(scans.store, "-q") == (found, "")
    everything, said = reported(scans.store, "--all")
    assert sorted(everything) == sorted([*found, "inconclusive-1.jpg", "inconclusive-2.jpg"])
    assert said.startswith("6 photos: inconclusive 5, no face found 1. 1 more file is a copy.")  # what was moved


def test_the_last_scan_counts_what_it_found_though_it_did_not_get_there(scans):
    scans()
    shutil.rmtree(scans.photos)
    folder(scans.photos, "inconclusive-0.jpg", "inconclusive-3.jpg", "new.jpg")

    def engine(sources, _setup):
        yield PhotoReport(next(sources).name, "no_face", "", sha256="0" * 64, model="m")

    photos = find_photos(scans.photos).photos
    with Store(scans.store, "another maker") as store, closing(check_all(photos, Setup(), engine, store)) as reports:
        next(reports)
    found, said = reported(scans.store)

    assert found == ["inconclusive-0.jpg", "inconclusive-3.jpg"]
    assert "Left out: 4 photos" in said


# Whatever ends a scan


@posix
def test_a_scan_killed_again_and_again_gives_what_an_undisturbed_one_gives(tmp_path):
    photos = folder(tmp_path / "photos", *(f"slow-{n:02}.jpg" for n in range(40)), "unreadable-1.jpg")
    store = tmp_path / "store.sqlite"
    command = ["scan", photos, "--format", "jsonl", "-q"]
    moments = random.Random(7)  # noqa: S311 - no secret
    done = 0
    for _ in range(4):
        stored = "--jobs", "1", "--store", store
        with start(*command, *stored, variables={"SLOW": "0.02"}, stdout=subprocess.DEVNULL) as process:
            until(lambda before=done, scan=process: rows(store) > before or scan.poll() is not None)
            time.sleep(moments.uniform(0, 0.15))  # at no moment in particular
            process.send_signal(signal.SIGKILL)
        assert rows(store) >= done  # nothing that was kept is lost
        done = rows(store)

    resumed = run(*command, "--store", store, SLOW="0")
    undisturbed = run(*command, SLOW="0")

    def reports(printed: str) -> list[dict]:
        return [{**json.loads(line), "model": ""} for line in printed.splitlines()]  # "process 123"

    assert done > 0
    assert reports(resumed.stdout) == reports(undisturbed.stdout)
    assert len(resumed.stdout.splitlines()) == rows(store) == 41


@posix
def test_an_interrupted_scan_keeps_what_is_done(tmp_path):
    photos = folder(tmp_path / "photos", *(f"a-{n}.jpg" for n in range(6)), *(f"slow-{n}.jpg" for n in range(4)))
    store, log = tmp_path / "store.sqlite", tmp_path / "checked"
    command = ["scan", photos, "--jobs", "2", "--format", "jsonl", "-q", "--store", store]
    with start(*command, variables={"SLOW": "600"}, stdout=subprocess.PIPE) as process:
        printed = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGINT)
        process.wait(timeout=120)
    done = rows(store)

    resumed = run(*command, CHECKED=str(log), SLOW="0")

    assert process.returncode == 130
    assert [Path(json.loads(line)["path"]).name for line in printed] == [f"a-{n}.jpg" for n in range(6)]
    assert done == 6
    assert [Path(json.loads(line)["path"]).name for line in resumed.stdout.splitlines()] == names(photos)
    assert sorted(log.read_text().splitlines()) == [f"slow-{n}.jpg" for n in range(4)]


def rows(store: Path) -> int:
    if not store.exists() or store.stat().st_size == 0:
        return 0
    with Store(store) as kept:
        return len(list(kept.reports()))


@posix
def test_two_scans_may_write_to_one_store_at_once(tmp_path):
    # Those without a face come first: their reports tell nothing of measures.
    names_ = [f"face_too_small-{n}.jpg" for n in range(3)] + [f"slow-{n:02}.jpg" for n in range(80)]
    photos = folder(tmp_path / "photos", *names_)
    store = tmp_path / "store.sqlite"
    command = "scan", photos, "--jobs", "1", "--format", "jsonl", "-q", "--store", store
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    scans = [start(*command, variables={"SLOW": "0.01"}, **piped) for _ in range(3)]

    outputs = [scan.communicate(timeout=300) for scan in scans]

    assert [scan.returncode for scan in scans] == [0, 0, 0], outputs
    for printed, talk in outputs:
        assert [Path(json.loads(line)["path"]).name for line in printed.splitlines()] == names(photos)
        assert talk == b""
    with Store(store) as kept:
        assert sorted(Path(report.path).name for report in kept.reports()) == names(photos)


@posix
def test_a_full_disk_is_one_line_and_what_is_kept_stays_whole(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        photos = folder(tmp_path / "photos", *(f"inconclusive-{n:03}.jpg" for n in range(2000)))
        done = run("scan", photos, "--store", disk / "store.sqlite", "--format", "jsonl", "-q")
        copy = tmp_path / "copy.sqlite"
        for suffix in ("", "-wal"):
            part = disk / f"store.sqlite{suffix}"
            if part.exists():
                (tmp_path / f"copy.sqlite{suffix}").write_bytes(part.read_bytes())
    finally:
        subprocess.run(["umount", disk], check=True)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be used as a store: database or disk is full" in done.stderr
    with Store(copy) as kept:
        assert 0 < len(list(kept.reports())) < 2000


# Reports from a store


@pytest.fixture(scope="module")
def checked_samples():
    """An engine that gives the true reports of the samples, which are checked once with and once without measures."""
    reports = {}
    for setup in (Setup(previews=True), Setup(evidence=False, measures=False)):
        with setup.checker() as checker:
            reports[setup.measures] = {photo.name: checker.check_source(photo) for photo in find_photos(SAMPLES).photos}

    def engine(sources, setup):
        for report in (reports[setup.measures][source.name] for source in sources):
            yield report if setup.previews else replace(report, thumbnail=None, preview=None)

    return engine


def nothing_is_left(sources, _setup):
    assert list(sources) == []
    yield from ()


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "html"])
def test_a_report_from_a_store_is_the_scans(tmp_path, checked_samples, format_):
    store = tmp_path / "store.sqlite"
    options = "--format", format_, "-q"
    scanned = run("scan", SAMPLES, *options, engine=checked_samples)
    kept = run("scan", SAMPLES, *options, "--store", store, engine=checked_samples)
    resumed = run("scan", SAMPLES, *options, "--store", store, engine=nothing_is_left)

    reported = run("report", "--store", store, *options)

    assert scanned.returncode == reported.returncode == 0, reported.stderr
    assert scanned.stdout == kept.stdout == resumed.stdout == reported.stdout


@pytest.mark.parametrize("name", discover())
def test_a_format_without_measures_is_the_same_without_them(checked_samples, name):
    """Unless it says that it shows them, for then a scan takes them."""
    format_ = discover()[name]
    checked = list(checked_samples(find_photos(SAMPLES).photos, Setup(previews=True)))
    bare = [replace(report, cues=tuple(replace(cue, measures=()) for cue in report.cues)) for report in checked]

    assert (written(format_, checked) == written(format_, bare)) is not format_.measures


def written(format_, reports) -> bytes:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="")
    format_.write(reports, out, PLAIN)
    out.flush()
    return out.buffer.getvalue()


def test_a_store_that_a_table_was_made_with_holds_what_other_formats_show(tmp_path, checked_samples):
    store = tmp_path / "store.sqlite"
    run("scan", SAMPLES, "--format", "csv", "-q", "--store", store, engine=checked_samples)

    scanned = run("scan", SAMPLES, "--format", "json", "-q", engine=checked_samples)
    assert run("report", "--store", store, "--format", "json", "-q").stdout == scanned.stdout


def test_the_columns_of_a_store_can_be_queried(scans):
    scans()

    with sqlite3.connect(scans.store) as db:
        found = db.execute(
            "SELECT path, status, p_ai, json_extract(report, '$.cues[0].name') FROM photos "
            "JOIN reports USING (sha256, made_with) WHERE verdict = 'inconclusive' ORDER BY number"
        ).fetchall()
    db.close()

    assert [Path(path).name for path, *_ in found] == [f"inconclusive-{n}.jpg" for n in range(5)]
    assert {tuple(row[1:]) for row in found} == {("ok", 0.25, "zebra")}


def test_fail_on_also_holds_for_a_report(scans):
    scans()

    assert run("report", "--store", scans.store, "--fail-on", "no_face").returncode == 3
    assert run("report", "--store", scans.store, "--fail-on", "likely_ai").returncode == 0


# Stores that cannot be written


def test_a_store_on_read_only_media_can_be_reported_and_a_scan_says_what_to_do(scans, tmp_path):
    scans()
    media = tmp_path / "media"
    media.mkdir()
    shutil.copy(scans.store, media / "store.sqlite")
    shutil.copy(Path(__file__).parent / "stores" / "1.0.0.sqlite", media / "old.sqlite")
    before = {path.name: path.read_bytes() for path in media.iterdir()}

    for store in media.iterdir():
        options = "--format", "jsonl", "-q"
        plain = run("report", "--store", shutil.copy(store, tmp_path), *options)
        kept = run_read_only(media, "report", "--store", store, *options)
        assert (kept.returncode, kept.stderr) == (0, "")
        assert kept.stdout == plain.stdout != ""
    for store in ("store.sqlite", "new.sqlite"):
        refused = run_read_only(media, "scan", scans.photos, "--store", media / store)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith(f"artifact-check: {media / store} cannot be written: it or its folder is read")
        assert refused.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in media.iterdir()} == before


def test_results_that_only_a_log_beside_the_store_holds_are_not_passed_over(scans, tmp_path):
    scans()
    media = tmp_path / "media"
    media.mkdir()
    with Store(scans.store, "maker") as store:
        store.add_path("late.jpg", "1", "0" * 64)
        for part in ("store.sqlite", "store.sqlite-wal"):  # as after a kill
            shutil.copy(scans.store.with_name(part), media)

    done = run_read_only(media, "report", "--store", media / "store.sqlite")

    assert (done.returncode, done.stdout) == (1, "")
    assert "left results in" in done.stderr
    assert done.stderr.count("\n") == 1


# Files that are no store


def damaged(store: Path, statement: str) -> None:
    with sqlite3.connect(store) as db:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports SET report = 'x'",
        "UPDATE reports SET report = '[]'",
        "UPDATE reports SET report = json_set(report, '$.p_ai', 'high')",
        "UPDATE reports SET report = json_remove(report, '$.status')",
        "UPDATE reports SET report = json_set(report, '$.verdict', 'fake')",
        "DELETE FROM reports",
        "DROP TABLE reports",
        "PRAGMA user_version = 99",
    ],
)
def test_a_damaged_store_is_one_line(scans, statement):
    scans()
    damaged(scans.store, statement)

    done = run("report", "--store", scans.store)

    assert done.returncode == 1
    assert done.stderr.startswith(f"artifact-check: {scans.store}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [b"a letter to my aunt", b"SQLite format 3\0 and no more"])
def test_another_file_is_left_alone(scans, content):
    scans.store.write_bytes(content)

    done = run("scan", scans.photos, "--store", scans.store)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert scans.store.read_bytes() == content


def test_a_report_of_an_empty_file_says_so_and_writes_nothing(scans):
    scans.store.touch()

    done = run("report", "--store", scans.store)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"artifact-check: {scans.store} is empty, not a store; name one that `artifact-check scan --store` wrote.\n"
    )
    assert scans.store.stat().st_size == 0


def test_another_programs_database_is_left_alone(scans):
    with sqlite3.connect(scans.store) as db:
        db.execute("CREATE TABLE letters (text TEXT)")
    db.close()

    before = scans.store.read_bytes()
    with pytest.raises(StoreError, match="is not a store of this version"):
        Store(scans.store)
    assert scans.store.read_bytes() == before


def test_sentences_that_another_scan_has_kept_since_are_read_anew(tmp_path):
    from tests.test_report import judged, unjudged

    first, second = Store(tmp_path / "s.sqlite", "maker"), Store(tmp_path / "s.sqlite", "maker")
    with first, second:
        first.add(unjudged("no_face", "a.jpg"), "1", "a", with_pictures=False)
        second.add(judged("b.jpg"), "1", "b", with_pictures=False)

        kept = first.report("c.jpg", "b", with_pictures=False)

    assert kept is not None
    assert kept.path == "c.jpg"
    assert [cue.measures for cue in kept.cues] == [cue.measures for cue in judged("b.jpg").cues]


def test_measures_are_passed_on_as_they_are_kept(tmp_path):
    from tests.test_report import judged

    report = judged("b\udcff.jpg")  # a name that is no text
    with Store(tmp_path / "s.sqlite", "maker") as store:
        store.begin_scan([])
        store.add(report, "1", "b", with_pictures=False)
        (kept,) = store.reports()
    for _ in range(2):  # decoded or not, which only looking at them does
        passed_on = json.loads(encode_json(kept.to_dict(pass_on=True)))
        assert passed_on == kept.to_dict() == report.to_dict()
    assert passed_on["cues"][0]["measures"][0]["name"] == report.cues[0].measures[0].name


def test_a_stored_report_can_be_copied_and_sent_to_another_process(tmp_path):
    from tests.test_report import judged

    with Store(tmp_path / "s.sqlite", "maker") as store:
        store.add(judged("a.jpg"), "1", "a", with_pictures=False)
        kept = store.report("a.jpg", "a", with_pictures=False)

    for again in (copy.deepcopy(kept), pickle.loads(pickle.dumps(kept))):  # noqa: S301
        assert (again, hash(again), repr(again)) == (kept, hash(kept), repr(kept))
    assert dataclasses.asdict(kept)["cues"][0]["measures"] == kept.cues[0].measures


def test_measures_that_are_damaged_are_told_when_somebody_looks_at_them(tmp_path):
    from tests.test_report import judged

    with Store(tmp_path / "s.sqlite", "maker") as store:
        store.add(judged("a.jpg"), "1", "a", with_pictures=False)
        damaged(
            tmp_path / "s.sqlite",
            "UPDATE reports SET report = json_set(report, '$.cues[0].measures[0].value', 'high')",
        )
        kept = store.report("a.jpg", "a", with_pictures=False)

        with pytest.raises(StoreError, match=r"the report of a.jpg is damaged"):
            len(kept.cues[0].measures)


def test_a_report_that_cannot_be_kept_whole_is_not_kept_in_part(tmp_path):
    from tests.test_report import judged

    with Store(tmp_path / "s.sqlite", "maker") as store:
        damaged(tmp_path / "s.sqlite", "DROP TABLE photos")
        with pytest.raises(StoreError, match="no such table: photos"):
            store.add(judged("a.jpg"), "1", "a", with_pictures=False)

        assert not store.has("a", with_pictures=False)


def test_a_photo_that_could_not_be_read_is_reported_in_its_place(tmp_path):
    from tests.test_report import judged, unjudged

    with Store(tmp_path / "s.sqlite", "maker") as store:
        store.add(unjudged("unreadable", "b.jpg"), None, None, with_pictures=False)
        store.add(judged("a.jpg"), "1", "a", with_pictures=False)

        first, second = store.reports()

    assert first == unjudged("unreadable", "b.jpg")
    assert (second.path, second.status) == ("a.jpg", "ok")


def test_a_copy_whose_original_is_changed_before_its_turn_is_checked_itself(tmp_path):
    photos = folder(tmp_path / "photos", "a.jpg", "b.jpg")
    for path in photos.iterdir():
        path.write_bytes(b"one and the same")
    checked = []

    def engine(sources, _setup):
        for source in list(sources):  # as engines do, which have several in hand
            (photos / "a.jpg").write_bytes(b"another picture")
            checked.append(source.name)
            yield PhotoReport(source.name, "no_face", "", sha256=hashlib.sha256(source.read()).hexdigest())

    with Store(tmp_path / "s.sqlite", "maker") as store:
        reports = list(check_all(find_photos(photos).photos, Setup(), engine, store))

    names = [str(photos / "a.jpg"), str(photos / "b.jpg")]
    assert [report.path for report in reports] == checked == names
    assert reports[1].sha256 == hashlib.sha256(b"one and the same").hexdigest()


class TestAStoreOfAnEarlierVersion:
    """`stores/1.0.0.sqlite`, which version 1.0.0 filled with two sample pictures, for a page."""

    @pytest.fixture
    def old(self, tmp_path):
        shutil.copy(Path(__file__).parent / "stores" / "1.0.0.sqlite", tmp_path / "old.sqlite")
        return tmp_path / "old.sqlite"

    def test_its_reports_can_be_read(self, old):
        with Store(old) as store:
            portrait, broken = store.reports()
        assert (portrait.verdict, portrait.authenticity, broken.status) == ("inconclusive", 69, "unreadable")
        measures = [measure for cue in portrait.cues for measure in cue.measures]
        assert all(measure.sentence for measure in measures)
        assert {(measure.name, measure.contribution, measure.scale) for measure in measures} == {("", None, "amount")}
        assert sum(len(cue.evidence) for cue in portrait.cues) > 20
        assert max(Image.open(io.BytesIO(portrait.preview)).size) == 320
        (row, _) = map(json.loads, run("report", "--store", old, "--format", "jsonl", "-q").stdout.splitlines())
        assert row["cues"][0]["measures"][0]["name"] == ""
        page = run("report", "--store", old, "--format", "html", "-q")
        assert (page.returncode, "portrait_a.jpg" in page.stdout) == (0, True), page.stderr
        assert "Signal: 23 points towards a camera" in page.stdout

    def test_it_takes_reports_of_this_version(self, old):
        with Checker() as checker:
            report = checker.check_source(LocalFile(SAMPLES / "portrait_a.jpg"))
        with Store(old, "new") as store:
            store.add(report, "1", report.sha256, with_pictures=False)
        with Store(old, "new") as store:
            again = store.report(report.path, report.sha256, with_pictures=False)
        assert [cue.measures for cue in again.cues] == [cue.measures for cue in report.cues]
        assert {m.scale for cue in again.cues for m in cue.measures} == {"amount", "likeness", "difference"}

    def test_a_new_scan_checks_its_photos_again(self, old):
        with Store(old) as store:
            made_with = {row[0] for row in store._db.execute("SELECT made_with FROM photos")}
        assert Setup().fingerprint() not in made_with
        with Store(old, Setup().fingerprint()) as store:
            assert store.record("sample_images/portrait_a.jpg") is None
