"""Why a pair is related, in words: shared names and rare terms in their own spelling, topics, closeness in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.text import CALENDAR, Texts, clean, find_words, stop_words

MAX_REASONS = 4
MAX_TERMS = 3
MAX_PHRASE_WORDS = 3
MAX_ACRONYM_CHARS = 3
MAX_KNOWN_WORDS = 50_000
MIN_IDF_SHARE = 0.5
"""A term says something if its idf is at least this share of the idf of a term that the two alone share."""
MIN_IDF_SHARE_OF_A_NAME = 0.4
"""A name in both titles says something though more articles have it."""
TITLE_WORTH, NAME_WORTH = 1.5, 1.3
"""What a phrase is worth more for standing in both titles, and for being a name."""
MAX_TOPIC_SHARE = 0.4
"""A topic that more of the articles have than this says nothing."""
TITLE_CASE_SHARE = 0.8
"""A title with so many of its longer words in capitals has all of them so, and tells no names apart."""
STORY_COSINE, STORY_TITLE = 0.8, 0.4
"""One outlet's articles this near, with so much of the headline in common, tell of one story."""
STORY_DAYS = (0.5, 60.0)

Analyze = Callable[[str], list[str]]
Rarity = Callable[[Sequence[str]], NDArray[np.float32]]
Share = Callable[[str], float]

_POSSESSIVE = re.compile(r"['’]s?$")
_BREAK = re.compile(r"[.!?:;()\[\]\n|–—]")
_UPDATE = re.compile(r"\W*(?:update|updated|aktualisierung|aktualisiert|actualización|mise à jour)\b", re.I)
_DIGITS = re.compile(r"\d+")


class Word(NamedTuple):
    """A word of a text: its terms (none for a stop word), where it stands, whether it is spelled as a name is."""

    terms: tuple[str, ...]
    start: int
    end: int
    named: bool


class _Phrase(NamedTuple):
    """Where a run of terms first stands: its first and last word."""

    first: int
    last: int


class Side(NamedTuple):
    """One article of the pair.

    Attributes:
        article: The article.
        text: Its title and the rest below it.
        title_words: How many of the words are the title's.
        words: The words in order; None where a phrase cannot go on.
        terms: Those of all of its words.
        phrases: Where each run of up to three words first stands.
        outlet: Terms of the outlet's name and domain.
    """

    article: Article
    text: str
    title_words: int
    words: list[Word | None]
    terms: frozenset[str]
    phrases: dict[tuple[str, ...], _Phrase]
    outlet: frozenset[str]


class PhraseReader:
    """Reads articles for `explain`, and remembers the words that it has met, for texts share most of theirs.

    Args:
        analyze: Text -> terms.
        language: Whose stop words are no reason, beside those of an article's own language.
    """

    def __init__(self, analyze: Analyze, language: str) -> None:
        self.language = language
        self._analyze = analyze
        self._known: dict[tuple[str, str], tuple[int, tuple[str, ...], bool]] = {}

    def read(self, article: Article, texts: Texts, *, beside: Side | None = None) -> Side:
        """Prepare an article.

        Args:
            article: The article.
            texts: Its cleaned texts.
            beside: The article that it is to be compared with; phrases that have other words are then left out.
        """
        among = beside and beside.terms
        title = self._words(texts.title, 0, article, among, plain_case=not _is_title_case(texts.title))
        rest = self._words(texts.rest, len(texts.title) + 1, article, among, plain_case=True)
        words = [*title, None, *rest]
        terms = frozenset(term for word in words if word for term in word.terms)
        outlet = _outlet(article, self._analyze)
        return Side(article, f"{texts.title}\n{texts.rest}", len(title), words, terms, _phrases(words), outlet)

    def _words(
        self, text: str, offset: int, article: Article, among: frozenset[str] | None, *, plain_case: bool
    ) -> list[Word | None]:
        found: list[Word | None] = []
        language, before = article.language or "", 0
        for start, end in find_words(text):
            # Most words are parted by a space, which ends no clause.
            if (start != before + 1 or text[before] != " ") and _BREAK.search(text, before, start):
                found.append(None)
            before = end
            key = (text[start:end], language)
            known = self._known.get(key)
            if known is None:
                known = self._learn(key)
            length, terms, inner = known
            if among is not None and not among.issuperset(terms):
                found.append(None)
            else:
                named = inner or (plain_case and text[start].isupper())
                found.append(Word(terms, offset + start, offset + start + length, named))
        return found

    def _learn(self, key: tuple[str, str]) -> tuple[int, tuple[str, ...], bool]:
        if len(self._known) >= MAX_KNOWN_WORDS:
            self._known.clear()
        word = _POSSESSIVE.sub("", key[0])
        inner = any(char.isupper() or char.isdigit() for char in word[1:])
        stop = stop_words(self.language) | stop_words(key[1])
        found = self._known[key] = len(word), _terms(word, self._analyze, stop), inner
        return found


def _terms(word: str, analyze: Analyze, stop: frozenset[str]) -> tuple[str, ...]:
    # AI, IT and US are no stop words.
    acronym = word.isupper() and 1 < len(word) <= MAX_ACRONYM_CHARS
    if not acronym and word.casefold().replace("’", "'") in stop:
        return ()
    terms = tuple(analyze(word))
    return terms if len("".join(terms)) > 1 else ()


def _is_title_case(title: str) -> bool:
    longer = [title[start:end] for start, end in find_words(title) if end - start > MAX_ACRONYM_CHARS]
    return len(longer) > 1 and sum(word[0].isupper() for word in longer) >= TITLE_CASE_SHARE * len(longer)


