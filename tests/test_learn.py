"""Learning keeps labels apart from how photos were collected, and its figures honest."""

from __future__ import annotations

import io
import json
import re
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from artifact_check import cues
from artifact_check.cues import shape
from artifact_check.errors import DatasetError
from artifact_check.learn import fitting
from artifact_check.learn.figures import evaluation
from artifact_check.learn.figures.card import model_card
from artifact_check.learn.figures.metrics import (
    auc,
    curves,
    exact_bounds,
    expected_calibration_error,
    rate_interval,
    share_ai,
    tpr_at,
    with_interval,
)
from artifact_check.learn.figures.summary import Scored, equal_treatment, mean_of, summarise
from artifact_check.learn.laboratory import flips
from artifact_check.learn.measuring import Measuring
from artifact_check.learn.references.shape import make_reference
from artifact_check.learn.table import folds as dealing
from artifact_check.learn.table.dataset import Dataset, Item, read_dataset, require_sources
from artifact_check.learn.table.features import FACTS, RAW, Table, measure_dataset
from artifact_check.learn.table.folds import grouped_folds, random_folds
from artifact_check.learn.table.launder import LARGE, PROCESSED, PROFILE, TWICE, FaceBox, profile, site
from artifact_check.learn.train import write_bundle
from artifact_check.model import bundle
from artifact_check.model.verdict import decide
from artifact_check.photo import decode

pytestmark = pytest.mark.usefixtures("small_recipe")
KEYS = tuple(measure.key for cue in cues.discover() for measure in cue.measures)
SCORED = {measure.key for cue in cues.discover() for measure in cue.measures if measure.scored}
# Some of each cue, scored and not: what is learned costs by the number of measures.
FEW = tuple(
    measure.key
    for cue in cues.discover()
    for of in (True, False)
    for measure in [measure for measure in cue.measures if measure.scored is of][::8]
)
FEW_SCORED = tuple(key for key in FEW if key in SCORED)
OWN = tuple(key for key in KEYS if key in SCORED and fitting.directions([key])[0] == 0)


# --- reading ----------------------------------------------------------------------------------------------------------


