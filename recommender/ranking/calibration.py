"""Calibrates scores: a score becomes the share of random pairs that score lower."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.chance import ChancePairs
from recommender.ranking.features import FEATURES, Features
from recommender.ranking.scorers import Scorer, Scores, closeness_in_time

MIN_ARTICLES = 10
"""Up to this size a collection's own pairs are ignored; the unrelated texts of this library stand in for them."""
PRIOR_ARTICLES = 100
"""With this many articles beyond `MIN_ARTICLES`, own pairs and unrelated texts have equal weight.

In a small collection many of the best pairs are related, and percentiles of its own pairs alone would call nothing
related. Their share falls as the collection grows.
"""
SHIFT_ARTICLES = 5
"""With this many articles beyond `MIN_ARTICLES`, half of the collection's own likeness (all articles on one subject, or
in a language that the model hardly knows) is added to the cosines of unrelated texts."""
LEAST_MINIMUM, MOST_MINIMUM = 0.98, 0.995
CHANCE_PAIRS = 1.2
"""A shown pair has to be rarer than this many in n, because the best of n chance pairs is about one in n."""
UNRELATED_QUANTILES = 201
LEAST_TIME_SCALE = 10.0

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
        "shared_topics",
        "shared_authors",
    )
]


class Samples(NamedTuple):
    """Sampled pairs of an index's articles, to calibrate scores on.

    Attributes:
        random_pairs: Features of random pairs of different articles, float32, shape (n_pairs, len(FEATURES)).
        neighbour_days: Days between sampled articles and their nearest neighbours, float32, NaN where unknown.
        articles: Number of articles they were drawn from.
        days_per_article: Days between one publication and the next on average; NaN without dates.
        chance: Unrelated texts with the articles most like them.
    """

    random_pairs: Features
    neighbour_days: NDArray[np.float32]
    articles: int
    days_per_article: float = float("nan")
    chance: ChancePairs = ChancePairs.none()


def unrelated_cosines(vectors: NDArray[np.float32]) -> tuple[float, ...]:
    """Return quantiles of the cosines between the vectors of unrelated texts (see `ranking.chance`), ascending."""
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return tuple(float(q) for q in np.quantile(cosines, np.linspace(0, 1, UNRELATED_QUANTILES)).round(5))


def time_scale(days_per_article: float) -> float:
    """Return the time scale of closeness for a site's rhythm, in days.

    max(10, 38 sqrt(days per article)) passes near the best scale of a news site and of eight blogs, between which the
    best scale grows more slowly than the days between two articles.
    """
    return LEAST_TIME_SCALE if np.isnan(days_per_article) else max(LEAST_TIME_SCALE, 38 * days_per_article**0.5)


def neutral_closeness(samples: Samples, time_scale_days: float) -> float:
    """Return the mean closeness in time of neighbours; 0 if no article has a date."""
    known = samples.neighbour_days[~np.isnan(samples.neighbour_days)]
    return float(closeness_in_time(known, time_scale_days).mean()) if len(known) else 0.0


def default_min_score(articles: int) -> float:
    """Return the default minimum score for a number of articles.

    In a small collection many pairs are related, and a minimum of 0.995 would hide some of them; in a larger one, a
    lower minimum would admit the best chance pairs.
    """
    return min(MOST_MINIMUM, max(LEAST_MINIMUM, 1 - CHANCE_PAIRS / max(1, articles)))


class Calibration:
    """Turns the scores of one scorer into percentiles of random pairs.

    A percentile of 0.999 means that one random pair in a thousand scores as high. Random pairs are sampled from the
    collection, mixed with pairs of unrelated texts while it is small (see `PRIOR_ARTICLES`).

    Args:
        scorer: The scorer to calibrate.
        samples: The collection's samples.
        cosines: The encoder's `unrelated_cosines`.
    """

    def __init__(self, scorer: Scorer, samples: Samples, cosines: tuple[float, ...]) -> None:
        own = samples.random_pairs
        counted = max(0, samples.articles - MIN_ARTICLES)
        self._own = np.sort(scorer.score(own))
        alike = counted / (counted + SHIFT_ARTICLES) * _alikeness(own, cosines)
        self._prior = np.sort(scorer.score(_unrelated_pairs(own, np.array(cosines) + alike)))
        self._own_share = counted / (counted + PRIOR_ARTICLES)
        # A percentile is the same from just above one step to the next.
        self._steps = np.concatenate([[-np.inf], np.union1d(self._own, self._prior), [np.inf, np.inf]])
        self._above = self.percentile(np.nextafter(self._steps[:-2], np.inf))

    def percentile(self, scores: Scores) -> Scores:
        """Return the share of random pairs that score lower, float64 in [0, 1), shape (n,)."""
        # In ascending order one search begins where the last ended, in memory that the processor has at hand.
        order = scores.argsort()
        ascending = scores[order]
        shares = self._own_share * self._own.searchsorted(ascending) / (len(self._own) + 1)
        shares += (1 - self._own_share) * self._prior.searchsorted(ascending) / (len(self._prior) + 1)
        percentiles = np.empty(len(scores))
        percentiles[order] = shares
        return percentiles

    def score_at(self, percentile: float) -> float:
        """Return the lowest score of a random pair that reaches this percentile; infinity if none does."""
        return float(self._steps[self._above.searchsorted(percentile) + 1])

    def reaching(self, scores: Scores, percentile: float) -> NDArray[np.bool_]:
        """Return which scores reach a percentile, shape (n,); it takes far less than all of their percentiles."""
        reached: NDArray[np.bool_] = scores > self._steps[self._above.searchsorted(percentile)]
        return reached


def _alikeness(own: Features, cosines: tuple[float, ...]) -> float:
    """Return how much nearer the median pair is than that of unrelated texts; most pairs are unrelated."""
    return max(0.0, float(np.median(own[:, _COSINE]) - np.median(cosines))) if len(own) else 0.0


def _unrelated_pairs(own: Features, cosines: Scores) -> Features:
    """Return features of unrelated pairs: the given cosines, no shared words, no hubs, dates as in `own`."""
    count = max(len(cosines), min(len(own), 20 * len(cosines)))
    pairs = np.full((count, len(FEATURES)), np.nan, dtype=np.float32)
    if len(own):
        pairs[:] = own[np.random.default_rng(0).integers(0, len(own), count)]
    pairs[:, _NOTHING] = 0
    pairs[:, _COSINE] = np.resize(np.minimum(cosines, 1.0).astype(np.float32), count)
    return pairs
