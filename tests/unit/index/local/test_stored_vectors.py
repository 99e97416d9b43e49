"""Vectors of two bytes a value answer nearly as those of four."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.index.local import dense
from recommender.index.local.stored_vectors import fixed, floats


@pytest.fixture(scope="module")
def vectors():
    rows = np.random.default_rng(0).normal(size=(700, 24)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_they_take_half_the_room_and_come_back_nearly_as_they_were(vectors):
    stored = fixed(vectors)
    assert stored.nbytes == vectors.nbytes // 2
    assert floats(stored).dtype == np.float32
    np.testing.assert_allclose(floats(stored), vectors, atol=1.6e-5)
    assert floats(fixed(np.eye(3, dtype=np.float32))).tolist() == np.eye(3).tolist()
    assert floats(vectors) is vectors


@pytest.mark.parametrize("block", [1, 64, 4096])
def test_products_are_those_of_the_values_that_are_stored(vectors, block, monkeypatch):
    monkeypatch.setattr(dense, "_BLOCK", block)
    stored, exact, rows = fixed(vectors), floats(fixed(vectors)), np.arange(0, 700, 9)
    others = np.roll(rows, 5)
    for wanted in (None, rows, rows[:0]):
        np.testing.assert_array_equal(
            dense.inner_products(stored, vectors[3], wanted), dense.inner_products(exact, vectors[3], wanted)
        )
    np.testing.assert_allclose(
        dense.pair_products(stored, rows, stored, others), dense.pair_products(exact, rows, exact, others), atol=1e-6
    )
    with pytest.raises(IndexError):
        dense.inner_products(stored, vectors[3], np.array([700]))


def test_the_nearest_are_the_same_however_many_are_compared_at_a_time(vectors, monkeypatch):
    stored = fixed(vectors)
    products, rows = dense.nearest(floats(stored), vectors[:40], 12)
    monkeypatch.setattr(dense, "_TRAINING_ROWS", 100)
    in_parts = dense.nearest(stored, vectors[:40], 12)
    np.testing.assert_array_equal(in_parts[1], rows)
    np.testing.assert_allclose(in_parts[0], products, atol=1e-6)
    np.testing.assert_allclose(dense.hubness(stored), dense.hubness(vectors), atol=2e-5)


def test_an_approximate_index_is_made_of_either(vectors):
    made = [dense.ApproximateIndex.build(each) for each in (vectors, fixed(vectors))]
    found = [set(each.propose(vectors[5], 20).tolist()) for each in made]
    assert len(found[0] & found[1]) >= 0.95 * len(found[0])
