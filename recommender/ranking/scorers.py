"""Features -> score: the weighted default, and single features for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.config import RankingSettings
from recommender.errors import ConfigError
from recommender.ranking.features import FEATURES, Features

Scores = NDArray[np.float64]

SCORERS = ("default", "dense", "lexical", "learned")

LONER_SHARE = 0.7

_COSINE, _TEXT, _TITLE, _DAYS, _HUBNESS = (
    FEATURES.index(name) for name in ("cosine", "text", "title", "days_apart", "hubness")
)


class Scorer(Protocol):
    """Turns the features of pairs into scores; higher is more related."""

    @property
    def name(self) -> str:
        """What stands in runs and answers."""
        ...

    @property
    def near_in_time(self) -> int:
        """How many of the articles nearest in time are to be candidates besides what the engines propose."""
        ...

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """What each score is the sum of, by name, each of shape (n,)."""
        ...

    def score(self, features: Features) -> Scores:
        """Scores, float64, shape (n,)."""
        ...


class _Sum:
    near_in_time = 0

    def parts(self, features: Features) -> Mapping[str, Scores]:
        raise NotImplementedError

    def score(self, features: Features) -> Scores:
        """The sum of the parts."""
        return total(self.parts(features))


@dataclass(frozen=True)
class WeightedScorer(_Sum):
    """A weighted sum that needs no training.

    content * (1 + closeness), with content = cosine + text + title - hubs, each weighted, and closeness in time the
    weighted stretched exponential exp(-sqrt(days / time_scale_days)): it falls fast within hours and slowly over weeks,
    so it serves a news wire and a monthly blog alike. It multiplies, so that being recent never makes up for having
    nothing in common. Where a date is missing the pair gets `neutral_closeness`, what a pair of neighbours has on
    average, so that articles without dates lose nothing.

    `hubs` keeps an article that is near to everything from filling everybody's list: it is what the candidate's ten
    nearest have in cosine over what those of the average article have. That is the candidate's side of cross-domain
    similarity local scaling (CSLS, Conneau et al. 2018, "Word translation without parallel data", eq. 3; the other
    side is the same for all candidates of one article), but what is near to nothing gains only part of what a hub
    loses: measured, the whole of it costs quality where there are no dates, and none of it leaves many never shown.
    """

    weights: RankingSettings
    neutral_closeness: float = 0.0
    name: str = "default"

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """What cosine, text, title, hubs and closeness in time add to the score."""
        weights = self.weights
        hubness = features[:, _HUBNESS].astype(np.float64)
        parts = {
            "cosine": weights.cosine * features[:, _COSINE].astype(np.float64),
            "text": weights.text * features[:, _TEXT].astype(np.float64),
            "title": weights.title * features[:, _TITLE].astype(np.float64),
            "hubs": -weights.hubs * np.where(hubness > 0, hubness, LONER_SHARE * hubness),
        }
        closeness = closeness_in_time(features[:, _DAYS], weights.time_scale_days)
        content = total(parts)
        parts["closeness"] = weights.closeness * np.nan_to_num(closeness, nan=self.neutral_closeness) * content
        return parts


@dataclass(frozen=True)
class FeatureScorer(_Sum):
    """One feature alone, for comparison."""

    name: str
    feature: str

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """The one feature."""
        return {self.feature: features[:, FEATURES.index(self.feature)].astype(np.float64)}


def total(parts: Mapping[str, Scores]) -> Scores:
    """The scores that `parts` are the parts of, float64, shape (n,)."""
    scores: Scores = np.sum(list(parts.values()), axis=0)
    return scores


def make_scorer(name: str, weights: RankingSettings, neutral_closeness: float) -> Scorer:
    """The scorer of that name that needs no training.

    Raises:
        ConfigError: If there is none of that name.
    """
    if name == "default":
        return WeightedScorer(weights, neutral_closeness)
    if name == "dense":
        return FeatureScorer("dense", "cosine")
    if name == "lexical":
        return FeatureScorer("lexical", "text")
    raise ConfigError(f"there is no scorer {name!r}", where="scorer", expected=" or ".join(SCORERS))


def closeness_in_time(days: NDArray[np.floating], time_scale_days: float) -> Scores:
    """exp(-sqrt(days / time_scale_days)): 1 at the same moment, NaN where `days` is."""
    return np.exp(-np.sqrt(days.astype(np.float64) / time_scale_days))
