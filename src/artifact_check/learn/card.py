"""Figures as Markdown: the model card, and what `evaluate` prints."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from artifact_check.learn.markdown import number, share, table

CONDITION_WORDS = {
    "profile": "as a profile site would store it (face 140 to 220 px wide)",
    "large": "large profile photo (face 180 to 230 px wide)",
    "raw": "file as it is",
}
HEADLINES = {
    "auc": "AUC",
    "tpr_at_1_percent_fpr": "TPR at 1 % FPR",
    "tpr_at_5_percent_fpr": "TPR at 5 % FPR",
    "brier": "Brier",
    "expected_calibration_error": "ECE",
}


def model_card(manifest: dict[str, Any]) -> str:
    """The whole card of a bundle."""
    training, thresholds = manifest["training_set"], manifest["thresholds"]
    learned = (
        f"- Learned from {training['photos']['ai']} AI-made and {training['photos']['real']} real portraits "
        f"(set `{training['id']}`), {len(training['sources']['ai'])} and {len(training['sources']['real'])} sources, "
        "all laundered alike before measuring."
    )
    likely_ai = (
        f"- *signs of AI* (`likely_ai`) from `p_ai` {thresholds['likely_ai']['value']:.3f} on "
        f"({thresholds['likely_ai']['reason']}), and only if {thresholds['agreeing_cues']['value']} cues agree "
        f"({thresholds['agreement']['reason']}: {thresholds['agreement']['value']:.0%})."
    )
    likely_authentic = (
        f"- *few signs of AI* (`likely_authentic`) up to `p_ai` {thresholds['likely_authentic']['value']:.3f} "
        f"({thresholds['likely_authentic']['reason']})."
    )
    unfamiliar = (
        f"- *inconclusive* too where more than {thresholds['unfamiliar']['value']:.0%} of the measures lie outside the "
        f"central 99 % of the photos learned from ({thresholds['unfamiliar']['reason']})."
    )
    lines = [
        f"# Model card: {manifest['version']}",
        "",
        "Written by `artifact-check train`; do not edit. A logistic regression on scaled measures of one portrait",
        "gives `p_ai`, the probability that the photo is AI-made at a prior of 0.5. A missing measure moves it to",
        "neither side.",
        "",
        "**It is evidence, not proof.** It cannot show that a photo is camera-made or generated, and it is not robust",
        "against someone who tries to evade it. Do not use it alone to accuse or refuse a person.",
        "",
        learned,
        likely_ai,
        likely_authentic,
        unfamiliar,
        "- Drawings, statues, children and heavily filtered faces are outside of what was learned.",
        "",
        "## Figures",
        "",
        "Each source was scored by a model that never saw it, nor any other source of the same cluster (generator,",
        "people or organiser); thresholds and calibration too were learned without it. Intervals: 95 %, bootstrap over",
        "clusters. Rates are over pictures, and what follows *of* is the number of photos; in the profile condition",
        "each photo is laundered four times. The measures were designed while looking at the same sources, so expect",
        "somewhat less on others.",
        "",
        figures_markdown(manifest["figures"]),
        "## Sources",
        "",
        "AI: " + ", ".join(training["sources"]["ai"]) + ".",
        "",
        "Real: " + ", ".join(training["sources"]["real"]) + ".",
        "",
        "## Made with",
        "",
        ", ".join(f"{name} {number}" for name, number in manifest["libraries"].items()) + ".",
        "",
    ]
    return "\n".join(lines)


def figures_markdown(figures: dict[str, Any]) -> str:
    """Tables of `evaluate_sources` or `evaluate_model`."""
    conditions = figures["conditions"]
    parts = [_headline(figures), _false_alarms(conditions), _families(conditions)]
    if "cues" in figures:
        parts += [_cues(figures), _learning_curve(figures["learning_curve"]), _control(figures)]
    if "laboratory" in figures:
        parts.append(_laboratory(figures["laboratory"]))
    if figures.get("unmeasured"):
        parts.append(f"Without any row (no face, or face too small): {len(figures['unmeasured'])} photos.\n")
    return "\n".join(parts)


def _headline(figures: dict[str, Any]) -> str:
    seeds = figures.get("seeds", {})
    rows = []
    for name, condition in figures["conditions"].items():
        spread = seeds.get(name, {})
        rows.append([
            f"{name}: {CONDITION_WORDS[name]}",
            f"{condition['photos']['ai']} / {condition['photos']['real']}",
            f"{condition['pictures']['ai']} / {condition['pictures']['real']}",
            *(with_spread(condition[key], spread.get(key)) for key in HEADLINES),
        ])  # fmt: skip
    head = ["condition", "photos AI / real", "pictures made of them", *HEADLINES.values()]
    text = table(head, rows)
    return f"{text}\n{seeds_words(seeds)}\n" if seeds else text


def with_spread(figure: Any, values: Sequence[float | None] | None) -> str:  # noqa: ANN401
    """A figure, the standard deviation of its `values` over seeds, and its interval where it has one."""
    value, interval = figure, ""
    if isinstance(figure, dict):
        value = figure["value"]
        interval = f" [{number(figure['low'], 2)}, {number(figure['high'], 2)}]"
    known = [v for v in values or () if v is not None]
    spread = f" ± {statistics.stdev(known):.3f}" if len(known) > 1 else ""
    return number(value) + spread + interval


def seeds_words(seeds: dict[str, Any]) -> str:
    """What figures are means of."""
    count = len(next(iter(seeds.values()))["auc"])
    return f"Means over {count} ways to deal the real sources into folds; ± is the standard deviation over these."


def _false_alarms(conditions: dict[str, Any]) -> str:
    rows = []
    for name, figures in conditions.items():
        alarms, said = figures["false_alarms"], figures["verdicts"]
        rows.append([
            name,
            _rate(alarms["all"]),
            _rate(alarms["polished"]),
            *(_rate(rate) for rate in alarms["by_skin"].values()),
            *(_rate(rate) for rate in alarms["by_quality"].values()),
            share(said["ai"]["likely_ai"]),
            share(said["ai"]["likely_authentic"]),
            f"{share(said['ai']['inconclusive'])} / {share(said['real']['inconclusive'])}",
            f"{share(said['ai']['not_assessed'])} / {share(said['real']['not_assessed'])}",
            f"{share(figures['unfamiliar']['ai'])} / {share(figures['unfamiliar']['real'])}",
        ])  # fmt: skip
    first = next(iter(conditions.values()))["false_alarms"]
    skins, qualities = first["by_skin"], first["by_quality"]
    head = ["verdicts", "real called *signs of AI*", "of polished portraits", *(f"of skin {name}" for name in skins),
            *(f"of JPEG quality {name}" for name in qualities), "AI called *signs of AI*",
            "AI called *few signs of AI*", "inconclusive AI / real",
            "not assessed AI / real", "unlike training photos AI / real"]  # fmt: skip
    return table(head, rows)


def _families(conditions: dict[str, Any]) -> str:
    first = next(iter(conditions.values()))
    rows = []
    for kind in ("auc_by_family", "auc_by_cluster"):
        for name in first[kind]:
            cells = [conditions[c][kind].get(name) for c in conditions]
            label = f"family {name}" if kind == "auc_by_family" else name
            rows.append(
                [label, *("-" if cell is None else f"{number(cell['auc'], 2)} ({cell['pictures']})" for cell in cells)]
            )
    rows.append(
        ["all AI against polished portraits", *(number(f["auc_against_polished"], 2) for f in conditions.values())]
    )
    return table(["AUC against all real photos (AI pictures)", *conditions], rows)


def _cues(figures: dict[str, Any]) -> str:
    conditions = list(figures["conditions"])
    rows = [
        [
            name,
            *(number(cue["alone"].get(c)) for c in conditions),
            *(number(cue["left_out"].get(c)) for c in conditions),
            share(cue["abstained"]),
        ]
        for name, cue in figures["cues"].items()
    ]
    head = ["cue", *(f"AUC alone, {c}" for c in conditions), *(f"AUC of the rest without it, {c}" for c in conditions)]
    return table([*head, "abstained"], rows)


CURVE_WORDS = (
    "What more sources buy: AUC on unseen sources of models that learn from some of the sources of each label. "
    "Mean over random draws, and in brackets the lowest and the highest; without calibration, so that the last "
    "row may differ a little from the figures above."
)


def _learning_curve(steps: list[dict[str, Any]]) -> str:
    rows = [
        [
            f"{step['share']:.0%}",
            f"{step['clusters']['ai']} / {step['clusters']['real']}",
            *(mean_and_range(aucs) for aucs in step["aucs"].values()),
        ]
        for step in steps
    ]
    head = ["share learned from", "sources AI / real", *(f"AUC, {name}" for name in steps[0]["aucs"])]
    return f"{CURVE_WORDS}\n\n{table(head, rows)}"


def mean_and_range(values: Sequence[float | None]) -> str:
    """Mean of draws, their lowest and highest; the value alone where there is one."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a range takes two
        return number(known[0] if known else None)
    return f"{number(statistics.mean(known))} [{number(min(known), 2)}, {number(max(known), 2)}]"


def _control(figures: dict[str, Any]) -> str:
    cells = ", ".join(f"{number(value)} ({name})" for name, value in figures["control"].items())
    return (
        "Control: a classifier that sees only size, aspect, bytes, quality and framing of the same files has AUC "
        f"{cells}. It must be near 0.5 where pictures are laundered.\n"
    )


def _laboratory(figures: dict[str, Any]) -> str:
    """The measures one by one, from `Laboratory.compact`."""
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
    head = ["measure (profile)", "AUC alone", "not seen", "largest innocent shift, sd", "dark minus light skin, sd"]
    return table(head, rows) + (
        f"\nShifts are medians over {sample['photos']} real photos of {sample['clusters']} clusters, in standard "
        f"deviations of real photos; skin compares {skins['dark']} real photos of dark with {skins['light']} of light "
        "skin.\n"
    )


def _rate(rate: dict[str, Any]) -> str:
    if not rate["pictures"]:
        return "-"
    interval = "" if rate["low"] is None else f" [{rate['low']:.1%}, {rate['high']:.1%}]"
    return f"{rate['rate']:.1%}{interval} of {rate['photos']}"
