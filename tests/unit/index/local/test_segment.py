"""A segment: some articles with the engines that search them."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from support.stories import HARBOUR, prose, told, vectors_at
from support.stories import columns_of as stories

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings, TextSettings
from recommender.errors import DamagedError, MissingVectorsError, VectorError
from recommender.index.local import dense, lexical, segment
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.dense import search_exactly
from recommender.index.local.lexical import LEAST_QUERY_TERMS, QueryTerms
from recommender.index.local.packing import Packer
from recommender.index.local.segment import Segment, read_segment
from recommender.ranking.pool import QUERY_TERMS, TermVector
from recommender.store import Encoding, Incoming, write_articles
from recommender.text import stable_hash, text_hash

ENCODING = Encoding(EncoderSettings(), "counting-encoder", 8, (0.0,))


def unit_rows(count, dimension=16, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def columns_of(texts):
    """Columns of texts, each a title and the rest, a row each."""
    builder = ColumnsBuilder(str.split)
    for number, (title, rest) in enumerate(texts):
        builder.add(f"{number:05}", Article(title="x"), title, rest)
    return builder.build(unit_rows(len(texts)))


def hashes(words):
    return np.array([stable_hash(word) for word in words.split()], dtype=np.uint64)


def vector(words, frequency, documents=100):
    """The terms of a text, each in as many of the articles as said."""
    found = hashes(words)
    counts = np.ones(len(found), dtype=np.float32)
    return TermVector(found, counts, np.array(frequency, dtype=np.int64), documents, 5.0)


def asked(text, title=""):
    """A question where every term is equally telling."""
    sides = (vector(words, [1] * len(words.split())) for words in (title, text))
    return QueryTerms.of(*sides)


def most_telling(frequency, documents):
    words = " ".join(f"w{number}" for number in range(len(frequency)))
    return QueryTerms.of(vector("", [], documents), vector(words, frequency, documents))


def test_terms_are_looked_up_while_the_articles_that_have_them_are_few(monkeypatch):
    monkeypatch.setattr(lexical, "MAX_POSTINGS", 1000)
    assert len(most_telling([50] * 40, 10_000).text) == 20
    assert len(most_telling([50] * 10, 10_000).text) == 10
    assert len(most_telling([1] * 40, 10_000).text) == QUERY_TERMS


def test_some_terms_are_looked_up_however_many_articles_have_them(monkeypatch):
    monkeypatch.setattr(lexical, "MAX_POSTINGS", 1000)
    telling = most_telling(list(range(900, 940)), 10_000)
    assert telling.text.tolist() == hashes(" ".join(f"w{n}" for n in range(LEAST_QUERY_TERMS))).tolist()


def mask(count, rows):
    passing = np.zeros(count, dtype=bool)
    passing[rows] = True
    return passing


# The most telling terms.


def test_a_term_that_no_article_has_is_not_looked_up():
    telling = QueryTerms.of(vector("", []), vector("new rain newer", [0, 4, 0]))
    assert telling.text.tolist() == hashes("rain").tolist()


def test_of_equally_telling_terms_the_lower_hashes_are_looked_up():
    words = " ".join(f"w{number}" for number in range(QUERY_TERMS + 8))
    telling = QueryTerms.of(vector("", []), vector(words, [2] * (QUERY_TERMS + 8)))
    assert telling.text.tolist() == sorted(hashes(words).tolist())[:QUERY_TERMS]


def test_only_the_most_telling_terms_are_looked_up():
    words = [f"w{number}" for number in range(QUERY_TERMS + 8)]
    telling = QueryTerms.of(vector("", []), vector(" ".join(words), range(1, len(words) + 1)))
    assert telling.text.tolist() == hashes(" ".join(words[:QUERY_TERMS])).tolist()


# Nearest vectors.


def test_the_nearest_rows_are_found():
    for top_k in [1, 7, 50, 80]:
        made, query = Segment(columns_of([("x", "")] * 50)), unit_rows(1, seed=1)[0]
        expected = search_exactly(made.columns.vectors, query, top_k)
        assert made.search_dense(query, top_k, None).tolist() == expected.tolist()


def test_the_nearest_of_the_rows_that_pass_are_found():
    for passing in [[], [3], [1, 2, 30, 49], list(range(50))]:
        made, query = Segment(columns_of([("x", "")] * 50)), unit_rows(1, seed=1)[0]
        expected = search_exactly(made.columns.vectors, query, 3, np.array(passing, dtype=np.int64))
        assert made.search_dense(query, 3, mask(50, passing)).tolist() == expected.tolist()


def test_what_an_index_finds_is_what_exact_search_finds():
    columns = columns_of([("x", "")] * 300)
    large = Segment(columns, dense.ApproximateIndex.build(columns.vectors))
    query = columns.vectors[7]
    passing = mask(300, np.arange(0, 300, 3))
    assert large.dense is not None
    for allowed in (None, passing):
        rows = None if allowed is None else np.flatnonzero(allowed)
        expected = search_exactly(columns.vectors, query, 10, rows)
        assert len(np.intersect1d(large.search_dense(query, 10, allowed), expected)) >= 9


def test_changes_in_memory_are_compared_without_an_index():
    assert Segment(columns_of([("x", "")] * 60)).dense is None


def test_an_index_that_is_given_is_used():
    columns = columns_of([("x", "")] * 60)
    given = dense.ApproximateIndex.build(columns.vectors)
    assert Segment(columns, given).dense is given


# Shared words.


def with_words(*texts):
    return Segment(columns_of(texts))


def test_rows_that_share_the_most_telling_terms_are_found_ascending():
    made = with_words(("", "a x"), ("", "a b c"), ("", "x y"), ("", "a b"))
    assert made.search_lexical(asked("a b c"), 2, None).tolist() == [1, 3]
    assert made.search_lexical(asked("a b c"), 10, None).tolist() == [0, 1, 3]


def test_a_shared_word_of_a_title_weighs_more():
    made = with_words(("", "a x"), ("a", "x"), ("", "a y"))
    assert made.search_lexical(asked("a", title="a"), 1, None).tolist() == [1]


def test_a_telling_term_weighs_more_than_a_common_one():
    made = with_words(("", "common"), ("", "rare"), ("", "common"))
    query = QueryTerms.of(vector("", []), vector("common rare", [2, 1], documents=3))
    assert made.search_lexical(query, 1, None).tolist() == [1]


def test_of_rows_that_share_as_much_the_first_are_found():
    assert with_words(*[("", "a x")] * 5).search_lexical(asked("a"), 3, None).tolist() == [0, 1, 2]


def test_rows_that_share_nothing_are_not_found():
    made = with_words(("", "a"), ("b", "c"))
    assert made.search_lexical(asked("z", title="c"), 5, None).tolist() == []
    assert made.search_lexical(asked(""), 5, None).tolist() == []


def test_only_rows_that_pass_are_found():
    made = with_words(*[("", "a x")] * 6)
    assert made.search_lexical(asked("a"), 10, mask(6, [1, 4])).tolist() == [1, 4]
    assert made.search_lexical(asked("a"), 10, mask(6, [])).tolist() == []


def test_a_segment_of_nothing_finds_nothing():
    empty = with_words()
    assert len(empty) == 0
    assert empty.search_dense(unit_rows(1)[0], 5, None).tolist() == []
    assert empty.search_lexical(asked("a"), 5, None).tolist() == []


# Copies.


def test_copies_in_another_segment_are_pairs_of_a_row_here_and_one_there():
    here = Segment(stories([told("Quay closed", HARBOUR, "a.example")], vectors_at()))
    others = [told("Stamps", prose(30), "a.example"), told("Divers dive", HARBOUR, "b.example")]
    there = Segment(stories(others, np.ones((2, 1), dtype=np.float32)))
    assert here.copies_in(there).tolist() == [[0, 1]]
    assert there.copies_in(here).tolist() == [[1, 0]]


def test_copies_in_another_segment_are_worked_out_once(monkeypatch):
    compared = []
    monkeypatch.setattr(
        segment,
        "find_copies_between",
        lambda *both, find=segment.find_copies_between: compared.append(both) or find(*both),
    )
    here, there, beyond = (Segment(stories([told("Quay closed", HARBOUR)], vectors_at())) for _ in range(3))
    assert here.copies_in(there) is here.copies_in(there)
    assert [len(compared), len(here.copies_in(beyond)), len(compared)] == [1, 1, 2]


def test_a_segment_keeps_no_other_alive():
    here, there = (Segment(stories([told("Quay closed", HARBOUR)], vectors_at())) for _ in range(2))
    here.copies_in(there)
    known = weakref.ref(there)
    del there
    gc.collect()
    assert known() is None


# Read from the truth.


@pytest.fixture
def stored(tmp_path, counting_encoder):
    made = Collection.create(tmp_path / "collection")
    with made.store.transaction():
        made.store.record(Settings(), ENCODING)
        source = made.store.source_id("folder", "site")
    titles = {"B": "Big rain", "a": "Rain in town", "b": "Heavy rain", "é": "Bridges"}
    batch = [Incoming(Article(id=name, title=title), f"{name}.md", name) for name, title in titles.items()]
    write_articles(made.store, source, batch, counting_encoder, Packer(TextSettings()))
    yield made.store
    made.close()


def read(database, **options):
    with database.reading():
        return read_segment(database, ENCODING, Packer(TextSettings()), **options)


def ids(made):
    return [made.columns.article_id(row) for row in range(len(made))]


def test_all_articles_are_read_in_the_order_of_their_ids(stored):
    assert ids(read(stored, expected=stored.revision())) == ["B", "a", "b", "é"]


def test_each_article_has_its_own_vector(stored, counting_encoder):
    made = read(stored, expected=stored.revision())
    expected = counting_encoder.encode(["Big rain", "Rain in town", "Heavy rain", "Bridges"])
    np.testing.assert_array_equal(made.columns.vectors, expected)


@pytest.mark.parametrize("wanted", [[], ["a"], ["B", "é"]])
def test_only_the_articles_asked_for_are_read(stored, wanted):
    assert ids(read(stored, ids=wanted)) == wanted


def test_texts_are_read_as_terms(stored):
    made = read(stored, ids=["a"])
    assert set(made.columns.vocabulary.tolist()) == set(hashes("rain town").tolist())


def test_an_article_that_is_not_there_is_damage(stored):
    with pytest.raises(DamagedError, match="articles are missing or damaged") as caught:
        read(stored, ids=["a", "z"])
    assert caught.value.where == stored.where


@pytest.mark.parametrize("change", [{"articles": 5}, {"digest": 1}])
def test_articles_that_are_not_those_of_the_revision_are_damage(stored, change):
    with pytest.raises(DamagedError, match="articles are missing or damaged"):
        read(stored, expected=stored.revision()._replace(**change))


@pytest.mark.parametrize("encoding", [replace(ENCODING, fingerprint="other"), replace(ENCODING, dimension=9)])
def test_an_article_without_a_vector_of_the_encoder_is_refused(stored, encoding):
    with stored.reading(), pytest.raises(MissingVectorsError, match="an article's vector is missing or damaged"):
        read_segment(stored, encoding, Packer(TextSettings()), ["a"])


def test_a_vector_that_is_none_is_refused(stored):
    stored.save_vectors("counting-encoder", {text_hash("Heavy rain"): np.full(8, np.nan, dtype=np.float32)})
    with pytest.raises(VectorError, match="has a value that is not finite") as caught:
        read(stored, ids=["b"])
    assert caught.value.where == stored.where


def test_all_articles_are_read_with_how_near_others_are_to_them(stored):
    made = read(stored, expected=stored.revision())
    np.testing.assert_array_equal(made.columns.hubness, dense.hubness(made.columns.vectors))
    assert np.isfinite(made.columns.hubness).all()


def test_of_some_articles_it_is_not_known_how_near_others_are_to_them(stored):
    assert np.isnan(read(stored, ids=["B", "a", "b", "é"]).columns.hubness).all()


def test_articles_are_read_with_their_copies(stored, counting_encoder):
    batch = [
        Incoming(told(title, HARBOUR, outlet, id=name), f"{name}.md", name)
        for name, title, outlet in (("x", "Quay closed", "a.example"), ("y", "Divers dive", "b.example"))
    ]
    write_articles(stored, stored.source_id("folder", "site"), batch, counting_encoder, Packer(TextSettings()))
    made = read(stored, expected=stored.revision())
    assert [[made.columns.article_id(row) for row in pair] for pair in made.columns.copy_pairs] == [["x", "y"]]
