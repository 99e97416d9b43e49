"""Texts -> vectors: nothing is encoded twice, and nothing that is not a vector gets through."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.embedding import check_vectors, embed_texts
from recommender.errors import VectorError
from recommender.text import text_hash


class MemoryStore:
    """Vectors in a dict, by encoder and hash."""

    def __init__(self):
        self.kept = {}

    def load_vectors(self, encoder, hashes):
        return {key: self.kept[encoder, key] for key in hashes if (encoder, key) in self.kept}


def unit_rows(count, dimension=4):
    rows = np.random.default_rng(0).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def kept(encoder, *texts):
    """A store with the vectors of these texts."""
    store = MemoryStore()
    vectors, _ = embed_texts(texts, encoder, MemoryStore())
    store.kept = {(encoder.fingerprint, key): vector for key, vector in vectors.items()}
    encoder.batches.clear()
    return store


def test_equal_texts_are_encoded_once(counting_encoder):
    vectors, encoded = embed_texts(["a", "b", "a", "a"], counting_encoder, MemoryStore())
    assert (encoded, counting_encoder.texts) == (2, ["a", "b"])
    assert vectors.keys() == {text_hash("a"), text_hash("b")}


def test_what_the_store_has_is_not_encoded_again(counting_encoder):
    store = kept(counting_encoder, "a", "b")
    assert embed_texts(["b", "c", "a"], counting_encoder, store)[1] == 1
    assert counting_encoder.batches == [["c"]]


def test_what_the_store_has_comes_with_what_was_encoded(counting_encoder):
    vectors, _ = embed_texts(["b", "c", "a"], counting_encoder, kept(counting_encoder, "a", "b"))
    assert vectors.keys() == {text_hash(text) for text in "abc"}


def test_the_encoder_is_not_asked_when_nothing_is_missing(counting_encoder):
    store = kept(counting_encoder, "a")
    vectors, encoded = embed_texts(["a"], counting_encoder, store)
    assert (vectors.keys(), encoded, counting_encoder.batches) == ({text_hash("a")}, 0, [])


def test_no_texts_have_no_vectors(counting_encoder):
    assert embed_texts([], counting_encoder, MemoryStore()) == ({}, 0)
    assert counting_encoder.batches == []


def test_vectors_of_another_encoder_do_not_count(counting_encoder):
    store = kept(counting_encoder, "a")
    counting_encoder.fingerprint = "another"
    assert embed_texts(["a"], counting_encoder, store)[1] == 1


def test_each_text_has_its_own_vector(counting_encoder):
    texts = ["a", "b", "a", "c"]
    vectors, _ = embed_texts(texts, counting_encoder, kept(counting_encoder, "b"))
    for text, vector in zip(texts, counting_encoder.encode(texts), strict=True):
        np.testing.assert_array_equal(vectors[text_hash(text)], vector)


def test_nothing_is_kept_in_the_store(counting_encoder):
    store = MemoryStore()
    embed_texts(["a"], counting_encoder, store)
    assert store.kept == {}


def test_progress_is_handed_to_the_encoder(counting_encoder, monkeypatch):
    calls = []

    def encode(texts, role="passage", progress=None):
        progress(len(texts), len(texts))
        return unit_rows(len(texts), 8)

    monkeypatch.setattr(counting_encoder, "encode", encode)
    embed_texts(["a", "b"], counting_encoder, MemoryStore(), lambda *numbers: calls.append(numbers))
    assert calls == [(2, 2)]


def test_vectors_that_are_none_are_refused(counting_encoder, monkeypatch):
    monkeypatch.setattr(counting_encoder, "encode", lambda texts, **_: np.zeros((len(texts), 8), np.float32))
    with pytest.raises(VectorError, match="vector 0 has length 0"):
        embed_texts(["a"], counting_encoder, MemoryStore())


@pytest.mark.parametrize("count", [0, 1, 5])
def test_unit_rows_pass(count):
    check_vectors(unit_rows(count).reshape(count, 4), count, 4)


@pytest.mark.parametrize("length", [0.9995, 1.0005])
def test_a_length_that_is_off_by_rounding_passes(length):
    check_vectors(unit_rows(3) * np.float32(length), 3, 4)


def with_value(value):
    rows = unit_rows(3)
    rows[1, 2] = value
    return rows


def scaled(row, factor):
    rows = unit_rows(3)
    rows[row] *= np.float32(factor)
    return rows


def test_what_is_no_vector_is_refused_with_what_it_is_instead():
    for vectors, message in [
        (unit_rows(2), "vectors of shape (2, 4) and type float32"),
        (unit_rows(3, 5), "vectors of shape (3, 5) and type float32"),
        (unit_rows(3)[0], "vectors of shape (4,) and type float32"),
        (unit_rows(3).astype(np.float64), "vectors of shape (3, 4) and type float64"),
        (unit_rows(3).astype(np.float16), "vectors of shape (3, 4) and type float16"),
        (with_value(np.nan), "vector 1 holds a value that is no number"),
        (with_value(np.inf), "vector 1 holds a value that is no number"),
        (with_value(-np.inf), "vector 1 holds a value that is no number"),
        (scaled(2, 0), "vector 2 has length 0"),
        (scaled(0, 2), "vector 0 has length 2"),
        (scaled(1, 0.99), "vector 1 has length 0.99"),
    ]:
        with pytest.raises(VectorError) as caught:
            check_vectors(vectors, 3, 4)
        assert str(caught.value) == f"{message}; expected 3 unit vectors of 4 float32 values"
