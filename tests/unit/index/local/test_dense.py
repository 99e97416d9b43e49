"""The dense engine: exact search, and an index that proposes what exact search then orders."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.errors import CollectionError
from recommender.index.local import dense
from recommender.index.local.dense import (
    HUB_NEIGHBOURS,
    ApproximateIndex,
    hubness,
    inner_products,
    pair_products,
    search_exactly,
)


def unit_rows(count, dimension=16, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def clustered(count, dimension=64, clusters=40, spread=0.5, seed=0):
    """Unit rows around some centres, as articles lie around subjects."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(count, dimension)).astype(np.float32) * np.float32(spread / dimension**0.5)
    rows = unit_rows(clusters, dimension, seed)[random.integers(0, clusters, count)] + noise
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


ROWS = clustered(6000)


@pytest.fixture(scope="module")
def index():
    return ApproximateIndex.build(ROWS)


def recall(index, top_k, passing=None):
    """The mean share of what exact search finds among what is proposed and then ordered."""
    allowed = None if passing is None else np.flatnonzero(passing)
    shares = []
    for row in range(0, len(ROWS), 150):
        exact = search_exactly(ROWS, ROWS[row], top_k, allowed)
        found = search_exactly(ROWS, ROWS[row], top_k, index.propose(ROWS[row], top_k, passing))
        shares.append(len(np.intersect1d(exact, found)) / len(exact))
    return float(np.mean(shares))


def mask(share, seed=1):
    passing = np.zeros(len(ROWS), dtype=bool)
    passing[np.random.default_rng(seed).choice(len(ROWS), int(share * len(ROWS)), replace=False)] = True
    return passing


# Products.


def test_inner_products_are_those_of_each_row():
    for rows in [None, [0, 3, 4, 19], []]:
        vectors, query = unit_rows(20), unit_rows(1, seed=1)[0]
        chosen = vectors if rows is None else vectors[rows]
        found = inner_products(vectors, query, None if rows is None else np.array(rows, dtype=np.int64))
        assert found == pytest.approx(chosen @ query, abs=1e-6), rows


def test_equal_rows_have_equal_products_wherever_they_stand():
    vectors = np.tile(unit_rows(1, dimension=384)[0], (33, 1))
    query = unit_rows(1, dimension=384, seed=1)[0]
    everywhere = [inner_products(vectors, query), inner_products(vectors, query, np.arange(0, 33, 2))]
    assert len(np.unique(np.concatenate(everywhere))) == 1


def test_rows_that_lie_apart_in_memory_are_compared_as_they_are():
    vectors, query = unit_rows(20)[::2], unit_rows(1, dimension=32, seed=1)[0][::2]
    every_second = np.arange(10, dtype=np.int32)[::2]
    assert inner_products(vectors, query, every_second) == pytest.approx(vectors[::2] @ query, abs=1e-6)


def test_pairs_are_compared_row_by_row():
    vectors, others = unit_rows(9), unit_rows(5, seed=1)
    rows, other_rows = np.array([8, 0, 0]), np.array([4, 4, 1])
    expected = (vectors[rows] * others[other_rows]).sum(axis=1)
    assert pair_products(vectors, rows, others, other_rows) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("row", [-1, 5])
def test_a_row_that_there_is_not_is_an_error_and_not_read(row):
    vectors = unit_rows(5)
    with pytest.raises(IndexError, match=r"\[0, 5\)"):
        inner_products(vectors, vectors[0], np.array([0, row]))
    with pytest.raises(IndexError, match=r"\[0, 5\)"):
        pair_products(vectors, np.array([0]), vectors, np.array([row]))


# Exact search.


def test_the_nearest_rows_are_found_ascending():
    for top_k in [1, 5, 99, 199]:
        rows, query = unit_rows(200), unit_rows(1, seed=1)[0]
        found = search_exactly(rows, query, top_k)
        assert found.tolist() == sorted(np.argsort(-(rows @ query), kind="stable")[:top_k].tolist())
        assert found.dtype == np.int64


def test_only_the_rows_to_choose_from_are_found():
    for top_k in [1, 5, 49]:
        rows, query = unit_rows(200), unit_rows(1, seed=1)[0]
        among = np.arange(3, 200, 4)
        near = rows[among] @ query
        found = search_exactly(rows, query, top_k, among)
        assert found.tolist() == sorted(among[np.argsort(-near, kind="stable")[:top_k]].tolist())


def test_more_than_there_is_gives_all():
    for count, top_k in [(0, 0), (0, 5), (1, 1), (1, 2), (3, 3), (3, 1000)]:
        assert search_exactly(unit_rows(count), unit_rows(1)[0], top_k).tolist() == list(range(count))
        among = np.arange(count) * 2
        assert search_exactly(unit_rows(10), unit_rows(1)[0], top_k, among).tolist() == among.tolist()


