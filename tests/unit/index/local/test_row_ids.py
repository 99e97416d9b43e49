"""The greatest of many values."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.index.local.row_ids import largest


def expected(values, count):
    return np.sort(np.argsort(-values, kind="stable")[:count]).tolist()


@pytest.mark.parametrize("count", [0, 1, 7, 200, 19_999, 20_000, 30_000])
@pytest.mark.parametrize("different", [1, 2, 30, 1_000_000])
def test_the_greatest_are_found_and_of_ties_the_first(count, different):
    # Few different values make ties, at the last place and within what is sampled.
    for size in (0, 1, 300, 20_000):
        values = np.random.default_rng(size + different).integers(0, different, size).astype(np.float32)
        assert largest(values, count).tolist() == expected(values, count)


def test_a_sample_that_has_none_of_the_greatest_hides_none():
    values = np.zeros(50_000)
    values[1:4000:2] = np.arange(2000)  # none at the places of the sample
    assert largest(values, 300).tolist() == expected(values, 300)
    values = -values
    assert largest(values, 300).tolist() == expected(values, 300)


def test_at_least_none_is_found():
    assert largest(np.ones(3), -1).tolist() == []


def test_a_sample_that_has_only_the_greatest_hides_none_of_the_others():
    values = np.zeros(50_000)
    values[:: 50_000 // 4096] = 10  # at the places of the sample
    assert largest(values, 5_000).tolist() == expected(values, 5_000)
