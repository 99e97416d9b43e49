"""Rankings to compare with judgements, and the lists that readers see as rankings."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support.answering import ACLU, Open, ids, stories, told_by
from support.tuning import hand_made

from recommender.config import RankingSettings, RuleSettings
from recommender.errors import NotFoundError
from recommender.related import recommender as recommender_module
from recommender.related.options import MAX_TOP_K
from recommender.related.recommender import Recommender

COPIES = [told_by("a", "one.example", quality=1), told_by("b", "two.example", quality=9), told_by("c", "three.example")]


def test_ranking_names_every_query_and_never_itself(recommender: Recommender):
    run = recommender.rank(top_k=3)
    stored = [one.article_id for one in recommender.collection.store.articles()]
    assert list(run) == stored
    assert all(len(scores) == 3 and query not in scores for query, scores in run.items())


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_a_ranking_is_sorted_best_first(recommender: Recommender, scorer: str):
    scores = list(recommender.rank([ACLU], scorer=scorer)[ACLU].values())
    assert len(scores) > 20
    assert scores == sorted(scores, reverse=True)


def test_without_hub_control_and_copies_the_default_ranking_is_the_order_of_the_related_articles(site_collection: Path):
    plain = Recommender.open(site_collection, weights=RankingSettings(hubs=0))
    answer = plain.related(ACLU, top_k=MAX_TOP_K, min_score=0)
    assert answer.article.web_url is not None
    collapsed = {copy.article_id for item in answer for copy in item.duplicates}
    ranked = list(plain.rank([answer.article.web_url], top_k=MAX_TOP_K)[ACLU])
    assert [name for name in ranked if name not in collapsed] == ids(answer)
    assert collapsed < set(ranked)
    plain.close()


def test_the_dense_ranking_is_the_exact_cosine_of_the_stored_vectors(recommender: Recommender):
    with recommender.collection.reading() as view:
        names = list(view.ids())
        vectors = np.array([view.profile(name).vector for name in names])
    run = recommender.rank(scorer="dense", top_k=MAX_TOP_K)
    for row, name in enumerate(names):
        cosines = dict(zip(names, (vectors @ vectors[row]).tolist(), strict=True))
        del cosines[name]
        assert run[name] == pytest.approx(cosines, abs=1e-6)
        expected = [cosines[other] for other in run[name]]
        assert np.all(np.diff(expected) <= 1e-6)


def test_the_lexical_ranking_holds_only_articles_that_share_words(small: Open):
    recommender = small(
        {"id": "a", "title": "Zinc tram"}, {"id": "b", "title": "Tram line"}, {"id": "c", "title": "River"}
    )
    assert list(recommender.rank(["a"], scorer="lexical")["a"]) == ["b"]
    assert recommender.rank(["c"], scorer="lexical") == {"c": {}}


def test_an_unknown_query_stops_a_ranking(recommender: Recommender):
    with pytest.raises(NotFoundError, match="nowhere"):
        recommender.rank([ACLU, "nowhere"])


def test_an_article_can_be_asked_about_while_a_ranking_goes_on(small: Open):
    recommender = small(*stories(4))
    ranked = recommender.rank_each(top_k=1)
    try:
        query, scores = next(ranked)
        assert ids(recommender.related(query, top_k=1)) == list(scores)
    finally:
        ranked.close()


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_a_ranking_knows_no_rules(small: Open, scorer: str):
    own = {"relatedRules": {"blocked": ["s1"], "pinned": ["s3"]}}
    plain = small(*stories(6)).rank(scorer=scorer)
    rules = {"blocked": ["s2"], "pinned": {"s4": ["s0", "nowhere"]}, "topics": ["Law"], "min_quality": 5}
    assert small(*[{**story, **own} for story in stories(6)], rules=rules).rank(scorer=scorer) == plain


def test_a_ranking_knows_no_minimum_no_diversity_and_no_cap(site_collection: Path, recommender: Recommender):
    strict = Recommender.open(site_collection, weights=RankingSettings(min_score=1, diversity=1, max_per_provider=1))
    assert strict.rank([ACLU], top_k=MAX_TOP_K) == recommender.rank([ACLU], top_k=MAX_TOP_K)
    strict.close()


def test_a_ranking_holds_copies_of_the_query_and_of_one_another(small: Open):
    recommender = small(*COPIES, *stories(2))
    assert sorted(recommender.rank(["a"])["a"]) == ["b", "c", "s0", "s1"]
    assert sorted(recommender.rank(["s0"])["s0"]) == ["a", "b", "c", "s1"]


def test_a_ranking_knows_no_hubs(site_collection: Path, recommender: Recommender):
    for hubs in (0, 5):
        weighted = Recommender.open(site_collection, weights=RankingSettings(hubs=hubs))
        assert weighted.rank([ACLU], top_k=MAX_TOP_K) == recommender.rank([ACLU], top_k=MAX_TOP_K)
        weighted.close()


# The lists that readers see.


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_as_shown_a_ranking_is_the_list_of_each_article_counted_down(recommender: Recommender, scorer: str):
    for name, scores in list(recommender.rank(top_k=4, scorer=scorer, as_shown=True).items())[::6]:
        assert list(scores) == ids(recommender.related(name, top_k=4, scorer=scorer))
        assert list(scores.values()) == list(range(len(scores), 0, -1))


def test_as_shown_every_article_is_named_even_with_an_empty_list(recommender: Recommender):
    shown = recommender.rank(as_shown=True)
    assert list(shown) == [one.article_id for one in recommender.collection.store.articles()]
    assert shown["_news/fisher-rib-hat-in-two-evenings"] == {}


def test_as_shown_the_minimum_the_rules_and_the_copies_count(small: Open):
    rules = {"blocked": ["s1"], "pinned": {"s0": ["s2"]}}
    shown = small(*COPIES, *stories(4), rules=rules).rank(as_shown=True)
    assert next(iter(shown["s0"])) == "s2"
    assert sorted(shown["s0"]) == ["b", "s2", "s3"]
    assert sorted(shown["a"]) == ["s0", "s2", "s3"]
    assert small(*stories(4), ranking={"min_score": 1}).rank(as_shown=True) == {f"s{n}": {} for n in range(4)}


def test_as_shown_an_articles_own_rules_count(small: Open):
    first, *others = stories(4)
    shown = small({**first, "relatedRules": {"blocked": ["s1"], "pinned": ["s3"]}}, *others).rank(as_shown=True)
    assert list(shown["s0"]) == ["s3", "s2"]
    assert "s1" in shown["s2"]


def test_as_shown_diversity_and_the_cap_count(site_collection: Path):
    weights = RankingSettings(diversity=0.5, max_per_provider=1, min_score=0)
    settled = Recommender.open(site_collection, weights=weights)
    shown = settled.rank([ACLU], top_k=8, as_shown=True)[ACLU]
    assert list(shown) == ids(settled.related(ACLU, top_k=8))
    settled.close()
    plain = Recommender.open(site_collection, weights=RankingSettings(min_score=0))
    assert list(shown) != list(plain.rank([ACLU], top_k=8, as_shown=True)[ACLU])
    plain.close()


def test_as_shown_hubs_are_held_back(site_collection: Path):
    lists = []
    for hubs in (0, 1):
        weighted = Recommender.open(site_collection, weights=RankingSettings(hubs=hubs, min_score=0))
        lists.append(list(weighted.rank([ACLU], top_k=MAX_TOP_K, as_shown=True)[ACLU]))
        parts = {item.article_id: item.parts for item in weighted.related(ACLU, top_k=MAX_TOP_K)}
        weighted.close()
    plain, controlled = lists
    assert sorted(plain) == sorted(controlled)
    hub = min(parts, key=lambda name: parts[name]["hubs"])
    loner = max(parts, key=lambda name: parts[name]["hubs"])
    assert controlled.index(hub) > plain.index(hub)
    assert controlled.index(loner) < plain.index(loner)


def test_as_shown_rules_given_at_opening_count(site_collection: Path, recommender: Recommender):
    best, second, *_ = recommender.rank([ACLU], as_shown=True)[ACLU]
    ruled = Recommender.open(site_collection, rules=RuleSettings(blocked=(best,)))
    assert next(iter(ruled.rank([ACLU], as_shown=True)[ACLU])) == second
    ruled.close()


@pytest.mark.parametrize("as_shown", [False, True])
def test_several_processes_rank_as_one_does(site_collection: Path, monkeypatch: pytest.MonkeyPatch, as_shown: bool):
    monkeypatch.setattr(recommender_module, "MANY", 1)
    weights, rules = RankingSettings(cosine=2.5), RuleSettings(blocked_topics=("Microsoft",))
    with closing(Recommender.open(site_collection, weights=weights, rules=rules)) as opened:
        alone, beside = (dict(opened.rank_each(top_k=7, as_shown=as_shown, workers=workers)) for workers in (1, 3))
    assert beside == alone
    assert list(beside) == list(alone)


def test_several_processes_rank_by_a_scorer_that_was_read(site_collection: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recommender_module, "MANY", 1)
    with closing(Recommender.open(site_collection)) as opened:
        scorer = hand_made(features=("cosine",), encoder=opened.collection.store.recorded_encoding().fingerprint)
        alone, beside = (dict(opened.rank_each(top_k=5, scorer=scorer, workers=workers)) for workers in (1, 2))
    assert beside == alone