@pytest.mark.parametrize("top_k", [0, -1])
def test_nothing_wanted_gives_nothing(top_k):
    assert search_exactly(unit_rows(3), unit_rows(1)[0], top_k).shape == (0,)


def test_of_equally_near_rows_at_the_border_the_first_are_found():
    for top_k in range(1, 8):
        rows = np.array([[0, 1], [1, 0], [0, 1], [1, 0], [0, 1], [0, 1], [-1, 0], [0, 1]], dtype=np.float32)
        query = np.array([0, 1], dtype=np.float32)
        best = [0, 2, 4, 5, 7, 1, 3, 6]
        assert search_exactly(rows, query, top_k).tolist() == sorted(best[:top_k])


# Proposals.


@pytest.mark.parametrize("top_k", [100, 10, 1])
def test_what_is_nearest_is_among_what_is_proposed(index, top_k):
    assert recall(index, top_k) >= 0.97


@pytest.mark.parametrize(("share", "top_k"), [(0.1, 100), (0.1, 10), (0.01, 30), (0.01, 5), (0.002, 5), (0.002, 3)])
def test_what_is_nearest_of_what_passes_is_among_what_is_proposed(index, monkeypatch, share, top_k):
    monkeypatch.setattr(dense, "EXACT_SHARE", 1e-9)
    assert recall(index, top_k, mask(share)) >= 0.95


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 0.002])
@pytest.mark.parametrize("exact_share", [1e-9, 0.1])
def test_only_what_passes_is_proposed(index, monkeypatch, share, exact_share):
    monkeypatch.setattr(dense, "EXACT_SHARE", exact_share)
    passing = mask(share)
    for row in range(0, len(ROWS), 600):
        found = index.propose(ROWS[row], 7, passing)
        assert passing[found].all()
        assert len(found) >= 7


@pytest.mark.parametrize(("share", "top_k"), [(0.05, 1), (0.002, 1000)])
def test_a_small_set_is_proposed_whole(index, share, top_k):
    passing = mask(share)
    assert index.propose(ROWS[0], top_k, passing).tolist() == np.flatnonzero(passing).tolist()


def test_where_nothing_passes_nothing_is_proposed(index):
    assert index.propose(ROWS[0], 5, np.zeros(len(ROWS), dtype=bool)).tolist() == []


def test_where_all_pass_the_proposals_are_those_without_a_filter(index):
    everything = np.ones(len(ROWS), dtype=bool)
    assert index.propose(ROWS[0], 5, everything).tolist() == index.propose(ROWS[0], 5).tolist()


@pytest.mark.parametrize("top_k", [1, 5, 100])
def test_more_is_proposed_than_is_wanted_ascending_without_repetition(index, top_k):
    found = index.propose(ROWS[0], top_k).tolist()
    assert len(found) == index.overfetch * max(top_k, dense.RECALL_AT)
    assert found == sorted(set(found))


def test_more_than_there_is_is_never_padded():
    for count, top_k in [(100, 100), (100, 1000), (6000, 10_000)]:
        rows = ROWS[:count]
        assert ApproximateIndex.build(rows).propose(rows[0], top_k).tolist() == list(range(count)), top_k


def test_more_than_passes_is_never_padded(index, monkeypatch):
    monkeypatch.setattr(dense, "EXACT_SHARE", 1e-9)
    passing = mask(0.01)
    found = index.propose(ROWS[0], 59, passing)
    assert found.tolist() == np.flatnonzero(passing).tolist()


@pytest.mark.parametrize("top_k", [0, -1])
def test_nothing_wanted_proposes_nothing(index, top_k):
    found = index.propose(ROWS[0], top_k)
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_what_can_not_be_compared_is_not_proposed(index):
    found = index.propose(np.full(ROWS.shape[1], np.nan, np.float32), 3)
    assert ((found >= 0) & (found < len(ROWS))).all()


def test_rows_in_another_memory_order_are_indexed_as_they_are(index):
    turned = ApproximateIndex.build(np.asfortranarray(ROWS))
    assert turned.propose(ROWS[9], 20).tolist() == index.propose(ROWS[9], 20).tolist()


def test_rows_that_are_all_the_same_are_all_proposed():
    rows = np.repeat(unit_rows(1), 70, axis=0)
    assert ApproximateIndex.build(rows).propose(rows[0], 70).tolist() == list(range(70))


# On disk.


