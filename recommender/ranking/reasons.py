"""Reasons why a pair is related, in words: shared names and rare terms, topics, closeness in time."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.ranking.pool import Hashes
from recommender.text import (
    CALENDAR,
    Analyze,
    Texts,
    clean,
    find_words,
    has_unspaced,
    shared_word,
    stable_hash,
    stop_words,
    unspaced_pieces,
)

MAX_REASONS = 4
MAX_TERMS = 3
MAX_PHRASE_WORDS = 3
MAX_ACRONYM_CHARS = 3
MAX_KNOWN_WORDS, MAX_KNOWN_TEXTS = 50_000, 256
MIN_IDF_SHARE = 0.5
"""A term is a reason if its idf is at least this share of the idf of a term that only the pair has."""
MIN_IDF_SHARE_OF_A_NAME = 0.4
"""The same for a name in both titles, which may be less rare."""
TITLE_WORTH, NAME_WORTH = 1.5, 1.3
"""Weight of a phrase for being in both titles, and for being a name."""
MAX_TOPIC_SHARE = 0.4
"""A topic is not a reason if a larger share of the articles has it."""
TITLE_CASE_SHARE = 0.8
"""A title with this share of its longer words capitalised is in title case, and its capitals mark no names."""
STORY_COSINE, STORY_TITLE = 0.8, 0.4
"""Articles of one outlet this near, with this BM25 of their headlines, are about one story."""
STORY_DAYS = (0.5, 60.0)

Rarity = Callable[[Sequence[str]], NDArray[np.float32]]
Share = Callable[[str], float]

_POSSESSIVE = re.compile(r"['’]s?$")
_BREAK = re.compile(r"[.!?:;()\[\]\n|–—]")
_UPDATE = re.compile(r"\W*(?:update|updated|aktualisierung|aktualisiert|actualización|mise à jour)\b", re.I)
_DIGITS = re.compile(r"\d+")


class Word(NamedTuple):
    """A word of a text: its terms (none for a stop word), its place, and whether it is spelled like a name."""

    terms: tuple[str, ...]
    start: int
    end: int
    named: bool


class _Known(NamedTuple):
    """What is known of a spelling: its length without a possessive, its terms, and whether a capital is within."""

    length: int
    terms: tuple[str, ...]
    inner: bool


class _Phrase(NamedTuple):
    """The first occurrence of a run of terms: its first and last word."""

    first: int
    last: int


class Side(NamedTuple):
    """One article of the pair.

    Attributes:
        article: The article.
        text: Its title and the text below it.
        title_words: How many of the words belong to the title.
        words: The words in order; None where a phrase cannot continue.
        terms: The terms of all words.
        phrases: The first occurrence of each run of up to three words.
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
    """Prepares articles for `explain`. Remembers words, which texts share, and the texts that it read last.

    Args:
        terms_in: Returns what splits the texts of a language, given by its code.
    """

    def __init__(self, terms_in: Callable[[str], Analyze]) -> None:
        self._terms_in = terms_in
        self._known: dict[str, dict[str, _Known]] = {}
        self._texts: OrderedDict[tuple[Texts, str], tuple[int, list[Word | None]]] = OrderedDict()

    def read(self, article: Article, texts: Texts, language: str, *, beside: Side | None = None) -> Side:
        """Prepare an article.

        Args:
            article: The article.
            texts: Its cleaned texts.
            language: The code of their language.
            beside: The article to compare it with; phrases with words that it lacks are left out.
        """
        among = beside and beside.terms
        found = self._texts.get((texts, language))
        if found is None:
            title = self._words(texts.title, 0, language, among, plain_case=not _is_title_case(texts.title))
            rest = self._words(texts.rest, len(texts.title) + 1, language, among, plain_case=True)
            found = len(title), [*title, None, *rest]
            if among is None:
                self._texts[texts, language] = found
                if len(self._texts) > MAX_KNOWN_TEXTS:
                    self._texts.popitem(last=False)
        elif among is not None:
            found = found[0], [word if word and among.issuperset(word.terms) else None for word in found[1]]
        title_words, words = found
        terms = frozenset(term for word in words if word for term in word.terms)
        outlet = _outlet(article, self._terms_in(language))
        return Side(article, f"{texts.title}\n{texts.rest}", title_words, words, terms, _phrases(words), outlet)

    def spellings(self, text: str, language: str, wanted: Hashes) -> dict[int, str]:
        """Return how a text spells terms most often, by the hash of the term.

        Bare numbers, single letters and whatever is spelled in two words are left out.
        """
        counts: dict[str, Counter[str]] = {}
        for word in self._words(text, 0, language, None, plain_case=False):
            if word is not None and len(word.terms) == 1:
                counts.setdefault(word.terms[0], Counter())[text[word.start : word.end]] += 1
        known = set(wanted.tolist())
        named = ((stable_hash(term), spelled.most_common(1)[0][0]) for term, spelled in counts.items())
        return {key: spelled for key, spelled in named if key in known and len(spelled) > 1 and not spelled.isdecimal()}

    def _words(
        self, text: str, offset: int, language: str, among: frozenset[str] | None, *, plain_case: bool
    ) -> list[Word | None]:
        found: list[Word | None] = []
        known, splits = self._known.setdefault(language, {}), has_unspaced(text)
        before = 0
        for start, end in find_words(text):
            # Skip the regex for the usual case, a single space, which ends no clause.
            if (start != before + 1 or text[before] != " ") and _BREAK.search(text, before, start):
                found.append(None)
            before = end
            for first, last, tells in (unspaced_pieces(text, start, end) if splits else None) or ((start, end, True),):
                word = text[first:last]
                length, terms, inner = known.get(word) or self._learn(word, language)
                if not tells or (among is not None and not among.issuperset(terms)):
                    found.append(None)
                else:
                    named = inner or (plain_case and word[0].isupper())
                    found.append(Word(terms, offset + first, offset + first + length, named))
        return found

    def _learn(self, spelled: str, language: str) -> _Known:
        known = self._known[language]
        if len(known) >= MAX_KNOWN_WORDS:
            known.clear()
        word = _POSSESSIVE.sub("", spelled)
        inner = any(char.isupper() or char.isdigit() for char in word[1:])
        # Texts in other languages quote English ones.
        stop = stop_words("en") | stop_words(language)
        found = known[spelled] = _Known(len(word), _terms(word, self._terms_in(language), stop), inner)
        return found


