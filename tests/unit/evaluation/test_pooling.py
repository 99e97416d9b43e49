"""Pooling of several systems."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.answering import Open

from recommender.errors import NotFoundError
from recommender.evaluation.pooling import SYSTEMS, pool, pool_runs, sample_queries, shuffled
from recommender.related.recommender import Recommender

TITLES = {"q": "Tram to the harbour", "two words": "Tram strike", "c%20": "Harbour fire", "d": "Opera", "e": "Chess"}


@pytest.fixture
def here(small: Open) -> Recommender:
    return small(*({"id": name, "title": title} for name, title in TITLES.items()))


def run_of(**lists: list[str]) -> dict[str, dict[str, float]]:
    return {query: {name: -float(rank) for rank, name in enumerate(names)} for query, names in lists.items()}


def test_a_pool_is_the_union_of_all_scorers_and_additions(here: Recommender):
    for depth in (1, 2):
        found = {name for scorer in SYSTEMS for name in here.rank(["q"], top_k=depth, scorer=scorer)["q"]}
        assert set(pool(here, "q", depth, ["e"])) == found | {"e"}


def test_a_pool_names_each_article_once_and_never_the_query(here: Recommender):
    found = pool(here, "q", 10, ["q", "d", "d"])
    assert sorted(found) == sorted(TITLES.keys() - {"q"})


def test_the_order_of_a_pool_depends_on_the_pairs_alone(here: Recommender):
    whole = pool(here, "q", 10)
    assert pool(here, "q", 10, reversed(whole)) == whole == shuffled("q", sorted(whole))
    one = pool(here, "q", 1)
    assert one == [name for name in whole if name in one]


def test_orders_differ_between_queries_and_from_ranks():
    names = [f"a{number:02}" for number in range(30)]
    orders = [shuffled(query, names) for query in ("q", "r")]
    assert orders[0] != orders[1]
    assert all(sorted(order) == names != order for order in orders)


def test_an_unknown_article_has_no_pool(here: Recommender):
    with pytest.raises(NotFoundError):
        pool(here, "gone", 3)


def test_runs_are_pooled_under_decoded_ids(here: Recommender):
    runs = [run_of(q=["two%20words", "d", "e"]), run_of(q=["c%20", "nowhere"], other=["d"])]
    found = pool_runs(runs, ["q", "d"], 2, here.collection.store)
    assert found == {"q": ["two words", "d", "c%20"]}


def test_queries_are_encoded_to_look_them_up_in_runs(here: Recommender):
    runs = [{"two%20words": {"d": 1.0, "two%20words": 2.0}}]
    assert pool_runs(runs, ["two words"], 1, here.collection.store) == {"two words": ["d"]}


def test_a_sample_barely_changes_with_the_collection(tmp_path: Path):
    names = [f"a{number}" for number in range(500)]
    sample = sample_queries(names, 50)
    assert len(set(sample)) == 50
    assert sample_queries(reversed(names), 50) == sample
    assert sample_queries(sample[1:] + names, 50) != sorted(sample)
    kept = set(sample_queries([*names[5:], "new"], 50)) & set(sample)
    assert len(kept) >= 44
    assert sample_queries(names[:3], 50) == sample_queries(names[:3], 3)