def explain(
    query: Side,
    candidate: Side,
    rarity: Rarity,
    max_idf: float,
    *,
    topic_share: Share = lambda topic: 0.0,
    features: Mapping[str, float] | None = None,
) -> list[str]:
    """Up to four reasons, the most telling first.

    Args:
        query: The article asked about.
        candidate: The related one.
        rarity: Idf of terms (see `index.Index.rarity`).
        max_idf: The idf of a term that two articles have, the highest that a shared term can have.
        topic_share: Which share of all articles has a topic.
        features: Of the pair, by name (see `features.pair_features`), where they are known.

    Returns:
        That one is an update of the other, then shared phrases in the spelling of the article asked about, `same day`
        or `same week`, and shared topics that not just every article has.
    """
    phrases = _shared_phrases(query, candidate, rarity, max_idf)
    reasons = [*_story(query.article, candidate.article, bool(phrases), features or {}), *phrases]
    reasons += _time(query.article, candidate.article)
    theirs = {topic.casefold() for topic in candidate.article.topics}
    said = {reason.casefold() for reason in reasons}
    shared = [topic for topic in query.article.topics if topic.casefold() in theirs and topic.casefold() not in said]
    telling = (clean(topic) for topic in dict.fromkeys(shared) if topic_share(topic) <= MAX_TOPIC_SHARE)
    reasons += [f"topic {topic}" for topic in telling if topic]
    return reasons[:MAX_REASONS]


def _shared_phrases(query: Side, candidate: Side, rarity: Rarity, max_idf: float) -> list[str]:
    ours, theirs = query.phrases, candidate.phrases
    outlets = query.outlet | candidate.outlet
    shared = [phrase for phrase in ours if phrase in theirs and not set(phrase) <= outlets]
    terms = list(dict.fromkeys(term for phrase in shared for term in phrase))
    idf = dict(zip(terms, rarity(terms).tolist(), strict=True))
    worth: dict[tuple[str, ...], float] = {}
    for phrase in shared:
        places = ((query, ours[phrase]), (candidate, theirs[phrase]))
        in_titles = all(place.last < side.title_words for side, place in places)
        named = all(_is_named(side, place) for side, place in places)
        share = MIN_IDF_SHARE_OF_A_NAME if in_titles and named else MIN_IDF_SHARE
        # A single common word, or a bare number, convinces nobody.
        weak = len(phrase) == 1 and (phrase[0].isdecimal() or not (in_titles or named))
        if not weak and min(idf[phrase[0]], idf[phrase[-1]]) >= share * max_idf:
            more = (TITLE_WORTH if in_titles else 1) * (NAME_WORTH if named else 1)
            worth[phrase] = more * sum(idf[term] for term in phrase)
    chosen: list[str] = []
    used: set[str] = set()
    # Longer phrases are worth more than their words alone, so they come first; ties keep the order of the text.
    for phrase in sorted(worth, key=lambda phrase: (-worth[phrase], ours[phrase])):
        if used.isdisjoint(phrase) and len(chosen) < MAX_TERMS:
            used.update(phrase)
            chosen.append(_spelled(query, ours[phrase]))
    return chosen


def _spelled(side: Side, place: _Phrase) -> str:
    first, last = side.words[place.first], side.words[place.last]
    return side.text[first.start : last.end] if first and last else ""


def _is_named(side: Side, place: _Phrase) -> bool:
    return any(word is not None and word.named for word in side.words[place.first : place.last + 1])


def _phrases(words: Sequence[Word | None]) -> dict[tuple[str, ...], _Phrase]:
    """Where each run of up to three words first stands that no stop word and no end of a clause breaks."""
    found: dict[tuple[str, ...], _Phrase] = {}
    for first in range(len(words)):
        run: tuple[str, ...] = ()
        for last in range(first, min(first + MAX_PHRASE_WORDS, len(words))):
            word = words[last]
            if word is None or not word.terms:
                break
            run += word.terms
            if run not in found:
                found[run] = _Phrase(first, last)
    return found


def _outlet(article: Article, analyze: Analyze) -> frozenset[str]:
    provider = article.provider
    text = f"{provider.name or ''} {(provider.domain or '').replace('.', ' ')}" if provider else ""
    return frozenset(analyze(text))


def _days_later(query: Article, candidate: Article) -> float | None:
    if query.published_date_time is None or candidate.published_date_time is None:
        return None
    return (candidate.published_date_time - query.published_date_time).total_seconds() / 86_400


def _time(query: Article, candidate: Article) -> list[str]:
    later = _days_later(query, candidate)
    if later is None:
        return []
    return ["same day"] if abs(later) < 1 else ["same week"] if abs(later) < 7 else []


def _figures(title: str) -> set[str]:
    found = {title[start:end].casefold() for start, end in find_words(title)}
    return set(_DIGITS.findall(title)) | (found & CALENDAR)


def _story(query: Article, candidate: Article, something_shared: bool, features: Mapping[str, float]) -> list[str]:
    """Whether one is an update of the other, or both are of one series."""
    later = _days_later(query, candidate)
    if later is None or not something_shared:
        return []
    older, newer = (query, candidate) if later > 0 else (candidate, query)
    told = "update of the earlier story" if newer is candidate else "the earlier story"
    marked = _UPDATE.match(newer.title) is not None and _UPDATE.match(older.title) is None
    if marked and features.get("cosine", 0) >= STORY_COSINE / 2:
        return [told]
    one_outlet = features.get("same_provider") == 1
    alike = features.get("cosine", 0) >= STORY_COSINE and features.get("title", 0) >= STORY_TITLE
    if not (one_outlet and alike and STORY_DAYS[0] <= abs(later) <= STORY_DAYS[1]):
        return []
    ours, theirs = (_figures(article.title) for article in (query, candidate))
    return ["same series"] if ours != theirs else [told]
