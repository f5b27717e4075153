"""A headshot against photos of the same person: what was changed is named, what was not is left alone."""

from __future__ import annotations

import base64
import io
import json
import pickle
import re
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import EYE_MOVED, PORTRAIT_A, PORTRAIT_B
from PIL import Image

from artifact_check import shipped
from artifact_check.cli import main
from artifact_check.comparing import comparer, features, likeness, marks, spread, traits, wording
from artifact_check.comparing.comparer import Comparer
from artifact_check.comparing.traits import Seen
from artifact_check.errors import ComparisonError, ModelError
from artifact_check.face import regions
from artifact_check.learn.laboratory import innocent, perturb
from artifact_check.learn.references import people
from artifact_check.photo import from_array
from artifact_check.report.comparison import write_html
from artifact_check.report.comparison_sheet import draw_comparison
from artifact_check.report.drawing.marks import number_changes
from artifact_check.report.language import ENGLISH, get_language, language_codes
from artifact_check.results import Comparison, Likeness, TraitResult
from artifact_check.web.photo import Upload


@pytest.fixture(scope="module")
def comparing():
    with Comparer() as made:
        yield made


def photos_of(face):
    """Ordinary photos of one person, as far as one photo can be made into several."""
    pixels = face.photo.pixels
    return [
        innocent.scale_brightness(pixels, gain=1.08),
        innocent.recode(pixels, quality=85),
        innocent.rotate(face, degrees=4.0),
        innocent.crop(pixels, share=0.03),
    ]


@pytest.fixture(scope="module")
def references(face):
    return photos_of(face)


def png(pixels):
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()


def sentences(comparison):
    return [sentence for trait in comparison.changed for sentence in trait.sentences]


def test_nothing_changed_in_another_photo_of_the_same_person(comparing, face, references):
    comparison = comparing.compare(innocent.scale_brightness(face.photo.pixels, gain=0.93), references)

    assert comparison.changed == ()
    assert comparison.advice == ()
    assert comparison.likeness.within
    assert not comparison.likeness.own  # copies of one photo do not show how much a person's photos differ
    assert {trait.status for trait in comparison.traits} == {"unchanged"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda face: perturb.recolour_irides(face, a=-15, b=0), "Your eyes are greener than in your 4 photos."),
        (lambda face: perturb.recolour_irides(face, a=0, b=-15), "Your eyes are bluer than in your 4 photos."),
        (lambda face: perturb.recolour_irides(face, a=8, b=12), "Your eyes are browner than in your 4 photos."),
        (perturb.smooth_skin, "Your skin is smoother than in your 4 photos."),
        (lambda face: perturb.shift_skin_tone(face, lightness=20), "Your skin is lighter than in your 4 photos."),
        (lambda face: perturb.enlarge_eyes(face, share=0.15), "Your eyes are larger than in your 4 photos."),
        (lambda face: perturb.draw_glasses(face, width=0.03), "Glasses show more than in your 4 photos."),
        (lambda face: perturb.redden_lips(face, a=20.0), "Your lips are redder than in your 4 photos."),
        (lambda face: perturb.redden_lips(face, a=-15.0), "Your lips are paler than in your 4 photos."),
        (
            lambda face: perturb.whiten_teeth(face, lightness=6.0, blue=12.0),
            "Your teeth are whiter than in your 4 photos.",
        ),
    ],
)
def test_what_changed_is_named_and_nothing_else(comparing, face, references, change, said):
    comparison = comparing.compare(change(face), references)

    assert sentences(comparison) == [said]
    assert comparison.advice


@pytest.mark.parametrize(
    ("change", "more", "less"),
    [
        (partial(perturb.paint_beard, density=0.5), "More beard or shadow shows", "Less beard shows"),
        (partial(perturb.draw_glasses, width=0.03), "Glasses show more", "Glasses show less"),
        (partial(perturb.whiten_teeth, lightness=0.0, blue=12.0), "Your teeth are whiter", "Your teeth are yellower"),
    ],
)
def test_what_is_added_to_the_headshot_or_only_in_the_references_is_named(comparing, face, change, more, less):
    plain, changed = face.photo.pixels, change(face)

    for headshot, reference, said in ((changed, plain, more), (plain, changed, less)):
        comparison = comparing.compare(headshot, [reference, innocent.recode(reference, quality=88)])
        assert f"{said} than in your 2 photos." in sentences(comparison)


