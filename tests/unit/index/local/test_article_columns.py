"""What an article brings to a comparison or a filter, as numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.article import Article
from recommender.index.local.article_columns import article_columns
from recommender.text import facet, stable_hash


def facts(**fields):
    return article_columns(Article.read({"title": "x", **fields}))


def has(value, field="custom", **fields):
    """Whether an article with `fields` has `value` in `field`."""
    return facet(field, value) in facts(**fields).facets


def test_an_article_of_a_title_alone_has_nothing_else():
    found = facts()
    assert math.isnan(found.day)
    assert math.isnan(found.quality)
    assert (found.provider, found.language, found.url) == (0, 0, 0)
    assert (found.topics, found.facets) == ([], [])


def test_days_are_counted_from_1970():
    for date, day in [
        ("1970-01-01", 0),
        ("2021-04-16T12:00:00Z", 18733.5),
        ("1969-12-31", -1),
        ("2021-04-16T14:00:00+02:00", 18733.5),
    ]:
        assert facts(publishedDateTime=date).day == day


def test_a_provider_is_its_domain_or_else_its_name_in_any_case():
    for provider in [
        "Post.Example",
        " post.example ",
        {"domain": "POST.example"},
        {"name": "x", "domain": "post.example"},
    ]:
        assert facts(provider=provider).provider == stable_hash("post.example")


def test_a_provider_without_a_name_is_none():
    for provider in [None, {}, {"name": "  "}, {"images": []}]:
        assert facts(provider=provider).provider == 0, provider


def test_a_language_counts_without_its_region():
    for language in ["en", "EN", "en-GB", "en_US", " en "]:
        assert facts(language=language).language == stable_hash("en")


@pytest.mark.parametrize("url", ["https://www.post.example/rain/?utm_source=x", "http://post.example/rain#top"])
def test_an_address_counts_in_any_spelling(url):
    assert facts(webUrl=url).url == stable_hash("post.example/rain")


def test_topics_count_once_in_any_case_and_ascend():
    values = ["Weather", " weather ", "Town", "", "  "]
    found = facts(topics=values, authors=values)
    assert found.topics == sorted([facet("topics", "weather"), facet("topics", "town")])
    assert found.authors == sorted([facet("authors", "weather"), facet("authors", "town")])


def test_a_quality_beyond_a_floats_range_is_the_largest_that_it_has():
    for quality in [10**400, 1e300, -1e300]:
        assert abs(facts(quality=quality).quality) == float(np.finfo(np.float32).max)


def test_any_field_can_be_asked_for():
    for field in ["custom", "customField", "ünïcode", "id", "type", "originalUrl"]:
        assert has("Some Value", field, **{field: "Some Value"})


def test_a_plain_value_goes_by_its_text():
    for value, asked in [
        (True, "true"),
        (False, "False"),
        (3, "3"),
        (-7, "-7"),
        (0.5, "0.5"),
        (2.0, "2"),
        ("", ""),
        ("0", "0"),
    ]:
        assert has(asked, custom=value)


def test_a_number_of_many_digits_goes_by_its_text():
    for value in [59.9138688, 1234567.5, 10_000_000.0]:
        assert has(str(value).removesuffix(".0"), custom=value)


def test_different_numbers_are_different_values():
    assert facts(custom=59.91386).facets != facts(custom=59.91391).facets


def test_what_is_nothing_has_no_value():
    assert facts(custom=None).facets == facts(custom=[]).facets == facts(custom={}).facets == []


def test_each_value_of_a_list_counts():
    assert has("Red", custom=["Red", "Green"])
    assert has("green", custom=["Red", "Green"])


def test_a_nested_field_goes_by_its_path():
    assert has("Winter", "custom.season", custom={"season": "Winter"})
    assert has("k", "a.b.c", a={"b": [{"c": "k"}, {"c": "l"}]})


def test_a_provider_goes_by_its_name_or_its_domain():
    provider = {"name": "The Town Post", "domain": "Post.Example"}
    assert has("the town post", "provider", provider=provider)
    assert has("post.example", "provider", provider=provider)
    assert has("post.example", "provider.domain", provider=provider)


def test_a_language_is_asked_for_without_its_region():
    assert has("en", "language", language="en-GB")
    assert not has("en-GB", "language", language="en-GB")


def test_long_texts_pictures_dates_and_sealed_fields_are_no_values():
    for field in ["title", "excerpt", "body", "publishedDateTime", "images", "secured", "related"]:
        value = {"publishedDateTime": "2021-04-16", "images": ["https://a.example/a.png"]}.get(field, "text")
        assert facts(**{field: value}).facets == [], field


def test_an_editors_rules_are_no_values():
    assert facts(relatedRules={"pinned": ["a"], "topics": ["Town"], "time": "older"}).facets == []


def test_field_values_ascend_without_repetition():
    found = facts(custom=["b", "a", "A", " a"], type="a").facets
    assert found == sorted(set(found))
    assert len(found) == 3
