"""Says why each item of an answer is related."""

from __future__ import annotations

from collections import Counter
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from recommender.article import Article
from recommender.ranking.ascending import locate
from recommender.ranking.features import strongest_matches
from recommender.ranking.pool import Matches, Profile, idf
from recommender.ranking.reasons import MAX_TERMS, Lead, Phrases, explain
from recommender.text import joined_pairs, stable_hash
from recommender.text.analysis import terms_in
from recommender.text.lead_words import WordReader
from recommender.text.searched import searched_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recommender.index import Index
    from recommender.related.article_cache import ArticleCache
    from recommender.store import Packed

MAX_OUTLETS = 4096


class Explainer:
    """Explains the items of one answer.

    Args:
        asked: The article asked about.
        related: The items.
        profile: The profile of `asked`.
        matches: The terms that candidates share with it.
        index: The index that they were chosen from.
        reader: Reads words; may be kept for further answers.
        articles: Caches articles.
    """

    def __init__(
        self,
        asked: Article,
        related: Sequence[Article],
        profile: Profile,
        matches: Matches,
        index: Index,
        reader: WordReader,
        articles: ArticleCache,
    ) -> None:
        self._asked = asked
        self._profile = profile
        self._matches = matches
        self._index = index
        self._reader = reader
        self._articles = articles
        self._shares: dict[str, float] = {}
        packed = [articles.packed(each) for each in (asked, *related)]
        self._lead_words, self._words = index.lead_words(packed).split_first()
        self._language = self._lead_words.languages[0]
        self._lead = _lead(asked, packed[0], self._language)
        self._leads = list(map(_lead, related, packed[1:], self._words.languages))
        rarity = index.rarity(self._lead_words.terms)
        self._phrases = Phrases(self._lead, self._lead_words, rarity, float(idf(np.array([2]), len(index))[0]))

    def reasons(self, places: Sequence[int], features: Sequence[Mapping[str, float]]) -> list[list[str]]:
        """Return why each item is related; see `explain`.

        Args:
            places: Their places in the pool.
            features: The features of each by name.
        """
        return [
            explain(
                self._asked,
                lead.article,
                phrases,
                topic_share=self._topic_share,
                features=named,
                words=partial(self._shared_words, place),
            )
            for lead, place, named, phrases in zip(
                self._leads, places, features, self._phrases.shared(self._leads, self._words), strict=True
            )
        ]

    def _topic_share(self, topic: str) -> float:
        if topic not in self._shares:
            self._shares[topic] = self._index.share("topics", topic)
        return self._shares[topic]

    def _shared_words(self, place: int) -> list[str]:
        """Return the words that add most to a candidate's score, as the article asked about spells them."""
        shared = strongest_matches(self._profile.query, self._matches, place).tolist()
        words = [self._spellings[term] for term in shared if term in self._spellings][: 2 * MAX_TERMS]
        return joined_pairs(words, self._whole)[:MAX_TERMS]

    @cached_property
    def _spellings(self) -> dict[int, str]:
        """How the text spells its terms most often, by their hashes.

        Bare numbers, single letters and whatever is spelled in two words are left out.
        """
        counts: dict[int, Counter[str]] = {}
        for term, word in self._words_of_body() if self._has_body else self._words_of_lead():
            counts.setdefault(term, Counter())[word] += 1
        named = ((term, spelled.most_common(1)[0][0]) for term, spelled in counts.items())
        return {term: spelled for term, spelled in named if len(spelled) > 1 and not spelled.isdecimal()}

    def _words_of_lead(self) -> Iterator[tuple[int, str]]:
        words, text = self._lead_words, self._whole
        terms = words.terms[words.term_starts]
        _, wanted = locate(self._profile.query.hashes, terms)
        wanted &= words.term_ends - words.term_starts == 1
        for word in wanted.nonzero()[0].tolist():
            yield int(terms[word]), text[words.starts[word] : words.ends[word]]

    def _words_of_body(self) -> Iterator[tuple[int, str]]:
        wanted, text = set(self._profile.query.hashes.tolist()), self._whole
        analyze = self._index.analyzer.terms_in(self._language)
        for word in self._reader.read(text, self._language, analyze, plain_case=False):
            if word is not None and len(word.terms) == 1 and (term := stable_hash(word.terms[0])) in wanted:
                yield term, text[word.start : word.end]

    @cached_property
    def _has_body(self) -> bool:
        """Whether more is searched than the lead."""
        return len(self._whole) > len(self._lead.text)

    @cached_property
    def _whole(self) -> str:
        # Reading the whole body again takes a millisecond or two, so it is done only for a list that needs it.
        texts = self._articles.texts(self._asked)
        return f"{texts.title}\n{searched_text(self._asked, texts, self._index.settings.text)}"


def _lead(article: Article, packed: Packed, language: str) -> Lead:
    provider = article.provider
    outlet = _outlet(provider.name or "", provider.domain or "", language) if provider else frozenset[int]()
    return Lead(article, packed.title, packed.rest, outlet)


@lru_cache(MAX_OUTLETS)
def _outlet(name: str, domain: str, language: str) -> frozenset[int]:
    """Return the hashes of the terms of an outlet's name and domain."""
    return frozenset(map(stable_hash, terms_in(language)(f"{name} {domain.replace('.', ' ')}")))