@pytest.mark.parametrize("name", ["face", "other_face"])
def test_a_beard_is_blurred_away(comparing, name, request):
    face = request.getfixturevalue(name)
    assert sentences(comparing.compare(perturb.shave(face), photos_of(face))) == [
        "Less beard shows than in your 4 photos."
    ]


def test_every_file_of_a_feature_is_found_and_has_its_words_and_its_spread():
    files = {path.stem for path in Path(features.__file__).parent.glob("[!_]*.py")}
    names = [trait.name for trait in features.all_traits()]

    assert files <= set(names)
    assert len(names) == len(set(names))
    assert set(wording.TITLES) == {*names, "marks"}
    assert set(spread.spreads()) == set(names)
    for name in files:
        lower, higher = (wording.changed(name, np.array([difference]), 1) for difference in (-1.0, 1.0))
        assert lower != higher


def test_a_head_turned_far_shows_no_beard_and_no_glasses(face):
    turned = replace(face, transform=face.transform @ rotation_about_y(40.0))
    measured = {trait.name: trait.measure(turned) for trait in features.all_traits()}
    assert measured["beard"] is None
    assert measured["glasses"] is None
    assert measured["lips"] is not None


def rotation_about_y(degrees):
    turn = np.eye(4)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn[:3, :3] = [(cosine, 0, sine), (0, 1, 0), (-sine, 0, cosine)]
    return turn


def test_lighter_skin_is_told_from_a_longer_exposure(comparing, face):
    references = [innocent.scale_brightness(face.photo.pixels, gain=gain) for gain in (0.9, 1.0, 1.1)]

    shorter = comparing.compare(innocent.scale_brightness(face.photo.pixels, gain=0.85), references)  # by half a stop
    lighter = comparing.compare(perturb.shift_skin_tone(face, lightness=8), references)

    assert sentences(shorter) == []
    assert sentences(lighter) == ["Your skin is lighter than in your 3 photos."]


def test_more_photos_show_smaller_changes(comparing, face, references):
    def missed(photos):
        said = [trait.sentences[0] for trait in comparing.compare(face.photo.pixels, photos).traits]
        return [int(share) for share in re.findall(r"one under (\d+) % may be missed", " ".join(said))]

    several, one = missed(references), missed(references[:1])
    assert len(several) == len(one) == 3  # skin, jaw and eyes
    assert all(few < many for few, many in zip(several, one, strict=True))


@pytest.mark.parametrize("person", ["face", "other_face"])
def test_moles_are_lost_new_or_kept(comparing, person, request):
    face = request.getfixturevalue(person)
    at = face.landmarks[151]  # the forehead
    mole = perturb.paint_mole(face, at=at, diameter=0.05, darkness=0.45)
    plain, marked = face.photo.pixels, [innocent.recode(mole, quality=88), mole]

    added, removed = comparing.compare(mole, photos_of(face)), comparing.compare(plain, marked)

    assert sentences(added) == ["A mark on the forehead is new."]
    assert sentences(removed) == ["A mark on the forehead is missing."]
    for comparison in (added, removed):
        (place,) = comparison.traits[-1].places
        assert np.linalg.norm(np.array(place) - at) < 0.05 * face.iod
    assert sentences(comparing.compare(innocent.scale_brightness(mole, gain=0.95), marked)) == []


def test_skin_without_any_spot_has_no_marks_to_lose(comparing, face):
    smooth = face.photo.pixels
    for _ in range(8):
        smooth = cv2.bilateralFilter(smooth, 25, 80, 10)
    grain = np.random.default_rng(0).normal(0, 1, smooth.shape)
    smooth = np.clip(smooth + grain, 0, 255).astype(np.uint8)

    marks_found = comparing.compare(smooth, [smooth[:-1].copy()]).traits[-1]
    assert (marks_found.name, marks_found.status, marks_found.strength) == ("marks", "unchanged", 0)


def test_a_place_is_in_pixels_of_a_photo_that_was_measured_smaller(comparing, face):
    large = np.repeat(np.repeat(face.photo.pixels, 3, axis=0), 3, axis=1)
    mole = perturb.paint_mole(face, at=face.landmarks[151], diameter=0.05, darkness=0.45)
    comparison = comparing.compare(np.repeat(np.repeat(mole, 3, axis=0), 3, axis=1), [large])

    (place,) = comparison.traits[-1].places
    assert np.linalg.norm(np.array(place) / 3 - face.landmarks[151]) < 0.05 * face.iod


