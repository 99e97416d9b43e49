"""The dense engine: the nearest vectors, and never a hit that is none."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.collection.dense import DenseIndex
from recommender.errors import CollectionError


def unit_rows(count, dimension=16, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.mark.parametrize("top_k", [1, 5, 99])
def test_it_finds_what_exact_search_finds(top_k):
    rows, query = unit_rows(200), unit_rows(1, seed=1)[0]
    expected = np.argsort(-(rows @ query), kind="stable")[:top_k]
    found = DenseIndex.build(rows).search(query, top_k)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int64


@pytest.mark.parametrize(("count", "top_k"), [(1, 2), (3, 4), (3, 1000), (3, 3)])
def test_more_than_there_is_is_never_padded(count, top_k):
    found = DenseIndex.build(unit_rows(count)).search(unit_rows(1, seed=1)[0], top_k)
    assert sorted(found.tolist()) == list(range(count))


@pytest.mark.parametrize("top_k", [0, -1])
def test_nothing_wanted_gives_nothing(top_k):
    assert DenseIndex.build(unit_rows(3)).search(unit_rows(1)[0], top_k).shape == (0,)


def test_an_empty_index_has_no_hit():
    found = DenseIndex.build(np.empty((0, 16), np.float32)).search(unit_rows(1)[0], 5)
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_what_can_not_be_compared_is_no_hit():
    assert DenseIndex.build(unit_rows(3)).search(np.full(16, np.nan, np.float32), 3).shape == (0,)


@pytest.mark.parametrize("count", [0, 1, 200])
def test_a_loaded_index_answers_as_the_built_one(tmp_path, count):
    built, query = DenseIndex.build(unit_rows(count)), unit_rows(1, seed=1)[0]
    built.save(tmp_path / "index")
    np.testing.assert_array_equal(DenseIndex.load(tmp_path / "index").search(query, 10), built.search(query, 10))


def test_rows_in_another_memory_order_are_indexed_as_they_are():
    rows, query = unit_rows(20), unit_rows(1, seed=1)[0]
    turned = DenseIndex.build(np.asfortranarray(rows))
    np.testing.assert_array_equal(turned.search(query, 20), DenseIndex.build(rows).search(query, 20))


@pytest.mark.parametrize("content", [None, b"", b"not an index", b"IxFI"])
def test_a_file_that_is_no_index_is_one_error(tmp_path, content):
    if content is not None:
        (tmp_path / "index").write_bytes(content)
    with pytest.raises(CollectionError, match="the dense index can not be read") as caught:
        DenseIndex.load(tmp_path / "index")
    assert caught.value.where == str(tmp_path / "index")


def test_a_truncated_index_is_one_error(tmp_path):
    DenseIndex.build(unit_rows(20)).save(tmp_path / "index")
    content = (tmp_path / "index").read_bytes()
    for length in range(0, len(content), 50):
        (tmp_path / "index").write_bytes(content[:length])
        with pytest.raises(CollectionError):
            DenseIndex.load(tmp_path / "index")
