"""Recommender: the related articles of one article, and rankings of many."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import RankingSettings, RuleSettings
from recommender.embedding import check_vectors
from recommender.errors import ConfigError
from recommender.ranking.features import FEATURES
from recommender.ranking.languages import LanguageDetector
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.pool import idf
from recommender.ranking.reasons import PhraseReader, explain
from recommender.ranking.scorers import Scores
from recommender.ranking.selection import Fate, Limits
from recommender.related.answer import Considered, Named, RelatedArticles, RelatedItem
from recommender.related.article_cache import ArticleCache
from recommender.related.choosing import Chooser, Chosen, OnStage
from recommender.related.options import MAX_TOP_K, Options
from recommender.related.scoring import Ranking, ScorerRef, Scoring, name_of
from recommender.store import Store, open_encoder, vector_of
from recommender.text import article_texts

if TYPE_CHECKING:
    from recommender.embedding import Encoder, Vectors
    from recommender.index import Index
    from recommender.ranking.pool import Profile
    from recommender.ranking.reasons import Side

MAX_DUPLICATES = 50
"""How many copies of one article an answer names."""


class Recommender:
    """Says which articles of a collection are related to a given one.

    Example:
        >>> recommender = Recommender.open("collection")                                        # doctest: +SKIP
        >>> for item in recommender.related("_news/2021-04-16-aclu-suit", top_k=5):             # doctest: +SKIP
        ...     print(item.score, item.article.title, item.reasons)
    """

    def __init__(
        self,
        collection: Collection,
        weights: RankingSettings | None = None,
        rules: RuleSettings | None = None,
        on_stage: OnStage | None = None,
    ) -> None:
        """See `open`; `on_stage` is told how many seconds each stage of an answer took."""
        self.collection = collection
        self._scoring = Scoring(collection, weights)
        self._articles = ArticleCache(collection.store)
        self._rules = rules
        self._on_stage = on_stage
        self._phrases: PhraseReader | None = None
        self._encoder: Encoder | None = None
        self._languages = LanguageDetector()

    @classmethod
    def open(
        cls, path: Path | str, *, weights: RankingSettings | None = None, rules: RuleSettings | None = None
    ) -> Recommender:
        """Open a collection to ask it.

        Args:
            path: The collection's folder.
            weights: Ranking settings instead of those recorded at the last build.
            rules: An editor's rules instead of those recorded.

        Raises:
            CollectionError: If there is no collection, or it cannot be used.
        """
        return cls(Collection.open(path), weights, rules)

    def close(self) -> None:
        """Close the collection."""
        self.collection.close()

    def related(
        self,
        article: str | Article,
        options: Options | None = None,
        *,
        vector: Vectors | None = None,
        previous: Sequence[str] = (),
        margin: float = 0.0,
        reasons: bool = True,
        **named: Any,
    ) -> RelatedArticles:
        """Return the articles that a reader of `article` should see next.

        Args:
            article: An id or webUrl of a stored article, or an article that need not be stored (an unsaved draft);
                only for the latter may the model have to be loaded.
            options: What is asked for. Single ones may be named instead: `related(article, top_k=3, after="P30D")`.
            vector: Of the text of an article that is not stored, where it is known, float32, shape (dimension,).
            previous: Ids of the list that was shown before, in its order; they stay unless others beat them.
            margin: By what share of its score one of them must be beaten (see `ranking.keep_previous`).
            reasons: Say why each item is related; without, an answer takes half the time.
            named: Options by name.

        Returns:
            At most `top_k` items, pinned ones first, then best first, ties by id. It may be empty: that is the honest
            answer for an article that nothing here is related to.

        Raises:
            NotFoundError: If no article has this id or webUrl.
            SharedUrlError: If several have this webUrl.
            ConfigError: If an option is unknown or out of range.
            ScorerError: If a learned scorer does not fit the collection.
        """
        options = options or Options.read(named)
        if not 0 <= margin <= 1:
            raise ConfigError(f"margin is {margin}", expected="a share from 0 to 1")
        with self.collection.reading() as index:
            self._articles.see(index)
            ref, notes = self._scorer_for(options)
            weights = options.ranking_settings(index.settings.ranking) if options.weights else None
            ranking = self.ranking_of(index, weights)
            chooser = self._chooser(index, ranking)
            asked, profile = self._resolve(article, index, vector)
            chosen = chooser.choose(
                asked,
                profile,
                ref,
                _limits(options, ranking, ref),
                options.filter_spec(profile.day),
                explain=options.explain,
                previous=previous,
                margin=margin,
            )
            answer = self._answer(asked, chosen, index, name_of(ref), reasons=reasons)
            shown = {item.article_id for item in answer.items}
            return replace(
                answer,
                dropped={each: _dropped(chosen, index, each) for each in previous if each not in shown},
                considered=list(self._considered(chosen)) if options.explain else None,
                notes=[*answer.notes, *notes],
            )

    def rank(
        self,
        article_ids: Iterable[str] | None = None,
        *,
        top_k: int = 100,
        scorer: ScorerRef | None = None,
        as_shown: bool = False,
    ) -> dict[str, dict[str, float]]:
        """Rankings to compare with judgements.

        Args:
            article_ids: Ids or webUrls of stored articles; all of them if left out.
            top_k: How many for each, 1 to 1000.
            scorer: `default`, `dense` (exact cosine), `lexical` (BM25 of the whole text), `learned` or one read from a
                file; if left out the learned one where the collection has one, else `default`.
            as_shown: The lists that readers see, with minimum, rules, collapsing, diversity and hub control; the scores
                then count down from the number of items. Else raw scores with none of that.

        Returns:
            For each query's id its articles' ids and scores, best first.
        """
        return dict(self.rank_each(article_ids, top_k=top_k, scorer=scorer, as_shown=as_shown))

    def rank_each(
        self,
        article_ids: Iterable[str] | None = None,
        *,
        top_k: int = 100,
        scorer: ScorerRef | None = None,
        as_shown: bool = False,
    ) -> Generator[tuple[str, dict[str, float]], None, None]:
        """`rank`, one query after another, all of one revision."""
        check_top_k(top_k)
        with self.collection.reading() as index:
            self._articles.see(index)
            ranking = self.ranking_of(index)
            ref = self._scoring.resolve(scorer)
            ranking.scorer(ref)  # an unknown one is an error even where there is nothing to rank
            limits = _limits(Options(top_k=top_k), ranking, ref)
            ids: Iterable[str] = index.ids()
            if article_ids is not None:
                ids = dict.fromkeys(self.collection.resolve(reference) for reference in article_ids)
            chooser = self._chooser(index, ranking)
            for article_id in ids:
                profile = index.profile(article_id)
                if as_shown:
                    chosen = chooser.choose(self._articles.get(article_id), profile, ref, limits)
                    found, best = chosen.scored.pool.ids, chosen.selection.chosen
                    scores = list(range(len(best), 0, -1))
                else:
                    scored = chooser.score(profile, ref, top_k, as_shown=False)
                    found, best = scored.pool.ids, np.argsort(-scored.raw, kind="stable")[:top_k].tolist()
                    scores = scored.raw[best].tolist()
                yield article_id, {found[place]: float(score) for place, score in zip(best, scores, strict=True)}

    def use(self, scorer: LearnedScorer | None) -> None:
        """Rank with a learned scorer from now on, in every process; None for the default one.

        Raises:
            ScorerError: If it was learned on the vectors of another encoder.
            CollectionError: If the collection cannot be written.
        """
        if scorer is not None:
            scorer.refuse_vectors_of(self.collection.store.recorded_encoding().fingerprint)
        self.collection.store.record_scorer(scorer.file.text() if scorer else None)

    def scorer_in_use(self) -> str:
        """The name of the scorer that ranks where none is asked for."""
        with self.collection.reading():
            return name_of(self._scoring.resolve(None))

    def _scorer_for(self, options: Options) -> tuple[ScorerRef, list[str]]:
        """The scorer that an answer is ranked with, and what is to be said about it."""
        if not options.weights:
            return self._scoring.resolve(options.scorer), []
        if options.scorer is not None:
            ref = self._scoring.resolve(options.scorer)
            ignored = "weights were given, but the learned scorer has none: its scores are as without them"
            return ref, [ignored] if isinstance(ref, LearnedScorer) else []
        replaced = "weights were given, so the default scorer ranked in place of the learned one, which has none"
        return "default", [replaced] if isinstance(self._scoring.resolve(None), LearnedScorer) else []

    def _chooser(self, index: Index, ranking: Ranking) -> Chooser:
        rules = self._rules or index.settings.rules
        return Chooser(index, ranking, rules, self._articles.get, self._languages, self._on_stage)

    def ranking_of(self, index: Index, weights: RankingSettings | None = None) -> Ranking:
        """Return the scorers and thresholds for an index."""
        return self._scoring.ranking(index, weights)

    def _resolve(self, article: str | Article, index: Index, vector: Vectors | None) -> tuple[Article, Profile]:
        if isinstance(article, str):
            article_id = self.collection.resolve(article)
            return self._articles.get(article_id), index.profile(article_id)
        if vector is None:
            text = article_texts(article, index.settings.text).whole
            vector = vector_of(self._store, index.encoding, text, self._encoder_of(index))
        check_vectors(vector[None], 1, index.encoding.dimension)
        return article, index.profile(article, vector)

    # Answers.

    def _answer(self, asked: Article, chosen: Chosen, index: Index, scorer: str, *, reasons: bool) -> RelatedArticles:
        about = self._side(asked, index) if reasons else None
        max_idf = float(idf(np.array([2]), len(index))[0])
        pool, selection = chosen.scored.pool, chosen.selection
        items = []
        for place in selection.chosen:
            related = self._articles.get(pool.ids[place])
            features = dict(zip(FEATURES, chosen.scored.features[place].tolist(), strict=True))
            gave_way = np.flatnonzero((selection.stays == place) & (selection.fates == Fate.COLLAPSED))
            why = about and explain(
                about,
                self._side(related, index, about),
                index.rarity,
                max_idf,
                topic_share=lambda topic: index.share("topics", topic),
                features=features,
            )
            items.append(
                RelatedItem(
                    article=related,
                    score=float(chosen.calibrated[place]),
                    reasons=why or [],
                    parts=_at(chosen.scored.parts, place),
                    features=features,
                    duplicates=self._named([pool.ids[each] for each in gave_way[:MAX_DUPLICATES].tolist()]),
                    pinned=bool(selection.fates[place] == Fate.PINNED),
                )
            )
        return RelatedArticles(
            article=asked,
            items=items,
            revision=index.revision,
            scorer=scorer,
            duplicates=self._named(chosen.copies),
            translations=self._named(chosen.translations),
            notes=chosen.notes,
            empty_because=None if items else _empty_because(selection.fates),
        )

    def _named(self, ids: Sequence[str]) -> list[Named]:
        return [Named.of(self._articles.get(article_id)) for article_id in islice(ids, MAX_DUPLICATES)]

    def _considered(self, chosen: Chosen) -> Iterator[Considered]:
        for place in dict.fromkeys([*chosen.selection.chosen, *chosen.order.tolist()]):
            article_id = chosen.scored.pool.ids[place]
            yield Considered(
                article_id=article_id,
                title=self._articles.get(article_id).title,
                score=float(chosen.calibrated[place]),
                parts=_at(chosen.scored.parts, place),
                fate=chosen.outcome(place),
            )

    def _side(self, article: Article, index: Index, beside: Side | None = None) -> Side:
        text = index.settings.text
        if self._phrases is None or self._phrases.language != text.language:
            self._phrases = PhraseReader(index.terms, text.language)
        return self._phrases.read(article, article_texts(article, text), beside=beside)

    @property
    def _store(self) -> Store:
        return self.collection.store

    def _encoder_of(self, index: Index) -> Encoder:
        # Another process may have built the collection anew with another model.
        if self._encoder is None or self._encoder.fingerprint != index.encoding.fingerprint:
            self._encoder = open_encoder(index.encoding, index.settings.encoder.device)
        return self._encoder


def _limits(options: Options, ranking: Ranking, ref: ScorerRef) -> Limits:
    configured, least = ranking.weights, ranking.min_score(ref)
    has_minimum = least != -np.inf
    return Limits(
        options.top_k,
        options.min_score if options.min_score is not None and has_minimum else least,
        configured.diversity if options.diversity is None else options.diversity,
        configured.max_per_provider if options.max_per_provider is None else options.max_per_provider,
    )


def _dropped(chosen: Chosen, index: Index, article_id: str) -> str:
    """Why an item of the list before is not shown any more."""
    place = chosen.scored.pool.place_of(article_id)
    if place is not None:
        return chosen.outcome(place)
    return "left out by what was asked for" if article_id in index else "not in the collection any more"


def _empty_because(fates: NDArray[np.int8]) -> str:
    found = {Fate(fate) for fate in np.unique(fates).tolist()}
    if Fate.UNDER_MINIMUM in found:
        return "nothing is related enough"
    if Fate.RULED_OUT in found:
        return "rules leave out what is related"
    return "only copies of it are related" if Fate.COPY_OF_ASKED in found else "there is no other article"


def _at(parts: Mapping[str, Scores], place: int) -> dict[str, float]:
    return {name: float(values[place]) for name, values in parts.items()}


def check_top_k(top_k: int) -> None:
    """Refuse a `top_k` that is out of range.

    Raises:
        ConfigError: If it is not a whole number from 1 to 1000.
    """
    if not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        raise ConfigError(f"top_k is {top_k}", expected=f"a whole number from 1 to {MAX_TOP_K}")
