"""Why a pair is related, in words: shared names and rare terms in their own spelling, topics, closeness in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.text import Texts, words

MAX_REASONS = 4
MAX_TERMS = 3
MAX_PHRASE_WORDS = 3
MIN_IDF_SHARE = 0.5
"""A term says something if its idf is at least this share of the idf of a term that the two alone share."""

Analyze = Callable[[str], list[str]]
Rarity = Callable[[Sequence[str]], NDArray[np.float32]]

_POSSESSIVE = re.compile(r"['’]s?$")


class Side(NamedTuple):
    """One article of the pair: its texts, and each word with its term (None for a stop word)."""

    article: Article
    spelled: list[str]
    terms: list[str | None]


def side(article: Article, texts: Texts, analyze: Analyze) -> Side:
    """Prepare an article for `explain`; done once for the article asked about."""
    spelled = [_POSSESSIVE.sub("", word) for word in words(f"{texts.title} . {texts.rest}")]
    known: dict[str, str | None] = {}
    for word in set(spelled):
        found = analyze(word)
        known[word] = " ".join(found) if found and len("".join(found)) > 1 else None
    return Side(article, spelled, [known[word] for word in spelled])


def explain(query: Side, candidate: Side, rarity: Rarity, max_idf: float) -> list[str]:
    """Up to four reasons, the most telling first.

    Args:
        query: The article asked about.
        candidate: The related one.
        rarity: Idf of terms (see `collection.columns.Columns.rarity`).
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
    theirs = set(_phrases(candidate.terms))
    outlets = _outlet_terms(query.article) | _outlet_terms(candidate.article)
    places: dict[tuple[str, ...], int] = {}
    for place, phrase in _places(query.terms):
        if phrase in theirs and not set(phrase) <= outlets:
            places.setdefault(phrase, place)
    single = [phrase[0] for phrase in places if len(phrase) == 1]
    idf = dict(zip(single, rarity([_first(term) for term in single]).tolist(), strict=True))
    worth = {phrase: sum(idf.get(term, 0.0) for term in phrase) for phrase in places}
    telling = {
        phrase
        for phrase in places
        if all(idf.get(term, 0.0) >= MIN_IDF_SHARE * max_idf for term in (phrase[0], phrase[-1]))
    }
    chosen: list[str] = []
    used: set[str] = set()
    # Longer phrases are worth more than their words alone, so they come first; ties keep the order of the text.
    for phrase in sorted(telling, key=lambda phrase: (-worth[phrase], places[phrase])):
        if used.isdisjoint(phrase) and len(chosen) < MAX_TERMS:
            used.update(phrase)
            start = places[phrase]
            chosen.append(" ".join(query.spelled[start : start + len(phrase)]))
    return chosen


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


def _phrases(terms: list[str | None]) -> list[tuple[str, ...]]:
    return [phrase for _, phrase in _places(terms)]


def _first(term: str) -> str:
    return term.split(maxsplit=1)[0]


def _outlet_terms(article: Article) -> set[str]:
    provider = article.provider
    text = f"{provider.name or ''} {(provider.domain or '').replace('.', ' ')}" if provider else ""
    return {word.casefold() for word in words(text)}


def _time(query: Article, candidate: Article) -> list[str]:
    if query.published_date_time is None or candidate.published_date_time is None:
        return []
    days = abs((query.published_date_time - candidate.published_date_time).total_seconds()) / 86_400
    return ["same day"] if days < 1 else ["same week"] if days < 7 else []
