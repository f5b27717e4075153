"""Every report writer, fed reports that no photo made: a cue nobody knows, every status, and hostile names."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shutil
import sys
from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.workbook import Workbook

from artifact_check.errors import OutputError
from artifact_check.report import words
from artifact_check.report.format import PLAIN, Context
from artifact_check.report.formats import discover, html
from artifact_check.report.output import open_output
from artifact_check.report.summary import Summary
from artifact_check.report.text import cue_facts, escape_unprintable, format_rate, main_reasons, outcome, reasons
from artifact_check.results import (
    CueResult,
    Declaration,
    DeclarationKind,
    ErrorRates,
    Evidence,
    MeasureResult,
    ModelFacts,
    PhotoFacts,
    PhotoReport,
    Rate,
    Says,
    Status,
    Trust,
    Verdict,
)

SCRIPT = "<img src=x onerror=alert(1)>.jpg"


def jpeg() -> bytes:
    return encoded("JPEG", (320, 240))


def webp() -> bytes:
    return encoded("WEBP", (96, 72))


def encoded(kind: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


HOSTILE = [
    SCRIPT,
    "two\nlines\r.jpg",
    "\x1b[31mred\x07.jpg",
    "photo\u202egpj.exe",
    "צילום.jpg",
    "bytes\udcff\udc80.jpg",
    "=cmd()|' /C calc'!A1",
    "[red]markup[/red] :smile:.jpg",
    "{{ 7 * 7 }}.jpg",
    '"quoted", and; separated.jpg',
]


def zebra(**changes) -> CueResult:
    stripes = MeasureResult(
        "zebra_stripes", 12.5, "stripes", (0.0, 9.0), "artificial", "Stripes on the skin.", "stripes on the skin", 1.25
    )
    hooves = MeasureResult("zebra_hooves", None, "px", None, "either", "Hooves in sight.")
    evidence = Evidence("heatmap", ("zebra_stripes",), "stripes", ((0, 0), (9, 9)), ((0.25, 0.75),))
    values = {"score": 0.93, "contribution": 1.25, "summary": "Zebra: leans towards AI.", "measures": (stripes, hooves)}
    values |= {"title": "Zebra", "innocent": "a crossing", "evidence": (evidence,)}
    return CueResult(**{"name": "zebra", "status": "ok", "reason": None} | values | changes)


def judged(path: str = "a.jpg", verdict: Verdict = "likely_ai", **changes) -> PhotoReport:
    values = {
        "status": "ok",
        "message": None,
        "verdict": verdict,
        "sha256": "0" * 64,
        "model": "headshot-0",
        "p_ai": 0.875,
        "p_ai_low": 0.75,
        "p_ai_high": 0.95,
        "cues": (zebra(),),
        "provenance": (Declaration("iptc", "ai_generated", "declared", "trainedAlgorithmicMedia"),),
        "platforms": ("A platform",),
        "photo": PhotoFacts(800, 600, "JPEG", 1, 300.0, 90.0, 85),
        "good_for": "Good for a web page.",
        "advice": ("Have the stripes removed.",),
    }
    return PhotoReport(path, **values | changes)


def unjudged(status: Status, path: str = "b.jpg", **changes) -> PhotoReport:
    return PhotoReport(path, status, "What it is; what to do.", **changes)


def everything() -> list[PhotoReport]:
    reports = [judged(f"{verdict}.jpg", verdict) for verdict in get_args(Verdict)]
    reports += [unjudged(status, f"{status}.jpg") for status in get_args(Status) if status != "ok"]
    reports += [unjudged("no_face", "declared.jpg", verdict="declared_ai")]
    abstained = zebra(status="abstained", reason="no zebra", score=None, contribution=None, measures=())
    failed = zebra(name="yak", status="failed", reason="ValueError", score=None, contribution=None, summary="")
    return [*reports, judged("cues.jpg", "inconclusive", cues=(abstained, failed), provenance=())]


def written(format_: str, reports: list[PhotoReport], context: Context = PLAIN) -> str:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
    discover()[format_].write(reports, out, context)
    if format_ == "parquet":
        return str(pytest.importorskip("pyarrow.parquet").read_table(out.buffer).to_pylist())
    if format_ == "xlsx":
        return str([list(row.values()) for row in Workbook(out.buffer.getvalue()).rows])
    return out.buffer.getvalue().decode()


@pytest.mark.parametrize("count", [0, 1, 1000, 1001, 2000])
def test_parquet_holds_every_row_of_whole_and_of_begun_groups(count):
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.TextIOWrapper(io.BytesIO())
    summary = discover()["parquet"].write((unjudged("no_face", f"{n}.jpg") for n in range(count)), out)
    assert parquet.read_table(out.buffer)["path"].to_pylist() == [f"{n}.jpg" for n in range(count)]
    assert summary.photos == count


class Page(HTMLParser):
    """The elements, attributes and text that a browser would see."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("format_", ["csv", "html", "json", "jsonl", "parquet", "table", "xlsx"])