def write_manifest(folder, *rows, head="file,label,source"):
    (folder / "manifest.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


FOUR = ("b.jpg,ai,gan", "a.jpg,ai,flow", "c.jpg,real,site1", "d.jpg,real,site2")


class TestReadingADataset:
    def test_a_manifest_gives_items_sorted_by_file(self, tmp_path):
        dataset = read_dataset(write_manifest(tmp_path, *FOUR))
        assert [item.file for item in dataset.items] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
        assert [item.is_ai for item in dataset.items] == [True, True, False, False]
        assert dataset.items[0].path == tmp_path / "a.jpg"

    def test_what_the_manifest_leaves_out_has_a_plain_default(self, tmp_path):
        ai, _, real, _ = read_dataset(write_manifest(tmp_path, *FOUR)).items
        assert (ai.cluster, ai.family, ai.group, ai.skin_ita) == ("flow", "unknown", "ai", None)
        assert (real.cluster, real.family, real.group) == ("site1", "camera", "real")

    def test_optional_columns_are_used(self, tmp_path):
        head = "file,label,source,cluster,generator,group,skin_ita"
        rows = ("a.jpg,ai,s1,k1,gan,stock,-12.5", "b.jpg,ai,s2,k2,,,", "c.jpg,real,s3,k3,,,41", "d.jpg,real,s4,,,,")
        items = read_dataset(write_manifest(tmp_path, *rows, head=head)).items
        assert (items[0].cluster, items[0].family, items[0].group, items[0].skin_ita) == ("k1", "gan", "stock", -12.5)
        assert (items[1].family, items[3].cluster, items[2].skin_ita) == ("unknown", "s4", 41.0)

    @pytest.mark.parametrize(
        ("family", "generator", "maker"),
        [
            ("autoregressive", "GPT Image 1.5 (fal-ai/gpt-image-1.5/edit, face kept)", "OpenAI"),
            ("diffusion", "DALL-E 3", "OpenAI"),
            ("autoregressive", "not stated (GPT Image 1 in ChatGPT by the look)", "OpenAI"),
            ("autoregressive", "Nano Banana Pro (gemini-3-pro-image-preview)", "Google"),
            ("diffusion", "Imagen 4 (imagen-4.0-generate-001)", "Google"),
            ("autoregressive", "Grok Imagine (xAI Aurora)", "Grok"),
            ("diffusion", "Midjourney v6.1", "Midjourney"),
            ("diffusion", "FLUX.1-dev (Leonardo.ai)", "Leonardo"),
            ("unknown", "Replit Agent image generation (pixel sizes are those of Google Imagen)", "Replit"),
            ("diffusion", "FLUX via Replicate", "diffusion"),
            ("diffusion", "Stable Diffusion 1.4/1.5 (imaginAIry)", "diffusion"),
            ("unknown", "not stated per file (gallery mixes Midjourney and other generators)", "other"),
            ("unknown", "Gemini 3.1 Flash Image or Pollinations (not told apart)", "other"),
            ("autoregressive", "HunyuanImage 3.0", "other"),
            ("gan", "StyleGAN2 (FFHQ)", "GAN"),
            ("diffusion", "", "diffusion"),
            ("", "", "unknown"),
            ("", "Imagen 4", "Google"),
        ],
    )
    def test_the_maker_of_a_generator_is_told_by_its_text(self, tmp_path, family, generator, maker):
        (tmp_path / "manifest.csv").write_text(
            f'file,label,source,family,generator\na.jpg,ai,s,{family},"{generator}"\n', encoding="utf-8"
        )
        (item,) = read_dataset(tmp_path).items
        assert item.maker == maker

    def test_a_real_photo_has_no_maker(self, tmp_path):
        head = "file,label,source,family,generator"
        rows = ("a.jpg,real,s,camera,camera", "b.jpg,real,s,,", "c.jpg,real,s,,Google Pixel")
        items = read_dataset(write_manifest(tmp_path, *rows, head=head)).items
        assert [item.maker for item in items] == ["camera", "camera", "Google Pixel"]

    def test_files_that_are_not_as_their_source_published_them_are_marked(self, tmp_path):
        head = "file,label,source,history"
        rows = ("a.jpg,ai,s,original", "b.jpg,ai,s,reduced", "c.jpg,real,t,")
        items = read_dataset(write_manifest(tmp_path, *rows, head=head)).items
        assert [item.reduced for item in items] == [False, True, False]

    def test_a_manifest_saved_by_a_spreadsheet_is_read(self, tmp_path):
        text = "\r\n".join(["file,label,source", *FOUR]).encode("utf-8-sig")
        (tmp_path / "manifest.csv").write_bytes(text)
        assert len(read_dataset(tmp_path).items) == 4

    def test_folders_stand_for_labels_and_subfolders_for_sources(self, tmp_path):
        for name in ("ai/gan/x.jpg", "ai/flow/deep/y.png", "real/site/z.jpg", "real/loose.jpg"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        (tmp_path / "ai" / "notes.txt").touch()
        sources = {item.file: item.source for item in read_dataset(tmp_path).items}
        assert sources == {
            "ai/gan/x.jpg": "ai/gan",
            "ai/flow/deep/y.png": "ai/flow",
            "real/site/z.jpg": "real/site",
            "real/loose.jpg": "real/loose.jpg",
        }

    @pytest.mark.parametrize("row", [",ai,s", "a.jpg,fake,s", "a.jpg,,s", "a.jpg,ai,", "a.jpg", "a.jpg,AI,s"])
    def test_an_incomplete_row_is_named_by_its_line(self, tmp_path, row):
        with pytest.raises(DatasetError, match=r"manifest.csv, line 6: give a file, a label \(ai or real\)"):
            read_dataset(write_manifest(tmp_path, *FOUR, row))

    def test_a_manifest_without_the_needed_columns(self, tmp_path):
        with pytest.raises(DatasetError, match="line 2"):
            read_dataset(write_manifest(tmp_path, "a.jpg,ai", head="photo,kind"))

    @pytest.mark.parametrize("layout", [(), ("ai",), ("real",)])
    def test_a_folder_of_neither_layout_is_refused(self, tmp_path, layout):
        for name in layout:
            (tmp_path / name).mkdir()
        with pytest.raises(DatasetError, match=r"neither a manifest\.csv nor the sub-folders ai and real"):
            read_dataset(tmp_path)

    @pytest.mark.parametrize(("label", "rows"), [("ai", FOUR[1:]), ("real", (*FOUR[:3], "e.jpg,ai,s5")), ("ai", ())])
    def test_too_few_sources_of_a_label_are_not_enough(self, tmp_path, label, rows):
        with pytest.raises(DatasetError, match=f"of '{label}' photos and needs at least 3"):
            require_sources(read_dataset(write_manifest(tmp_path, *rows)))

    def test_two_sources_of_one_cluster_are_not_enough(self, tmp_path):
        head = "file,label,source,cluster"
        rows = ("a.jpg,ai,s1,same", "b.jpg,ai,s2,same", "c.jpg,real,s3,", "d.jpg,real,s4,")
        with pytest.raises(DatasetError, match=r"1 cluster\(s\) of 'ai' photos"):
            require_sources(read_dataset(write_manifest(tmp_path, *rows, head=head)))

    def test_a_cluster_that_holds_both_labels_is_refused(self, tmp_path):
        head = "file,label,source,cluster"
        rows = ("a.jpg,ai,s1,k1", "b.jpg,ai,s2,k2", "c.jpg,real,s3,k1", "d.jpg,real,s4,k4")
        with pytest.raises(DatasetError, match=r"in the same cluster \(k1\)"):
            read_dataset(write_manifest(tmp_path, *rows, head=head))

    def test_a_skin_tone_that_is_no_number_is_refused(self, tmp_path):
        rows = ("a.jpg,ai,s1,pale",)
        with pytest.raises(DatasetError, match=r"skin_ita of a\.jpg is not a number: 'pale'"):
            read_dataset(write_manifest(tmp_path, *rows, head="file,label,source,skin_ita"))

    def test_an_empty_label_folder_is_named(self, tmp_path):
        (tmp_path / "ai").mkdir()
        (tmp_path / "real").mkdir()
        with pytest.raises(DatasetError, match="ai"):
            read_dataset(tmp_path)

    def test_its_id_follows_files_labels_and_clusters_not_order(self, tmp_path):
        first = read_dataset(write_manifest(tmp_path, *FOUR)).id
        assert read_dataset(write_manifest(tmp_path, *reversed(FOUR))).id == first
        assert read_dataset(write_manifest(tmp_path, *FOUR[:3], "d.jpg,real,site3")).id != first
        assert read_dataset(write_manifest(tmp_path, *FOUR, "e.jpg,real,site2")).id != first


# --- laundering -------------------------------------------------------------------------------------------------------


class TestLaundering:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (900, 700, 3), np.uint8))
    draws = st.integers(0, 2**32 - 1).map(np.random.default_rng)
    boxes = st.builds(
        lambda left, top, width, height: FaceBox(left, top, left + width, top + height),
        st.floats(0, 300), st.floats(0, 400), st.floats(60, 390), st.floats(80, 480),
    )  # fmt: skip

    @settings(deadline=None, max_examples=30)
    @given(boxes, draws, st.sampled_from([PROFILE, LARGE]))
    def test_the_profile_stage_gives_square_jpegs_of_common_framing(self, box, rng, condition):
        laundered = Image.open(io.BytesIO(profile(self.image, box, condition, rng)))
        assert laundered.format == "JPEG"
        assert abs(laundered.width - laundered.height) <= 1
        # The crop is 2.0 to 2.5 faces wide, or as wide as the photo.
        assert laundered.width <= 2.5 * min(box.width, condition.face_widths[1]) + 2
        assert laundered.width >= min(2.0 * min(box.width, condition.face_widths[0]), 700 * 140 / 390) - 2

    @settings(deadline=None, max_examples=10)
    @given(boxes, draws)
    def test_neither_stage_scales_up(self, box, rng):
        published, moved = site(self.image, box, 500.0, rng)
        assert published.size == self.image.size
        assert moved == box
        small = FaceBox(300, 400, 300 + 50, 400 + 60)
        assert Image.open(io.BytesIO(profile(self.image, small, PROFILE, rng))).width <= 2.5 * 50 + 2

    @settings(deadline=None, max_examples=10)
    @given(boxes, draws, st.floats(50, 400))
    def test_the_site_stage_scales_photo_and_face_alike(self, box, rng, width):
        published, moved = site(self.image, box, width, rng)
        assert moved.width == pytest.approx(min(width, box.width))
        assert published.width == pytest.approx(self.image.width * moved.width / box.width, abs=1)
        assert moved.left / published.width == pytest.approx(box.left / self.image.width, abs=0.01)

    def test_the_same_draw_gives_the_same_bytes(self):
        box = FaceBox(200, 200, 500, 600)
        first, again, other = (profile(self.image, box, PROFILE, np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert first == again
        assert first != other


# --- fitting ----------------------------------------------------------------------------------------------------------

# Label and size of each cluster; a label's clusters have names of their own.
some_clusters = st.lists(st.tuples(st.booleans(), st.integers(1, 30)), min_size=2, max_size=40).filter(
    lambda clusters: {label for label, _ in clusters} == {False, True}
)


def rows_of(clusters, seed=0):
    """(labels, clusters) of rows in random order."""
    is_ai = np.repeat([label for label, _ in clusters], [size for _, size in clusters])
    cluster = np.repeat([f"{label}-{i}" for i, (label, _) in enumerate(clusters)], [size for _, size in clusters])
    order = np.random.default_rng(seed).permutation(len(is_ai))
    return is_ai[order], cluster[order]


def table_of(values, is_ai, cluster, tone=None):
    """A table of unnamed measures, one item a row."""
    count = len(is_ai)
    return Table(
        keys=tuple(f"m{i}" for i in range(values.shape[1])),
        values=values,
        tone=np.full(count, np.nan) if tone is None else tone,
        hidden=np.zeros(count, bool),
        painted=np.zeros(count, bool),
        facts=np.zeros((count, len(FACTS))),
        is_ai=is_ai,
        item=np.arange(count),
        condition=np.full(count, PROFILE.name),
        items=tuple(
            Item(Path(name), name, bool(made), name, name, name, "made up", None)
            for made, name in zip(is_ai, cluster, strict=True)
        ),
        unmeasured=(),
    )


class TestFolds:
    @given(some_clusters, st.sampled_from([random_folds, lambda y, c: grouped_folds(y, c, 6)]))
    def test_they_cover_each_row_once_and_never_split_a_cluster(self, clusters, folds):
        is_ai, cluster = rows_of(clusters)
        masks = list(folds(is_ai, cluster))
        assert np.array_equal(np.sum(masks, axis=0), np.ones(len(is_ai)))
        for test in masks:
            assert test.any()
            assert not set(cluster[test]) & set(cluster[~test])

    @given(some_clusters.filter(lambda clusters: min(sum(c[0] for c in clusters), sum(not c[0] for c in clusters)) > 1))
    def test_two_sources_of_each_label_leave_both_labels_to_learn_from(self, clusters):
        is_ai, cluster = rows_of(clusters)
        for folds in (random_folds(is_ai, cluster), grouped_folds(is_ai, cluster, 6)):
            for test in folds:
                assert set(is_ai[~test]) == {False, True}

    def test_a_score_does_not_come_from_a_model_that_saw_its_source(self):
        """Each source has a measure of its own: who has seen the source knows its label, and who has not, nothing."""
        is_ai, cluster = rows_of([(label, 20) for label in (False, True) for _ in range(6)])
        values = (cluster[:, None] == np.unique(cluster)).astype(float)
        table = table_of(values, is_ai, cluster)
        log_odds = fitting.out_of_source(table, random_folds).log_odds
        assert auc(is_ai, fitting.fit(table).log_odds(table)) == 1
        assert auc(is_ai, log_odds) <= 0.5


class TestWeights:
    @given(some_clusters)
    def test_both_labels_count_alike_and_all_rows_together_as_many_as_they_are(self, clusters):
        is_ai, cluster = rows_of(clusters)
        weights = fitting.balanced_weights(is_ai, cluster)
        assert weights[is_ai].sum() == pytest.approx(len(is_ai) / 2)
        assert weights[~is_ai].sum() == pytest.approx(len(is_ai) / 2)

    def test_a_source_of_four_times_the_rows_counts_twice(self):
        is_ai = np.array([True] * 5 + [False])
        cluster = np.array(["large"] * 4 + ["small", "real"])
        weights = fitting.balanced_weights(is_ai, cluster)
        assert weights[:4].sum() == pytest.approx(2 * weights[4])


class TestSkinTone:
    def test_what_real_photos_of_a_tone_show_is_taken_off_and_what_ai_photos_show_is_not_learned(self):
        rng = np.random.default_rng(0)
        tone, is_ai = rng.uniform(-20, 60, 400), np.arange(400) % 2 == 0
        noise = rng.normal(size=400)
        values = np.column_stack([noise + 0.05 * tone * ~is_ai, noise])
        table = table_of(values, is_ai, np.arange(400).astype(str), tone)
        slopes = fitting.tone_slopes(table)
        assert slopes == pytest.approx([0.05, 0.0], abs=0.01)
        left = fitting.corrected(table, slopes)[~is_ai]
        assert abs(np.corrcoef(left[:, 0], tone[~is_ai])[0, 1]) < 0.1
        assert abs(np.corrcoef(values[~is_ai, 0], tone[~is_ai])[0, 1]) > 0.6

    def test_a_photo_without_colour_is_left_as_it_is(self):
        values, is_ai = np.random.default_rng(1).normal(size=(200, 1)), np.arange(200) % 2 == 0
        tone = np.where(np.arange(200) < 100, np.nan, np.linspace(-30, 70, 200))
        table = table_of(values, is_ai, np.arange(200).astype(str), tone)
        assert np.array_equal(fitting.corrected(table, np.array([0.1]))[:100], values[:100])

    def test_a_cluster_is_corrected_by_what_the_others_show(self):
        """One cluster's own slope is the opposite of the others'."""
        tone = np.tile(np.linspace(-20, 60, 40), 8)
        cluster = np.repeat([f"c{i}" for i in range(8)], 40)
        is_ai = np.isin(cluster, ["c0", "c1"])
        values = (np.where(cluster == "c7", -0.1, 0.1) * tone)[:, None]
        table = table_of(values, is_ai, cluster, tone)
        left = fitting.corrected_out_of_source(table)[cluster == "c7", 0]
        assert np.ptp(left) > np.ptp(values[cluster == "c7", 0])


class TestLimits:
    def test_a_value_beyond_the_training_rows_counts_as_their_limit(self):
        rng = np.random.default_rng(0)
        values, is_ai = rng.normal(size=(200, 2)), np.arange(200) % 2 == 0
        table = table_of(values, is_ai, np.arange(200).astype(str))
        fitted = fitting.fit(table)
        assert fitted.limits[:, 0] == pytest.approx(np.percentile(values, 0.5, axis=0))
        assert fitted.limits[:, 1] == pytest.approx(np.percentile(values, 99.5, axis=0))
        beyond = np.array([[1e9, -1e9], [fitted.limits[0, 1], fitted.limits[1, 0]]])
        far, limit = fitted.log_odds(replace(table, values=beyond, tone=np.full(2, np.nan)))
        assert far == limit

    def test_a_measure_that_no_row_has_says_nothing_and_warns_of_nothing(self):
        values, is_ai = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2 == 0
        values[:, 1] = np.nan
        table = table_of(values, is_ai, np.arange(40).astype(str))
        rows = replace(table, values=np.array([[0.3, np.nan], [0.3, 5.0]]), tone=np.full(2, np.nan))
        missing, present = fitting.fit(table).log_odds(rows)
        assert missing == present


# --- figures ----------------------------------------------------------------------------------------------------------


def rate(value, pictures, photos, *, low=None, high=None, inconclusive=0.0):
    counted = {"pictures": pictures, "photos": photos, "inconclusive": inconclusive, "not_assessed": 0.0}
    return {"rate": value, "low": low, "high": high, **counted}


class TestMetrics:
    @given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=60))
    def test_auc_is_that_of_scikit_learn_also_with_ties(self, pairs):
        from sklearn.metrics import roc_auc_score

        is_ai, score = np.array([label for label, _ in pairs]), np.array([value for _, value in pairs], float)
        if len(set(is_ai)) == 2:
            assert auc(is_ai, score) == pytest.approx(roc_auc_score(is_ai, score))
        else:
            assert np.isnan(auc(is_ai, score))

    def test_tpr_at_a_share_of_false_alarms(self):
        real, ai = np.arange(100.0), np.array([50.0, 93.5, 96.5, 98.5, 99.5, 200.0])
        is_ai, score = np.repeat([False, True], [100, 6]), np.concatenate([real, ai])
        assert tpr_at(is_ai, score, 0.5) == pytest.approx(5 / 6)
        assert tpr_at(is_ai, score, 0.05) == pytest.approx(4 / 6)
        assert tpr_at(is_ai, score, 0.01) == pytest.approx(2 / 6)

    @given(st.lists(st.integers(0, 20), min_size=20, max_size=60), st.sampled_from([0.01, 0.05, 0.2]))
    def test_never_more_false_alarms_than_allowed_behind_it(self, real, share):
        """An AI photo that scores just as a real one counts only where at most that share of real ones is above."""
        real = np.array(real, float)
        for value in np.unique(real):
            found = tpr_at(np.append(np.zeros(len(real), bool), True), np.append(real, value + 0.5), share)
            if found:
                assert np.mean(real > value) <= share

    def test_calibration_error_of_a_calibrated_and_of_a_boastful_score(self):
        is_ai = np.array([True] * 75 + [False] * 25 + [True] * 25 + [False] * 75)
        assert expected_calibration_error(is_ai, np.repeat([0.75, 0.25], 100)) == pytest.approx(0)
        assert expected_calibration_error(is_ai, np.repeat([0.999, 0.001], 100)) == pytest.approx(0.249)

    def test_a_summary_counts_false_alarms_by_group_and_skin(self):
        said = np.array(["likely_ai", "inconclusive", "likely_ai", "likely_authentic", "likely_ai", "inconclusive"])
        scored = Scored(
            is_ai=np.array([True, True, False, False, False, False]),
            p_ai=np.array([0.9, 0.4, 0.8, 0.1, 0.7, 0.5]),
            said=said,
            unfamiliar=np.array([False, True, False, False, False, False]),
            photo=np.array([0, 1, 2, 3, 2, 4]),
            quality=np.array([90.0, 80.0, 79.0, 80.0, 95.0, 0.0]),
            cluster=np.array(["g", "h", "r", "s", "r", "s"]),
            source=np.array(["g", "h", "r", "s", "r", "s"]),
            maker=np.array(["GAN", "OpenAI", "camera", "camera", "camera", "camera"]),
            group=np.array(["ai", "ai", "stock", "street", "stock", "street"]),
            ita=np.array([np.nan, np.nan, 50.0, 35.0, -30.1, -30.0]),
            coloured=np.array([True, False, True, True, True, False]),
            glasses=np.array([False, True, True, False, True, False]),
        )
        figures = summarise(scored)
        assert figures["pictures"] == {"ai": 2, "real": 4}
        ai = {"likely_ai": 0.5, "inconclusive": 0.5, "likely_authentic": 0.0, "not_assessed": 0.0}
        assert figures["verdicts"]["ai"] == ai
        assert figures["unfamiliar"] == {"ai": 0.5, "real": 0.0}
        alarms = figures["false_alarms"]
        assert alarms["all"] == rate(0.5, 4, 3, low=0.0, high=1.0, inconclusive=0.25)
        assert alarms["by_group"]["street"] == rate(0.0, 2, 2, low=0.0, high=1 - 0.025 ** (1 / 2), inconclusive=0.5)
        assert alarms["polished"] == rate(1.0, 2, 1, low=0.025, high=1.0)
        assert figures["found"]["by_source"]["h"] == rate(0.0, 1, 1, low=0.0, high=0.975, inconclusive=1.0)
        assert figures["found"]["by_maker"]["GAN"]["rate"] == 1.0
        assert alarms["by_source"]["r"]["rate"] == 1.0
        assert [rate["pictures"] for rate in alarms["by_quality"].values()] == [1, 1, 1]
        assert [rate["pictures"] for rate in alarms["by_skin"].values()] == [1, 1, 0, 1, 1]
        assert [rate["rate"] for rate in alarms["by_skin"].values()] == [1.0, 0.0, None, 0.0, 1.0]
        assert alarms["by_skin"]["tan (10 to 28)"]["high"] is None
        assert {name: (of["rate"], of["pictures"]) for name, of in alarms["by_colour"].items()} == {
            "black-and-white": (0.0, 1), "in colour": (2 / 3, 3)
        }  # fmt: skip
        assert {name: (of["rate"], of["pictures"]) for name, of in alarms["by_glasses"].items()} == {
            "glasses seen": (1.0, 2), "no glasses seen": (0.0, 2)
        }  # fmt: skip
        assert figures["auc"]["value"] == auc(scored.is_ai, scored.p_ai)
        assert figures["auc"]["low"] <= figures["auc"]["value"] <= figures["auc"]["high"]
        gan, openai = figures["auc_by_maker"]["GAN"], figures["auc_by_maker"]["OpenAI"]
        assert gan == {"value": 1.0, "low": None, "high": None, "pictures": 1}  # a single cluster
        assert openai["value"] == figures["auc_by_cluster"]["h"]["value"] == 0.25
        against = np.array([0, 1, 2, 4])
        assert figures["auc_against_polished"]["value"] == auc(scored.is_ai[against], scored.p_ai[against])
        assert figures["lean"]["to_ai"] == {"value": None, "low": None, "high": None, "pictures": 0}
        # Half of the AI pictures and a quarter of the real ones.
        assert figures["lean"]["to_camera"]["value"] == pytest.approx(2 / 3)
        assert figures["lean"]["to_camera"]["pictures"] == 2

    @given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=4, max_size=60))
    def test_curves_agree_with_the_figures_beside_them(self, pairs):
        is_ai, p_ai = np.array([label for label, _ in pairs]), np.array([value for _, value in pairs])
        drawn = curves(is_ai, p_ai)
        shares = drawn["reliability"]
        bins = [b for b in zip(shares["p_ai"], shares["share_ai"], shares["weight"], strict=True) if b[0] is not None]
        gap = sum(weight * abs(p - share) for p, share, weight in bins)
        assert gap == pytest.approx(expected_calibration_error(is_ai, p_ai))
        for made, name in ((True, "ai"), (False, "real")):
            assert sum(drawn["histogram"][name]) == pytest.approx(1.0 if np.any(is_ai == made) else 0.0)
        if len(set(is_ai)) == 2:
            assert drawn["roc"]["tpr"] == sorted(drawn["roc"]["tpr"])

    def test_a_rate_of_none_or_of_all_has_exact_bounds(self):
        """Of n photos none is hit with a chance of (1 - p) ** n, which the bound makes 2.5 %."""
        low, high = exact_bounds(0, 100)
        assert (low, (1 - high) ** 100) == (0.0, pytest.approx(0.025))
        assert exact_bounds(100, 100) == (pytest.approx(1 - high), 1.0)
        # Two of ten, as tables have it.
        assert exact_bounds(2, 10) == (pytest.approx(0.0252, abs=1e-4), pytest.approx(0.5561, abs=1e-4))

    @given(some_clusters, st.booleans())
    def test_no_rate_is_certain(self, clusters, hit):
        _, cluster = rows_of(clusters)
        hits, photo = np.full(len(cluster), hit), np.arange(len(cluster)) // 2
        low, high = rate_interval(hits, photo, cluster)
        assert (low, high) == exact_bounds(hit * len(np.unique(photo)), len(np.unique(photo)))
        assert low < high

    def test_a_rate_is_less_certain_where_clusters_differ(self):
        photo, mixed = np.arange(400), np.arange(400) % 4 == 0
        cluster = np.repeat(np.arange(20), 20)
        spread, lumped = (rate_interval(hits, photo, cluster) for hits in (mixed, cluster < 5))
        assert spread == (0.25, 0.25)  # every resample has the same share
        assert lumped[0] < 0.15
        assert lumped[1] > 0.35
        assert np.isnan(rate_interval(mixed, photo, np.zeros(400))).all()

    def test_the_interval_of_a_metric_follows_what_clusters_do(self):
        is_ai = np.repeat([True, False], 200)
        cluster = np.repeat(np.arange(20), 20)
        rng = np.random.default_rng(0)
        own = rng.normal(size=20)[cluster]
        noise = rng.normal(size=400)
        apart, together = (with_interval(is_ai, is_ai + score, cluster, auc) for score in (own, noise))
        for found in (apart, together):
            assert found["low"] < found["value"] < found["high"]
        assert apart["high"] - apart["low"] > 2 * (together["high"] - together["low"])

    @pytest.mark.parametrize("label", [True, False])
    def test_a_label_of_a_single_cluster_has_no_interval(self, label):
        is_ai = np.arange(40) % 2 == 0
        cluster = np.where(is_ai == label, 0, 1 + np.arange(40) % 3)
        found = with_interval(is_ai, np.arange(40.0), cluster, auc)
        assert found["value"] == auc(is_ai, np.arange(40.0))
        assert np.isnan([found["low"], found["high"]]).all()

    def test_the_share_that_is_ai_counts_both_labels_alike(self):
        is_ai = np.repeat([True, False], [10, 90])
        chosen = np.zeros(100, bool)
        chosen[[0, 1, 2, *range(10, 19)]] = True  # 30 % of the AI pictures, 10 % of the others
        assert share_ai(is_ai, chosen) == pytest.approx(0.75)
        assert np.isnan(share_ai(is_ai, np.zeros(100, bool)))
        assert np.isnan(share_ai(np.ones(100, bool), chosen))

    def test_of_inconclusive_pictures_those_that_lean_to_ai_are_told_from_the_others(self):
        count = 80
        is_ai = np.arange(count) % 2 == 0
        p_ai = np.where(np.arange(count) < 60, 0.7, 0.3)
        said = np.where(is_ai & (np.arange(count) % 4 == 0), "likely_ai", "inconclusive")
        scored = self.scored(is_ai, p_ai=p_ai, said=said)
        lean = summarise(scored)["lean"]
        # 15 of 40 AI pictures and 30 of 40 real ones lean to AI; 5 and 10 to a camera.
        assert [lean[side]["pictures"] for side in ("to_ai", "to_camera")] == [45, 15]
        assert [lean[side]["value"] for side in ("to_ai", "to_camera")] == pytest.approx([1 / 3, 1 / 3])
        assert lean["to_ai"]["low"] <= 1 / 3 <= lean["to_ai"]["high"]

    def scored(self, is_ai, **known):
        """Pictures of ten clusters a label, of which nothing is known but what is given."""
        count = len(is_ai)
        cluster = np.array([f"{made}{i % 20}" for i, made in enumerate(is_ai)])
        plain = {
            "p_ai": np.full(count, 0.5), "said": np.full(count, "inconclusive"), "unfamiliar": np.zeros(count, bool),
            "photo": np.arange(count), "cluster": cluster, "source": cluster, "maker": np.full(count, "other"),
            "group": np.full(count, "street"), "ita": np.full(count, 35.0), "quality": np.full(count, 90.0),
            "coloured": np.ones(count, bool), "glasses": np.zeros(count, bool),
        }  # fmt: skip
        return Scored(is_ai=is_ai, **{**plain, **known})

    def test_kinds_of_people_with_far_more_false_alarms_are_named(self):
        """Of 1,000 real photos 20 are called AI: 8 of 40 phones, 8 of 39 of beauty, 3 of 60 of very dark skin."""
        at = np.arange(1000)
        group = np.select([at < 40, at < 79], ["phone", "beauty"], "street")
        ita = np.where((at >= 100) & (at < 160), -40.0, 35.0)
        hits = (at < 8) | ((at >= 40) & (at < 48)) | np.isin(at, [100, 101, 102]) | (at == 900)
        real = self.scored(np.zeros(1000, bool), group=group, ita=ita, said=np.where(hits, "likely_ai", "inconclusive"))
        figures = {"profile": summarise(real)}
        alarms = figures["profile"]["false_alarms"]
        assert (alarms["all"]["rate"], alarms["by_skin"]["very dark (below -30)"]["rate"]) == (0.02, 0.05)
        treated = equal_treatment(figures)["profile"]
        # Skin intermediate and very dark, in colour, no glasses seen, phone and street; beauty is too small.
        assert treated == {"bins": 6, "above": ["group phone"]}

    def test_the_mean_of_summaries_keeps_counts_and_says_nothing_where_one_says_nothing(self):
        one = {"n": 3, "auc": {"value": 0.5, "low": None}, "bins": [0.0, None]}
        other = {"n": 3, "auc": {"value": 0.75, "low": 0.5}, "bins": [1.0, 1.0]}
        assert mean_of([one, other]) == {"n": 3, "auc": {"value": 0.625, "low": None}, "bins": [0.5, None]}
        assert mean_of([one]) == one


