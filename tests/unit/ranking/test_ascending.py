"""Searches in ascending arrays, and the beginnings of runs."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.ascending import begins, locate


@pytest.mark.parametrize("known", [[], [5], [1, 3, 3, 7], list(range(0, 40, 3))])
def test_what_is_there_is_found_and_nothing_else(known: list[int]):
    ascending, wanted = np.array(known, dtype=np.uint64), np.arange(45, dtype=np.uint64)
    places, there = locate(ascending, wanted)
    assert there.tolist() == np.isin(wanted, ascending).tolist()
    assert (ascending[places[there]] == wanted[there]).all()


def test_nothing_wanted_is_nothing_found():
    places, there = locate(np.array([1, 2]), np.empty(0, dtype=np.int64))
    assert (len(places), len(there)) == (0, 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], []), ([0], [True]), ([4, 4, 5, 5, 5, 9], [True, False, True, False, False, True])],
)
def test_a_run_begins_where_a_value_differs_from_the_one_before(values: list[int], expected: list[bool]):
    assert begins(np.array(values, dtype=np.int64)).tolist() == expected
