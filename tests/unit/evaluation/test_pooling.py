"""Pooling of several systems."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.answering import Open

from recommender.errors import NotFoundError
from recommender.evaluation.pooling import (
    SYSTEMS,
    average_overlap,
    pool,
    pool_runs,
    sample_queries,
    shuffled,
    uncertain_first,
)
from recommender.related.recommender import Recommender
from recommender.text import trec_id

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


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [("abc", "abc", 1), ("abc", "def", 0), ("ab", "ba", 0.5), ("abc", "cba", (0 + 1 / 2 + 1) / 3), ("ab", "a", 0.75)],
)
def test_the_overlap_of_lists_weighs_their_tops(first: str, second: str, overlap: float):
    assert average_overlap(first, second) == average_overlap(second, first) == pytest.approx(overlap)


def test_empty_lists_agree():
    assert (average_overlap([], []), average_overlap([], ["a"])) == (1, 0)


def test_what_a_run_disagrees_on_comes_first(here: Recommender):
    names = ["q", "two words", "c%20"]
    default = {name: list(here.rank([name], top_k=2)[name]) for name in names}
    # Where a run says what the default scorer says, it adds agreement; elsewhere it names what nobody finds.
    for odd in names:
        run = {
            trec_id(name): {f"nowhere{rank}" if name == odd else trec_id(found): -float(rank)}
            for name in names
            for rank, found in enumerate(default[name][:1])
        }
        plain, with_run = (uncertain_first(here, names, 2, runs) for runs in ([], [run] * 20))
        assert sorted(plain) == sorted(with_run) == sorted(names)
        assert with_run.index(odd) <= plain.index(odd)
        assert with_run[0] == odd


def test_an_article_about_nothing_else_comes_last(here: Recommender):
    names = ["e", "q", "two words"]
    # So many runs name an article each that no other system finds: on every query nearly all disagree.
    runs = [{trec_id(name): {f"nowhere{number}": 1.0} for name in names} for number in range(10)]
    assert uncertain_first(here, names, 1, runs)[-1] == "e"
