"""An editor's rules in answers: pins, blocks, and where rules come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.answering import ACLU, REUTERS, Open, ids, stories, told_by
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.build import build
from recommender.config import FILE_NAME, RankingSettings, RuleSettings, Settings
from recommender.related.recommender import Recommender

UNRELATED = "_news/fisher-rib-hat-in-two-evenings"


def with_rules(count: int, **rules: object) -> list[dict[str, object]]:
    """Stories of which the first has rules of its own."""
    first, *others = stories(count)
    return [{**first, "relatedRules": rules}, *others]


# Pins.


@pytest.mark.parametrize("reference", ["s3", "https://a.example/3", "http://www.a.example/3/?utm_source=letter"])
def test_a_pinned_article_comes_first_by_its_id_or_its_address(small: Open, reference: str):
    recommender = small(*stories(6), rules={"pinned": {"s0": [reference]}})
    answer = recommender.related("s0")
    assert ids(answer)[0] == "s3"
    assert [item.pinned for item in answer] == [True, False, False, False, False]
    assert answer.notes == []


@pytest.mark.parametrize("asked", ["s0", "https://a.example/0", "https://www.a.example/0?utm_source=letter"])
def test_the_list_that_is_pinned_for_is_named_by_id_or_address(small: Open, asked: str):
    recommender = small(*stories(6), rules={"pinned": {asked: ["s3"]}})
    assert ids(recommender.related("s0"))[0] == "s3"
    assert not any(item.pinned for item in recommender.related("s1"))


def test_what_is_left_comes_after_the_pinned_in_its_own_order(small: Open):
    plain = ids(small(*stories(6)).related("s0"))
    last, second = plain[-1], plain[1]
    pinned = small(*stories(6), rules={"pinned": {"s0": [last, second]}}).related("s0")
    assert ids(pinned) == [last, second, *(name for name in plain if name not in {last, second})]


def test_a_pinned_article_is_shown_under_the_minimum_with_its_own_score(site_collection: Path):
    ruled = Recommender.open(site_collection, rules=RuleSettings(pinned={ACLU: (UNRELATED,)}))
    answer = ruled.related(ACLU, min_score=1)
    assert ids(answer) == [UNRELATED]
    assert answer[0].pinned
    assert answer[0].score < 0.9
    ruled.close()


def test_a_pinned_article_that_no_engine_proposes_is_shown(small: Open):
    ranking = {"min_score": 0, "candidates": 10}
    proposed = small(*stories(40), ranking=ranking).related("s0", top_k=1, explain=True).considered or []
    others = {f"s{number}" for number in range(1, 40)} - {candidate.article_id for candidate in proposed}
    name = min(others)
    recommender = small(*stories(40), ranking=ranking, rules={"pinned": {"s0": [name]}})
    assert ids(recommender.related("s0", top_k=1)) == [name]


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_every_scorer_puts_pins_first(small: Open, scorer: str):
    recommender = small(*stories(6), {"id": "odd", "title": "Zinc"}, rules={"pinned": {"s0": ["odd", "s4"]}})
    assert ids(recommender.related("s0", scorer=scorer))[:2] == ["odd", "s4"]


def test_what_is_pinned_twice_is_shown_once(small: Open):
    recommender = small(*stories(4), rules={"pinned": {"s0": ["s3", "https://a.example/3"]}})
    assert sorted(ids(recommender.related("s0"))) == ["s1", "s2", "s3"]


def test_a_pinned_article_that_is_not_there_is_noted_and_the_others_are_shown(small: Open):
    recommender = small(*stories(4), rules={"pinned": {"s0": ["nowhere", "https://a.example/99", "s2"]}})
    answer = recommender.related("s0")
    assert ids(answer)[0] == "s2"
    assert answer.notes == [
        "the pinned article nowhere is not in the collection",
        "the pinned article https://a.example/99 is not in the collection",
    ]
    assert answer.to_json()["notes"] == answer.notes


def test_a_pinned_article_that_is_deleted_is_noted(small: Open):
    recommender = small(*with_rules(4, pinned=["s3"]))
    assert recommender.related("s0").notes == []
    small(*with_rules(3, pinned=["s3"]))
    assert recommender.related("s0").notes == ["the pinned article s3 is not in the collection"]


def test_copies_of_a_pinned_article_are_its_duplicates(small: Open):
    copies = [told_by("a", "one.example", quality=1), told_by("b", "two.example", quality=9)]
    answer = small(*copies, *stories(3), rules={"pinned": {"s0": ["a"]}}).related("s0")
    assert ids(answer)[0] == "a"
    assert [copy.article_id for copy in answer[0].duplicates] == ["b"]
    assert "b" not in ids(answer)


def test_an_editor_may_pin_a_copy_of_the_article(small: Open):
    copies = [told_by("a", "one.example"), told_by("b", "two.example"), told_by("c", "three.example")]
    answer = small(*copies, *stories(2), rules={"pinned": {"a": ["b"]}}).related("a")
    assert ids(answer)[0] == "b"
    assert "c" not in ids(answer)


# Blocks.


@pytest.mark.parametrize("reference", ["s3", "https://a.example/3"])
def test_a_blocked_article_is_never_shown(small: Open, reference: str):
    recommender = small(*stories(5), rules={"blocked": [reference]})
    for name in ("s0", "s1", "s2", "s4"):
        assert "s3" not in ids(recommender.related(name))
    assert sorted(ids(recommender.related("s3"))) == ["s0", "s1", "s2", "s4"]


@pytest.mark.parametrize(
    ("pinned", "blocked"), [("s3", "s3"), ("s3", "https://a.example/3"), ("https://a.example/3", "s3")]
)
def test_what_is_pinned_and_blocked_is_not_shown_and_noted(small: Open, pinned: str, blocked: str):
    answer = small(*stories(5), rules={"pinned": {"s0": [pinned]}, "blocked": [blocked]}).related("s0")
    assert sorted(ids(answer)) == ["s1", "s2", "s4"]
    assert answer.notes == [f"the article {pinned} is pinned and blocked; it is not shown"]


def test_a_block_of_the_site_beats_a_pin_of_the_article(small: Open):
    answer = small(*with_rules(4, pinned=["s3"]), rules={"blocked": ["s3"]}).related("s0")
    assert sorted(ids(answer)) == ["s1", "s2"]


def test_any_other_rule_gives_way_to_a_pin(small: Open):
    article = {"id": "odd", "title": "Zinc", "topics": ["Law"], "provider": "Post", "quality": 1, "language": "de"}
    rules = {"blocked_topics": ["Law"], "blocked_providers": ["Post"], "min_quality": 5, "language": "same"}
    stored = [{**story, "language": "en"} for story in stories(3)]
    assert "odd" not in ids(small(*stored, article, rules=rules).related("s0"))
    answer = small(*stored, article, rules={**rules, "pinned": {"s0": ["odd"]}}).related("s0")
    assert (ids(answer)[0], answer.notes) == ("odd", [])


def test_what_a_request_excludes_is_not_shown_even_if_it_is_pinned(small: Open):
    recommender = small(*stories(5), rules={"pinned": {"s0": ["s3", "s4"]}})
    answer = recommender.related("s0", exclude=["s3"])
    assert ids(answer)[0] == "s4"
    assert sorted(ids(answer)) == ["s1", "s2", "s4"]


def test_what_does_not_pass_a_requests_filter_is_not_shown_even_if_it_is_pinned(small: Open):
    odd = {"id": "odd", "title": "Zinc", "type": "advert"}
    recommender = small(*stories(3), odd, rules={"pinned": {"s0": ["odd"]}})
    assert ids(recommender.related("s0"))[0] == "odd"
    assert ids(recommender.related("s0", where={"type": ["story"]})) == []
    assert ids(recommender.related("s0", where={"type": ["advert"]})) == ["odd"]


def test_the_places_that_rules_free_go_to_the_next_best(recommender: Recommender, site_collection: Path):
    plain = ids(recommender.related(ACLU, top_k=20, min_score=0))
    ruled = Recommender.open(site_collection, rules=RuleSettings(blocked=tuple(plain[:10])))
    assert ids(ruled.related(ACLU, top_k=10, min_score=0)) == plain[10:]
    ruled.close()


def test_a_blocked_copy_is_no_duplicate_of_the_one_that_is_shown(small: Open):
    copies = [told_by(name, f"{name}.example", quality=quality) for name, quality in (("a", 1), ("b", 9), ("c", 2))]
    shown = small(*copies, *stories(2), rules={"blocked": ["b"]}).related("s0")
    (item,) = [item for item in shown if item.article_id in {"a", "b", "c"}]
    assert item.article_id == "c"
    assert [copy.article_id for copy in item.duplicates] == ["a"]


# Where rules come from.


def test_rules_of_the_settings_file_are_recorded_at_the_build(tmp_path: Path, counting_encoder: CountingEncoder):
    source = tmp_path / "articles.jsonl"
    source.write_text("".join(json.dumps(story) + "\n" for story in stories(4)), encoding="utf-8")
    (tmp_path / FILE_NAME).write_text(
        '[ranking]\nmin_score = 0\n[rules]\nblocked = ["s1"]\n[rules.pinned]\ns0 = ["s3"]\n', encoding="utf-8"
    )
    settings = Settings.read(tmp_path / FILE_NAME)
    build([source], tmp_path / "collection", settings=settings, encoder=counting_encoder)
    (tmp_path / FILE_NAME).unlink()
    recommender = Recommender.open(tmp_path / "collection")
    assert ids(recommender.related("s0")) == ["s3", "s2"]
    recommender.close()


def test_rules_recorded_anew_are_seen_at_the_next_question(small: Open):
    recommender = small(*stories(4))
    assert len(recommender.related("s0")) == 3
    small(*stories(4), rules={"blocked": ["s1"]})
    assert sorted(ids(recommender.related("s0"))) == ["s2", "s3"]
    small(*stories(4))
    assert len(recommender.related("s0")) == 3


def test_rules_given_at_opening_stand_in_place_of_the_recorded_ones(small: Open):
    recorded = small(*stories(4), rules={"blocked": ["s1"]})
    given = Recommender(recorded.collection, rules=RuleSettings(blocked=("s2",)))
    assert sorted(ids(given.related("s0"))) == ["s1", "s3"]
    assert len(Recommender(recorded.collection, rules=RuleSettings()).related("s0")) == 3


def test_an_articles_own_rules_hold_for_its_list_alone(small: Open):
    recommender = small(*with_rules(4, blocked=["s1"], pinned=["s3"]))
    assert ids(recommender.related("s0")) == ["s3", "s2"]
    assert sorted(ids(recommender.related("s2"))) == ["s0", "s1", "s3"]


def test_an_articles_own_rules_add_to_those_given_at_opening(small: Open):
    recorded = small(*with_rules(6, blocked=["s1"], pinned=["s3"]))
    given = Recommender(recorded.collection, rules=RuleSettings(blocked=("s2",), pinned={"s0": ("s5",)}))
    assert ids(given.related("s0")) == ["s3", "s5", "s4"]


def test_an_unsaved_draft_has_its_own_rules(small: Open):
    recommender = small(*stories(5))
    draft = Article.read({"title": "Story 0", "relatedRules": {"pinned": ["s3"], "blocked": ["s0", "s1"]}})
    answer = recommender.related(draft)
    assert ids(answer)[0] == "s3"
    assert sorted(ids(answer)) == ["s2", "s3", "s4"]


def test_a_draft_that_has_the_id_of_a_stored_article_has_the_drafts_rules(small: Open):
    recommender = small(*with_rules(4, blocked=["s1"]))
    draft = Article.read({"id": "s0", "title": "Story 0", "relatedRules": {"blocked": ["s2"]}})
    assert sorted(ids(recommender.related(draft))) == ["s1", "s3"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"time": "older"}, ["before", "undated"]),
        ({"time": "newer"}, ["after", "undated"]),
        ({"max_days_older": 5}, ["after", "undated"]),
        ({"max_days_newer": 30}, ["after", "before", "undated"]),
        ({"max_days_newer": 5}, ["before", "undated"]),
        ({"topics": ["Law"]}, ["before"]),
        ({"min_quality": 10}, ["before", "undated"]),
        ({"blocked_topics": ["Law"]}, ["after", "undated"]),
        ({"blocked_providers": ["post.example"]}, ["before", "undated"]),
    ],
)
def test_every_rule_holds_in_an_answer(small: Open, rules: dict[str, object], expected: list[str]):
    articles = [
        {"id": "asked", "title": "Tram asked", "publishedDateTime": "2021-04-16"},
        {"id": "before", "title": "Tram before", "publishedDateTime": "2021-04-06", "topics": ["Law"]},
        {
            "id": "after",
            "title": "Tram after",
            "publishedDateTime": "2021-04-26",
            "quality": 5,
            "provider": "post.example",
        },
        {"id": "undated", "title": "Tram undated", "quality": 10},
    ]
    assert sorted(ids(small(*articles, rules=rules).related("asked"))) == expected


def test_rules_and_a_requests_filter_both_hold(recommender: Recommender, site_collection: Path):
    ruled = Recommender.open(site_collection, rules=RuleSettings(blocked=(REUTERS,), time="older"))
    answer = ruled.related(ACLU, top_k=50, min_score=0, after="P90D")
    asked = answer.article.published_date_time
    assert asked is not None
    assert REUTERS in ids(recommender.related(ACLU, top_k=50, min_score=0, after="P90D"))
    assert REUTERS not in ids(answer)
    assert len(answer) > 5
    for item in answer:
        assert item.article.published_date_time is not None
        assert 0 <= (asked - item.article.published_date_time).days < 90
    ruled.close()


def test_settings_of_ranking_given_at_opening_leave_the_recorded_rules(small: Open):
    recorded = small(*stories(4), rules={"blocked": ["s1"]})
    given = Recommender(recorded.collection, weights=RankingSettings(min_score=0, closeness=0))
    assert sorted(ids(given.related("s0"))) == ["s2", "s3"]
