"""The laboratory's figures as Markdown, JSON, or one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from artifact_check.learn.figures.markdown import number, share, table
from artifact_check.learn.figures.plots import SHEETS
from artifact_check.learn.laboratory.experiment import (
    DARK,
    FAR,
    GOOD_FACE_WIDTH,
    LIGHT,
    MIN_GROUP,
    CueFigures,
    Laboratory,
    Sample,
    Shift,
)
from artifact_check.learn.laboratory.innocent import INNOCENT
from artifact_check.learn.laboratory.perturb import PERTURBATIONS
from artifact_check.report.page import load_template

TITLE = "Cue laboratory"


def text(laboratory: Laboratory) -> str:
    """Markdown tables."""
    parts = [f"# {TITLE}\n", *(f"{paragraph}\n" for paragraph in basis(laboratory))]
    for cue in laboratory.cues:
        parts += [
            f"## {cue.name}: {cue.title}\n",
            f"{verdict(cue)}\n",
            _abilities(cue),
            "Innocent changes: median size of the shift, and in brackets the median shift, in sd.\n",
            _innocent(cue),
            _meant(cue),
            "What each perturbation does to measures of this cue that are not meant to answer to it.\n",
            _others(cue),
        ]
    return "\n".join(parts)


def json_text(laboratory: Laboratory) -> str:
    return json.dumps(laboratory.to_dict(), indent=1, allow_nan=False) + "\n"


def html(laboratory: Laboratory) -> str:
    """One self-contained page: inline SVG, no script, no external address, every string escaped."""
    page = load_template(
        "artifact_check.learn.figures",
        "laboratory.html.jinja",
        *SHEETS,
        title=TITLE,
        basis=basis,
        verdict=verdict,
        meant=meant,
        others=others,
        number=number,
        share=share,
        innocent=INNOCENT,
        perturbations=PERTURBATIONS,
        far=FAR,
    )
    return page.render(laboratory=laboratory)


FORMATS = {"text": text, "json": json_text, "html": html}


# ---- words


def basis(laboratory: Laboratory) -> tuple[str, str, str]:
    """How the figures were obtained."""
    pictures, skins = laboratory.pictures, laboratory.skins
    ranks = (
        f"AUC and not seen: {pictures['ai']} AI and {pictures['real']} real pictures, laundered as a profile site "
        "would store them; each source is judged by what was learned without its cluster. An AUC under 0.5 says that "
        "what the other sources taught is wrong for the one left out."
    )
    skin = (
        f"Skin: median among {skins['dark']} real photos of dark skin (ITA below {DARK:.0f} degrees) minus that of "
        f"{skins['light']} of light skin (above {LIGHT:.0f}), in sd; different people, cameras and sites, too."
    )
    return ranks, sample_words(laboratory.sample), skin


def sample_words(sample: Sample) -> str:
    if sample.photos < MIN_GROUP:
        return f"Shifts: none can be given for {sample.photos} real photos; it takes {MIN_GROUP}."
    return (
        f"Shifts: {sample.photos} real photos of {sample.clusters} clusters (set {sample.digest}), as stored, "
        f"{sample.iod[0]:.0f} to {sample.iod[1]:.0f} px between the eyes, {sample.small_faces} of them with a face "
        f"narrower than {GOOD_FACE_WIDTH:.0f} px; measured anew after each change, in standard deviations (sd) of real "
        "photos."
    )


def verdict(cue: CueFigures) -> str:
    abstained = f"It abstained on {share(cue.abstained)} of the pictures."
    return f"All its measures together, in a logistic regression: AUC {number(cue.auc)}. {abstained}"


# ---- rows


def meant(cue: CueFigures) -> Iterator[tuple[str, str, Shift]]:
    """Yield (title of the perturbation, key of a measure meant to respond to it, its shift)."""
    for name, change in PERTURBATIONS.items():
        for measure in cue.measures:
            if name in measure.moved_by:
                yield change.title, measure.key, measure.perturbed[name]


def others(cue: CueFigures) -> Iterator[tuple[str, float, str, float]]:
    """Yield (title of the perturbation, median |shift| of measures not meant for it, key and size of the largest)."""
    for name, change in PERTURBATIONS.items():
        sizes = {m.key: m.perturbed[name].size for m in cue.measures if name not in m.moved_by}
        known = {key: size for key, size in sizes.items() if size is not None}
        if known:
            furthest = max(known, key=lambda key: known[key])
            yield change.title, float(np.median(list(known.values()))), furthest, known[furthest]


def _abilities(cue: CueFigures) -> str:
    rows = []
    for measure in cue.measures:
        worst = measure.worst_innocent
        rows.append([
            measure.key,
            number(measure.auc),
            {"ai": "AI", "real": "real"}.get(measure.higher_in or "", "-"),
            share(measure.unseen),
            "-" if worst is None else f"{number(worst[1].size, 2)} ({INNOCENT[worst[0]].title})",
            number(measure.dark_light, 2, sign=True),
        ])  # fmt: skip
    return table(
        ["measure", "AUC alone", "higher in", "not seen", "largest innocent shift, sd", "dark minus light skin, sd"],
        rows,
    )


def _innocent(cue: CueFigures) -> str:
    rows = [[measure.key, *(_size_and_sign(measure.innocent[name]) for name in INNOCENT)] for measure in cue.measures]
    lost = [sum(measure.innocent[name].lost for measure in cue.measures) for name in INNOCENT]
    left = [sum(measure.innocent[name].photos for measure in cue.measures) for name in INNOCENT]
    rows.append([
        "*values lost*",
        *(share(gone / (gone + rest)) if gone + rest else "-" for gone, rest in zip(lost, left, strict=True)),
    ])  # fmt: skip
    return table(["measure", *(change.title for change in INNOCENT.values())], rows)


def _size_and_sign(shift: Shift) -> str:
    return "-" if shift.size is None else f"{shift.size:.2f} ({number(shift.signed, 2, sign=True)})"


def _meant(cue: CueFigures) -> str:
    rows = [
        [
            title,
            key,
            share(shift.beyond),
            share(shift.far),
            number(shift.signed, 2, sign=True),
            str(shift.photos),
            str(shift.lost),
        ]
        for title, key, shift in meant(cue)
    ]
    if not rows:
        return "No perturbation is meant for this cue.\n"
    head = ["perturbation", "measure meant to answer", "moves past 95 % of real photos", f"moves more than {FAR} sd",
            "median shift, sd", "photos", "lost"]  # fmt: skip
    return table(head, rows)


def _others(cue: CueFigures) -> str:
    rows = [[title, number(median, 2), f"{number(largest, 2)} ({key})"] for title, median, key, largest in others(cue)]
    return table(["perturbation", "median size of shift, sd", "largest"], rows)
