"""Why a pair is related, in words: shared names and rare terms in their own spelling, topics, closeness in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.text import Texts, stop_words, words

MAX_REASONS = 4
MAX_TERMS = 3
MAX_PHRASE_WORDS = 3
MAX_ACRONYM_CHARS = 3
MIN_IDF_SHARE = 0.5
"""A term says something if its idf is at least this share of the idf of a term that the two alone share."""
MIN_IDF_SHARE_OF_A_NAME = 0.4
"""A name in both titles says something though more articles have it."""
TITLE_WORTH, NAME_WORTH = 1.5, 1.3
"""What a phrase is worth more for standing in both titles, and for being a name."""

Analyze = Callable[[str], list[str]]
Rarity = Callable[[Sequence[str]], NDArray[np.float32]]

_POSSESSIVE = re.compile(r"['’]s?$")


class Side(NamedTuple):
    """One article of the pair: its words, title first, each with its term (None for a stop word)."""

    article: Article
    title_words: int
    spelled: list[str]
    terms: list[str | None]
    outlet: frozenset[str]


def side(article: Article, texts: Texts, analyze: Analyze, language: str) -> Side:
    """Prepare an article for `explain`; done once for the article asked about.

    Args:
        article: The article.
        texts: Its cleaned texts.
        analyze: Text -> terms.
        language: Whose stop words are no reason, beside those of the article's own language.
    """
    stop = stop_words(language) | stop_words(article.language or "")
    title = words(texts.title)
    spelled = [_POSSESSIVE.sub("", word) for word in [*title, *words(texts.rest)]]
    known: dict[str, str | None] = {}
    for word in set(spelled):
        # AI, IT and US are no stop words.
        acronym = word.isupper() and 1 < len(word) <= MAX_ACRONYM_CHARS
        stopped = not acronym and word.casefold().replace("’", "'") in stop
        found = () if stopped else analyze(word)
        known[word] = " ".join(found) if found and len("".join(found)) > 1 else None
    return Side(article, len(title), spelled, [known[word] for word in spelled], _outlet_terms(article, analyze))


def explain(query: Side, candidate: Side, rarity: Rarity, max_idf: float) -> list[str]:
    """Up to four reasons, the most telling first.

    Args:
        query: The article asked about.
        candidate: The related one.
        rarity: Idf of terms (see `collection.view.View.rarity`).
        max_idf: The idf of a term that two articles have, the highest that a shared term can have.

    Returns:
        Shared phrases in the spelling of the article asked about, then `same day` or `same week`, then shared topics.
    """
    reasons = _shared_phrases(query, candidate, rarity, max_idf)
    reasons += _time(query.article, candidate.article)
    theirs = {topic.casefold() for topic in candidate.article.topics}
    said = {reason.casefold() for reason in reasons}
    shared = [topic for topic in query.article.topics if topic.casefold() in theirs and topic.casefold() not in said]
    reasons += [f"topic {topic}" for topic in dict.fromkeys(shared)]
    return reasons[:MAX_REASONS]


def _shared_phrases(query: Side, candidate: Side, rarity: Rarity, max_idf: float) -> list[str]:
    ours, theirs = _first_places(query), _first_places(candidate)
    outlets = query.outlet | candidate.outlet
    shared = [phrase for phrase in ours if phrase in theirs and not set(phrase) <= outlets]
    terms = list(dict.fromkeys(term for phrase in shared for term in phrase))
    idf = dict(zip(terms, rarity([_first(term) for term in terms]).tolist(), strict=True))
    worth: dict[tuple[str, ...], float] = {}
    for phrase in shared:
        places = ((query, ours[phrase]), (candidate, theirs[phrase]))
        in_titles = all(place + len(phrase) <= side.title_words for side, place in places)
        named = all(_is_name(side.spelled[place : place + len(phrase)]) for side, place in places)
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
            start = ours[phrase]
            chosen.append(" ".join(query.spelled[start : start + len(phrase)]))
    return chosen


def _is_name(spelled: list[str]) -> bool:
    return any(char.isupper() for word in spelled for char in word)


def _first_places(side: Side) -> dict[tuple[str, ...], int]:
    """Where each run of up to three terms first stands."""
    places: dict[tuple[str, ...], int] = {}
    for place, phrase in _places(side.terms):
        places.setdefault(phrase, place)
    return places


def _places(terms: list[str | None]) -> list[tuple[int, tuple[str, ...]]]:
    """Every run of up to three terms without a stop word between them, with its place."""
    found = []
    for start in range(len(terms)):
        run: list[str] = []
        for term in terms[start : start + MAX_PHRASE_WORDS]:
            if term is None:
                break
            run.append(term)
            found.append((start, tuple(run)))
    return found


def _first(term: str) -> str:
    return term.split(maxsplit=1)[0]


def _outlet_terms(article: Article, analyze: Analyze) -> frozenset[str]:
    provider = article.provider
    text = f"{provider.name or ''} {(provider.domain or '').replace('.', ' ')}" if provider else ""
    return frozenset(analyze(text))


def _time(query: Article, candidate: Article) -> list[str]:
    if query.published_date_time is None or candidate.published_date_time is None:
        return []
    days = abs((query.published_date_time - candidate.published_date_time).total_seconds()) / 86_400
    return ["same day"] if days < 1 else ["same week"] if days < 7 else []
