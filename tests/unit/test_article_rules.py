"""An article's own rules, under `relatedRules`: what they take, what they refuse and how they say so."""

from __future__ import annotations

import json
from itertools import product

import pytest

from recommender.article import MAX_TEXT_CHARS, Article, RelatedRules
from recommender.errors import ArticleError

FULL = {
    "pinned": ["b", "https://site.example/c"],
    "blocked": ["d"],
    "blockedProviders": ["post.example"],
    "blockedTopics": ["Law"],
    "topics": ["AI"],
    "time": "older",
    "maxDaysOlder": 30,
    "maxDaysNewer": 0.5,
    "language": "prefer",
    "minQuality": 10,
}
RULES = "rules such as {pinned: [ID], blocked: [ID], time: older}"
DAYS = "a number of days from 0 to 36500"


def read(related_rules: object) -> Article:
    return Article.read({"title": "A title", "relatedRules": related_rules})


def rules(related_rules: object) -> RelatedRules:
    found = read(related_rules).related_rules
    assert found is not None
    return found


def fault(related_rules: object) -> str:
    with pytest.raises(ArticleError) as caught:
        read(related_rules)
    return str(caught.value)


def test_an_article_needs_no_rules():
    assert Article.read({"title": "A title"}).related_rules is None
    assert read(None).related_rules is None


def test_rules_that_say_nothing_leave_all_to_the_site():
    assert rules({}) == RelatedRules(
        pinned=(),
        blocked=(),
        blocked_providers=(),
        blocked_topics=(),
        topics=(),
        time=None,
        max_days_older=None,
        max_days_newer=None,
        language=None,
        min_quality=None,
    )


def test_every_rule_is_read_and_handed_back():
    assert read(FULL).to_record() == {"title": "A title", "relatedRules": FULL}


def test_rules_read_back_as_the_same_rules():
    article = read(FULL)
    assert Article.read(article.to_record()) == article


def test_snake_case_and_camel_case_keys_give_the_same_rules():
    snake = {"blocked_topics": ["Law"], "max_days_older": 30, "min_quality": 10}
    camel = {"blockedTopics": ["Law"], "maxDaysOlder": 30, "minQuality": 10}
    article = Article.read({"title": "A title", "related_rules": snake})
    assert article == read(camel)


LISTS = ["pinned", "blocked", "blockedProviders", "blockedTopics", "topics"]


def test_a_single_text_needs_no_list():
    for name in LISTS:
        assert rules({name: "b"}) == rules({name: ["b"]}), name


def test_a_number_in_a_list_is_its_text():
    for name in LISTS:
        assert rules({name: [2600]}) == rules({name: ["2600"]}), name


def test_a_rule_that_is_null_says_nothing():
    for name in FULL:
        assert rules({name: None}) == rules({}), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("time", value) for value in ("both", "older", "newer")),
        *(("language", value) for value in ("any", "prefer", "same")),
        *((name, value) for name in ("maxDaysOlder", "maxDaysNewer") for value in (0, 0.5, 36_500)),
        *(("minQuality", value) for value in (-5, 0, 0.5, 1e30, -1e30)),
    ],
)
def test_a_rule_takes_each_of_its_values(name: str, value: object):
    assert read({name: value}).to_record()["relatedRules"] == {name: value}


def test_rules_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        rules({}).time = "older"  # type: ignore[misc]


