"""Excel files: a row and a picture a photo, and nothing of a stranger's that acts."""

from __future__ import annotations

import io
import sys

import pytest
from PIL import Image
from tests.test_report import HOSTILE, everything, judged, unjudged, webp
from tests.workbook import Workbook

from artifact_check.errors import OutputError
from artifact_check.report import words
from artifact_check.report.format import PLAIN, Context
from artifact_check.report.formats import discover, xlsx
from artifact_check.report.language import get_language
from artifact_check.report.text import escape_unprintable
from artifact_check.results import ModelFacts

pytest.importorskip("xlsxwriter")
FILE, SCORE, VERDICT = (heading.capitalize() for heading in (words.FILE, words.SCORE, words.VERDICT))
REASONS, MEANING, COPY_OF = (heading.capitalize() for heading in (words.REASONS, words.MEANING, words.COPY_OF))


def saved(reports, context: Context = PLAIN) -> bytes:
    out = io.TextIOWrapper(io.BytesIO())
    discover()["xlsx"].write(reports, out, context)
    return out.buffer.getvalue()


def test_a_workbook_has_one_row_a_photo_with_what_needs_attention_first():
    book = Workbook(saved([judged("calm.jpg", "likely_authentic", p_ai=0.1), *everything()]))

    names = book.column(FILE)
    assert names[:3] == ["declared_ai.jpg", "declared.jpg", "likely_ai.jpg"]
    assert (names[-2:], len(names)) == (["likely_authentic.jpg", "calm.jpg"], len(everything()) + 1)
    assert book.column(SCORE)[:3] == [12.0, None, 12.0]
    assert book.column(REASONS)[2] == "towards AI: Zebra"
    assert book.column(MEANING)[3] == "This picture could not be judged.\nWhat it is; what to do."
    assert book.rows[-1]["A"] == words.HONESTY
    assert book.has("autoFilter")
    pane = next(book.sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}pane"))
    assert (pane.get("state"), pane.get("ySplit")) == ("frozen", "1")


def test_pictures_stand_in_their_rows_as_jpeg():
    reports = [
        judged("a.jpg", "inconclusive"),
        judged("b.jpg", "inconclusive", thumbnail=webp()),
        unjudged("no_face", "c.jpg"),
    ]

    book = Workbook(saved(reports))

    assert book.column(FILE) == ["c.jpg", "a.jpg", "b.jpg"]
    assert book.places == [(0, 3)]
    (picture,) = book.pictures
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("JPEG", (96, 72))


def test_columns_in_which_nothing_stands_are_left_out():
    titles = list(Workbook(saved([judged("a.jpg", provenance=(), platforms=(), advice=())])).rows[0].values())

    assert titles == [FILE, VERDICT, SCORE, REASONS, MEANING]


@pytest.mark.parametrize(
    "name", [*HOSTILE, "http://example.org/a.jpg", "@SUM(1)", "+1", "-1", "_x0041_.jpg"], ids=ascii
)
def test_what_strangers_wrote_stays_text(name):
    """Neither a formula nor a link, not even when someone edits the cell, and nothing that breaks the file."""
    book = Workbook(saved([judged("b.jpg", copy_of=name, message=name, advice=(name,))]))

    assert book.column(COPY_OF) == [escape_unprintable(name)]
    assert book.column(words.MORE_ADVICE) == [escape_unprintable(name)]
    assert not book.has("f")
    assert not book.has("hyperlink")
    assert b'quotePrefix="1"' in book.files["xl/styles.xml"]


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["/home/ann/photos/"], ["a.jpg"]),
        (["/home/ann/photos/", "/home/ann/photos/new/"], ["a.jpg", "new/a.jpg"]),
        (["/home/ann/photos/", "/media/ann/card/"], ["photos/a.jpg", "card/a.jpg"]),
        (["photos/"], ["a.jpg"]),
    ],
)
@pytest.mark.parametrize("format_", ["xlsx", "html"])
def test_no_folder_of_the_computer_is_handed_on(format_, folders, names):
    reports = [judged(f"{folder}a.jpg", "inconclusive", sha256=None) for folder in folders]
    reports.append(judged(f"{folders[0]}b.jpg", "inconclusive", copy_of=reports[0].path))
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)

    discover()[format_].write(reports, out)

    files = Workbook(out.buffer.getvalue()).files if format_ == "xlsx" else {"page": out.buffer.getvalue()}
    assert all(b"/home" not in data and b"/media" not in data for data in files.values())
    shown = b"".join(files.values())
    assert all(f">{name}<".encode() in shown for name in names)


def test_texts_are_in_the_language_that_was_asked_for_and_the_bytes_always_the_same():
    german = Context(get_language("de"), lambda: ModelFacts("headshot-0", 0.8, 0.2))
    book = Workbook(saved([judged("a.jpg")], german))

    assert "Anzeichen für KI" in book.rows[1].values()
    assert saved(everything()) == saved(everything())


def test_more_photos_than_a_sheet_has_rows_are_told(monkeypatch):
    monkeypatch.setattr(xlsx, "_MAX_PHOTOS", 2)

    assert len(Workbook(saved([judged("a.jpg")] * 2)).column(FILE)) == 2
    with pytest.raises(OutputError, match="holds 2 photos; use --format csv"):
        saved([judged("a.jpg")] * 3)


def test_a_missing_writer_is_told_before_the_scan(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)

    def never():
        pytest.fail("the scan began")
        yield

    with pytest.raises(OutputError, match=r"need XlsxWriter\. Install artifact-check\[xlsx\]\."):
        saved(never())
