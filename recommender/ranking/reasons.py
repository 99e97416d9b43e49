"""Reasons why a pair is related, in words: shared names and rare terms, topics, closeness in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.ranking.ascending import locate
from recommender.ranking.pool import Hashes, Places
from recommender.text import CALENDAR, clean, find_words, shared_word, unspaced_pieces
from recommender.text.lead_words import LeadWords

MAX_REASONS = 4
MAX_TERMS = 3
MAX_PHRASE_WORDS = 3
MIN_IDF_SHARE = 0.5
"""A term is a reason if its idf is at least this share of the idf of a term that only the pair has."""
MIN_IDF_SHARE_OF_A_NAME = 0.4
"""The same for a name in both titles, which may be less rare."""
TITLE_WORTH, NAME_WORTH = 1.5, 1.3
"""Weight of a phrase for being in both titles, and for being a name."""
MAX_TOPIC_SHARE = 0.4
"""A topic is not a reason if a larger share of the articles has it."""
STORY_COSINE, STORY_TITLE = 0.8, 0.4
"""Articles of one outlet this near, with this BM25 of their headlines, are about one story."""
STORY_DAYS = (0.5, 60.0)

Share = Callable[[str], float]

_UPDATE = re.compile(r"\W*(?:update|updated|aktualisierung|aktualisiert|actualización|mise à jour)\b", re.I)
_DIGITS = re.compile(r"\d+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""An odd number; the hash of a run of words is a polynomial in it, modulo 2^64."""


@dataclass(frozen=True)
class Lead:
    """An article as reasons see it.

    Attributes:
        article: The article.
        title: Its cleaned title; `rest` is the text below it.
        outlet: Hashes of the terms of the outlet's name and domain.
    """

    article: Article
    title: str
    rest: str
    outlet: frozenset[int]

    @cached_property
    def text(self) -> str:
        """The text that places of words count in."""
        return f"{self.title}\n{self.rest}"


class Runs(NamedTuple):
    """Runs of up to three words that stand next to one another.

    Attributes:
        hashes: A hash of the terms of each, uint64, shape (n,).
        first: The first word of each, int64, shape (n,); `last` likewise.
    """

    hashes: Hashes
    first: Places
    last: Places


class Phrases:
    """The phrases of the article asked about, and which of them others share.

    Args:
        lead: The article.
        words: The words of its lead.
        idf: The idf of each of `words.terms`, 0 for one that no article has, float32, shape (n_terms,).
        max_idf: The idf of a term that two articles have, the highest of any shared term.
    """

    def __init__(self, lead: Lead, words: LeadWords, idf: NDArray[np.float32], max_idf: float) -> None:
        self._lead = lead
        self._words = words
        self._idf = idf
        self._max_idf = max_idf
        self._total = np.concatenate([[0.0], idf.cumsum(dtype=np.float64)])
        self._terms = np.sort(words.terms)
        runs = find_runs(words, np.arange(len(words.starts)))
        hashes, place = np.unique(runs.hashes, return_index=True)
        self._runs = Runs(hashes, runs.first[place], runs.last[place])

    def shared(self, leads: Sequence[Lead], words: LeadWords) -> list[list[str]]:
        """Return up to three phrases that each of some articles shares, best first, as this article spells them.

        Args:
            leads: The articles.
            words: The words of their leads.
        """
        phrases: list[list[str]] = [[] for _ in leads]
        ours, theirs = self._runs, find_runs(words, self._known_words(words))
        place, known = locate(ours.hashes, theirs.hashes)
        (found,) = known.nonzero()
        if not len(found):
            return phrases
        # Of several occurrences in an article the first counts.
        owner, place = words.owner[theirs.first[found]], place[found]
        _, once = np.unique(owner * len(ours.hashes) + place, return_index=True)
        owner, place, found = owner[once], place[once], found[once]
        first, last = ours.first[place], ours.last[place]
        their_first, their_last = theirs.first[found], theirs.last[found]
        begins, ends = self._words.term_starts[first], self._words.term_ends[last]
        title_chars = np.array([len(lead.title) for lead in leads])
        in_titles = self._words.starts[last] < len(self._lead.title)
        in_titles &= words.starts[their_last] < title_chars[owner]
        named = is_named(self._words, first, last) & is_named(words, their_first, their_last)
        least = np.where(in_titles & named, MIN_IDF_SHARE_OF_A_NAME, MIN_IDF_SHARE) * self._max_idf
        # A single common word is not a convincing reason.
        telling = (ends - begins > 1) | in_titles | named
        telling &= np.minimum(self._idf[begins], self._idf[ends - 1]) >= least
        worth = self._total[ends] - self._total[begins]
        worth *= np.where(in_titles, TITLE_WORTH, 1) * np.where(named, NAME_WORTH, 1)
        # A longer phrase outweighs its parts and comes first; ties keep the order of the text.
        (left,) = telling.nonzero()
        used: list[set[int]] = [set() for _ in leads]
        for at in left[np.lexsort((last[left], first[left], -worth[left].round(6)))].tolist():
            lead, chosen, terms = leads[owner[at]], phrases[owner[at]], used[owner[at]]
            more = self._words.terms[begins[at] : ends[at]].tolist()
            outlets = self._lead.outlet | lead.outlet
            if len(chosen) < MAX_TERMS and terms.isdisjoint(more) and not outlets.issuperset(more):
                spelled = self._spelled(int(first[at]), int(last[at]), lead, int(words.starts[their_first[at]]))
                if len(more) > 1 or not spelled.isdecimal():
                    terms.update(more)
                    if spelled and spelled not in chosen:
                        chosen.append(spelled)
        return phrases

    def _known_words(self, words: LeadWords) -> Places:
        """Return the words whose terms the article asked about all has."""
        _, shared = locate(self._terms, words.terms)
        if len(words.terms) > len(words.starts):
            shared = np.logical_and.reduceat(shared, words.term_starts)
        found: Places = shared.nonzero()[0]
        return found

    def _spelled(self, first: int, last: int, lead: Lead, their_start: int) -> str:
        start, end = int(self._words.starts[first]), int(self._words.ends[last])
        if unspaced_pieces(self._lead.text, start, end) is None:
            return self._lead.text[start:end]
        return shared_word(self._lead.text, (start, end), lead.text, their_start)


