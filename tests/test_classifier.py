"""A bundle scores what it was made for, says exactly why, and refuses everything else."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import shutil
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import PORTRAIT_A

from artifact_check import cues
from artifact_check.checking.checker import Checker
from artifact_check.cues import Cue, Measure, Reading
from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import LANDMARK_MODEL_SHA256
from artifact_check.learn.fitting import Fitted, TrainedModel
from artifact_check.model import bundle
from artifact_check.model.bundle import load, read_facts
from artifact_check.model.classifier import Classifier, share_out_of_range
from artifact_check.model.estimator import Estimator
from artifact_check.model.verdict import Decision, decide
from artifact_check.results import Rate
from artifact_check.shipped import CURRENT, shipped_model

SHIPPED = shipped_model(CURRENT)


def logit(p):
    return math.log(p / (1 - p))


# --- a bundle small enough to reckon by hand: cues a, b, c; a value of 1 adds 2, 1 and 0.5 to the log-odds ------------

TONE_SLOPES = {"b_two": 0.02}  # per degree
WEIGHTS = {"a_one": 2.0, "b_one": 0.5, "b_two": 0.5, "c_one": 0.5}
KEYS = tuple(WEIGHTS)


def tiny_cue(name, *keys, version=1):
    measures = tuple(Measure(key, "made up", "", -10, 10, "artificial", "Made up.") for key in keys)
    return Cue(name, version, name.upper(), "Nothing.", measures, lambda _: Reading({}))


CUES = (tiny_cue("a", "a_one"), tiny_cue("b", "b_one", "b_two"), tiny_cue("c", "c_one"))


def tiny_estimator():
    weights = np.array([*WEIGHTS.values(), 0.25])
    factors = np.linspace(0.5, 1.5, 11)
    bootstrap = np.column_stack([factors[:, None] * weights[:-1], np.full(11, 0.25)])
    return Estimator(np.zeros(4), np.ones(4), weights, bootstrap)


def tiny_manifest(**changes):
    manifest = {
        "format": bundle.FORMAT,
        "version": "tiny-1",
        "landmark_model_sha256": LANDMARK_MODEL_SHA256,
        "cues": {name: {"version": 1, "real_contributions": [-1.0, 0.0, 0.5, 1.0]} for name in "abc"},
        "measures": [
            {"key": key, "cue": key[0], "tone_slope": TONE_SLOPES.get(key, 0.0), "limits": [-3, 3], "typical": [-1, 1]}
            for key in KEYS
        ],
        "skin_tone": {"reference": 40.0, "limits": [-30.0, 70.0]},
        "calibration": {"slope": 1.0, "intercept": -0.25},
        "thresholds": {
            name: {"value": value, "reason": ""}
            for name, value in {
                "likely_ai": 0.8, "likely_authentic": 0.2, "agreement": 0.75, "agreeing_cues": 2, "min_cues": 2,
            }.items()
        },
        "libraries": {"scikit-learn": "some"},
        "probe": {"values": {}, "tone": None, "p_ai": 0.5},
    }  # fmt: skip
    return manifest | changes


def write_bundle(folder, *, data=None, **changes):
    folder.mkdir(exist_ok=True)
    data = tiny_estimator().to_bytes() if data is None else data
    digest = {"file": "model.npz", "sha256": hashlib.sha256(data).hexdigest()}
    manifest = tiny_manifest(estimator=digest) | changes
    (folder / "model.npz").write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def shipped():
    return load(None, cues.discover()).classifier


TINY = Classifier(tiny_manifest(), tiny_estimator())


def decided(model, values):
    """What a check says of a photo with these measures."""
    score = model.score(values)
    return decide(score.p_ai, score.cue_scores, model.thresholds, unfamiliar=score.unfamiliar)


def _archive(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


_ARRAYS = {name: getattr(tiny_estimator(), name) for name in ("mean", "scale", "weights", "bootstrap")}
UNFIT = {
    "empty": b"",
    "text": b"not an archive",
    "a missing array": _archive(**{name: _ARRAYS[name] for name in ("mean", "scale", "weights")}),
    "another array": _archive(**_ARRAYS, more=np.zeros(3)),
    "integers": _archive(**_ARRAYS | {"mean": np.zeros(4, int)}),
    "objects": _archive(**_ARRAYS | {"mean": np.array([{}, {}, {}, {}])}),
    "a short scale": _archive(**_ARRAYS | {"scale": np.ones(3)}),
    "two dimensions": _archive(**_ARRAYS | {"mean": np.zeros((2, 2)), "scale": np.ones((2, 2))}),
    "no intercept": _archive(**_ARRAYS | {"weights": np.zeros(4)}),
    "a short bootstrap": _archive(**_ARRAYS | {"bootstrap": np.zeros((3, 4))}),
}
finite = st.floats(allow_nan=False, allow_infinity=False)
some_values = st.dictionaries(st.sampled_from([*KEYS, "unknown"]), st.floats(-5, 5))


class TestScore:
    def test_a_photo_without_any_measure_gets_the_base(self):
        score = TINY.score({})
        assert score.p_ai == pytest.approx(0.5)
        assert (score.contributions, score.cue_scores, score.measure_contributions) == ({}, {}, {})

    def test_what_camera_photos_of_its_skin_tone_show_is_taken_off(self):
        dark, reference = TINY.score({"b_two": 1.0}, -10.0), TINY.score({"b_two": 2.0}, 40.0)
        assert dark == reference == TINY.score({"b_two": 2.0})
        assert TINY.score({"b_two": 1.0}, -500.0) == TINY.score({"b_two": 1.0}, -30.0)

    def test_typical_values_are_those_of_the_skin_tone(self):
        assert TINY.typical() == TINY.typical(40.0) == dict.fromkeys(KEYS, (-1, 1))
        assert TINY.typical(-10.0)["b_two"] == pytest.approx((-2, 0))
        assert TINY.typical(-10.0)["a_one"] == (-1, 1)

    def test_measures_that_are_not_scored_have_typical_values_too(self):
        shown = tiny_manifest(unscored=[{"key": "d_one", "cue": "d", "tone_slope": 0.1, "typical": [2, 4]}])
        assert Classifier(shown, tiny_estimator()).typical(50.0)["d_one"] == pytest.approx((3, 5))

    def test_it_is_assessed_as_soon_as_enough_cues_see(self):
        assert not decided(TINY, {"b_one": 0.0, "b_two": 0.0}).assessed
        assert decided(TINY, {"b_one": 0.0, "c_one": 0.0}).assessed

    def test_it_is_reckoned_as_the_manifest_says(self):
        score = TINY.score({"a_one": 1.0, "b_one": 1.0, "b_two": -2.0})
        assert score.measure_contributions == pytest.approx({"a_one": 2.0, "b_one": 0.5, "b_two": -1.0})
        assert score.contributions == pytest.approx({"a": 2.0, "b": -0.5})
        assert logit(score.p_ai) == pytest.approx(1.5)

    @given(some_values)
    def test_base_and_contributions_add_up_to_the_log_odds(self, values):
        score, base = TINY.score(values), logit(TINY.score({}).p_ai)
        assert logit(score.p_ai) == pytest.approx(base + sum(score.contributions.values()), abs=1e-9)
        assert sum(score.measure_contributions.values()) == pytest.approx(sum(score.contributions.values()), abs=1e-9)

    @given(some_values, st.sampled_from(KEYS))
    def test_a_missing_measure_contributes_nothing(self, values, key):
        without = {k: v for k, v in values.items() if k != key}
        at_the_mean = TINY.score(without | {key: 0.0})
        assert TINY.score(without).p_ai == pytest.approx(at_the_mean.p_ai, abs=1e-12)
        assert key not in TINY.score(without).measure_contributions

    def test_an_unknown_measure_is_ignored(self):
        assert TINY.score({"a_one": 1.0, "zebra": 9.0}) == TINY.score({"a_one": 1.0})

    @given(st.sampled_from(KEYS), st.floats(3, 1e300), st.sampled_from([-1, 1]))
    def test_beyond_what_training_saw_a_value_says_nothing_more(self, key, value, sign):
        assert TINY.score({key: sign * value}) == TINY.score({key: sign * 3.0})

    def test_a_cue_scores_the_share_of_real_photos_that_look_less_suspicious(self):
        shares = [TINY.score({"c_one": contribution / 0.5}).cue_scores["c"] for contribution in (-1.5, -0.2, 0.7, 1.5)]
        assert shares == [0.0, 0.25, 0.75, 1.0]

    @given(some_values)
    def test_the_interval_holds_the_probability(self, values):
        score = TINY.score(values)
        assert 0 <= score.low <= score.p_ai <= score.high <= 1

    def test_the_interval_is_wide_where_refits_disagree(self):
        near, far = TINY.score({"a_one": 0.1}), TINY.score({"a_one": 1.0})
        assert near.high - near.low < far.high - far.low
        assert (logit(far.low), logit(far.high)) == pytest.approx((2 * 0.55, 2 * 1.45))


class TestVerdict:
    def test_likely_ai_needs_two_cues_that_agree(self):
        alone, both = {"a_one": 3.0, "b_one": 0.0}, {"a_one": 3.0, "c_one": 2.0}
        assert TINY.score(alone).p_ai > 0.99
        assert decided(TINY, alone).verdict == "inconclusive"
        assert decided(TINY, both).verdict == "likely_ai"

    def test_two_cues_alone_do_not_make_it(self):
        agreeing = {"b_one": 1.5, "c_one": 1.5, "a_one": -0.5}
        assert sum(share >= 0.75 for share in TINY.score(agreeing).cue_scores.values()) == 2
        assert decided(TINY, agreeing).verdict == "inconclusive"

    def test_likely_authentic_up_to_its_threshold(self):
        assert decided(TINY, {"a_one": -0.6, "b_one": 0.0}).verdict == "inconclusive"
        assert decided(TINY, {"a_one": -0.8, "b_one": 0.0}).verdict == "likely_authentic"

    def test_a_photo_on_a_threshold_has_its_verdict(self):
        for name, values in (
            ("likely_ai", {"a_one": 3.0, "c_one": 2.0}),
            ("likely_authentic", {"a_one": -0.8, "b_one": 0.0}),
        ):
            manifest = tiny_manifest()
            manifest["thresholds"][name]["value"] = TINY.score(values).p_ai
            assert decided(Classifier(manifest, tiny_estimator()), values).verdict == name

    def test_one_known_measure_beyond_what_training_saw_is_all_of_them(self):
        values, limits = np.array([[9.0, np.nan], [0.0, 9.0], [np.nan, np.nan]]), np.array([[-3, 3], [-3, 3]])
        assert share_out_of_range(values, limits).tolist() == [1.0, 0.5, 0.0]

    def test_where_too_many_measures_are_beyond_what_training_saw_it_is_inconclusive(self):
        manifest = tiny_manifest()
        manifest["thresholds"]["unfamiliar"] = {"value": 0.5, "reason": ""}
        strict = Classifier(manifest, tiny_estimator())
        for sign, verdict in ((1, "likely_ai"), (-1, "likely_authentic")):
            familiar = {"a_one": 3.0 * sign, "b_one": 9.0 * sign, "c_one": 3.0 * sign}
            unfamiliar = familiar | {"c_one": 9.0 * sign}
            assert decided(strict, familiar) == Decision(verdict, assessed=True, unfamiliar=False)
            assert decided(strict, unfamiliar) == Decision("inconclusive", assessed=True, unfamiliar=True)
            assert strict.score(unfamiliar).p_ai == strict.score(familiar).p_ai
            assert decided(TINY, unfamiliar).verdict == verdict


class TestShippedBundle:
    def test_it_fits_the_cues_that_come_with_it(self, shipped):
        assert shipped.version == CURRENT
        measures = [measure for cue in cues.discover() for measure in cue.measures]
        assert {measure.key for measure in measures if measure.scored} <= set(shipped.typical())
        assert set(shipped.typical()) <= {measure.key for measure in measures}
        assert all(low <= high for low, high in shipped.typical().values())

    def test_its_thresholds_are_in_order(self, shipped):
        limits = shipped.thresholds
        assert 0 < limits.likely_authentic < limits.likely_ai < 1
        assert limits.agreeing_cues >= 2

    def test_knowing_nothing_is_not_assessed(self, shipped):
        assert shipped.score({}).p_ai == pytest.approx(0.5, abs=0.1)
        assert decided(shipped, {}).verdict is None

    @given(st.data())
    def test_any_finite_values_give_a_probability_that_adds_up(self, shipped, data):
        keys = data.draw(st.lists(st.sampled_from(sorted(shipped.typical())), unique=True))
        values = {key: data.draw(finite) for key in keys}
        score = shipped.score(values)
        assert 0 <= score.low <= score.p_ai <= score.high <= 1
        assert all(0 <= share <= 1 for share in score.cue_scores.values())
        total = logit(shipped.score({}).p_ai) + sum(score.contributions.values())
        assert logit(score.p_ai) == pytest.approx(total, abs=1e-6)

    def test_the_order_of_values_does_not_matter(self, shipped):
        values = {key: high for key, (_, high) in shipped.typical().items()}
        assert shipped.score(values) == shipped.score(dict(reversed(values.items())))


@pytest.fixture(scope="module")
def checker():
    """The shipped model, with a threshold that 1 % of photos pass."""
    with Checker() as checker:
        checker._classifier.thresholds = replace(checker._classifier.thresholds, unfamiliar=0.1)
        yield checker


class TestPhotoUnlikeTheTrainingPhotos:
    @pytest.mark.slow
    def test_a_drawing_gets_no_verdict_and_is_told_why(self, checker, portrait):
        report = checker.check_array((portrait.pixels // 64 * 64 + 32).astype(np.uint8))
        assert (report.status, report.verdict) == ("ok", "inconclusive")
        assert "unlike the photos that the model was made from" in report.advice[0]

    def test_a_photo_is_told_nothing_of_the_kind(self, checker, portrait):
        assert not [advice for advice in checker.check_array(portrait.pixels).advice if "unlike" in advice]


class TestLoading:
    def test_what_was_written_is_what_scores(self, tmp_path):
        loaded = load(write_bundle(tmp_path / "tiny"), CUES).classifier
        assert loaded.version == "tiny-1"
        assert loaded.score({"a_one": 1.0, "c_one": -2.0}) == TINY.score({"a_one": 1.0, "c_one": -2.0})

    def test_a_cue_that_the_bundle_does_not_know_is_no_obstacle(self, tmp_path):
        newer = (*CUES, tiny_cue("d", "d_one"))
        assert load(write_bundle(tmp_path / "tiny"), newer).classifier.score({"d_one": 5.0}).cue_scores == {}

    @pytest.mark.parametrize("other", [0, bundle.FORMAT + 1, None, "1"])
    def test_a_bundle_of_another_format_is_refused(self, tmp_path, other):
        refused(ModelMismatchError, "reads model format 2", write_bundle(tmp_path / "m", format=other))

    def test_a_manifest_that_is_no_object_is_refused(self, tmp_path):
        folder = write_bundle(tmp_path / "m")
        (folder / "manifest.json").write_text("[1]", encoding="utf-8")
        refused(ModelMismatchError, "reads model format", folder)

    def test_a_bundle_for_another_landmark_model_is_refused(self, tmp_path):
        folder = write_bundle(tmp_path / "m", landmark_model_sha256="0" * 64)
        refused(ModelMismatchError, "another landmark model", folder)

    def test_a_bundle_for_another_version_of_a_cue_is_refused(self, tmp_path):
        newer = (CUES[0], tiny_cue("b", "b_one", "b_two", version=2), CUES[2])
        refused(
            ModelMismatchError,
            "version 1 of the cue 'b', and this program has version 2",
            write_bundle(tmp_path / "m"),
            newer,
        )

    def test_a_bundle_that_needs_a_cue_that_is_gone_is_refused(self, tmp_path):
        refused(ModelMismatchError, "cue 'c'.*this program has no such cue", write_bundle(tmp_path / "m"), CUES[:2])

    def test_a_bundle_that_needs_a_measure_that_no_cue_declares_is_refused(self, tmp_path):
        renamed = (CUES[0], tiny_cue("b", "b_one", "b_three"), CUES[2])
        refused(ModelMismatchError, "no cue offers for that: b_two", write_bundle(tmp_path / "m"), renamed)

    def test_a_bundle_that_scores_what_a_scan_may_leave_out_is_refused(self, tmp_path):
        measures = tuple(replace(each, scored=each.key != "b_two") for each in CUES[1].measures)
        shown = (CUES[0], replace(CUES[1], measures=measures), CUES[2])
        refused(ModelMismatchError, "no cue offers for that: b_two", write_bundle(tmp_path / "m"), shown)

    @pytest.mark.parametrize("where", [0.0, 0.5, 0.999])
    def test_one_changed_byte_of_the_estimator_is_seen(self, tmp_path, where):
        folder = write_bundle(tmp_path / "m")
        data = bytearray((folder / "model.npz").read_bytes())
        data[int(where * len(data))] ^= 1
        (folder / "model.npz").write_bytes(data)
        refused(ModelMismatchError, "model.npz is not the file its manifest was written for", folder)

    def test_a_library_that_computes_another_score_is_seen(self, tmp_path):
        folder = write_bundle(tmp_path / "m", probe={"values": {"a_one": 1.0}, "tone": None, "p_ai": 0.7})
        refused(ModelMismatchError, "self-test fails", folder)

    def test_a_missing_folder_is_named(self, tmp_path):
        refused(ModelError, "manifest.json cannot be read .*No such file", tmp_path / "nowhere")

    def test_a_missing_estimator_is_named(self, tmp_path):
        folder = write_bundle(tmp_path / "m")
        (folder / "model.npz").unlink()
        refused(ModelError, "model.npz cannot be read", folder)

    @pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe\x00", b"# Model"])
    def test_a_manifest_that_is_not_json_is_named(self, tmp_path, text):
        folder = write_bundle(tmp_path / "m")
        (folder / "manifest.json").write_bytes(text)
        refused(ModelError, "manifest.json is not valid JSON", folder)

    @pytest.mark.parametrize("data", UNFIT.values(), ids=UNFIT)
    def test_an_estimator_that_is_none_is_refused_although_its_digest_fits(self, tmp_path, data):
        refused(ModelError, "model.npz is not a model that may be loaded", write_bundle(tmp_path / "m", data=data))

    @pytest.mark.parametrize("gone", ["measures", "thresholds", "cues", "estimator", "calibration", "probe"])
    def test_a_manifest_with_a_part_missing_is_refused(self, tmp_path, gone):
        folder = write_bundle(tmp_path / "m")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        del manifest[gone]
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        refused(ModelError, "manifest.json", folder)

    def test_one_changed_digit_of_the_shipped_bundle_is_seen(self, tmp_path):
        folder = tmp_path / "copy"
        shutil.copytree(SHIPPED, folder)
        load(folder, cues.discover())
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["cues"]["eyes"]["version"] += 1
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        refused(ModelMismatchError, "cue 'eyes'", folder, cues.discover())


def refused(error, match, folder, cues_there=CUES):
    with pytest.raises(error, match=match) as caught:
        load(folder, cues_there)
    assert type(caught.value) is error
    assert str(folder) in str(caught.value)


class TestZipBombs:
    def test_it_is_refused_before_it_fills_the_memory(self, tmp_path):
        out = io.BytesIO()
        np.savez_compressed(out, mean=np.zeros(25_000_000))
        assert len(out.getvalue()) < 1_000_000
        folder = write_bundle(tmp_path / "m", data=out.getvalue())
        tracemalloc.start()
        try:
            refused(ModelError, "not a model that may be loaded.*unpacks to more than 16 MB", folder)
            assert tracemalloc.get_traced_memory()[1] < 60_000_000
        finally:
            tracemalloc.stop()

    def test_an_array_that_claims_more_than_is_there_is_refused(self, tmp_path):
        arrays = {name: getattr(tiny_estimator(), name) for name in ("mean", "scale", "weights", "bootstrap")}
        members = {f"{name}.npy": npy(values) for name, values in arrays.items()}
        members["mean.npy"] = npy(np.zeros(10)).replace(b"(10,), }         ", b"(1000000000000,),}")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        refused(ModelError, "not a model that may be loaded", write_bundle(tmp_path / "m", data=out.getvalue()))


def npy(values):
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


FIGURES = {
    "false_alarms": {
        "all": {"rate": 0.01, "pictures": 400, "photos": 100, "low": 0.0, "high": 0.03},
        "polished": {"rate": 0.0, "pictures": 0, "photos": 0, "low": None, "high": None},
    },
    "verdicts": {
        "ai": {"likely_ai": 0.3, "inconclusive": 0.65, "likely_authentic": 0.05},
        "real": {"likely_ai": 0.01, "inconclusive": 0.4, "likely_authentic": 0.59},
    },
    "photos": {"ai": 50, "real": 100},
    "lean": {"to_ai": {"value": 0.7}, "to_camera": {"value": 0.3}},
}


class TestFacts:
    def test_they_are_what_the_manifest_says(self, tmp_path):
        facts = read_facts(write_bundle(tmp_path, figures={"conditions": {"profile": FIGURES}}))

        assert (facts.version, facts.likely_ai, facts.likely_authentic) == ("tiny-1", 0.8, 0.2)
        (rates,) = facts.rates
        assert rates.condition == "profile"
        assert rates.false_alarms == Rate(0.01, 100, 0.0, 0.03)
        assert (rates.found, rates.passed) == (Rate(0.3, 50), Rate(0.05, 50))
        assert (rates.undecided_camera, rates.undecided_ai) == (Rate(0.4, 100), Rate(0.65, 50))
        assert facts.leaning_ai == (0.7, 0.3)

    def test_a_rate_of_no_pictures_is_unknown(self, tmp_path):
        (rates,) = read_facts(write_bundle(tmp_path, figures={"conditions": {"profile": FIGURES}})).rates

        assert rates.polished_alarms == Rate(None, 0)

    def test_a_bundle_without_figures_has_no_rates(self, tmp_path):
        assert read_facts(write_bundle(tmp_path)).rates == ()

    def test_those_shipped_are_those_the_classifier_decides_by(self, shipped):
        facts = read_facts(None)

        limits = shipped.thresholds
        assert (facts.likely_ai, facts.likely_authentic) == (limits.likely_ai, limits.likely_authentic)
        assert facts.version == shipped.version
        assert {"profile", "large", "raw"} <= {rates.condition for rates in facts.rates}
        assert all(0 <= rates.false_alarms.value <= 1 for rates in facts.rates)

    @pytest.mark.parametrize(
        "broken",
        [{"thresholds": {}}, {"thresholds": []}, {"figures": {"conditions": {"profile": {}}}}, {"figures": []}],
    )
    def test_a_damaged_manifest_is_named(self, tmp_path, broken):
        with pytest.raises(ModelError, match=re.escape(str(tmp_path))):
            read_facts(write_bundle(tmp_path, **broken))

    def test_another_format_or_no_manifest_at_all_is_named(self, tmp_path):
        with pytest.raises(ModelMismatchError, match=re.escape(str(tmp_path))):
            read_facts(write_bundle(tmp_path, format=bundle.FORMAT + 1))
        with pytest.raises(ModelError, match="cannot be read"):
            read_facts(tmp_path / "nothing")


class TestEstimator:
    def test_it_reads_back_what_it_wrote_and_equal_arrays_give_equal_bytes(self):
        data = tiny_estimator().to_bytes()
        assert data == tiny_estimator().to_bytes()
        read = Estimator.from_bytes(data)
        for name in ("mean", "scale", "weights", "bootstrap"):
            assert np.array_equal(getattr(read, name), getattr(tiny_estimator(), name))

    def test_a_score_is_that_of_the_pipeline_it_came_from(self):
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        rng = np.random.default_rng(0)
        rows, is_ai = rng.normal(3.0, 2.0, (40, 4)), np.arange(40) % 2 == 0
        imputer = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
        pipeline = make_pipeline(StandardScaler(), imputer, LogisticRegression()).fit(rows, is_ai)
        trained = TrainedModel(Fitted(np.zeros(4), np.zeros((4, 2)), pipeline), {})
        scored = Classifier(tiny_manifest(), trained.estimator())
        values = dict(zip(KEYS, rows.clip(-3, 3)[0].tolist(), strict=True))
        expected = pipeline.decision_function(rows.clip(-3, 3)[:1])[0] - 0.25  # the manifest's intercept
        assert logit(scored.score(values).p_ai) == pytest.approx(expected, abs=1e-9)

    def test_it_needs_neither_scikit_learn_nor_scipy(self, python):
        ran = python(
            "import sys; from artifact_check import check; check(sys.argv[1]);"
            "print(*{'sklearn', 'scipy', 'pandas'} & set(sys.modules))",
            PORTRAIT_A,
        )
        assert (ran.returncode, ran.stdout.strip()) == (0, "")