# --- judging ----------------------------------------------------------------------------------------------------------


def synthetic(
    *, shift, seed=0, clusters=6, rows=40, keys=FEW, conditions=(PROFILE.name,), missing=0.1, informative=8, obey=True
):
    """A table of Gaussian measures: AI rows are moved by `shift` in some of them, each cluster by a step of its own.

    The move is up, and down where a measure is declared to be higher in camera photos, unless `obey` is off.
    """
    rng = np.random.default_rng(seed)
    items, parts = [], []
    for is_ai in (True, False):
        for number in range(clusters):
            name = f"{'ai' if is_ai else 'real'}{number}"
            items.append(Item(Path(name), f"{name}.jpg", is_ai, name, name, name, "made up", None))
            values = rng.normal(size=(rows, len(keys))) + 0.3 * rng.normal(size=len(keys))
            down = obey & (fitting.directions(keys) < 0)
            values[:, :: len(keys) // informative] += (shift * is_ai * np.where(down, -1, 1))[
                :: len(keys) // informative
            ]
            parts.append(values)
    values = np.concatenate(parts)
    values[rng.random(values.shape) < missing] = np.nan
    item = np.repeat(np.arange(len(items)), rows)
    return Table(
        keys=keys,
        values=values,
        tone=rng.uniform(-20, 60, len(item)),
        hidden=np.zeros(len(item), bool),
        painted=np.zeros(len(item), bool),
        facts=rng.normal(size=(len(item), len(FACTS))),
        is_ai=np.array([items[i].is_ai for i in item]),
        item=item,
        condition=np.resize(np.array(conditions), len(item)),
        items=tuple(items),
        unmeasured=(),
    )


