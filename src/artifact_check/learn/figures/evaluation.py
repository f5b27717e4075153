"""Leave-one-cluster-out evaluation: every source is scored by a model trained without its cluster.

For each held-out cluster everything is fitted on the others: limits, scaling, weights, calibration and thresholds.
Models are trained on laundered rows only; the raw condition shows what the same model does with files as stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from artifact_check.cues import discover
from artifact_check.learn import fitting
from artifact_check.learn.figures.metrics import NOT_ASSESSED, Scored, auc, finite, headlines, mean_of, summarise
from artifact_check.learn.table.features import FACTS, RAW, Table
from artifact_check.learn.table.launder import LARGE, PROFILE
from artifact_check.model.classifier import Classifier
from artifact_check.model.verdict import decide

_SEEDS = 5
_CURVE_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_CURVE_DRAWS = 5
CONDITIONS = (PROFILE.name, LARGE.name, RAW)


def training_rows(table: Table) -> Table:
    """The rows that models are trained on: laundered, never raw."""
    return table.where(table.condition != RAW)


def scored_measures(table: Table) -> Table:
    """The table with the measures that a model may use, without those shown for information only."""
    scored = {column for cue in discover() for column in cue.scored_columns}
    return table.having(np.array([key in scored for key in table.keys], dtype=bool))


def leave_source_out(table: Table, seeds: Sequence[int] = (0,)) -> list[dict[str, Scored]]:
    """Held-out scores by condition, one dictionary for each seed.

    The seed decides how the real clusters are dealt into folds. Each AI cluster is its own fold under every seed, so it
    is scored only once.
    """
    table = scored_measures(table)
    known: dict[bytes, dict[str, np.ndarray]] = {}
    runs = []
    for seed in seeds:
        count = len(table.is_ai)
        whole = {"p_ai": np.zeros(count), "said": np.empty(count, "<U20"), "unfamiliar": np.zeros(count, bool)}
        for test in fitting.folds(table.is_ai, table.attribute("cluster"), seed):
            fold = test.tobytes()
            if fold not in known:
                model = fitting.train_model(training_rows(table.where(~test)))
                known[fold] = decide_rows(model.classifier(), table.where(test))
            for name, values in known[fold].items():
                whole[name][test] = values
        runs.append(_by_condition(table, whole))
    return runs


def decide_rows(classifier: Classifier, table: Table) -> dict[str, np.ndarray]:
    """What a check would say of a table's rows, by the names of `Scored`; "not_assessed" is what it does not judge."""
    column = {key: index for index, key in enumerate(table.keys)}
    scores = classifier.score_many(table.values[:, [column[key] for key in classifier.keys]], table.tone)
    decisions = [
        decide(
            float(scores.p_ai[row]),
            {cue: float(of_cue[row]) for cue, of_cue in scores.cue_scores.items() if np.isfinite(of_cue[row])},
            classifier.thresholds,
            unfamiliar=bool(scores.unfamiliar[row]),
            hidden=bool(table.hidden[row]),
            painted=partial(bool, table.painted[row]),
        )
        for row in range(len(table.item))
    ]
    return {
        "p_ai": scores.p_ai,
        "said": np.array([decision.verdict or NOT_ASSESSED for decision in decisions]),
        "unfamiliar": np.array([decision.unfamiliar for decision in decisions]),
    }


def _by_condition(table: Table, judged: dict[str, np.ndarray]) -> dict[str, Scored]:
    names = ("cluster", "source", "family", "group")
    described = {name: table.attribute(name) for name in names}
    quality = table.facts[:, FACTS.index("quality")]
    scored = Scored(table.is_ai, **judged, photo=table.item, ita=table.skin_ita, quality=quality, **described)
    return {name: scored.where(table.condition == name) for name in CONDITIONS if np.any(table.condition == name)}


def evaluate_sources(table: Table) -> dict[str, Any]:
    """All figures of a labelled table, JSON-ready.

    Figures by condition are means over `_SEEDS` ways to deal the real sources into folds; `seeds` has the main ones for
    each way. `cues` says how each cue ranks alone and what the others do without it; `control` is the AUC from file
    facts.
    """
    runs = leave_source_out(table, range(_SEEDS))
    summaries = {name: [summarise(run[name]) for run in runs] for name in runs[0]}
    return {
        "conditions": {name: mean_of(each) for name, each in summaries.items()},
        "seeds": {name: headlines(each) for name, each in summaries.items()},
        "cues": _cue_figures(scored_measures(table)),
        "learning_curve": learning_curve(scored_measures(table)),
        "control": {name: _control_auc(table, table.condition == name) for name in summaries},
        "unmeasured": _unmeasured(table),
    }


