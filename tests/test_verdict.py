"""`decide`: one verdict from a score and from what else is known of a photo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_check.model.verdict import Decision, Thresholds, decide

THRESHOLDS = Thresholds(likely_ai=0.8, likely_authentic=0.2, agreement=0.75, agreeing_cues=2, min_cues=2)
SUSPICIOUS = {"a": 0.9, "b": 0.8}
CALM = {"a": 0.1, "b": 0.2}


@pytest.mark.parametrize(
    ("p_ai", "scores", "verdict"),
    [
        (0.8, SUSPICIOUS, "likely_ai"),
        (0.79, SUSPICIOUS, "inconclusive"),
        (0.9, {"a": 0.9, "b": 0.74}, "inconclusive"),  # one cue alone calls nothing AI
        (0.9, {"a": 0.75, "b": 0.75}, "likely_ai"),
        (0.2, CALM, "likely_authentic"),
        (0.21, CALM, "inconclusive"),
        (0.1, SUSPICIOUS, "likely_authentic"),
        (0.9, {"a": 0.9}, None),  # too few cues could see
        (0.5, {}, None),
    ],
)
def test_the_verdict_follows_from_the_score_and_from_agreeing_cues(p_ai, scores, verdict):
    assert decide(p_ai, scores, THRESHOLDS).verdict == verdict


@pytest.mark.parametrize(("p_ai", "scores"), [(0.9, SUSPICIOUS), (0.1, CALM)])
def test_an_unfamiliar_or_painted_face_is_inconclusive(p_ai, scores):
    expected = Decision("inconclusive", assessed=True, unfamiliar=True)
    assert decide(p_ai, scores, THRESHOLDS, unfamiliar=True) == expected
    assert decide(p_ai, scores, THRESHOLDS, painted=lambda: True) == expected


def test_a_covered_face_is_not_assessed_whatever_its_score():
    assert decide(0.9, SUSPICIOUS, THRESHOLDS, hidden=True) == Decision(None, assessed=False, unfamiliar=False)


def test_what_the_file_declares_comes_first():
    assert decide(0.1, CALM, THRESHOLDS, declared_ai=True) == Decision("declared_ai", assessed=True, unfamiliar=False)
    assert decide(0.1, {}, THRESHOLDS, declared_ai=True) == Decision("declared_ai", assessed=False, unfamiliar=False)
    assert decide(0.1, CALM, THRESHOLDS, hidden=True, declared_ai=True).assessed is False


def test_a_painting_is_looked_for_only_where_it_would_change_the_verdict():
    def painted():
        raise AssertionError("asked for nothing")

    assert decide(0.5, CALM, THRESHOLDS, painted=painted).verdict == "inconclusive"
    assert decide(0.9, SUSPICIOUS, THRESHOLDS, painted=painted, hidden=True).verdict is None
    assert decide(0.9, SUSPICIOUS, THRESHOLDS, painted=painted, unfamiliar=True).verdict == "inconclusive"


SHARES = st.floats(0, 1)


@given(SHARES, SHARES, st.dictionaries(st.sampled_from("abcd"), SHARES))
def test_a_higher_score_is_never_judged_less_suspicious(one, other, scores):
    order = ["likely_authentic", "inconclusive", "likely_ai"]
    low, high = (decide(p_ai, scores, THRESHOLDS).verdict for p_ai in sorted((one, other)))
    assert (low is None) == (high is None) == (len(scores) < THRESHOLDS.min_cues)
    assert low is None or order.index(low) <= order.index(high)


@given(SHARES, st.dictionaries(st.sampled_from("abcd"), SHARES, min_size=2))
def test_each_verdict_keeps_to_its_threshold_and_to_agreement(p_ai, scores):
    agreeing = [share for share in scores.values() if share >= THRESHOLDS.agreement]
    verdict = decide(p_ai, scores, THRESHOLDS).verdict
    if verdict == "likely_ai":
        assert p_ai >= 0.8
        assert len(agreeing) >= 2
    elif verdict == "likely_authentic":
        assert p_ai <= 0.2
    else:
        assert p_ai > 0.2
        assert p_ai < 0.8 or len(agreeing) < 2