def test_the_whole_face_of_another_person_is_further_away_than_ones_own(comparing, face, other_face, references):
    own, other = (comparing.compare(shown.photo.pixels, references).likeness for shown in (face, other_face))

    assert own.nearest < 0.2
    assert other.nearest > 0.6
    assert own.within
    assert not other.within
    assert other.sentence == (
        f"Photos of one person usually differ by 0.19 to 0.47; the headshot differs by {other.nearest:.2f} from the "
        "nearest of yours."
    )


def test_ones_own_spread_counts_where_photos_differ(comparing, face, references):
    different = [perturb.shift_skin_tone(face, lightness=25), perturb.enlarge_eyes(face, share=0.2)]
    comparison = comparing.compare(face.photo.pixels, [*references, *different])

    assert comparison.likeness.own
    assert comparison.likeness.sentence.startswith("Your photos differ from each other by 0.")
    assert 0.25 < comparison.likeness.high < 0.55


def test_references_that_show_somebody_else_are_refused(comparing, face, references):
    another = "This shows another face than the other photos"
    with pytest.raises(ComparisonError, match=re.escape(f"{PORTRAIT_B}: {another}")):
        comparing.compare(face.photo.pixels, [references[0], PORTRAIT_B, references[1]])
    with pytest.raises(ComparisonError, match=f"reference 1: {another}"):
        comparing.compare(face.photo.pixels, [references[0], str(PORTRAIT_B)])
    # Two of each: nobody is a stranger to everybody.
    with pytest.raises(ComparisonError, match=another):
        comparing.compare(face.photo.pixels, [*references[:2], PORTRAIT_B, PORTRAIT_B.read_bytes()])


def test_copies_of_the_headshot_and_of_a_reference_do_not_count(comparing, face, references):
    headshot = perturb.recolour_irides(face, a=-15, b=0)
    comparison = comparing.compare(headshot, [headshot, references[0], png(headshot), references[0], references[1]])
    once = comparing.compare(headshot, references[:2])

    assert comparison.references == ("reference 2", "reference 5")
    assert comparison.likeness.nearest == once.likeness.nearest > 0
    assert sentences(comparison) == ["Your eyes are greener than in your 2 photos."] == sentences(once)
    with pytest.raises(ComparisonError, match=f"the headshot: {wording.ONLY_ITSELF}"):
        comparing.compare(headshot, [headshot, png(headshot)])


def test_a_photo_that_cannot_be_compared_is_named(comparing, face, other_face, tmp_path):
    nobody = tmp_path / "nobody.png"
    Image.new("RGB", (400, 400), "white").save(nobody)
    height = min(face.photo.height, other_face.photo.height)
    crowd = np.hstack([face.photo.pixels[:height], other_face.photo.pixels[:height]])

    for headshot, references, said in (
        (face.photo.pixels, [nobody], f"{nobody}: No face was found"),
        (nobody, [face.photo.pixels], f"{nobody}: No face was found"),
        (crowd, [face.photo.pixels], "the headshot: 2 faces were found; crop the photo to one face"),
        (tmp_path / "gone.jpg", [PORTRAIT_A], "gone.jpg: The file cannot be opened"),
        (PORTRAIT_A, [b"no picture"], "reference 1: "),
        (PORTRAIT_A, [], "Give 1 to 20 photos to compare with, not 0"),
        (PORTRAIT_A, [PORTRAIT_A] * 21, "not 21"),
    ):
        with pytest.raises(ComparisonError, match=re.escape(said)):
            comparing.compare(headshot, references)


