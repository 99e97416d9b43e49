"""Codes: a smaller index that is scanned first where most rows may be proposed."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.collection import dense
from recommender.collection.dense import TARGET_RECALL, ApproximateIndex, search_exactly


def clustered(count, dimension=64, clusters=40, seed=0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, dimension))
    rows = centres[random.integers(0, clusters, count)] + 0.5 * random.normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


ROWS = clustered(6000)
SCATTERED = clustered(6000, clusters=6000)


@pytest.fixture(scope="module")
def coded():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "CODES_FROM", 1000)
        index = ApproximateIndex.build(ROWS)
        index.tune(ROWS)
    return index


def recall(index, passing=None, top_k=100):
    found = []
    for row in range(0, 3000, 50):
        rows = None if passing is None else np.flatnonzero(passing)
        exact = search_exactly(ROWS, ROWS[row], top_k, rows)
        near = search_exactly(ROWS, ROWS[row], top_k, index.propose(ROWS[row], top_k, passing))
        found.append(len(np.intersect1d(exact, near)) / len(exact))
    return np.mean(found)


def test_codes_find_what_they_are_tuned_for(coded):
    assert coded.codes_overfetch
    assert recall(coded) >= TARGET_RECALL - 0.01


@pytest.mark.parametrize("share", [0.95, 0.6, 0.3])
def test_under_a_filter_only_what_passes_is_proposed_and_as_well(coded, monkeypatch, share):
    monkeypatch.setattr(dense, "EXACT_ROWS", 10)
    passing = np.random.default_rng(1).random(len(ROWS)) < share
    assert passing[coded.propose(ROWS[0], 50, passing)].all()
    assert recall(coded, passing) >= TARGET_RECALL - 0.02


def test_a_loaded_index_proposes_as_the_built_one(coded, tmp_path):
    coded.save(tmp_path / "dense.faiss")
    loaded = ApproximateIndex.load(tmp_path / "dense.faiss", coded.overfetch, coded.codes_overfetch)
    for query in ROWS[:20]:
        assert np.array_equal(loaded.propose(query, 30), coded.propose(query, 30))


def test_codes_that_find_too_little_are_given_up(monkeypatch):
    monkeypatch.setattr(dense, "CODES_FROM", 1000)
    monkeypatch.setattr(dense, "MAX_CODES_OVERFETCH", 2)
    monkeypatch.setattr(dense, "TARGET_RECALL", 1.01)
    index = ApproximateIndex.build(ROWS)
    index.tune(ROWS)
    assert index.codes_overfetch == 0


def test_a_length_that_codes_do_not_divide_has_none(monkeypatch):
    monkeypatch.setattr(dense, "CODES_FROM", 1000)
    assert ApproximateIndex.build(clustered(1500, dimension=30)).codes_overfetch == 0


def test_lists_are_looked_into_only_as_far_as_it_finds_more(monkeypatch):
    monkeypatch.setattr(dense, "CODES_FROM", 1000)
    monkeypatch.setattr(dense, "PROBED", 1)  # every list from the start
    index = ApproximateIndex.build(SCATTERED)
    probed = index._codes.nprobe
    index.tune(SCATTERED)
    assert (index._codes.nprobe, index.codes_overfetch > dense.MIN_OVERFETCH) == (probed, True)


def test_more_lists_are_looked_into_where_it_is_they_that_hide_the_nearest(monkeypatch):
    monkeypatch.setattr(dense, "CODES_FROM", 1000)
    index = ApproximateIndex.build(SCATTERED)
    probed = index._codes.nprobe
    index.tune(SCATTERED)
    assert index._codes.nprobe > probed
    assert index.codes_overfetch
