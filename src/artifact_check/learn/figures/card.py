"""Evaluation figures as Markdown: the model card and the text output of `evaluate`."""

from __future__ import annotations

from typing import Any

from artifact_check.learn.figures.grids import grids
from artifact_check.learn.figures.markdown import table

_ENCODER = """\
- A small network that ships with the model, the encoder, makes the learned measures: log-odds of AI for each region of
  the face, from its pixels. It was distilled from DINOv2-small (Meta, Apache-2.0), which does not ship, and then tuned
  with labels.
"""
_FOLDS_OF_THE_ENCODER = """
The learned measures of each picture come from an encoder that was tuned without the labels of its cluster; there is one
for each of {folds} folds of clusters. The distillation saw no labels and used all photos. The classifier was trained
without the cluster that it scores, on learned measures made in this way; but those of its training photos may come from
an encoder that saw that cluster's labels: an influence of second order. Two reference files that cues compare a face
with (`signal`, `shape`) were made from camera photos of half of the sources of version 1.0.0, for all folds alike.
"""


def model_card(manifest: dict[str, Any]) -> str:
    """The model card of a bundle, from its manifest."""
    training, learned = manifest["training_set"], "encoder" in manifest
    photos, sources = training["photos"], training["sources"]
    libraries = ", ".join(f"{name} {number}" for name, number in manifest["libraries"].items())
    return f"""\
# Model card: {manifest["version"]}

Written by `artifact-check train`; do not edit. A logistic regression on scaled measures of one portrait gives `p_ai`,
the probability that the photo is AI-made at a prior of 0.5. Its log-odds are a sum to which each measure adds a part; a
missing measure adds nothing.

**It is evidence, not proof.** It cannot show that a photo is camera-made or generated, and it is not robust against
someone who tries to evade it. Do not use it alone to accuse or refuse a person.

- Learned from {photos["ai"]} AI-made and {photos["real"]} real portraits (set `{training["id"]}`), \
{len(sources["ai"])} and {len(sources["real"])} sources, all laundered alike before measuring.
{_ENCODER if learned else ""}{_verdicts(manifest["thresholds"])}\
- Drawings, statues, children and heavily filtered faces are outside of what was learned.

## Figures

Each source was scored by a model that never saw it, nor any other source of the same cluster (generator, people or
organiser); thresholds and calibration too were learned without it. Intervals: 95 %, bootstrap over clusters; where none
or all are counted, exact over photos. Rates are over pictures, and what follows *of* is the number of photos; in the
profile condition each photo is laundered twice. The measures were designed while looking at the same sources, so expect
somewhat less on others.
{_held_out(manifest["encoder"]) if learned else ""}
{figures_markdown(manifest["figures"])}
## Sources

AI: {", ".join(sources["ai"])}.

Real: {", ".join(sources["real"])}.

## Made with

{libraries}.
"""


def _held_out(encoder: dict[str, Any]) -> str:
    return _FOLDS_OF_THE_ENCODER.format(folds=encoder["training"]["recipe"]["folds"])


def _verdicts(thresholds: dict[str, Any]) -> str:
    """Where verdicts begin, and why there."""
    value = {name: each["value"] for name, each in thresholds.items()}
    why = {name: each["reason"] for name, each in thresholds.items()}
    return f"""\
- *signs of AI* (`likely_ai`) from `p_ai` {value["likely_ai"]:.3f} on ({why["likely_ai"]}), and only if \
{value["agreeing_cues"]} cues agree ({why["agreement"]}: {value["agreement"]:.0%}).
- *few signs of AI* (`likely_authentic`) up to `p_ai` {value["likely_authentic"]:.3f} ({why["likely_authentic"]}).
- *inconclusive* too where more than {value["unfamiliar"]:.0%} of the measures lie outside the central 99 % of the \
photos learned from ({why["unfamiliar"]}).
"""


def figures_markdown(figures: dict[str, Any]) -> str:
    """The tables of `evaluate_sources` or `evaluate_model`."""
    parts = []
    for grid in grids(figures):
        parts += [f"### {grid.title}\n", table(grid.head, grid.rows)]
        parts += [f"{grid.note}\n"] if grid.note else []
    if figures["unmeasured"]:
        parts.append(f"Without any row (no face, or face too small): {len(figures['unmeasured'])} photos.\n")
    return "\n".join(parts)