def renamed(table, prefix):
    """The same kind of rows under names of clusters that no other table has."""
    return replace(table, items=tuple(replace(item, cluster=prefix + item.cluster) for item in table.items))


def judged(judge, table):
    """`p_ai` and verdicts of a table's rows by a classifier."""
    scores = [
        judge.score({key: value for key, value in zip(table.keys, row, strict=True) if np.isfinite(value)}, tone)
        for row, tone in zip(table.values, table.tone, strict=True)
    ]
    decisions = [
        decide(score.p_ai, score.cue_scores, judge.thresholds, unfamiliar=score.unfamiliar) for score in scores
    ]
    return np.array([score.p_ai for score in scores]), np.array([decision.verdict for decision in decisions])


def threshold(judge, name):
    return judge.core["thresholds"][name]["value"]


class TestJudge:
    def test_it_tells_sources_that_it_never_saw_apart_with_few_false_alarms(self):
        judge = fitting.train_model(synthetic(shift=1.0))
        fresh = synthetic(shift=1.0, seed=1, clusters=30)
        decided = evaluation.decide_rows(judge.classifier(), fresh)
        p_ai, said = decided["p_ai"], decided["said"]
        assert auc(fresh.is_ai, p_ai) > 0.93
        assert np.mean(p_ai[~fresh.is_ai] >= threshold(judge, "likely_ai")) < 0.03
        assert np.mean(said[~fresh.is_ai] == "likely_ai") < 0.03
        assert np.mean(said[fresh.is_ai] == "likely_ai") > 0.2
        assert expected_calibration_error(fresh.is_ai, p_ai) < 0.15

    def test_labels_without_meaning_cannot_be_learned(self):
        """A leak between folds would show as an AUC far above one half."""
        aucs = []
        for seed in range(3):
            table = synthetic(shift=0.0, seed=seed, rows=20, clusters=8)
            log_odds = fitting.out_of_source(table, random_folds).log_odds
            aucs.append(auc(table.is_ai, log_odds))
        assert 0.4 < np.mean(aucs) < 0.6

    def test_its_thresholds_hold_the_shares_that_they_are_named_for(self):
        table = synthetic(shift=1.0, clusters=4, rows=50)
        judge = fitting.train_model(table)
        unseen = fitting.out_of_source(table, lambda y, c: grouped_folds(y, c, fitting._INNER_FOLDS))
        calibration = fitting.Calibration(judge.core["calibration"]["slope"], judge.core["calibration"]["intercept"])
        p_ai = calibration.probability(unseen.log_odds)
        assert np.mean(p_ai[~table.is_ai] > threshold(judge, "likely_ai")) <= fitting.FALSE_ALARMS
        assert np.mean(p_ai[table.is_ai] < threshold(judge, "likely_authentic")) <= fitting.MISSES
        assert np.mean(unseen.share_out_of_range > threshold(judge, "unfamiliar")) <= fitting.UNFAMILIAR

    def test_no_measure_speaks_against_what_it_is_declared_to_suggest(self):
        """Every measure is made to be higher in AI rows, also those that are declared to be higher in camera photos."""
        keys = tuple(key for key in KEYS if fitting.directions([key])[0] < 0) + FEW
        table = synthetic(shift=1.0, keys=keys, informative=len(keys), obey=False)
        weights = fitting.train_model(table).fitted.pipeline[-1].coef_[0]
        declared = fitting.directions(table.keys)
        assert np.all(weights * declared >= 0)
        assert np.all(weights[declared < 0] == 0)
        assert np.any(weights[declared > 0] > 0)

    def test_it_does_not_depend_on_the_order_of_rows(self):
        table = synthetic(shift=0.5, rows=10)
        order = np.random.default_rng(5).permutation(len(table.is_ai))
        one, other = fitting.train_model(table), fitting.train_model(table.where(order))
        assert other.fitted.log_odds(table) == pytest.approx(one.fitted.log_odds(table), abs=1e-3)
        assert threshold(other, "likely_ai") == pytest.approx(threshold(one, "likely_ai"), abs=1e-3)

    def test_many_rows_at_once_get_what_each_gets_alone(self):
        table = synthetic(shift=1.0, rows=10, missing=0.5)
        judge = fitting.train_model(table).classifier()
        p_ai, said = judged(judge, table)
        together = evaluation.decide_rows(judge, table)
        assert together["p_ai"] == pytest.approx(p_ai, abs=1e-12)
        assert together["said"].tolist() == [verdict or "not_assessed" for verdict in said]
        nothing = replace(table, values=np.full_like(table.values, np.nan))
        assert set(evaluation.decide_rows(judge, nothing)["said"]) == {"not_assessed"}

    def test_covered_and_painted_faces_are_decided_as_in_a_check(self):
        table = synthetic(shift=1.0, rows=10)
        judge = fitting.train_model(table).classifier()
        everywhere = np.ones(len(table.item), bool)
        covered = evaluation.decide_rows(judge, replace(table, hidden=everywhere))
        assert set(covered["said"]) == {"not_assessed"}
        plain, painted = (evaluation.decide_rows(judge, each) for each in (table, replace(table, painted=everywhere)))
        decided = plain["said"] != "inconclusive"
        assert decided.any()
        assert set(painted["said"]) == {"inconclusive"}
        assert painted["unfamiliar"][decided].all()
        assert np.array_equal(painted["unfamiliar"][~decided], plain["unfamiliar"][~decided])

    def test_what_is_unlike_the_training_photos_gets_no_verdict_and_what_is_like_them_does(self):
        judge = fitting.train_model(synthetic(shift=1.0)).classifier()
        fresh = synthetic(shift=1.0, seed=1, clusters=30)
        assert np.mean(evaluation.decide_rows(judge, fresh)["unfamiliar"]) < 0.03
        garbage = evaluation.decide_rows(judge, replace(fresh, values=4 * fresh.values))
        assert garbage["unfamiliar"].all()
        assert set(garbage["said"]) == {"inconclusive"}
        assert not judge.score({}).unfamiliar

    def test_each_seed_deals_sources_anew(self):
        table = synthetic(shift=0.6, rows=4, clusters=16, keys=FEW[:8])
        first, again, other = (run[PROFILE.name] for run in evaluation.leave_source_out(table, (0, 0, 1)))
        assert np.array_equal(first.p_ai, again.p_ai)
        for label in (True, False):
            assert not np.array_equal(first.p_ai[table.is_ai == label], other.p_ai[table.is_ai == label])

    @pytest.mark.parametrize("kept", [RAW, PROCESSED.name])
    def test_files_as_they_are_and_processing_kept_for_the_figures_are_never_learned_from(self, kept):
        table = synthetic(shift=0.5, rows=15, clusters=3, conditions=(PROFILE.name, kept, LARGE.name, TWICE.name))
        assert set(evaluation.training_rows(table).condition) == {PROFILE.name, LARGE.name, TWICE.name}
        spoiled = replace(table, values=np.where((table.condition == kept)[:, None], 1e6, table.values))
        before, after = (evaluation.leave_source_out(t)[0] for t in (table, spoiled))
        assert set(before) == {PROFILE.name, LARGE.name, TWICE.name, kept}
        assert np.array_equal(before[PROFILE.name].p_ai, after[PROFILE.name].p_ai)
        assert not np.array_equal(before[kept].p_ai, after[kept].p_ai)


