"""Numbers as places on charts: whatever the numbers, bars add up, stay in sight and never point the wrong way."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from test_report import judged, unjudged, zebra

from artifact_check.report.drawing.charts import histogram, marker_position, waterfall
from artifact_check.report.drawing.legend import BAND
from artifact_check.results import MeasureResult

# Not so large that `p_ai` is as good as certain, where log-odds have no bounds.
contributions = st.lists(st.integers(-250, 250).map(lambda parts: parts / 100), min_size=1, max_size=7)
starts = st.sampled_from([-2.0, -0.1, 0.1, 1.5])


def of(start: float, added: list[float]):
    """A report whose log-odds are a start plus what each cue adds."""
    p_ai = 1 / (1 + math.exp(-(start + sum(added))))
    return judged(p_ai=p_ai, cues=tuple(zebra(name=f"cue {n}", contribution=part) for n, part in enumerate(added)))


@given(starts, contributions)
def test_a_waterfall_begins_at_the_start_and_ends_at_the_score(start, added):
    report = of(start, added)

    steps = waterfall(report)

    assert steps[-1].score == report.authenticity
    assert abs(steps[0].score - 100 / (1 + math.exp(start))) <= 0.5 + 1e-6
    assert [step.added for step in steps] == [None, *sorted(added, key=abs, reverse=True)]


@given(starts, contributions)
def test_a_waterfalls_bars_join_and_go_left_for_ai(start, added):
    steps = waterfall(of(start, added))

    assert min(step.left for step in steps) == pytest.approx(0, abs=1e-6)
    assert max(step.right for step in steps) <= 100 + 1e-6
    end = steps[0].left if start > 0 else steps[0].right
    for step in steps[1:]:
        begin, stop = (step.right, step.left) if step.added > 0 else (step.left, step.right)
        assert begin == pytest.approx(end, abs=1e-6)
        end = stop


def test_what_has_no_score_has_no_waterfall_and_no_place_in_the_histogram():
    reports = [unjudged("no_face"), judged(p_ai=float("nan"))]

    assert [waterfall(report) for report in reports] == [(), ()]
    assert sum(bin_.photos for bin_ in histogram(reports[:1])) == 0


def test_a_waterfall_of_certainty_is_finite():
    for p_ai in (0.0, 1.0):
        steps = waterfall(judged(p_ai=p_ai))
        assert all(math.isfinite(value) for step in steps for value in (step.left, step.right))
        assert steps[-1].score == 100 * (1 - p_ai)


@given(st.lists(st.integers(0, 100)))
def test_a_histogram_counts_every_score_once_in_its_tens(scores):
    bins = histogram([judged(p_ai=1 - score / 100) for score in scores])

    assert [bin_.photos for bin_ in bins] == [sum(bin_.low <= score <= bin_.high for score in scores) for bin_ in bins]
    assert (bins[0].low, bins[-1].high) == (0, 100)
    assert sum(bin_.photos for bin_ in bins) == len(scores)


def test_a_histogram_tells_verdicts_apart():
    (first, *_) = histogram([judged(p_ai=0.99), judged(p_ai=0.95, verdict="declared_ai"), judged(p_ai=0.98)])

    assert first.counts == {"likely_ai": 2, "declared_ai": 1}


def measured(value: float | None, typical=(2.0, 4.0)) -> MeasureResult:
    return MeasureResult("zebra", value, "", typical, "either", "Stripes.")


def test_a_mark_lies_in_the_band_just_where_the_value_is_typical():
    low, high = (100 * end for end in BAND)

    assert [marker_position(measured(value)) for value in (2.0, 3.0, 4.0)] == [low, 50, high]
    assert marker_position(measured(1.9)) < low
    assert marker_position(measured(4.1)) > high


@given(st.floats(-1e9, 1e9), st.floats(-1e3, 1e3), st.floats(0, 1e3))
def test_a_mark_never_leaves_its_bar(value, low, width):
    assume(low + width > low)
    assert 0 < marker_position(measured(value, (low, low + width))) < 100


@pytest.mark.parametrize(
    "measure", [measured(None), measured(3.0, None), measured(float("nan")), measured(3.0, (3.0, 3.0))]
)
def test_what_cannot_be_compared_has_no_mark(measure):
    with pytest.raises(ValueError, match="zebra"):
        marker_position(measure)
