"""Figures about lists: hubs, orphans, and bins of the range that is in use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.related.figures import AGE_EDGES, AGE_LABELS, HUB_TIMES, ListFigures, score_edges


def figures(*lists: list[str], articles: int, scores: list[float] | None = None) -> ListFigures:
    found = ListFigures(articles)
    for items in lists:
        found.count_list(items, scores or [0.99 for _ in items], [None for _ in items], 0, None)
    return found


def test_a_hub_is_in_many_times_as_many_lists_as_an_article_is_on_average():
    # 20 articles, 40 items: two lists an article.
    found = figures(*[["a", f"x{number}"] for number in range(HUB_TIMES * 2)], *[["b", "c"]] * 5, articles=11)
    assert found.items == 22
    assert found.hub_from == HUB_TIMES * 2
    assert found.hubs() == [("a", 6)]
    assert found.most_shown(2) == [("a", 6), ("b", 5)]


def test_where_hardly_anything_is_shown_nothing_is_a_hub():
    assert figures(["a"], ["a"], articles=100).hubs() == []


def test_what_no_list_shows_is_counted():
    found = figures(["a", "b"], ["a"], articles=5)
    assert (found.orphans, found.shown_share) == (3, 0.4)
    assert found.frequency_bins()[:3] == [("never", 3), ("1", 1), ("2 to 3", 1)]


@given(st.lists(st.integers(0, 1_000_000).map(lambda number: number / 1_000_000), min_size=1, max_size=60))
def test_every_score_is_in_the_bin_whose_label_holds_it(scores: list[float]):
    edges = score_edges(np.array(scores))
    assert edges == sorted(set(edges))
    assert edges[0] <= min(scores)
    assert max(scores) < edges[-1] or edges[-1] == 1
    bins = figures(["x"] * len(scores), articles=1, scores=scores).score_bins()
    assert sum(count for _, count in bins) == len(scores)
    assert 1 <= len(bins) <= 16
    # No bin at either end is empty: they are of the range in use.
    assert bins[0][1] > 0
    assert bins[-1][1] > 0


def test_bins_of_percentiles_become_finer_towards_one():
    scores = [0.994, 0.996, 0.998, 0.9985, 0.9991, 0.9998]
    assert figures(["x"] * 6, articles=1, scores=scores).score_bins() == [
        ("0.99 to 0.995", 1),
        ("0.995 to 0.998", 1),
        ("0.998 to 0.999", 2),
        ("0.999 to 0.9995", 1),
        ("0.9995 to 0.9998", 0),
        ("0.9998 to 0.9999", 1),
    ]


def test_bins_of_probabilities_are_of_one_width():
    bins = figures(["x"] * 4, articles=1, scores=[0.32, 0.45, 0.5, 0.71]).score_bins()
    assert bins == [(f"{low / 100:g} to {low / 100 + 0.05:g}", count) for low, count in
                    zip(range(30, 75, 5), [1, 0, 0, 1, 1, 0, 0, 0, 1], strict=True)]  # fmt: skip


def test_an_age_on_an_edge_is_in_the_bin_that_begins_there():
    for age, label in [
        (-365.1, "newer by over a year"),
        (0.0, "within a day"),
        *zip(AGE_EDGES, AGE_LABELS[1:], strict=True),
    ]:
        found = ListFigures(1)
        found.count_list(["x"], [0.5], [age], 0, None)
        assert [name for name, count in found.age_bins() if count] == [label]
        assert found.median_age == pytest.approx(age)
