"""Engines against what they must agree with: exact search, and a dictionary."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples

from recommender.article import Article
from recommender.index.local import dense
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.dense import ApproximateIndex, search_exactly
from recommender.index.local.lexical import LexicalIndex, QueryTerms
from recommender.ranking.pool import idf
from recommender.text import stable_hash

WORDS = st.lists(st.sampled_from(["rain", "town", "ä", "straße", "x", "😀", "council", "0"]), max_size=12)
TEXTS = st.lists(st.tuples(WORDS, WORDS), max_size=12)


def unit_rows(count, dimension, seed):
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(
    count=st.integers(0, 60),
    dimension=st.integers(1, 40),
    top_k=st.integers(-2, 200),
    copies=st.integers(0, 3),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
@examples(150)
def test_exact_search_is_sorting(count, dimension, top_k, copies, seed, data):
    rows = unit_rows(count, dimension, seed)
    rows = np.concatenate([rows, *[rows[:2]] * copies])
    query = unit_rows(1, dimension, seed + 1)[0]
    among = np.array(sorted(data.draw(st.sets(st.integers(0, max(0, len(rows) - 1))))), dtype=np.int64)[: len(rows)]
    for chosen in (None, among):
        allowed = np.arange(len(rows)) if chosen is None else chosen
        found = search_exactly(rows, query, top_k, chosen)
        assert found.tolist() == sorted(set(found.tolist()))
        assert set(found.tolist()) <= set(allowed.tolist())
        assert len(found) == max(0, min(top_k, len(allowed)))
        # Rounding may swap neighbours that are equally near; it never puts a farther one before a nearer one.
        nearest = np.sort(rows[allowed] @ query)[::-1][: len(found)]
        np.testing.assert_allclose(np.sort(rows[found] @ query)[::-1], nearest, atol=1e-5)


@given(
    count=st.integers(1, 200),
    dimension=st.integers(1, 24),
    top_k=st.integers(-2, 300),
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
)
@examples(60)
def test_an_approximate_index_proposes_enough_rows_and_only_those_that_pass(count, dimension, top_k, seed, share):
    rows = unit_rows(count, dimension, seed)
    passing = np.random.default_rng(seed).random(count) < share
    index = ApproximateIndex.build(rows)
    if index is None:
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dense, "EXACT_SHARE", 1e-9)
        for allowed in (None, passing):
            found = index.propose(rows[0], top_k, allowed)
            assert found.tolist() == sorted(set(found.tolist()))
            there = np.ones(count, dtype=bool) if allowed is None else allowed
            assert there[found].all()
            assert len(found) >= min(top_k, np.count_nonzero(there))


def build(texts):
    builder = ColumnsBuilder(str.split)
    names = sorted((f"{number}é" for number in range(len(texts))), key=str.encode)
    for name, (title, rest) in zip(names, texts, strict=True):
        builder.add(name, Article(id=name, title="t"), " ".join(title), " ".join(rest))
    return builder.build(unit_rows(len(texts), 4, 0)), names


@given(TEXTS)
@examples(100)
def test_columns_count_terms_as_a_dictionary_does(texts):
    columns, names = build(texts)
    wholes = [title + rest for title, rest in texts]
    vocabulary = sorted({stable_hash(word) for whole in wholes for word in whole})
    assert columns.vocabulary.tolist() == vocabulary
    for terms, lists in ((columns.title, [title for title, _ in texts]), (columns.text, wholes)):
        frequency = Counter(stable_hash(word) for words in lists for word in set(words))
        assert terms.document_frequency.tolist() == [frequency[term] for term in vocabulary]
        assert terms.lengths.tolist() == [len(words) for words in lists]
        for row, words in enumerate(lists):
            ids, counts = terms.row(row)
            found = {vocabulary[term]: int(count) for term, count in zip(ids, counts, strict=True)}
            assert found == Counter(map(stable_hash, words))
    assert [columns.row_of(name) for name in names] == list(range(len(names)))


@given(TEXTS)
@examples(60)
def test_idf_falls_as_a_term_grows_common(texts):
    columns, _ = build(texts)
    count = len(texts)
    weights = idf(columns.text.document_frequency, count)
    for df, weight in zip(columns.text.document_frequency.tolist(), weights.tolist(), strict=True):
        assert weight == pytest.approx(math.log(1 + (count - df + 0.5) / (df + 0.5)), rel=1e-5)


@given(TEXTS, st.data())
@examples(60)
def test_a_profile_from_outside_is_the_stored_one(texts, data):
    assume(texts)
    columns, _ = build(texts)
    row = data.draw(st.integers(0, len(texts) - 1))
    alone, _ = build([texts[row]])
    stored, fresh = columns.profile(row), alone.profile(0, columns.weigh)
    for ours, theirs in ((fresh.title, stored.title), (fresh.text, stored.text)):
        np.testing.assert_array_equal(ours.hashes, theirs.hashes)
        np.testing.assert_array_equal(ours.counts, theirs.counts)
        np.testing.assert_array_equal(ours.idf, theirs.idf)


@given(TEXTS, st.sampled_from(["rain", "ä", "😀", "unheard"]), st.data())
@examples(60)
def test_lexical_search_finds_every_text_with_a_term_that_passes_and_no_other(texts, word, data):
    columns, _ = build(texts)
    index = LexicalIndex.build(columns)
    asked, one = np.array([stable_hash(word)], dtype=np.uint64), np.ones(1, dtype=np.float32)
    passing = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))), dtype=bool)
    in_title = [row for row, (title, _) in enumerate(texts) if word in title]
    in_text = [row for row, (title, rest) in enumerate(texts) if word in title + rest]
    for query, having in (
        (QueryTerms(asked, one, asked[:0], one[:0]), in_title),
        (QueryTerms(asked[:0], one[:0], asked, one), in_text),
    ):
        assert index.search(query, 100).tolist() == having
        assert index.search(query, 100, passing).tolist() == [row for row in having if passing[row]]
