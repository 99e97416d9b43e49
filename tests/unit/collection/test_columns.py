"""Columns: what each article brings to a pair."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest

from recommender.article import Article
from recommender.collection.columns import ColumnsBuilder, TermVector, idf, load_columns, save_columns
from recommender.text import stable_hash

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


def columns_of(articles):
    builder = ColumnsBuilder(split)
    for article in articles:
        builder.add(article.id, article, article.title, article.excerpt or "")
    return builder.build(unit_vectors(len(articles)))


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


def test_rows_are_found_by_id_and_ids_by_row(columns):
    assert [columns.article_id(row) for row in range(len(columns))] == list(ARTICLES)
    assert [columns.row_of(article_id) for article_id in ARTICLES] == [0, 1, 2, 3]


@pytest.mark.parametrize("article_id", ["", "A", "aa", "ä", "z", "😀😀", "\ud83d"])
def test_an_unknown_id_has_no_row(columns, article_id):
    assert columns.row_of(article_id) is None


def test_many_ids_are_all_found():
    names = sorted({f"{chr(97 + n % 7) * (n % 5 + 1)}/{n * 37 % 101}ß" for n in range(200)}, key=str.encode)
    columns = columns_of([Article(id=name, title="x") for name in names])
    assert [columns.row_of(name) for name in names] == list(range(len(names)))


def test_days_are_counted_from_1970(columns):
    np.testing.assert_array_equal(columns.days, [18733.5, math.nan, math.nan, -1])


def test_a_quality_that_is_missing_is_no_number(columns):
    np.testing.assert_array_equal(columns.qualities, np.float32([3, math.nan, 0.5, math.nan]))


def test_a_quality_beyond_a_floats_range_does_not_stop_a_build():
    columns_of([Article(id="a", title="x", quality=10**400)])


def test_a_quality_is_finite_or_missing():
    assert not np.isinf(columns_of([Article(id="a", title="x", quality=1e300)]).qualities).any()


def test_a_provider_is_its_domain_or_else_its_name_in_any_case(columns):
    post = stable_hash("post.example")
    assert columns.providers.tolist() == [post, post, 0, 0]


def test_a_language_counts_without_its_region(columns):
    assert columns.languages.tolist() == [stable_hash("en"), stable_hash("en"), 0, 0]


def test_an_address_counts_in_any_spelling(columns):
    rain = stable_hash("post.example/rain")
    assert columns.urls.tolist() == [rain, 0, rain, 0]


def test_topics_count_once_in_any_case_and_ascend(columns):
    assert columns.profile(0).topics.tolist() == sorted([stable_hash("weather"), stable_hash("town")])
    assert [len(columns.profile(row).topics) for row in range(4)] == [2, 0, 0, 0]
    assert columns.topics.dtype == np.uint64


def counts_of(columns, terms, row):
    ids, counts = terms.row(row)
    return {int(columns.vocabulary[term]): int(count) for term, count in zip(ids, counts, strict=True)}


def test_terms_are_counted(columns):
    for row, article in enumerate(ARTICLES.values()):
        title, rest = split(article.title), split(article.excerpt or "")
        for terms, expected in ((columns.title, title), (columns.text, title + rest)):
            assert counts_of(columns, terms, row) == Counter(map(stable_hash, expected))
            assert terms.lengths[row] == len(expected)


def test_a_term_counts_once_for_each_article_that_has_it(columns):
    frequency = dict(zip(columns.vocabulary.tolist(), columns.text.document_frequency.tolist(), strict=True))
    assert frequency[stable_hash("town")] == 2
    assert frequency[stable_hash("rain")] == 1
    assert frequency[stable_hash("the")] == 2


def test_a_count_stays_within_its_type():
    columns = columns_of([Article(id="a", title="x", excerpt="y " * 70_000)])
    assert counts_of(columns, columns.text, 0)[stable_hash("y")] == 65_535
    assert columns.text.lengths[0] == 70_001


def test_the_vocabulary_and_each_rows_terms_ascend(columns):
    assert (np.diff(columns.vocabulary.astype(object)) > 0).all()
    for row in range(len(columns)):
        assert (np.diff(columns.text.row(row)[0].astype(np.int64)) > 0).all()


@pytest.mark.parametrize(("df", "count"), [(1, 1), (1, 4), (2, 4), (4, 4), (1, 100_000), (100_000, 100_000)])
def test_idf_is_its_formula(df, count):
    expected = math.log(1 + (count - df + 0.5) / (df + 0.5))
    assert idf(np.array([df]), count) == pytest.approx([expected], rel=1e-6)


def test_idf_of_what_no_article_has_is_that_of_what_one_has():
    np.testing.assert_array_equal(idf(np.array([0]), 10), idf(np.array([1]), 10))


def test_idf_is_of_the_articles_frequencies(columns):
    np.testing.assert_array_equal(columns.text.idf, idf(columns.text.document_frequency, 4))
    np.testing.assert_array_equal(columns.title.idf, idf(columns.title.document_frequency, 4))


def test_the_mean_length_is_at_least_1(columns):
    assert columns.title.mean_length == pytest.approx((4 + 2 + 1 + 1) / 4)
    assert columns_of([Article(id="a", title=" x")]).title.mean_length == 1
    assert columns_of([]).title.mean_length == 1


def test_rarity_is_the_idf_in_whole_texts_or_0(columns):
    town = columns.text.idf[np.searchsorted(columns.vocabulary, np.uint64(stable_hash("town")))]
    rarity = columns.rarity(["town", "nowhere", "town"])
    assert rarity.tolist() == [town, 0, town]
    assert rarity.dtype == np.float32
    assert columns.rarity([]).shape == (0,)


@pytest.mark.parametrize("row", range(4))
def test_the_profile_of_a_stored_article_is_that_of_the_same_article(columns, row):
    article = list(ARTICLES.values())[row]
    title = split(article.title)
    stored = columns.profile(row)
    fresh = columns.profile_of(article, columns.vectors[row], title, [*title, *split(article.excerpt or "")])
    assert stored.row == row
    assert fresh.row is None
    for name in ("day", "provider", "language", "url"):
        np.testing.assert_equal(getattr(fresh, name), getattr(stored, name))
    np.testing.assert_array_equal(fresh.vector, stored.vector)
    np.testing.assert_array_equal(fresh.topics, stored.topics)
    assert fresh.topics.dtype == stored.topics.dtype
    assert_same(fresh.title, stored.title)
    assert_same(fresh.text, stored.text)


def test_terms_that_no_article_has_come_last_with_the_idf_of_a_rare_term(columns):
    profile = columns.profile_of(Article(title="x"), columns.vectors[0], [], ["new", "town", "new", "other", "town"])
    rare = idf(np.array([1]), 4)[0]
    assert columns.vocabulary[profile.text.ids].tolist() == [stable_hash("town")]
    assert profile.text.counts[0] == 2
    assert sorted(profile.text.counts[1:].tolist()) == [1, 2]
    assert profile.text.idf[1:].tolist() == [rare, rare]
    assert profile.text.idf[0] == columns.text.idf[profile.text.ids[0]]


def test_a_profile_without_terms_has_none(columns):
    profile = columns.profile_of(Article(title="x"), columns.vectors[0], [], [])
    for part in (profile.title, profile.text):
        assert_same(part, TermVector(np.empty(0, np.uint32), np.empty(0, np.float32), np.empty(0, np.float32)))


def test_no_article_gives_empty_columns():
    columns = columns_of([])
    assert len(columns) == 0
    assert columns.row_of("a") is None
    assert columns.vocabulary.shape == (0,)
    assert columns.vectors.shape == (0, 4)


def test_no_article_is_no_hindrance_to_a_profile():
    profile = columns_of([]).profile_of(Article(title="x"), unit_vectors(1)[0], ["x"], ["x", "y"])
    assert profile.text.ids.shape == (0,)
    assert profile.text.counts.tolist() == [1, 1]
    assert np.isfinite(profile.text.idf).all()


def test_one_article_has_a_profile():
    profile = columns_of([ARTICLES["a"]]).profile(0)
    assert profile.text.counts.sum() == 7
    assert (profile.text.idf > 0).all()


def test_documents_are_the_terms_of_each_row_with_repetitions():
    builder = ColumnsBuilder(split)
    for article in ARTICLES.values():
        builder.add(article.id, article, article.title, article.excerpt or "")
    found = [(title.tolist(), text.tolist()) for title, text in builder.documents()]
    expected = []
    for article in ARTICLES.values():
        title = [stable_hash(term) for term in split(article.title)]
        expected.append((title, title + [stable_hash(term) for term in split(article.excerpt or "")]))
    assert found == expected
