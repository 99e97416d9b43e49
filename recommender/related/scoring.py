"""Scorers and calibration of a collection, cached per snapshot."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recommender.config import RankingSettings
from recommender.embedding.models import languages_of
from recommender.errors import ConfigError, OutdatedScorerError
from recommender.ranking.calibration import Calibration, Samples, default_min_score, neutral_closeness, time_scale
from recommender.ranking.chance import Chance
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.pool import Mask
from recommender.ranking.scorers import Scorer, Scores, make_scorer

if TYPE_CHECKING:
    from recommender.collection import Collection
    from recommender.index import Index
    from recommender.store import Encoding

MAX_RANKINGS = 16
"""How many sets of weights have their scorers cached."""

SHORT_TERMS, LEAST_SHARE = 12, 0.7
"""A question of no terms would have this share of the minimum score, one of so many terms and more the whole."""
UNKNOWN_SHARE = 0.5
"""What cosines count where the model does not know the language of most articles."""

ScorerRef = str | LearnedScorer
"""The name of a scorer, or a learned one."""


@dataclass
class Ranking:
    """Scorers and calibration for the samples of an index; revisions with the same samples share them."""

    samples: Samples
    encoding: Encoding
    weights: RankingSettings
    scorers: dict[tuple[str, bool], Scorer] = field(default_factory=dict)

    def scorer(self, ref: ScorerRef, *, as_shown: bool = True) -> Scorer:
        """Return a scorer, with hub control if scores are as shown to readers.

        Raises:
            ConfigError: If the name is unknown.
            ScorerError: If a learned scorer was learned with another encoder.
        """
        if isinstance(ref, LearnedScorer):
            ref.refuse_vectors_of(self.encoding.fingerprint)
            return ref
        key = (ref, as_shown)
        if key not in self.scorers:
            weights = self.weights if as_shown else self.weights.model_copy(update={"hubs": 0.0})
            scale = weights.time_scale_days or time_scale(self.samples.days_per_article)
            self.scorers[key] = make_scorer(ref, weights, scale, neutral_closeness(self.samples, scale))
        return self.scorers[key]

    def min_score(self, scorer: ScorerRef, terms: int | None = None) -> float:
        """Return the minimum score of a list; minus infinity for a scorer without calibrated scores.

        Args:
            scorer: The scorer.
            terms: Of how many terms a question consists that is no article; a few cannot score as much as a text.
        """
        if isinstance(scorer, LearnedScorer):
            probability = self.weights.min_probability
            return scorer.file.min_score if probability is None else probability
        if scorer != "default":
            return -np.inf
        percentile = self.weights.min_score
        if percentile is not None:
            return percentile
        if terms is None or terms >= SHORT_TERMS:
            return self._default_min_score
        share = LEAST_SHARE + (1 - LEAST_SHARE) * terms / SHORT_TERMS
        return self._percentile(share * min(self.chance.score, self._rare_score))

    def belonging(self, scorer: ScorerRef) -> float:
        """Return what an article's best candidate must have in common with it for a list; see `Chance`."""
        is_default = scorer == "default" and self.weights.min_score is None
        return self.chance.belonging if is_default else -np.inf

    @cached_property
    def _default_min_score(self) -> float:
        # Rare among random pairs, or, where a site of one subject makes that hard, far beyond chance.
        if self._rare_score <= self.chance.score:
            return default_min_score(self.samples.articles)
        return self._percentile(self.chance.score)

    @cached_property
    def _rare_score(self) -> float:
        """The raw score that is rare enough among random pairs."""
        return self.calibration.score_at(default_min_score(self.samples.articles))

    def _percentile(self, score: float) -> float:
        return float(self.calibration.percentile(np.array([score]))[0])

    @cached_property
    def chance(self) -> Chance:
        """What unrelated texts find here."""
        return Chance.of(self.samples.chance, self.scorer("default"), self.weights)

    def calibrate(self, scorer: ScorerRef, scores: Scores) -> Scores:
        """Return percentiles for the default scorer; others' scores are probabilities already, or have no scale."""
        return self.calibration.percentile(scores) if scorer == "default" else scores

    def reaching(self, scorer: ScorerRef, scores: Scores, min_score: float) -> Mask:
        """Return which raw scores reach a minimum once they are calibrated, shape (n,)."""
        return self.calibration.reaching(scores, min_score) if scorer == "default" else scores >= min_score

    @cached_property
    def calibration(self) -> Calibration:
        """The calibration of the default scorer."""
        return Calibration(self.scorer("default"), self.samples, self.encoding.unrelated_cosines)


class Scoring:
    """The scorers of one collection, kept up to date with its recorded settings and learned scorer.

    Args:
        collection: The collection.
        weights: Ranking settings instead of the recorded ones.
    """

    def __init__(self, collection: Collection, weights: RankingSettings | None = None) -> None:
        self._collection = collection
        self.weights = weights
        self._rankings: dict[RankingSettings, Ranking] = {}
        self._learned: LearnedScorer | None = None
        self._text: str | None = None
        self._state: tuple[int, int] | None = None

    def resolve(self, scorer: ScorerRef | None) -> ScorerRef:
        """Return the scorer to rank with, inside a read; without a name the learned one if there is one.

        Raises:
            ConfigError: If the learned scorer is asked for and there is none.
            ScorerError: If the learned scorer is damaged.
        """
        if scorer not in {None, "learned"}:
            return scorer
        state = self._collection.store.state()
        if self._state != state:
            text = self._collection.store.scorer
            if text != self._text:
                # After an update the default scorer ranks until another one is learned; a build says so.
                self._learned = None
                with contextlib.suppress(OutdatedScorerError):
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
        weights = weights or self.weights or index.settings.ranking
        if unknown_language(index) and "cosine" not in weights.model_fields_set:
            # What the vectors say of such texts is half noise, and words say more.
            weights = weights.model_copy(update={"cosine": UNKNOWN_SHARE * weights.cosine})
        known, samples = self._rankings.get(weights), index.samples()
        if known is None or known.samples is not samples:
            if weights not in self._rankings and len(self._rankings) >= MAX_RANKINGS:
                del self._rankings[next(iter(self._rankings))]
            known = self._rankings[weights] = Ranking(samples, index.encoding, weights)
        return known


def unknown_language(index: Index) -> str | None:
    """Return the code of the language of most articles if the model was not trained on it."""
    known = languages_of(index.encoding.settings.model)
    return None if known is None or index.main_language in known else index.main_language


def read_learned(collection: Collection) -> LearnedScorer | None:
    """Read the learned scorer of a collection; None if there is none.

    Raises:
        ScorerError: If it is damaged.
    """
    text = collection.store.scorer
    return LearnedScorer.parse(text, f"{collection.store.where}, learned scorer") if text else None


def name_of(scorer: ScorerRef) -> str:
    """Return the name of a scorer, as in answers and runs."""
    return scorer if isinstance(scorer, str) else scorer.name
