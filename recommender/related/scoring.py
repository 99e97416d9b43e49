"""Scoring: which scorer ranks in a collection, and what it works out once for a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recommender.config import RankingSettings
from recommender.errors import ConfigError
from recommender.ranking.calibration import Calibration, Samples, default_min_score, neutral_closeness
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.scorers import Scorer, Scores, make_scorer

if TYPE_CHECKING:
    from recommender.collection import Collection
    from recommender.index import Index
    from recommender.store import Encoding

MAX_RANKINGS = 16
"""For how many weights what they need is kept ready."""

ScorerRef = str | LearnedScorer
"""A scorer by its name, or a learned one."""


@dataclass
class Ranking:
    """What ranking works out once for an index's samples; later revisions with the same samples share it."""

    samples: Samples
    encoding: Encoding
    weights: RankingSettings
    scorers: dict[tuple[str, bool], Scorer] = field(default_factory=dict)

    def scorer(self, ref: ScorerRef, *, as_shown: bool = True) -> Scorer:
        """A scorer, with hub control as readers' lists are made or without it.

        Raises:
            ConfigError: If there is none of that name.
            ScorerError: If a learned one was learned on the vectors of another encoder.
        """
        if isinstance(ref, LearnedScorer):
            ref.refuse_vectors_of(self.encoding.fingerprint)
            return ref
        key = (ref, as_shown)
        if key not in self.scorers:
            weights = self.weights if as_shown else self.weights.model_copy(update={"hubs": 0.0})
            neutral = neutral_closeness(self.samples, weights.time_scale_days)
            self.scorers[key] = make_scorer(ref, weights, neutral)
        return self.scorers[key]

    def min_score(self, ref: ScorerRef) -> float:
        """Nothing under this is shown where a request does not say otherwise; any score is where none has a meaning."""
        if isinstance(ref, LearnedScorer):
            probability = self.weights.min_probability
            return ref.file.min_score if probability is None else probability
        if ref != "default":
            return -np.inf
        percentile = self.weights.min_score
        return default_min_score(self.samples.articles) if percentile is None else percentile

    def calibrate(self, ref: ScorerRef, scores: Scores) -> Scores:
        """What scores mean: percentiles of the default scorer, probabilities of a learned one, themselves of others."""
        return self.calibration.percentile(scores) if ref == "default" else scores

    @cached_property
    def calibration(self) -> Calibration:
        """What the default scorer's scores mean."""
        return Calibration(self.scorer("default"), self.samples, self.encoding.unrelated_cosines)


class Scoring:
    """The scorers of one collection, which keep up with what is recorded there.

    Args:
        collection: Whose they are.
        weights: Ranking settings instead of those recorded at the last build.
    """

    def __init__(self, collection: Collection, weights: RankingSettings | None = None) -> None:
        self._collection = collection
        self._weights = weights
        self._rankings: dict[RankingSettings, Ranking] = {}
        self._learned: LearnedScorer | None = None
        self._text: str | None = None
        self._state: tuple[int, int] | None = None

    def resolve(self, scorer: ScorerRef | None) -> ScorerRef:
        """The scorer that is meant, inside a read: the learned one where none is named and there is one.

        Raises:
            ConfigError: If a learned one is wanted and there is none.
            ScorerError: If the recorded one cannot be read.
        """
        if scorer not in {None, "learned"}:
            return scorer
        state = self._collection.store.state()
        if self._state != state:
            text = self._collection.store.scorer
            if text != self._text:
                self._learned = read_learned(self._collection)
                self._text = text
            self._state = state
        if self._learned is None and scorer == "learned":
            raise ConfigError(
                "the collection has no learned scorer",
                where="scorer",
                hint="learn one: related tune QRELS --collection DIR",
            )
        return self._learned or "default"

    def ranking(self, index: Index, weights: RankingSettings | None = None) -> Ranking:
        """Return the scorers and thresholds for an index, with the given weights instead of those recorded."""
        weights = weights or self._weights or index.settings.ranking
        known, samples = self._rankings.get(weights), index.samples()
        if known is None or known.samples is not samples:
            if weights not in self._rankings and len(self._rankings) >= MAX_RANKINGS:
                del self._rankings[next(iter(self._rankings))]
            known = self._rankings[weights] = Ranking(samples, index.encoding, weights)
        return known


def read_learned(collection: Collection) -> LearnedScorer | None:
    """The learned scorer that ranks in a collection; None where none was learned.

    Raises:
        ScorerError: If it cannot be read.
    """
    text = collection.store.scorer
    return LearnedScorer.parse(text, f"{collection.path}, learned scorer") if text else None


def name_of(ref: ScorerRef) -> str:
    """The name of a scorer, as answers and runs have it."""
    return ref if isinstance(ref, str) else ref.name
