"""Front matter as people write it, read as the fields of an article."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from recommender.article import LostValue
from recommender.sites.fields import KEYS, FieldReader


def reader(**values: Any) -> FieldReader:
    return FieldReader(values, KEYS)


# Where a value is looked for


@pytest.mark.parametrize(
    ("values", "key", "found"),
    [
        ({"Title": "A"}, "title", "A"),
        ({"TITLE": "A", "title": "B"}, "title", "B"),
        ({"meta": {"Created": "x"}}, "meta.created", "x"),
        ({"meta": {"a": {"b": 1}}}, "meta.a.b", 1),
        ({"meta.created": "x"}, "meta.created", "x"),
        ({"meta": "x"}, "meta.created", None),
        ({}, "title", None),
    ],
)
def test_a_key_is_found_whatever_its_case_and_through_mappings(values: dict[str, Any], key: str, found: object):
    assert FieldReader(values, KEYS).get(key) == found


def test_the_first_key_that_is_filled_counts_and_is_named():
    read = reader(excerpt=" ", description=None, summary="In short.", abstract="At length.")
    assert read.text("excerpt") == "In short."
    assert (read.origins, read.used) == ({"excerpt": "summary"}, {"summary"})


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (1.5, "1.5"), (True, None), (["A"], None), ({"a": 1}, None)])
def test_a_text_is_a_text_or_a_number(value: object, text: str | None):
    assert reader(title=value).text("title") == text


# Dates


def test_a_date_that_is_none_is_lost_and_the_next_key_is_looked_at():
    read = reader(date="soon", created="2021-04-16T20:54:00Z", published=True)
    assert read.date() == datetime(2021, 4, 16, 20, 54, tzinfo=UTC)
    assert read.origins == {"published": "created"}
    assert [(lost.field, lost.shown) for lost in read.lost] == [("date", '"soon"')]
    assert read.used == {"date", "created"}


# Languages


@pytest.mark.parametrize(
    ("said", "language"), [("de", "de"), ("pt_BR", "pt-BR"), (" zh-Hans-CN ", "zh-Hans-CN"), ("english", "english")]
)
def test_a_language_is_a_code_or_a_name(said: str, language: str):
    read = reader(lang=said)
    assert (read.language(), read.lost) == (language, [])


def test_what_is_no_language_is_lost():
    read = reader(lang="{{ site.lang }}")
    assert read.language() is None
    assert read.lost == [LostValue("lang", '"{{ site.lang }}"', "a language such as en or pt-BR")]
    assert read.origins == {}


# Lists of names


def test_names_are_a_list_a_text_or_mappings():
    for value, names in [
        (["a", "b"], ["a", "b"]),
        ("a, b ,", ["a", "b"]),
        ("a", ["a"]),
        (["a, b"], ["a, b"]),
        ([1, 2.5], ["1", "2.5"]),
        (2024, ["2024"]),
        (["a", "a"], ["a"]),
        ({"name": "Ada", "url": "https://x.example"}, ["Ada"]),
        ([{"label": "A"}, {"slug": "b"}], ["A", "b"]),
        ([" a ", ""], ["a"]),
        ([], []),
        (None, []),
        (True, []),
    ]:
        read = reader(tags=value)
        assert read.names("topics") == names
        assert read.lost == []
        assert read.origins == ({"topics": "tags"} if names else {})


def test_a_bad_name_is_lost_alone():
    read = reader(tags=["a", None, ["b"], {"x": 1}, True, "c"])
    assert read.names("topics") == ["a", "c"]
    assert [(lost.field, lost.shown) for lost in read.lost] == [
        ("tags.1", "null"),
        ("tags.2", '["b"]'),
        ("tags.3", '{"x": 1}'),
        ("tags.4", "true"),
    ]


def test_a_text_may_be_parted_by_other_signs():
    assert reader(tags="a;b, c").names("topics", ";,") == ["a", "b", "c"]
    assert reader(tags="a, b").names("topics", "") == ["a, b"]


def test_topics_are_put_together_and_keywords_count_where_there_is_nothing_else():
    read = reader(categories=["B"], tags=["a", "B"], keywords="c")
    assert (read.names("topics"), read.origins["topics"]) == (["a", "B"], "tags, categories")
    assert reader(keywords="c, d").names("topics") == ["c", "d"]


def test_authors_come_from_the_first_key_alone():
    assert reader(authors=[{"name": "Ada"}], author="Someone else").names("authors") == ["Ada"]