def test_writers_know_no_cue_and_return_what_they_wrote(format_, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    reports = everything()

    summary = discover()[format_].write(iter(reports), io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))

    assert summary.photos == len(reports)
    assert "zebra" in written(format_, reports).lower()
    assert all(report.path in written(format_, reports) for report in reports)


@pytest.mark.parametrize("format_", discover())
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_are_encodable_everywhere(format_, name):
    text = written(format_, [judged(name), unjudged("unreadable", name)])

    text.encode("utf-8")
    assert "\x1b" not in text


@pytest.mark.parametrize("format_", ["table", "html", "xlsx"])
def test_reports_for_people_say_what_a_score_is_and_never_that_a_photo_is_proven_anything(format_):
    text = " ".join(written(format_, everything()).split())

    assert words.DIRECTION in text
    assert words.HONESTY in text
    assert not re.search(r"\b(fake|real|proven|genuine)\b(?! photos?\b)", text, re.IGNORECASE)


@pytest.mark.parametrize("format_", ["table", "json", "csv", "html"])
def test_the_direction_of_the_score_is_in_the_output(format_):
    assert words.DIRECTION in " ".join(written(format_, [judged()]).split())


def test_every_word_of_the_contract_has_words_for_people():
    assert list(words.VERDICTS) == list(get_args(Verdict))
    assert list(words.STATUSES) == list(get_args(Status))
    assert list(words.KINDS) == list(get_args(DeclarationKind))
    assert list(words.SAYS) == list(get_args(Says))
    assert list(words.TRUST) == list(get_args(Trust))


def test_a_declared_photo_without_a_face_says_both():
    assert outcome(unjudged("no_face", verdict="declared_ai")) == "declares AI; no face found"


def test_reasons_are_the_strongest_contributions_with_their_direction():
    cues = tuple(
        zebra(title=title, contribution=added)
        for title, added in [("Ant", 0.1), ("Bee", -2.0), ("Cow", 0.5), ("Dog", None), ("Eel", 1.0)]
    )

    assert reasons(judged(cues=cues)) == "towards AI: Eel, Cow; towards a camera: Bee"
    assert reasons(judged(cues=(zebra(contribution=0.04),))) == ""
    assert reasons(unjudged("no_face")) == "What it is; what to do."
    assert main_reasons(judged(cues=cues, p_ai=0.6)) == "towards AI: Eel, Cow"
    assert main_reasons(judged(cues=cues, p_ai=0.4)) == "towards a camera: Bee"
    assert main_reasons(unjudged("no_face")) == ""


def test_visible_shows_what_would_act_and_leaves_letters_alone():
    assert escape_unprintable("a\nb\x1b\u202e\udcff") == "a\\nb\\x1b\\u202e\\udcff"
    assert escape_unprintable("Zoë צילום 写真 👩‍🦰") == "Zoë צילום 写真 👩‍🦰"