def names_of_sources(clusters=6, rows=20):
    """A table in which each cluster has a measure of its own: who learned from the cluster knows its label."""
    table = synthetic(shift=0.0, clusters=clusters, rows=rows, keys=OWN[: 2 * clusters], missing=0.0)
    cluster = table.attribute("cluster")
    values = (cluster[:, None] == np.unique(cluster)).astype(float)
    return replace(table, values=values, tone=np.full(len(cluster), np.nan))


class TestLeavingSourcesOut:
    @given(some_clusters, st.integers(0, 3))
    def test_folds_cover_each_row_once_and_never_split_a_cluster(self, clusters, seed):
        is_ai, cluster = rows_of(clusters)
        masks = list(random_folds(is_ai, cluster, seed))
        assert np.array_equal(np.sum(masks, axis=0), np.ones(len(is_ai)))
        assert len(masks) <= dealing._FOLDS
        for test in masks:
            assert not set(cluster[test]) & set(cluster[~test])

    def test_as_many_folds_as_it_takes_leave_out_some_sources_of_both_labels(self):
        is_ai, cluster = rows_of([(label, 3) for label in (True, False) for _ in range(60)])
        masks = list(random_folds(is_ai, cluster))
        assert len(masks) == dealing._FOLDS
        for test in masks:
            for label in (True, False):
                assert 2 <= len(np.unique(cluster[test & (is_ai == label)])) <= 3

    def test_no_score_comes_from_a_model_that_saw_the_source(self):
        table = names_of_sources()
        assert auc(table.is_ai, fitting.fit(table).log_odds(table)) == 1
        (run,) = evaluation.leave_source_out(table)
        assert auc(run[PROFILE.name].is_ai, run[PROFILE.name].p_ai) <= 0.5

    def test_no_quick_figure_does_either_also_of_models_that_learn_from_some_sources(self):
        table = names_of_sources()
        assert evaluation.plain_aucs(table)[PROFILE.name] <= 0.5
        some = np.isin(table.attribute("cluster"), ["ai0", "ai1", "real0", "real1"])
        assert evaluation.plain_aucs(table, some)[PROFILE.name] <= 0.5

    def test_models_that_learn_from_some_sources_rank_the_others(self):
        table = synthetic(shift=1.5, clusters=6, rows=20, keys=FEW_SCORED)
        spoiled = np.isin(table.attribute("cluster"), ["ai3", "ai4", "ai5", "real3", "real4", "real5"])
        assert evaluation.plain_aucs(table, ~spoiled)[PROFILE.name] > 0.8
        # What the others teach is the opposite, and only models that learn from them are misled.
        misleading = replace(table, values=np.where(spoiled[:, None], -3 * table.values, table.values))
        first = evaluation.plain_aucs(misleading.where(~spoiled))
        assert first[PROFILE.name] > 0.8
        assert evaluation.plain_aucs(misleading)[PROFILE.name] < evaluation.plain_aucs(table)[PROFILE.name]

    def test_quick_figures_learn_from_profile_rows_alone(self):
        table = synthetic(shift=0.5, rows=16, clusters=4, keys=FEW_SCORED, conditions=(PROFILE.name, LARGE.name))
        spoiled = replace(table, values=np.where((table.condition == LARGE.name)[:, None], -5.0, table.values))
        before, after = evaluation.plain_aucs(table), evaluation.plain_aucs(spoiled)
        assert before[PROFILE.name] == after[PROFILE.name]
        assert before[LARGE.name] != after[LARGE.name]

    def test_glasses_and_colour_are_taken_from_the_measures_also_where_a_model_may_not_use_them(self):
        table = synthetic(shift=0.5, rows=10, clusters=3, keys=("surroundings_rims", *FEW_SCORED))
        assert "surroundings_rims" not in SCORED
        seen, coloured = np.arange(60) % 3 == 0, np.arange(60) % 4 != 0
        values = table.values.copy()
        values[:, 0] = np.where(seen, 0.1, np.nan)
        table = replace(table, values=values, tone=np.where(coloured, table.tone, np.nan))
        scored = evaluation.leave_source_out(table)[0][PROFILE.name]
        assert np.array_equal(scored.glasses, seen)
        assert np.array_equal(scored.coloured, coloured)

    @pytest.mark.parametrize(
        ("fact", "expected"),
        [("bytes", {"file facts"}), ("roll", {"framing and blur"}), ("face_share", {"file facts", "framing and blur"})],
    )
    def test_each_control_sees_its_own_facts(self, fact, expected):
        table = synthetic(shift=0.0, clusters=8, rows=30, keys=FEW_SCORED)
        facts = table.facts.copy()
        facts[:, FACTS.index(fact)] += 4 * table.is_ai
        table = replace(table, facts=facts)
        aucs = {
            name: evaluation._control_auc(table, PROFILE.name, columns)
            for name, columns in evaluation._CONTROLS.items()
        }
        assert {name for name, value in aucs.items() if value > 0.9} == expected
        assert all(value < 0.65 for name, value in aucs.items() if name not in expected)

    def test_a_control_of_one_source_says_nothing(self):
        table = synthetic(shift=0.0, clusters=1, rows=5, keys=FEW_SCORED)
        assert evaluation._control_auc(table, PROFILE.name, ("bytes",)) is None


