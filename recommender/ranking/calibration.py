"""Score -> what it means: the share of random pairs that score lower."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.features import FEATURES, ColumnsLike, Features, PartedLike, ProfileLike, pair_features
from recommender.ranking.scorers import Scorer, Scores, closeness_in_time
from recommender.text import stable_hash

MIN_ARTICLES = 10
"""Up to this size a collection's own pairs say nothing, and the unrelated texts that come with the library say all."""
PRIOR_ARTICLES = 100
"""With this many more articles the collection's own pairs are trusted half, the unrelated texts the other half.

In a small collection most of the likelier pairs are related ones, so that its own pairs alone would call nothing
related. With growth their share falls and the collection's own pairs say more.
"""
SHIFT_ARTICLES = 5
"""With this many articles beyond the least, half of what the collection's articles are alike among themselves (one
language that the model does not know well, one subject) is added to the cosines of unrelated texts."""
LEAST_MINIMUM, MOST_MINIMUM = 0.98, 0.995
CHANCE_PAIRS = 1.2
"""The best of n chance pairs is about the one in n; what is shown has to be rarer than so many in n."""
SAMPLE_QUERIES = 256
SAMPLE_CANDIDATES = 128
NEIGHBOURS = 10
SAMPLES = ("random_pairs", "neighbour_days")
"""The arrays that `sample_pairs` makes."""
UNRELATED_QUANTILES = 201

_OTHER_ORDER = np.uint64(0x9E3779B97F4A7C15)

_COSINE, _DAYS = FEATURES.index("cosine"), FEATURES.index("days_apart")
_NOTHING = [
    FEATURES.index(name)
    for name in (
        "text",
        "title",
        "rare_title_words",
        "hubness",
        "title_overlap",
        "rarest_title_word",
        "shared_names",
    )
]


class SampledColumns(ColumnsLike, PartedLike, Protocol):
    """Columns that can also say what the article of a row is like."""

    def __len__(self) -> int: ...

    def profile(self, row: int) -> ProfileLike: ...

    def article_id(self, row: int) -> str: ...


@lru_cache(maxsize=1)
def unrelated_texts() -> tuple[str, ...]:
    """Short texts on unrelated matters, whose cosines show what an encoder makes of unrelated pairs."""
    return tuple((files("recommender.ranking") / "unrelated.txt").read_text(encoding="utf-8").splitlines())


def unrelated_cosines(vectors: NDArray[np.float32]) -> tuple[float, ...]:
    """Quantiles of the cosines between the vectors of `unrelated_texts`, ascending."""
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return tuple(float(q) for q in np.quantile(cosines, np.linspace(0, 1, UNRELATED_QUANTILES)).round(5))


def sample_pairs(columns: SampledColumns) -> dict[str, NDArray[Any]]:
    """What calibration keeps of a revision.

    Returns:
        `random_pairs`: features of random pairs of different articles, float32, shape (n_pairs, len(FEATURES)).
        `neighbour_days`: days between sampled articles and their nearest in vector space, float32, NaN where unknown.
        Both depend on the articles alone, not on the order in which they came, and an article more or less changes
        few of the pairs, so that what a score means stays what it was while a collection grows.
    """
    count = len(columns)
    # Lowest hashes are a sample that is nearly the same after a change; the next on a ring are, too.
    hashes = np.array([stable_hash(columns.article_id(row)) for row in range(count)], dtype=np.uint64)
    queries = np.sort(np.argsort(hashes)[:SAMPLE_QUERIES])
    ring = np.argsort(hashes * _OTHER_ORDER)
    place = np.empty(count, dtype=np.int64)
    place[ring] = np.arange(count)
    steps = np.arange(1, min(SAMPLE_CANDIDATES, count - 1) + 1)
    pairs: list[Features] = []
    days: list[NDArray[np.float32]] = []
    for row in queries.tolist():
        others = np.sort(ring[(place[row] + steps) % count])
        query = columns.profile(row)
        pairs.append(pair_features(query, columns, others))
        cosines = columns.vectors @ query.vector
        cosines[row] = -np.inf
        nearest = _largest(cosines, min(NEIGHBOURS, count - 1))
        days.append(np.abs(columns.days[nearest] - query.day).astype(np.float32))
    return {
        "random_pairs": np.concatenate(pairs) if pairs else np.empty((0, len(FEATURES)), dtype=np.float32),
        "neighbour_days": np.concatenate(days) if days else np.empty(0, dtype=np.float32),
    }


