"""Evaluation figures as tables of text, for the model card and the HTML page."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from artifact_check.learn.figures.markdown import number, share
from artifact_check.learn.figures.metrics import HEADLINES

CONDITION_WORDS = {
    "profile": "as a profile site would store it (face 140 to 220 px wide)",
    "large": "large profile photo (face 180 to 230 px wide)",
    "raw": "file as it is",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text: its title, column heads and rows, and a note to print below it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def grids(figures: dict[str, Any]) -> list[Grid]:
    """The tables of the model card, from `evaluate_sources` or `evaluate_model`."""
    conditions = figures["conditions"]
    shown = [_headline(figures), _verdicts(figures), _false_alarms(conditions), _ranking(conditions)]
    if "cues" in figures:
        shown += [_cues(figures), _learning_curve(figures["learning_curve"]), _control(figures["control"])]
    if "flips" in figures:
        shown.append(_flips(figures["flips"]))
    if "laboratory" in figures:
        shown.append(_laboratory(figures["laboratory"]))
    return shown


def source_grids(figures: dict[str, Any]) -> list[Grid]:
    """Rates by source, too long for the card."""
    conditions = figures["conditions"]
    note = "Rates are of pictures called *signs of AI*; in brackets inconclusive and not assessed; after *of*: photos."
    return [
        Grid(
            title,
            (part.removeprefix("by_"), *conditions),
            _by([f[kind][part] for f in conditions.values()], _answers),
            note,
        )
        for title, kind, part in (
            ("Camera photos by source", "false_alarms", "by_source"),
            ("AI photos by source", "found", "by_source"),
            ("AI photos by family", "found", "by_family"),
        )
    ]


def _headline(figures: dict[str, Any]) -> Grid:
    seeds = figures.get("seeds", {})
    rows = []
    for name, condition in figures["conditions"].items():
        spread = seeds.get(name, {})
        rows.append([
            f"{name}: {CONDITION_WORDS[name]}",
            f"{condition['photos']['ai']} / {condition['photos']['real']}",
            f"{condition['pictures']['ai']} / {condition['pictures']['real']}",
            *(_with_spread(condition[key], spread.get(key)) for key in HEADLINES),
        ])  # fmt: skip
    head = ["condition", "photos AI / real", "pictures made of them", *HEADLINES.values()]
    return Grid("Ranking and calibration", head, rows, _seeds_words(seeds) if seeds else "")


def _with_spread(figure: Any, values: Sequence[float | None] | None) -> str:  # noqa: ANN401
    """A figure, the standard deviation of its `values` over seeds, and its interval if it has one."""
    value, interval = figure, ""
    if isinstance(figure, dict):
        value = figure["value"]
        interval = f" [{number(figure['low'], 2)}, {number(figure['high'], 2)}]"
    return number(value) + _spread(values, ".3f") + interval


def _spread(values: Sequence[float | None] | None, form: str) -> str:
    """The standard deviation of values over seeds; empty for fewer than two values."""
    known = [value for value in values or () if value is not None]
    return f" ± {statistics.stdev(known):{form}}" if len(known) > 1 else ""


def _seeds_words(seeds: dict[str, Any]) -> str:
    count = len(next(iter(seeds.values()))["auc"])
    return (
        f"All figures by condition are means over {count} ways to deal the real sources into folds; ± is the standard "
        "deviation over these."
    )


def _verdicts(figures: dict[str, Any]) -> Grid:
    rows = []
    for name, condition in figures["conditions"].items():
        said, unlike, alarms = condition["verdicts"], condition["unfamiliar"], condition["false_alarms"]
        rows.append([
            name,
            _rate(alarms["all"], figures.get("seeds", {}).get(name, {}).get("false_alarms")),
            _rate(alarms["polished"]),
            share(said["ai"]["likely_ai"]),
            share(said["ai"]["likely_authentic"]),
            *(f"{share(said['ai'][word])} / {share(said['real'][word])}" for word in ("inconclusive", "not_assessed")),
            f"{share(unlike['ai'])} / {share(unlike['real'])}",
        ])  # fmt: skip
    head = ["verdicts", "real called *signs of AI*", "polished portraits called so", "AI called *signs of AI*",
            "AI called *few signs of AI*", "inconclusive AI / real", "not assessed AI / real",
            "unlike training photos AI / real"]  # fmt: skip
    return Grid("Verdicts", head, rows)


def _false_alarms(conditions: dict[str, Any]) -> Grid:
    rows = [
        row
        for prefix, part in (("skin ", "by_skin"), ("JPEG quality ", "by_quality"), ("group ", "by_group"))
        for row in _by([figures["false_alarms"][part] for figures in conditions.values()], _rate, prefix)
    ]
    title = "Camera photos called *signs of AI*"
    return Grid(title, ["", *conditions], rows, "Skin: individual typology angle in degrees.")


def _by(parts: Sequence[dict[str, Any]], to_text: Callable[[dict[str, Any]], str], prefix: str = "") -> list[list[str]]:
    """One row for each name in any condition (shown after `prefix`), one column for each condition."""
    names = dict.fromkeys(name for part in parts for name in part)
    return [[prefix + name, *(to_text(part[name]) if name in part else "-" for part in parts)] for name in names]


def _ranking(conditions: dict[str, Any]) -> Grid:
    rows = [
        row
        for kind, prefix in (("auc_by_family", "family "), ("auc_by_cluster", ""))
        for row in _by([figures[kind] for figures in conditions.values()], _auc, prefix)
    ]
    polished = [number(figures["auc_against_polished"], 2) for figures in conditions.values()]
    rows.append(["all AI against polished portraits", *polished])
    return Grid("Ranking by generator", ["AUC against all real photos (AI pictures)", *conditions], rows)


def _auc(figure: dict[str, Any]) -> str:
    return f"{number(figure['auc'], 2)} ({figure['pictures']})"


def _cues(figures: dict[str, Any]) -> Grid:
    conditions = list(figures["conditions"])
    rows = [
        [
            name,
            *(number(cue[kind].get(condition)) for kind in ("alone", "left_out") for condition in conditions),
            share(cue["abstained"]),
        ]
        for name, cue in figures["cues"].items()
    ]
    head = ["cue", *(f"AUC alone, {c}" for c in conditions), *(f"AUC of the rest without it, {c}" for c in conditions)]
    return Grid("Cues", [*head, "abstained"], rows)


def _learning_curve(steps: list[dict[str, Any]]) -> Grid:
    rows = [
        [
            f"{step['share']:.0%}",
            f"{step['clusters']['ai']} / {step['clusters']['real']}",
            *(_mean_and_range(aucs) for aucs in step["aucs"].values()),
        ]
        for step in steps
    ]
    note = (
        "AUC on unseen sources of models that learn from some of the sources of each label. Mean over random draws, "
        "and in brackets the lowest and the highest; without calibration, so that the last row may differ a little "
        "from the figures above."
    )
    head = ["share learned from", "sources AI / real", *(f"AUC, {name}" for name in steps[0]["aucs"])]
    return Grid("What more sources buy", head, rows, note)


def _mean_and_range(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a range needs two
        return number(known[0] if known else None)
    return f"{number(statistics.mean(known))} [{number(min(known), 2)}, {number(max(known), 2)}]"


def _control(control: dict[str, float | None]) -> Grid:
    note = (
        "A classifier that sees only size, aspect, bytes, quality and framing of the same files. It must be near 0.5 "
        "where pictures are laundered."
    )
    return Grid("Control", ["", *control], [["AUC from file facts", *(number(auc) for auc in control.values())]], note)


def _flips(flips: dict[str, Any]) -> Grid:
    rows = [[name, str(count)] for name, count in flips["by_change"].items()]
    note = (
        "A flip is *signs of AI* for one version of a photo and *few signs of AI* for another, among the file as it is "
        "and those above, all judged by a model that never saw the photo's cluster. "
        f"**{flips['flipped']} of {flips['photos']} photos ({flips['flipped'] / flips['photos']:.2%}) flip.**"
    )
    head = ["change", "verdicts on the file as it is that it turned into the opposite"]
    return Grid("Verdicts that flip", head, rows, note)


def _laboratory(figures: dict[str, Any]) -> Grid:
    """One row for each measure, from `Laboratory.compact`."""
    sample, skins = figures["sample"], figures["skins"]
    rows = [
        [
            key,
            number(measure["auc"]),
            share(measure["unseen"]),
            "-" if measure["innocent"] is None else f"{measure['innocent']:.2f} ({measure['innocent_change']})",
            number(measure["dark_light"], 2, sign=True),
        ]
        for key, measure in figures["measures"].items()
    ]
    note = (
        f"Shifts are medians over {sample['photos']} real photos of {sample['clusters']} clusters, in standard "
        f"deviations of real photos; skin compares {skins['dark']} real photos of dark with {skins['light']} of light "
        "skin."
    )
    head = ["measure (profile)", "AUC alone", "not seen", "largest innocent shift, sd", "dark minus light skin, sd"]
    return Grid("Measures", head, rows, note)


def _rate(rate: dict[str, Any], values: Sequence[float | None] | None = None) -> str:
    """A rate, its spread over the `values` of seeds, its interval and the number of photos."""
    if not rate["pictures"]:
        return "-"
    interval = "" if rate["low"] is None else f" [{rate['low']:.1%}, {rate['high']:.1%}]"
    return f"{rate['rate']:.1%}{_spread(values, '.1%')}{interval} of {rate['photos']}"


def _answers(rate: dict[str, Any]) -> str:
    """A rate of *signs of AI*, with the shares that were inconclusive and not assessed."""
    return f"{rate['rate']:.1%} ({rate['inconclusive']:.0%}, {rate['not_assessed']:.0%}) of {rate['photos']}"
