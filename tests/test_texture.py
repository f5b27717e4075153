"""Ranks, quantiles and boxes are those that NumPy gives, whatever the values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from artifact_check.face import texture

MANY = 20_000
RNG = np.random.default_rng(3)
SHAPES = {
    "sorted": np.arange(MANY),
    "falling": -np.arange(MANY),
    "equal": np.full(MANY, 3),
    "two values": np.tile((0, 1), MANY // 2),
    "heavy tails": RNG.standard_t(2, MANY),
    "some far above": np.where(np.arange(MANY) % 16 == 0, 1e6, RNG.normal(size=MANY)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_values_of_a_rank_are_those_of_the_sorted_values(name):
    values = SHAPES[name].astype(np.float32)
    ranks = (0, 1, MANY // 4, MANY // 2, MANY - 1)
    assert texture.order_statistics(values, ranks) == np.sort(values)[list(ranks)].tolist()


@settings(deadline=None)
@given(arrays(np.float32, st.integers(1, 60), elements=st.floats(-1000, 1000, width=32)), st.floats(0, 1))
def test_quantiles_and_the_median_are_those_of_numpy(values, share):
    assert texture.quantiles(values, [share])[0] == pytest.approx(np.quantile(values.astype(float), share), abs=1e-3)
    assert texture.median(values) == pytest.approx(np.median(values.astype(float)), abs=1e-3)


def test_nothing_has_no_energy_that_is_known():
    assert np.isnan(texture.log_energy(np.zeros(0, np.float32)))


def test_a_box_holds_all_of_a_mask_and_the_margin_that_there_is():
    mask = np.zeros((20, 30), bool)
    mask[1:4, 10:12] = True
    assert texture.bounding_box(mask, 3) == (slice(0, 7), slice(7, 15))


def test_the_box_of_nothing_is_all():
    assert texture.bounding_box(np.zeros((5, 5), bool), 3) == (slice(None), slice(None))
