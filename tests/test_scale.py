"""Where a value lies among those of camera photos, in five steps."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from artifact_check.results import MeasureResult, Scale
from artifact_check.scale import describe, distance_outside, scale_step


def measured(value: float | None, typical=(10.0, 20.0), scale: Scale = "amount", name="width of stripes"):
    return MeasureResult("zebra_stripes", value, "cm", typical, "either", "Stripes.", name=name, scale=scale)


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (4.9, "much less than in camera photos"),
        (5.0, "less than in most camera photos"),
        (9.9, "less than in most camera photos"),
        (10.0, "as in most camera photos"),
        (20.0, "as in most camera photos"),
        (20.1, "more than in most camera photos"),
        (25.0, "more than in most camera photos"),
        (25.1, "much more than in camera photos"),
    ],
)
def test_a_step_is_much_from_half_the_width_outside_the_range(value, step):
    assert scale_step(measured(value)) == step


def test_learned_measures_come_closer_to_ai_photos_and_patterns_only_differ():
    values = (0.0, 9.0, 15.0, 21.0, 30.0)
    assert [scale_step(measured(value, scale="likeness")) for value in values] == [
        "much further from AI photos than most camera photos",
        "further from AI photos than most camera photos",
        "as in most camera photos",
        "closer to AI photos than most camera photos",
        "much closer to AI photos than most camera photos",
    ]
    assert [scale_step(measured(value, scale="difference")) for value in values] == [
        "very different from camera photos",
        "different from most camera photos",
        "as in most camera photos",
        "different from most camera photos",
        "very different from camera photos",
    ]


def test_a_range_without_width_does_not_tell_how_far():
    steps = [scale_step(measured(value, (0.0, 0.0))) for value in (-1e9, 0.0, 1e-9, 1e9)]
    less, as_most, *more = steps
    assert (less, as_most) == ("less than in most camera photos", "as in most camera photos")
    assert set(more) == {"more than in most camera photos"}


@pytest.mark.parametrize("unknown", [measured(None), measured(math.nan), measured(math.inf), measured(1.0, None)])
def test_what_is_not_known_has_a_name_and_no_step(unknown):
    assert (scale_step(unknown), distance_outside(unknown)) == ("", 0.0)
    assert describe(unknown) == "Width of stripes"


def test_a_measure_without_a_name_is_not_described():
    assert describe(measured(15.0)) == "Width of stripes: as in most camera photos"
    assert describe(measured(15.0, name="")) == ""


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1e9), st.sampled_from(get_args(Scale)))
def test_inside_is_as_in_most_and_outside_is_not(value, low, width, scale):
    assume(math.isfinite(low + width))
    measure = measured(value, (low, low + width), scale)

    inside = low <= value <= low + width
    assert (scale_step(measure) == "as in most camera photos") == inside == (distance_outside(measure) == 0)
    if scale == "amount" and not inside:
        assert ("less" in scale_step(measure)) == (value < low)
