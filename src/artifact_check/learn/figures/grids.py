"""Evaluation figures as tables of text, for the model card and the HTML page."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from artifact_check.learn.figures.markdown import number, share
from artifact_check.learn.figures.summary import HEADLINES, PEOPLE

CONDITION_WORDS = {
    "profile": "as a profile site would store it (face 140 to 220 px wide)",
    "large": "large profile photo (face 180 to 230 px wide)",
    "twice": "saved from one site and uploaded to another",
    "processed": "first through a phone's or an app's processing of kinds that no training used (night mode, denoising "
    "by non-local means, retouching)",
    "raw": "file as it is",
}
_OF_CUES = ("profile", "raw")
_AGAINST_ALL = "AUC against all real photos (AI pictures)"
_NO_LABELS = "age, beard, head scarf"


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
    shown = [_headline(figures), _verdicts(figures), _lean(conditions), _false_alarms(figures), _ranking(conditions)]
    if "cues" in figures:
        shown += [_cues(figures["cues"]), _learning_curve(figures["learning_curve"]), _control(figures["control"])]
    if "flips" in figures:
        shown.append(_flips(figures["flips"]))
    if "laboratory" in figures:
        shown.append(_laboratory(figures["laboratory"]))
    return shown


def source_grids(figures: dict[str, Any]) -> list[Grid]:
    """Rates by source and ranking by cluster, too long for the card."""
    conditions = figures["conditions"]
    note = "Rates are of pictures called *signs of AI*; in brackets inconclusive and not assessed; after *of*: photos."
    rates = [
        Grid(
            title,
            (part.removeprefix("by_"), *conditions),
            _by([f[kind][part] for f in conditions.values()], _answers),
            note,
        )
        for title, kind, part in (
            ("Camera photos by source", "false_alarms", "by_source"),
            ("AI photos by source", "found", "by_source"),
            ("AI photos by maker of the generator", "found", "by_maker"),
        )
    ]
    clusters = _by([f["auc_by_cluster"] for f in conditions.values()], _auc)
    return [*rates, Grid("Ranking by cluster", [_AGAINST_ALL, *conditions], clusters)]


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
    value, interval = (figure["value"], _interval(figure)) if isinstance(figure, dict) else (figure, "")
    return number(value) + _spread(values, ".3f") + interval


def _interval(figure: dict[str, Any]) -> str:
    return "" if figure["low"] is None else f" [{number(figure['low'], 2)}, {number(figure['high'], 2)}]"


def _spread(values: Sequence[float | None] | None, form: str) -> str:
    """The standard deviation of values over seeds; empty for fewer than two values."""
    known = [value for value in values or () if value is not None]
    return f" ± {statistics.stdev(known):{form}}" if len(known) > 1 else ""


def _seeds_words(seeds: dict[str, Any]) -> str:
    count = len(next(iter(seeds.values()))["auc"])
    return (
        f"All figures by condition are means over {count} ways to deal the sources into folds; ± is the standard "
        "deviation over these. An encoder's own folds are the same in all."
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


def _lean(conditions: dict[str, Any]) -> Grid:
    rows = [
        [name, *(_share_ai(figures["lean"][side]) for side in ("to_ai", "to_camera"))]
        for name, figures in conditions.items()
    ]
    note = (
        "The share of AI photos among them if AI and camera photos come equally often; in brackets its interval and "
        "the number of pictures."
    )
    return Grid("What inconclusive pictures are", ["", "`p_ai` above 0.5", "`p_ai` up to 0.5"], rows, note)


def _share_ai(lean: dict[str, Any]) -> str:
    interval = "" if lean["low"] is None else f"[{lean['low']:.0%}, {lean['high']:.0%}], "
    return "-" if lean["value"] is None else f"{lean['value']:.0%} AI ({interval}{lean['pictures']:.0f})"


def _false_alarms(figures: dict[str, Any]) -> Grid:
    conditions = figures["conditions"]
    rows = [
        row
        for part, prefix in (*PEOPLE.items(), ("by_quality", "JPEG quality "))
        for row in _by([each["false_alarms"][part] for each in conditions.values()], _rate, prefix)
    ]
    note = (
        "Skin: individual typology angle in degrees, as the data set states it. Glasses: where the rims were seen. "
        f"{_treatment(figures['equal_treatment'])} Not measured, since no label tells it: {_NO_LABELS}."
    )
    return Grid("Camera photos called *signs of AI*", ["", *conditions], rows, note)


def _treatment(treated: dict[str, Any]) -> str:
    above = [f"{name} ({condition})" for condition, each in treated.items() for name in each["above"]]
    most = max((each["bins"] for each in treated.values()), default=0)
    return (
        f"Rows of at least 40 photos (up to {most} by skin, colour, glasses and group) that lie above twice the rate "
        f"of all by more than their interval: {', '.join(above) or 'none'}."
    )


def _by(parts: Sequence[dict[str, Any]], to_text: Callable[[dict[str, Any]], str], prefix: str = "") -> list[list[str]]:
    """One row for each name in any condition (shown after `prefix`), one column for each condition."""
    names = dict.fromkeys(name for part in parts for name in part)
    return [[prefix + name, *(to_text(part[name]) if name in part else "-" for part in parts)] for name in names]


def _ranking(conditions: dict[str, Any]) -> Grid:
    rows = _by([figures["auc_by_maker"] for figures in conditions.values()], _auc)
    polished = [figures["auc_against_polished"] for figures in conditions.values()]
    rows.append(["all AI photos against polished portraits", *(number(f["value"], 2) + _interval(f) for f in polished)])
    found = _by([figures["found"]["by_maker"] for figures in conditions.values()], lambda rate: share(rate["rate"]))
    rows += [[f"called *signs of AI*: {maker}", *shares] for maker, *shares in found]
    note = "*diffusion*: all other diffusion models. A maker of a single cluster has no interval."
    return Grid("Ranking by maker of the generator", [_AGAINST_ALL, *conditions], rows, note)


def _auc(figure: dict[str, Any]) -> str:
    interval = _interval(figure) if "low" in figure else ""
    return f"{number(figure['value'], 2)}{interval} ({figure['pictures']})"


def _cues(cues: dict[str, Any]) -> Grid:
    """In two conditions alone, since it would be too wide."""
    shown = [name for name in _OF_CUES if any(name in cue["alone"] for cue in cues.values())]
    rows = [
        [name, *(number(cue[kind][c]) for kind in ("alone", "left_out") for c in shown), share(cue["abstained"])]
        for name, cue in cues.items()
    ]
    head = ["cue", *(f"AUC alone, {c}" for c in shown), *(f"AUC of the rest without it, {c}" for c in shown)]
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
        "AUC on unseen sources of models that learn from some of the sources of each label, without learned measures. "
        "Mean over random draws, and in brackets the lowest and the highest."
    )
    head = ["share learned from", "sources AI / real", *(f"AUC, {name}" for name in steps[0]["aucs"])]
    return Grid("What more sources buy", head, rows, note)


def _mean_and_range(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a range needs two
        return number(known[0] if known else None)
    return f"{number(statistics.mean(known))} [{number(min(known), 2)}, {number(max(known), 2)}]"


def _control(control: dict[str, dict[str, float | None]]) -> Grid:
    note = (
        "Classifiers that see only size, aspect, bytes, quality and the face's share of the same files; or only where "
        "the face is, how large, how tilted and how sharp. They must be near 0.5 where pictures are laundered."
    )
    rows = [[f"AUC from {name}", *map(number, aucs.values())] for name, aucs in control.items()]
    return Grid("Control", ["", *next(iter(control.values()))], rows, note)


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