# JSON


def test_json_is_one_document_that_reads_back():
    reports = everything()

    document = json.loads(written("json", reports))

    assert document["schema"] == 1
    assert document["photos"] == [report.to_dict() for report in reports]
    assert document["summary"]["photos"] == len(reports)
    assert document["summary"]["verdicts"]["likely_ai"] == 1
    assert document["summary"]["statuses"]["no_face"] == 2


def test_json_without_photos_is_a_document_too():
    assert json.loads(written("json", []))["photos"] == []


def test_json_writes_nothing_when_the_first_report_fails():
    out = io.StringIO()

    with pytest.raises(RuntimeError):
        discover()["json"].write(failing_after([]), out)

    assert out.getvalue() == ""


@pytest.mark.parametrize("format_", ["json", "jsonl"])
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_read_back_from_json_as_they_are(format_, name):
    data = written(format_, [judged(name)]).encode("utf-8")

    document = json.loads(data)

    assert (document["photos"][0] if format_ == "json" else document)["path"] == name


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("format_", ["json", "jsonl"])
def test_nan_never_reaches_json(format_, value):
    stripes = MeasureResult("zebra_stripes", value, "", (value, value), "either", "Stripes.")
    cue = zebra(score=value, contribution=value, measures=(stripes,))
    report = judged(cues=(cue,), p_ai_low=value, photo=PhotoFacts(8, 6, "PNG", 1, value, value))

    json.loads(written(format_, [report]), parse_constant=pytest.fail)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("format_", ["table", "csv", "html"])
def test_nan_is_nothing_to_show(format_, value):
    stripes = MeasureResult("zebra_stripes", value, "", None, "either", "Stripes.")
    cue = zebra(score=value, contribution=value, measures=(stripes,))

    text = written(format_, [judged(cues=(cue,), p_ai_low=value)])

    assert not re.search(r"\b(nan|inf)\b", text.lower())


def test_jsonl_is_written_and_flushed_line_by_line():
    class Out(io.StringIO):
        flushed = 0

        def flush(self):
            self.flushed = self.getvalue().count("\n")

    out = Out()
    seen = []

    def reports():
        for report in everything():
            seen.append(out.flushed)
            yield report

    discover()["jsonl"].write(reports(), out)

    assert seen == list(range(len(seen)))
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [r.to_dict() for r in everything()]


@given(st.text(st.characters(codec=None)), st.floats(0, 1), st.text())
def test_any_report_survives_json(path, p_ai, message):
    report = judged(path, p_ai=p_ai, message=message)

    # Two escapes that happen to form a pair read back as the one character they stand for.
    expected = path.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(written("jsonl", [report]).encode("utf-8")) == {**report.to_dict(), "path": expected}


# CSV


def rows(reports: list[PhotoReport]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written("csv", reports), newline="")))


def test_csv_has_one_row_a_photo_and_columns_for_every_cue_in_any_of_them():
    reports = [unjudged("unreadable"), judged(cues=(zebra(name="yak"),)), judged()]

    first, second, third = rows(reports)

    assert list(first)[:4] == ["path", "status", "verdict", "authenticity"]
    assert set(list(first)[-4:]) == {"yak_score", "yak_contribution", "zebra_score", "zebra_contribution"}
    assert first["zebra_score"] == first["authenticity"] == ""
    assert (second["yak_contribution"], second["zebra_contribution"]) == ("1.25", "")
    assert (third["zebra_score"], third["p_ai"], third["iod"]) == ("0.93", "0.875", "90.0")
    assert third["declares"] == "made by AI (IPTC metadata, not signed)"


def test_csv_says_something_of_every_photo_and_has_no_column_without_anything():
    reports = everything()

    said = rows(reports)

    assert all(row["message"].startswith(tuple(words.HEADLINES.values())) for row in said)
    assert said[1]["reasons"] == "towards AI: Zebra"
    assert said[4]["message"] == "This picture could not be judged. What it is; what to do."
    assert [column for column in said[0] if not any(row[column] for row in said)] == []
    assert "generator" not in said[0]
    assert written("csv", []).startswith("path,status,verdict,")


