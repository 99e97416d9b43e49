"""What a list may hold: one telling of each story, so many of one provider, and more than one thing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from support.answering import ACLU, Open, ids, stories, told_by

from recommender.article import Article
from recommender.config import RankingSettings
from recommender.embedding import Encoder
from recommender.errors import ConfigError
from recommender.related.answer import RelatedArticles
from recommender.related.options import MAX_TOP_K
from recommender.related.recommender import Recommender
from recommender.related.telling import MAX_DUPLICATES

CIRRANE = {
    "_news/2021-06-01-cirrane-announces-320m-zaragoza-region",
    "_news/2021-06-01-cirrane-cloud-to-open-region-in-zaragoza",
    "_news/2021-06-02-cirrane-to-open-spanish-cloud-region",
}
CIRRANE_SPANISH = "_news/2021-06-02-zaragoza-centros-de-datos-de-cirrane"

TELLINGS = [
    told_by("a", "one.example", quality=1),
    told_by("b", "two.example", quality=9, webUrl="https://two.example/b"),
    told_by("c", "three.example"),
]


def copies(answer: RelatedArticles) -> list[str]:
    return [copy.article_id for copy in answer.duplicates]


def providers(answer: RelatedArticles) -> Counter[str]:
    return Counter(item.article.provider.name or "" for item in answer if item.article.provider)


def likeness(recommender: Recommender, answer: RelatedArticles) -> float:
    """The mean cosine of the pairs in a list."""
    with recommender.collection.reading() as view:
        vectors = np.array([view.profile(name).vector for name in ids(answer)])
    return float((vectors @ vectors.T)[np.triu_indices(len(vectors), 1)].mean())


# Copies of the article asked about.


def test_copies_of_the_article_are_named_in_the_order_of_their_ids_and_not_shown(small: Open):
    answer = small(*TELLINGS, *stories(2)).related("b")
    assert copies(answer) == ["a", "c"]
    assert sorted(ids(answer)) == ["s0", "s1"]


def test_a_copy_is_named_with_its_title_and_its_address(small: Open):
    (named,) = small(*TELLINGS[:2]).related("a").to_json()["duplicates"]
    assert named == {"id": "b", "title": TELLINGS[1]["title"], "webUrl": "https://two.example/b"}


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_no_scorer_shows_a_copy(small: Open, scorer: str):
    recommender = small(*TELLINGS, {"id": "other", "title": "The harbour of Lindholm"})
    answer = recommender.related("a", scorer=scorer)
    assert (ids(answer), copies(answer)) == (["other"], ["b", "c"])


def test_very_many_copies_are_named_up_to_a_number(small: Open):
    tellings = [told_by(f"t{number:03}", f"outlet{number}.example") for number in range(MAX_DUPLICATES + 5)]
    recommender = small(*tellings, *stories(1))
    assert copies(recommender.related("t000")) == [f"t{number:03}" for number in range(1, MAX_DUPLICATES + 1)]
    (item,) = recommender.related("s0")
    assert len(item.duplicates) == MAX_DUPLICATES


def test_the_same_page_under_another_id_is_a_copy(small: Open):
    first, second, third = stories(3)
    recommender = small(first, {**second, "webUrl": "http://www.a.example/0/?utm_medium=x"}, third)
    assert copies(recommender.related("s0")) == ["s1"]


def test_an_unsaved_draft_that_copies_a_stored_article_has_it_as_its_duplicate(small: Open):
    recommender = small(*TELLINGS[:2], *stories(2))
    draft = Article.read({key: value for key, value in told_by("", "draft.example").items() if key != "id"})
    answer = recommender.related(draft)
    assert copies(answer) == ["a", "b"]
    assert sorted(ids(answer)) == ["s0", "s1"]


def test_an_unsaved_draft_with_an_id_of_its_own_is_no_copy_of_itself(small: Open):
    recommender = small(*TELLINGS, *stories(2))
    draft = Article.read(told_by("a", "one.example"))
    assert copies(recommender.related(draft)) == ["b", "c"]


def test_an_unsaved_draft_in_words_of_its_own_has_no_duplicates(small: Open):
    recommender = small(*TELLINGS, *stories(2))
    assert copies(recommender.related(Article(title="Story 1", provider={"name": "draft.example"}))) == []


def test_an_unsaved_draft_that_retells_a_press_release_has_its_tellings_as_duplicates(
    recommender: Recommender, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommender.related.recommender.QuickEncoder", lambda *_: real_encoder)
    told = recommender.related(min(CIRRANE)).article
    assert told.excerpt is not None
    draft = Article.read(
        {
            "title": "Cirrane Cloud will open a Zaragoza region with three zones",
            "excerpt": told.excerpt.replace("has announced", "said today"),
            "provider": "draft.example",
            "publishedDateTime": "2021-06-02",
        }
    )
    answer = recommender.related(draft)
    assert set(copies(answer)) == CIRRANE
    assert ids(answer)[0] == CIRRANE_SPANISH


# Copies among what is shown.


def test_of_copies_the_best_is_shown_and_names_the_others(small: Open):
    answer = small(*TELLINGS, *stories(2)).related("s0")
    (told,) = [item for item in answer if item.article_id not in {"s1"}]
    assert told.article_id == "b"
    assert [copy.article_id for copy in told.duplicates] == ["a", "c"]
    assert [copy["id"] for copy in told.to_json()["duplicates"]] == ["a", "c"]
    assert answer.duplicates == []


def test_the_place_of_a_copy_goes_to_the_next(small: Open):
    answer = small(*TELLINGS, *stories(4)).related("s0", top_k=4)
    assert sorted(ids(answer)) == ["b", "s1", "s2", "s3"]


def test_a_copy_that_a_request_filters_is_not_named_among_an_items_duplicates(small: Open):
    answer = small(*TELLINGS, *stories(1)).related("s0", exclude=["b"])
    assert ids(answer) == ["a"]
    assert [copy.article_id for copy in answer[0].duplicates] == ["c"]


def test_a_copy_under_the_minimum_is_not_named(recommender: Recommender):
    considered = recommender.related(CIRRANE_SPANISH, min_score=0, explain=True).considered or []
    low, middle, high = sorted((one.score, one.article_id) for one in considered if one.article_id in CIRRANE)
    answer = recommender.related(CIRRANE_SPANISH, min_score=middle[0])
    (item,) = [item for item in answer if item.article_id in CIRRANE]
    assert {item.article_id, *(copy.article_id for copy in item.duplicates)} == {middle[1], high[1]}
    assert low[1] not in json.dumps(answer.to_json())


def test_every_article_is_in_one_place_of_an_answer(recommender: Recommender):
    for stored in list(recommender.collection.store.articles())[::9]:
        answer = recommender.related(stored.article_id, top_k=MAX_TOP_K, min_score=0)
        named = ids(answer) + copies(answer)
        named += [copy.article_id for item in answer for copy in item.duplicates]
        assert len(named) == len(set(named)) == recommender.collection.store.count() - 1


# So many of one provider.


@pytest.mark.parametrize("cap", [1, 2])
def test_no_more_of_one_provider_than_asked_for_are_shown(recommender: Recommender, cap: int):
    assert max(providers(recommender.related(ACLU, top_k=12, min_score=0)).values()) > cap
    answer = recommender.related(ACLU, top_k=12, min_score=0, max_per_provider=cap)
    assert len(answer) == 12
    assert max(providers(answer).values()) == cap


def test_a_cap_only_takes_out_and_keeps_the_order(recommender: Recommender):
    everything = ids(recommender.related(ACLU, top_k=MAX_TOP_K, min_score=0))
    capped = ids(recommender.related(ACLU, top_k=MAX_TOP_K, min_score=0, max_per_provider=1))
    assert 10 < len(capped) < len(everything)
    assert capped == [name for name in everything if name in set(capped)]


def test_the_configured_cap_counts_where_none_is_asked_for(site_collection: Path, recommender: Recommender):
    settled = Recommender.open(site_collection, weights=RankingSettings(max_per_provider=1))
    expected = recommender.related(ACLU, top_k=12, min_score=0, max_per_provider=1)
    assert ids(settled.related(ACLU, top_k=12, min_score=0)) == ids(expected)
    plain = recommender.related(ACLU, top_k=12, min_score=0)
    assert ids(settled.related(ACLU, top_k=12, min_score=0, max_per_provider=0)) == ids(plain)
    settled.close()


def test_the_recorded_cap_counts(small: Open):
    outlet = [{**story, "provider": "Post"} for story in stories(4)]
    recommender = small(*outlet, ranking={"min_score": 0, "max_per_provider": 2})
    assert len(recommender.related("s0")) == 2
    assert len(recommender.related("s0", max_per_provider=0)) == 3


def test_a_provider_is_told_whatever_the_case_of_its_name(small: Open):
    names = ["Post", " post", "POST", "Sun"]
    outlet = [{**story, "provider": name} for story, name in zip(stories(4), names, strict=True)]
    assert len(small(*outlet).related("s0", max_per_provider=1)) == 2


def test_a_pinned_article_is_shown_beyond_the_cap(small: Open):
    outlet = [{**story, "provider": "Post"} for story in stories(5)]
    recommender = small(*outlet, rules={"pinned": {"s0": ["s1", "s2"]}})
    assert ids(recommender.related("s0", max_per_provider=1))[:2] == ["s1", "s2"]


# More than one thing.


def test_a_diverse_list_is_less_alike_and_begins_with_the_best(recommender: Recommender):
    plain = recommender.related(ACLU, top_k=8, min_score=0)
    diverse = recommender.related(ACLU, top_k=8, min_score=0, diversity=0.5)
    assert ids(diverse)[0] == ids(plain)[0]
    assert len(diverse) == 8
    assert likeness(recommender, diverse) < likeness(recommender, plain)


def test_without_diversity_the_list_is_as_it_is(recommender: Recommender):
    plain = recommender.related(ACLU, top_k=8, min_score=0)
    assert ids(recommender.related(ACLU, top_k=8, min_score=0, diversity=0)) == ids(plain)


def test_a_diverse_list_holds_nothing_under_the_minimum(recommender: Recommender):
    plain = recommender.related(ACLU, top_k=50)
    assert sorted(ids(recommender.related(ACLU, top_k=50, diversity=1))) == sorted(ids(plain))


def test_the_configured_diversity_counts_where_none_is_asked_for(site_collection: Path, recommender: Recommender):
    settled = Recommender.open(site_collection, weights=RankingSettings(diversity=0.5))
    expected = recommender.related(ACLU, top_k=8, min_score=0, diversity=0.5)
    assert ids(settled.related(ACLU, top_k=8, min_score=0)) == ids(expected)
    plain = recommender.related(ACLU, top_k=8, min_score=0)
    assert ids(settled.related(ACLU, top_k=8, min_score=0, diversity=0)) == ids(plain) != ids(expected)
    settled.close()


def test_the_recorded_diversity_counts(small: Open):
    plain = small(*stories(30))
    expected = ids(plain.related("s0", diversity=0.9))
    assert expected != ids(plain.related("s0"))
    assert ids(small(*stories(30), ranking={"min_score": 0, "diversity": 0.9}).related("s0")) == expected


def test_a_diverse_list_under_a_cap_keeps_to_it(recommender: Recommender):
    answer = recommender.related(ACLU, top_k=12, min_score=0, diversity=0.5, max_per_provider=1)
    assert len(answer) == 12
    assert set(providers(answer).values()) == {1}


# Out of range.


def test_an_option_out_of_range_is_refused(recommender: Recommender):
    for option, value, message in [
        ("min_score", -0.1, "min_score is -0.1; expected a number from 0 to 1"),
        ("min_score", float("nan"), "min_score is nan; expected a number from 0 to 1"),
        ("diversity", -0.1, "diversity is -0.1; expected a number from 0 to 1"),
        ("diversity", 1.1, "diversity is 1.1; expected a number from 0 to 1"),
        ("diversity", float("nan"), "diversity is nan; expected a number from 0 to 1"),
        ("max_per_provider", -1, "max_per_provider is -1; expected a whole number from 0 to 1000"),
    ]:
        with pytest.raises(ConfigError) as caught:
            recommender.related(ACLU, **{option: value})  # type: ignore[arg-type]
        assert str(caught.value) == message, message


def test_an_option_at_its_border_is_taken(recommender: Recommender):
    for option, value in [("diversity", 0), ("diversity", 1), ("max_per_provider", MAX_TOP_K)]:
        assert len(recommender.related(ACLU, **{option: value})) == len(recommender.related(ACLU)), value  # type: ignore[arg-type]
