"""What the local index has of articles of all of its parts: columns, vectors, addresses, filters, copies."""

from __future__ import annotations

import numpy as np
import pytest
from support.filters import spec_of
from support.growing import VECTORS, grown, segment_of, view_of
from support.stories import told

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.index.local import local_index, segment
from recommender.index.local.article_columns import article_columns

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
    assert (len(made._parts), live) == (3, RECORDS)
    return made


def facts(name, **more):
    return article_columns(Article.read(RECORDS[name] | more))


# Columns.


@pytest.mark.parametrize(
    ("name", "fact"),
    [("urls", "url"), ("providers", "provider"), ("languages", "language"), ("qualities", "quality"), ("days", "day")],
)
@pytest.mark.parametrize("wanted", ["abcde", "eb", "d"])
def test_a_column_comes_in_the_order_of_the_ids(view, name, fact, wanted):
    expected = [getattr(facts(article_id), fact) for article_id in sorted(wanted)]
    np.testing.assert_array_equal(getattr(view.gather(None, wanted), name), expected)


@pytest.mark.parametrize("name", ["urls", "providers", "languages", "translations", "qualities", "days", "hubness"])
def test_a_column_of_no_articles_is_empty(view, name):
    assert getattr(view.gather(None), name).shape == (0,)


@pytest.mark.parametrize("wanted", ["abcde", "edcba", "bebd", "c", ""])
def test_days_come_in_any_order_that_is_asked_for(view, wanted):
    found = view.days(wanted)
    np.testing.assert_array_equal(found, [facts(name).day for name in wanted])
    assert found.dtype == np.float64


def test_topics_names_and_facets_come_with_the_place_of_their_article(view):
    pool = view.gather(None, "ecab")
    for place, name in enumerate("abce"):
        assert sorted(pool.facets.values[pool.facets.owner == place].tolist()) == facts(name, id=name).facets
        own = view.profile(name)
        marks = [*own.topics.tolist(), *own.authors.tolist(), *own.names.tolist()]
        assert pool.marks.values[pool.marks.owner == place].tolist() == marks
        assert pool.topic_counts[place] == len(own.topics)


# Vectors.


@pytest.mark.parametrize("wanted", ["abcde", "edcba", "bebd", "c", ""])
def test_vectors_come_in_the_order_of_the_ids_however_they_are_asked_for(view, wanted):
    found = view.gather(None, wanted).vectors
    expected = VECTORS[[RECORDS[name]["vector"] for name in sorted(set(wanted))]]
    np.testing.assert_array_equal(found, expected.reshape(-1, VECTORS.shape[1]))
    assert found.dtype == np.float32


# Ids and addresses.


@pytest.mark.parametrize("name", list(RECORDS))
def test_an_id_names_its_article(view, name):
    assert list(view.resolve(name)) == [name]
    assert view.profile(name).article_id == name


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("https://a.example/2", "b"),
        ("http://www.a.example/2/?utm_source=x#top", "b"),
        ("https://a.example/1", "ad"),
        ("https://a.example/3", ""),
        ("nowhere", ""),
        ("z", ""),
        ("", ""),
        ("  ", ""),
    ],
)
def test_an_address_names_every_article_that_has_it(view, address, names):
    assert list(view.resolve(address)) == list(names)


def test_an_id_goes_before_an_address():
    view = view_of({"https://a.example/1": RECORDS["b"], "a": RECORDS["a"]})
    assert list(view.resolve("https://a.example/1")) == ["https://a.example/1"]


# Translations and samples.


def test_translations_are_sorted_by_id_whatever_parts_they_are_in():
    page = {"title": "Rain", "vector": 0, "translationKey": "rain"}
    first = {"c": page, "d": page, "e": page, "x": RECORDS["a"]}
    made, live = grown(first, [({"a": page, "d": RECORDS["d"]}, ["e"], 0), ({"b": page}, [], 0)])
    for view in (made, view_of(live)):
        for name in "abc":
            article = Article.read({**page, "id": name})
            assert list(view.translations(article)) == [each for each in "abc" if each != name]
        assert list(view.translations(Article.read(page))) == ["a", "b", "c"]
        assert list(view.translations(Article.read({**page, "id": "new"}))) == ["a", "b", "c"]
        for other in ({"title": "Rain"}, {**page, "translationKey": "snow"}):
            assert list(view.translations(Article.read(other))) == []