def test_what_cannot_be_seen_is_not_compared(comparing, face, references):
    grey = np.repeat(face.photo.pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    soft = innocent.blur(face.photo.pixels, sigma=4)

    def unseen(headshot):
        return {trait.name for trait in comparing.compare(headshot, references).traits if trait.status == "not_seen"}

    assert unseen(grey) == {"eye_colour", "skin_tone", "lips", "teeth"}
    assert {"smoothness", "marks"} <= unseen(soft)
    turned = comparing.compare(face.photo.pixels, [grey])
    assert [trait.references for trait in turned.traits if trait.status == "not_seen"] == [0, 0, 0, 0]


def test_skin_tone_needs_the_whites_of_the_eyes(face):
    closed = face.landmarks.copy()
    for side in regions.SIDES:
        closed[side.polygon("eye"), 1] = closed[[*side.canthi], 1].mean()

    assert traits.skin_tone(face) is not None
    assert traits.skin_tone(replace(face, landmarks=closed, _views={})) is None


# The numbers of a face stay inside


def test_no_number_of_an_embedding_leaves(comparing, face, references):
    embedding = likeness.Recogniser().embed(face)
    comparison = comparing.compare(face.photo.pixels, references)

    numbers = [f"{number:.5f}"[:-1] for number in embedding._numbers if abs(number) > 0.1]
    told = json.dumps(comparison.to_dict()) + repr(comparison) + repr(embedding)
    assert repr(embedding) == "Embedding()"
    assert not [number for number in numbers if re.search(rf"(?<![\d.]){re.escape(number)}\d", told)]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="stays in its process"):
            pickle.dumps(embedding, protocol)


WATCHED = """
import json, sys

def refuse(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if writes or event in ("socket.connect", "socket.getaddrinfo", "urllib.Request"):
        print("refused:", event, args, flush=True)
        raise RuntimeError(event)

from artifact_check import compare
compare(sys.argv[1], sys.argv[2:])  # what is loaded late is loaded here
sys.addaudithook(refuse)
print(json.dumps(compare(sys.argv[1], sys.argv[2:]).to_dict()))
"""


def test_nothing_is_written_and_nothing_is_sent(python):
    run = python(WATCHED, PORTRAIT_A, EYE_MOVED)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["likeness"]["within"]


def test_a_changed_network_is_refused(monkeypatch, tmp_path):
    changed = tmp_path / shipped.LIKENESS
    changed.write_bytes(shipped.shipped_model(shipped.LIKENESS).read_bytes()[:-1])
    monkeypatch.setattr(shipped, "shipped_model", lambda name: tmp_path / name)
    with pytest.raises(ModelError, match="not the recognition network"):
        likeness.Recogniser()


# The command


