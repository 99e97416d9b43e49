"""Columns: what each article brings to a pair."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from support.pools import pool_of

from recommender.article import Article
from recommender.index.local.columns import (
    load_columns,
    locate,
    mean_length,
    save_columns,
)
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.ranking.pool import TermVector, idf
from recommender.text import facet, stable_hash

ARTICLES = {
    "a": Article(
        id="a",
        title="Rain rain in town",
        excerpt="heavy rain falls",
        published_date_time="2021-04-16T12:00:00Z",
        provider={"name": "The Town Post", "domain": "Post.Example"},
        topics=["Weather", " weather ", "Town", ""],
        language="en-GB",
        web_url="https://www.post.example/rain/?utm_source=x",
        quality=3,
    ),
    "b": Article(id="b", title="Town council", excerpt="the council votes", provider="Post.Example", language="EN"),
    "ä/中": Article(id="ä/中", title="Straße", web_url="https://post.example/rain", quality=0.5),
    "😀": Article(id="😀", title="the", published_date_time="1969-12-31"),
}


def split(text):
    return text.lower().split()


def unit_vectors(count):
    rows = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32).reshape(count, 4)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def columns_of(articles, vectors=None):
    builder = ColumnsBuilder(split)
    for article in articles:
        builder.add(article.id, article, article.title, article.excerpt or "")
    return builder.build(unit_vectors(len(articles)) if vectors is None else vectors)


def fresh_profile(columns, article, row=0):
    """The profile of an article from outside, with the vector of a row: alone, weighed by the columns."""
    vectors = columns.vectors[row : row + 1] if len(columns) else unit_vectors(1)
    return columns_of([article], vectors).profile(0, columns.weigh)


@pytest.fixture
def columns():
    return columns_of(list(ARTICLES.values()))


def assert_same(first, second):
    for field in fields(first):
        one, two = getattr(first, field.name), getattr(second, field.name)
        if hasattr(one, "__dataclass_fields__"):
            assert_same(one, two)
        elif isinstance(one, np.ndarray):
            assert one.dtype == two.dtype, field.name
            np.testing.assert_array_equal(one, two, err_msg=field.name)
        else:
            np.testing.assert_equal(one, two, err_msg=field.name)


# On disk.


@pytest.mark.parametrize("count", [0, 1, 4])
def test_columns_are_loaded_as_they_were_saved(tmp_path, count):
    made = columns_of(list(ARTICLES.values())[:count])
    save_columns(made, tmp_path)
    loaded = load_columns(tmp_path)
    assert len(loaded) == count
    assert_same(made, loaded)


def test_loaded_columns_can_not_be_changed(columns, tmp_path):
    save_columns(columns, tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        load_columns(tmp_path).days[0] = 1


def test_the_same_columns_are_the_same_bytes(columns, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save_columns(columns, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "title.ids.npy" in files
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


# Rows and ids.


def test_rows_are_found_by_id_and_ids_by_row(columns):
    assert [columns.article_id(row) for row in range(len(columns))] == list(ARTICLES)
    assert [columns.row_of(article_id) for article_id in ARTICLES] == [0, 1, 2, 3]


def test_an_unknown_id_has_no_row(columns):
    for article_id in ["", "A", "aa", "ä", "z", "😀😀", "\ud83d"]:
        assert columns.row_of(article_id) is None


def test_the_place_of_an_id_is_the_first_row_not_before_it(columns):
    for article_id, place in [("", 0), ("a", 0), ("aa", 1), ("b", 1), ("c", 2), ("😀😀", 4)]:
        assert columns.place_of(article_id) == place


def test_many_ids_are_all_found():
    names = sorted({f"{chr(97 + n % 7) * (n % 5 + 1)}/{n * 37 % 101}ß" for n in range(200)}, key=str.encode)
    columns = columns_of([Article(id=name, title="x") for name in names])
    assert [columns.row_of(name) for name in names] == list(range(len(names)))


@pytest.mark.parametrize("names", [[], ["b"], ["😀", "a", "a"], ["nowhere", "b", "\ud83d", ""]])
def test_rows_are_named_by_their_ids(columns, names):
    named = columns.is_named(names)
    assert named.tolist() == [name in names for name in ARTICLES]
    assert named.dtype == bool


# Topics and field values.


def test_topics_of_rows_come_with_the_place_of_their_row(columns):
    pool = pool_of(columns, [1, 0, 3])
    assert pool.topic_counts.tolist() == [0, 2, 0]
    topics = pool.marks.values[pool.marks.owner == 1][:2]
    assert topics.tolist() == sorted([facet("topics", "weather"), facet("topics", "town")])


def test_the_topics_of_no_row_are_none(columns):
    pool = pool_of(columns, [])
    assert len(pool.marks.values) == len(pool.marks.owner) == len(pool.topic_counts) == 0


def test_a_row_has_the_facets_that_it_is_found_by(columns):
    facets = pool_of(columns).facets
    assert len(facets.values) == len(columns.facets) == len(columns.facet_index) == len(columns.facet_rows) > 0
    for row in range(len(columns)):
        own = columns.facets[columns.facet_indptr[row] : columns.facet_indptr[row + 1]]
        assert own.tolist() == facets.values[facets.owner == row].tolist() == sorted(set(own.tolist()))
        assert own.tolist() == sorted(columns.facet_index[columns.facet_rows == row].tolist())
        assert all(row in columns.rows_with(value) for value in own.tolist())


def test_the_rows_that_have_a_facet_are_a_mask(columns):
    mask = columns.has_facet(facet("provider", "post.example"))
    assert (mask.tolist(), mask.dtype) == ([True, True, False, False], bool)
    assert not columns.has_facet(facet("topics", "unheard")).any()


def test_the_rows_with_a_field_value_ascend(columns):
    assert columns.rows_with(facet("provider", "post.example")).tolist() == [0, 1]
    assert columns.rows_with(facet("quality", "0.5")).tolist() == [2]


def test_a_field_value_that_no_article_has_has_no_rows(columns):
    for value in [0, 1, 2**64 - 1, facet("topics", "unheard")]:
        assert columns.rows_with(value).tolist() == []


# Wording.


def test_shingles_of_rows_come_with_the_place_of_their_row():
    columns = columns_of([Article(id=name, title="x", excerpt=name * 2) for name in ("a b ", "c d e ", "f ")])
    shingles, owner = columns.shingles_of(np.array([1, 2, 1]))
    own = [columns.shingles[slice(*columns.shingle_indptr[row : row + 2])].tolist() for row in range(3)]
    assert shingles.tolist() == [*own[1], *own[2], *own[1]]
    assert owner.tolist() == [0, 0, 0, 1, 2, 2, 2]


def test_the_shingles_of_no_row_are_none(columns):
    shingles, owner = columns.shingles_of(np.empty(0, dtype=np.int64))
    assert len(shingles) == len(owner) == 0


# Terms.


def test_the_terms_of_a_row_are_those_of_its_title_and_of_all(columns):
    profile = columns.profile(0)
    (title, title_counts), (text, text_counts) = (
        (terms.hashes, terms.counts.astype(int)) for terms in (profile.title, profile.text)
    )
    in_title, in_all = {"rain": 2, "in": 1, "town": 1}, {"rain": 3, "in": 1, "town": 1, "heavy": 1, "falls": 1}
    assert dict(zip(title.tolist(), title_counts.tolist(), strict=True)) == {
        stable_hash(term): count for term, count in in_title.items()
    }
    assert dict(zip(text.tolist(), text_counts.tolist(), strict=True)) == {
        stable_hash(term): count for term, count in in_all.items()
    }


def test_the_entries_of_several_rows_are_gathered_in_their_order(columns):
    flat, owner = columns.text.gather(np.array([3, 0]))
    expected = [*columns.text.row(3)[0].tolist(), *columns.text.row(0)[0].tolist()]
    assert columns.text.ids[flat].tolist() == expected
    assert owner.tolist() == [0] * len(columns.text.row(3)[0]) + [1] * len(columns.text.row(0)[0])


def test_the_total_length_is_of_all_rows_with_repetitions(columns):
    assert columns.title.total_length == 4 + 2 + 1 + 1
    assert columns.text.total_length == 7 + 5 + 1 + 1


def test_idf_is_its_formula():
    for df, count in [(1, 1), (1, 4), (2, 4), (4, 4), (1, 100_000), (100_000, 100_000)]:
        expected = math.log(1 + (count - df + 0.5) / (df + 0.5))
        assert idf(np.array([df]), count) == pytest.approx([expected], rel=1e-6)


def test_idf_of_what_no_article_has_is_that_of_what_one_has():
    np.testing.assert_array_equal(idf(np.array([0]), 10), idf(np.array([1]), 10))


def test_the_mean_length_is_at_least_1():
    for total, count, mean in [(8, 4, 2), (1, 4, 1), (0, 3, 1), (0, 0, 1)]:
        assert mean_length(total, count) == mean


def test_weighing_says_how_many_articles_have_each_term(columns):
    hashes = np.sort(np.array([stable_hash(term) for term in ("town", "rain", "new")], dtype=np.uint64))
    weighed = columns.weigh("text", hashes, np.ones(3, dtype=np.float32))
    frequency = dict(zip(weighed.hashes.tolist(), weighed.document_frequency.tolist(), strict=True))
    assert frequency == {stable_hash("town"): 2, stable_hash("rain"): 1, stable_hash("new"): 0}
    assert weighed.documents == 4


def test_titles_and_whole_texts_are_weighed_apart(columns):
    falls = np.array([stable_hash("falls")], dtype=np.uint64)
    one = np.ones(1, dtype=np.float32)
    assert columns.weigh("title", falls, one).document_frequency.tolist() == [0]
    assert columns.weigh("text", falls, one).document_frequency.tolist() == [1]
    assert columns.weigh("title", falls, one).mean_length == pytest.approx(8 / 4)
    assert columns.weigh("text", falls, one).mean_length == pytest.approx(14 / 4)


def test_weighed_terms_have_the_idf_of_their_frequency(columns):
    weighed = columns.weigh("text", columns.vocabulary, np.ones(len(columns.vocabulary), dtype=np.float32))
    np.testing.assert_array_equal(weighed.idf, idf(columns.text.document_frequency, 4))


def test_a_profiles_terms_are_hashed_ascending_and_counted(columns):
    terms = fresh_profile(columns, Article(id="x", title="town rain town")).title
    hashes, counts = terms.hashes, terms.counts
    assert dict(zip(hashes.tolist(), counts.tolist(), strict=True)) == {stable_hash("town"): 2, stable_hash("rain"): 1}
    assert hashes[0] < hashes[1]
    assert (hashes.dtype, counts.dtype) == (np.uint64, np.float32)


def test_values_are_located_where_they_stand():
    places, known = locate(np.array([2, 5, 9]), np.array([9, 1, 2, 10, 5]))
    assert known.tolist() == [True, False, True, False, True]
    assert places[known].tolist() == [2, 0, 1]


def test_where_there_is_nothing_nothing_is_located():
    for ascending, wanted in [([], [1, 2]), ([1, 2], []), ([], [])]:
        places, known = locate(np.array(ascending, dtype=np.int64), np.array(wanted, dtype=np.int64))
        assert len(places) == len(known) == len(wanted)
        assert not known.any()


# Profiles.


@pytest.mark.parametrize("row", range(4))
def test_the_profile_of_a_stored_article_is_that_of_the_same_article(columns, row):
    article = list(ARTICLES.values())[row]
    stored, fresh = columns.profile(row), fresh_profile(columns, article, row)
    assert stored.row == row
    for name in ("day", "provider", "language", "url"):
        np.testing.assert_equal(getattr(fresh, name), getattr(stored, name))
    np.testing.assert_array_equal(fresh.vector, stored.vector)
    np.testing.assert_array_equal(fresh.topics, stored.topics)
    assert fresh.topics.dtype == stored.topics.dtype
    assert_same(fresh.title, stored.title)
    assert_same(fresh.text, stored.text)


def test_a_profile_takes_the_statistics_that_it_is_given(columns):
    def weigh(field, hashes, counts, ids):
        return TermVector(hashes, counts, np.full(len(hashes), 7), 70, 3.5)

    profile = columns.profile(0, weigh)
    assert (profile.text.documents, profile.text.mean_length) == (70, 3.5)
    np.testing.assert_array_equal(profile.title.idf, idf(np.full(3, 7), 70))


def test_a_term_that_no_article_has_gets_the_idf_of_a_rare_one(columns):
    profile = fresh_profile(columns, Article(id="x", title="new", excerpt="town new other town"))
    known = profile.text.hashes == np.uint64(stable_hash("town"))
    assert profile.text.counts[known].tolist() == [2]
    assert sorted(profile.text.counts[~known].tolist()) == [1, 2]
    assert profile.text.document_frequency[~known].tolist() == [0, 0]
    assert profile.text.idf[~known].tolist() == [idf(np.array([1]), 4)[0]] * 2


def test_a_profile_without_terms_has_none(columns):
    builder = ColumnsBuilder(lambda text: [])
    builder.add("x", Article(title="…"), "…", "")
    profile = builder.build(unit_vectors(1)).profile(0, columns.weigh)
    for part in (profile.title, profile.text):
        assert part.hashes.shape == part.counts.shape == part.idf.shape == (0,)


def test_no_article_gives_empty_columns():
    columns = columns_of([])
    assert len(columns) == 0
    assert columns.row_of("a") is None
    assert columns.vocabulary.shape == (0,)
    assert columns.vectors.shape == (0, 4)


def test_no_article_is_no_hindrance_to_a_profile():
    profile = fresh_profile(columns_of([]), Article(id="x", title="x", excerpt="y"))
    assert profile.text.document_frequency.tolist() == [0, 0]
    assert profile.text.counts.tolist() == [1, 1]
    assert np.isfinite(profile.text.idf).all()


def test_one_article_has_a_profile():
    profile = columns_of([ARTICLES["a"]]).profile(0)
    assert profile.text.counts.sum() == 7
    assert (profile.text.idf > 0).all()
