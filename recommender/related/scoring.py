"""Scoring: which scorer ranks in a collection, and what it works out once for a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recommender.config import RankingSettings
from recommender.errors import ConfigError
from recommender.ranking.calibration import Calibration, default_min_score, neutral_closeness
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.scorers import Scorer, Scores, make_scorer

if TYPE_CHECKING:
    from recommender.collection import Collection
    from recommender.index.local.snapshot import Snapshot
    from recommender.index.local.view import LocalIndex
    from recommender.store import Encoding

MAX_RANKINGS = 16
"""For how many weights what they need is kept ready."""

Choice = str | LearnedScorer
"""A scorer by its name, or a learned one."""


@dataclass
class Ranking:
    """What ranking works out once for a snapshot; views of later revisions share it."""

    snapshot: Snapshot
    encoding: Encoding
    weights: RankingSettings
    scorers: dict[tuple[str, bool], Scorer] = field(default_factory=dict)

    def scorer(self, choice: Choice, *, as_shown: bool = True) -> Scorer:
        """A scorer, with hub control as readers' lists are made or without it.

        Raises:
            ConfigError: If there is none of that name.
            ScorerError: If a learned one was learned on the vectors of another encoder.
        """
        if isinstance(choice, LearnedScorer):
            choice.refuse_vectors_of(self.encoding.fingerprint)
            return choice
        key = (choice, as_shown)
        if key not in self.scorers:
            weights = self.weights if as_shown else self.weights.model_copy(update={"hubs": 0.0})
            neutral = neutral_closeness(self.snapshot.derived, weights.time_scale_days)
            self.scorers[key] = make_scorer(choice, weights, neutral)
        return self.scorers[key]

    def min_score(self, choice: Choice) -> float:
        """Nothing under this is shown where a request does not say otherwise; any score is where none has a meaning."""
        if isinstance(choice, LearnedScorer):
            probability = self.weights.min_probability
            return choice.file.min_score if probability is None else probability
        if choice != "default":
            return -np.inf
        percentile = self.weights.min_score
        return default_min_score(self.snapshot.manifest.articles) if percentile is None else percentile

    def meant(self, choice: Choice, scores: Scores) -> Scores:
        """What scores mean: percentiles of the default scorer, probabilities of a learned one, themselves of others."""
        return self.calibration.percentile(scores) if choice == "default" else scores

    @cached_property
    def calibration(self) -> Calibration:
        """What the default scorer's scores mean."""
        articles = self.snapshot.manifest.articles
        return Calibration(self.scorer("default"), self.snapshot.derived, self.encoding.unrelated_cosines, articles)


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

    def choice(self, scorer: Choice | None) -> Choice:
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

    def ranking(self, view: LocalIndex, weights: RankingSettings | None = None) -> Ranking:
        """What scores are made with in a view."""
        weights = weights or self._weights or view.settings.ranking
        known = self._rankings.get(weights)
        if known is None or known.snapshot is not view.snapshot:
            if weights not in self._rankings and len(self._rankings) >= MAX_RANKINGS:
                del self._rankings[next(iter(self._rankings))]
            known = self._rankings[weights] = Ranking(view.snapshot, view.encoding, weights)
        return known


def read_learned(collection: Collection) -> LearnedScorer | None:
    """The learned scorer that ranks in a collection; None where none was learned.

    Raises:
        ScorerError: If it cannot be read.
    """
    text = collection.store.scorer
    return LearnedScorer.parse(text, f"{collection.path}, learned scorer") if text else None


def name_of(choice: Choice) -> str:
    """The name of a scorer, as answers and runs have it."""
    return choice if isinstance(choice, str) else choice.name
