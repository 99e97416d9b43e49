"""Says why each item of an answer is related."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recommender.article import Article
from recommender.ranking.features import strongest_matches
from recommender.ranking.pool import Profile, idf
from recommender.ranking.reasons import MAX_TERMS, PhraseReader, Side, explain
from recommender.related.choosing import Chosen
from recommender.text import Texts, joined_pairs
from recommender.text.searched import searched_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recommender.index import Index


class Explainer:
    """Explains the items of one answer.

    Args:
        asked: The article asked about, with its profile.
        profile: See `asked`.
        chosen: The list.
        index: The index that it was chosen from.
        phrases: Reads phrases; may be kept for further answers.
        texts_of: Returns an article's cleaned texts.
    """

    def __init__(
        self,
        asked: Article,
        profile: Profile,
        chosen: Chosen,
        index: Index,
        phrases: PhraseReader,
        texts_of: Callable[[Article], Texts],
    ) -> None:
        self._asked = asked
        self._query = profile.query
        self._is_stored = profile.is_stored
        self._matches = chosen.scored.pool.text
        self._index = index
        self._phrases = phrases
        self._texts_of = texts_of
        self._about = self._side(asked)
        self._max_idf = float(idf(np.array([2]), len(index))[0])

    def reasons(self, related: Article, place: int, features: Mapping[str, float]) -> list[str]:
        """Return why a candidate is related; see `explain`."""
        return explain(
            self._about,
            self._side(related, self._about),
            self._index.rarity,
            self._max_idf,
            topic_share=lambda topic: self._index.share("topics", topic),
            features=features,
            words=lambda: self._shared_words(place),
        )

    def _shared_words(self, place: int) -> list[str]:
        """Return the words that add most to a candidate's score, as the article asked about spells them."""
        shared = strongest_matches(self._query, self._matches, place).tolist()
        words = [self._spellings[term] for term in shared if term in self._spellings][: 2 * MAX_TERMS]
        return joined_pairs(words, self._whole)[:MAX_TERMS]

    @cached_property
    def _spellings(self) -> dict[int, str]:
        return self._phrases.spellings(
            self._whole, self._language(self._asked, self._texts_of(self._asked)), self._query.hashes
        )

    @cached_property
    def _whole(self) -> str:
        # Reading the whole body again takes a millisecond or two, so it is done only for a list that needs it.
        texts = self._texts_of(self._asked)
        return f"{texts.title}\n{searched_text(self._asked, texts, self._index.settings.text)}"

    def _side(self, article: Article, beside: Side | None = None) -> Side:
        texts = self._texts_of(article)
        return self._phrases.read(article, texts, self._language(article, texts), beside=beside)

    def _language(self, article: Article, texts: Texts) -> str:
        known = self._index.language_of(article.id or "") if article is not self._asked or self._is_stored else None
        if known is not None:
            # Detecting it again would load the identifier into every process.
            return known
        return self._index.analyzer.language_of(article, texts, self._index.languages)