def test_a_loaded_index_proposes_as_the_built_one(tmp_path, index, monkeypatch):
    monkeypatch.setattr(dense, "EXACT_SHARE", 1e-9)
    index.save(tmp_path / "index")
    loaded = ApproximateIndex.load(tmp_path / "index", overfetch=3, recall=0.5)
    assert (len(loaded), loaded.overfetch, loaded.recall) == (len(index), 3, 0.5)
    index = ApproximateIndex(index._index, overfetch=3)
    passing = mask(0.1)
    for row in range(0, len(ROWS), 600):
        assert loaded.propose(ROWS[row], 10).tolist() == index.propose(ROWS[row], 10).tolist()
        assert loaded.propose(ROWS[row], 10, passing).tolist() == index.propose(ROWS[row], 10, passing).tolist()


def test_the_same_rows_give_the_same_bytes(tmp_path, index):
    index.save(tmp_path / "one")
    ApproximateIndex.build(ROWS.copy()).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_opening_an_index_writes_nothing(tmp_path, index):
    index.save(tmp_path / "index")
    before = (tmp_path / "index").read_bytes()
    ApproximateIndex.load(tmp_path / "index", 2, 1.0).propose(ROWS[0], 10)
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert (tmp_path / "index").read_bytes() == before


@pytest.mark.parametrize("content", [None, b"", b"not an index", b"IxFI"])
def test_a_file_that_is_no_index_is_one_error(tmp_path, content):
    if content is not None:
        (tmp_path / "index").write_bytes(content)
    with pytest.raises(CollectionError, match="the dense index cannot be read") as caught:
        ApproximateIndex.load(tmp_path / "index", 2, 1.0)
    assert caught.value.where == str(tmp_path / "index")


def test_a_truncated_index_is_one_error(tmp_path):
    ApproximateIndex.build(unit_rows(80)).save(tmp_path / "index")
    content = (tmp_path / "index").read_bytes()
    for length in range(0, len(content), 50):
        (tmp_path / "index").write_bytes(content[:length])
        with pytest.raises(CollectionError):
            ApproximateIndex.load(tmp_path / "index", 2, 1.0)


# Hubs.


def hubness_of(rows, sampled=None):
    """The same from all cosines at once, with the nearest among some rows."""
    sampled = np.arange(len(rows)) if sampled is None else sampled
    means = []
    for row, vector in enumerate(rows):
        near = np.sort(rows[sampled[sampled != row]] @ vector)[::-1]
        means.append(near[: min(HUB_NEIGHBOURS, len(sampled) - 1)].mean(dtype=np.float64))
    return np.array(means) - np.mean(means)


def test_hubness_is_the_mean_cosine_with_the_nearest_less_that_of_all():
    for count in [2, 3, 10, 11, 12, 300]:
        rows = clustered(count)
        found = hubness(rows)
        assert (found.shape, found.dtype) == ((count,), np.float32)
        np.testing.assert_allclose(found, hubness_of(rows), atol=1e-6)


@pytest.mark.parametrize("chunk", [1, 7, 300, 1024])
def test_hubness_does_not_depend_on_how_much_is_compared_at_once(monkeypatch, chunk):
    rows = clustered(300)
    monkeypatch.setattr(dense, "_HUB_ROWS", chunk)
    np.testing.assert_allclose(hubness(rows), hubness_of(rows), atol=1e-6)


@pytest.mark.parametrize(("count", "sample"), [(300, 299), (300, 100), (300, 12), (300, 11), (300, 5), (300, 2)])
def test_in_a_large_collection_the_nearest_are_looked_for_among_rows_evenly_spread(monkeypatch, count, sample):
    monkeypatch.setattr(dense, "HUB_SAMPLE", sample)
    monkeypatch.setattr(dense, "_HUB_ROWS", 64)
    rows = clustered(count)
    sampled = np.unique(np.linspace(0, count - 1, sample).astype(int))
    assert (len(sampled), sampled[0], sampled[-1]) == (sample, 0, count - 1)
    np.testing.assert_allclose(hubness(rows), hubness_of(rows, sampled), atol=1e-6)


def test_a_hub_has_more_than_a_loner():
    rows = np.concatenate([clustered(200, clusters=1), unit_rows(1, 64, seed=9)])
    found = hubness(rows)
    assert found.argmin() == 200
    assert abs(float(found.mean(dtype=np.float64))) < 1e-6


@pytest.mark.parametrize("count", [0, 1])
def test_where_nothing_is_near_hubness_is_not_known(count):
    found = hubness(unit_rows(count))
    assert (found.shape, found.dtype) == ((count,), np.float32)
    assert np.isnan(found).all()


def test_equal_rows_are_equal_hubs():
    found = hubness(np.concatenate([unit_rows(40), unit_rows(40)]))
    np.testing.assert_allclose(found[:40], found[40:], atol=1e-6)
