"""Reports in other languages: nothing is missing, nothing of strangers is translated, and data stays English."""

from __future__ import annotations

import html as html_
import io
import json
import pickle
import re
import shutil

import english
import msgspec
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B, ROOT
from PIL import Image, ImageFont
from test_report import judged, unjudged
from test_web import BROKEN, form, serving

from artifact_check import cues, scale
from artifact_check.checking.checker import Checker
from artifact_check.cli import main
from artifact_check.model.bundle import read_facts
from artifact_check.phrase import Phrase, capitalise, join
from artifact_check.report import declaration_writers, language, words
from artifact_check.report.drawing.sheet import choose_language
from artifact_check.report.explain import writers as explain
from artifact_check.report.format import Context
from artifact_check.report.formats import discover, html, table
from artifact_check.report.language import ENGLISH, Language, get_language, language_codes
from artifact_check.report.summary import Summary
from artifact_check.results import Declaration, PhotoFacts
from artifact_check.scanning import workers
from artifact_check.scanning.store import Store
from artifact_check.sources.local import LocalFile
from artifact_check.web import photo
from artifact_check.web.languages import preferred_language

SAMPLES = ROOT / "sample_images"
OTHERS = language_codes()[1:]
NAME = re.compile(r"\{(\w+)(?::\w+)?\}")


@pytest.fixture(scope="module")
def reports():
    """Of real pictures: what is said of them when the program runs."""
    photos = sorted(path for path in SAMPLES.iterdir() if path.suffix in {".jpg", ".png"})
    with Checker(previews=True) as checker:
        return [checker.check_source(LocalFile(photo)) for photo in photos]


@pytest.fixture(scope="module")
def said(reports):
    """Every English text and template that a person may meet."""
    summary = Summary()
    for report in reports:
        summary = summary.plus(report)
    met = [text for report in reports for text in english.of_report(report)]
    return english.texts() | {part for text in (*met, summary.sentence, words.SCALE) for part in english.parts(text)}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_a_translation(said, code):
    """What is missing here belongs into `report/translations/`, once in each language."""
    keys = set(map(language._key, texts(code)))
    missing = sorted(part for part in said if english.is_text(part) and language._key(part) not in keys)
    assert not missing, "\n".join([f"{code}.json lacks", *missing])


@pytest.mark.parametrize("code", OTHERS)
def test_every_translation_is_of_a_text(said, code):
    keys = {language._key(part) for part in said}
    unused = [text for text in texts(code) if language._key(text) not in keys]
    assert not unused, "\n".join([f"{code}.json translates what nobody says", *unused])


def test_texts_with_fields_are_phrases(said):
    assert list(english.put_together(said)) == []


@pytest.mark.parametrize("code", OTHERS)
def test_both_sides_have_the_same_fields(code):
    for original, translation in texts(code).items():
        assert sorted(NAME.findall(original)) == sorted(NAME.findall(translation)), original
        assert original.endswith(".") == translation.endswith("."), original


def test_all_languages_translate_the_same_texts():
    assert all(texts(code).keys() == texts(OTHERS[0]).keys() for code in OTHERS)


def test_no_translation_says_more_than_the_english():
    """Signs, and what a file declares: no verdict on a person, and nothing proven."""
    forbidden = re.compile(r"fälsch|\bfake|\becht\b|(?<!nicht )bewiesen|가짜|위조|조작|진짜|입증", re.IGNORECASE)
    assert [said for code in OTHERS for said in texts(code).values() if forbidden.search(said)] == []


def texts(code: str) -> dict[str, str]:
    return language.json.loads((language._TRANSLATIONS / f"{code}.json").read_text("utf-8"))["texts"]


