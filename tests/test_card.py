"""The card: an answer whose parts add up, whose marks show its reasons, and that is the same in every format."""

from __future__ import annotations

import csv
import html as html_
import io
import itertools
import math
import re
from typing import get_args

import english
import pytest
from conftest import ROOT
from PIL import Image
from test_report import judged, zebra

from artifact_check.checking.checker import Checker
from artifact_check.checking.wording import LEANING
from artifact_check.cues import discover
from artifact_check.model import bundle
from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.console import zone_bar
from artifact_check.report.explain import writers
from artifact_check.report.format import Context
from artifact_check.report.formats import html
from artifact_check.results import ErrorRates, MeasureResult, ModelFacts, Rate, Status, Verdict
from artifact_check.scale import describe
from artifact_check.sources.local import LocalFile
from artifact_check.web import photo

SAMPLES = sorted(path for path in (ROOT / "sample_images").iterdir() if path.suffix in {".jpg", ".png"})
LABELLED = 200
MOST_WORDS = 20
EASY = 60  # Flesch reading ease: plain English, for readers of 13 to 15 years


def rate(value: float | None) -> Rate:
    return Rate(value, 100)


FACTS = ModelFacts(
    "headshot-0",
    likely_ai=0.8,
    likely_authentic=0.2,
    rates=(ErrorRates("profile", rate(0.02), rate(0.04), rate(0.6), rate(0.055), rate(0.45), rate(0.5)),),
    leaning_ai=(0.7, 0.35),
)


def animals(*added: float | None):
    """Cues that add so much to the log-odds of AI, each by one measure."""
    measures = [MeasureResult(f"{name}_size", 1.0, "", (0.0, 2.0), "either", "", f"size of the {name}", each)
                for name, each in zip(("ant", "bee", "cow", "dog", "eel"), added, strict=False)]  # fmt: skip
    return tuple(
        zebra(name=m.key[:3], title=m.key[:3].title(), contribution=m.contribution, measures=(m,), evidence=())
        for m in measures
    )


@pytest.fixture(scope="module")
def checker():
    with Checker(previews=True) as checker:
        yield checker


@pytest.fixture(scope="module")
def reports(checker):
    return [checker.check_source(LocalFile(path)) for path in SAMPLES]


# What it says


