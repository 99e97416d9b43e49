"""Score -> what it means: the share of random pairs that score lower."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.features import FEATURES, Features
from recommender.ranking.scorers import Scorer, Scores, closeness_in_time

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
UNRELATED_QUANTILES = 201

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


class Samples(NamedTuple):
    """Sampled pairs of an index's articles, which say what a score means there.

    Attributes:
        random_pairs: Features of random pairs of different articles, float32, shape (n_pairs, len(FEATURES)).
        neighbour_days: Days between sampled articles and their nearest in vector space, float32, NaN where unknown.
        articles: How many articles they were drawn from.
    """

    random_pairs: Features
    neighbour_days: NDArray[np.float32]
    articles: int


@lru_cache(maxsize=1)
def unrelated_texts() -> tuple[str, ...]:
    """Short texts on unrelated matters, whose cosines show what an encoder makes of unrelated pairs."""
    return tuple((files("recommender.ranking") / "unrelated.txt").read_text(encoding="utf-8").splitlines())


def unrelated_cosines(vectors: NDArray[np.float32]) -> tuple[float, ...]:
    """Quantiles of the cosines between the vectors of `unrelated_texts`, ascending."""
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return tuple(float(q) for q in np.quantile(cosines, np.linspace(0, 1, UNRELATED_QUANTILES)).round(5))


def neutral_closeness(samples: Samples, time_scale_days: float) -> float:
    """What closeness in time a pair of neighbours has on average; 0 where nothing has a date."""
    known = samples.neighbour_days[~np.isnan(samples.neighbour_days)]
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
        samples: Of the collection.
        cosines: What `unrelated_cosines` found for the encoder.
    """

    def __init__(self, scorer: Scorer, samples: Samples, cosines: tuple[float, ...]) -> None:
        own = samples.random_pairs
        counted = max(0, samples.articles - MIN_ARTICLES)
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