NOTED = join(
    " ",
    (
        Phrase("{title:text}: measured, not scored.", title="Skin texture"),
        Phrase("the face is too small ({distance:number} px between the eyes)", distance="3"),
    ),
)
STRONGEST = Phrase(
    "{title:text}: leans towards AI. {finding:text}.",
    title="Eyes",
    finding=Phrase(
        "{found:text}, but on the side of AI photos",
        found=Phrase("{name:text}: {step:text}", name="Fine texture of the hair", step="as in most camera photos"),
    ),
)
IN_GERMAN = (
    "Augen: neigt zu KI. Feine Struktur im Haar: wie bei den meisten Kamerafotos, aber auf der Seite der KI-Fotos."
)


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        (words.photos(1), "1 Foto"),
        (words.photos(2), "2 Fotos"),
        (words.few_signs("5.1 %"), "Diese Antwort bekommen auch 5,1 % der KI-Bilder."),
        (words.reason("Skin texture", -1), "Struktur der Haut: 1 Punkt Richtung KI"),
        (words.reason("Skin texture", 12), "Struktur der Haut: 12 Punkte Richtung Kamera"),
        (words.more_measures(1), "1 weiterer steht im JSON-Bericht."),
        (
            words.facts(PhotoFacts(800, 600, "JPEG", faces=2, iod=80.3)),
            "800 x 600 Pixel, JPEG, 2 Gesichter, Augenabstand 80 Pixel",
        ),
        (words.quantity("0.5", "cm"), "0,5 cm"),
        ("Skin texture", "Struktur der Haut"),
        ("3.5", "3,5"),
        (
            NOTED,
            "Struktur der Haut: gemessen, aber nicht gewertet. das Gesicht ist zu klein (3 Pixel zwischen den Augen)",
        ),
        (STRONGEST, IN_GERMAN),
    ],
)
def test_texts_are_translated_part_by_part(text, translation):
    assert get_language("de").translate(text) == translation


@pytest.mark.parametrize("code", OTHERS)
def test_a_name_and_its_step_are_translated_each_for_itself(code):
    said = get_language(code).translate
    for measure in (measure for cue in cues.discover() for measure in cue.measures):
        for step in scale._STEPS[measure.scale]:
            both = Phrase("{name:text}: {step:text}", name=capitalise(measure.name), step=step)
            assert said(both).lower() == f"{said(measure.name)}: {said(step)}".lower()


def test_a_count_is_translated_with_what_it_counts(reports):
    undecided = next(report for report in reports if report.verdict == "inconclusive")
    assert get_language("ko").translate(Summary().plus(undecided).sentence) == "사진 1장: 결론 없음 1."


@pytest.mark.parametrize(
    "text",
    [
        "Hair: measured, not scored.",
        "How curly, edited hair is.",
        "hair, eyes",
        "eyes: not seen",
        "2 photos",
        "",
    ],
)
def test_only_whole_texts_are_translated(text):
    """An English sentence is never taken apart: a stranger's may look like one of ours."""
    assert get_language("de").translate(text) == text


def test_a_field_without_a_kind_stays_as_it_is():
    assert get_language("de").translate(Phrase("file in {folder}", folder="eyes")) == "Datei in eyes"


@pytest.mark.parametrize(
    "phrase", [STRONGEST, NOTED, Phrase("file in {folder}", folder="{name:text}"), Phrase("no field")]
)
def test_a_phrase_is_its_text_and_survives_pickling(phrase):
    again = pickle.loads(pickle.dumps(phrase))  # noqa: S301
    assert (again, again.template, again.fields) == (str(phrase), phrase.template, phrase.fields)
    assert get_language("de").translate(again) == get_language("de").translate(phrase)


def test_data_holds_plain_texts_alone(reports):
    """Encoders other than `json` take no subclass of `str`."""
    for report in reports:
        assert json.loads(msgspec.json.encode(report.to_dict())) == report.to_dict()


