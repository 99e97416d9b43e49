"""How one list is chosen: the minimum, hub control, languages, and what became of every candidate, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.answering import ACLU, REUTERS, Open, ids, stories, told_by

from recommender.config import RankingSettings, RuleSettings
from recommender.errors import ConfigError
from recommender.related.answer import RelatedArticles
from recommender.related.recommender import Recommender
from recommender.related.scoring import Ranking

ELBMARK = "_news/2021-03-09-elbmark-picks-freiberg-for-power-chip-fab"
RETINA_SPANISH_UNMARKED = "_news/2021-05-14-revisar-la-retina-sin-viajar-a-sevilla"


def fates(answer: RelatedArticles) -> dict[str, str]:
    """What became of each candidate; each is told of once."""
    assert answer.considered is not None
    found = {candidate.article_id: candidate.fate for candidate in answer.considered}
    assert len(found) == len(answer.considered)
    return found


def shown(answer: RelatedArticles) -> str:
    """The answer without what an explanation adds; unknown features are NaN, which equals nothing."""
    return repr((answer.items, answer.duplicates, answer.notes, answer.revision, answer.scorer))


def ranking_of(recommender: Recommender, weights: RankingSettings | None = None) -> Ranking:
    with recommender.collection.reading() as view:
        return Ranking(view.samples(), view.encoding, weights or RankingSettings())


# Scorers and the minimum.


def test_the_minimum_is_by_the_size_of_the_collection_where_none_is_set(recommender: Recommender):
    assert ranking_of(recommender).min_score("default") == pytest.approx(1 - 1.2 / 82)
    assert ranking_of(recommender, RankingSettings(min_score=0.5)).min_score("default") == 0.5
    assert ranking_of(recommender, RankingSettings(min_score=0)).min_score("default") == 0


def test_an_article_that_has_nothing_in_common_with_any_other_gets_no_list_and_is_told_why(small: Open):
    # The vectors mean nothing, so those of unrelated texts are as near as any.
    answer = small(*stories(60), ranking={}).related("s0", explain=True)
    assert ids(answer) == []
    assert answer.empty_because == "nothing is related enough"
    assert set(fates(answer).values()) == {"the article has too little in common with any other"}


@pytest.mark.parametrize("always", [0, 1, 3])
def test_a_list_has_as_many_items_as_always_wanted(small: Open, always: int):
    recommender = small(*stories(60), ranking={"always": always})
    assert len(recommender.related("s0", top_k=5)) == always
    assert len(recommender.related("s0", top_k=2)) == min(2, always)
    assert ids(recommender.related("s0", top_k=5)) == ids(recommender.related("s0", top_k=5, min_score=0))[:always]


def test_a_minimum_that_was_set_counts_alone(small: Open):
    recommender = small(*stories(60), ranking={"min_score": 0.5})
    found = recommender.related("s0", top_k=50)
    assert all(item.score >= 0.5 for item in found)
    assert len(found) > 0


def test_the_scorer_of_rankings_has_no_hub_control_and_that_of_lists_has(recommender: Recommender):
    ranking = ranking_of(recommender, RankingSettings(hubs=2))
    assert (ranking.scorer("default").weights.hubs, ranking.scorer("default", as_shown=False).weights.hubs) == (2, 0)


def test_a_scorer_is_made_once(recommender: Recommender):
    ranking = ranking_of(recommender)
    assert ranking.scorer("default") is ranking.scorer("default")


def test_a_scorer_that_does_not_exist_is_refused(recommender: Recommender):
    with pytest.raises(ConfigError, match="there is no scorer 'fancy'"):
        ranking_of(recommender).scorer("fancy")


# Explanations.


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
@pytest.mark.parametrize("top_k", [1, 5, 100])
def test_an_explanation_tells_of_every_candidate_once_and_changes_nothing(
    recommender: Recommender, scorer: str, top_k: int
):
    for stored in list(recommender.collection.store.articles())[::9]:
        plain = recommender.related(stored.article_id, top_k=top_k, scorer=scorer)
        told = recommender.related(stored.article_id, top_k=top_k, scorer=scorer, explain=True)
        assert plain.considered is None
        assert shown(told) == shown(plain)
        assert {name for name, fate in fates(told).items() if fate == "shown"} == set(ids(plain))


@pytest.mark.parametrize(
    ("rules", "options"),
    [
        ({"blocked": (REUTERS,)}, {}),
        ({"blocked_topics": ("AI",), "time": "older"}, {"max_per_provider": 1}),
        ({"topics": ("AI",), "min_quality": 20}, {"diversity": 0.7, "min_score": 0}),
        ({"language": "same"}, {"top_k": 40, "min_score": 0}),
        ({"language": "prefer", "pinned": {ACLU: (ELBMARK,)}}, {"min_score": 0, "diversity": 0.3}),
        ({"max_days_older": 30, "max_days_newer": 30}, {"exclude": [REUTERS]}),
    ],
)
def test_an_explanation_changes_nothing_under_rules_either(
    site_collection: Path, rules: dict[str, object], options: dict[str, object]
):
    ruled = Recommender.open(site_collection, rules=RuleSettings(**rules))  # type: ignore[arg-type]
    for name in (ACLU, ELBMARK, RETINA_SPANISH_UNMARKED):
        plain = ruled.related(name, **options)  # type: ignore[arg-type]
        told = ruled.related(name, explain=True, **options)  # type: ignore[arg-type]
        assert shown(told) == shown(plain)
        assert {one for one, fate in fates(told).items() if fate in {"shown", "pinned"}} == set(ids(plain))
    ruled.close()


def test_few_candidates_do_not_change_what_is_shown_with_an_explanation(small: Open):
    rules = {"blocked": [f"s{number}" for number in range(1, 30)]}
    recommender = small(*stories(60), ranking={"min_score": 0, "candidates": 10}, rules=rules)
    plain, told = (recommender.related("s0", top_k=3, explain=explained) for explained in (False, True))
    assert shown(told) == shown(plain)
    assert any(fate.startswith("left out: ") for fate in fates(told).values())


def test_the_whole_collection_is_told_of_where_all_of_it_is_proposed(recommender: Recommender):
    found = fates(recommender.related(ACLU, explain=True))
    everyone = {one.article_id for one in recommender.collection.store.articles()}
    assert set(found) == everyone - {ACLU}


def test_what_is_shown_is_told_of_first_and_the_rest_by_their_scores(recommender: Recommender):
    answer = recommender.related(ACLU, top_k=3, explain=True)
    assert answer.considered is not None
    assert [candidate.article_id for candidate in answer.considered[:3]] == ids(answer)
    sums = [sum(candidate.parts.values()) for candidate in answer.considered]
    assert sums == sorted(sums, reverse=True)
    assert [candidate.score for candidate in answer.considered] == sorted(
        (candidate.score for candidate in answer.considered), reverse=True
    )


def test_a_candidate_is_told_of_with_its_title_its_score_and_its_parts(recommender: Recommender):
    answer = recommender.related(ACLU, explain=True)
    assert answer.considered is not None
    for item, candidate in zip(answer, answer.considered, strict=False):
        assert (candidate.title, candidate.score, candidate.parts) == (item.article.title, item.score, item.parts)


def test_a_collection_of_one_has_no_candidates_to_tell_of(small: Open):
    assert small(*stories(1)).related("s0", explain=True).considered == []


# What became of a candidate.


def test_what_is_shown_or_pinned_is_told_as_such(small: Open):
    found = fates(small(*stories(3), rules={"pinned": {"s0": ["s2"]}}).related("s0", explain=True))
    assert found == {"s2": "pinned", "s1": "shown"}


def test_what_is_not_among_the_best_is_told_with_how_many_were_wanted(small: Open):
    found = fates(small(*stories(5)).related("s0", top_k=2, explain=True))
    assert sorted(found.values()) == ["not among the best 2", "not among the best 2", "shown", "shown"]


def test_what_is_under_the_minimum_is_told_with_it(recommender: Recommender):
    found = fates(recommender.related(ACLU, min_score=0.995, explain=True))
    assert found[REUTERS] == "shown"
    assert set(found.values()) == {"shown", "under the minimum of 0.995"}


def test_a_copy_of_the_article_asked_about_is_told_as_such(small: Open):
    found = fates(
        small(told_by("a", "one.example"), told_by("b", "two.example"), *stories(1)).related("a", explain=True)
    )
    assert found == {"b": "a copy of the article asked about", "s0": "shown"}


def test_what_was_collapsed_is_told_with_the_one_that_stands_for_it(small: Open):
    copies = [told_by("a", "one.example", quality=1), told_by("b", "two.example", quality=9)]
    assert fates(small(*copies, *stories(1)).related("s0", explain=True)) == {"b": "shown", "a": "collapsed into b"}


def test_what_the_cap_left_out_is_told_with_the_cap(small: Open):
    outlet = [{**story, "provider": "post.example"} for story in stories(4)]
    found = fates(small(*outlet).related("s0", max_per_provider=2, explain=True))
    assert sorted(found.values()) == ["capped: 2 of its provider are shown", "shown", "shown"]


def test_what_gave_way_to_a_more_diverse_list_is_told_as_such(recommender: Recommender):
    plain = ids(recommender.related(ACLU, top_k=8, min_score=0))
    answer = recommender.related(ACLU, top_k=8, min_score=0, diversity=0.5, explain=True)
    passed_over = set(plain) - set(ids(answer))
    assert passed_over
    assert {fates(answer)[name] for name in passed_over} == {"gave way to a more diverse list"}


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"blocked": ["odd"]}, "left out: odd is blocked"),
        ({"blocked": ["https://b.example/odd"]}, "left out: https://b.example/odd is blocked"),
        ({"blocked_providers": ["Post"]}, "left out: the provider Post is blocked"),
        ({"blocked_topics": ["law"]}, "left out: the topic law is blocked"),
        ({"topics": ["AI", "Food"]}, "left out: it has none of the topics AI, Food"),
        ({"min_quality": 2.5}, "left out: its quality is under 2.5"),
        ({"time": "older"}, "left out: it is newer"),
        ({"max_days_newer": 2}, "left out: it is more than 2 days newer"),
        ({"language": "same"}, "left out: it is in another language"),
    ],
)
def test_what_a_rule_leaves_out_is_told_with_the_rule(small: Open, rules: dict[str, object], says: str):
    asked = {"id": "asked", "title": "Tram", "publishedDateTime": "2021-04-16", "language": "en"}
    odd = {
        **{"id": "odd", "title": "Another tram", "publishedDateTime": "2021-04-19", "language": "de"},
        **{"webUrl": "https://b.example/odd", "provider": "Post", "topics": ["Law"], "quality": 1},
    }
    plain = {"id": "plain", "title": "Trams", "topics": ["AI"]}
    found = fates(small(asked, odd, plain, rules=rules).related("asked", explain=True))
    assert found == {"plain": "shown", "odd": says}


def test_what_the_request_filters_is_no_candidate_and_what_a_rule_leaves_out_is(small: Open):
    recommender = small(*stories(4), rules={"blocked": ["s1"]})
    found = fates(recommender.related("s0", exclude=["s2"], explain=True))
    assert found == {"s3": "shown", "s1": "left out: s1 is blocked"}


@pytest.mark.parametrize("scorer", ["dense", "lexical"])
def test_another_scorers_candidates_are_never_under_a_minimum(recommender: Recommender, scorer: str):
    found = fates(recommender.related(ACLU, scorer=scorer, min_score=1, explain=True))
    assert not [fate for fate in found.values() if fate.startswith("under")]
    assert list(found.values()).count("shown") == 5


@pytest.mark.parametrize(
    "target", ["/1", "https://x.example/1#part", "s1", "../1", "s1.md", "./s1.md?x#part", "{% post_url s1 %}"]
)
def test_what_the_text_links_to_already_can_be_hidden(small: Open, target: str):
    articles = [{**story, "webUrl": f"https://x.example/{number}"} for number, story in enumerate(stories(3))]
    articles[0]["body"] = f"See [the other]({target})."
    assert ids(small(*articles).related("s0")) != []
    assert "s1" in ids(small(*articles, rules={"linked": "show"}).related("s0"))
    answer = small(*articles, rules={"linked": "hide"}).related("s0", explain=True)
    assert fates(answer)["s1"] == "left out: the text links to it already"
    assert "s1" not in ids(answer)
    pinned = {"linked": "hide", "pinned": {"s0": ["s1"]}}
    assert ids(small(*articles, rules=pinned).related("s0"))[0] == "s1"
