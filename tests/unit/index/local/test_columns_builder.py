"""Articles -> columns, one after another in the order of their ids."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from recommender.article import Article
from recommender.index.local.article_columns import article_columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.shingles import hash_shingles, link_keys
from recommender.text import plain_words, stable_hash

ARTICLES = [
    Article(
        id="a",
        title="Rain rain in town",
        excerpt="heavy rain falls",
        published_date_time="2021-04-16T12:00:00Z",
        provider={"name": "The Town Post", "domain": "Post.Example"},
        topics=["Weather", " weather ", "Town", ""],
        language="en-GB",
        web_url="https://www.post.example/rain/",
        quality=3,
    ),
    Article(id="b", title="Town council", excerpt="the council votes", topics=["Town"]),
    Article(id="ä/中", title="Straße", quality=0.5),
]


def columns_of(articles):
    builder = ColumnsBuilder(lambda text: text.lower().split())
    for article in articles:
        builder.add(article.id, article, article.title, article.excerpt or "")
    return builder.build(np.ones((len(articles), 1), dtype=np.float32))


@pytest.fixture
def columns():
    return columns_of(ARTICLES)


def counts_of(columns, terms, row):
    ids, counts = terms.row(row)
    return {int(columns.vocabulary[term]): int(count) for term, count in zip(ids, counts, strict=True)}


def test_the_facts_of_each_article_stand_in_its_row(columns):
    for row, article in enumerate(ARTICLES):
        facts, profile = article_columns(article), columns.profile(row)
        np.testing.assert_equal(profile.day, facts.day)
        assert (profile.provider, profile.language, profile.url) == (facts.provider, facts.language, facts.url)
        assert profile.topics.tolist() == facts.topics
    np.testing.assert_array_equal(columns.qualities, np.float32([3, math.nan, 0.5]))


def test_columns_have_the_types_that_they_say(columns):
    types = {
        name: getattr(columns, name).dtype.name
        for name in ("days", "providers", "marks", "facets", "facet_index", "vocabulary")
    }
    assert types == {
        "days": "float64",
        "providers": "uint64",
        "marks": "uint64",
        "facets": "uint64",
        "facet_index": "uint64",
        "vocabulary": "uint64",
    }
    assert (columns.qualities.dtype, columns.facet_rows.dtype) == (np.float32, np.uint32)
    assert columns.facet_indptr.dtype == np.int64
    assert (columns.hubness.dtype, columns.figures.dtype, columns.shingles.dtype) == (np.float32, np.uint64, np.uint32)
    assert (columns.link_keys.dtype, columns.link_rows.dtype) == (np.uint32, np.uint32)
    assert (columns.shingle_indptr.dtype, columns.copy_pairs.dtype) == (np.int64, np.int64)


def test_each_field_value_names_the_articles_that_have_it(columns):
    for row, article in enumerate(ARTICLES):
        found = columns.facet_index[columns.facet_rows == row]
        assert sorted(found.tolist()) == article_columns(article).facets


def test_each_article_names_its_field_values(columns):
    for row, article in enumerate(ARTICLES):
        found = columns.facets[columns.facet_indptr[row] : columns.facet_indptr[row + 1]]
        assert found.tolist() == article_columns(article).facets
    assert len(columns.facets) == columns.facet_indptr[-1]


def test_field_values_and_their_rows_ascend(columns):
    pairs = list(zip(columns.facet_index.tolist(), columns.facet_rows.tolist(), strict=True))
    assert pairs == sorted(pairs)


def test_terms_are_counted(columns):
    for row, article in enumerate(ARTICLES):
        title, rest = article.title.lower().split(), (article.excerpt or "").split()
        for terms, expected in ((columns.title, title), (columns.text, title + rest)):
            assert counts_of(columns, terms, row) == Counter(map(stable_hash, expected))
            assert terms.lengths[row] == len(expected)


def test_a_term_counts_once_for_each_article_that_has_it(columns):
    frequency = dict(zip(columns.vocabulary.tolist(), columns.text.document_frequency.tolist(), strict=True))
    assert frequency[stable_hash("town")] == 2
    assert frequency[stable_hash("rain")] == 1


def test_a_title_is_counted_apart_from_the_whole_text(columns):
    frequency = dict(zip(columns.vocabulary.tolist(), columns.title.document_frequency.tolist(), strict=True))
    assert frequency[stable_hash("falls")] == 0
    assert frequency[stable_hash("town")] == 2


def test_a_count_stays_within_its_type():
    columns = columns_of([Article(id="a", title="x", excerpt="y " * 70_000)])
    assert counts_of(columns, columns.text, 0)[stable_hash("y")] == 65_535
    assert columns.text.lengths[0] == 70_001


def test_the_vocabulary_and_each_rows_terms_ascend(columns):
    assert (np.diff(columns.vocabulary.astype(object)) > 0).all()
    for row in range(len(columns)):
        assert (np.diff(columns.text.row(row)[0].astype(np.int64)) > 0).all()


def test_shingles_are_of_the_text_below_the_title(columns):
    for row, article in enumerate(ARTICLES):
        found = columns.shingles[columns.shingle_indptr[row] : columns.shingle_indptr[row + 1]]
        words = [stable_hash(word) for word in plain_words(article.excerpt or "")]
        expected = hash_shingles(np.array(words, dtype=np.uint64))
        assert found.tolist() == expected.tolist()


def test_each_term_tells_its_number_or_date_or_nothing():
    builder = ColumnsBuilder(lambda text: text.lower().split())
    builder.add("a", Article(title="x"), "10bn in June", "10 or june or 2021")
    columns = builder.build(np.ones((1, 1), dtype=np.float32))
    told = dict(zip(columns.vocabulary.tolist(), columns.figures.tolist(), strict=True))
    expected = {"10bn": "10", "in": "", "june": "june", "10": "10", "or": "", "2021": "2021"}
    assert told == {stable_hash(term): stable_hash(figure) if figure else 0 for term, figure in expected.items()}


def test_articles_are_linked_as_their_wording_says(columns):
    urls = columns.urls
    title_hashes = columns.vocabulary[columns.title.ids]
    expected = link_keys(columns.shingle_indptr, columns.shingles, columns.title.indptr, title_hashes, urls)
    np.testing.assert_array_equal(columns.link_keys, expected[0])
    np.testing.assert_array_equal(columns.link_rows, expected[1])
    assert set(columns.link_rows.tolist()) == {0, 1}


def test_how_near_others_are_is_not_known_of_articles_alone(columns):
    assert columns.hubness.shape == (len(ARTICLES),)
    assert np.isnan(columns.hubness).all()


def test_vectors_stay_as_they_came():
    vectors = np.eye(3, dtype=np.float32)
    builder = ColumnsBuilder(str.split)
    for article in ARTICLES:
        builder.add(article.id, article, article.title, "")
    assert builder.build(vectors).vectors is vectors


def test_an_article_without_terms_has_an_empty_row():
    builder = ColumnsBuilder(lambda text: [])
    builder.add("a", ARTICLES[0], "…", "")
    columns = builder.build(np.ones((1, 1), dtype=np.float32))
    assert columns.text.indptr.tolist() == [0, 0]
    assert columns.text.lengths.tolist() == [0]
    assert columns.vocabulary.shape == (0,)


def test_no_article_gives_columns_of_no_rows():
    columns = columns_of([])
    assert columns.text.indptr.tolist() == columns.mark_indptr.tolist() == columns.facet_indptr.tolist() == [0]
    assert columns.facets.shape == columns.facet_index.shape == columns.facet_rows.shape == (0,)
    assert columns.link_keys.shape == columns.shingles.shape == (0,)
    assert columns.copy_pairs.shape == (0, 2)


def test_ids_of_any_length_stand_one_after_another(columns):
    assert columns.id_bytes.tobytes().decode() == "abä/中"
    assert columns.id_ends.tolist() == [1, 2, 8]