@pytest.mark.parametrize(
    ("text", "capital"),
    [
        ("some hair", "Some hair"),
        (Phrase("a {what}", what="beard"), "A beard"),
        (Phrase("{what:text} grows", what=Phrase("{which:text} beard", which="no")), "No beard grows"),
        ("", ""),
    ],
)
def test_a_text_begins_with_a_capital_letter(text, capital):
    assert capitalise(text) == capital
    assert type(capitalise(text)) is type(text)


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv"])
def test_reports_as_data_are_the_same_in_every_language(format_, reports):
    written = set()
    for code in language_codes():
        out = io.StringIO()
        discover()[format_].write(reports[:3], out, Context(get_language(code)))
        written.add(out.getvalue())
    assert len(written) == 1


@pytest.mark.parametrize("code", OTHERS)
def test_a_stored_report_is_translated_like_a_new_one(code, reports, tmp_path):
    with Store(tmp_path / "store.db", "this program") as store:
        for report in reports:
            store.add(report, "1", report.sha256 or report.path, with_pictures=True)
        stored = [store.report(report.path, report.sha256 or report.path, with_pictures=True) for report in reports]

    spoken = get_language(code)
    for new, old in zip(reports, stored, strict=True):
        assert list(english.of_report(spoken.translate_report(old))) == list(
            english.of_report(spoken.translate_report(new))
        )


STRANGER = "edited; taken by a camera, maker note with eyes"


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", ["edited", "1 photo", "eyes: not seen", "made by AI (IPTC metadata, not signed)"])
def test_what_is_a_strangers_is_never_translated(code, name):
    kinds = ("c2pa", "exif", "iptc", "xmp", "generator_text")
    of = judged(
        name, provenance=tuple(Declaration(kind, "edited", "declared", f"{STRANGER} ({kind})") for kind in kinds)
    )
    paper, page, listing, text = io.StringIO(), io.StringIO(), io.StringIO(), io.StringIO()

    html.write([of], page, Context(get_language(code)))
    explain.write_html(of, Image.new("RGB", (80, 60)), paper, Context(get_language(code)))
    explain.write_text(of, text, Context(get_language(code)))
    declaration_writers.write_table(
        [unjudged("not_assessed", name, provenance=of.provenance)], listing, Context(get_language(code))
    )

    assert f"<bdi>{name}</bdi>" in page.getvalue()
    assert f"<bdi>{name}</bdi>" in paper.getvalue()
    assert text.getvalue().startswith(f"{name}\n")
    for out in (page, paper):
        assert out.getvalue().count(STRANGER) == len(kinds)
    assert name.split()[0] in listing.getvalue()
    assert "maker note with" in " ".join(listing.getvalue().split())


def test_nothing_changes_in_english(reports):
    assert ENGLISH.translate_report(reports[0]) is reports[0]
    assert ENGLISH.translate_module(words) is words
    assert language_codes()[0] == "en"


@pytest.mark.parametrize("code", OTHERS)
def test_a_page_says_nothing_in_english(code, reports):
    out = io.StringIO()

    html.write(reports, out, Context(get_language(code), lambda: read_facts(None)))

    page = html_.unescape(re.sub(r"(?s)<(script|style)>.*?</\1>", "", out.getvalue()))
    assert f'<html lang="{code}">' in page
    assert get_language(code).translate(words.HONESTY) in page
    known = {said for said in english._of_words() if " " in said and "{" not in said}
    # Names such as Content Credentials are the same in some languages.
    assert [said for said in known if said in page and said != get_language(code).translate(said)] == []
    measures = [m for report in reports for cue in report.cues for m in cue.measures]
    assert [said for m in measures for said in (m.sentence, m.name) if said.lower() in page.lower()] == []


HEADS_STICK_OUT = """[...document.querySelectorAll("#photos-table th button")].filter((button) =>
    button.getBoundingClientRect().right > button.parentNode.getBoundingClientRect().right + 0.5 &&
    button.checkVisibility()).map((button) => button.textContent)"""


