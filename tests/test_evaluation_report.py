"""The page of an evaluation shows the figures of its JSON, draws them where they belong, and runs nothing."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from artifact_check.learn.figures import report as evaluation_report
from artifact_check.learn.figures.evaluation import CONDITIONS
from artifact_check.learn.figures.grids import CONDITION_WORDS
from artifact_check.learn.figures.plots import Axis, Chart
from artifact_check.learn.figures.summary import Scored, equal_treatment, headlines, mean_of, summarise

NAMES = ("profile", "raw")


def scored(seed, rows=240):
    rng = np.random.default_rng(seed)
    is_ai = np.arange(rows) % 2 == 0
    p_ai = np.clip(rng.normal(0.35 + 0.3 * is_ai, 0.2), 0, 1)
    said = np.select(
        [p_ai > 0.8, p_ai < 0.1, p_ai > 0.79], ["likely_ai", "likely_authentic", "not_assessed"], "inconclusive"
    )
    cluster = np.array([f"{'ai' if made else '<script>real'}{i % 5}" for i, made in enumerate(is_ai)])
    return Scored(
        is_ai=is_ai, p_ai=p_ai, said=said, unfamiliar=rng.random(rows) < 0.02, photo=np.arange(rows), cluster=cluster,
        source=cluster, maker=np.where(is_ai, "OpenAI", "camera"), group=np.where(is_ai, "ai", "stock"),
        ita=rng.uniform(-20, 60, rows), quality=rng.uniform(70, 95, rows), coloured=np.arange(rows) % 20 > 2,
        glasses=np.arange(rows) % 7 == 0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished():
    """Figures of a finished model."""
    unmeasured = [{"file": "<b>.jpg", "reason": "No face & no hope."}]
    conditions = {name: summarise(scored(0)) for name in NAMES}
    treated = equal_treatment(conditions)
    return {"model": "made-up-1", "conditions": conditions, "equal_treatment": treated, "unmeasured": unmeasured}


@pytest.fixture(scope="module")
def whole(finished):
    """Figures by sources left out, over three seeds."""
    summaries = [summarise(scored(seed)) for seed in range(3)]
    aucs = dict.fromkeys(NAMES, 0.7)
    steps = [(0.5, [0.6, 0.7, None]), (1.0, [0.8])]
    conditions = dict.fromkeys(NAMES, mean_of(summaries))
    return {
        "conditions": conditions,
        "seeds": dict.fromkeys(NAMES, headlines(summaries)),
        "equal_treatment": equal_treatment(conditions),
        "cues": {"first": {"alone": aucs, "left_out": aucs, "abstained": 0.1}},
        "learning_curve": [
            {"share": share, "clusters": {"ai": 3, "real": 3}, "aucs": dict.fromkeys(NAMES, values)}
            for share, values in steps
        ],
        "control": {"file facts": aucs, "framing and blur": dict.fromkeys(NAMES, 0.45)},
        "unmeasured": finished["unmeasured"],
    }


@pytest.fixture(params=["finished", "whole"])
def figures(request):
    return request.getfixturevalue(request.param)


class TestPage:
    def test_nothing_of_it_runs_or_is_fetched_and_every_name_is_escaped(self, figures):
        page = evaluation_report.html(figures)
        assert not re.search(r"<script|<b>|\son\w+=|https?:|src=|href=|url\(|@import", page)
        assert "&lt;script&gt;real0" in page
        assert "&lt;b&gt;.jpg" in page
        assert "default-src 'none'; style-src 'sha256-" in page

    def test_its_plots_hold_numbers_within_their_frame(self, figures):
        charts = re.findall(r'<svg class="plot" viewBox.*?</svg>', evaluation_report.html(figures), re.DOTALL)
        assert len(charts) == 5 + ("learning_curve" in figures)
        for chart in charts:
            root = ET.fromstring(chart)  # noqa: S314 - our own page
            width, height = float(root.get("width")), float(root.get("height"))
            for line in root.iter("polyline"):
                places = [[float(v) for v in place.split(",")] for place in line.get("points").split()]
                assert len(places) > 1
                assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
            for box in root.iter("rect"):
                assert float(box.get("height")) >= 0
                assert float(box.get("y")) + float(box.get("height")) <= height

    def test_text_and_page_show_the_same_figures_as_json(self, figures):
        stored = json.loads(evaluation_report.json_text(figures))
        assert stored == json.loads(json.dumps(figures))
        auc = stored["conditions"]["profile"]["auc"]["value"]
        for shown in (evaluation_report.FORMATS["text"](figures), evaluation_report.html(figures)):
            assert f"{auc:.3f}" in shown
        assert "Camera photos by source" in evaluation_report.html(figures)

    def test_a_mean_over_seeds_is_shown_with_its_spread(self, whole, finished):
        spread = np.std(whole["seeds"]["profile"]["auc"], ddof=1)
        mean = np.mean(whole["seeds"]["profile"]["auc"])
        assert f"{mean:.3f} ± {spread:.3f} [" in evaluation_report.html(whole)
        assert "±" not in evaluation_report.html(finished)

    def test_a_set_without_one_of_the_labels_has_a_page_too(self):
        real = scored(0)
        real = real.where(~real.is_ai)
        conditions = {"raw": summarise(real)}
        treated = equal_treatment(conditions)
        figures = {"model": "m", "conditions": conditions, "equal_treatment": treated, "unmeasured": []}
        assert evaluation_report.html(figures).count("<figure") == 4


class TestText:
    """What a card and the text of `evaluate` show, beside the figures that the page has too."""

    def rows(self, figures):
        """Cells of all rows by their first cell."""
        lines = [line for line in evaluation_report.FORMATS["text"](figures).splitlines() if line.startswith("| ")]
        return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)}

    def test_makers_have_an_interval_and_the_number_of_pictures(self, figures):
        auc = figures["conditions"]["profile"]["auc_by_maker"]["OpenAI"]
        shown = f"{auc['value']:.2f} [{auc['low']:.2f}, {auc['high']:.2f}] (120)"
        assert self.rows(figures)["OpenAI"] == [shown, shown]

    def test_portraits_that_look_like_studio_work_have_a_row_of_their_own(self, figures):
        auc = figures["conditions"]["raw"]["auc_against_polished"]
        row = self.rows(figures)["all AI photos against polished portraits"]
        assert row[1] == f"{auc['value']:.2f} [{auc['low']:.2f}, {auc['high']:.2f}]"

    def test_it_says_what_inconclusive_pictures_are(self, finished):
        lean = finished["conditions"]["profile"]["lean"]
        expected = [
            f"{of['value']:.0%} AI ([{of['low']:.0%}, {of['high']:.0%}], {of['pictures']})" for of in lean.values()
        ]
        text = evaluation_report.FORMATS["text"](finished)
        assert f"| profile | {expected[0]} | {expected[1]} |" in text

    def test_a_mean_of_inconclusive_pictures_counts_whole_ones(self, whole):
        assert re.search(r"\| profile \| \d+% AI \(\[\d+%, \d+%\], \d+\) \|", evaluation_report.FORMATS["text"](whole))

    def test_both_controls_have_a_row(self, whole):
        rows = self.rows(whole)
        assert rows["AUC from file facts"] == ["0.700", "0.700"]
        assert rows["AUC from framing and blur"] == ["0.450", "0.450"]

    def test_kinds_of_people_with_too_many_false_alarms_are_named_or_it_says_that_there_are_none(self, finished):
        text = evaluation_report.FORMATS["text"]
        assert "by more than their interval: none." in text(finished)
        treated = {"profile": {"bins": 7, "above": ["skin tan (10 to 28)"]}, "raw": {"bins": 6, "above": ["group x"]}}
        named = text(finished | {"equal_treatment": treated})
        assert "at least 40 photos (up to 7 by skin" in named
        assert "interval: skin tan (10 to 28) (profile), group x (raw)." in named

    def test_what_no_label_tells_is_named_once(self, figures):
        assert evaluation_report.FORMATS["text"](figures).count("no label tells it: age, beard, head scarf.") == 1

    def test_ranking_by_cluster_is_on_the_page_alone(self, figures):
        assert "Ranking by cluster" in evaluation_report.html(figures)
        assert "ai0" not in evaluation_report.FORMATS["text"](figures)


def test_every_condition_has_words_and_a_line_of_its_own(finished):
    assert list(CONDITION_WORDS) == list(CONDITIONS)
    axis = Axis("x", 0.0, 1.0, ((0.0, "0"), (1.0, "1")))
    chart = Chart("made up", axis, axis)
    for place, name in enumerate(CONDITIONS):
        chart = chart.with_line(name, [(0.0, 0.0), (1.0, 1.0)], place)
    first, *others = (entry.style for entry in chart.legend)
    assert len({first, *others}) == len(CONDITIONS)
    page = evaluation_report.html(finished)
    assert all(f"svg .{style} {{" in page for style in others)


class TestCharts:
    def test_det_axes_are_straight_for_normal_scores(self):
        """Scores of two normal distributions of equal width give a straight line of slope -1 on normal deviates."""
        rng = np.random.default_rng(0)
        is_ai = np.arange(200_000) % 2 == 0
        grid = rng.normal(1.5 * is_ai)
        alarms = np.array([0.02, 0.1, 0.3, 0.6])
        misses = [float(np.mean(grid[is_ai] < np.quantile(grid[~is_ai], 1 - share))) for share in alarms]
        axis = evaluation_report._deviates("share", 1, 50, 99)
        across, up = ([axis.share(value) for value in values] for values in (alarms, misses))
        assert np.polyfit(across, up, 1)[0] == pytest.approx(-1, abs=0.05)
        assert np.corrcoef(across, up)[0, 1] == pytest.approx(-1, abs=1e-3)

    def test_what_is_not_known_is_not_drawn_and_what_is_beyond_is_drawn_at_the_end(self):
        axis = Axis("x", 0.0, 1.0, ((0.0, "0"), (1.0, "1")))
        chart = Chart("made up", axis, axis).with_line("one", [(0.5, None), (0.0, 0.0), (2.0, 2.0)], 0)
        (line,) = chart.lines
        assert line.points == f"{chart.left}.0,{chart.bottom}.0 {chart.right}.0,{chart.top}.0"
        assert chart.with_dots([(None, 1.0, 2.0, "")], 0).dots == ()
        assert [bar.height for bar in chart.with_bars("two", [0.0, 1.0], "ai").bars] == [0, chart.bottom - chart.top]