@pytest.mark.parametrize("start", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("added", [(0.4, -0.7, 1.1), (-1.5, -0.5, -0.2), (0.3, 0.2, -0.5)])
def test_the_points_of_all_parts_add_up_to_the_score(start, added):
    total = start + sum(added)
    p_ai = 1 / (1 + math.exp(-total))
    card = build_card(judged(p_ai=p_ai, cues=animals(*added)))

    # The model's own part, shared out like the others.
    of_start = -start * (100 * (p_ai - 0.5) / total if abs(total) > 1e-9 else 25)
    parts = of_start + sum(reason.points for reason in card.reasons)
    assert parts == pytest.approx(100 * (0.5 - p_ai), abs=0.5 * len(added))


def test_reasons_are_at_most_three_and_the_strongest_come_first():
    card = build_card(judged(p_ai=0.7, cues=animals(0.2, -0.9, None, 0.5, 0.3)))

    assert [reason.cue.title for reason in card.reasons] == ["Bee", "Dog", "Eel"]
    assert [reason.points > 0 for reason in card.reasons] == [True, False, False]
    assert build_card(judged(cues=animals(None, 0.001))).reasons == ()


def test_the_numbers_of_an_inconclusive_answer_are_those_of_its_model():
    leaning = judged(verdict="inconclusive", p_ai=0.6, p_ai_low=0.4, p_ai_high=0.7, cues=animals(0.9, -0.3))

    assert build_card(leaning, FACTS).sentences == (
        "45 % of camera photos and 50 % of AI pictures get this answer.",
        "This one leans towards AI. What counts most: Ant.",
        "If half of all pictures were AI, 70 % of those leaning towards AI would be AI.",
    )
    camera = judged(verdict="inconclusive", p_ai=0.4, cues=animals(0.3, -0.9))
    assert build_card(camera, FACTS).sentences[-1].startswith("If half of all pictures were AI, 35 % of")
    zones = build_card(leaning, FACTS).zones
    assert (zones.ai, zones.low, zones.score, zones.high, zones.camera) == (20, 30, 40, 60, 80)
    bar = zone_bar(zones, ascii_only=True)
    assert bar == "0 ----------|----=====o==========---------|---------- 100"


def test_nothing_is_said_of_another_models_errors_or_of_figures_that_are_not_known():
    another = judged(verdict="inconclusive", model="headshot-9", cues=())
    assert build_card(another, FACTS) == build_card(another)
    empty = ErrorRates("profile", *[rate(None)] * 6)
    for verdict in get_args(Verdict):
        card = build_card(judged(verdict=verdict), ModelFacts("headshot-0", 0.8, 0.2, (empty,)))
        assert words.NOT_KNOWN not in " ".join(english.of_card(card))


def test_what_to_do_with_a_file_that_cannot_be_read_is_what_its_message_says():
    owners = [build_card(judged(verdict=None, p_ai=None, status=status)).steps[0][1] for status in get_args(Status)]
    told = dict(zip(get_args(Status), owners, strict=True))

    assert told["unreadable"] == told["too_large"] == (words.TRY_AGAIN,)
    assert words.TRY_AGAIN not in told["no_face"]
    declared = judged(verdict="declared_ai", platforms=("Google labels it (2024-10)",), status="unreadable")
    assert build_card(declared).steps[0][1] == (*words.STEPS["declared_ai"][0], words.SEE_PLATFORMS)


def test_what_stands_out_without_weight_is_told_beside_the_reasons():
    odd = [MeasureResult(f"bee_{n}", 9.0 - n, "", (0.0, 1.0), "either", "", f"buzz {n}", None) for n in range(4)]
    near = MeasureResult("bee_near", 1.5, "", (0.0, 1.0), "either", "", "wings", None)
    cues = (*animals(0.9), zebra(name="bee", contribution=None, measures=(near, *odd)))

    card = build_card(judged(cues=cues))

    assert card.others == tuple(f"Buzz {n}: much more than in camera photos." for n in (0, 1))
    assert [reason.cue.title for reason in card.reasons] == ["Ant"]


# Real photos


def assert_shows_what_it_says(report, facts) -> None:
    """Marks are of the strongest measures, every reason has weight, and no sentence contradicts its side."""
    card = build_card(report, facts)
    effects = sorted(abs(cue.contribution) for cue in report.cues if cue.contribution)
    assert len(card.reasons) <= 3
    assert [abs(reason.cue.contribution) for reason in card.reasons] == effects[::-1][: len(card.reasons)]
    for reason in card.reasons:
        strongest = max(reason.cue.measures, key=lambda m: (m.contribution or 0) * reason.cue.contribution)
        assert reason.strongest == strongest
        assert (reason.strongest.contribution > 0) == (reason.points < 0) == (reason.cue.contribution > 0)
        assert describe(strongest) in reason.sentence
        leans = abs(reason.cue.contribution) >= LEANING
        assert (reason.sentence if leans else "says little either way.") in reason.cue.summary
        against = "further from AI" if reason.points < 0 else "closer to AI|side of AI"
        assert not re.search(against, reason.sentence), (report.path, reason.sentence)
        if reason.mark is not None:
            assert any(seen.shows(strongest.key) for seen in reason.mark.evidence)
            assert reason.mark.cue == reason.cue.name
    assert not re.search(r"less (re)?touch|retouch less|less retouching", " ".join(english.of_card(card)))


def test_sample_images_show_what_they_say(checker, reports):
    for report in reports:
        assert_shows_what_it_says(report, checker.facts)
    marked = [reason.mark for report in reports for reason in build_card(report).reasons]
    assert len(marked) > 10
    assert None not in marked


def test_labelled_photos_show_what_they_say(checker, shared_data):
    with (shared_data / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        files = [row["file"] for row in csv.DictReader(lines)]
    shown = 0
    for file in files[:: len(files) // LABELLED][:LABELLED]:
        report = checker.check_source(LocalFile(shared_data / file))
        assert_shows_what_it_says(report, checker.facts)
        shown += report.status == "ok"
    assert shown > LABELLED // 2


# Every format


def facts_of(card) -> list[str]:
    said = [card.headline, *card.sentences, *card.others, *card.declared, *card.forecast, *card.appeal]
    said += itertools.chain.from_iterable((reason.title, reason.sentence) for reason in card.reasons)
    return [*said, *itertools.chain.from_iterable((who, *steps) for who, steps in card.steps)]


def readable(source: str) -> str:
    """The text of HTML, with one space between words."""
    source = re.sub(r"(?s)<(script|style)>.*?</\1>", "", source)
    return " ".join(html_.unescape(re.sub("<[^>]+>", " ", source)).split())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_format_shows_the_same_card(checker, path):
    report, picture = checker.examine(LocalFile(path))
    image = None if picture is None else Image.fromarray(picture.pixels)
    context = Context(facts=lambda: checker.facts)
    folder, page, terminal, sheet = io.StringIO(), io.StringIO(), io.StringIO(), io.TextIOWrapper(io.BytesIO())

    html.write([report], folder, context)
    writers.write_html(report, image, page, context)
    writers.write_text(report, terminal, context)
    writers.write_png(report, image, sheet, context)
    local = photo.check_and_render(checker, photo.Upload(path.name, path.read_bytes()), 1, "en").details

    said = facts_of(build_card(report, checker.facts))
    assert len(said) > 6
    for shown in (readable(folder.getvalue()), readable(page.getvalue()), readable(local), terminal.getvalue()):
        text = " ".join(shown.split())
        assert [sentence for sentence in said if sentence not in text] == []
    with Image.open(sheet.buffer) as drawn:
        assert drawn.width == 1500
        assert 400 < drawn.height < 4000
        assert len(drawn.convert("RGB").getcolors(1 << 24)) > 20


# Plain words


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end; by rule, as Flesch's measure allows."""
    groups = re.findall("[aeiouy]+", word.lower())
    silent = re.search("[^aeiouyl]e$|[^aeiouydt]ed$", word.lower()) is not None
    return max(1, len(groups) - silent)


def test_the_card_can_be_read_by_a_pupil(reports):
    """At most 20 words a sentence, and a Flesch reading ease (1948) of at least 60 over all of them."""
    facts = bundle.read_facts(None)
    cards = [build_card(report, facts) for report in reports if report.message is None]
    cards += [build_card(judged(verdict=verdict, cues=animals(0.9, -0.5)), FACTS) for verdict in get_args(Verdict)]
    cards.append(build_card(judged(verdict=None, p_ai=None)))
    said = {text for card in cards for text in (card.headline, *card.sentences, *card.others, *card.appeal)}
    said |= {text for card in cards for who, steps in card.steps for text in (who, *steps)}
    said |= {text for card in cards for reason in card.reasons for text in (reason.title, reason.sentence)}
    said |= {words.innocent(cue.title, cue.innocent) for cue in discover()}
    said = {text for text in said if "SHA-256" not in text}

    sentences = [
        s for text in said for part in re.split(r"[.?!](?:\s|$)", text) if (s := re.findall("[A-Za-z'-]+", part))
    ]
    counted = [word for sentence in sentences for word in sentence]
    longest = max(sentences, key=len)
    ease = 206.835 - 1.015 * len(counted) / len(sentences) - 84.6 * sum(map(syllables, counted)) / len(counted)

    assert len(longest) <= MOST_WORDS, " ".join(longest)
    assert ease >= EASY
