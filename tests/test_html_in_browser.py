"""The HTML report as people use it: a real scan of real files, opened from disk in a real browser."""

from __future__ import annotations

import functools
import io
import itertools
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import violations
from PIL import ExifTags, Image
from test_report import judged, zebra
from tests.command import run

from artifact_check import scan
from artifact_check.cli import main
from artifact_check.report import words
from artifact_check.report.formats import discover
from artifact_check.results import Evidence, PhotoFacts

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SAMPLES = Path(__file__).parents[1] / "sample_images"
SCRIPT = "<img src=x onerror=alert(1)>.jpg"
LONG = Path("ü" * 120) / ("long name " * 20 + ".jpg")
TURNED = "photo\u202egpj.exe.jpg"
HEBREW = "צילום.jpg"
PROGRAM = "Adobe Photoshop <script>alert(1)</script>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("scan")
    photos = root / "photos"
    (photos / LONG).parent.mkdir(parents=True)
    for name in ("portrait_a.jpg", "skin_smoothed.jpg", "declares_ai.jpg", "no_face.png", "broken.jpg"):
        shutil.copy(SAMPLES / name, photos / name)
    for name, colour in zip((SCRIPT, LONG, TURNED, HEBREW), ("teal", "navy", "olive", "maroon"), strict=True):
        Image.new("RGB", (120, 90), colour).save(photos / name)
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = PROGRAM
    Image.new("RGB", (90, 120), "teal").save(photos / "program.jpg", exif=exif)
    target = root / "report.html"
    assert run("scan", photos, "-q", "--format", "html", "--output", target, stub=False).returncode == 0
    return target