@pytest.fixture(scope="module")
def of_twelve():
    """A table of twelve clusters a label, and its learning curve."""
    table = synthetic(shift=0.5, clusters=12, rows=6, keys=FEW_SCORED)
    return table, evaluation.learning_curve(table)


class TestLearningCurve:
    def test_more_sources_rank_unseen_ones_better(self, of_twelve):
        few, *_, most = of_twelve[1]
        assert few["clusters"] == {"ai": 3, "real": 3}
        assert most["clusters"] == {"ai": 12, "real": 12}
        assert np.mean(few["aucs"][PROFILE.name]) < most["aucs"][PROFILE.name][0]

    def test_its_end_is_what_all_sources_give_and_each_draw_differs(self, of_twelve):
        table, steps = of_twelve
        assert steps[-1]["aucs"][PROFILE.name] == [evaluation.plain_aucs(table)[PROFILE.name]]
        assert len(set(steps[0]["aucs"][PROFILE.name])) > 1

    def test_labels_without_meaning_stay_at_chance_however_many_sources(self):
        steps = evaluation.learning_curve(synthetic(shift=0.0, clusters=12, rows=6, keys=FEW_SCORED))
        assert all(0.35 < np.mean(step["aucs"][PROFILE.name]) < 0.65 for step in steps)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    conditions = (PROFILE.name, LARGE.name, PROCESSED.name, RAW)
    table = synthetic(shift=0.6, clusters=3, rows=36, informative=len(FEW), conditions=conditions)
    folder = tmp_path_factory.mktemp("bundle") / "made-up-1"
    return table, folder, write_bundle(Dataset(Path("nowhere"), table.items), table, folder)


