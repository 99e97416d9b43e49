"""MMR against lists worked out by hand, and the cap per owner."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from recommender.errors import ShapeError
from recommender.ranking.diversity import rerank_mmr

TWINS_AND_A_STRANGER = [[1, 0, 0], [0.96, 0.28, 0], [0, 0, 1]]


def rerank(
    relevance: Sequence[float],
    top_k: int,
    diversity: float = 0.0,
    vectors: Sequence[Sequence[float]] | None = None,
    **options: Sequence[int] | Sequence[bool] | int,
) -> list[int]:
    """The places chosen; where vectors do not matter there are none."""
    rows = np.zeros((len(relevance), 0)) if vectors is None else np.array(vectors)
    arrays = {name: value if isinstance(value, int) else np.array(value) for name, value in options.items()}
    found = rerank_mmr(rows.astype(np.float32), np.array(relevance, dtype=float), top_k, diversity, **arrays)
    assert found.dtype == np.int64
    return found.tolist()


def test_without_diversity_the_most_relevant_come_first():
    assert rerank([0.2, 0.9, -0.5, 0.4], 4) == [1, 3, 0, 2]


def test_of_equally_relevant_ones_the_lower_place_comes_first():
    assert rerank([0.5, 0.9, 0.5, 0.9], 4) == [1, 3, 0, 2]


def test_one_that_is_like_a_chosen_one_gives_way_to_one_that_is_not():
    # After the first: 0.5 * 0.9 - 0.5 * 0.96 against 0.5 * 0.5 - 0.5 * 0.
    assert rerank([1, 0.9, 0.5], 3, 0.5, TWINS_AND_A_STRANGER) == [0, 2, 1]


def test_a_little_diversity_leaves_what_is_much_more_relevant_where_it_is():
    # After the first: 0.8 * 0.9 - 0.2 * 0.96 against 0.8 * 0.5.
    assert rerank([1, 0.9, 0.5], 3, 0.2, TWINS_AND_A_STRANGER) == [0, 1, 2]


def test_the_first_is_the_most_relevant_one_however_diverse_the_list():
    for diversity in [0.0, 0.3, 1.0]:
        assert rerank([0.5, 0.9, 1], 1, diversity, TWINS_AND_A_STRANGER) == [2], diversity


def test_with_full_diversity_relevance_counts_for_the_first_alone():
    assert rerank([1, 0.9, -5], 3, 1.0, TWINS_AND_A_STRANGER) == [0, 2, 1]


def test_what_counts_is_the_nearest_chosen_one_and_not_all_of_them_together():
    # The third is half near to both chosen ones, the fourth nearer to one of them.
    vectors = [[1, 0, 0], [0, 1, 0], [0.6, 0.6, math.sqrt(0.28)], [0.7, 0, math.sqrt(0.51)]]
    assert rerank([1, 0.9, 0.1, 0.1], 4, 1.0, vectors) == [0, 1, 2, 3]


def test_an_opposite_is_newer_than_what_has_nothing_in_common():
    assert rerank([1, 0.5, 0.5], 3, 0.5, [[1, 0], [0, 1], [-1, 0]]) == [0, 2, 1]


def test_equal_vectors_of_equal_relevance_come_in_the_order_of_their_places():
    # In so many dimensions a matrix product gives equal rows sums that differ in their last bits.
    rows = np.random.default_rng(0).normal(size=(2, 384))
    query, copy = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert rerank([1.0, 0.5, 0.5], 3, 0.5, np.stack([query, copy, copy]).tolist()) == [0, 1, 2]


def test_nothing_is_chosen_twice_even_of_what_has_no_relevance_at_all():
    assert rerank([1, -math.inf], 2) == [0, 1]


def test_as_many_as_there_are_come_where_more_are_wanted():
    assert rerank([0.1, 0.2, 0.3], 10, 0.5, TWINS_AND_A_STRANGER) == [2, 1, 0]


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_none_come_where_none_are_wanted(diversity: float):
    assert rerank([0.1, 0.2, 0.3], 0, diversity, TWINS_AND_A_STRANGER) == []


def test_no_candidates_give_an_empty_list():
    for diversity in [0.0, 0.5, 1.0]:
        chosen = rerank([], 3, diversity, np.empty((0, 4)).tolist(), first=[], owners=[], max_per_owner=1)
        assert chosen == [], diversity


def test_the_first_ones_are_chosen_before_all_others():
    assert rerank([0.9, 0.1, 0.8, 0.2], 4, first=[False, True, False, True]) == [3, 1, 0, 2]


def test_the_first_ones_are_diverse_among_themselves():
    vectors = [[0, 1, 0], *TWINS_AND_A_STRANGER]
    assert rerank([1, 0.9, 0.8, 0.4], 4, 0.5, vectors, first=[False, True, True, True]) == [1, 3, 2, 0]


def test_others_are_measured_against_the_first_ones():
    # The only first one is like the second, which the third overtakes for it.
    vectors = [*TWINS_AND_A_STRANGER]
    assert rerank([0.1, 0.9, 0.8], 3, 0.5, vectors, first=[True, False, False]) == [0, 2, 1]


def test_first_ones_that_nobody_is_change_nothing():
    assert rerank([0.2, 0.9, 0.4], 3, first=[False] * 3) == rerank([0.2, 0.9, 0.4], 3)


def test_of_one_owner_no_more_than_the_cap_are_chosen():
    assert rerank([0.9, 0.8, 0.7, 0.6, 0.5], 5, owners=[7, 7, 7, 8, 8], max_per_owner=2) == [0, 1, 3, 4]


def test_the_places_that_a_cap_frees_go_to_the_next():
    assert rerank([0.9, 0.8, 0.7, 0.6], 2, owners=[7, 7, 7, 8], max_per_owner=1) == [0, 3]


def test_what_is_nobodys_is_not_capped():
    assert rerank([0.9, 0.8, 0.7], 3, owners=[0, 0, 0], max_per_owner=1) == [0, 1, 2]


def test_a_cap_of_nought_is_none():
    assert rerank([0.9, 0.8, 0.7], 3, owners=[7, 7, 7], max_per_owner=0) == [0, 1, 2]


def test_a_cap_without_owners_is_none():
    assert rerank([0.9, 0.8, 0.7], 3, max_per_owner=1) == [0, 1, 2]


def test_the_cap_holds_for_the_first_ones_too():
    chosen = rerank([0.1, 0.2, 0.9, 0.8], 4, first=[True, True, False, False], owners=[7, 7, 7, 8], max_per_owner=1)
    assert chosen == [1, 3]


def test_the_cap_holds_in_a_diverse_list():
    assert rerank([1, 0.9, 0.5], 3, 0.5, TWINS_AND_A_STRANGER, owners=[7, 8, 7], max_per_owner=1) == [0, 1]


def test_owners_are_told_apart_by_all_of_their_64_bits():
    near = np.array([2**64 - 1, 2**64 - 2], dtype=np.uint64)
    found = rerank_mmr(np.zeros((2, 0), np.float32), np.array([0.9, 0.8]), 2, 0.0, owners=near, max_per_owner=1)
    assert found.tolist() == [0, 1]


def test_nothing_that_is_handed_in_is_changed():
    vectors, relevance = np.array(TWINS_AND_A_STRANGER, dtype=np.float32), np.array([0.1, 0.9, 0.8])
    first, owners = np.array([True, False, False]), np.array([7, 7, 8])
    given = (vectors, relevance, first, owners)
    before = [array.copy() for array in given]
    rerank_mmr(vectors, relevance, 3, 0.5, first=first, owners=owners, max_per_owner=1)
    assert all(np.array_equal(array, copy) for array, copy in zip(given, before, strict=True))


def test_arrays_of_different_lengths_are_refused_by_name():
    for name, given, message in [
        ("vectors", np.zeros((2, 4), np.float32), "2 vectors for 3 values of relevance; expected the same number"),
        ("first", np.ones(4, dtype=bool), "4 first for 3 values of relevance; expected the same number"),
        ("owners", np.array([1, 2]), "2 owners for 3 values of relevance; expected the same number"),
    ]:
        arrays = {"vectors": np.zeros((3, 4), np.float32), name: given}
        with pytest.raises(ShapeError) as caught:
            rerank_mmr(arrays.pop("vectors"), np.ones(3), 2, 0.5, max_per_owner=1, **arrays)
        assert str(caught.value) == message, name
