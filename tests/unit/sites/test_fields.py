"""Reading an article's fields from front matter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from recommender.article import LostValue
from recommender.sites.fields import KEYS, FieldReader


def reader(**values: Any) -> FieldReader:
    return FieldReader(values, KEYS)


# Where a value is looked for


def test_a_key_is_found_in_any_case_and_through_mappings():
    for values, key, found in [
        ({"Title": "A"}, "title", "A"),
        ({"TITLE": "A", "title": "B"}, "title", "B"),
        ({"meta": {"Created": "x"}}, "meta.created", "x"),
        ({"meta": {"a": {"b": 1}}}, "meta.a.b", 1),
        ({"meta.created": "x"}, "meta.created", "x"),
        ({"meta": "x"}, "meta.created", None),
        ({}, "title", None),
    ]:
        assert FieldReader(values, KEYS).get(key) == found, values


def test_the_first_key_with_a_value_counts_and_is_recorded():
    read = reader(excerpt=" ", description=None, summary="In short.", abstract="At length.")
    assert read.text("excerpt") == "In short."
    assert (read.origins, read.used) == ({"excerpt": "summary"}, {"summary"})


def test_a_text_is_a_string_or_a_number():
    for value, text in [(7, "7"), (1.5, "1.5"), (True, None), (["A"], None), ({"a": 1}, None)]:
        assert reader(title=value).text("title") == text, value


# Dates


def test_an_invalid_date_is_lost_and_the_next_key_is_read():
    read = reader(date="soon", created="2021-04-16T20:54:00Z", published=True)
    assert read.date() == datetime(2021, 4, 16, 20, 54, tzinfo=UTC)
    assert read.origins == {"published": "created"}
    assert [(lost.field, lost.shown) for lost in read.lost] == [("date", '"soon"')]
    assert read.used == {"date", "created"}


# Languages


def test_a_language_is_a_code_or_a_name():
    for said, language in [("de", "de"), ("pt_BR", "pt-BR"), (" zh-Hans-CN ", "zh-Hans-CN"), ("english", "english")]:
        read = reader(lang=said)
        assert (read.language(), read.lost) == (language, []), said


def test_an_invalid_language_is_lost():
    read = reader(lang="{{ site.lang }}")
    assert read.language() is None
    assert read.lost == [LostValue("lang", '"{{ site.lang }}"', "a language such as en or pt-BR")]
    assert read.origins == {}


# Lists of names


def test_names_are_read_from_a_list_a_string_or_mappings():
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
        assert read.names("topics") == names, value
        assert read.lost == [], value
        assert read.origins == ({"topics": "tags"} if names else {}), value


def test_only_the_invalid_name_of_a_list_is_lost():
    read = reader(tags=["a", None, ["b"], {"x": 1}, True, "c"])
    assert read.names("topics") == ["a", "c"]
    assert [(lost.field, lost.shown) for lost in read.lost] == [
        ("tags.1", "null"),
        ("tags.2", '["b"]'),
        ("tags.3", '{"x": 1}'),
        ("tags.4", "true"),
    ]


def test_names_may_have_other_separators():
    assert reader(tags="a;b, c").names("topics", ";,") == ["a", "b", "c"]
    assert reader(tags="a, b").names("topics", "") == ["a, b"]


def test_topics_are_merged_and_keywords_are_a_fallback():
    read = reader(categories=["B"], tags=["a", "B"], keywords="c")
    assert (read.names("topics"), read.origins["topics"]) == (["a", "B"], "tags, categories")
    assert reader(keywords="c, d").names("topics") == ["c", "d"]


def test_authors_come_from_the_first_key():
    assert reader(authors=[{"name": "Ada"}], author="Someone else").names("authors") == ["Ada"]
