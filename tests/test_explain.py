"""One photo in depth: evidence where it belongs on the picture, and the same words in text, sheet and page."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image
from test_report import HOSTILE, SCRIPT, Page, Terminal, judged, unjudged, zebra

from artifact_check.checking.checker import Checker
from artifact_check.cli import main
from artifact_check.photo import decode
from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.drawing.legend import build_legend
from artifact_check.report.drawing.marks import number_marks
from artifact_check.report.drawing.picture import draw_photo
from artifact_check.report.explain import writers as explain
from artifact_check.report.explain.explanation import build_explanation
from artifact_check.report.explain.sheet import draw_sheet
from artifact_check.report.text import escape_unprintable
from artifact_check.results import Evidence, MeasureResult
from artifact_check.sources.local import LocalFile

GREY = Image.new("RGB", (800, 600), (128, 128, 128))
SAMPLES = ROOT / "sample_images"
SQUARE = ((100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0))
STRIPES = Evidence("outline", ("zebra_stripes",), "stripes", SQUARE)
HEAT = Evidence("heatmap", ("zebra_",), "heat", ((300.0, 300.0), (500.0, 500.0)), ((0.0, 1.0), (0.0, 0.0)))


def report(*evidence: Evidence, **changes):
    return judged(cues=(zebra(evidence=evidence),), **changes)


def annotate(image, of, *, cue="zebra", side) -> Image.Image:
    """The photo with the marks of one cue."""
    return draw_photo(image, of, [mark for mark in number_marks(of) if mark.cue == cue], side)


def sheet_of(of, image=GREY) -> Image.Image:
    return draw_sheet(of, build_card(of), image)


def changed(picture: Image.Image) -> np.ndarray:
    """(H, W) bool: where a picture of the grey photo is not grey."""
    return (np.asarray(picture).astype(int) != 128).any(axis=2)


def size(path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


def html(of, image=GREY) -> str:
    out = io.StringIO()
    explain.write_html(of, image, out)
    return out.getvalue()


def text(of) -> str:
    out = io.StringIO()
    explain.write_text(of, out)
    return out.getvalue()


# The picture


@pytest.mark.parametrize(("image", "side"), [(GREY, 800), (GREY, 400), (GREY.resize((400, 300)), 400)])
def test_marks_lie_where_the_evidence_is_whatever_the_size_of_the_picture(image, side):
    picture = annotate(image, report(STRIPES), side=side)

    scale = side / 800
    assert picture.size == (side, 600 * side // 800)
    # To a pixel: a line between two pixels is shared by both.
    edge = np.asarray(picture)[int(150 * scale), int(197 * scale) : int(203 * scale) + 1].astype(int)
    assert np.abs(edge - number_marks(report(STRIPES))[0].colour).max(axis=1).min() < 60
    rows, columns = np.nonzero(changed(picture))
    assert 195 * scale < columns.max() < 205 * scale + 1
    assert 195 * scale < rows.max() < 205 * scale + 1


def test_a_picture_is_never_scaled_up_and_the_photo_never_changed():
    photo = GREY.copy()

    assert annotate(photo, report(STRIPES), side=5000).size == photo.size
    assert photo == GREY


def test_a_heat_map_glows_where_it_is_high_and_stays_inside_its_box():
    picture = annotate(GREY, report(HEAT), side=800)

    red, green, blue = picture.getpixel((450, 350))
    assert red > green > blue
    assert len(set(picture.getpixel((350, 480)))) == 1
    assert not changed(picture)[:298].any()
    assert not changed(picture)[502:].any()


def test_a_heat_map_may_reach_beyond_the_photo():
    beyond = Evidence("heatmap", ("zebra_",), "heat", ((-500.0, -500.0), (900.0, 700.0)), ((0.0, 1.0),))

    assert annotate(GREY, report(beyond), side=800).size == GREY.size


def test_a_heat_map_beside_the_photo_leaves_it_as_it_is():
    beside = Evidence("heatmap", ("zebra_",), "heat", ((900.0, 700.0), (1000.0, 800.0)), ((0.0, 1.0),))

    assert not changed(annotate(GREY, report(beside), side=800))[:550, :750].any()


def test_a_reason_that_has_nothing_to_draw_has_its_words_on_the_sheet_and_no_picture():
    drawn_on, bare = (draw_sheet(of, build_card(of), GREY) for of in (report(STRIPES), report()))

    assert bare.width == drawn_on.width
    assert bare.height < drawn_on.height


@pytest.mark.parametrize("kind", ["outline", "points", "arrow"])
def test_every_kind_of_evidence_is_drawn(kind):
    seen = Evidence(kind, ("zebra_",), kind, ((100.0, 100.0), (300.0, 300.0)))

    assert changed(annotate(GREY, report(seen), side=800))[90:310, 90:310].sum() > 50


def test_each_cue_is_drawn_alone():
    yak = Evidence("points", ("yak_",), "horn", ((700.0, 50.0),))
    cues = (zebra(name="yak", contribution=None, evidence=(yak,)), zebra(evidence=(STRIPES,)))
    both = judged(cues=cues)

    assert not changed(annotate(GREY, both, side=800))[:, 600:].any()
    assert changed(annotate(GREY, both, cue="yak", side=800))[:, 600:].any()
    assert not changed(annotate(GREY, both, cue="yak", side=800))[:, :300].any()
    assert not changed(annotate(GREY, both, cue="gnu", side=800)).any()
    assert [(mark.number, mark.cue) for mark in number_marks(both)] == [(1, "zebra"), (2, "yak")]


def test_nothing_is_drawn_on_a_photo_that_was_not_judged():
    of = unjudged("not_assessed", cues=(zebra(evidence=(STRIPES,), contribution=None),))

    assert not changed(annotate(GREY, of, side=800)).any()


# The legend


def test_a_mark_is_tied_to_the_measure_that_stands_out_most():
    plain = MeasureResult("zebra_mane", 0.5, "degree", (0.0, 1.0), "either", "How the mane stands.")
    odd = MeasureResult("zebra_mane_length", 9.0, "cm", (0.0, 1.0), "either", "", name="length of the mane")
    unseen = MeasureResult("zebra_tail", None, "cm", (0.0, 1.0), "either", "How long the tail is.")
    evidence = tuple(Evidence("points", (key,), key, ((1.0, 1.0),)) for key in ("zebra_m", "zebra_mane", "zebra_tail"))
    cue = zebra(measures=(plain, odd, unseen), evidence=evidence)

    most, exact, none = build_legend(cue, number_marks(judged(cues=(cue,))))

    assert most.sentence == "Length of the mane: much more than in camera photos"
    assert most.comparison == "9 cm (camera photos: 0 to 1; outside)"
    assert most.position == 1.0
    assert exact.sentence == "Zebra_mane: How the mane stands."  # of an earlier version, without a name
    assert (exact.comparison, exact.position) == ("0.5 degrees (camera photos: 0 to 1)", 0.5)
    assert (none.sentence, none.comparison, none.position) == ("Zebra_tail: not seen", "", None)


def test_a_range_without_width_is_not_shown():
    flat = MeasureResult("zebra_mane", 9.0, "cm", (0.0, 0.0), "either", "How the mane stands.", name="height of manes")
    cue = zebra(measures=(flat,), evidence=(Evidence("points", ("zebra_",), "mane", ((1.0, 1.0),)),))

    (entry,) = build_legend(cue, number_marks(judged(cues=(cue,))))

    assert entry.sentence == "Height of manes: more than in most camera photos"
    assert (entry.comparison, entry.position) == ("9 cm", None)
    assert "0 to 0" not in Page(html(judged(cues=(cue,)))).text


def test_a_mark_for_all_leaves_out_what_has_a_mark_of_its_own():
    plain = MeasureResult("zebra_mane", 0.5, "cm", (0.0, 1.0), "either", "How long the mane is.")
    odd = MeasureResult("zebra_learned", 9.0, "log-odds", (0.0, 1.0), "artificial", "How AI-like it looks.")
    evidence = tuple(Evidence("points", (name,), name, ((1.0, 1.0),)) for name in ("zebra_", "zebra_learned"))
    cue = zebra(measures=(plain, odd), evidence=evidence)

    whole, own = build_legend(cue, number_marks(judged(cues=(cue,))))

    assert whole.finding == "How long the mane is."
    assert own.finding == "How AI-like it looks."


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_not_compared(value):
    stripes = MeasureResult("zebra_stripes", value, "", (0.0, 1.0), "either", "Stripes.")
    of = judged(cues=(zebra(measures=(stripes,), evidence=(STRIPES,), contribution=value),))

    assert not re.search(r"\b(nan|inf)\b", text(of) + Page(html(of)).text)
    assert sheet_of(of, GREY).width


# Text, sheet and page


def test_text_and_page_say_the_same_of_a_cue_nobody_knows():
    of = report(STRIPES)
    page, terminal = " ".join(Page(html(of)).text.split()), " ".join(text(of).split())

    for sentence in (
        "This picture shows signs of AI.",
        "Score 12 on a scale from 0, AI, to 100, camera; 90 % interval 5 to 25.",
        "Zebra: 24 points towards AI",
        "Stripes on the skin: more than in most camera photos.",
        "made by AI (IPTC metadata, not signed)",
        "A platform",
        "Do not refuse anyone on this alone.",
        "Zebra. Innocent causes: a crossing.",
        f"This file, for reference: SHA-256 {'0' * 64}",
        "Good for a web page.",
        "800 x 600 pixels, JPEG",
        words.HONESTY,
    ):
        assert sentence in page
        assert sentence in terminal
    for sentence in (
        "more suspicious than 93 % of camera photos; +1.25 towards AI",
        "12.5 (camera photos: 0 to 9; outside)",
        "1 of 1 measures lie outside what is typical of camera photos (one in ten is normal)",
        "Have the stripes removed.",
    ):
        assert sentence in page  # below the card, folded
    assert not re.search(r"\b(fake|real|proven|genuine)\b(?! photo\b)", page + terminal, re.IGNORECASE)


@pytest.mark.parametrize("status", ["no_face", "face_too_small", "not_assessed", "unreadable"])
def test_a_photo_without_a_verdict_gets_its_message_and_its_picture(status):
    of, image = unjudged(status), None if status == "unreadable" else GREY

    page = Page(html(of, image))

    assert page.tags.count("image") == (image is not None)
    assert "What it is; what to do." in page.text
    assert "What it is; what to do." in text(of)
    sheet = sheet_of(of, image)
    assert (np.asarray(sheet) == 128).all(axis=2).any() == (image is not None)


@pytest.mark.parametrize("name", [*HOSTILE, "n" * 300 + ".jpg", "\u05e6" * 200], ids=lambda name: ascii(name)[:30])
def test_names_are_shown_as_text_everywhere(name):
    hostile = judged(name, advice=(name,), cues=(zebra(name=name, summary=name, evidence=(STRIPES,)),))

    page = Page(html(hostile))

    assert page.text.count(escape_unprintable(name)) >= 3
    assert set(page.tags) == set(Page(html(report(STRIPES))).tags)
    assert not {key for key, _ in page.attributes if key.startswith("on")}
    assert "\x1b" not in text(hostile)
    sheet = sheet_of(hostile, GREY)
    assert (np.asarray(sheet)[:, -30:] == 255).all()


def test_the_page_tells_every_unusual_measure_for_there_is_no_other_report():
    odd = tuple(MeasureResult(f"zebra_{n}", 9.0, "", (0.0, 1.0), "either", f"Stripe {n}.") for n in range(5))

    page = Page(html(judged(cues=(zebra(measures=odd),))))

    assert page.text.count("Stripe ") == 5
    assert "JSON" not in page.text


def test_a_small_face_is_shown_larger_and_that_is_told():
    of = report(STRIPES, portrait=(50, 50, 250, 250))

    page, sheet = Page(html(of)), sheet_of(of, GREY)

    assert ("viewbox", "0 0 200 200") in page.attributes
    assert words.PART in page.text
    assert build_explanation(of, GREY).bare.size == (200, 200)
    assert sheet.height > sheet_of(of, None).height


def test_the_page_needs_nothing_from_outside():
    source = html(report(STRIPES))
    page = Page(source)
    policy = next(value for key, value in page.attributes if key == "content" and "default-src" in value)

    assert "://" not in source
    assert "style=" not in source
    assert all(value.startswith("data:image/jpeg;base64,") for key, value in page.attributes if key == "src")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_text_is_coloured_on_a_terminal_only_and_not_with_no_color(monkeypatch, variables, coloured):
    for variable in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    out = Terminal()

    explain.write_text(judged(), out)

    assert ("\x1b[31m" in out.getvalue()) is coloured
    assert "\x1b" not in text(judged())


# The page in a browser


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    return path


@pytest.mark.parametrize("width", [500, 1440])
def test_a_browser_shows_the_pictures_and_complains_of_nothing(browser, tmp_path, width):
    page, screenshot = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(html(report(STRIPES, HEAT, path=SCRIPT), Image.new("RGB", (800, 600), (255, 0, 255))), "utf-8")

    process = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},1600", f"--screenshot={screenshot}",
         page.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert process.returncode == 0, process.stderr
    assert "CONSOLE" not in process.stderr
    with Image.open(screenshot) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    photo = (np.abs(pixels - (255, 0, 255)).max(axis=2) < 12).any(axis=0)
    assert photo.sum() > width / 5
    assert not photo[-10:].any()


# The command


@pytest.fixture
def told(capsys):
    """Run `explain` in this process; gives the exit status, and what it wrote to stdout and to stderr."""
    return lambda *arguments: (main(["explain", *map(str, arguments)]), *capsys.readouterr())


def test_a_portrait_as_text_picture_and_page(told, tmp_path):
    photo, sheet, page = SAMPLES / "skin_smoothed.jpg", tmp_path / "sheet.png", tmp_path / "page.HTML"

    status, printed, nothing = told(photo)
    first = told(photo, "--output", sheet)
    second = told(photo, "--output", page)

    assert (status, nothing) == (0, "")
    assert first == second
    assert first[:2] == (0, "")
    assert first[2].startswith("inconclusive. towards AI: ")
    assert re.search(r"\n\nWhy\n  Expression: \d+ points towards a camera *\n", printed)
    assert re.search(r"\n  Skin texture: \d+ points towards a camera *\n", printed)
    assert size(sheet)[0] == 1500
    shown = Page(page.read_text("utf-8"))
    assert "Detail of cheeks and forehead: much less than in camera photos" in shown.text
    assert shown.tags.count("img") > 8
    # Both eyes side by side, and two places of the skin.
    assert len([value for key, value in shown.attributes if key == "alt" and value.startswith("A closer look")]) >= 4
    assert {path.name for path in tmp_path.iterdir()} == {"sheet.png", "page.HTML"}


@pytest.mark.parametrize(("name", "outcome"), [("no_face.png", "no face found"), ("broken.jpg", "unreadable")])
def test_photos_that_cannot_be_judged_are_explained_too(told, tmp_path, name, outcome):
    sheet = tmp_path / "sheet.png"

    assert told(SAMPLES / name)[1].startswith(f"{name}\nThis picture could not be judged.\n")
    assert told(SAMPLES / name, "--output", sheet)[2].startswith(outcome)
    assert size(sheet)[0] == 1500


def test_wrong_usage_is_told_before_anything_is_checked(told, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"left alone")

    for arguments in (
        ["gone.jpg"],
        [tmp_path],
        [photo, "--output", photo],
        [photo, "--output", tmp_path / "sheet.jpg"],
        [photo, photo],
    ):
        status, printed, error = told(*arguments)
        assert (status, printed) == (2, "")
        assert error
    assert photo.read_bytes() == b"left alone"


@pytest.mark.parametrize("name", ["portrait_a.jpg", "portrait_b.jpg", "eye_moved.jpg", "half_relit.jpg"])
def test_headings_never_contradict_the_score(checker, name):
    assert_no_contradiction(checker, SAMPLES / name)


def test_headings_never_contradict_the_score_on_labelled_photos(checker, shared_data):
    photos = sorted(path for path in shared_data.rglob("*") if path.suffix in {".jpg", ".png"})
    for photo in photos[:: len(photos) // 8]:
        assert_no_contradiction(checker, photo)


@pytest.fixture(scope="module")
def checker():
    with Checker() as checker:
        yield checker


def assert_no_contradiction(checker, photo):
    of, picture = checker.examine(LocalFile(photo))
    assert np.array_equal(picture.pixels, decode(photo.read_bytes()).pixels)
    for chapter in build_explanation(of, Image.fromarray(picture.pixels)).chapters:
        heading, added = chapter.cue.summary.partition(". ")[0], chapter.cue.contribution
        assert added is None or not ("towards AI" in heading and added < 0), photo
        assert added is None or not ("towards a camera" in heading and added > 0), photo
        assert len(chapter.entries) == len([mark for mark in number_marks(of) if mark.cue == chapter.cue.name])
