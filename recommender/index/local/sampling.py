"""Samples pairs of articles for the calibration of scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Columns
from recommender.index.local.gathering import gather
from recommender.ranking.calibration import Samples
from recommender.ranking.features import FEATURES, Features, pair_features
from recommender.text import stable_hash

SAMPLE_QUERIES = 256
SAMPLE_CANDIDATES = 128
NEIGHBOURS = 10

_OTHER_ORDER = np.uint64(0x9E3779B97F4A7C15)


def sample_pairs(columns: Columns) -> Samples:
    """Sample random pairs, and the days between articles and their nearest neighbours.

    Both depend on the articles alone, not on the order in which they came. One article more or less changes few of the
    pairs, so calibrated scores stay stable while a collection grows.
    """
    count = len(columns)
    # The lowest hashes change little when articles are added, and neither do the next neighbours on a ring of hashes.
    hashes = np.array([stable_hash(columns.article_id(row)) for row in range(count)], dtype=np.uint64)
    queries = np.sort(np.argsort(hashes)[:SAMPLE_QUERIES])
    ring = np.argsort(hashes * _OTHER_ORDER)
    place = np.empty(count, dtype=np.int64)
    place[ring] = np.arange(count)
    steps = np.arange(1, min(SAMPLE_CANDIDATES, count - 1) + 1)
    pairs: list[Features] = [np.empty((0, len(FEATURES)), dtype=np.float32)]
    days = [np.empty(0, dtype=np.float32)]
    for row in queries.tolist():
        others = np.sort(ring[(place[row] + steps) % count])
        query = columns.profile(row)
        pairs.append(pair_features(query, gather(columns, others, (), others, query)))
        cosines = columns.vectors @ query.vector
        cosines[row] = -np.inf
        nearest = _largest(cosines, min(NEIGHBOURS, count - 1))
        days.append(np.abs(columns.days[nearest] - query.day).astype(np.float32))
    return Samples(np.concatenate(pairs), np.concatenate(days), count)


def _largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places of the largest values; ties for the last place go to the lower place."""
    least = np.partition(values, len(values) - count)[len(values) - count] if count else np.inf
    likely = np.flatnonzero(values >= least)
    chosen: NDArray[np.int64] = likely[np.argsort(-values[likely], kind="stable")[:count]]
    return chosen