def find_runs(words: LeadWords, among: Places) -> Runs:
    """Return the runs of up to three of some words, ascending, that stand next to one another; the shortest first."""
    hashes, powers = (values[among] for values in _hashes(words))
    # A run goes on where the next word is the next of the text, and no clause ends and no stop word stands between.
    goes_on = np.append((among[1:] == among[:-1] + 1) & ~words.breaks[among[1:]], False)
    at, run = np.arange(len(among)), hashes
    runs, first, last = [run], [at], [at]
    for further in range(1, MAX_PHRASE_WORDS):
        longer = goes_on[at + further - 1]
        at, run = at[longer], run[longer]
        run = run * powers[at + further] + hashes[at + further]
        runs.append(run)
        first.append(at)
        last.append(at + further)
    return Runs(np.concatenate(runs), among[np.concatenate(first)], among[np.concatenate(last)])


def _hashes(words: LeadWords) -> tuple[Hashes, Hashes]:
    """Return a hash of each word's terms, and what a hash is multiplied by to have the word follow, uint64, (n,)."""
    terms = words.terms
    if len(terms) == len(words.starts):
        return terms, np.full(len(terms), _MULTIPLIER)
    counts = words.term_ends - words.term_starts
    after = words.term_ends.repeat(counts) - 1 - np.arange(len(terms))
    powers = _MULTIPLIER ** np.arange(counts.max() + 1, dtype=np.uint64)
    return np.add.reduceat(terms * powers[after], words.term_starts), powers[counts]


def is_named(words: LeadWords, first: Places, last: Places) -> NDArray[np.bool_]:
    """Return which runs of words have a name among them."""
    names = np.concatenate([[0], words.named.cumsum()])
    named: NDArray[np.bool_] = names[last + 1] > names[first]
    return named


def explain(
    query: Article,
    candidate: Article,
    phrases: Sequence[str] = (),
    *,
    topic_share: Share = lambda topic: 0.0,
    features: Mapping[str, float] | None = None,
    words: Callable[[], Sequence[str]] = list,
) -> list[str]:
    """Return up to four reasons, the strongest first.

    Args:
        query: The article asked about.
        candidate: The related article.
        phrases: The phrases that both share (see `Phrases`).
        topic_share: Returns the share of all articles that have a topic.
        features: The pair's features by name (see `features.pair_features`), if known.
        words: Returns words that the whole texts share, for a pair that shares neither phrases nor topics.

    Returns:
        Whether one is an update of the other, then the phrases, `same day` or `same week`, and shared topics that are
        not too common.
    """
    story = _story(query, candidate, bool(phrases), features or {})
    time = _time(query, candidate)
    reasons = [*story, *phrases, *time]
    theirs = {topic.casefold() for topic in candidate.topics}
    known = {reason.casefold() for reason in reasons}
    shared = [topic for topic in query.topics if topic.casefold() in theirs and topic.casefold() not in known]
    uncommon = (clean(topic) for topic in dict.fromkeys(shared) if topic_share(topic) <= MAX_TOPIC_SHARE)
    topics = [f"topic {topic}" for topic in uncommon if topic]
    if not phrases and not topics:
        reasons = [*story, *words(), *time]
    return [*reasons, *topics][:MAX_REASONS]


def says_update(title: str) -> bool:
    """Return whether a title begins by saying that it is an update."""
    return _UPDATE.match(title) is not None


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
    marked = says_update(newer.title) and not says_update(older.title)
    if marked and features.get("cosine", 0) >= STORY_COSINE / 2:
        return [reason]
    one_outlet = features.get("same_provider") == 1
    alike = features.get("cosine", 0) >= STORY_COSINE and features.get("title", 0) >= STORY_TITLE
    if not (one_outlet and alike and STORY_DAYS[0] <= abs(later) <= STORY_DAYS[1]):
        return []
    ours, theirs = (_figures(article.title) for article in (query, candidate))
    return ["same series"] if ours != theirs else [reason]
