"""An evaluation as Markdown, JSON, or one self-contained HTML page."""

from __future__ import annotations

import json
import math
import statistics
from typing import Any

from artifact_check.learn.figures.card import figures_markdown
from artifact_check.learn.figures.grids import grids, source_grids
from artifact_check.learn.figures.plots import SHEETS, Axis, Chart
from artifact_check.report.page import load_template

TITLE = "Evaluation"
_NORMAL = statistics.NormalDist()
_LARGEST_DOT = 12.0  # radius in px of a bin that holds all pictures


def json_text(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=1, allow_nan=False) + "\n"


def html(figures: dict[str, Any]) -> str:
    """One self-contained page: inline SVG, no script, no external address, every string escaped."""
    page = load_template("artifact_check.learn.figures", "evaluation.html.jinja", *SHEETS, title=TITLE)
    return page.render(
        figures=figures,
        basis=_basis(figures),
        charts=charts(figures),
        grids=grids(figures),
        sources=source_grids(figures),
    )


FORMATS = {"text": figures_markdown, "json": json_text, "html": html}


def _basis(figures: dict[str, Any]) -> str:
    """How the figures were obtained."""
    if "model" in figures:
        return (
            f"Scored with the finished model {figures['model']}: honest only for photos that it was not trained on. "
            "Intervals: 95 %, bootstrap over clusters."
        )
    return (
        "Each source was scored by a model that never saw it, nor any other source of the same cluster (generator, "
        "people or organiser); thresholds and calibration too were learned without it. Intervals: 95 %, bootstrap over "
        "clusters, exact over photos where a count is zero or all. Rates are over pictures; in the profile condition "
        "each photo is laundered twice."
    )


def charts(figures: dict[str, Any]) -> list[Chart]:
    """ROC, DET, reliability, a histogram for each condition, and the learning curve."""
    curves = {name: condition["curves"] for name, condition in figures["conditions"].items()}
    plots = [_roc(curves), _det(curves), _reliability(curves)]
    plots += [_histogram(name, each["histogram"]) for name, each in curves.items()]
    return [*plots, _learning_curve(figures["learning_curve"])] if "learning_curve" in figures else plots


def _shares(label: str, high: float = 1.0) -> Axis:
    """An axis from 0 to `high`, in percent."""
    return Axis(label, 0.0, high, tuple((high * i / 5, f"{high * i / 5:.0%}") for i in range(6)))


def _deviates(label: str, *percents: float) -> Axis:
    """An axis of shares on a normal-deviate scale; `percents` are its ticks, from one end to the other."""
    ticks = tuple((percent / 100, f"{percent:g}") for percent in percents)
    return Axis(f"{label}, %", ticks[0][0], ticks[-1][0], ticks, _NORMAL.inv_cdf)


def _roc(curves: dict[str, Any]) -> Chart:
    chart = Chart("ROC", _shares("camera photos above the threshold"), _shares("AI photos above the threshold"))
    for style, (name, each) in enumerate(curves.items()):
        chart = chart.with_line(name, zip(each["roc"]["fpr"], each["roc"]["tpr"], strict=True), style)
    return chart.with_line("chance", ((0, 0), (1, 1)), "chance")


def _det(curves: dict[str, Any]) -> Chart:
    ticks = (0.5, 1, 2, 5, 10, 20, 40, 60, 80, 90, 95)
    fpr, fnr = _deviates("camera photos above the threshold", *ticks), _deviates("AI photos missed", *ticks)
    chart = Chart("DET, on normal deviates", fpr, fnr)
    for style, (name, each) in enumerate(curves.items()):
        pairs = zip(each["roc"]["fpr"], each["roc"]["tpr"], strict=True)
        shown = [(x, None if y is None else 1 - y) for x, y in pairs if fpr.low <= x <= fpr.high]
        chart = chart.with_line(name, shown, style)
    return chart.with_line("chance", [(p / 100, 1 - p / 100) for p in range(5, 96)], "chance")


def _reliability(curves: dict[str, Any]) -> Chart:
    chart = Chart("Reliability, both labels counted alike", _shares("p_ai said"), _shares("share that is AI"))
    for style, (name, each) in enumerate(curves.items()):
        bins = each["reliability"]
        rows = list(zip(bins["p_ai"], bins["share_ai"], bins["weight"], strict=True))
        chart = chart.with_line(name, [(p_ai, share) for p_ai, share, _ in rows], style)
        dots = [
            (p_ai, share, _LARGEST_DOT * weight**0.5, f"{name}: {weight:.1%} of pictures")
            for p_ai, share, weight in rows
        ]
        chart = chart.with_dots(dots, style)
    return chart.with_line("calibrated", ((0, 0), (1, 1)), "chance")


def _histogram(name: str, shares: dict[str, list[float]]) -> Chart:
    high = max(*shares["ai"], *shares["real"], 0.05)
    chart = Chart(f"Scores, {name}", _shares("p_ai"), _shares("share of pictures", math.ceil(20 * high) / 20))
    return chart.with_bars("camera", shares["real"], "real").with_bars("AI", shares["ai"], "ai")


def _learning_curve(steps: list[dict[str, Any]]) -> Chart:
    aucs = {name: [[v for v in step["aucs"][name] if v is not None] for step in steps] for name in steps[0]["aucs"]}
    shares = [step["share"] for step in steps]
    y = Axis("AUC on unseen sources", 0.5, 1.0, tuple((0.5 + i / 10, f"{0.5 + i / 10:.1f}") for i in range(6)))
    chart = Chart("What more sources buy", _shares("share of the sources that models learn from"), y)
    for style, (name, draws) in enumerate(aucs.items()):
        means = [statistics.mean(values) if values else None for values in draws]
        chart = chart.with_line(name, zip(shares, means, strict=True), style)
        dots = [(x, v, 2.0, f"{name}: {v:.3f}") for x, values in zip(shares, draws, strict=True) for v in values]
        chart = chart.with_dots(dots, style)
    return chart