def _unmeasured(table: Table) -> list[dict[str, str]]:
    return [{"file": file, "reason": reason} for file, reason in table.unmeasured]


def _cue_figures(table: Table) -> dict[str, Any]:
    cue_of = fitting.owners(table.keys)
    measured = np.isfinite(table.values) & (table.condition == PROFILE.name)[:, None]
    rows = max(int(np.count_nonzero(table.condition == PROFILE.name)), 1)
    return {
        str(name): {
            "alone": plain_aucs(table.having(cue_of == name)),
            "left_out": plain_aucs(table.having(cue_of != name)),
            "abstained": 1 - int(np.count_nonzero(measured[:, cue_of == name].any(axis=1))) / rows,
        }
        for name in np.unique(cue_of)
    }


def plain_aucs(table: Table, among: np.ndarray | None = None) -> dict[str, float | None]:
    """Held-out AUC by condition, without calibration.

    Models are trained on the table's laundered rows, or on those in the mask `among` (N,).
    """
    log_odds = np.zeros(len(table.is_ai))
    models: dict[bytes, fitting.Fitted] = {}  # folds that hold out none of the chosen clusters share a model
    for test in fitting.folds(table.is_ai, table.attribute("cluster")):
        chosen = ~test if among is None else ~test & among
        fitted = models.get(chosen.tobytes()) or fitting.fit(training_rows(table.where(chosen)))
        models[chosen.tobytes()] = fitted
        log_odds[test] = fitted.log_odds(table.where(test))
    present = [name for name in CONDITIONS if np.any(table.condition == name)]
    masks = {name: table.condition == name for name in present}
    return {name: finite(auc(table.is_ai[mask], log_odds[mask])) for name, mask in masks.items()}


def learning_curve(table: Table) -> list[dict[str, Any]]:
    """Held-out AUC of models that are trained on a share of the clusters of each label.

    Each draw shuffles the clusters and takes the first ones, so that larger shares contain the smaller ones. Every row
    is scored, by a model trained without its cluster.
    """
    steps = []
    for share in _CURVE_SHARES:
        # All clusters can be drawn in only one way.
        chosen = [_some_clusters(table, share, draw) for draw in range(_CURVE_DRAWS if share < 1 else 1)]
        aucs = [plain_aucs(table, np.isin(table.attribute("cluster"), list(names))) for names in chosen]
        ai = {*table.attribute("cluster")[table.is_ai]}
        steps.append({
            "share": share,
            "clusters": {"ai": len(chosen[0] & ai), "real": len(chosen[0] - ai)},
            "aucs": {name: [each[name] for each in aucs] for name in aucs[0]},
        })  # fmt: skip
    return steps


def _some_clusters(table: Table, share: float, seed: int) -> set[str]:
    """A random share of the clusters of each label; at least two, since one may be held out."""
    rng, cluster = np.random.default_rng(seed), table.attribute("cluster")
    orders = [rng.permutation(np.unique(cluster[table.is_ai == label])) for label in (True, False)]
    return {str(name) for order in orders for name in order[: max(2, round(share * len(order)))]}


def _control_auc(table: Table, rows: np.ndarray) -> float | None:
    """Held-out AUC of a classifier that sees only size, aspect, bytes, quality and framing of the same files."""
    table = replace(table, keys=FACTS, values=table.facts, tone=np.full(len(table.tone), np.nan)).where(rows)
    is_ai, cluster = table.is_ai, table.attribute("cluster")
    if len({*cluster[is_ai]}) < 2 or len({*cluster[~is_ai]}) < 2:  # noqa: PLR2004 - one to train on, one to test on
        return None
    return finite(auc(is_ai, fitting.out_of_source(table, fitting.folds).log_odds))


def evaluate_model(table: Table, classifier: Classifier) -> dict[str, Any]:
    """Figures of a trained model on a labelled table, JSON-ready; too good for photos that it was trained on."""
    scored = _by_condition(table, decide_rows(classifier, table))
    conditions = {name: summarise(s) for name, s in scored.items()}
    return {"model": classifier.version, "conditions": conditions, "unmeasured": _unmeasured(table)}