class TestBundle:
    def test_a_classifier_loads_it_and_says_what_the_judge_says(self, written):
        table, folder, _ = written
        loaded = bundle.load(folder, cues.discover()).classifier
        rows = evaluation.training_rows(evaluation.scored_measures(table))
        p_ai, said = judged(fitting.train_model(rows).classifier(), table)
        loaded_p_ai, loaded_said = judged(loaded, table)
        assert np.array_equal(loaded_p_ai, p_ai)
        assert np.array_equal(loaded_said, said)
        assert {"likely_ai", "likely_authentic", "inconclusive"} == set(said)

    def test_the_same_data_give_the_same_bytes(self, written, tmp_path, monkeypatch):
        table, folder, _ = written
        later = time.localtime(time.time() + 86400)
        monkeypatch.setattr(time, "localtime", lambda *_: later)  # what a zip would say of its members
        write_bundle(Dataset(Path("nowhere"), table.items), table, tmp_path / folder.name)
        for name in ("model.npz", "manifest.json", "MODEL_CARD.md"):
            assert (tmp_path / folder.name / name).read_bytes() == (folder / name).read_bytes()

    def test_its_manifest_says_how_it_was_made(self, written):
        _, folder, manifest = written
        assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["version"] == "made-up-1"
        assert manifest["training_set"]["photos"] == {"ai": 3, "real": 3}
        assert manifest["training_set"]["sources"]["ai"] == ["ai0", "ai1", "ai2"]
        assert [measure["key"] for measure in manifest["measures"]] == list(FEW_SCORED)
        assert [measure["key"] for measure in manifest["unscored"]] == [key for key in FEW if key not in SCORED]
        assert manifest["thresholds"]["likely_authentic"]["value"] <= manifest["thresholds"]["likely_ai"]["value"]
        assert all(entry["reason"] for entry in manifest["thresholds"].values())

    def test_its_figures_cover_each_condition_and_each_cue(self, written):
        _, _, manifest = written
        figures = manifest["figures"]
        assert set(figures["conditions"]) == {PROFILE.name, LARGE.name, PROCESSED.name, RAW}
        assert set(figures["cues"]) == {cue.name for cue in cues.discover() if any(m.scored for m in cue.measures)}
        assert set(figures["equal_treatment"]) == set(figures["conditions"])
        assert list(figures["control"]) == ["file facts", "framing and blur"]
        assert all(set(aucs) == set(figures["conditions"]) for aucs in figures["control"].values())
        assert {len(values) for values in figures["seeds"][PROFILE.name].values()} == {2}
        assert not {"laboratory", "flips"} & figures.keys()
        assert figures["conditions"][PROFILE.name]["auc"]["value"] > 0.6

    def test_its_card_shows_them(self, written):
        _, folder, manifest = written
        card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert card.startswith("# Model card: made-up-1\n")
        assert f"{manifest['figures']['conditions'][PROFILE.name]['auc']['value']:.3f}" in card
        assert "evidence, not proof" in card
        for title in ("What inconclusive pictures are", "Ranking by maker of the generator", "Control"):
            assert f"### {title}\n" in card

    def test_its_card_tells_of_an_encoder_only_where_there_is_one(self, written):
        _, folder, manifest = written
        card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
        learned = model_card({**manifest, "encoder": {"training": {"recipe": {"folds": 8}}}})
        for words in ("DINOv2-small (Meta, Apache-2.0), which does not ship", "saw no labels", "second order"):
            assert words not in card
            assert words in learned
        assert not re.search(r"\n\n\n|[^|] \n", card + learned)

    def test_a_finished_bundle_can_be_evaluated(self, written):
        table, folder, _ = written
        figures = evaluation.evaluate_model(table, bundle.load(folder, cues.discover()).classifier)
        assert figures["model"] == "made-up-1"
        assert figures["conditions"][PROFILE.name]["auc"]["value"] > 0.9


# --- from photos to a bundle ------------------------------------------------------------------------------------------


def changes():
    """Small changes that make several photos out of one; all keep the face."""
    yield ImageOps.mirror
    yield lambda image: ImageEnhance.Brightness(image).enhance(0.9)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory, landmarker):
    """Three "AI" and three "real" sources, all made from two camera portraits: the labels are made up."""
    folder = tmp_path_factory.mktemp("labelled")
    for label, source, path, scale in (
        ("ai", "one", PORTRAIT_A, 0.9),
        ("ai", "two", PORTRAIT_B, 0.8),
        ("ai", "three", PORTRAIT_A, 0.8),
        ("real", "four", PORTRAIT_A, 1.0),
        ("real", "five", PORTRAIT_B, 0.9),
        ("real", "six", PORTRAIT_B, 0.7),
    ):
        photo = decode(path.read_bytes())
        box = FaceBox.around(landmarker.find(photo).landmarks)
        margin = 0.6 * box.width
        around = (box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)
        image = Image.fromarray(photo.pixels).crop([round(edge) for edge in around])
        (folder / label / source).mkdir(parents=True)
        for number, change in enumerate(changes() if label == "real" else [ImageOps.mirror]):
            size = round(image.width * scale), round(image.height * scale)
            change(image.resize(size)).save(folder / label / source / f"{number}.png")
    Image.new("RGB", (200, 200), "grey").save(folder / "real" / "four" / "empty.png")
    (folder / "real" / "four" / "broken.png").write_bytes(b"no picture")
    return read_dataset(folder)


