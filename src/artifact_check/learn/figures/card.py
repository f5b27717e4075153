"""Evaluation figures as Markdown: the model card and the text output of `evaluate`."""

from __future__ import annotations

from typing import Any

from artifact_check.learn.figures.grids import grids
from artifact_check.learn.figures.markdown import table


def model_card(manifest: dict[str, Any]) -> str:
    """The model card of a bundle, from its manifest."""
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
    """The tables of `evaluate_sources` or `evaluate_model`."""
    parts = []
    for grid in grids(figures):
        parts += [f"### {grid.title}\n", table(grid.head, grid.rows)]
        parts += [f"{grid.note}\n"] if grid.note else []
    if figures["unmeasured"]:
        parts.append(f"Without any row (no face, or face too small): {len(figures['unmeasured'])} photos.\n")
    return "\n".join(parts)