def _largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Places of the largest values; of equal ones at the border the first."""
    least = np.partition(values, len(values) - count)[len(values) - count] if count else np.inf
    likely = np.flatnonzero(values >= least)
    chosen: NDArray[np.int64] = likely[np.argsort(-values[likely], kind="stable")[:count]]
    return chosen


def neutral_closeness(samples: Mapping[str, NDArray[Any]], time_scale_days: float) -> float:
    """What closeness in time a pair of neighbours has on average; 0 where nothing has a date."""
    days = samples["neighbour_days"]
    known = days[~np.isnan(days)]
    return float(closeness_in_time(known, time_scale_days).mean()) if len(known) else 0.0


def default_min_score(articles: int) -> float:
    """The score under which nothing is shown where nobody chose one, for a collection of so many articles.

    In a small collection many pairs are related ones, so that being rarer than one in two hundred would hide them; in
    a larger one less than that lets the best of the chance pairs in.
    """
    return min(MOST_MINIMUM, max(LEAST_MINIMUM, 1 - CHANCE_PAIRS / max(1, articles)))


class Calibration:
    """Percentiles of one scorer's scores against random pairs.

    0.999 says: one random pair in a thousand scores as high. Random pairs are those of the collection itself, mixed
    with pairs of unrelated texts while the collection is small (see `PRIOR_ARTICLES`).

    Args:
        scorer: Whose scores are to be read.
        samples: What `sample_pairs` kept.
        cosines: What `unrelated_cosines` found for the encoder.
        articles: How many articles the collection has.
    """

    def __init__(
        self, scorer: Scorer, samples: Mapping[str, NDArray[Any]], cosines: tuple[float, ...], articles: int
    ) -> None:
        own = samples["random_pairs"]
        counted = max(0, articles - MIN_ARTICLES)
        self._own = np.sort(scorer.score(own))
        alike = counted / (counted + SHIFT_ARTICLES) * _alikeness(own, cosines)
        self._prior = np.sort(scorer.score(_unrelated_pairs(own, np.array(cosines) + alike)))
        self._own_share = counted / (counted + PRIOR_ARTICLES)

    def percentile(self, scores: Scores) -> Scores:
        """The share of random pairs that score lower, float64 in [0, 1), shape (n,)."""
        own, prior = (
            np.searchsorted(known, scores, side="left") / (len(known) + 1) for known in (self._own, self._prior)
        )
        return self._own_share * own + (1 - self._own_share) * prior

    def score_at(self, percentile: float) -> float:
        """The lowest score of those pairs that has at least this percentile; infinity if none has."""
        scores = np.union1d(self._own, self._prior)
        reached = np.flatnonzero(self.percentile(scores) >= percentile)
        return float(scores[reached[0]]) if len(reached) else np.inf


def _alikeness(own: Features, cosines: tuple[float, ...]) -> float:
    """How much nearer the collection's median pair is than that of unrelated texts; most pairs are unrelated ones."""
    return max(0.0, float(np.median(own[:, _COSINE]) - np.median(cosines))) if len(own) else 0.0


def _unrelated_pairs(own: Features, cosines: Scores) -> Features:
    """Features of pairs of unrelated texts: their cosines, no shared words, no hubs, dates as far apart as in `own`."""
    count = max(len(cosines), min(len(own), 20 * len(cosines)))
    pairs = np.full((count, len(FEATURES)), np.nan, dtype=np.float32)
    if len(own):
        pairs[:] = own[np.random.default_rng(0).integers(0, len(own), count)]
    pairs[:, _NOTHING] = 0
    pairs[:, _COSINE] = np.resize(np.minimum(cosines, 1.0).astype(np.float32), count)
    return pairs
