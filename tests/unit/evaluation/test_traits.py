"""Titles, slices and metrics beyond accuracy."""

from __future__ import annotations

from collections.abc import Callable
from math import log2

import numpy as np
import pytest
from support.answering import Open, told_by

from recommender.evaluation.traits import TOP_SLICES, Known
from recommender.evaluation.trec import Run
from recommender.ranking.gini import gini


def story(name: str, day: str | None = None, **fields: object) -> dict[str, object]:
    dated = {"publishedDateTime": day} if day else {}
    return {"id": name, "title": f"Story {name}", **dated, **fields}


@pytest.fixture
def known(small: Open) -> Callable[..., Known]:
    """Return a function that makes a `Known` of articles."""
    return lambda *articles: Known(small(*articles).collection)


def run_of(**lists: str) -> Run:
    """A run with these lists of articles of one letter."""
    return {query: {name: -float(rank) for rank, name in enumerate(names)} for query, names in lists.items()}


def test_an_article_is_found_by_its_id_as_a_run_spells_it(known):
    here = known(story("two words"), story("100%20"))
    assert here.title("two words") == here.title("two%20words") == "Story two words"
    assert here.title("100%20") == "Story 100%20"


def test_the_title_of_an_unknown_article_is_its_id(known):
    here = known(story("a"))
    assert here.article("%zz") is None
    assert here.title("no%20where") == "no%20where"


def test_slices_are_by_month_topic_language_and_provider(known):
    here = known(
        story("a", "2021-04-16T12:00:00Z", topics=["AI", "Law"], language="en", provider={"name": "The Post"}),
        story("b", "2021-12-31T23:30:00-05:00", provider={"domain": "post.example"}),
        story("c"),
    )
    assert here.traits(["a", "b", "c", "nowhere"]) == {
        "month": {"a": ["2021-04"], "b": ["2022-01"]},
        "topic": {"a": ["AI", "Law"], "b": [], "c": []},
        "language": {"a": ["en"]},
        "provider": {"a": ["The Post"], "b": ["post.example"]},
    }


def test_a_topic_that_is_named_twice_or_blank_counts_once_or_not(known):
    here = known(story("a", topics=["AI", " ", "AI", ""]))
    assert here.traits(["a"])["topic"] == {"a": ["AI"]}


def test_only_the_most_frequent_topics_are_slices(known):
    rare, often = [f"rare {number}" for number in range(30)], [f"often {number}" for number in range(TOP_SLICES)]
    here = known(story("a", topics=[*rare, *often]), story("b", topics=often))
    assert here.traits(["a", "b"])["topic"] == {"a": often, "b": often}


def test_coverage_is_the_share_of_articles_in_any_list(known):
    here = known(*map(story, "abcdefgh"))
    assert here.beyond(run_of(a="bcd", b="cd", c=""), ["a", "b", "c", "d"], 2)["coverage"] == 3 / 8


def test_articles_that_the_collection_lacks_cover_nothing(known):
    here = known(story("a"), story("b"))
    beyond = here.beyond(run_of(a="bwxyz"), ["a"], 10)
    assert (beyond["coverage"], beyond["gini"]) == (1 / 2, 1 / 2)


def test_gini_says_how_unequally_articles_are_recommended():
    for counts, total, expected in [
        ([2, 2, 2], 3, 0),
        ([], 3, 0),
        ([6], 3, 2 / 3),
        ([1, 3], 2, 1 / 4),
        ([1, 2, 3], 3, 2 / 9),
        ([5], 100, 0.99),
    ]:
        assert gini(np.array(counts, dtype=np.int64), total) == pytest.approx(expected), counts


def test_gini_is_the_mean_difference_over_twice_the_mean():
    for seed in range(20):
        counts = np.random.default_rng(seed).integers(1, 30, 12)
        every = np.concatenate([counts, np.zeros(seed, dtype=np.int64)])
        expected = np.abs(every[:, None] - every[None]).mean() / (2 * every.mean())
        assert gini(counts, len(every)) == pytest.approx(expected)


def test_gini_of_runs_counts_each_list(known):
    here = known(*map(story, "abcd"))
    assert here.beyond(run_of(a="b", c="b", d="b"), list("abcd"), 10)["gini"] == pytest.approx(3 / 4)


def test_diversity_is_the_mean_distance_between_the_items_of_a_list(small: Open):
    opened = small(*map(story, "abcd"))
    with opened.collection.reading() as view:
        vectors = view.gather(None, "bcd").vectors
    distances = [1 - float(vectors[i] @ vectors[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    # A list with fewer than two known articles has no distance.
    runs = run_of(a="bcd", b="c", c="bx")
    found = Known(opened.collection).beyond(runs, ["a", "b", "c"], 10)
    assert found["diversity"] == pytest.approx(np.mean(distances), abs=1e-6)


def test_novelty_is_high_for_rarely_recommended_items(known):
    here = known(*map(story, "abcd"))
    found = here.beyond(run_of(a="bc", b="c", c="d", d="c"), list("abcd"), 10)
    expected = [log2(4 / lists) for lists in (1, 3, 3, 1, 3)]
    assert found["novelty"] == pytest.approx(np.mean(expected))


def test_age_is_the_median_of_days_that_items_are_older(known):
    here = known(
        story("a", "2021-04-16T12:00:00Z"),
        story("b", "2021-04-15T00:00:00Z"),
        story("c", "2021-04-26T12:00:00Z"),
        story("d", "2021-04-06T12:00:00Z"),
        story("e"),
    )
    assert here.beyond(run_of(a="bcde", e="abc"), ["a", "e"], 10)["age_days"] == 1.5
    assert here.beyond(run_of(a="c"), ["a"], 10)["age_days"] == -10


def test_lists_with_two_copies_of_a_story_are_counted(known):
    here = known(told_by("a", "one.example"), told_by("b", "two.example"), *map(story, "cde"))
    found = here.beyond(run_of(c="adb", d="ac", e="a"), ["c", "d", "e"], 10)
    assert found["duplicates"] == pytest.approx(1 / 3)


def test_only_the_first_of_each_list_count_and_never_the_article_itself(known):
    here = known(*map(story, "abcd"))
    assert here.beyond(run_of(a="abcd"), ["a"], 2) == here.beyond(run_of(a="bc"), ["a"], 2)


@pytest.mark.parametrize("run", [{}, {"a": {}}, run_of(a="xyz")])
def test_lists_without_known_articles_have_0(known, run: Run):
    found = known(story("a"), story("b")).beyond(run, ["a"], 10)
    assert found == dict.fromkeys(["coverage", "gini", "diversity", "novelty", "age_days", "duplicates"], 0)
