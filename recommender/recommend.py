"""Recommender: candidates -> features -> score -> what it means -> the related articles of one article."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.article import Article
from recommender.collection import Collection, Database, Encoding, open_encoder, vector_of
from recommender.collection.columns import idf
from recommender.config import RankingSettings
from recommender.entry import related_entry
from recommender.errors import ConfigError, DamagedError
from recommender.ranking.calibration import Calibration, neutral_closeness, sample_pairs
from recommender.ranking.features import FEATURES, Rows, pair_features
from recommender.ranking.reasons import explain, side
from recommender.ranking.scorers import Scorer, make_scorer, total
from recommender.text import article_texts

if TYPE_CHECKING:
    from recommender.collection.columns import Profile
    from recommender.collection.snapshot import Snapshot
    from recommender.collection.view import View
    from recommender.collection.where import Where
    from recommender.embedding import Encoder
    from recommender.ranking.reasons import Side

MAX_TOP_K = 1000
LEXICAL_OVERFETCH = 3
"""The lexical engine weighs titles more than the lexical scorer does, so more is fetched than is asked for."""


@dataclass(frozen=True)
class RelatedItem:
    """One related article.

    Attributes:
        article: The article to show.
        score: What its score means: the share of random pairs that score lower, in [0, 1).
        reasons: Why it is related, in words.
        parts: What the raw score is the sum of.
        features: The pair's features by name; NaN where unknown.
    """

    article: Article
    score: float
    reasons: list[str]
    parts: dict[str, float]
    features: dict[str, float]

    @property
    def article_id(self) -> str:
        """The related article's id."""
        return self.article.id or ""

    def to_json(self) -> dict[str, Any]:
        """The entry that a site shows, with id, score and reasons beside it."""
        return {
            **related_entry(self.article),
            "id": self.article_id,
            "score": round(self.score, 6),
            "reasons": self.reasons,
            "duplicates": [],
        }


@dataclass(frozen=True)
class RelatedArticles(Sequence[RelatedItem]):
    """The related articles of one article, best first."""

    article: Article
    items: list[RelatedItem]
    revision: int
    scorer: str

    def __getitem__(self, place: Any) -> Any:
        return self.items[place]

    def __len__(self) -> int:
        return len(self.items)

    def to_json(self) -> dict[str, Any]:
        """The answer as the HTTP API gives it."""
        asked = {"id": self.article.id, "title": self.article.title, "webUrl": self.article.web_url}
        return {
            "article": {key: value for key, value in asked.items() if value is not None},
            "related": [item.to_json() for item in self.items],
            "duplicates": [],
            "revision": self.revision,
            "scorer": self.scorer,
        }


@dataclass
class _Ranking:
    """What ranking works out once for a snapshot; views of later revisions share it."""

    snapshot: Snapshot
    encoding: Encoding
    weights: RankingSettings
    scorers: dict[str, Scorer] = field(default_factory=dict)

    def scorer(self, name: str) -> Scorer:
        if name not in self.scorers:
            neutral = neutral_closeness(self.snapshot.derived, self.weights.time_scale_days)
            self.scorers[name] = make_scorer(name, self.weights, neutral)
        return self.scorers[name]

    @cached_property
    def calibration(self) -> Calibration:
        articles = self.snapshot.manifest.articles
        return Calibration(self.scorer("default"), self.snapshot.derived, self.encoding.unrelated_cosines, articles)


