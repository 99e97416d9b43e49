"""Encoding of texts, and checks of vectors."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.embedding import check_vectors, encode_texts
from recommender.errors import VectorError


def unit_rows(count, dimension=4):
    rows = np.random.default_rng(0).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_each_text_has_its_own_vector_by_its_key(counting_encoder):
    texts = {b"1": "a", b"2": "b", b"3": "c"}
    vectors = encode_texts(texts, counting_encoder)
    assert counting_encoder.batches == [["a", "b", "c"]]
    for (key, vector), expected in zip(vectors.items(), counting_encoder.encode(list("abc")), strict=True):
        np.testing.assert_array_equal(vector, expected)
        assert key in texts


def test_no_texts_have_no_vectors(counting_encoder):
    assert encode_texts({}, counting_encoder) == {}
    assert counting_encoder.batches == []


def test_progress_is_handed_to_the_encoder(counting_encoder, monkeypatch):
    calls = []

    def encode(texts, role="passage", progress=None):
        progress("encoding", len(texts), len(texts))
        return unit_rows(len(texts), 8)

    monkeypatch.setattr(counting_encoder, "encode", encode)
    encode_texts({b"1": "a", b"2": "b"}, counting_encoder, lambda *call: calls.append(call))
    assert calls == [("encoding", 2, 2)]


def test_invalid_vectors_of_an_encoder_are_refused(counting_encoder, monkeypatch):
    monkeypatch.setattr(counting_encoder, "encode", lambda texts, **_: np.zeros((len(texts), 8), np.float32))
    with pytest.raises(VectorError, match="vector 0 has length 0"):
        encode_texts({b"1": "a"}, counting_encoder)


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


def test_invalid_vectors_are_described():
    for vectors, message in [
        (unit_rows(2), "vectors of shape (2, 4) and type float32"),
        (unit_rows(3, 5), "vectors of shape (3, 5) and type float32"),
        (unit_rows(3)[0], "vectors of shape (4,) and type float32"),
        (unit_rows(3).astype(np.float64), "vectors of shape (3, 4) and type float64"),
        (unit_rows(3).astype(np.float16), "vectors of shape (3, 4) and type float16"),
        (with_value(np.nan), "vector 1 has a value that is not finite"),
        (with_value(np.inf), "vector 1 has a value that is not finite"),
        (with_value(-np.inf), "vector 1 has a value that is not finite"),
        (scaled(2, 0), "vector 2 has length 0"),
        (scaled(0, 2), "vector 0 has length 2"),
        (scaled(1, 0.99), "vector 1 has length 0.99"),
    ]:
        with pytest.raises(VectorError) as caught:
            check_vectors(vectors, 3, 4)
        assert str(caught.value) == f"{message}; expected 3 unit vectors of 4 float32 values", vectors
