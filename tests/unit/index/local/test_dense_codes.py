"""The approximate index is tuned on its own vectors, and finds as much under filters of any kind."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.index.local import dense
from recommender.index.local.dense import MIN_OVERFETCH, TARGET_RECALL, ApproximateIndex, search_exactly


def clustered(count, dimension=64, clusters=40, seed=0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, dimension))
    rows = centres[random.integers(0, clusters, count)] + 0.5 * random.normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


ROWS = clustered(6000)
SCATTERED = clustered(6000, clusters=6000)


@pytest.fixture(scope="module")
def index():
    return ApproximateIndex.build(ROWS)


def recall(index, rows=ROWS, passing=None, top_k=100):
    found = []
    for row in range(0, len(rows), 50):
        allowed = None if passing is None else np.flatnonzero(passing)
        exact = search_exactly(rows, rows[row], top_k, allowed)
        near = search_exactly(rows, rows[row], top_k, index.propose(rows[row], top_k, passing))
        found.append(len(np.intersect1d(exact, near)) / len(exact))
    return np.mean(found)


def test_it_finds_what_it_is_tuned_for(index):
    assert index.recall >= TARGET_RECALL
    assert recall(index) >= TARGET_RECALL - 0.01


@pytest.mark.parametrize("share", [0.95, 0.6, 0.3, 0.15])
def test_under_a_filter_it_finds_as_much(index, share):
    passing = np.random.default_rng(1).random(len(ROWS)) < share
    assert passing[index.propose(ROWS[0], 50, passing)].all()
    assert recall(index, passing=passing) >= TARGET_RECALL - 0.02


@pytest.mark.parametrize("share", [0.8, 0.3, 0.15])
@pytest.mark.parametrize("side", [1, -1])
def test_it_does_so_where_what_passes_lies_on_one_side(index, share, side):
    along = side * (ROWS @ ROWS[0])
    passing = along >= np.quantile(along, 1 - share)
    assert recall(index, passing=passing) >= 0.95


def test_where_too_little_of_what_is_near_passes_all_that_passes_is_proposed(index):
    near = ROWS @ ROWS[0]
    passing = near < np.quantile(near, 0.5)
    assert recall(index, passing=passing) >= 0.95


def test_a_length_that_codes_do_not_divide_is_indexed_all_the_same():
    rows = clustered(1500, dimension=30)
    assert recall(ApproximateIndex.build(rows), rows=rows) >= TARGET_RECALL - 0.02


def test_where_it_finds_too_little_there_is_none(monkeypatch):
    monkeypatch.setattr(dense, "TARGET_RECALL", 1.01)
    assert ApproximateIndex.build(ROWS) is None


def test_where_there_is_too_little_to_learn_codes_from_there_is_none():
    assert ApproximateIndex.build(ROWS[:15]) is None
    assert ApproximateIndex.build(ROWS[:16]) is not None


def test_lists_are_looked_into_only_as_far_as_it_finds_more(monkeypatch):
    monkeypatch.setattr(dense, "PROBED", 1)  # every list from the start
    index = ApproximateIndex.build(SCATTERED)
    assert index.overfetch > MIN_OVERFETCH


def test_more_lists_are_looked_into_where_it_is_they_that_hide_the_nearest():
    index = ApproximateIndex.build(SCATTERED)
    assert index._index.nprobe > index._index.nlist // dense.PROBED
    assert recall(index, rows=SCATTERED) >= TARGET_RECALL - 0.01
