"""The cue laboratory: what it does to photos, what it says of measures, and the command that prints it.

The end-to-end runs use variants of the two sample portraits under made-up labels and sources: they show that the
command works, and their figures say nothing about any cue.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.conftest import ROOT

from artifact_check import cues
from artifact_check.cli import main
from artifact_check.errors import DatasetError
from artifact_check.face import regions
from artifact_check.learn.figures import grids as figures
from artifact_check.learn.laboratory import experiment as laboratory
from artifact_check.learn.laboratory import innocent, perturb
from artifact_check.learn.laboratory import report as laboratory_report
from artifact_check.learn.laboratory.flips import Flips
from artifact_check.learn.laboratory.trials import Trial
from artifact_check.learn.measuring import Measuring
from artifact_check.learn.table.dataset import read_dataset
from artifact_check.learn.table.features import FACTS, Table
from artifact_check.learn.train import write_bundle
from artifact_check.shipped import CURRENT

pytestmark = pytest.mark.usefixtures("small_recipe")
IOD_REACH = 0.34  # a little over 0.32: how far a moved point takes its surroundings along


def reach_of(face, *places):
    """(H, W) bool: within `distance` IOD of any of the points; `places` are (landmark indices, distance)."""
    rows, columns = np.ogrid[: face.photo.height, : face.photo.width]
    inside = np.zeros((face.photo.height, face.photo.width), bool)
    for indices, distance in places:
        for x, y in face.landmarks[list(indices)]:
            inside |= np.hypot(rows - y, columns - x) <= distance * face.iod
    return inside


def filled(face, *names, grown=0.0):
    mask = np.zeros((face.photo.height, face.photo.width), np.uint8)
    for name in names:
        cv2.fillPoly(mask, [cv2.convexHull(np.round(face.landmarks[regions.polygon(name)]).astype(np.int32))], 1)
    size = 2 * int(np.ceil(grown * face.iod)) + 1
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))).astype(bool)


def beside(face, distance):
    """(H, W) bool: further than `distance` IOD to the image right of the middle of the face."""
    middle = (face.landmarks[:, 0].min() + face.landmarks[:, 0].max()) / 2
    right = np.arange(face.photo.width) > middle + distance * face.iod
    return np.broadcast_to(right, (face.photo.height, face.photo.width))


# ---- perturbations change only what they say

IRIS = ((regions.RIGHT.iris,), 2.2 * 0.093 + 0.02)
SKIN = ("cheek_R", "cheek_L", "forehead")
RIGHT_EAR = 234
HAIR = (21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251)


def below_jaw(face):
    """(H, W) bool: up to 1.1 IOD below the jaw, and none of the face above it."""
    jaw = face.landmarks[regions.polygon("jaw_R_to_L")]
    mask = np.zeros(face.photo.pixels.shape[:2], np.uint8)
    outline = np.concatenate([jaw, (jaw + np.array([0.0, 1.1 * face.iod]))[::-1]])
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return cv2.dilate(mask, np.ones((9, 9), np.uint8)).astype(bool)


PLACES = {
    "iris_moved": lambda face: reach_of(face, IRIS),
    "iris_shrunk": lambda face: reach_of(face, IRIS),
    "iris_recoloured": lambda face: reach_of(face, IRIS) & filled(face, "eye_R", grown=0.02),
    "pupil_ragged": lambda face: reach_of(face, ((regions.RIGHT.iris,), regions.IRIS_RADIUS)),
    "skin_smoothed": lambda face: filled(face, *SKIN, grown=0.25),
    "skin_retouched": lambda face: filled(face, *SKIN),
    "half_relit": lambda face: filled(face, "face_oval", grown=0.4),
    "neck_relit": below_jaw,
    "mouth_moved": lambda face: reach_of(face, ((61,), IOD_REACH)),
    "brow_moved": lambda face: filled(face, "brow_R", grown=0.34),
    "ear_twisted": lambda face: reach_of(face, ((RIGHT_EAR,), 0.64)),
    "earring_added": lambda face: reach_of(face, ((RIGHT_EAR,), 0.66)),
    "rim_moved": lambda face: reach_of(face, ((regions.RIGHT.iris,), 0.95)) & filled(face, "face_oval", grown=0.1),
    "hairline_smudged": lambda face: reach_of(face, (HAIR, 0.6)),
    "background_shifted": lambda face: beside(face, 0.94),
}
NOTHING = {
    "iris_moved": partial(perturb.move_iris, side=regions.RIGHT, right=0.0, down=0.0),
    "iris_shrunk": partial(perturb.scale_iris, side=regions.RIGHT, factor=1.0),
    "iris_recoloured": partial(perturb.recolour_iris, side=regions.RIGHT, difference=0.0),
    "pupil_ragged": partial(perturb.distort_pupil, side=regions.RIGHT, amount=0.0),
    "skin_smoothed": partial(perturb.smooth_skin, strength=0.0),
    "skin_retouched": partial(perturb.retouch_skin, strength=0.0),
    "half_relit": partial(perturb.relight_half, degrees=0.0),
    "neck_relit": partial(perturb.relight_neck, contrast=0.0),
    "mouth_moved": partial(perturb.move_points, which=(61,), right=0.0, down=0.0),
    "ear_twisted": partial(perturb.twist_ear, degrees=0.0),
    "rim_moved": partial(perturb.move_rim, down=0.0),
    "background_shifted": partial(perturb.shift_background, down=0.0),
    "skin_tone": partial(perturb.shift_skin_tone, lightness=0.0),
}


@pytest.mark.parametrize("name", perturb.PERTURBATIONS)
def test_a_perturbation_changes_its_place_and_nothing_else(name, face):
    changed = perturb.PERTURBATIONS[name].apply(face)
    assert changed.shape == face.photo.pixels.shape
    assert changed.dtype == np.uint8
    differs = np.any(changed != face.photo.pixels, axis=2)
    assert differs.any()
    assert not np.any(differs & ~PLACES[name](face))


@pytest.mark.parametrize("name", NOTHING)
def test_a_perturbation_of_no_strength_changes_nothing(name, face):
    assert np.array_equal(NOTHING[name](face), face.photo.pixels)


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (partial(perturb.redden_lips, a=10.0), ("lips_outer",)),
        (partial(perturb.whiten_teeth, lightness=6.0, blue=8.0), ("lips_outer",)),
        (partial(perturb.paint_beard, density=0.5), ("face_oval",)),
        (perturb.shave, ("face_oval",)),
    ],
)
def test_a_makeover_changes_its_place_and_nothing_else(change, places, face):
    differs = np.any(change(face) != face.photo.pixels, axis=2)
    eyes = filled(face, *regions.BROWS_AND_EYES)
    assert differs.any()
    assert not np.any(differs & (~filled(face, *places, grown=0.05) | eyes))


def test_skin_tone_changes_neither_eyes_nor_what_is_outside_of_the_face(face):
    changed = perturb.shift_skin_tone(face, lightness=-15)
    differs = np.any(changed != face.photo.pixels, axis=2)
    assert differs.any()
    assert not np.any(differs & ~filled(face, "face_oval"))
    assert not np.any(differs & filled(face, "eye_R", "eye_L", "brow_R", "brow_L", "lips_outer"))


def test_skin_tone_moves_lightness_and_keeps_contrast_in_the_log_domain(face):
    changed = perturb.shift_skin_tone(face, lightness=-15)
    inside = filled(face, "cheek_R")
    before, after = (cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for p in (face.photo.pixels, changed))
    assert np.median(after[inside, 0]) - np.median(before[inside, 0]) == pytest.approx(-15, abs=2)

    def contrast(pixels):
        return np.std(np.log(perturb._linear(pixels[inside].astype(float) / 255)[:, 1]))

    assert contrast(changed) == pytest.approx(contrast(face.photo.pixels), rel=0.05)


def test_a_recoloured_iris_keeps_its_lightness(face):
    changed = perturb.recolour_iris(face, side=regions.RIGHT, difference=15)
    x, y = np.round(face.landmarks[regions.RIGHT.iris]).astype(int)
    rows, columns = slice(y - 4, y + 5), slice(x - 4, x + 5)
    before, after = (
        cv2.cvtColor(p[rows, columns].astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for p in (face.photo.pixels, changed)
    )
    assert np.median(before[..., 2] - after[..., 2]) > 5
    assert np.median(np.abs(before[..., 0] - after[..., 0])) < 5


def test_moved_points_take_the_picture_along(face):
    """A dot painted on a mouth corner is found where the corner was moved to."""
    x, y = np.round(face.landmarks[61]).astype(int)
    pixels = face.photo.pixels.copy()
    cv2.circle(pixels, (int(x), int(y)), 2, (0, 255, 0), -1)
    dotted = replace(face, photo=replace(face.photo, pixels=pixels))
    after = perturb.move_points(dotted, (61,), right=0.0, down=-0.1).astype(int)
    green = after[..., 1] - after[..., [0, 2]].max(axis=2) > 100
    rows, _ = np.nonzero(green & reach_of(face, ((61,), IOD_REACH)))
    assert rows.mean() == pytest.approx(y - 0.1 * face.iod, abs=2.5)


@pytest.mark.parametrize("name", innocent.INNOCENT)
def test_an_innocent_change_gives_a_picture(name, face):
    changed = innocent.INNOCENT[name].apply(face)
    assert changed.dtype == np.uint8
    assert changed.ndim == 3
    height, width = changed.shape[:2]
    assert width / height == pytest.approx(face.photo.width / face.photo.height, rel=0.02)
    assert changed.shape != face.photo.pixels.shape or np.any(changed != face.photo.pixels)


# ---- the registries


def test_every_declared_perturbation_is_there_and_every_change_is_tested():
    declared = {name for cue in cues.discover() for measure in cue.measures for name in measure.moved_by}
    assert declared
    assert declared <= set(perturb.PERTURBATIONS)
    assert set(PLACES) == set(perturb.PERTURBATIONS)
    assert not set(perturb.PERTURBATIONS) & set(innocent.INNOCENT)
    titles = [change.title for change in (*perturb.PERTURBATIONS.values(), *innocent.INNOCENT.values())]
    assert all(titles)
    assert len(set(titles)) == len(titles)


# ---- the figures, on made-up values


def made_up_table(tmp_path, values, is_ai, cluster, ita=None):
    """A table of one measure, each picture in the profile condition and as stored."""
    ita = [""] * len(values) if ita is None else ita
    lines = ["file,label,source,skin_ita"]
    for i, (label, name) in enumerate(zip(is_ai, cluster, strict=True)):
        (tmp_path / f"{i:03}.jpg").write_bytes(b"picture %d" % i)
        lines.append(f"{i:03}.jpg,{'ai' if label else 'real'},{name},{ita[i]}")
    (tmp_path / "manifest.csv").write_text("\n".join(lines))
    dataset = read_dataset(tmp_path)
    count = len(values)
    facts = np.zeros((2 * count, len(FACTS)))
    facts[:, FACTS.index("width")] = np.log(400)
    facts[:, FACTS.index("face_share")] = 0.5
    return dataset, Table(
        keys=("skin_dead",),
        values=np.tile(np.asarray(values, float), 2)[:, None],
        tone=np.full(2 * count, np.nan),
        hidden=np.zeros(2 * count, bool),
        painted=np.zeros(2 * count, bool),
        facts=facts,
        is_ai=np.tile(np.asarray(is_ai), 2),
        item=np.tile(np.arange(count), 2),
        condition=np.repeat(["profile", "raw"], count),
        items=dataset.items,
        unmeasured=(),
    )


def figures_of(table, trials, measure):
    profile = table.where(table.condition == "profile")
    return laboratory._measure_figures(measure, table, profile, trials)


@pytest.fixture
def dead():
    return next(m for cue in cues.discover() for m in cue.measures if m.key == "skin_dead")


def test_a_measure_that_separates_has_a_high_auc_whichever_end_is_ai(tmp_path, dead):
    rng = np.random.default_rng(0)
    is_ai = [i % 2 == 0 for i in range(80)]
    cluster = [f"{'a' if label else 'r'}{i % 8}" for i, label in enumerate(is_ai)]
    for sign, higher in ((1, "ai"), (-1, "real")):
        values = sign * (np.array(is_ai) * 3.0 + rng.normal(size=80))
        _, table = made_up_table(tmp_path, values, is_ai, cluster)
        found = figures_of(table, (), dead)
        assert found.auc > 0.9
        assert found.higher_in == higher
        assert found.worst_innocent is None


def test_a_direction_that_holds_in_no_other_source_is_no_evidence(tmp_path, dead):
    """Two generators that lie on opposite sides: each is judged by what the other taught, and so below chance."""
    is_ai = [i < 40 for i in range(80)]
    cluster = [f"a{i // 20}" if label else f"r{i % 8}" for i, label in enumerate(is_ai)]
    rng = np.random.default_rng(0)
    values = rng.normal(size=80) + np.where(np.arange(80) < 20, 4, np.where(np.arange(80) < 40, -4, 0))
    _, table = made_up_table(tmp_path, values, is_ai, cluster)
    assert figures_of(table, (), dead).auc < 0.3


def test_shifts_are_in_sd_of_real_photos_and_lost_values_are_counted(tmp_path, dead):
    is_ai = [i % 2 == 0 for i in range(200)]
    cluster = [f"{'a' if label else 'r'}{i % 8}" for i, label in enumerate(is_ai)]
    values = np.random.default_rng(0).normal(size=200)
    values[::2] = 0
    _, table = made_up_table(tmp_path, values, is_ai, cluster)
    real = values[1::2]
    sd = np.ptp(np.percentile(real, (5, 95))) / 3.29
    nothing = {name: {"skin_dead": 0.0} for name in (*innocent.INNOCENT, *perturb.PERTURBATIONS)}
    trials = [
        Trial("x", 90.0, {"skin_dead": 0.0}, nothing | {"mirrored": {"skin_dead": 2 * sd}, "blurred": None}, {}),
        Trial("y", 90.0, {"skin_dead": 0.0}, nothing | {"mirrored": {"skin_dead": -sd}}, {}),
        Trial("z", 90.0, {}, nothing, {}),
    ]
    found = figures_of(table, trials, dead)
    assert found.sd == pytest.approx(sd)
    mirrored = found.innocent["mirrored"]
    assert (mirrored.photos, mirrored.lost) == (2, 0)
    assert mirrored.size == pytest.approx(1.5)
    assert mirrored.signed == pytest.approx(0.5)
    assert mirrored.far == 0.5
    assert mirrored.beyond == 0.5
    assert (found.innocent["blurred"].photos, found.innocent["blurred"].lost) == (1, 1)
    assert found.worst_innocent[0] == "mirrored"


def test_skin_tone_compares_dark_with_light_real_photos(tmp_path, dead):
    is_ai = [i % 2 == 0 for i in range(80)]
    cluster = [f"{'a' if label else 'r'}{i % 8}" for i, label in enumerate(is_ai)]
    ita = [-20 if i % 4 == 1 else 60 for i in range(80)]
    values = np.random.default_rng(0).normal(size=80) + 10.0 * (np.array(ita) < 0)
    _, table = made_up_table(tmp_path, values, is_ai, cluster, ita)
    assert figures_of(table, (), dead).dark_light > 1
    _, table = made_up_table(tmp_path, values, is_ai, cluster)
    assert figures_of(table, (), dead).dark_light is None


def test_the_sample_is_even_over_clusters_and_does_not_depend_on_names(tmp_path):
    is_ai = [i % 2 == 0 for i in range(400)]
    cluster = [("a" if label else "r") + ("big" if i < 360 else str(i % 10)) for i, label in enumerate(is_ai)]
    dataset, table = made_up_table(tmp_path, np.zeros(400), is_ai, cluster)
    chosen = laboratory.sample_photos(dataset, table)
    assert len(chosen) == laboratory.MAX_PHOTOS
    assert not any(item.is_ai for item in chosen)
    assert sum(item.cluster != "rbig" for item in chosen) == 20  # all there are of the small clusters
    assert chosen == laboratory.sample_photos(dataset, table)


# ---- the command


@pytest.fixture(scope="module")
def labelled(tmp_path_factory, portrait, other_portrait):
    """Variants of the two portraits under MADE-UP labels and sources; one source tries to be a tag."""
    folder = tmp_path_factory.mktemp("labelled")
    lines = ["file,label,source,cluster,skin_ita"]
    for label in ("ai", "real"):
        for source, pixels in enumerate((portrait.pixels, other_portrait.pixels, portrait.pixels[:, ::-1])):
            # Five real ones are the fewest of which shifts are told.
            for gain in (0.9, 1.0) if label == "real" and source < 2 else (0.9,):
                name = f"{label}-{source}-{int(gain * 100)}-<b>&.jpg"
                brightened = np.clip(pixels * (gain + 0.02 * (label == "ai")), 0, 255).astype(np.uint8)
                image = Image.fromarray(brightened)
                image.resize((image.width // 2, image.height // 2)).save(folder / name, quality=90)
                lines.append(f"{name},{label},<script>{label}{source}</script>,{label}{source},")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(labelled, cache, capsys):
    """Run a command of the program on the labelled folder, in this process; what was measured is cached."""

    def run(command, *args):
        words = [command, labelled, "--jobs", "1", "--cache", cache, *args]
        returncode = main([str(word) for word in words])
        return Done(returncode, *capsys.readouterr())

    return run


def test_the_command_prints_tables_for_one_cue(run):
    done = run("evaluate", "--cue", "skin")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Cue laboratory")
    assert re.findall("^## (.*)", done.stdout, re.MULTILINE) == ["skin: Skin texture"]
    assert "5 real photos of 3 clusters" in done.stdout
    for change in innocent.INNOCENT.values():
        assert change.title in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    widths = [line.count("|") for line in rows]
    heads = [i for i, line in enumerate(rows) if set(line) <= set("|-")]
    for start, end in zip(heads, [*(h - 1 for h in heads[1:]), len(rows)], strict=True):
        assert len(set(widths[start - 1 : end])) == 1


def test_the_command_gives_json_of_all_cues(run):
    done = run("evaluate", "--cue", "all", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [cue["name"] for cue in found["cues"]] == [cue.name for cue in cues.discover()]
    for cue in found["cues"]:
        for measure in cue["measures"]:
            assert set(measure["innocent"]) == set(innocent.INNOCENT)
            assert set(measure["perturbed"]) == set(perturb.PERTURBATIONS)
    assert set(found["changes"]) == set(innocent.INNOCENT) | set(perturb.PERTURBATIONS)


@pytest.mark.parametrize("chosen", [("--cue", "eyes"), ()], ids=["one cue", "all together"])
def test_the_command_writes_a_page_without_any_outside_address(run, tmp_path, chosen):
    page = tmp_path / "page.html"
    done = run("evaluate", *chosen, "--format", "html", "--output", page)
    assert done.returncode == 0, done.stderr
    html = page.read_text(encoding="utf-8")
    assert "<svg" in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"https?:|//[a-z]|src=|href=|url\(|@import|<script", html)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'")


def test_the_command_evaluates_a_finished_model_on_these_photos(run):
    done = run("evaluate", "--model", ROOT / "models" / CURRENT, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["model"] == CURRENT
    assert found["conditions"]["profile"]["photos"] == {"ai": 3, "real": 5}


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--cue", "zebra"), "Unknown cue"),
        (("--cue", "eyes", "--model", "x"), "cannot be combined"),
    ],
)
def test_wrong_usage_is_told(run, args, says):
    done = run("evaluate", *args)
    assert done.returncode == 2
    assert says in done.stderr


def made_up_laboratory(name="skin", title="Skin"):
    shift = laboratory.Shift(3, 1, 0.5, -0.5, 0.0, None)
    measure = laboratory.MeasureFigures(
        f"{name}_x", "A <b>sentence</b>.", ("skin_smoothed",), None, None, 0.5, 1.0, None,
        dict.fromkeys(innocent.INNOCENT, shift), dict.fromkeys(perturb.PERTURBATIONS, shift),
    )  # fmt: skip
    return laboratory.Laboratory(
        cues=(laboratory.CueFigures(name, title, None, 0.0, (measure,)),),
        sample=laboratory.Sample(3, 2, 1, (80.0, 90.0), "0123"),
        pictures={"ai": 1, "real": 2},
        skins={"dark": 0, "light": 0},
        changes={},
    )


def test_without_a_real_photo_there_is_nothing_to_change(tmp_path):
    _, table = made_up_table(tmp_path, np.zeros(4), [True] * 4, ["a"] * 4)
    with pytest.raises(DatasetError, match="No real photo"):
        laboratory.run(table, (), cues.discover(), Measuring(), jobs=1, progress=lambda: None)


def test_a_cue_that_no_perturbation_is_meant_for_says_so():
    made_up = made_up_laboratory()
    (cue,) = made_up.cues
    alone = replace(cue, measures=tuple(replace(measure, moved_by=()) for measure in cue.measures))
    none = "No perturbation is meant for this cue."
    assert none not in laboratory_report.FORMATS["text"](made_up)
    assert none in laboratory_report.FORMATS["text"](replace(made_up, cues=(alone,)))


def test_the_page_escapes_every_name():
    html = laboratory_report.html(made_up_laboratory("<script>x", "<img src=y>"))
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;x" in html


def test_the_card_prints_the_compact_figures():
    compact = json.loads(json.dumps(made_up_laboratory().compact()))
    assert compact["measures"]["skin_x"]["innocent"] == 0.5
    grid = figures._laboratory(compact)
    assert ["skin_x", "-", "50.0%", "0.50 (JPEG quality 95)", "-"] in grid.rows


def test_the_bundle_keeps_the_laboratory_and_the_flips_and_its_card_prints_them(tmp_path):
    """On a table of random values, with some measures of every cue."""
    keys = tuple(measure.key for cue in cues.discover() for measure in cue.measures[::8])
    is_ai = [i % 2 == 0 for i in range(60)]
    cluster = [f"{'a' if label else 'r'}{i % 6}" for i, label in enumerate(is_ai)]
    dataset, table = made_up_table(tmp_path, np.zeros(60), is_ai, cluster)
    values = np.random.default_rng(0).normal(size=(120, len(keys)))
    table = replace(table, keys=keys, values=values)
    found = Flips(photos=60, flipped=3, by_change={"scaled to 0.7": 3})
    manifest = write_bundle(dataset, table, tmp_path / "bundle", made_up_laboratory(), found)
    stored = json.loads((tmp_path / "bundle" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["figures"]["laboratory"] == made_up_laboratory().compact()
    assert stored["figures"] == json.loads(json.dumps(manifest["figures"]))
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| skin_x |" in card
    assert "**3 of 60 photos (5.00%) flip.**" in card
