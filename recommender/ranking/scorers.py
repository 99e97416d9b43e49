"""Scorers: pair features to scores. The weighted default, and single features for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.config import RankingSettings
from recommender.errors import ConfigError
from recommender.ranking.features import FEATURES, Features

Scores = NDArray[np.float64]

SCORERS = ("default", "dense", "lexical", "learned")

LONER_SHARE = 0.7

_PARTS = {
    "cosine": "cosine",
    "text": "text",
    "title": "title",
    "topics": "shared_topics",
    "authors": "shared_authors",
    "hubs": "hubness",
}
"""The parts of the default score, and the feature of each."""
_SUMMED = [FEATURES.index(feature) for feature in _PARTS.values()]
_DAYS = FEATURES.index("days_apart")


class Scorer(Protocol):
    """Turns the features of pairs into scores; higher is more related."""

    @property
    def name(self) -> str:
        """The name in runs and answers."""
        ...

    @property
    def near_in_time(self) -> int:
        """How many of the articles nearest in time are additional candidates."""
        ...

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """Return the terms that each score is the sum of, by name, each of shape (n,)."""
        ...

    def score(self, features: Features) -> Scores:
        """Return the scores, float64, shape (n,)."""
        ...


class _Sum:
    near_in_time = 0

    def parts(self, features: Features) -> Mapping[str, Scores]:
        raise NotImplementedError

    def score(self, features: Features) -> Scores:
        """Return the sum of the parts."""
        return total(self.parts(features))


@dataclass(frozen=True)
class WeightedScorer(_Sum):
    """The default scorer: a weighted sum that needs no training.

    content * (1 + closeness), with content = cosine + text + title + topics + authors - hubs, each weighted, and
    closeness in time the weighted stretched exponential exp(-sqrt(days / time_scale_days)): it falls fast at first and
    slowly later. It is a factor, because being recent must not make up for having
    nothing in common. If a date is missing, the pair gets `neutral_closeness`, the average of neighbours, and articles
    without dates lose nothing.

    `hubs` keeps articles that are near to everything out of every list, by their `hubness`. That is the candidate's
    side of cross-domain similarity local scaling (CSLS, Conneau et al. 2018, "Word translation without parallel data",
    eq. 3; the other side is the same for all candidates of one article). An article that is near to nothing gains only
    `LONER_SHARE` of what a hub loses: the whole of it was measured to cost quality where there are no dates, and none
    of it to leave many articles never shown.
    """

    weights: RankingSettings
    time_scale_days: float = 10.0
    neutral_closeness: float = 0.0
    name: str = "default"

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """Return what cosine, text, title, topics, authors, hubs and closeness in time add to the score."""
        weights = self.weights
        values = features.T[_SUMMED].astype(np.float64)
        hubness = values[-1]
        hubness[hubness < 0] *= LONER_SHARE
        of_each = (weights.cosine, weights.text, weights.title, weights.topics, weights.authors, -weights.hubs)
        values *= np.array(of_each)[:, None]
        closeness = closeness_in_time(features[:, _DAYS], self.time_scale_days)
        closeness[np.isnan(closeness)] = self.neutral_closeness
        return {
            **dict(zip(_PARTS, values, strict=True)),
            "closeness": weights.closeness * closeness * values.sum(axis=0),
        }


@dataclass(frozen=True)
class FeatureScorer(_Sum):
    """One feature alone, for comparison."""

    name: str
    feature: str

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """Return the feature."""
        return {self.feature: features[:, FEATURES.index(self.feature)].astype(np.float64)}


def total(parts: Mapping[str, Scores]) -> Scores:
    """Return the sum of `parts`, float64, shape (n,)."""
    return reduce(np.add, parts.values())


def make_scorer(name: str, weights: RankingSettings, time_scale_days: float, neutral_closeness: float) -> Scorer:
    """Return a scorer that needs no training.

    Args:
        name: One of `SCORERS` but `learned`.
        weights: The weights of the default scorer.
        time_scale_days: The scale of its closeness in time.
        neutral_closeness: The closeness of a pair without dates.

    Raises:
        ConfigError: If the name is unknown.
    """
    if name == "default":
        return WeightedScorer(weights, time_scale_days, neutral_closeness)
    if name == "dense":
        return FeatureScorer("dense", "cosine")
    if name == "lexical":
        return FeatureScorer("lexical", "text")
    raise ConfigError(f"there is no scorer {name!r}", where="scorer", expected=" or ".join(SCORERS))


def closeness_in_time(days: NDArray[np.floating], time_scale_days: float) -> Scores:
    """Return exp(-sqrt(days / time_scale_days)): 1 at the same moment, NaN where `days` is."""
    return np.exp(-np.sqrt(days.astype(np.float64) / time_scale_days))