@pytest.mark.slow
@pytest.mark.parametrize("code", OTHERS)
def test_long_words_fit_a_narrow_screen(code, reports, tmp_path):
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    report, explanation = tmp_path / "report.html", tmp_path / "explanation.html"
    with report.open("w", encoding="utf-8") as out:
        html.write(reports, out, Context(get_language(code), lambda: read_facts(None)))
    with explanation.open("w", encoding="utf-8") as out:
        of = next(report for report in reports if report.path.endswith("portrait_a.jpg"))
        explain.write_html(of, Image.open(PORTRAIT_A).convert("RGB"), out, Context(get_language(code)))

    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 900})
        for file in (report, explanation):
            page.goto(file.as_uri())
            page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") == 360
            assert page.evaluate(HEADS_STICK_OUT) == []
        browser.close()


@pytest.mark.parametrize("code", OTHERS)
def test_explanations_say_nothing_in_english(code, reports):
    of = next(report for report in reports if report.path.endswith("portrait_a.jpg"))
    text, page = io.StringIO(), io.StringIO()

    explain.write_text(of, text, Context(get_language(code)))
    explain.write_html(of, Image.open(PORTRAIT_A).convert("RGB"), page, Context(get_language(code)))
    with Checker() as checker:
        local = photo.check_and_render(checker, photo.Upload("me.jpg", PORTRAIT_A.read_bytes()), 1, code)

    assert f'<html lang="{code}">' in page.getvalue()
    assert get_language(code).translate(words.WHAT_NOW) in local.details
    pages = [html_.unescape(said) for said in (page.getvalue(), local.row, local.details)]
    for shown in (" ".join(text.getvalue().split()), *pages):
        known = {said for said in english.of_report(of) if " " in said} | {words.HONESTY, words.DIRECTION}
        assert [said for said in known if said in shown] == []


def test_columns_hold_with_wide_letters(reports, monkeypatch):
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()

    table.write(reports, out, Context(get_language("ko")))

    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 80
    head = next(line for line in lines if get_language("ko").translate(words.VERDICT) in line)
    place = cell_len(head[: head.index(get_language("ko").translate(words.SCORE))])
    row = next(line for line in lines if "█" in line)
    assert place <= cell_len(row[: row.index("█")]) <= place + 5


@pytest.mark.parametrize(
    ("command", "format_"),
    [
        pytest.param("scan", "csv", marks=pytest.mark.slow),
        ("provenance", "json"),
        ("provenance", "jsonl"),
        ("provenance", "csv"),
    ],
)
def test_data_is_the_same_in_every_language(command, format_, tmp_path):
    texts = set()
    for code in language_codes():
        target = tmp_path / f"{code}.{format_}"
        photos = [str(SAMPLES / name) for name in ("declares_ai.jpg", "broken.jpg")]
        main([command, *photos, "-q", "--format", format_, "--output", str(target), "--language", code])
        texts.add(target.read_bytes())
    assert len(texts) == 1