class Recommender:
    """Says which articles of a collection are related to a given one.

    Example:
        >>> recommender = Recommender.open("collection")                                        # doctest: +SKIP
        >>> for item in recommender.related("_news/2021-04-16-aclu-suit", top_k=5):             # doctest: +SKIP
        ...     print(item.score, item.article.title, item.reasons)
    """

    def __init__(self, collection: Collection, weights: RankingSettings | None = None) -> None:
        self.collection = collection
        self._weights = weights
        self._ranking: _Ranking | None = None
        self._encoder: Encoder | None = None

    @classmethod
    def open(cls, path: Path | str, *, weights: RankingSettings | None = None) -> Recommender:
        """Open a collection to ask it.

        Args:
            path: The collection's folder.
            weights: Ranking settings instead of those recorded at the last build.

        Raises:
            CollectionError: If there is no collection, or it can not be used.
        """
        return cls(open_collection(path), weights)

    def close(self) -> None:
        """Close the collection."""
        self.collection.close()

    def related(
        self,
        article: str | Article,
        *,
        top_k: int = 5,
        min_score: float | None = None,
        scorer: str = "default",
        where: Where | None = None,
    ) -> RelatedArticles:
        """The articles that a reader of `article` should see next.

        Args:
            article: An id or webUrl of a stored article, or an article that need not be stored (an unsaved draft);
                only for the latter may the model have to be loaded.
            top_k: How many at most, 1 to 1000.
            min_score: Nothing under this percentile is shown; the configured one if left out.
            scorer: `default`, `dense` or `lexical`; what a score means is known for `default` alone, with the others
                `score` is the raw score and `min_score` is not applied.
            where: Which articles may be shown: dates, topics, provider, language, any field.

        Returns:
            At most `top_k` items, best first, ties by id. It may be empty: that is the honest answer for an article
            that nothing here is related to.

        Raises:
            NotFoundError: If no article has this id or webUrl.
            SharedUrlError: If several have this webUrl.
            ConfigError: If an option is out of range.
        """
        check_top_k(top_k)
        if min_score is not None and not 0 <= min_score <= 1:
            raise ConfigError(f"min_score is {min_score}", expected="a share from 0 to 1")
        with self.collection.reading() as view:
            ranking = self._ranking_of(view)
            asked, profile = self._resolve(article, view)
            rows, features, parts, raw = self._score(view, ranking, profile, scorer, top_k, where)
            meant = ranking.calibration.percentile(raw) if scorer == "default" else raw
            if scorer == "default":
                least = ranking.weights.min_score if min_score is None else min_score
                keep = np.flatnonzero(meant >= least)
            else:
                keep = np.arange(len(rows))
            # The same page under another id is the article itself.
            same_page = view.urls(rows[keep]) == np.uint64(profile.url)
            keep = keep[~same_page] if profile.url else keep
            best = keep[view.ordered(rows[keep], raw[keep], top_k)]
            about = self._side(asked, view)
            max_idf = float(idf(np.array([2]), len(view))[0])
            items = []
            for place in best.tolist():
                related = self._stored(view.article_id(int(rows[place])))
                items.append(
                    RelatedItem(
                        article=related,
                        score=float(meant[place]),
                        reasons=explain(about, self._side(related, view), view.rarity, max_idf),
                        parts={name: float(values[place]) for name, values in parts.items()},
                        features=dict(zip(FEATURES, features[place].tolist(), strict=True)),
                    )
                )
            return RelatedArticles(asked, items, view.revision, scorer)

    def rank(
        self, article_ids: Iterable[str] | None = None, *, top_k: int = 100, scorer: str = "default"
    ) -> dict[str, dict[str, float]]:
        """Rankings to compare with judgements: raw scores without a minimum, rules or collapsing.

        Args:
            article_ids: Ids or webUrls of stored articles; all of them if left out.
            top_k: How many for each, 1 to 1000.
            scorer: `default`, `dense` (exact cosine) or `lexical` (BM25 of the whole text).

        Returns:
            For each query's id its articles' ids and scores, best first.
        """
        return dict(self.rank_each(article_ids, top_k=top_k, scorer=scorer))

    def rank_each(
        self, article_ids: Iterable[str] | None = None, *, top_k: int = 100, scorer: str = "default"
    ) -> Generator[tuple[str, dict[str, float]], None, None]:
        """`rank`, one query after another, all of one revision."""
        check_top_k(top_k)
        with self.collection.reading() as view:
            ranking = self._ranking_of(view)
            ranking.scorer(scorer)  # an unknown one is an error even where there is nothing to rank
            ids: Iterable[str] = view.ids()
            if article_ids is not None:
                ids = dict.fromkeys(self.collection.resolve(reference) for reference in article_ids)
            for article_id in ids:
                rows, _, _, raw = self._score(view, ranking, view.profile(article_id), scorer, top_k)
                best = view.ordered(rows, raw, top_k)
                named = map(view.article_id, rows[best].tolist())
                yield article_id, dict(zip(named, raw[best].tolist(), strict=True))

    def _ranking_of(self, view: View) -> _Ranking:
        weights = self._weights or view.settings.ranking
        known = self._ranking
        if known is None or known.snapshot is not view.snapshot or known.weights != weights:
            known = self._ranking = _Ranking(view.snapshot, view.encoding, weights)
        return known

    def _resolve(self, article: str | Article, view: View) -> tuple[Article, Profile]:
        if isinstance(article, str):
            article_id = self.collection.resolve(article)
            return self._stored(article_id), view.profile(article_id)
        text = article_texts(article, view.settings.text).whole
        vector = vector_of(self._database, view.encoding, text, self._encoder_of(view))
        return article, view.profile_of(article, vector)

    def _score(
        self,
        view: View,
        ranking: _Ranking,
        profile: Profile,
        scorer: str,
        top_k: int,
        where: Where | None = None,
    ) -> tuple[Rows, Any, Mapping[str, Any], Any]:
        depth = max(ranking.weights.candidates, 2 * top_k)
        if scorer == "lexical":
            depth = max(depth, LEXICAL_OVERFETCH * top_k)
        rows = view.candidates(profile, depth, where=where, dense=scorer != "lexical", lexical=scorer != "dense")
        features = pair_features(profile, view, rows)
        parts = ranking.scorer(scorer).parts(features)
        return rows, features, parts, total(parts)

    def _side(self, article: Article, view: View) -> Side:
        return side(article, article_texts(article, view.settings.text), view.terms, view.settings.text.language)

    def _stored(self, article_id: str) -> Article:
        stored = self._database.get(article_id)
        if stored is None:
            raise DamagedError(
                f"the article {article_id} is not in the database any more",
                where=str(self._database.path),
                hint="related doctor --repair",
            )
        return stored.article

    @property
    def _database(self) -> Database:
        return self.collection.database

    def _encoder_of(self, view: View) -> Encoder:
        # Another process may have built the collection anew with another model.
        if self._encoder is None or self._encoder.fingerprint != view.encoding.fingerprint:
            self._encoder = open_encoder(view.encoding, view.settings.encoder.device)
        return self._encoder


def open_collection(path: Path | str, *, create: bool = False) -> Collection:
    """A collection whose snapshots keep what ranking needs."""
    return Collection.create(path, derive=sample_pairs) if create else Collection.open(path, derive=sample_pairs)


def check_top_k(top_k: int) -> None:
    """Refuse a `top_k` that is out of range.

    Raises:
        ConfigError: If it is not a whole number from 1 to 1000.
    """
    if not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        raise ConfigError(f"top_k is {top_k}", expected=f"a whole number from 1 to {MAX_TOP_K}")
