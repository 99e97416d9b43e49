"""Of copies one stays: the best, then the newest, then the first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from recommender.ranking.duplicates import collapse

UNKNOWN = math.nan


def stays(
    groups: Sequence[int],
    qualities: Sequence[float] | None = None,
    days: Sequence[float] | None = None,
) -> list[int]:
    """Which candidate each one gives way to; what is not said is unknown, and the order is that of the places."""
    count = len(groups)
    found = collapse(
        np.array(groups, dtype=np.int64),
        np.array([UNKNOWN] * count if qualities is None else qualities, dtype=np.float32),
        np.array([UNKNOWN] * count if days is None else days, dtype=np.float64),
    )
    assert found.dtype == np.int64
    return found.tolist()


def test_what_has_no_copy_stays():
    assert stays([3, 1, 2]) == [0, 1, 2]


def test_copies_give_way_to_the_one_of_the_highest_quality():
    assert stays([1, 1, 1], qualities=[5, 9, 7], days=[3, 1, 2]) == [1, 1, 1]


def test_of_equally_good_copies_the_newest_stays():
    assert stays([1, 1, 1], qualities=[5, 5, 5], days=[1, 2.5, 2]) == [1, 1, 1]


def test_of_copies_that_are_equally_good_and_new_the_first_stays():
    assert stays([1, 1, 1], qualities=[5, 5, 5], days=[2, 2, 2]) == [0, 0, 0]
    assert stays([3, 1, 3, 1], qualities=[4, 5, 5, 5], days=[2, 2, 2, 2]) == [2, 1, 2, 1]


def test_an_unknown_quality_is_lower_than_any():
    assert stays([1, 1], qualities=[UNKNOWN, -1e30], days=[9, 1]) == [1, 1]


def test_an_unknown_date_is_older_than_any():
    assert stays([1, 1], qualities=[5, 5], days=[UNKNOWN, -10_000]) == [1, 1]


def test_where_nothing_is_known_the_first_stays():
    assert stays([1, 1, 1]) == [0, 0, 0]
    assert stays([2, 1, 2, 1]) == [0, 1, 0, 1]


def test_copies_of_unknown_quality_are_told_apart_by_their_dates():
    assert stays([1, 1], days=[1, 2]) == [1, 1]


def test_each_group_keeps_one_wherever_its_members_stand():
    groups = [5, 2, 5, 8, 2, 5]
    assert stays(groups, qualities=[1, 4, 3, 9, 2, 2]) == [2, 1, 2, 3, 1, 2]


def test_a_better_one_of_another_group_changes_nothing():
    assert stays([1, 2, 1], qualities=[3, 100, 2]) == [0, 1, 0]


def test_nothing_collapses_to_nothing():
    assert stays([]) == []


def test_a_single_one_stays():
    assert stays([4]) == [0]
