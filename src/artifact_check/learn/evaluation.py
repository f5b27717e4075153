"""Honest figures: every source is scored by a model that never saw it, nor another source of its cluster.

For each left-out cluster everything is learned anew on the others: limits, scaling, weights, calibration, thresholds.
Models learn from laundered rows alone; the raw condition shows what the same model does with files as stored.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from artifact_check.classifier import Classifier
from artifact_check.cues import discover
from artifact_check.learn import fitting
from artifact_check.learn.features import RAW, Table
from artifact_check.learn.launder import LARGE, PROFILE
from artifact_check.learn.metrics import Scored, auc, summarise

CONDITIONS = (PROFILE.name, LARGE.name, RAW)


def training_rows(table: Table) -> Table:
    """The rows that models learn from: laundered alike, never raw."""
    return table.where(table.condition != RAW)


def cue_of_measure(table: Table) -> np.ndarray:
    """(M,) the cue that each measure of a table belongs to."""
    owner = {measure.key: cue.name for cue in discover() for measure in cue.measures}
    return np.array([owner[key] for key in table.keys])


def leave_source_out(table: Table) -> dict[str, Scored]:
    """Scores by condition; each row judged by a model learned without its cluster."""
    cue_of = cue_of_measure(table)
    cluster = table.attribute("cluster")
    log_odds, p_ai, said = np.zeros(len(cluster)), np.zeros(len(cluster)), np.empty(len(cluster), "<U20")
    for test in fitting.folds(table.is_ai, cluster):
        judge = fitting.learn_judge(training_rows(table.where(~test)), cue_of)
        log_odds[test] = judge.fitted.log_odds(table.values[test])
        p_ai[test], said[test] = fitting.verdicts(judge, table.values[test], cue_of)
    return _by_condition(table, log_odds, p_ai, said)


def score_with(classifier: Classifier, table: Table) -> dict[str, Scored]:
    """Scores by condition from a finished bundle: honest only for photos that it was not trained on."""
    scores = [
        classifier.score({key: value for key, value in zip(table.keys, row, strict=True) if np.isfinite(value)})
        for row in table.values
    ]
    p_ai = np.array([score.p_ai for score in scores])
    return _by_condition(table, p_ai, p_ai, np.array([score.verdict for score in scores]))


def _by_condition(table: Table, score: np.ndarray, p_ai: np.ndarray, said: np.ndarray) -> dict[str, Scored]:
    names = ("cluster", "source", "family", "group")
    described = {name: table.attribute(name) for name in names}
    ita = np.array([np.nan if i.skin_ita is None else i.skin_ita for i in table.items])[table.item]
    scored = Scored(table.is_ai, score, p_ai, said, ita=ita, **described)
    return {name: scored.where(table.condition == name) for name in CONDITIONS if np.any(table.condition == name)}


def evaluate_sources(table: Table) -> dict[str, Any]:
    """All figures of a labelled table, JSON-ready: by condition, each cue alone and left out, file-facts control."""
    cue_of = cue_of_measure(table)
    names = [str(name) for name in np.unique(cue_of)]
    return {
        "conditions": {name: summarise(scored) for name, scored in leave_source_out(table).items()},
        "cues": {
            name: {
                "alone": profile_auc(table, table.values[:, cue_of == name]),
                "left_out": profile_auc(table, table.values[:, cue_of != name]),
                "abstained": float(np.mean(~np.isfinite(_profile(table).values[:, cue_of == name]).any(axis=1))),
            }
            for name in names
        },
        "control": {
            PROFILE.name: _control_auc(table, table.condition == PROFILE.name),
            RAW: _control_auc(table, table.condition == RAW),
        },
        "unmeasured": [{"file": file, "reason": reason} for file, reason in table.unmeasured],
    }


def _profile(table: Table) -> Table:
    return table.where(table.condition == PROFILE.name)


def profile_auc(table: Table, values: np.ndarray) -> float:
    """Out-of-source AUC in the profile condition of a classifier on some of the measures."""
    rows = table.condition == PROFILE.name
    is_ai, cluster = table.is_ai[rows], table.attribute("cluster")[rows]
    log_odds, _ = fitting.out_of_source(values[rows], is_ai, cluster, fitting.folds)
    return auc(is_ai, log_odds)


def _control_auc(table: Table, rows: np.ndarray) -> float:
    """Out-of-source AUC of a classifier that sees only size, aspect, bytes, quality and framing of the same files."""
    is_ai, cluster = table.is_ai[rows], table.attribute("cluster")[rows]
    log_odds, _ = fitting.out_of_source(table.facts[rows], is_ai, cluster, fitting.folds)
    return auc(is_ai, log_odds)


def evaluate_model(table: Table, classifier: Classifier) -> dict[str, Any]:
    """Figures of a finished bundle on a labelled table, JSON-ready."""
    conditions = {name: summarise(scored) for name, scored in score_with(classifier, table).items()}
    unmeasured = [{"file": file, "reason": reason} for file, reason in table.unmeasured]
    return {"model": classifier.version, "conditions": conditions, "unmeasured": unmeasured}