def test_commands_speak_the_language_that_is_asked_for(capsys, tmp_path):
    assert main(["scan", str(BROKEN), "--language", "de"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 Foto: nicht lesbar 1." in shown
    assert main(["provenance", str(SAMPLES / "declares_ai.jpg"), "--language", "ko"]) == 0
    assert "AI로 만듦" in capsys.readouterr().out
    assert main(["explain", str(BROKEN), "--language", "de", "--output", str(tmp_path / "b.html")]) == 0
    assert capsys.readouterr().err.startswith("nicht lesbar. Die Datei im Format JPEG ist abgeschnitten")
    assert main(["compare", str(SAMPLES / "no_face.png"), str(PORTRAIT_A), "--language", "de"]) == 1
    assert "no_face.png: Es wurde kein Gesicht gefunden" in capsys.readouterr().err
    assert main(["scan", str(BROKEN), "--language", "xx"]) == 2


def test_what_is_left_out_and_what_is_missing_is_said_in_the_language_that_is_asked_for(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("no photo")
    shutil.copy(BROKEN, tmp_path)
    listed = tmp_path / "list"
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / "photos.zip").write_bytes(b"PK")
    listed.write_text(str(tmp_path / "spoilt" / "photos.zip"))

    assert main(["scan", str(BROKEN), str(tmp_path), "--from-file", str(listed), "--language", "de"]) == 0

    out, err = capsys.readouterr()
    assert "Weggelassen: 3 andere Dateien in den Ordnern, keine Fotos." in err
    assert "lässt sich nicht als Archiv lesen" in " ".join(out.split())


def test_a_picture_is_in_english_where_no_font_has_the_letters(tmp_path):
    for code in OTHERS:
        assert choose_language(get_language(code)).code == (
            code if any(map(installed, get_language(code).fonts)) else "en"
        )
    assert choose_language(Language("xx", {"score": "점수"}, ("no such font.ttf",))) is ENGLISH
    for command in (("explain", BROKEN), ("compare", PORTRAIT_A, PORTRAIT_B)):
        pictures = {}
        for code in ("en", "de", "ko"):
            target = tmp_path / f"{code}.png"
            assert main([*map(str, command), "--language", code, "--output", str(target)]) == 0
            pictures[code] = target.read_bytes()
        for code in OTHERS:
            assert (pictures[code] != pictures["en"]) == any(map(installed, get_language(code).fonts))


def installed(face: str) -> bool:
    try:
        return bool(ImageFont.truetype(face))
    except OSError:
        return False


# The local page


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr, ko ; q=0.2", "ko"),
        ("en;q=0.5, KO;q=0.6", "ko"),
        ("de;q=0", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        (";;,q=2,de;q=x", "en"),
    ],
)
def test_the_language_is_the_first_the_browser_wants_and_we_have(asked, code):
    assert preferred_language(asked).code == code


@pytest.fixture(scope="module")
def server():
    with serving() as started:
        yield started


def test_the_page_follows_the_browser(server):
    for asked, code in (("de-CH, en;q=0.8", "de"), ("ko", "ko"), ("fr", "en")):
        _, _, answer = server.request("GET", "/", accept_language=asked)
        page = html_.unescape(answer.decode())
        assert f'<html lang="{code}">' in page
        assert get_language(code).translate(words.PAGE_INTRO) in page
        assert get_language(code).translate(words.PROGRESS) in page


def test_a_photo_and_a_refusal_follow_the_browser_and_the_api_stays_english(server):
    body, kind = form("edited", b"photo")
    shown = html_.unescape(server.request("POST", "/photo", body, content_type=kind, accept_language="de")[2].decode())
    refusal = server.request("POST", "/photo", *form("", b"")[:1], content_type=kind, accept_language="de")[2].decode()

    assert "<bdi>edited</bdi>" in shown
    assert get_language("de").translate(words.DECLARATIONS) in shown
    assert refusal == get_language("de").translate(words.NO_PHOTO)
    foreign = server.request("GET", "/", sec_fetch_site="cross-site", accept_language="ko")[2].decode()
    assert foreign == get_language("ko").translate(words.FOREIGN)
    assert len({server.request("POST", "/api/check", b"", accept_language=code)[2] for code in language_codes()}) == 1


def test_what_a_worker_could_not_do_is_told_in_the_browsers_language(server):
    for (body, kind), said in (((b"photo", "image/jpeg"), words.UNNAMED), (form("die-1.jpg", b"photo"), workers.DIED)):
        answer = server.request("POST", "/photo", body, content_type=kind, accept_language="de")[2]
        shown = html_.unescape(answer.decode())
        assert get_language("de").translate(said) in shown
        assert said not in shown


@pytest.mark.slow
def test_a_language_that_was_chosen_is_kept():
    with serving("--language", "ko") as korean:
        assert '<html lang="ko">' in korean.request("GET", "/", accept_language="de")[2].decode()
