"""An editor's rules over real columns: what each leaves out, and whose hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.pools import pool_of

from recommender.article import Article
from recommender.config import RuleSettings
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.ranking.rules import Rules, rules_for
from recommender.text.analysis import Analyzer

MOMENT = datetime(2021, 4, 16, 20, 54, tzinfo=UTC)
TICK = timedelta(milliseconds=1)


def make_columns(articles: dict[str, dict[str, object]]) -> Columns:
    """Columns of articles by id, in the order of their ids."""
    builder = ColumnsBuilder(Analyzer("english").terms)
    for article_id in sorted(articles):
        builder.add(article_id, Article.read({"title": "A title", **articles[article_id]}), "A title", "")
    return builder.build(np.ones((len(articles), 1), dtype=np.float32))


def rules(asked: dict[str, object] | None = None, **site: object) -> Rules:
    """The rules for an article with these fields on a site with these settings."""
    return rules_for(Article.read({"title": "Asked", **(asked or {})}), RuleSettings.model_validate(site))


def left_out(found: Rules, articles: dict[str, dict[str, object]]) -> dict[str, str]:
    """What says the first rule that leaves an article out, by id, where one does."""
    columns, pool = make_columns(articles), pool_of(make_columns(articles))
    verdicts = found.verdicts(pool)
    assert found.spec.passing(columns).tolist() == found.spec.passing(pool).tolist() == (verdicts == -1).tolist()
    return {pool.ids[row]: found.rules[number].reason for row, number in enumerate(verdicts) if number >= 0}


def dated(**moments: datetime | None) -> dict[str, dict[str, object]]:
    return {name: {"publishedDateTime": moment} for name, moment in moments.items()}


ASKED = {"publishedDateTime": MOMENT}
AROUND = dated(before=MOMENT - TICK, same=MOMENT, after=MOMENT + TICK, undated=None)


# Without rules.


def test_without_rules_everything_passes():
    found = rules()
    assert found == Rules()
    assert left_out(found, {"a": {"language": "de"}, "b": {"quality": -5}, **AROUND}) == {}


def test_rules_of_an_article_that_say_nothing_are_none():
    assert rules({"relatedRules": {}}) == Rules()


def test_no_articles_have_no_verdicts():
    found = rules(ASKED, blocked=["a"], time="older", topics=["AI"], min_quality=1, blocked_providers=["Post"])
    assert left_out(found, {}) == {}


# Blocked.


def test_an_article_is_blocked_by_its_id():
    assert left_out(rules(blocked=["b"]), {"a": {}, "b": {}, "bb": {}}) == {"b": "b is blocked"}


def test_an_article_is_blocked_by_its_address_however_that_is_spelt():
    for spelling in [
        "https://site.example/news/b",
        "http://www.site.example/news/b/",
        "https://SITE.example/news/b?utm_source=letter#top",
        " https://site.example/news/%62 ",
    ]:
        articles = {
            "a": {"webUrl": "https://site.example/news/a"},
            "b": {"webUrl": "https://site.example/news/b"},
            "c": {},
        }
        assert left_out(rules(blocked=[spelling]), articles) == {"b": f"{spelling} is blocked"}


def test_every_article_of_a_blocked_address_is_blocked():
    page = {"webUrl": "https://site.example/b"}
    assert list(left_out(rules(blocked=["https://site.example/b"]), {"a": page, "b": page, "c": {}})) == ["a", "b"]


def test_what_is_blocked_and_not_there_blocks_nothing():
    for reference in ["nobody", "https://site.example/nobody", "zzz", ""]:
        found = rules({"relatedRules": {"blocked": [reference]}})
        assert left_out(found, {"a": {}, "b": {"webUrl": "https://site.example/b"}}) == {}


def test_a_provider_is_blocked_by_its_name_or_its_domain():
    for name in ["Daily Post", " daily post", "post.example", "POST.example"]:
        articles = {
            "a": {"provider": {"name": "Daily Post", "domain": "post.example"}},
            "b": {"provider": {"name": "Daily Post of Oslo", "domain": "oslo.example"}},
            "c": {},
        }
        assert left_out(rules(blocked_providers=[name]), articles) == {"a": f"the provider {name} is blocked"}


def test_a_topic_is_blocked_whatever_else_an_article_is_about():
    articles = {"a": {"topics": ["AI", "Law"]}, "b": {"topics": ["Lawn"]}, "c": {}, "d": {"topics": [" law"]}}
    says = "the topic LAW is blocked"
    assert left_out(rules(blocked_topics=["LAW"]), articles) == {"a": says, "d": says}


# Topics.


def test_only_articles_with_one_of_the_topics_pass():
    articles = {"a": {"topics": ["AI"]}, "b": {"topics": ["Food", "law "]}, "c": {"topics": ["Food"]}, "d": {}}
    says = "it has none of the topics ai, Law"
    assert left_out(rules(topics=["ai", "Law"]), articles) == {"c": says, "d": says}


# Quality.


def test_a_lower_quality_than_the_least_is_left_out_and_an_unknown_one_passes():
    articles = {"a": {"quality": 9.9}, "b": {"quality": 10}, "c": {"quality": 11}, "d": {}}
    assert left_out(rules(min_quality=10), articles) == {"a": "its quality is under 10"}


def test_a_quality_that_is_exactly_the_least_passes():
    for least in [0.1, 1 / 3, 16_777_217]:
        assert left_out(rules(min_quality=least), {"a": {"quality": least}}) == {}


def test_a_least_quality_of_nought_is_a_rule():
    assert list(left_out(rules(min_quality=0), {"a": {"quality": -1}, "b": {"quality": 0}})) == ["a"]


# Time.


def test_older_leaves_out_what_came_later():
    assert left_out(rules(ASKED, time="older"), AROUND) == {"after": "it is newer"}


def test_newer_leaves_out_what_came_before():
    assert left_out(rules(ASKED, time="newer"), AROUND) == {"before": "it is older"}


def test_both_leaves_out_nothing():
    assert rules(ASKED, time="both").rules == ()


def test_one_moment_in_two_zones_is_the_same_moment():
    articles = {"a": {"publishedDateTime": "2021-04-16T22:54:00+02:00"}}
    for time in ("older", "newer"):
        assert left_out(rules(ASKED, time=time, max_days_older=0, max_days_newer=0), articles) == {}


def test_exactly_as_many_days_older_passes_and_a_moment_more_does_not():
    for days in [30, 0.5, 0, 36_500]:
        border = MOMENT - timedelta(days=days)
        articles = dated(inside=border + TICK, border=border, outside=border - TICK, later=MOMENT + TICK, undated=None)
        says = f"it is more than {days:g} days older"
        assert left_out(rules(ASKED, max_days_older=days), articles) == {"outside": says}


def test_exactly_as_many_days_newer_passes_and_a_moment_more_does_not():
    for days in [30, 0.5, 0, 36_500]:
        border = MOMENT + timedelta(days=days)
        articles = dated(
            inside=border - TICK, border=border, outside=border + TICK, earlier=MOMENT - TICK, undated=None
        )
        says = f"it is more than {days:g} days newer"
        assert left_out(rules(ASKED, max_days_newer=days), articles) == {"outside": says}


def test_a_window_is_exact_in_every_age():
    for year in [1901, 1969, 1970, 2000, 2038, 2099]:
        for number in range(50):
            moment = datetime(year, 6, 1, tzinfo=UTC) + timedelta(
                hours=7 * number, seconds=11 * number, milliseconds=number
            )
            border = moment - timedelta(days=30)
            found = rules({"publishedDateTime": moment}, max_days_older=30)
            assert list(left_out(found, dated(a=border, b=border - TICK))) == ["b"]


def test_a_window_on_both_sides_leaves_out_what_is_beyond_either():
    day = timedelta(days=1)
    articles = dated(old=MOMENT - 8 * day, older=MOMENT - 6 * day, newer=MOMENT + 2 * day, new=MOMENT + 4 * day)
    assert left_out(rules(ASKED, max_days_older=7, max_days_newer=3), articles) == {
        "old": "it is more than 7 days older",
        "new": "it is more than 3 days newer",
    }


@pytest.mark.parametrize("time", ["older", "newer"])
def test_an_article_without_a_date_has_no_rules_of_time(time: str):
    assert rules(time=time, max_days_older=1, max_days_newer=1).rules == ()


# Language.


def test_only_articles_in_the_same_language_or_an_unknown_one_pass():
    articles = {"a": {"language": "en"}, "b": {"language": "de"}, "c": {}, "d": {"language": "EN-us"}}
    found = rules({"language": "en-GB"}, language="same")
    assert left_out(found, articles) == {"b": "it is in another language"}
    assert found.language == "same"


@pytest.mark.parametrize("policy", ["any", "prefer"])
def test_where_the_language_need_not_be_the_same_all_pass(policy: str):
    found = rules({"language": "en"}, language=policy)
    assert left_out(found, {"a": {"language": "de"}}) == {}
    assert found.language == policy


def test_an_article_whose_language_no_field_tells_leaves_nothing_out_by_its_field():
    found = rules(language="same")
    assert left_out(found, {"a": {"language": "de"}, "b": {"language": "en"}}) == {}
    assert (found.language, found.rules) == ("same", ())


# Whose rules hold.


def test_what_an_article_blocks_is_blocked_beside_what_the_site_blocks():
    own = {"blocked": ["a"], "blockedProviders": ["Post"], "blockedTopics": ["AI"]}
    found = rules({"relatedRules": own}, blocked=["b", "a"], blocked_providers=["Sun"], blocked_topics=["Law"])
    articles = {
        "a": {},
        "b": {},
        "c": {"provider": "Post"},
        "d": {"provider": "Sun"},
        "e": {"topics": ["AI"]},
        "f": {"topics": ["Law"]},
        "g": {},
    }
    assert list(left_out(found, articles)) == ["a", "b", "c", "d", "e", "f"]
    assert found.blocked == ("a", "b")


def test_what_both_block_is_asked_once():
    assert len(rules({"relatedRules": {"blocked": ["a"]}}, blocked=["a"]).rules) == 1


SITE = {"time": "older", "max_days_older": 30, "max_days_newer": 0, "language": "same", "min_quality": 10}


def test_any_other_rule_of_an_article_stands_in_place_of_the_sites():
    for own, expected in [
        (
            {},
            ["its quality is under 10", "it is newer", "it is more than 30 days older", "it is more than 0 days newer"],
        ),
        (
            {"time": "both"},
            ["its quality is under 10", "it is more than 30 days older", "it is more than 0 days newer"],
        ),
        (
            {"time": "newer", "maxDaysOlder": 0, "maxDaysNewer": 2},
            ["its quality is under 10", "it is older", "it is more than 0 days older", "it is more than 2 days newer"],
        ),
        (
            {"minQuality": 0},
            ["its quality is under 0", "it is newer", "it is more than 30 days older", "it is more than 0 days newer"],
        ),
    ]:
        found = rules({**ASKED, "relatedRules": own}, **SITE)
        assert [rule.reason for rule in found.rules] == expected, own


def test_an_articles_language_policy_stands_in_place_of_the_sites():
    for own, site, holds in [("any", "same", "any"), ("same", "any", "same"), (None, "same", "same")]:
        found = rules({"language": "en", "relatedRules": {"language": own}}, language=site)
        assert found.language == holds, own
        assert [rule.reason for rule in found.rules] == (["it is in another language"] if holds == "same" else []), own


def test_an_articles_topics_stand_in_place_of_the_sites():
    found = rules({"relatedRules": {"topics": ["AI"]}}, topics=["Law"])
    assert list(left_out(found, {"a": {"topics": ["AI"]}, "b": {"topics": ["Law"]}})) == ["b"]


def test_the_rules_are_those_of_the_article_asked_about_and_not_of_the_others():
    other = {"relatedRules": {"blocked": ["b"], "time": "older"}, **ASKED}
    assert left_out(rules(ASKED), {"a": other, "b": other}) == {}


# Pins.


def test_what_an_article_pins_comes_before_what_the_site_pins():
    found = rules({"id": "q", "relatedRules": {"pinned": ["c", "b"]}}, pinned={"q": ["a", "b"], "other": ["z"]})
    assert found.pinned == ("c", "b", "a")


def test_the_site_names_an_article_by_its_id_or_its_address():
    for name in [
        "q",
        "https://site.example/q",
        "http://www.site.example/q/",
        "https://site.example/q?utm_source=letter",
    ]:
        asked = {"id": "q", "webUrl": "https://site.example/q"}
        assert rules(asked, pinned={name: ["a"]}).pinned == ("a",)


def test_an_id_may_look_like_an_address():
    assert rules({"id": "https://site.example/q"}, pinned={"https://site.example/q": ["a"]}).pinned == ("a",)


def test_pins_for_the_id_and_for_the_address_add_up():
    asked = {"id": "q", "webUrl": "https://site.example/q"}
    pinned = {"https://site.example/q": ["b", "a"], "q": ["a", "c"]}
    assert rules(asked, pinned=pinned).pinned == ("b", "a", "c")


def test_an_article_without_id_and_address_has_no_pins_of_the_site():
    assert rules({}, pinned={"q": ["a"], "https://site.example/q": ["b"]}).pinned == ()


def test_a_pin_leaves_nothing_out():
    assert rules({"id": "q", "relatedRules": {"pinned": ["a"]}}, pinned={"q": ["b"]}).rules == ()


# Verdicts.


def test_the_first_rule_that_leaves_an_article_out_is_named():
    site = {"blocked": ["a"], "blocked_providers": ["Post"], "blocked_topics": ["Law"], "topics": ["AI"]}
    found = rules({**ASKED, "language": "en"}, **site, **SITE)
    fields: dict[str, object] = {
        "provider": "Post",
        "topics": ["Law"],
        "quality": 1,
        "publishedDateTime": MOMENT + timedelta(days=400),
        "language": "de",
    }
    named = [left_out(found, {"a": fields})["a"]]
    # Under another id it is blocked no more; then one fault after another is mended.
    mended: list[dict[str, object]] = [
        {},
        {"provider": "Sun"},
        {"topics": ["Food"]},
        {"topics": ["AI"]},
        {"quality": 50},
    ]
    mended += [{"publishedDateTime": MOMENT - timedelta(days=31)}, {"publishedDateTime": MOMENT}, {"language": "en"}]
    for change in mended:
        fields |= change
        named.append(left_out(found, {"b": fields}).get("b", "passes"))
    assert named == [
        "a is blocked",
        "the provider Post is blocked",
        "the topic Law is blocked",
        "it has none of the topics AI",
        "its quality is under 10",
        "it is newer",
        "it is more than 30 days older",
        "it is in another language",
        "passes",
    ]
