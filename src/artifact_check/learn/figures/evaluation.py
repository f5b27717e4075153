"""Leave-source-out evaluation: every source is scored by a model trained without its cluster.

For each fold of held-out clusters everything is fitted on the others: limits, scaling, weights, calibration and
thresholds. No model learns from files as stored, nor from pictures processed in ways that are kept for the figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from artifact_check.cues import discover
from artifact_check.learn import fitting
from artifact_check.learn.figures.metrics import auc, finite
from artifact_check.learn.figures.summary import (
    NOT_ASSESSED,
    Scored,
    equal_treatment,
    headlines,
    mean_of,
    summarise,
)
from artifact_check.learn.table.features import FACTS, FILE_FACTS, FRAMING, RAW, Table
from artifact_check.learn.table.folds import grouped_folds, random_folds
from artifact_check.learn.table.launder import LARGE, PROCESSED, PROFILE, TWICE
from artifact_check.model.classifier import Classifier
from artifact_check.model.verdict import decide

CONDITIONS = (PROFILE.name, LARGE.name, TWICE.name, PROCESSED.name, RAW)
_LEARNED_FROM = (PROFILE.name, LARGE.name, TWICE.name)
_SEEDS = 5
_QUICK_FOLDS = 10  # of figures beside the main ones
_CURVE_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_CURVE_DRAWS = 5
_CONTROLS = {"file facts": FILE_FACTS, "framing and blur": ("face_share", *FRAMING)}
_RIMS = "surroundings_rims"  # has a value where a frame crosses the nose


def training_rows(table: Table) -> Table:
    """The rows that models are trained on: laundered, and not processed in a way that is kept for the figures."""
    return table.where(np.isin(table.condition, _LEARNED_FROM))


def scored_measures(table: Table) -> Table:
    """The table with the measures that a model may use, without those shown for information only."""
    return _with_keys(table, {measure.key for cue in discover() for measure in cue.measures if measure.scored})


def _computed_measures(table: Table) -> Table:
    """Those that no encoder makes: it learned from all sources, whatever share of them a model learns from."""
    return _with_keys(table, {measure.key for cue in discover() for measure in cue.computed if measure.scored})


def _with_keys(table: Table, keys: set[str]) -> Table:
    return table.having(np.array([key in keys for key in table.keys], dtype=bool))


def leave_source_out(table: Table, seeds: Sequence[int] = (0,)) -> list[dict[str, Scored]]:
    """Held-out scores by condition, one dictionary for each seed, which decides how clusters are dealt into folds."""
    scored = scored_measures(table)
    runs = []
    for seed in seeds:
        count = len(table.is_ai)
        whole = {"p_ai": np.zeros(count), "said": np.empty(count, "<U20"), "unfamiliar": np.zeros(count, bool)}
        for test in random_folds(table.is_ai, table.attribute("cluster"), seed):
            model = fitting.train_model(training_rows(scored.where(~test)))
            for name, values in decide_rows(model.classifier(), scored.where(test)).items():
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
    described = {name: table.attribute(name) for name in ("cluster", "source", "maker", "group")}
    scored = Scored(
        table.is_ai,
        **judged,
        **described,
        photo=table.item,
        ita=table.skin_ita,
        quality=table.facts[:, FACTS.index("quality")],
        coloured=np.isfinite(table.tone),
        glasses=_glasses(table),
    )
    return {name: scored.where(table.condition == name) for name in _present(table)}


def _present(table: Table) -> list[str]:
    return [name for name in CONDITIONS if np.any(table.condition == name)]


def _glasses(table: Table) -> np.ndarray:
    """(N,) where the rims of glasses were seen."""
    if _RIMS not in table.keys:
        return np.zeros(len(table.item), bool)
    seen: np.ndarray = np.isfinite(table.values[:, table.keys.index(_RIMS)])
    return seen


def evaluate_sources(table: Table) -> dict[str, Any]:
    """All figures of a labelled table, JSON-ready.

    Figures by condition are means over `_SEEDS` ways to deal the sources into folds; `seeds` has the main ones for each
    way. `equal_treatment` names kinds of people with too many false alarms. `cues` says how each cue ranks alone and
    what the others do without it; `control` is the AUC from what should tell nothing.
    """
    runs = leave_source_out(table, range(_SEEDS))
    summaries = {name: [summarise(run[name]) for run in runs] for name in runs[0]}
    conditions = {name: mean_of(each) for name, each in summaries.items()}
    return {
        "conditions": conditions,
        "seeds": {name: headlines(each) for name, each in summaries.items()},
        "equal_treatment": equal_treatment(conditions),
        "cues": _cue_figures(scored_measures(table)),
        "learning_curve": learning_curve(_computed_measures(table)),
        "control": {
            name: {condition: _control_auc(table, condition, columns) for condition in conditions}
            for name, columns in _CONTROLS.items()
        },
        "unmeasured": _unmeasured(table),
    }


def _unmeasured(table: Table) -> list[dict[str, str]]:
    return [{"file": file, "reason": reason} for file, reason in table.unmeasured]


def _cue_figures(table: Table) -> dict[str, Any]:
    """Figures of each cue that measured anything: learned measures need an encoder."""
    table = table.having(np.isfinite(table.values).any(axis=0))
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
    """Held-out AUC by condition, without calibration, from fewer folds and fewer rows than the main figures.

    Models are trained on profile rows, of all clusters or of those whose rows the mask `among` (N,) has.
    """
    cluster = table.attribute("cluster")
    among = np.ones(len(cluster), bool) if among is None else among
    log_odds = np.zeros(len(cluster))
    for test in [*_quick_folds(table.is_ai, cluster, among), ~among]:
        if test.any():
            fitted = fitting.fit(table.where(among & ~test & (table.condition == PROFILE.name)))
            log_odds[test] = fitted.log_odds(table.where(test))
    masks = {name: table.condition == name for name in _present(table)}
    return {name: finite(auc(table.is_ai[mask], log_odds[mask])) for name, mask in masks.items()}


def _quick_folds(is_ai: np.ndarray, cluster: np.ndarray, among: np.ndarray) -> Iterator[np.ndarray]:
    """Yield test masks (N,) that cover every row of `among` once and never split a cluster."""
    for test in grouped_folds(is_ai[among], cluster[among], _QUICK_FOLDS):
        yield np.isin(cluster, cluster[among][test])


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


def _control_auc(table: Table, condition: str, columns: Sequence[str]) -> float | None:
    """Held-out AUC of a classifier that sees only these `FACTS` of the pictures of one condition."""
    facts = table.facts[:, [FACTS.index(name) for name in columns]]
    blind = replace(table, keys=tuple(columns), values=facts, tone=np.full(len(table.tone), np.nan))
    rows = blind.where(table.condition == condition)
    is_ai, cluster = rows.is_ai, rows.attribute("cluster")
    if len({*cluster[is_ai]}) < 2 or len({*cluster[~is_ai]}) < 2:  # noqa: PLR2004 - one to train on, one to test on
        return None
    return finite(auc(is_ai, fitting.out_of_source(rows, partial(grouped_folds, count=_QUICK_FOLDS)).log_odds))


def evaluate_model(table: Table, classifier: Classifier) -> dict[str, Any]:
    """Figures of a trained model on a labelled table, JSON-ready; too good for photos that it was trained on."""
    scored = _by_condition(table, decide_rows(classifier, table))
    conditions = {name: summarise(each) for name, each in scored.items()}
    return {
        "model": classifier.version,
        "conditions": conditions,
        "equal_treatment": equal_treatment(conditions),
        "unmeasured": _unmeasured(table),
    }