def test_csv_tells_how_often_the_answer_errs_where_the_model_does():
    rate, few = Rate(0.5, 10), Rate(0.02, 10)
    facts = ModelFacts("headshot-0", 0.8, 0.2, (ErrorRates("profile", few, few, rate, few, rate, rate),))
    out = io.StringIO()

    discover()["csv"].write([judged(), judged(model="another")], out, Context(facts=lambda: facts))

    first, second = csv.DictReader(io.StringIO(out.getvalue()))
    assert first["message"].endswith(
        "2.0 % of camera photos get this answer by mistake; 50 % of AI pictures get it rightly."
    )
    assert second["message"] == "This picture shows signs of AI."


def test_csv_columns_do_not_depend_on_the_order_of_the_photos():
    reports = [judged(cues=(zebra(name="yak"),)), judged(), unjudged("no_face")]

    assert list(rows(reports)[0]) == list(rows(reports[::-1])[0])


def test_csv_rows_that_memory_does_not_hold_are_the_same(monkeypatch):
    reports = [*everything(), judged("b\udcff\n.jpg", p_ai=1 / 3), judged("=1.jpg")]
    held = written("csv", reports)

    monkeypatch.setattr("artifact_check.report.formats.csv_._KEPT_IN_MEMORY", 1)

    assert written("csv", reports) == held


def test_csv_rows_that_no_place_holds_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr("artifact_check.report.formats.csv_._KEPT_IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match=r"The temporary folder .*gone cannot hold the table's rows: No such file"):
        written("csv", [judged()])


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20", *"\ufe66\ufe62\ufe63\ufe6b"])
def test_csv_cells_never_start_a_formula(start):
    name = f"{start}cmd()"

    (row,) = rows([judged(name, advice=(name,), cues=(zebra(name=name, contribution=-0.5),))])

    assert row["path"] == row["advice"] == f"'{name}"
    assert row[f"'{name}_contribution"] == "-0.5"


def test_csv_numbers_stay_numbers():
    (row,) = rows([judged("-5.jpg", "inconclusive", cues=(zebra(contribution=-1e-7), zebra(name="yak", score=-1.0)))])

    assert row["path"] == "'-5.jpg"
    assert (float(row["zebra_contribution"]), float(row["yak_score"])) == (-1e-7, -1.0)


def test_csv_keeps_names_whole():
    names = ["two\nlines.jpg", "car\rriage.jpg", '"quoted", and; separated.jpg', "צילום.jpg"]

    assert [row["path"] for row in rows([judged(name) for name in names])] == names
    assert rows([judged("bytes\udcff.jpg")])[0]["path"] == "bytes\\udcff.jpg"


# Table


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch):
    for variable in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize(("columns", "width"), [("20", 60), ("60", 60), ("80", 80), ("100", 100)])
