"""The HTML report as people use it: a real scan of real files, opened from disk in a real browser."""

from __future__ import annotations

import csv
import functools
import io
import itertools
import json
import re
import shutil
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from conftest import violations
from PIL import ExifTags, Image
from test_report import judged, zebra
from tests.command import run

from artifact_check import scan
from artifact_check.cli import main
from artifact_check.learn.laboratory import perturb
from artifact_check.report import words
from artifact_check.report.format import Context
from artifact_check.report.formats import discover
from artifact_check.results import Evidence, PhotoFacts
from artifact_check.scanning.setup import Setup
from artifact_check.sources.local import LocalFile

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
        contexts[-1].set_default_timeout(60_000)  # what takes so long hangs
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
    return page.locator("#photos-table tbody tr:visible th a").all_text_contents()


def scores(page) -> list[str]:
    return page.locator("#photos-table tbody tr:visible td:nth-child(4)").all_text_contents()


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


def colours(element) -> int:
    with Image.open(io.BytesIO(element.screenshot())) as shown:
        return len(shown.convert("RGB").getcolors(1 << 24))


@pytest.mark.parametrize("javascript", [True, False])
def test_the_photo_comes_without_marks_and_each_reason_with_its_place(opened, javascript):
    page = opened(java_script_enabled=javascript)
    details = page.locator("details.photo", has_text="skin_smoothed.jpg").first
    details.locator("summary").first.click()

    photo = details.get_by_role("img", name=words.BARE, exact=True)
    assert photo.locator("path, rect").count() == 0
    assert colours(photo) > 1000
    reasons = details.locator(".reasons > li")
    assert reasons.count() == details.locator(".place-of").count() == 3
    for reason in reasons.all():
        place = reason.get_by_role("img")
        assert place.locator("path, rect").count() > 0
        assert colours(place) > 1000
        assert reason.inner_text().startswith(f"{place.get_attribute('aria-label')}: ")


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
    opened.locator("details summary").first.click()

    with Image.open(io.BytesIO(opened.locator(".layers").screenshot())) as shown:
        assert shown.width == 320
        plain, bare = (shown.convert("RGB").getpixel((x, 120)) for x in (80, 300))
    with Image.open(io.BytesIO(opened.locator(".place-of").screenshot())) as shown:
        cold, hot = (shown.convert("RGB").getpixel((int(x * shown.width), shown.height // 2)) for x in (0.2, 0.8))

    assert max(abs(a - b) for a, b in zip((*plain, *bare), (40, 90, 200) * 2, strict=True)) < 8
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
    assert page.locator("details.photo:visible").count() == 2
    assert page.get_by_role("status").inner_text() == "2 of 10 photos shown"
    page.get_by_label(words.SEARCH).fill("")
    page.get_by_label("unreadable (1)").check()
    assert names(page) == ["broken.jpg"]
    page.get_by_label("declares AI (1)").check()
    assert sorted(names(page)) == ["broken.jpg", "declares_ai.jpg"]
    again = opened(page.evaluate("location.hash"))
    assert names(again) == names(page)
    assert again.get_by_label("unreadable (1)").is_checked()


def test_a_name_leads_to_its_details_whose_steps_add_up_to_the_score(opened):
    page = opened()
    row = page.locator("tbody tr", has_text="skin_smoothed.jpg").first
    score = row.locator("td:nth-child(4)").text_content()

    row.get_by_role("link").click()

    details = page.locator("details.photo[open]")
    assert details.count() == 1
    assert details.locator("h3").inner_text() == "skin_smoothed.jpg"
    assert details.locator(".waterfall tbody tr").last.locator("td").last.text_content() == score
    assert details.get_by_role("img", name=words.BARE, exact=True).is_visible()
    assert details.locator("summary").first.evaluate("summary => summary.getBoundingClientRect().top >= 0")
    details.locator(".more-on summary").first.click()
    assert re.search(r": leans towards (AI|a camera)", details.inner_text())


def test_an_address_with_a_photo_opens_its_details(opened):
    assert opened("#photo-3").locator("#details-3").evaluate("details => details.open")


def tab_to(page, element, key: str = "Tab") -> None:
    """Press a key until the element has the focus, which has to be seen."""
    for _ in range(60):
        page.keyboard.press(key)
        if element.evaluate("element => element === document.activeElement"):
            assert element.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
            return
    pytest.fail("the keyboard never came there")


@pytest.mark.parametrize("width", [360, 1440])
def test_the_keyboard_alone_works_the_list_off(opened, width):
    """From the first key to the list with what was reviewed, which a second visit still knows."""
    page = opened(viewport={"width": width, "height": 900})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == words.SKIP
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("jpg")
    for outcome in ("declares AI (1)", "inconclusive (2)"):
        tab_to(page, page.get_by_label(outcome))
        page.keyboard.press("Space")
    assert names(page) == ["declares_ai.jpg", "portrait_a.jpg", "skin_smoothed.jpg"]
    tab_to(page, column(page, words.SCORE).get_by_role("button"))
    page.keyboard.press("Space")
    assert names(page) == ["skin_smoothed.jpg", "portrait_a.jpg", "declares_ai.jpg"]

    tab_to(page, page.get_by_role("link", name="skin_smoothed.jpg"))
    page.keyboard.press("Enter")
    shown = page.locator("details.photo[open]")
    assert shown.locator("h3").inner_text() == "skin_smoothed.jpg"
    for key, name in (
        ("j", "portrait_a.jpg"),
        ("j", "declares_ai.jpg"),
        ("j", "declares_ai.jpg"),
        ("k", "portrait_a.jpg"),
    ):
        page.keyboard.press(key)
        assert shown.locator("h3").all_inner_texts() == [name]
        assert page.locator("tr[aria-current]").get_by_role("link").inner_text() == name
    page.keyboard.press("r")
    assert page.get_by_label(words.REVIEWED, exact=True).is_checked()
    tab_to(page, page.get_by_label(words.NOTE), "Shift+Tab")
    page.keyboard.type('=asked for "the original", jk')
    tab_to(page, page.get_by_role("button", name=words.EXPORT))
    with page.expect_download() as download:
        page.keyboard.press("Enter")

    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"), newline="")))
    assert len(rows) == 10
    assert [row[words.FILE] for row in rows[:3]] == names(page)
    done = {
        row[words.FILE]: (row[words.VERDICT], row[words.REVIEWED], row[words.NOTE]) for row in rows if row[words.NOTE]
    }
    assert done == {"portrait_a.jpg": ("inconclusive", "x", '\'=asked for "the original", jk')}
    page.reload()
    assert names(page) == ["declares_ai.jpg", "portrait_a.jpg", "skin_smoothed.jpg"]
    assert page.get_by_label(words.NOTE).input_value() == '=asked for "the original", jk'
    tab_to(page, page.get_by_label(words.SHOW_OPEN))
    page.keyboard.press("Space")
    assert names(page) == ["declares_ai.jpg", "skin_smoothed.jpg"]


def test_next_and_previous_follow_the_list_that_is_shown(opened):
    page = opened(viewport={"width": 1440, "height": 900})
    page.get_by_label(words.SEARCH).fill("portrait")
    for name, button in (
        ("portrait_a.jpg", words.NEXT),
        ("skin_smoothed.jpg", words.NEXT),
        ("portrait_a.jpg", words.PREVIOUS),
    ):
        page.get_by_role("button", name=button).click()
        assert page.locator("details.photo:visible h3").all_inner_texts() == [name]
        assert page.locator("details.photo.current").evaluate("shown => shown.getBoundingClientRect().left > 500")
    assert page.locator("details.photo[open] .headline").is_visible()


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


def test_a_screen_reader_finds_every_row_and_cell_in_view_or_not(browser, report):
    """As Chromium tells a screen reader, which it does only when there is one."""
    flags = ["--no-sandbox", "--force-renderer-accessibility"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=flags) as told:
        page = told.new_page(viewport={"width": 1440, "height": 300})
        page.goto(report.as_uri())
        nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        listed = names(page)
    found = [(node["role"]["value"], node["name"]["value"]) for node in nodes if not node["ignored"]]

    assert [name for role, name in found if role == "link"][-len(listed) :] == listed
    assert [role for role, _ in found].count("rowheader") >= len(listed)
    assert [role for role, _ in found].count("cell") >= 5 * len(listed)


def test_every_part_of_the_list_names_its_role(opened):
    """Laid out as grids, rows and cells are none to some browsers otherwise."""
    parts = "#photos-table, #photos-table :is(thead, tbody, tr, th, td)"
    given = opened().eval_on_selector_all(parts, "all => all.map(part => [part.localName, part.getAttribute('role')])")

    assert {(name, role) for name, role in given} == {
        ("table", "table"),
        ("thead", "rowgroup"),
        ("tbody", "rowgroup"),
        ("tr", "row"),
        ("th", "columnheader"),
        ("th", "rowheader"),
        ("td", "cell"),
    }


def test_hostile_names_and_notes_are_text(opened):
    page = opened()

    shown = "\n".join(names(page))
    assert SCRIPT in shown
    assert HEBREW in shown
    assert str(LONG) in shown
    assert "photo\\u202egpj.exe.jpg" in shown
    assert "\u202e" not in page.content()
    page.locator("tbody tr", has_text="program.jpg").first.get_by_role("link").click()
    page.locator("details.photo[open] .more-on summary").last.click()
    assert PROGRAM in page.locator("details.photo[open]").inner_text()
    assert page.locator("script").count() == 1
    assert page.locator("[onerror]").count() == 0


def test_everything_can_be_read_without_script(opened):
    page = opened("#photo-3", java_script_enabled=False)

    assert len(names(page)) == 10
    assert page.locator("form").is_hidden()
    assert page.locator("thead button").count() == 0
    page.locator("#details-2 summary").first.click()
    assert page.locator("#photo-2").is_visible()


def test_print_leaves_out_what_only_a_screen_needs(opened):
    page = opened()
    page.emulate_media(media="print")

    assert page.locator("form").is_hidden()
    assert page.locator(".review").is_hidden()
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
    folded = page.locator("details > summary")

    for summary in folded.all():
        tab_to(page, summary)
        page.keyboard.press("Enter")

    assert folded.count() == page.locator("details[open]").count() == 2
    assert page.locator(".waterfall").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")  # nothing else waits for a key


# Thousands of photos

MANY = 5_000
FEW = 200  # what a window shows, and something around it


@pytest.fixture(scope="module")
def large_report(tmp_path_factory) -> Path:
    """The page of a scan of 5,000 portraits: four, whose names and bytes are said to differ."""
    target = tmp_path_factory.mktemp("large") / "report.html"
    paths = [SAMPLES / name for name in ("portrait_a.jpg", "portrait_b.jpg", "eye_moved.jpg", "skin_smoothed.jpg")]
    with Setup(previews=True).checker() as checker, target.open("w", encoding="utf-8") as file:
        portraits = [checker.check_source(LocalFile(path)) for path in paths]
        reports = (
            replace(portraits[number % 4], path=f"photos/{number:04d}.jpg", sha256=f"{number:064x}")
            for number in range(MANY)
        )
        discover()["html"].write(reports, file, Context(facts=lambda: checker.facts))
    return target


def rendered(page, part: str) -> int:
    """How many elements are laid out, of those that come into view or could do so."""
    return page.eval_on_selector_all(
        part, "all => all.filter(each => each.checkVisibility({ contentVisibilityAuto: true })).length"
    )


def laid_out_anew(browser, page, key: str, trace: Path) -> int:
    """How many boxes the browser lays out again for a key, by its own trace."""
    page.bring_to_front()
    browser.start_tracing(page=page, path=trace, categories=["devtools.timeline"])
    page.keyboard.press(key)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    browser.stop_tracing()
    events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    return sum(event["args"]["beginData"]["dirtyObjects"] for event in events if event["name"] == "Layout")


@pytest.mark.long
@pytest.mark.parametrize("width", [360, 1440])
def test_a_report_of_thousands_is_small_and_shows_at_once_what_is_in_view(
    open_file, browser, large_report, tmp_path, width
):
    assert large_report.stat().st_size < 60_000_000
    page = open_file(large_report, viewport={"width": width, "height": 900})
    assert page.locator("#photos-table tbody tr").count() == page.locator("details.photo").count() == MANY
    parts = ("#photos-table tbody .verdict", "details.photo > summary", "tbody img")
    assert max(rendered(page, part) for part in parts) < FEW

    assert laid_out_anew(browser, page, "j", tmp_path / "trace.json") < 5_000
    listed = names(page)
    current = page.locator("tr[aria-current] a")
    shown = page.locator("details.photo[open]")
    for key, at in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert current.text_content() == shown.locator("h3").inner_text() == listed[at]
    assert shown.locator(".headline").is_visible()
    page.keyboard.press("r")
    assert page.locator("tr.reviewed").count() == 1
    assert max(rendered(page, part) for part in parts) < FEW

    page.get_by_label(words.SEARCH).fill("123")
    fitting = [name for name in listed if "123" in name]
    assert names(page) == fitting
    page.get_by_role("button", name=words.NEXT).click()
    assert current.text_content() == shown.locator("h3").inner_text() == fitting[0]
    page.get_by_label(words.SEARCH).fill("")
    page.locator("#photos-table tbody a").last.click()
    assert current.text_content() == shown.locator("h3").inner_text() == listed[-1]
    assert shown.locator(".headline").evaluate("shown => shown.getBoundingClientRect().top") < 900
    assert shown.get_by_text(words.MORE_IN_PICTURES).is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


# On paper


A4 = (595, 842)  # points


def pages_of(pdf: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Size and drawing instructions of each page of a PDF by Chromium, whose objects are not packed together."""
    objects = dict(re.findall(rb"(?s)(?:^|\n)(\d+) 0 obj\s*(.*?)endobj", pdf))
    pages = [page for page in objects.values() if re.search(rb"/Type /Page\b", page)]

    def drawn(number: bytes) -> bytes:
        """What an object draws, and the groups in it, which are named by their objects' numbers."""
        if b"/Subtype /Image" in objects[number]:
            return b""
        head, own = re.search(rb"(?s)(.*?)stream\r?\n(.*?)\r?\n?endstream", objects[number]).groups()
        if b"/FlateDecode" in head:
            own = zlib.decompressobj().decompress(own)
        return own + b"".join(map(drawn, re.findall(rb"/X(\d+) Do", own)))

    found = []
    for page in pages:
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page)
        content = re.search(rb"/Contents (\d+) 0 R", page)[1]
        found.append(((round(float(box[1])), round(float(box[2]))), drawn(content)))
    return found


def letters(drawn: bytes) -> int:
    """How many letters a page shows, each four digits of a glyph's number."""
    return sum(len(shown) // 4 for shown in re.findall(rb"<([0-9A-F]+)>", drawn))


def assert_prints_on_a4(page, most: int) -> None:
    pages = pages_of(page.pdf(prefer_css_page_size=True))
    assert {size for size, _ in pages} == {A4}
    assert [number for number, (_, drawn) in enumerate(pages) if letters(drawn) < 40] == []
    assert len(pages) <= most


def test_an_explanation_prints_on_two_pages(open_file, explanation):
    page = open_file(explanation)

    assert_prints_on_a4(page, 2)
    page.emulate_media(media="print")
    assert page.locator(".headline").is_visible()
    assert page.locator(".reasons > li:visible").count() == 3
    assert page.locator(".zone-bar").is_visible()
    assert page.locator(".more-on:visible").count() == 0


def test_a_report_prints_its_list_and_the_photos_that_are_open(opened):
    page = opened("#photo-1")

    assert_prints_on_a4(page, 7)
    page.emulate_media(media="print")
    assert page.locator("#photo-1 .headline").is_visible()
    assert page.locator("#photo-1 .reasons > li:visible").count() == 3
    assert page.locator("details.photo:visible").count() == 1
    for part in ("form", ".review", "nav", ".skip"):
        assert page.locator(part).is_hidden()


@pytest.fixture(scope="module")
def comparison(tmp_path_factory, face) -> Path:
    """The page of a portrait with a mole, against the same without."""
    folder = tmp_path_factory.mktemp("comparison")
    mole = perturb.paint_mole(face, at=face.landmarks[151], diameter=0.05, darkness=0.45)
    Image.fromarray(mole).save(folder / "me.png")
    command = ["compare", folder / "me.png", SAMPLES / "portrait_a.jpg", "--output", folder / "page.html"]
    assert main([str(argument) for argument in command]) == 0
    return folder / "page.html"


def test_a_comparison_can_be_used_by_everyone(open_file, comparison):
    page = open_file(comparison)
    both = page.get_by_label(words.BLINK)

    for scheme, width in looks(page):
        assert (scheme, width, violations(page)) == (scheme, width, [])
        assert page.evaluate("document.documentElement.scrollWidth") == width
    tab_to(page, both)
    page.keyboard.press("Space")
    assert page.locator(".stack img + img").evaluate("top => getComputedStyle(top).animationName") == "blink"


def test_on_a_phone_the_switch_is_beside_what_it_switches(open_file, comparison):
    page = open_file(comparison, viewport={"width": 360, "height": 740})
    switch, picture = page.get_by_label(words.BLINK), page.locator(".stack img + img")
    assert abs(switch.bounding_box()["y"] - picture.bounding_box()["y"]) < 500


def test_a_mark_is_on_the_mole_on_both_faces(open_file, comparison):
    page = open_file(comparison)

    for number, name in enumerate((words.HEADSHOT, words.NEAREST)):
        face = page.get_by_role("img", name=name)
        ring = page.locator(".stack").nth(number).locator("path").last
        outer, inner = face.bounding_box(), ring.bounding_box()
        assert 0.06 < inner["width"] / outer["width"] < 0.09
        assert outer["y"] < inner["y"] < outer["y"] + outer["height"] / 3
    assert page.locator(".entries li").inner_text().split("\n")[-1] == "A mark on the forehead is new."