def _terms(word: str, analyze: Analyze, stop: frozenset[str]) -> tuple[str, ...]:
    # AI, IT and US are not stop words.
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
    words: Callable[[], Sequence[str]] = list,
) -> list[str]:
    """Return up to four reasons, the strongest first.

    Args:
        query: The article asked about.
        candidate: The related article.
        rarity: Returns the idf of terms (see `index.Index.rarity`).
        max_idf: The idf of a term that two articles have, the highest of any shared term.
        topic_share: Returns the share of all articles that have a topic.
        features: The pair's features by name (see `features.pair_features`), if known.
        words: Returns words that the whole texts share, for a pair that shares neither phrases nor topics.

    Returns:
        Whether one is an update of the other, then shared phrases as the article asked about spells them, `same day` or
        `same week`, and shared topics that are not too common.
    """
    phrases = _shared_phrases(query, candidate, rarity, max_idf)
    story = _story(query.article, candidate.article, bool(phrases), features or {})
    time = _time(query.article, candidate.article)
    reasons = [*story, *phrases, *time]
    theirs = {topic.casefold() for topic in candidate.article.topics}
    known = {reason.casefold() for reason in reasons}
    shared = [topic for topic in query.article.topics if topic.casefold() in theirs and topic.casefold() not in known]
    uncommon = (clean(topic) for topic in dict.fromkeys(shared) if topic_share(topic) <= MAX_TOPIC_SHARE)
    topics = [f"topic {topic}" for topic in uncommon if topic]
    if not phrases and not topics:
        reasons = [*story, *words(), *time]
    return [*reasons, *topics][:MAX_REASONS]


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
        # A single common word or a bare number is not a convincing reason.
        weak = len(phrase) == 1 and (phrase[0].isdecimal() or not (in_titles or named))
        if not weak and min(idf[phrase[0]], idf[phrase[-1]]) >= share * max_idf:
            more = (TITLE_WORTH if in_titles else 1) * (NAME_WORTH if named else 1)
            worth[phrase] = more * sum(idf[term] for term in phrase)
    chosen: list[str] = []
    used: set[str] = set()
    # A longer phrase outweighs its parts and comes first; ties keep the order of the text.
    for phrase in sorted(worth, key=lambda phrase: (-worth[phrase], ours[phrase])):
        if used.isdisjoint(phrase) and len(chosen) < MAX_TERMS:
            used.update(phrase)
            spelled = _worded(query, ours[phrase], candidate, theirs[phrase])
            if spelled and spelled not in chosen:
                chosen.append(spelled)
    return chosen


def _worded(query: Side, ours: _Phrase, candidate: Side, theirs: _Phrase) -> str:
    """Return a shared phrase as the article asked about spells it."""
    start, end = _span(query, ours)
    if unspaced_pieces(query.text, start, end) is None:
        return query.text[start:end]
    return shared_word(query.text, (start, end), candidate.text, _span(candidate, theirs)[0])


def _span(side: Side, place: _Phrase) -> tuple[int, int]:
    first, last = side.words[place.first], side.words[place.last]
    return (first.start, last.end) if first and last else (0, 0)


def _is_named(side: Side, place: _Phrase) -> bool:
    return any(word is not None and word.named for word in side.words[place.first : place.last + 1])


def _phrases(words: Sequence[Word | None]) -> dict[tuple[str, ...], _Phrase]:
    """Return the first occurrence of each run of up to three words without a stop word or the end of a clause."""
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
    """Return the reason that one article updates the other, or that both belong to a series; empty for neither."""
    later = _days_later(query, candidate)
    if later is None or not something_shared:
        return []
    older, newer = (query, candidate) if later > 0 else (candidate, query)
    reason = "update of the earlier story" if newer is candidate else "the earlier story"
    marked = _UPDATE.match(newer.title) is not None and _UPDATE.match(older.title) is None
    if marked and features.get("cosine", 0) >= STORY_COSINE / 2:
        return [reason]
    one_outlet = features.get("same_provider") == 1
    alike = features.get("cosine", 0) >= STORY_COSINE and features.get("title", 0) >= STORY_TITLE
    if not (one_outlet and alike and STORY_DAYS[0] <= abs(later) <= STORY_DAYS[1]):
        return []
    ours, theirs = (_figures(article.title) for article in (query, candidate))
    return ["same series"] if ours != theirs else [reason]