def test_the_command_prints_text_and_json(capsys, tmp_path, face):
    folder = tmp_path / "mine"
    folder.mkdir()
    for i, pixels in enumerate(photos_of(face)):
        Image.fromarray(pixels).save(folder / f"{i}.png")
    headshot = tmp_path / "headshot.png"
    Image.fromarray(perturb.recolour_irides(face, a=-15, b=0)).save(headshot)

    assert main(["compare", str(headshot), str(folder)]) == 0
    text = capsys.readouterr().out.splitlines()
    assert main(["compare", str(headshot), str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)

    assert text[0] == str(headshot)
    assert "! Your eyes are greener than in your 4 photos." in text
    assert any(re.fullmatch(r"- Jaw: no change found; one under \d+ % may be missed\.", line) for line in text)
    assert text[-1] == "This says how a picture was altered, not who someone is."
    assert data["references"] == [str(folder / f"{i}.png") for i in range(4)]
    assert {trait["name"]: trait["status"] for trait in data["traits"]}["eye_colour"] == "changed"
    assert main(["compare", str(headshot), str(PORTRAIT_B), str(PORTRAIT_A)]) == 1
    assert "shows another face" in capsys.readouterr().err


def test_the_command_refuses_in_the_language_of_the_report(capsys):
    said = get_language("de").translate(wording.ONLY_ITSELF)
    assert main(["compare", str(PORTRAIT_A), str(PORTRAIT_A), "--language", "de"]) == 1
    assert capsys.readouterr().err == f"artifact-check: {PORTRAIT_A}: {said}\n"


@pytest.mark.parametrize("code", language_codes()[1:])
def test_the_text_is_translated(capsys, code):
    assert main(["compare", str(PORTRAIT_A), str(PORTRAIT_B), "--language", code]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert main(["compare", str(PORTRAIT_A), str(PORTRAIT_B)]) == 0
    assert not set(shown[1:]) & set(capsys.readouterr().out.splitlines()[1:])
    assert shown[-1] == get_language(code).translate("This says how a picture was altered, not who someone is.")


# How much people vary


def population(draw, count, photos, scatter):
    """Photos of people: value = person + 2 * light + noise of standard deviation `scatter`."""
    made = {}
    for person in range(count):
        light, base = draw.normal(size=(photos, 1)), draw.normal(scale=50)
        values = base + 2 * light + draw.normal(scale=scatter, size=(photos, 1))
        made[str(person)] = [Seen(value, circumstance) for value, circumstance in zip(values, light, strict=True)]
    return made


def test_the_spread_within_people_is_found_whatever_lies_between_them():
    fitted = people.fit(population(np.random.default_rng(1), 300, 6, 0.5))

    # A ridge leaves some of what the light does in the rest.
    assert 1.4 < fitted.by_circumstances[0, 0] < 2
    assert 0.25 < fitted.covariance[0, 0] < 0.6


def test_a_limit_is_exceeded_by_5_percent_of_other_people():
    draw = np.random.default_rng(2)
    usual = people.with_limit(population(draw, 200, 6, 0.5), {})
    others = population(draw, 300, 6, 0.5)
    strengths = [
        spread.change(headshot, references, usual).strength
        for seen in others.values()
        for headshot, references in people.chosen(seen)
    ]
    assert 0.035 < np.mean(np.array(strengths) > usual.limit) < 0.065


def test_a_limit_is_that_of_camera_photos_where_they_differ_more():
    draw = np.random.default_rng(3)
    alike, camera = population(draw, 100, 6, 0.2), population(draw, 100, 6, 0.8)
    everyone = alike | {f"camera {name}": seen for name, seen in camera.items()}

    usual = people.with_limit(everyone, {f"camera {name}": seen for name, seen in camera.items()})

    assert usual.limit > people.with_limit(everyone, {}).limit
    assert usual.limit == people.limit(people.strengths({f"camera {n}": s for n, s in camera.items()}, everyone))


def test_a_person_whose_photos_vary_more_is_allowed_more():
    usual = people.fit(population(np.random.default_rng(3), 300, 6, 0.5))
    steady, unsteady = ([Seen(np.array([v]), np.zeros(1)) for v in values] for values in ((0, 0.1, -0.1), (0, 3, -3)))
    headshot = Seen(np.array([2.0]), np.zeros(1))

    assert spread.change(headshot, steady, usual).strength > 1.5 * spread.change(headshot, unsteady, usual).strength
    one = spread.change(headshot, steady[:1], usual)
    assert one.strength == pytest.approx(2 / np.sqrt(2 * usual.covariance[0, 0]), rel=0.01)


def test_the_marks_of_a_list_are_apart():
    close = [marks.Mark((0.0, 5.0), 3.0), marks.Mark((0.3, 5.2), 2.0), marks.Mark((3.0, 0.0), 1.0)]
    assert marks._distinct(close) == [close[0], close[2]]


def test_the_shared_comparer_is_made_once():
    assert comparer.shared_comparer() is comparer.shared_comparer()


# The page


def test_the_page_shows_both_faces_and_marks_what_changed(tmp_path, capsys, face):
    page, headshot = tmp_path / "page.html", tmp_path / "<b>me.png"
    green = replace(face, photo=from_array(perturb.recolour_irides(face, a=-15, b=0)))
    Image.fromarray(perturb.paint_mole(green, at=face.landmarks[151], diameter=0.05, darkness=0.45)).save(headshot)

    assert main(["compare", str(headshot), str(PORTRAIT_A), "--output", str(page)]) == 0
    text = page.read_text("utf-8")

    assert "! A mark on the forehead is new." in capsys.readouterr().out
    assert re.findall(r"<div>([^<]+)</div></li>", text) == [
        "Your eyes are greener than in your photo.",
        "A mark on the forehead is new.",
    ]
    assert "<b>" not in text
    shown, known, *_ = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", text)
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in (shown, known)]
    on_headshot, on_reference = re.findall(r'<svg class="marks" viewBox="0 0 350 350".*?</svg>', text, re.DOTALL)
    assert on_headshot == on_reference
    rings = [ring for path in re.findall(r'<path d="M([^"]+)"', on_headshot) for ring in path.split("M")]
    assert len(rings) == 3
    for ring in rings:
        middle = np.mean([[float(n) for n in point.split(",")] for point in ring.split()], axis=0)
        x, y = np.round(middle / 350 * pictures[0].shape[0]).astype(int)
        near = np.s_[y - 18 : y + 18, x - 18 : x + 18]
        difference = np.abs(pictures[0][near].astype(int) - pictures[1][near])
        assert difference.max() > 40
    assert pictures[0].shape == pictures[1].shape == (696, 696, 3)


def comparison_of(*traits):
    return Comparison("folder/me.jpg", ("mine/a.jpg",), Likeness(0.3, "mine/a.jpg", 0.2, 0.5, True, "Whole."), traits)


def changed(name, *sentences, places):
    return TraitResult(name, "changed", 2.0, 1, sentences, tuple(places))


class Faces:
    """Two grey pictures, of a headshot of 1000 pixels."""

    headshot = reference = np.full((696, 696, 3), 128, np.uint8)

    def shares(self, places):
        return [(x / 1000, y / 1000) for x, y in places]


def test_the_sheet_marks_the_same_places_on_both_faces():
    changes = changed("eyes", "Greener.", places=[(400, 300), (600, 300)]), changed("chin", "New.", places=[(500, 800)])
    sheet = draw_comparison(comparison_of(*changes), Faces(), ENGLISH)
    bare = draw_comparison(comparison_of(), Faces(), ENGLISH)

    def grey(picture):
        """The box of what is left of the grey pictures."""
        return Image.fromarray((np.asarray(picture) == 128).all(axis=2)).getbbox()

    assert sheet.width == bare.width == 1500
    left, top, right, bottom = grey(bare)
    assert (right - left, bottom - top) == (696 + 722, 696)
    for mark in number_changes(comparison_of(*changes), Faces().shares):
        rows, columns = np.nonzero((np.asarray(sheet)[top:bottom, left:right] == mark.colour).all(axis=2))
        on_headshot, on_reference = ({*zip(rows, columns - at, strict=True)} for at in (0, 722))
        for x, y in Faces().shares(changes[mark.number - 1].places):
            ring = {(round(696 * y), round(696 * (x + side * 0.035))) for side in (-1, 1)}
            assert ring <= on_headshot
            assert ring <= on_reference


def test_rings_around_one_place_lie_in_each_other():
    both = changed("colour", "Greener.", places=[(400, 300)]), changed("size", "Larger.", places=[(400, 300)])
    inner, outer = number_changes(comparison_of(*both), Faces().shares)

    widths = [max(x for x, _ in mark.evidence[0].points) - 0.4 for mark in (inner, outer)]
    assert widths[1] > 1.2 * widths[0]
    assert inner.colour != outer.colour


def test_a_change_without_a_place_is_told_and_not_marked():
    comparison = comparison_of(changed("hair", "Your hair is longer.", places=[]))
    (mark,) = number_changes(comparison, Faces().shares)
    page = io.StringIO()
    write_html(comparison, Faces(), page, ENGLISH)

    assert mark.evidence == ()
    assert "Your hair is longer." in page.getvalue()
    assert "<path" not in page.getvalue()
    sheet, bare = (np.asarray(draw_comparison(of, Faces(), ENGLISH)) for of in (comparison, comparison_of()))
    assert (sheet == mark.colour).all(axis=2).any()  # its number in the list
    assert not (bare == mark.colour).all(axis=2).any()


def test_the_eyes_of_both_pictures_are_in_the_same_places(comparing, face, landmarker):
    tilted = innocent.rotate(face, degrees=20.0)
    small = cv2.resize(face.photo.pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    _, pair = comparing.examine(tilted, [small])

    shown, known = (
        landmarker.find(from_array(picture)).landmarks[[*regions.IRIDES]] for picture in (pair.headshot, pair.reference)
    )
    assert np.abs(shown - known).max() < 4
    assert abs(shown[0][1] - shown[1][1]) < 4


def test_the_nearest_of_two_photos_of_one_name_is_shown(comparing, face):
    far, near = perturb.shift_skin_tone(face, lightness=20), innocent.scale_brightness(face.photo.pixels, gain=0.97)
    (_, pair), (_, only) = (
        comparing.examine(face.photo.pixels, [Upload("IMG.png", png(picture)) for picture in references])
        for references in ((far, near), (near,))
    )
    assert np.array_equal(pair.reference, only.reference)


def test_a_comparison_is_not_written_over_a_photo_or_into_another_kind_of_file(tmp_path, capsys):
    headshot, own = tmp_path / "me.png", tmp_path / "own.png"
    for portrait, sample in ((headshot, PORTRAIT_A), (own, EYE_MOVED)):
        Image.open(sample).save(portrait)
    before = own.read_bytes()
    for output in (headshot, own, tmp_path / "sheet.jpg"):
        assert main(["compare", str(headshot), str(tmp_path), "--output", str(output)]) == 2
    assert "would overwrite the photo" in capsys.readouterr().err
    assert own.read_bytes() == before
    assert not (tmp_path / "sheet.jpg").exists()
    assert main(["compare", str(headshot), str(own), "--output", str(tmp_path / "sheet.PNG")]) == 0
    with Image.open(tmp_path / "sheet.PNG") as sheet:
        assert (sheet.format, sheet.width) == ("PNG", 1500)


def test_places_lie_on_a_tilted_photo(comparing, face):
    mole = replace(
        face, photo=from_array(perturb.paint_mole(face, at=face.landmarks[151], diameter=0.05, darkness=0.45))
    )
    tilted = innocent.rotate(mole, degrees=35.0)
    comparison = comparing.compare(tilted, [face.photo.pixels])

    turn = cv2.getRotationMatrix2D(face.landmarks.mean(axis=0).tolist(), 35.0, 1.0)
    (place,) = comparison.traits[-1].places
    assert np.linalg.norm(np.array(place) - turn @ (*face.landmarks[151], 1)) < 0.06 * face.iod


def test_references_may_be_in_an_archive(tmp_path, capsys):
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(EYE_MOVED, "a.jpg")
    assert main(["compare", str(PORTRAIT_A), str(archive), "--json"]) == 0
    (reference,) = json.loads(capsys.readouterr().out)["references"]
    assert reference.startswith(str(archive))
    assert reference.endswith("a.jpg")


def test_other_light_makes_a_difference_weaker():
    usual = people.fit(population(np.random.default_rng(4), 300, 6, 0.5))
    headshot, alike = (Seen(np.array([value]), np.zeros(1)) for value in (4.0, 0.0))
    unlike = Seen(-4 * usual.by_circumstances[0], np.array([-4.0]))  # the same rest in other light

    in_same, in_other = (spread.change(headshot, [reference], usual) for reference in (alike, unlike))
    assert in_same.difference == pytest.approx(in_other.difference)
    assert in_other.strength < 0.5 * in_same.strength


# The network's conversion


def stored_by_dlib(values, *dimensions):
    def number(n):
        length = (n.bit_length() + 7) // 8
        return bytes([length]) + n.to_bytes(length, "little")

    return b"\x01\x02" + b"".join(map(number, dimensions)) + values.astype("<f4").tobytes()


def test_a_network_of_dlib_is_read_and_runs_as_onnx():
    """With weights for which the result is known: every convolution but the first leaves its block's input as it is."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    from tools import likeness as conversion

    draw = np.random.default_rng(5)
    first = draw.normal(scale=0.05, size=(32, 3, 7, 7))
    parts = [np.concatenate([first.ravel(), np.zeros(32)]), np.concatenate([np.full(32, 2.0), np.full(32, 0.5)])]
    before = 32
    for channels, blocks, _ in conversion.BLOCKS:
        for _ in range(blocks):
            for inputs in (before, channels):
                parts += [np.zeros(9 * inputs * channels + channels), np.zeros(2 * channels)]
            before = channels
    last = draw.normal(size=(256, 128))
    data = b"dlib".join(
        [*(stored_by_dlib(part, len(part), 1, 1, 1) for part in parts), stored_by_dlib(last, 256, 128, 1, 1)]
    )

    read = list(conversion.tensors(data))
    model = conversion.network(iter(read)).SerializeToString()

    assert [len(part) for part in read] == [*map(len, parts), last.size]
    picture = draw.integers(0, 256, (150, 150, 3)).astype(np.float32)
    network = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    network.setInput(cv2.dnn.blobFromImage(picture))
    scaled = (picture - conversion.MEAN) / 256
    windows = np.lib.stride_tricks.sliding_window_view(scaled, (7, 7), axis=(0, 1))[::2, ::2]
    maps = np.maximum(2 * np.einsum("yxcij,ocij->oyx", windows, first.astype(np.float16)) + 0.5, 0)
    maps = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), axis=(1, 2))[:, ::2, ::2].max(axis=(3, 4))
    for _ in [block for block in conversion.BLOCKS if block[2]]:  # halved by pooling
        rows, columns = (side // 2 * 2 for side in maps.shape[1:])
        maps = maps[:, :rows, :columns].reshape(len(maps), rows // 2, 2, columns // 2, 2).mean(axis=(2, 4))
    expected = np.concatenate([maps.mean(axis=(1, 2)), np.zeros(256 - 32)]) @ last.astype(np.float16)
    assert network.forward()[0] == pytest.approx(expected, rel=0.02, abs=0.02)