@pytest.fixture(scope="module")
def browser():
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A page and what went on in it."""

    page: playwright_api.Page
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))


@pytest.fixture
def open_file(browser):
    """Open a file with any settings of a browser; afterwards nothing may have gone wrong or been asked for."""
    contexts, pages = [], []

    def open_page(file: Path, fragment: str = "", **settings) -> playwright_api.Page:
        contexts.append(browser.new_context(**settings))
        contexts[-1].set_default_timeout(300_000)  # what takes so long hangs
        pages.append((file, Opened(contexts[-1].new_page())))
        opened = pages[-1][1]
        opened.watch()
        opened.page.goto(file.as_uri() + fragment)
        return opened.page

    yield open_page
    for file, opened in pages:
        assert opened.troubles == []
        assert {url.split("#")[0] for url in opened.requests if not url.startswith("data:")} == {file.as_uri()}
    for context in contexts:
        context.close()


@pytest.fixture
def opened(open_file, report):
    """Open the report."""
    return functools.partial(open_file, report)


def names(page) -> list[str]:
    return page.locator("#photos-table tbody tr:visible th a").all_inner_texts()


def scores(page) -> list[str]:
    return page.locator("#photos-table tbody tr:visible td:nth-child(4)").all_inner_texts()


def column(page, name: str):
    return page.locator("#photos-table").get_by_role("columnheader", name=name, exact=True)


def test_every_photo_has_a_row_and_the_readable_ones_a_picture(opened):
    page = opened()

    assert len(names(page)) == 10
    assert page.get_by_role("status").inner_text() == "10 of 10 photos shown"
    sizes = page.eval_on_selector_all(
        "tbody img", "images => images.map(i => Math.max(i.naturalWidth, i.naturalHeight))"
    )
    assert len(sizes) == 9
    assert max(sizes) <= 96
    assert min(sizes) > 0


def test_the_list_begins_as_the_terminals_does(opened, report, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    photos = [path for path in report.with_name("photos").rglob("*") if path.is_file() and len(path.name) < 30]
    terminal = io.StringIO()
    discover()["table"].write(scan(sorted(photos)), terminal)
    in_terminal = [line.split()[0] for line in terminal.getvalue().splitlines() if ".jpg" in line or ".png" in line]

    listed = [name for name in names(opened()) if name in in_terminal]

    assert listed == [name for name in in_terminal if name in listed]
    assert len(listed) > 4
    assert (listed[0], listed[-1]) == ("declares_ai.jpg", "skin_smoothed.jpg")


@pytest.mark.parametrize("javascript", [True, False])
def test_marks_can_be_hidden(opened, javascript):
    page = opened(java_script_enabled=javascript)
    details = page.locator("details", has_text="skin_smoothed.jpg")
    details.locator("summary").click()
    layers = details.locator(".layers")
    photo, marks = (details.get_by_role("img", name=name, exact=True) for name in (words.BARE, words.MARKS))
    marked = layers.screenshot()
    told = marks.count()

    details.get_by_label(words.SHOW_MARKS).uncheck()
    bare = layers.screenshot()
    assert (photo.count(), told, marks.count()) == (1, 1, 0)
    details.get_by_label(words.SHOW_MARKS).check()

    assert bare != marked
    assert layers.screenshot() == marked


def test_what_is_heated_is_grey_and_glows_and_the_rest_keeps_its_colours(open_file, tmp_path):
    """A map over the right half of a photo of one colour, cold on its left."""
    out, photo = io.BytesIO(), Image.new("RGB", (400, 200), (40, 90, 200))
    photo.save(out, "JPEG", quality=95)
    heat = Evidence("heatmap", ("zebra_",), "heat", ((200.0, 0.0), (400.0, 200.0)), ((0.0,) * 4 + (1.0,) * 4,))
    facts = PhotoFacts(400, 200, "JPEG", 1)
    of = judged(cues=(zebra(evidence=(heat,)),), photo=facts, preview=out.getvalue())
    page = tmp_path / "page.html"
    with page.open("w", encoding="utf-8") as file:
        discover()["html"].write([of], file)
    opened = open_file(page)
    opened.locator("details summary").click()

    with Image.open(io.BytesIO(opened.locator(".layers").screenshot())) as shown:
        assert shown.width == 320
        plain, cold, hot = (shown.convert("RGB").getpixel((x, 120)) for x in (80, 180, 300))

    assert max(abs(a - b) for a, b in zip(plain, (40, 90, 200), strict=True)) < 8
    assert max(cold) - min(cold) < 20
    assert hot[0] > hot[1] > hot[2]
    assert hot[0] > 150


def test_a_column_sorts_both_ways_and_says_so(opened):
    page = opened()

    column(page, words.SCORE).get_by_role("button").click()
    rising = [score for score in scores(page) if score]
    assert column(page, words.SCORE).get_attribute("aria-sort") == "ascending"
    column(page, words.SCORE).get_by_role("button").click()

    assert rising == sorted(rising, key=int)
    assert len(rising) == 3
    assert scores(page) == [*rising[::-1], *[""] * 7]
    assert column(page, words.SCORE).get_attribute("aria-sort") == "descending"
    column(page, words.VERDICT).get_by_role("button").click()
    assert names(page)[0] == "declares_ai.jpg"
    assert column(page, words.SCORE).get_attribute("aria-sort") is None


def test_the_filter_leaves_what_fits_in_table_and_details(opened):
    page = opened()

    page.get_by_label(words.SEARCH).fill("PORTRAIT")

    assert names(page) == ["portrait_a.jpg", "skin_smoothed.jpg"]  # whose row names the other
    assert page.locator("details:visible").count() == 2
    assert page.get_by_role("status").inner_text() == "2 of 10 photos shown"
    page.get_by_label(words.SEARCH).fill("")
    page.get_by_label(words.SHOW, exact=True).select_option(label="unreadable (1)")
    assert names(page) == ["broken.jpg"]


def test_a_name_leads_to_its_details_whose_steps_add_up_to_the_score(opened):
    page = opened()
    row = page.locator("tbody tr", has_text="skin_smoothed.jpg").first
    score = row.locator("td:nth-child(4)").inner_text()

    row.get_by_role("link").click()

    details = page.locator("details[open]")
    assert details.count() == 1
    assert details.locator("h3").inner_text() == "skin_smoothed.jpg"
    assert details.locator(".waterfall tbody tr").last.locator("td").last.inner_text() == score
    assert details.get_by_role("img", name=words.BARE, exact=True).is_visible()
    assert details.locator("summary").evaluate("summary => summary.getBoundingClientRect().top >= 0")
    assert re.search(r": leans towards (AI|a camera)", details.inner_text())


def test_an_address_with_a_photo_opens_its_details(opened):
    assert opened("#photo-3").locator("#details-3").evaluate("details => details.open")


def test_the_keyboard_alone_sorts_filters_and_opens_details(opened):
    page = opened()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == words.SKIP
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("skin_smoothed")
    assert names(page) == ["skin_smoothed.jpg"]
    for _ in range(4):  # the choice of verdicts, then the columns' buttons
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert column(page, words.SCORE).get_attribute("aria-sort") == "ascending"
    for _ in range(3):
        page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")

    assert outline == "solid"
    page.wait_for_selector("details[open]")
    assert page.locator("details[open] h3").inner_text() == "skin_smoothed.jpg"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert not page.locator("details[open]").get_by_label(words.SHOW_MARKS).is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash").startswith("#row-")


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_needs_sideways_scrolling(opened, width):
    page = opened(viewport={"width": width, "height": 800})

    page.eval_on_selector_all("details", "all => all.forEach(details => { details.open = true; })")

    assert page.evaluate("document.documentElement.scrollWidth") == width


def looks(page):
    """Show the page in light and dark, on a phone and on a desk; yields which it is, and the width."""
    for scheme, width in itertools.product(("light", "dark"), (360, 1440)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        yield scheme, width


def test_axe_finds_nothing_in_light_or_dark(opened):
    page = opened()
    page.eval_on_selector_all("details", "all => all.forEach(details => { details.open = true; })")

    for scheme, width in looks(page):
        red, *_ = page.evaluate("getComputedStyle(document.body).backgroundColor").removeprefix("rgb(").split(",")
        assert (int(red) < 128) is (scheme == "dark")
        assert (scheme, width, violations(page)) == (scheme, width, [])


def test_hostile_names_and_notes_are_text(opened):
    page = opened()

    shown = "\n".join(names(page))
    assert SCRIPT in shown
    assert HEBREW in shown
    assert str(LONG) in shown
    assert "photo\\u202egpj.exe.jpg" in shown
    assert "\u202e" not in page.content()
    page.locator("tbody tr", has_text="program.jpg").first.get_by_role("link").click()
    assert PROGRAM in page.locator("details[open]").inner_text()
    assert page.locator("script").count() == 1
    assert page.locator("[onerror]").count() == 0


def test_everything_can_be_read_without_script(opened):
    page = opened("#photo-3", java_script_enabled=False)

    assert len(names(page)) == 10
    assert page.locator("form").is_hidden()
    assert page.locator("thead button").count() == 0
    page.locator("#details-2 summary").click()
    assert page.locator("#photo-2").is_visible()


def test_print_leaves_out_what_only_a_screen_needs(opened):
    page = opened()
    page.emulate_media(media="print")

    assert page.locator("form").is_hidden()
    assert page.locator(".details").is_hidden()
    page.locator("#details-2").evaluate("details => { details.open = true; }")
    assert page.locator("#photo-2").is_visible()
    assert page.locator("#details-3").is_hidden()


def test_the_page_says_how_often_the_model_errs(opened):
    table = opened().get_by_role("region", name=words.ERRORS)

    assert table.get_by_role("row").count() == 1 + len(words.CONDITIONS)
    assert words.CONDITIONS["profile"] in table.inner_text()
    assert table.get_by_text("%").count() >= 12


# The explanation of one photo


@pytest.fixture(scope="module")
def explanation(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("explanation") / "page.html"
    assert main(["explain", str(SAMPLES / "skin_smoothed.jpg"), "--output", str(target)]) == 0
    return target


def test_an_explanation_can_be_used_by_everyone(open_file, explanation):
    page = open_file(explanation)

    for scheme, width in looks(page):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert (scheme, width, violations(page)) == (scheme, width, [])
    broken = page.eval_on_selector_all("img", "images => images.filter(i => !i.complete || !i.naturalWidth).length")
    assert (page.locator("img").count() > 8, broken) == (True, 0)


def test_an_explanation_needs_only_the_keyboard(open_file, explanation):
    page = open_file(explanation)
    marks = page.get_by_role("img", name=words.MARKS, exact=True)

    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    shown = marks.is_visible()
    page.keyboard.press("Space")

    assert (outline, shown, marks.is_visible()) == ("solid", True, False)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")  # nothing else waits for a key