def test_a_photo_takes_one_line_of_the_terminal_from_60_columns_up(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    many = tuple(zebra(title=f"{n} of many stripes") for n in range(3))
    names = [f"{'a very long/' * 20}photo-{n}.jpg" for n in range(9)]

    reports = [judged(name, "inconclusive", cues=many, provenance=()) for name in names]

    lines = written("table", [judged("a.jpg"), *reports]).splitlines()

    assert max(map(len, lines)) == width
    assert lines[2].startswith("a.jpg ")
    for n, line in enumerate(lines[3:12]):
        assert re.match(
            rf"a ve.*\u2026.*oto-{n}\.jpg +inconclusive +12 \u2588\u2591{{4}} towards AI: .*\u2026 *$", line
        )
        cut = line.rpartition("towards AI: ")[2].strip().removesuffix("\u2026")
        assert re.match(rf"{re.escape(cut)}\b", "0 of many stripes, 1 of many stripes, 2 of many stripes")
    assert lines[12] == ""
    assert lines[13].startswith("10 photos: signs of AI 1, inconclusive 9.")
    assert lines[14] == words.SCALE


def test_the_table_says_in_full_what_to_do_about_a_photo_that_was_not_judged(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    message = "The file is cut off or damaged; download or export it again, and if that fails ask for another one."

    text = written("table", [judged("a.jpg"), PhotoReport("b.jpg", "unreadable", message)])

    row = text.partition("\nb.jpg")[2].partition("\n\n")[0]
    assert " ".join(row.split()) == f"unreadable {message}"


def test_a_terminal_shows_the_first_rows_and_how_to_see_the_others(monkeypatch):
    reports = [judged(f"{n}.jpg", "inconclusive") for n in range(24)] + [judged("last.jpg", "likely_ai")]
    whole = written("table", reports)
    monkeypatch.setenv("COLUMNS", "80")

    first, all_rows = written("table", reports), written("table", reports, Context(all_rows=True))

    assert sum(".jpg" in line for line in first.splitlines()) == 20
    assert first.splitlines()[2].startswith("last.jpg")
    assert "\u2026 5 more: --all-rows, or --format html" in first.splitlines()
    assert all(f"\n{n}.jpg " in all_rows and f"\n{n}.jpg " in whole for n in range(24))
    assert " more: " not in all_rows + whole
    assert "25 photos: " in first


def test_a_table_for_a_file_has_whole_names():
    name = f"{'a/very/long/' * 20}name.jpg"

    assert f"\n{name} " in written("table", [judged(name), judged("b.jpg")])


def test_the_table_begins_with_what_needs_attention_and_else_keeps_the_order(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")

    text = written("table", everything())

    unjudged = [f"{status}.jpg" for status in get_args(Status) if status != "ok"]
    first = ["declared_ai.jpg", "declared.jpg", "likely_ai.jpg"]
    positions = [text.index(f"\n{path}") for path in [*first, *unjudged, "inconclusive.jpg", "likely_authentic.jpg"]]
    assert positions == sorted(positions)


def test_the_table_shows_verdict_score_reasons_and_declarations(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")

    text = written("table", everything())

    first = next(line for line in text.splitlines() if line.startswith("likely_ai.jpg"))
    assert re.search(
        r"likely_ai.jpg +signs of AI +12 █░░░░ made by AI \(IPTC metadata, not signed\); towards AI: Zebra", first
    )
    camera = judged("c.jpg", provenance=(Declaration("exif", "camera", "declared", ""),))
    assert "towards AI: Zebra; taken by a camera" in written("table", [camera])
    assert Summary().plus(judged()).sentence == "1 photo: signs of AI 1."


def test_the_table_says_when_no_file_declares_anything():
    text = " ".join(written("table", [judged(provenance=())]).split())

    assert words.NONE_DECLARES in text
    assert words.NONE_DECLARES not in " ".join(written("table", [judged()]).split())


@pytest.mark.parametrize("format_", ["table", "html"])
def test_copies_are_named(format_):
    text = written(format_, [judged("photos/a.jpg"), judged("photos/b.jpg", copy_of="photos/a.jpg")])

    assert re.search(r"same file: (<bdi>)?a\.jpg", text)


def test_names_cannot_break_a_line_or_command_the_terminal():
    text = written("table", [judged(name) for name in HOSTILE])

    assert "\r" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]markup" in text
    assert ":smile:" in text


def test_colours_only_on_a_terminal_and_not_with_no_color(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured, plain = Terminal(), Terminal()

    discover()["table"].write([judged()], coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    discover()["table"].write([judged()], plain)

    assert "\x1b[31m" in coloured.getvalue()
    assert "\x1b[31m" not in plain.getvalue()


# HTML


def test_html_shows_every_photo_with_cues_measures_declarations_and_advice():
    page = Page(written("html", everything()))

    assert [value for key, value in page.attributes if key == "class"].count("photo") == len(everything())
    for text in (
        "This picture shows signs of AI.",
        "Zebra: 24 points towards AI",
        "Stripes on the skin: more than in most camera photos.",
        "Zebra: leans towards AI",
        "more suspicious than 93 % of camera photos; +1.25 towards AI",
        "12.5 (camera photos: 0 to 9; outside)",
        "1 of 1 measures lie outside",
        "made by AI (IPTC metadata, not signed): trainedAlgorithmicMedia",
        "90 % interval 5 to 25",
        "Good for a web page.",
        "Have the stripes removed.",
        "Zebra. Innocent causes: a crossing.",
        f"SHA-256 {'0' * 64}",
        "800 x 600 pixels, JPEG, JPEG quality 85, 1 face, eyes 90 pixels apart",
        "What it is; what to do.",
    ):
        assert text in page.text


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_html_escapes_every_string(name):
    cue = zebra(
        name=name,
        summary=name,
        reason=name,
        title=name,
        innocent=name,
        measures=(MeasureResult(name, 3.0, name, (0.0, 2.0), "either", name, name, 1.25),),
    )
    hostile = judged(
        name,
        sha256=name,
        message=name,
        model=name,
        cues=(cue,),
        provenance=(Declaration("xmp", "unknown", "declared", name),),
        platforms=(name,),
        good_for=name,
        advice=(name,),
        photo=PhotoFacts(1, 1, name),
    )

    page, harmless = Page(written("html", [hostile])), Page(written("html", [judged("a", message="b")]))

    shown = 16 if "/" in name else 17  # its folder is left out of the name in the list
    assert page.text.count(escape_unprintable(name)) >= shown
    assert set(page.tags) == set(harmless.tags)
    assert not {key for key, _ in page.attributes if key.startswith("on")}


def test_html_tells_thresholds_and_errors_only_of_the_model_that_scored_all_its_photos():
    facts = ModelFacts("made-up-1", 0.8, 0.2)
    for others, tells in (("made-up-1", True), (None, True), ("made-up-2", False)):
        out = io.StringIO()
        html.write(
            [judged("a.jpg", model="made-up-1"), judged("b.jpg", model=others)], out, Context(facts=lambda: facts)
        )
        assert (words.THRESHOLDS in out.getvalue()) == tells


def test_html_needs_nothing_from_outside():
    source = written("html", [*everything(), judged("picture.jpg", thumbnail=webp(), preview=jpeg())])
    page = Page(source)
    policy = next(value for key, value in page.attributes if key == "content" and "default-src" in value)

    assert "://" not in source
    assert {"link", "iframe"}.isdisjoint(page.tags)
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert "style" not in {key for key, _ in page.attributes}
    assert all(value.startswith("data:image/webp;base64,") for key, value in page.attributes if key == "src")
    held = [value for key, value in page.attributes if key == "href" and not value.startswith("#")]
    assert {value.partition(",")[0] for value in held} == {"data:image/jpeg;base64", "data:image/png;base64"}
    assert re.match(r"default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; img-src data:;", policy)
    assert "unsafe" not in policy


def names_with(part: str, source: str) -> list[str]:
    """The photos that have a part in their details, as they come on the page."""
    parts = source.split('<details class="photo"')[1:]
    return [each.split("<bdi>")[1].split("<")[0] for each in parts if part in each]


PHOTO, CLOSE_UP = 'class="layers"', 'class="place-of"'


def test_html_shows_the_photos_that_need_a_look_most(monkeypatch):
    monkeypatch.setattr(html, "_MAX_IN_FULL", 3)
    verdicts = ["inconclusive", "likely_authentic", "likely_ai", "inconclusive", "declared_ai", "inconclusive"]
    seen = zebra(evidence=(Evidence("points", ("zebra_",), "stripes", ((9.0, 9.0),)),))
    reports = [judged(f"{n}.jpg", verdict, preview=jpeg(), cues=(seen,)) for n, verdict in enumerate(verdicts)]

    source = written("html", [*reports, unjudged("not_assessed", thumbnail=webp(), cues=(seen,))])

    assert names_with(PHOTO, source) == names_with(CLOSE_UP, source) == ["4.jpg", "2.jpg", "0.jpg"]
    assert names_with("Zebra: 24 points", source) == [f"{n}.jpg" for n in (4, 2, 0, 3, 5, 1)]
    assert names_with('class="waterfall"', source) == ["4.jpg", "2.jpg", "0.jpg"]
    assert names_with(words.MORE_IN_PICTURES, source) == ["3.jpg", "5.jpg", "1.jpg"]


PLACES = ((200.0, 150.0), (400.0, 150.0), (400.0, 300.0))


@pytest.mark.parametrize(
    ("portrait", "path"),
    [
        (None, "M80.0,60.0 160.0,60.0 160.0,120.0 80.0,60.0"),
        ((100, 50, 500, 350), "M80.0,80.0 240.0,80.0 240.0,200.0 80.0,80.0"),
    ],
)
def test_html_draws_marks_where_they_are_on_the_photo_or_on_the_part_that_is_shown(portrait, path):
    seen = zebra(evidence=(Evidence("outline", ("zebra_",), "stripes", PLACES),))

    source = written("html", [judged(portrait=portrait, preview=jpeg(), cues=(seen,))])

    assert 'viewBox="0 0 320 240"' in source
    assert CLOSE_UP in source
    assert source.count(f'd="{path}"') == 2  # the line, and what sets it off from the photo
    assert (words.PART in source) is (portrait is not None)


def test_html_shows_a_photo_on_which_nothing_is_marked_as_it_is():
    plain = written("html", [judged(preview=jpeg(), cues=(zebra(evidence=()),))])

    assert "Stripes on the skin: more than in most camera photos." in Page(plain).text
    assert (names_with(PHOTO, plain), names_with(CLOSE_UP, plain)) == (["a.jpg"], [])


def test_a_rate_of_no_photos_is_not_known_and_no_zero():
    assert format_rate(Rate(None, 0)) == words.NOT_KNOWN
    assert format_rate(Rate(0.0, 3)) == "0.0 % of 3"


def test_html_draws_what_moved_the_score_and_nothing_else():
    """A map glows only where it pushes to AI, and what has no part in the score is not drawn."""
    map_ = Evidence("heatmap", ("zebra_",), "map", ((0, 0), (9, 9)), ((0.5,),))
    dots = Evidence("points", ("zebra_",), "dots", ((9.0, 9.0),))
    measured = MeasureResult("zebra_stripes", 1.0, "", (0.0, 2.0), "either", "", "stripes", -1.0)

    def drawn(**changes) -> str:
        return written("html", [judged(preview=jpeg(), cues=(zebra(**changes),))])

    heat, ai, camera = (
        "data:image/png",
        drawn(evidence=(map_,)),
        drawn(contribution=-1.0, measures=(measured,), evidence=(map_, dots)),
    )
    assert (CLOSE_UP in ai, heat in ai, words.HEAT in ai) == (True, True, True)
    assert (CLOSE_UP in camera, heat in camera, words.HEAT in camera) == (True, False, False)
    assert CLOSE_UP not in drawn(contribution=None, evidence=(map_, dots))
    assert CLOSE_UP not in drawn(contribution=1e-3, evidence=(map_, dots))


@pytest.mark.parametrize(
    ("contribution", "score", "facts"),
    [
        (1.25, 0.93, "more suspicious than 93 % of camera photos; +1.25 towards AI"),
        (2.5, 1.0, "more suspicious than over 99 % of camera photos; +2.50 towards AI"),
        (0.2, 0.93, "+0.20 towards AI"),
        (-0.5, 0.7, "-0.50 towards a camera"),
        (None, None, ""),
    ],
)
def test_only_a_cue_that_leans_to_ai_is_called_suspicious(contribution, score, facts):
    assert cue_facts(zebra(contribution=contribution, score=score)) == facts


def test_html_says_how_many_measures_it_leaves_out():
    odd = tuple(MeasureResult(f"zebra_{n}", 9.0, "", (0.0, 1.0), "either", f"Stripe {n}.") for n in range(5))

    page = Page(written("html", [judged(cues=(zebra(measures=odd),))]))

    assert page.text.count("Stripe") == 3
    assert words.more_measures(2) in page.text


def test_html_lists_what_needs_attention_first_and_else_keeps_the_order():
    reports = [judged(f"{n}.jpg", verdict) for n, verdict in enumerate(("likely_authentic", "inconclusive"))]
    reports += [unjudged("no_face", "2.jpg"), judged("3.jpg", "likely_ai"), judged("4.jpg", "inconclusive")]

    listed = re.findall(r'<a href="#photo-\d+"><bdi>(\d)', written("html", reports))

    assert listed == ["3", "2", "1", "4", "0"]


# Where it goes


def failing_after(reports):
    yield from reports
    raise RuntimeError("the scan broke")


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "report.json"

    with open_output(target) as out:
        out.write("ö\udcff".encode("utf-8", "backslashreplace").decode())
        assert not target.exists()

    assert target.read_bytes() == "ö\\udcff".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_report_leaves_the_old_one_and_nothing_else(tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("old")

    with pytest.raises(RuntimeError), open_output(target) as out:
        discover()["jsonl"].write(failing_after([judged()]), out)

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    link.symlink_to(target)

    with open_output(link) as out:
        out.write("text")

    assert link.is_symlink()
    assert target.read_text() == "text"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv: root writes to read-only files")
def test_a_file_that_is_read_only_stays_as_it_is(python, tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("old")
    target.chmod(0o444)
    write = (
        "import pathlib, sys; from artifact_check.report.output import open_output; "
        "open_output(pathlib.Path(sys.argv[1])).__enter__()"
    )
    unprivileged = () if os.geteuid() else ("setpriv", "--bounding-set", "-dac_override")

    done = python(write, target, prefix=unprivileged)

    assert done.stderr.endswith(f"OutputError: {target} cannot be written: it is read-only.\n")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("address", ["memory://report.csv", "s3x://nowhere/report.csv"], ids=["full", "unknown"])
def test_an_address_that_cannot_be_written_is_one_line_and_holds_nothing(address):
    fsspec = pytest.importorskip("fsspec")

    def full():
        yield judged()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match=rf"{address} cannot be written \("), open_output(address) as out:
        discover()["csv"].write(full(), out)

    assert not fsspec.filesystem("memory").exists("report.csv")


@pytest.mark.parametrize(
    ("missing", "write"),
    [("fsspec", open_output("memory://report.csv").__enter__), ("pyarrow", lambda: written("parquet", [judged()]))],
)
def test_what_needs_an_extra_says_which(monkeypatch, missing, write):
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(OutputError, match=rf"needs {missing}\. Install artifact-check\[cluster\]\."):
        write()


def test_a_closed_standard_output_is_told_and_one_that_takes_text_alone_is_written_to(monkeypatch):
    kept = io.StringIO()
    monkeypatch.setattr(sys, "stdout", kept)
    with open_output(None) as out:
        out.write("row")
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="Standard output is closed"), open_output(None):
        pytest.fail("the scan began")

    assert kept.getvalue() == "row"


@pytest.mark.parametrize("name", ["", "missing/report.json"])
def test_a_place_that_cannot_be_written_says_so_before_anything_is_done(tmp_path, name):
    with pytest.raises(OutputError, match=re.escape(str(tmp_path / name))), open_output(tmp_path / name):
        pytest.fail("the scan began")
