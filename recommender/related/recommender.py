"""Recommender: the related articles of one article, and rankings of many."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import RankingSettings, RuleSettings
from recommender.embedding import check_vectors
from recommender.errors import ConfigError
from recommender.index.local.columns import idf
from recommender.ranking.features import FEATURES, Rows
from recommender.ranking.languages import LanguageDetector
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.reasons import Reader, explain
from recommender.ranking.scorers import Scores
from recommender.ranking.selection import Fate, Limits
from recommender.related.answer import Considered, RelatedArticles, RelatedItem, Retold, Translation
from recommender.related.article_cache import ArticleCache
from recommender.related.choosing import Chooser, Chosen, OnStage
from recommender.related.scoring import Choice, Ranking, Scoring, name_of
from recommender.store import SQLiteStore, open_encoder, vector_of
from recommender.text import article_texts

if TYPE_CHECKING:
    from recommender.embedding import Encoder, Vectors
    from recommender.index.local.columns import Profile
    from recommender.index.local.view import LocalIndex
    from recommender.index.where import Where
    from recommender.ranking.reasons import Side

MAX_TOP_K = 1000
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
        self._reader: Reader | None = None
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
        *,
        top_k: int = 5,
        min_score: float | None = None,
        scorer: Choice | None = None,
        where: Where | None = None,
        weights: RankingSettings | None = None,
        diversity: float | None = None,
        max_per_provider: int | None = None,
        vector: Vectors | None = None,
        held: Sequence[str] = (),
        margin: float = 0.0,
        reasons: bool = True,
        explained: bool = False,
    ) -> RelatedArticles:
        """The articles that a reader of `article` should see next.

        Args:
            article: An id or webUrl of a stored article, or an article that need not be stored (an unsaved draft);
                only for the latter may the model have to be loaded.
            top_k: How many at most, 1 to 1000.
            min_score: Nothing under this score is shown; the configured one if left out.
            scorer: `default`, `dense`, `lexical`, `learned` or one read from a file; if left out the learned one where
                the collection has one and no `weights` are given, else `default`. A score is a percentile with
                `default` and a probability with a learned one; with `dense` and `lexical` it is the raw score, and
                no minimum is applied.
            where: Which articles may be shown: dates, topics, provider, language, any field.
            weights: Ranking settings for this answer alone.
            diversity: 0 shows the most related, 1 those least like one another; the configured one if left out.
            max_per_provider: How many of one provider at most, 0 for any number; the configured one if left out.
            vector: Of the text of an article that is not stored, where it is known, float32, shape
                (dimension,).
            held: Ids of the list that was shown before, in its order; they stay unless others beat them.
            margin: By what share of its score one of them must be beaten (see `ranking.steady.hold`).
            reasons: Say why each item is related; without, an answer takes half the time.
            explained: Tell of every candidate what became of it.

        Returns:
            At most `top_k` items, pinned ones first, then best first, ties by id. It may be empty: that is the honest
            answer for an article that nothing here is related to.

        Raises:
            NotFoundError: If no article has this id or webUrl.
            SharedUrlError: If several have this webUrl.
            ConfigError: If an option is out of range.
            ScorerError: If a learned scorer does not fit the collection.
        """
        check_top_k(top_k)
        for name, share in (("min_score", min_score), ("diversity", diversity), ("margin", margin)):
            if share is not None and not 0 <= share <= 1:
                raise ConfigError(f"{name} is {share}", expected="a share from 0 to 1")
        if max_per_provider is not None and max_per_provider < 0:
            raise ConfigError(f"max_per_provider is {max_per_provider}", expected="a number from 0 on; 0 for any")
        with self.collection.reading() as view:
            self._articles.see(view)
            choice = self._scoring.choice("default" if scorer is None and weights else scorer)
            notes = self._notes_on_weights(scorer, choice) if weights else []
            ranking = self.ranking_of(view, weights)
            weights = ranking.weights
            least = ranking.min_score(choice)
            limits = Limits(
                top_k,
                least if min_score is None or least == -np.inf else min_score,
                weights.diversity if diversity is None else diversity,
                weights.max_per_provider if max_per_provider is None else max_per_provider,
            )
            asked, profile = self._resolve(article, view, vector)
            chooser = self._chooser(view, ranking)
            places = {name: view.row_of(name) for name in held}
            rows = [
                row
                for row in places.values()
                if row is not None and row != profile.row and (not where or view.passes(row, where, profile.day))
            ]
            chosen = chooser.choose(
                asked, profile, choice, limits, where, everything=explained, held=rows, margin=margin
            )
            answer = self._answer(asked, chosen, view, name_of(choice), reasons=reasons)
            shown = {item.article_id for item in answer.items}
            dropped = {name: self._dropped(chosen, chooser, row) for name, row in places.items() if name not in shown}
            considered = list(self._considered(chosen, view, chooser)) if explained else None
            return replace(answer, dropped=dropped, considered=considered, notes=[*answer.notes, *notes])

    def rank(
        self,
        article_ids: Iterable[str] | None = None,
        *,
        top_k: int = 100,
        scorer: Choice | None = None,
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
        scorer: Choice | None = None,
        as_shown: bool = False,
    ) -> Generator[tuple[str, dict[str, float]], None, None]:
        """`rank`, one query after another, all of one revision."""
        check_top_k(top_k)
        with self.collection.reading() as view:
            self._articles.see(view)
            ranking = self.ranking_of(view)
            choice = self._scoring.choice(scorer)
            ranking.scorer(choice)  # an unknown one is an error even where there is nothing to rank
            weights = ranking.weights
            limits = Limits(top_k, ranking.min_score(choice), weights.diversity, weights.max_per_provider)
            ids: Iterable[str] = view.ids()
            if article_ids is not None:
                ids = dict.fromkeys(self.collection.resolve(reference) for reference in article_ids)
            chooser = self._chooser(view, ranking)
            for article_id in ids:
                profile = view.profile(article_id)
                if as_shown:
                    asked = self._articles.get(article_id)
                    chosen = chooser.choose(asked, profile, choice, limits)
                    rows = chosen.scored.rows[chosen.selection.chosen]
                    scores = np.arange(len(rows), 0, -1, dtype=np.float64)
                else:
                    scored = chooser.score(profile, choice, top_k, as_shown=False)
                    best = view.ordered(scored.rows, scored.raw, top_k)
                    rows, scores = scored.rows[best], scored.raw[best]
                yield article_id, dict(zip(map(view.article_id, rows.tolist()), scores.tolist(), strict=True))

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
            return name_of(self._scoring.choice(None))

    def _notes_on_weights(self, scorer: Choice | None, choice: Choice) -> list[str]:
        """What is to be said where weights are given and the collection or the request has a scorer without any."""
        if isinstance(choice, LearnedScorer):
            return ["weights were given, but the learned scorer has none: its scores are as without them"]
        if scorer is None and isinstance(self._scoring.choice(None), LearnedScorer):
            return ["weights were given, so the default scorer ranked in place of the learned one, which has none"]
        return []

    def _chooser(self, view: LocalIndex, ranking: Ranking) -> Chooser:
        rules = self._rules or view.settings.rules
        return Chooser(view, ranking, rules, self._articles.get, self._languages, self._on_stage)

    def ranking_of(self, view: LocalIndex, weights: RankingSettings | None = None) -> Ranking:
        """What scores are made with in a view."""
        return self._scoring.ranking(view, weights)

    def _resolve(self, article: str | Article, view: LocalIndex, vector: Vectors | None) -> tuple[Article, Profile]:
        if isinstance(article, str):
            article_id = self.collection.resolve(article)
            return self._articles.get(article_id), view.profile(article_id)
        if vector is None:
            text = article_texts(article, view.settings.text).whole
            vector = vector_of(self._store, view.encoding, text, self._encoder_of(view))
        check_vectors(vector[None], 1, view.encoding.dimension)
        return article, view.profile_of(article, vector)

    # Answers.

    def _answer(
        self, asked: Article, chosen: Chosen, view: LocalIndex, scorer: str, *, reasons: bool
    ) -> RelatedArticles:
        about = self._side(asked, view) if reasons else None
        max_idf = float(idf(np.array([2]), len(view))[0])
        rows, selection = chosen.scored.rows, chosen.selection
        items = []
        for place in selection.chosen:
            related = self._articles.get(view.article_id(int(rows[place])))
            features = dict(zip(FEATURES, chosen.scored.features[place].tolist(), strict=True))
            gave_way = (selection.stays == place) & (selection.fates == Fate.COLLAPSED)
            why = about and explain(
                about,
                self._side(related, view, about),
                view.rarity,
                max_idf,
                topic_share=lambda topic: view.share("topics", topic),
                features=features,
            )
            items.append(
                RelatedItem(
                    article=related,
                    score=float(chosen.meant[place]),
                    reasons=why or [],
                    parts=_at(chosen.scored.parts, place),
                    features=features,
                    duplicates=self._retold(view, rows[gave_way]),
                    pinned=bool(selection.fates[place] == Fate.PINNED),
                )
            )
        return RelatedArticles(
            article=asked,
            items=items,
            revision=view.revision,
            scorer=scorer,
            duplicates=self._retold(view, chosen.copies),
            translations=self._translations(view, chosen.translations),
            notes=chosen.notes,
            empty_because=None if items else _empty_because(selection.fates),
        )

    def _dropped(self, chosen: Chosen, chooser: Chooser, row: int | None) -> str:
        place = np.flatnonzero(chosen.scored.rows == row)
        if len(place):
            return chooser.fate(chosen, int(place[0]))
        return "not in the collection any more" if row is None else "left out by what was asked for"

    def _retold(self, view: LocalIndex, rows: Rows) -> list[Retold]:
        ids = view.first_ids(rows, MAX_DUPLICATES)
        return [Retold.of(self._articles.get(article_id)) for article_id in ids]

    def _translations(self, view: LocalIndex, rows: Rows) -> list[Translation]:
        articles = map(self._articles.get, view.first_ids(rows, MAX_DUPLICATES))
        return [Translation(each.id or "", each.title, each.web_url, each.language) for each in articles]

    def _considered(self, chosen: Chosen, view: LocalIndex, chooser: Chooser) -> Iterator[Considered]:
        for place in dict.fromkeys([*chosen.selection.chosen, *chosen.order.tolist()]):
            article_id = view.article_id(int(chosen.scored.rows[place]))
            yield Considered(
                article_id=article_id,
                title=self._articles.get(article_id).title,
                score=float(chosen.meant[place]),
                parts=_at(chosen.scored.parts, place),
                fate=chooser.fate(chosen, place),
            )

    def _side(self, article: Article, view: LocalIndex, beside: Side | None = None) -> Side:
        text = view.settings.text
        if self._reader is None or self._reader.language != text.language:
            self._reader = Reader(view.analyzer.terms, text.language)
        return self._reader.read(article, article_texts(article, text), beside=beside)

    @property
    def _store(self) -> SQLiteStore:
        return self.collection.store

    def _encoder_of(self, view: LocalIndex) -> Encoder:
        # Another process may have built the collection anew with another model.
        if self._encoder is None or self._encoder.fingerprint != view.encoding.fingerprint:
            self._encoder = open_encoder(view.encoding, view.settings.encoder.device)
        return self._encoder


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