@pytest.fixture(scope="module")
def measured(labelled, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    done = []
    table = measure_dataset(labelled, Measuring(cache / "new"), jobs=1, progress=lambda: done.append(1))
    assert sum(done) == len(labelled.items)
    return table, cache / "new"


def same(one, other):
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert np.array_equal(one.facts, other.facts)
    assert np.array_equal(one.condition, other.condition)
    assert np.array_equal(one.item, other.item)
    assert one.unmeasured == other.unmeasured


class TestMeasuring:
    def test_each_photo_gives_a_row_as_it_is_and_draws_of_each_condition(self, measured, labelled):
        table, _ = measured
        photos = sum(item.path.name not in {"empty.png", "broken.png"} for item in labelled.items)
        assert np.count_nonzero(table.condition == RAW) == photos == 9
        assert np.count_nonzero(table.condition == PROFILE.name) == 2 * photos
        for condition in (TWICE, PROCESSED):
            assert np.count_nonzero(table.condition == condition.name) == photos
        assert np.array_equal(table.is_ai, [table.items[i].is_ai for i in table.item])

    def test_a_photo_without_rows_is_listed_with_its_reason(self, measured):
        table, _ = measured
        (broken, why_broken), (empty, why_empty) = table.unmeasured
        assert (broken, empty) == ("real/four/broken.png", "real/four/empty.png")
        assert "not a whole picture" in why_broken
        assert "No face" in why_empty

    def test_both_labels_end_with_the_same_framing(self, measured):
        table, _ = measured
        laundered = table.where(table.condition == PROFILE.name)
        facts = dict(zip(FACTS, laundered.facts.T, strict=True))
        assert np.abs(facts["aspect"]).max() < 0.01
        assert np.exp(facts["width"]).max() <= 2.5 * 220 + 2
        assert set(np.round(facts["quality"])) <= set(range(75, 93))
        for is_ai in (True, False):
            share = facts["face_share"][laundered.is_ai == is_ai]
            assert 0.33 < share.min() < share.max() < 0.6

    def test_the_cache_gives_the_same_table_without_measuring_again(self, measured, labelled):
        table, cache = measured
        written = {entry: entry.stat().st_mtime_ns for entry in cache.iterdir()}
        again = measure_dataset(labelled, Measuring(cache), jobs=1, progress=lambda: None)
        same(table, again)
        assert {entry: entry.stat().st_mtime_ns for entry in cache.iterdir()} == written

    @pytest.mark.slow
    def test_neither_workers_nor_a_missing_cache_make_a_difference(self, labelled):
        some = replace(labelled, items=labelled.items[:: len(labelled.items) - 1])
        assert [item.is_ai for item in some.items] == [True, False]
        same(*(measure_dataset(some, Measuring(), jobs=jobs, progress=lambda: None) for jobs in (1, 2)))

    def test_a_folder_without_any_face_is_refused(self, tmp_path):
        for name in ("ai/one/a.png", "ai/two/b.png", "real/three/c.png", "real/four/d.png"):
            (tmp_path / name).parent.mkdir(parents=True)
            Image.new("RGB", (100, 100), "grey").save(tmp_path / name)
        with pytest.raises(DatasetError, match="No face could be measured"):
            measure_dataset(read_dataset(tmp_path), Measuring(), jobs=1, progress=lambda: None)


@pytest.fixture(scope="module")
def flips_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("flips")


class TestFlips:
    def test_a_flip_is_both_verdicts_among_the_versions_of_one_photo(self):
        said = {
            0: {RAW: "likely_ai", "JPEG quality 75": "likely_authentic", "scaled to 0.7": "inconclusive"},
            1: {RAW: "inconclusive", "JPEG quality 75": "likely_authentic", "scaled to 0.7": "likely_ai"},
            2: {RAW: "likely_authentic", "JPEG quality 75": "likely_authentic", "scaled to 0.7": "inconclusive"},
            3: {RAW: "likely_authentic"},  # no face was found on the others
        }
        rows = [(photo, name, verdict) for photo, versions in said.items() for name, verdict in versions.items()]
        photo, condition, verdict = map(np.array, zip(*rows, strict=True))
        table = synthetic(shift=0.0, clusters=1, rows=8)
        versions = replace(table, item=photo, condition=condition)
        assert flips._counted(versions, verdict) == flips.Flips(
            photos=4, flipped=2, by_change={name: int(name == "JPEG quality 75") for name in flips.CHANGES}
        )

    def test_every_photo_is_measured_in_every_version(self, measured, flips_cache):
        table, _ = measured
        raw = table.where((table.condition == RAW) & np.isin(table.item, range(0, 6, 2)))
        versions = flips._with_changes(raw, Measuring(flips_cache), 1, lambda: None)
        assert {str(name): int(np.count_nonzero(versions.condition == name)) for name in {*versions.condition}} == {
            RAW: 3, **dict.fromkeys(flips.CHANGES, 3)
        }  # fmt: skip
        known = np.isfinite(versions.values).mean(axis=0) == 1
        same_as_raw = [np.array_equal(raw.values[:, known], versions.values[versions.condition == name][:, known])
                       for name in (RAW, *flips.CHANGES)]  # fmt: skip
        assert same_as_raw == [True, *[False] * len(flips.CHANGES)]

    def test_all_photos_are_judged_and_the_cache_gives_the_same(self, measured, flips_cache, monkeypatch):
        """On one photo of each source."""
        table, _ = measured
        table = table.having(np.isin(table.keys, FEW))
        first_photos = {item.source: at for at, item in enumerate(table.items) if item.path.stem == "0"}
        table = table.where(np.isin(table.item, list(first_photos.values())))
        first = flips.count_flips(table, Measuring(flips_cache), jobs=1, progress=lambda: None)
        monkeypatch.setattr(flips, "_pictures", None)
        assert flips.count_flips(table, Measuring(flips_cache), jobs=1, progress=lambda: None) == first
        assert first.photos == 6

    def test_the_card_says_how_many(self, written):
        _, _, manifest = written
        found = flips.Flips(photos=800, flipped=2, by_change={"scaled to 0.7": 1})
        card = model_card({**manifest, "figures": {**manifest["figures"], "flips": asdict(found)}})
        assert "**2 of 800 photos (0.25%) flip.**" in card
        assert "| scaled to 0.7 | 1 |" in card
        assert "flip" not in model_card(manifest)


def test_the_shape_reference_holds_the_statistics_that_the_cue_reads(labelled):
    """On made-up sources; the shipped one is made so from every other real source of the labelled photos."""
    made, shipped = make_reference(labelled), shape.reference()
    assert made["made_from"] == {"photos": 4, "clusters": ["real/five", "real/six"]}
    assert set(made) == set(shipped)
    assert set(made["widening"]) == set(shipped["widening"])
    for name, values in made.items():
        if isinstance(shipped[name], np.ndarray) and not name.endswith(("components", "variances")):
            assert np.shape(values) == shipped[name].shape, name
    assert all(factor >= 0 for factor in made["widening"].values())


def test_from_a_folder_of_photos_to_a_bundle_that_checks_photos(labelled, measured, tmp_path):
    table, _ = measured
    table = table.having(np.isin(table.keys, FEW))
    folder = tmp_path / "made-up-2"
    manifest = write_bundle(labelled, table, folder)
    assert manifest["training_set"]["id"] == labelled.id
    assert manifest["training_set"]["photos"] == {"ai": 3, "real": 6}
    assert len(manifest["figures"]["unmeasured"]) == 2
    loaded = bundle.load(folder, cues.discover()).classifier
    row = table.values[0]
    score = loaded.score({key: value for key, value in zip(FEW, row, strict=True) if np.isfinite(value)})
    assert 0 < score.p_ai < 1
