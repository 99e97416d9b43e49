"""What a view has for rows of all of its parts: columns, vectors, addresses, filters, copies."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from support.growing import VECTORS, grown, segment_of, view_of
from support.stories import told

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.index.local import segment
from recommender.index.local import view as view_module
from recommender.index.local.article_columns import article_facts
from recommender.index.where import All, Where

RECORDS = {
    "a": {"title": "Rain in town", "vector": 0, "webUrl": "https://a.example/1", "quality": 2, "language": "en"},
    "b": {"title": "Heavy rain", "vector": 1, "webUrl": "https://a.example/2", "publishedDateTime": "2021-04-16"},
    "c": {"title": "Council votes", "vector": 2, "provider": "post.example", "language": "de-AT"},
    "d": {"title": "A new bridge", "vector": 3, "webUrl": "https://a.example/1", "quality": 0.5},
    "e": {"title": "Ships", "vector": 4, "provider": "wire.example", "publishedDateTime": "2021-05-01T12:00:00Z"},
}
OLD = {"title": "Rain of old", "vector": 5, "webUrl": "https://a.example/2", "quality": 9, "provider": "old.example"}


@pytest.fixture(params=["one part", "three parts"])
def view(request):
    """The same articles in one part, and in three with rows of earlier ones hidden."""
    if request.param == "one part":
        return view_of(RECORDS)
    first = {"a": RECORDS["a"], "b": OLD, "c": RECORDS["c"], "d": OLD, "z": OLD}
    steps = [({"b": OLD, "d": RECORDS["d"]}, ["z"], 0), ({"b": RECORDS["b"], "e": RECORDS["e"]}, [], 0)]
    made, live = grown(first, steps)
    assert (made.parts_count, live) == (3, RECORDS)
    return made


def rows_of(view, names):
    return np.array([view.row_of(name) for name in names], dtype=np.int64)


def facts(name):
    return article_facts(Article.read(RECORDS[name]))


# Columns.


def test_a_column_comes_in_the_order_of_the_rows(view):
    for (name, fact), wanted in product(
        [
            ("urls", "url"),
            ("providers", "provider"),
            ("languages", "language"),
            ("qualities", "quality"),
            ("days", "day"),
        ],
        ["abcde", "be", "d"],
    ):
        rows = np.sort(rows_of(view, wanted))
        expected = [getattr(facts(view.article_id(row)), fact) for row in rows.tolist()]
        np.testing.assert_array_equal(view.column(name, rows), expected)


def test_a_column_of_no_rows_is_empty(view):
    assert view.column("days", np.empty(0, dtype=np.int64)).shape == (0,)


# Vectors.


def test_vectors_come_in_any_order_that_is_asked_for(view):
    for wanted in ["abcde", "edcba", "bebd", "c", ""]:
        found = view.vectors(rows_of(view, wanted))
        np.testing.assert_array_equal(found, VECTORS[[RECORDS[name]["vector"] for name in wanted]])
        assert found.dtype == np.float32


# Ids and addresses.


def test_an_id_names_its_row(view):
    for name in list(RECORDS):
        assert view.rows_of(name) == [view.row_of(name)]


def test_an_address_names_every_row_that_has_it(view):
    for address, names in [
        ("https://a.example/2", "b"),
        ("http://www.a.example/2/?utm_source=x#top", "b"),
        ("https://a.example/1", "ad"),
        ("https://a.example/3", ""),
        ("nowhere", ""),
        ("z", ""),
        ("", ""),
        ("  ", ""),
    ]:
        assert sorted(view.rows_of(address)) == sorted(rows_of(view, names).tolist())


def test_an_id_goes_before_an_address():
    view = view_of({"https://a.example/1": RECORDS["b"], "a": RECORDS["a"]})
    assert [view.article_id(row) for row in view.rows_of("https://a.example/1")] == ["https://a.example/1"]


# Filters.


def test_a_row_passes_a_filter_or_does_not(view):
    where = Where.parse(fields={"language": ["de"]})
    assert [view.passes(view.row_of(name), where, math.nan) for name in "abcde"] == [False, False, True, False, False]


def test_a_row_passes_several_filters_where_it_passes_each(view):
    both = All((Where.parse(fields={"webUrl": ["https://a.example/1"]}), Where.parse(exclude=["a"])))
    assert [view.passes(view.row_of(name), both, math.nan) for name in "abcde"] == [False, False, False, True, False]


def test_an_age_counts_back_from_the_day_given(view):
    row, where = view.row_of("b"), Where.parse(after="P7D")
    day = facts("b").day
    assert view.passes(row, where, day + 7)
    assert not view.passes(row, where, day + 8)
    with pytest.raises(ConfigError, match="no date"):
        view.passes(row, where, math.nan)


def test_candidates_pass_all_of_several_filters(view):
    both = All((Where.parse(exclude=["b"]), Where.parse(exclude=["c"])))
    rows = view.candidates(view.profile("a"), 10, where=both)
    assert {view.article_id(row) for row in rows.tolist()} == {"d", "e"}


# Articles from outside, and copies.


def test_an_article_from_outside_stands_alone_in_columns_of_its_own(view):
    article = told("Rain again", "Heavy rain falls on the town.", "wire.example", "2021-04-16", quality=3)
    profile = view.profile_of(article, VECTORS[1])
    assert len(profile.outside) == 1
    np.testing.assert_array_equal(profile.outside.vectors, VECTORS[1:2])
    assert profile.outside.qualities.tolist() == [3]
    assert np.isnan(profile.outside.hubness).all()


def test_a_stored_article_is_not_from_outside(view):
    assert view.profile("a").outside is None


def test_copies_are_grouped_once_for_a_view_and_only_when_they_are_asked_for(view, monkeypatch):
    made = []
    groups = view_module.CopyGroups
    monkeypatch.setattr(view_module, "CopyGroups", lambda parts: made.append(len(parts)) or groups(parts))
    view.candidates(view.profile("a"), 10)
    assert made == []
    assert view.copies is view.copies
    assert made == [view.parts_count]


def test_a_later_view_compares_only_what_is_new(monkeypatch):
    compared = []
    find = segment.find_copies_between
    monkeypatch.setattr(
        segment,
        "find_copies_between",
        lambda columns, others, asked: compared.append((asked.sum(), len(others))) or find(columns, others, asked),
    )
    first, _ = grown(RECORDS, [({"f": OLD, "g": OLD}, [], 0)])
    assert len(first.copies.of(first.profile("f"))) == 2
    assert compared == [(2, 5)]
    later = first.changed(9, first.settings, ["h"], segment_of({"h": OLD}), 0)
    assert len(later.copies.of(later.profile("h"))) == 3
    assert compared == [(2, 5), (1, 5), (1, 2)]


def test_merged_parts_compare_only_what_is_new(monkeypatch):
    compared = []
    find = segment.find_copies_between
    monkeypatch.setattr(
        segment,
        "find_copies_between",
        lambda columns, others, asked: compared.append(int(asked.sum())) or find(columns, others, asked),
    )
    first, _ = grown(RECORDS, [({"f": OLD, "g": OLD}, [], 0)])
    assert len(first.copies.of(first.profile("f"))) == 2
    merged = segment_of({"f": OLD, "g": OLD, "h": OLD})
    later = first.changed(9, first.settings, ["h"], merged, 1)
    assert len(later.copies.of(later.profile("h"))) == 3
    assert compared == [2, 1]