def test_a_bad_rule_is_named_with_what_it_held_and_what_was_expected():
    for related_rules, message in [
        (5, f"relatedRules is 5; expected {RULES}"),
        (True, f"relatedRules is true; expected {RULES}"),
        ("older", f'relatedRules is "older"; expected {RULES}'),
        (["a"], f'relatedRules is ["a"]; expected {RULES}'),
        ({"time": "later"}, 'relatedRules.time is "later"; expected both, older or newer'),
        ({"time": "Older"}, 'relatedRules.time is "Older"; expected both, older or newer'),
        ({"time": ["older"]}, 'relatedRules.time is ["older"]; expected both, older or newer'),
        ({"time": True}, "relatedRules.time is true; expected both, older or newer"),
        ({"language": "en"}, 'relatedRules.language is "en"; expected any, prefer or same'),
        ({"language": ["same"]}, 'relatedRules.language is ["same"]; expected any, prefer or same'),
        ({"maxDaysOlder": "soon"}, f'relatedRules.maxDaysOlder is "soon"; expected {DAYS}'),
        ({"maxDaysOlder": "30"}, f'relatedRules.maxDaysOlder is "30"; expected {DAYS}'),
        ({"maxDaysOlder": True}, f"relatedRules.maxDaysOlder is true; expected {DAYS}"),
        ({"maxDaysOlder": -1}, f"relatedRules.maxDaysOlder is -1; expected {DAYS}"),
        ({"maxDaysOlder": float("nan")}, f"relatedRules.maxDaysOlder is NaN; expected {DAYS}"),
        ({"maxDaysOlder": float("inf")}, f"relatedRules.maxDaysOlder is Infinity; expected {DAYS}"),
        ({"maxDaysNewer": [30]}, f"relatedRules.maxDaysNewer is [30]; expected {DAYS}"),
        ({"maxDaysNewer": 36_501}, f"relatedRules.maxDaysNewer is 36501; expected {DAYS}"),
        ({"max_days_newer": {}}, f"relatedRules.max_days_newer is {{}}; expected {DAYS}"),
        ({"minQuality": "10"}, 'relatedRules.minQuality is "10"; expected a finite number'),
        ({"minQuality": True}, "relatedRules.minQuality is true; expected a finite number"),
        ({"minQuality": float("nan")}, "relatedRules.minQuality is NaN; expected a finite number"),
        ({"minQuality": float("inf")}, "relatedRules.minQuality is Infinity; expected a finite number"),
        ({"minQuality": 1e31}, "relatedRules.minQuality is 1e+31; expected a finite number"),
        ({"minQuality": -1e300}, "relatedRules.minQuality is -1e+300; expected a finite number"),
        ({"minQuality": [10]}, "relatedRules.minQuality is [10]; expected a finite number"),
        ({"pinned": ["a", None]}, "relatedRules.pinned.1 is null; expected a list of ids or webUrls"),
        ({"pinned": [["a"]]}, 'relatedRules.pinned.0 is ["a"]; expected a list of ids or webUrls'),
        ({"blocked": [True]}, "relatedRules.blocked.0 is true; expected a list of ids or webUrls"),
        ({"blocked": {"id": "a"}}, 'relatedRules.blocked.0 is {"id": "a"}; expected a list of ids or webUrls'),
        (
            {"blockedProviders": [{"name": "P"}]},
            'relatedRules.blockedProviders.0 is {"name": "P"}; expected a list of texts',
        ),
        ({"blockedTopics": [None]}, "relatedRules.blockedTopics.0 is null; expected a list of texts"),
        ({"topics": [None]}, "relatedRules.topics.0 is null; expected a list of texts"),
        ({"topics": 5}, "relatedRules.topics is 5; expected a list of texts"),
    ]:
        assert fault(related_rules) == message, related_rules


def test_what_is_no_list_is_refused_by_name_and_a_list_is_asked_for():
    for value, name in product([True, 5], LISTS):
        kind = "ids or webUrls" if name in {"pinned", "blocked"} else "texts"
        message = f"relatedRules.{name} is {json.dumps(value)}; expected a list of {kind}"
        assert fault({name: value}) == message, (name, value)


def test_a_rule_that_does_not_exist_is_refused_by_name_with_those_that_do():
    for name in ["pined", "related", "Pinned", "max-days-older"]:
        assert fault({name: ["a"]}) == (
            f"unknown rule relatedRules.{name}; expected one of pinned, blocked, blockedProviders, blockedTopics, "
            "topics, time, language, maxDaysOlder, maxDaysNewer, minQuality"
        ), name


def test_a_least_quality_beyond_any_quality_is_refused():
    assert fault({"minQuality": 10**400}).endswith("; expected a finite number")


def test_the_language_of_the_article_itself_is_a_text():
    with pytest.raises(ArticleError) as caught:
        Article.read({"title": "A title", "language": ["en"], "relatedRules": {"language": "same"}})
    assert str(caught.value) == 'language is ["en"]; expected a text'


def test_a_text_in_a_rule_that_is_too_long_is_told_by_its_length():
    message = fault({"pinned": ["a" * (MAX_TEXT_CHARS + 1)]})
    assert message == "relatedRules.pinned.0 has 1,000,001 characters; expected at most 1,000,000"
