"""The recommender with a filter: which of the related articles may be shown."""

from __future__ import annotations

import pytest
from support.answering import ACLU, REUTERS, Open, ids, stories

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.related.options import MAX_TOP_K
from recommender.related.recommender import Recommender


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_an_empty_filter_changes_nothing(recommender: Recommender, scorer: str):
    for reference in (ACLU, REUTERS):
        plain = recommender.related(reference, top_k=20, scorer=scorer, min_score=0)
        # Unknown features are NaN, which equals nothing.
        assert repr(recommender.related(reference, top_k=20, scorer=scorer, min_score=0, where={}, exclude=[])) == repr(
            plain
        )


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_a_filter_leaves_out_and_changes_nothing_else(recommender: Recommender, scorer: str):
    everything = recommender.related(ACLU, top_k=MAX_TOP_K, scorer=scorer, min_score=0)
    # With their copies, one of which would else come in the place of the one that is dropped.
    dropped = frozenset(
        name for item in everything[::3] for name in (item.article_id, *(copy.article_id for copy in item.duplicates))
    )
    kept = recommender.related(ACLU, top_k=MAX_TOP_K, scorer=scorer, min_score=0, exclude=sorted(dropped))
    assert [item.to_json() for item in kept] == [
        item.to_json() for item in everything if item.article_id not in dropped
    ]


def test_what_is_shown_passes_the_filter(recommender: Recommender):
    asked = recommender.related(ACLU).article
    assert asked.published_date_time is not None
    answer = recommender.related(ACLU, top_k=50, min_score=0, after="P30D")
    assert 0 < len(answer) < recommender.collection.store.count() - 1
    for item in answer:
        assert item.article.published_date_time is not None
        assert (asked.published_date_time - item.article.published_date_time).days < 30


def test_the_places_that_a_filter_frees_are_taken_by_the_next_best(small: Open):
    copies = [{"id": f"t{n}", "title": "Tram to the harbour", "type": "odd" if n % 2 else "even"} for n in range(8)]
    recommender = small({"id": "query", "title": "Another tram"}, *copies)
    assert ids(recommender.related("query", top_k=2, where={"type": ["ODD"]}, exclude=["t3"])) == ["t1", "t5"]


def test_a_filter_that_nothing_passes_gives_an_empty_answer(small: Open):
    assert ids(small(*stories(4)).related("s0", where={"type": ["nowhere"]})) == []


def test_an_article_that_does_not_pass_can_be_asked_about(small: Open):
    recommender = small(*stories(4))
    assert sorted(ids(recommender.related("s0", exclude=["s0", "s2"]))) == ["s1", "s3"]


def test_a_minimum_counts_under_a_filter_too(recommender: Recommender):
    everything = recommender.related(ACLU, top_k=100, min_score=0, exclude=[REUTERS])
    middle = everything[len(everything) // 2].score
    shown = recommender.related(ACLU, top_k=100, min_score=middle, exclude=[REUTERS])
    assert {item.article_id for item in everything if item.score >= middle} <= set(ids(shown))
    assert all(item.score >= middle for item in shown)


def test_an_unstored_article_is_asked_about_with_a_filter(small: Open):
    recommender = small(*stories(3))
    draft = Article(title="Story 1", published_date_time="2021-04-16")
    assert ids(recommender.related(draft, exclude=["s1"])) != []
    assert ids(recommender.related(draft, after="P30D")) == []


def test_an_age_is_refused_where_the_article_asked_about_has_no_date(small: Open):
    with pytest.raises(ConfigError, match="the article asked about has none"):
        small(*stories(2)).related("s0", before="P1D")