def test_samples_are_the_same_for_all_revisions_of_a_snapshot():
    first = view_of(RECORDS)
    later = first.changed(2, first.settings, ["a"], segment_of({"a": OLD}), 0)
    assert later.samples() is first.samples() is later.at(3, first.settings).samples()
    assert later.samples().articles == len(RECORDS)


# Filters.


def passes(view, spec):
    """Which articles pass, of those gathered, and whether the same are proposed."""
    kept = spec.passing(view.gather(None, "abcde")).tolist()
    for name in "abcde":
        found = {each for each, passing in zip("abcde", kept, strict=True) if passing and each != name}
        assert set(view.propose(view.profile(name), 10, spec)) == found
    return kept


def test_an_article_passes_a_filter_or_does_not(view):
    assert passes(view, spec_of(language=["de"])) == [False, False, True, False, False]


def test_an_article_passes_several_filters_where_it_passes_each(view):
    both = spec_of(where={"webUrl": ["https://a.example/1"]}) & spec_of(exclude=["a"])
    assert passes(view, both) == [False, False, False, True, False]


def test_an_age_counts_back_from_the_day_given(view):
    day = facts("b").day
    assert passes(view, spec_of(after="P7D", day=day + 7))[1]
    assert not passes(view, spec_of(after="P7D", day=day + 8))[1]
    with pytest.raises(ConfigError, match="the article asked about has none"):
        spec_of(after="P7D")


def test_candidates_pass_all_of_several_filters(view):
    both = spec_of(exclude=["b"]) & spec_of(exclude=["c"])
    assert set(view.propose(view.profile("a"), 10, both)) == {"d", "e"}


# Articles from outside, and copies.


def test_an_article_from_outside_stands_alone_in_columns_of_its_own(view):
    article = told("Rain again", "Heavy rain falls on the town.", "wire.example", "2021-04-16", quality=3)
    profile = view.profile(article, VECTORS[1])
    assert len(profile.outside) == 1
    np.testing.assert_array_equal(profile.outside.vectors, VECTORS[1:2])
    assert profile.outside.qualities.tolist() == [3]
    assert np.isnan(profile.outside.hubness).all()


def test_a_stored_article_is_not_from_outside(view):
    assert view.profile("a").outside is None


def test_copies_are_grouped_once_for_a_view_and_only_when_they_are_asked_for(view, monkeypatch):
    made = []
    groups = local_index.CopyGroups
    monkeypatch.setattr(local_index, "CopyGroups", lambda parts: made.append(len(parts)) or groups(parts))
    view.propose(view.profile("a"), 10)
    assert made == []
    assert view.copies(view.profile("a")) is not None
    view.copies(view.profile("b"))
    assert made == [len(view._parts)]


def test_a_later_view_compares_only_what_is_new(monkeypatch):
    compared = []
    find = segment.find_copies_between
    monkeypatch.setattr(
        segment,
        "find_copies_between",
        lambda columns, others, asked: compared.append((asked.sum(), len(others))) or find(columns, others, asked),
    )
    first, _ = grown(RECORDS, [({"f": OLD, "g": OLD}, [], 0)])
    assert len(first.copies(first.profile("f"))) == 2
    assert compared == [(2, 5)]
    later = first.changed(9, first.settings, ["h"], segment_of({"h": OLD}), 0)
    assert len(later.copies(later.profile("h"))) == 3
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
    assert len(first.copies(first.profile("f"))) == 2
    merged = segment_of({"f": OLD, "g": OLD, "h": OLD})
    later = first.changed(9, first.settings, ["h"], merged, 1)
    assert len(later.copies(later.profile("h"))) == 3
    assert compared == [2, 1]
