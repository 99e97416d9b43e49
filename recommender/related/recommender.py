"""The recommender: related articles of one article, and rankings of many."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.article import Article, RelatedRules
from recommender.collection import Collection
from recommender.config import RankingSettings, RuleSettings
from recommender.embedding import check_vectors
from recommender.embedding.models import languages_of
from recommender.errors import ConfigError
from recommender.ranking.languages import LanguageDetector
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.selection import Limits
from recommender.related.answer import RelatedArticles
from recommender.related.article_cache import ArticleCache
from recommender.related.choosing import Chooser, OnStage
from recommender.related.options import Options, check_top_k
from recommender.related.rule_book import RuleBook
from recommender.related.scoring import Ranking, ScorerRef, Scoring, name_of, unknown_language
from recommender.related.telling import Telling, dropped, empty_because
from recommender.store import QuickEncoder, Store, vector_of
from recommender.text import main_language
from recommender.text.analysis import paired_letters
from recommender.workers import Workers

if TYPE_CHECKING:
    from recommender.embedding import Encoder, Vectors
    from recommender.index import Index
    from recommender.ranking.pool import Profile

MANY = 500
"""Fewer articles are ranked in about the time that another process needs to start."""


class Recommender:
    """Finds the articles of a collection that are related to a given one.

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
        """Use an open collection; see `open`. `on_stage` is called with the seconds of each stage of an answer."""
        self.collection = collection
        self._scoring = Scoring(collection, weights)
        self._articles = ArticleCache(collection.store)
        self._rules = rules
        self._rule_book = RuleBook(collection.store)
        self._on_stage = on_stage
        self._telling = Telling(self._articles)
        self._encoder: Encoder | None = None
        self._languages = LanguageDetector()

    @classmethod
    def open(
        cls, path: Path | str, *, weights: RankingSettings | None = None, rules: RuleSettings | None = None
    ) -> Recommender:
        """Open a collection to query.

        Args:
            path: The collection's folder or address.
            weights: Ranking settings instead of the recorded ones.
            rules: An editor's rules instead of the recorded ones.

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
        rules: RelatedRules | None = None,
        **named: Any,
    ) -> RelatedArticles:
        """Return the articles that a reader of `article` should see next.

        Args:
            article: The id or webUrl of a stored article, or an article that need not be stored, such as a draft. Only
                for the latter the model may have to be loaded.
            options: The options. They may be named instead: `related(article, top_k=3, after="P30D")`.
            vector: The vector of an article that is not stored, if known, float32, shape (dimension,).
            previous: Ids of the previous list, in order; they stay unless others beat them.
            margin: By what share of its score a previous item must be beaten (see `ranking.keep_previous`).
            reasons: Explain why each item is related; without reasons an answer takes half the time.
            rules: What an editor would set for this article, instead of what editors have set.
            named: Options by name.

        Returns:
            At most `top_k` items, pinned ones first, then best first, ties by id; none if nothing is related enough.

        Raises:
            NotFoundError: If no article has this id or webUrl.
            SharedUrlError: If several articles have this webUrl.
            ConfigError: If an option is unknown or out of range.
            ScorerError: If a learned scorer does not fit the collection.
        """
        if options is None:
            options = Options.read(named)
        elif named:
            raise ConfigError(
                f"{next(iter(named))} is given beside a whole set of options", expected="one or the other"
            )
        if not 0 <= margin <= 1:
            raise ConfigError(f"margin is {margin}", expected="a number from 0 to 1")
        with self.collection.reading() as index:
            self._articles.see(index)
            scorer, notes = self._scorer_for(options)
            weights = options.ranking_settings(index.settings.ranking) if options.weights else None
            ranking = self.ranking_of(index, weights)
            chooser = self._chooser(index, ranking)
            asked, profile = self._resolve(article, index, vector)
            chosen = chooser.choose(
                asked,
                profile,
                scorer,
                _limits(options, ranking, scorer, None if profile.is_stored else self._question_terms(asked, profile)),
                options.filter_spec(profile.day),
                explain=options.explain,
                previous=previous,
                margin=margin,
                edited=self._rule_book.of(asked.id) if rules is None else rules,
            )
            items = self._telling.items(asked, profile, chosen, index, reasons=reasons)
            shown = {item.article_id for item in items}
            return RelatedArticles(
                article=asked,
                items=items,
                revision=index.revision,
                scorer=name_of(scorer),
                duplicates=self._telling.named(chosen.copies),
                translations=self._telling.named(chosen.translations),
                dropped={each: dropped(chosen, index, each) for each in previous if each not in shown},
                considered=list(self._telling.considered(chosen, scorer)) if options.explain else None,
                notes=[*chosen.notes, *notes, *index.notes, *self._unknown_to_model(asked, profile, index)],
                empty_because=None if items else empty_because(chosen.selection.fates),
                keeps=chosen.keeps,
                rules_number=self._rule_book.number_for(asked.id),
            )

    def rank(
        self,
        article_ids: Iterable[str] | None = None,
        *,
        top_k: int = 100,
        scorer: ScorerRef | None = None,
        as_shown: bool = False,
    ) -> dict[str, dict[str, float]]:
        """Rank articles, to compare the rankings with judgements.

        Args:
            article_ids: Ids or webUrls of stored articles; all by default.
            top_k: How many for each, 1 to 1000.
            scorer: `default`, `dense` (exact cosine), `lexical` (BM25 of the whole text), `learned`, or one read from a
                file; by default the collection's learned scorer if it has one, otherwise `default`.
            as_shown: Return the lists that readers see, with minimum, rules, collapsing, diversity and hub control;
                their scores count down from the number of items. Otherwise only rank, by raw scores.

        Returns:
            By query id, the ids and scores of its articles, best first.
        """
        return dict(self.rank_each(article_ids, top_k=top_k, scorer=scorer, as_shown=as_shown))

    def rank_each(
        self,
        article_ids: Iterable[str] | None = None,
        *,
        top_k: int = 100,
        scorer: ScorerRef | None = None,
        as_shown: bool = False,
        workers: int = 1,
    ) -> Generator[tuple[str, dict[str, float]], None, None]:
        """Yield the rankings of `rank` one query at a time, all of one revision.

        With several `workers`, so many processes rank where there are many articles, this one among them.
        """
        check_top_k(top_k)
        with self.collection.reading() as index:
            self._articles.see(index)
            ranking = self.ranking_of(index)
            scorer = self._scoring.resolve(scorer)
            ranking.scorer(scorer)  # raise for an unknown scorer even if there is nothing to rank
            limits = _limits(Options(top_k=top_k), ranking, scorer)
            ids: Iterable[str] = index.ids()
            if article_ids is not None:
                ids = dict.fromkeys(self.collection.resolve(reference) for reference in article_ids)
            chooser = self._chooser(index, ranking)

            def rank(article_id: str) -> tuple[int, dict[str, float]]:
                profile = index.profile(article_id)
                if as_shown:
                    edited = self._rule_book.of(article_id)
                    chosen = chooser.choose(self._articles.get(article_id), profile, scorer, limits, edited=edited)
                    found, best = chosen.scored.pool.ids, chosen.selection.chosen
                    scores = list(range(len(best), 0, -1))
                else:
                    scored = chooser.score(profile, scorer, top_k, as_shown=False)
                    found, best = scored.pool.ids, np.argsort(-scored.raw, kind="stable")[:top_k].tolist()
                    scores = scored.raw[best].tolist()
                ranked = {found[place]: float(score) for place, score in zip(best, scores, strict=True)}
                return index.revision, ranked

            wanted = list(ids)
            if workers == 1 or len(wanted) < MANY:
                yield from ((article_id, rank(article_id)[1]) for article_id in wanted)
                return
            setup = self._setup(scorer, top_k, as_shown)
            with Workers("recommender.related.answer_worker", setup, workers - 1) as beside:
                for article_id, (revision, ranked) in zip(wanted, beside.each(wanted, rank), strict=True):
                    # Another process may have read what was written since.
                    yield article_id, ranked if revision == index.revision else rank(article_id)[1]

    def _setup(self, scorer: ScorerRef, top_k: int, as_shown: bool) -> dict[str, Any]:
        learned = scorer.file.text() if isinstance(scorer, LearnedScorer) else None
        named = None if learned else scorer
        return {**self.opening(), "scorer": named, "learned": learned, "top_k": top_k, "as_shown": as_shown}

    def opening(self) -> dict[str, Any]:
        """Return as JSON values what opens the same recommender in another process."""
        weights, rules = self._scoring.weights, self._rules
        return {
            "collection": str(self.collection.place),
            "weights": weights.model_dump_json(exclude_unset=True) if weights else None,
            "rules": rules.model_dump_json(exclude_unset=True) if rules else None,
        }

    def use(self, scorer: LearnedScorer | None) -> None:
        """Set the collection's learned scorer, for every process; None for the default scorer.

        Raises:
            ScorerError: If it was learned with another encoder.
            CollectionError: If the collection cannot be written.
        """
        if scorer is not None:
            scorer.refuse_vectors_of(self.collection.store.recorded_encoding().fingerprint)
        self.collection.store.record_scorer(scorer.file.text() if scorer else None)

    def scorer_in_use(self) -> str:
        """Return the name of the scorer that ranks by default."""
        with self.collection.reading():
            return name_of(self._scoring.resolve(None))

    def _scorer_for(self, options: Options) -> tuple[ScorerRef, list[str]]:
        """Return the scorer of an answer, and notes about it."""
        if not options.weights:
            return self._scoring.resolve(options.scorer), []
        if options.scorer is not None:
            scorer = self._scoring.resolve(options.scorer)
            ignored = "weights were ignored, because the learned scorer has none"
            return scorer, [ignored] if isinstance(scorer, LearnedScorer) else []
        replaced = "weights were given, so the default scorer ranked instead of the learned one, which has none"
        return "default", [replaced] if isinstance(self._scoring.resolve(None), LearnedScorer) else []

    def rules_number(self, article_id: str) -> int:
        """Return the number of the last change of editors' rules that holds for an article, inside a read."""
        self._rule_book.see()
        return self._rule_book.number_for(article_id)

    def _chooser(self, index: Index, ranking: Ranking) -> Chooser:
        self._rule_book.see()
        rules = self._rule_book.over(self._rules or index.settings.rules)
        return Chooser(index, ranking, rules, self._articles, self._languages, self._on_stage)

    def unknown_language(self) -> str | None:
        """Return the code of the language of most articles if the model was not trained on it."""
        with self.collection.reading() as index:
            return unknown_language(index)

    def ranking_of(self, index: Index, weights: RankingSettings | None = None) -> Ranking:
        """Return the scorers and thresholds for an index."""
        return self._scoring.ranking(index, weights)

    def _resolve(self, article: str | Article, index: Index, vector: Vectors | None) -> tuple[Article, Profile]:
        if isinstance(article, str):
            article_id = article if article in index else self.collection.resolve(article)
            return self._articles.get(article_id), index.profile(article_id)
        if vector is None:
            whole = self._articles.texts(article).whole
            vector = vector_of(self._store, index.encoding, whole, self._encoder_of(index))
        check_vectors(vector[None], 1, index.encoding.dimension)
        return article, index.profile(article, vector, self._articles.packed(article))

    def _unknown_to_model(self, asked: Article, profile: Profile, index: Index) -> list[str]:
        """Return a note where the model does not know the language of a text that is not stored."""
        known = languages_of(index.encoding.settings.model)
        if profile.is_stored or known is None:
            return []
        language = main_language(asked.language) or self._languages.detect(self._articles.texts(asked).whole)
        if language is None or language in known:
            return []
        return [f"the model does not know {language}, the language of this text, so its list may be poor"]

    def _question_terms(self, asked: Article, profile: Profile) -> int:
        """Return of how many words a text consists that is not stored; a pair of letters counts half."""
        return max(1, len(profile.query.hashes) - paired_letters(self._articles.texts(asked).whole) // 2)

    @property
    def _store(self) -> Store:
        return self.collection.store

    def _encoder_of(self, index: Index) -> Encoder:
        # Another process may have rebuilt the collection with another model.
        if self._encoder is None or self._encoder.fingerprint != index.encoding.fingerprint:
            self._encoder = QuickEncoder(index.encoding, index.settings.encoder.device)
        return self._encoder


def _limits(options: Options, ranking: Ranking, scorer: ScorerRef, terms: int | None = None) -> Limits:
    configured, least = ranking.weights, ranking.min_score(scorer, terms)
    has_minimum = least != -np.inf
    own = options.min_score if has_minimum else None
    return Limits(
        options.top_k,
        least if own is None else own,
        configured.diversity if options.diversity is None else options.diversity,
        configured.max_per_provider if options.max_per_provider is None else options.max_per_provider,
        configured.always,
        ranking.belonging(scorer) if own is None else -np.inf,
    )
