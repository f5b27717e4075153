"""The page of an evaluation shows the figures of its JSON, draws them where they belong, and runs nothing."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from artifact_check.learn.figures import report as evaluation_report
from artifact_check.learn.figures.metrics import Scored, headlines, mean_of, summarise
from artifact_check.learn.figures.plots import Axis, Chart

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
        source=cluster, family=np.where(is_ai, "gan", "camera"), group=np.where(is_ai, "ai", "stock"),
        ita=rng.uniform(-20, 60, rows), quality=rng.uniform(70, 95, rows),
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished():
    """Figures of a finished model."""
    unmeasured = [{"file": "<b>.jpg", "reason": "No face & no hope."}]
    return {"model": "made-up-1", "conditions": {n: summarise(scored(0)) for n in NAMES}, "unmeasured": unmeasured}


@pytest.fixture(scope="module")
def whole(finished):
    """Figures by sources left out, over three seeds."""
    summaries = [summarise(scored(seed)) for seed in range(3)]
    aucs = dict.fromkeys(NAMES, 0.7)
    steps = [(0.5, [0.6, 0.7, None]), (1.0, [0.8])]
    return {
        "conditions": dict.fromkeys(NAMES, mean_of(summaries)),
        "seeds": dict.fromkeys(NAMES, headlines(summaries)),
        "cues": {"first": {"alone": aucs, "left_out": aucs, "abstained": 0.1}},
        "learning_curve": [
            {"share": share, "clusters": {"ai": 3, "real": 3}, "aucs": dict.fromkeys(NAMES, values)}
            for share, values in steps
        ],
        "control": aucs,
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
        figures = {"model": "m", "conditions": {"raw": summarise(real)}, "unmeasured": []}
        assert evaluation_report.html(figures).count("<figure") == 4


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
