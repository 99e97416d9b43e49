"""Labels of groups of articles: the words and names that their titles share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.ranking.pool import idf
from recommender.ranking.reasons import MIN_IDF_SHARE, NAME_WORTH, Runs, find_runs, is_named
from recommender.text import shared_word, unspaced_pieces

if TYPE_CHECKING:
    from recommender.index import Index
    from recommender.store import Packed
    from recommender.text.lead_words import LeadWords

MAX_PHRASES = 3
LEAST_SHARE = 0.4
"""A phrase labels a story if this share of its titles have it, and at least two."""
MOST_TITLES = 100
"""How many titles of a group are read, the first."""


def label(
    index: Index, packed: Sequence[Packed], *, least_share: float = LEAST_SHARE, most_titles: int = MOST_TITLES
) -> list[str]:
    """Return up to three phrases that label a group of articles, best first, as its first titles spell them.

    A phrase is up to three neighbouring words that many of the titles share and few other articles have.

    Args:
        index: The index that knows how rare words are.
        packed: The articles as they were packed, those of a story in the order of time; copies only once.
        least_share: See `LEAST_SHARE`.
        most_titles: See `MOST_TITLES`.
    """
    packed = packed[:most_titles]
    if len(packed) < 2:
        return []
    words = index.lead_words(packed)
    title_chars = np.array([len(each.title) for each in packed])
    (in_titles,) = (words.ends <= title_chars[words.owner]).nonzero()
    runs = find_runs(words, in_titles)
    # Of several occurrences in a title the first counts; runs are by length, and in the order of the text below that.
    _, once = np.unique(np.stack([runs.hashes, words.owner[runs.first].astype(np.uint64)]), axis=1, return_index=True)
    once.sort()
    runs = Runs(runs.hashes[once], runs.first[once], runs.last[once])
    _, place, counts = np.unique(runs.hashes, return_index=True, return_counts=True)
    (shared,) = (counts >= max(2, math.ceil(least_share * len(packed)))).nonzero()
    found, counts = place[shared], counts[shared]
    rarity = dict(zip(words.terms.tolist(), index.rarity(words.terms).tolist(), strict=True))
    # What only these articles have is as rare as it gets.
    least = MIN_IDF_SHARE * float(idf(np.array([len(packed)]), len(index))[0])
    terms = [_terms(words, runs, at) for at in found.tolist()]
    named = is_named(words, runs.first[found], runs.last[found])
    worth = counts / len(packed) * np.array([_worth(each, rarity, least) for each in terms])
    worth[named] *= NAME_WORTH
    phrases: list[str] = []
    used = set[int]()
    for best in np.lexsort((found, -worth.round(6))).tolist():
        if worth[best] <= 0 or len(phrases) == MAX_PHRASES:
            break
        if used.isdisjoint(terms[best]):
            spelled = _spelled(packed, words, runs, int(found[best]))
            if spelled and not (len(terms[best]) == 1 and spelled.isdecimal()):
                phrases.append(spelled)
                used.update(terms[best])
    return phrases


def _terms(words: LeadWords, runs: Runs, at: int) -> list[int]:
    found: list[int] = words.terms[words.term_starts[runs.first[at]] : words.term_ends[runs.last[at]]].tolist()
    return found


def _worth(terms: Sequence[int], rarity: Mapping[int, float], least: float) -> float:
    """Return what a phrase says by its rarity; 0 if it begins or ends with a common word."""
    values = [rarity[term] for term in terms]
    return sum(values) if min(values[0], values[-1]) >= least else 0.0


def _spelled(packed: Sequence[Packed], words: LeadWords, runs: Runs, at: int) -> str:
    """Return a phrase as the first title spells it that has it."""
    first, last = int(runs.first[at]), int(runs.last[at])
    title = packed[int(words.owner[first])].title
    start, end = int(words.starts[first]), int(words.ends[last])
    if unspaced_pieces(title, start, end) is None:
        return title[start:end]
    # Where no spaces part words, a phrase is what a second title has around the same letters too.
    others = (runs.hashes == runs.hashes[at]).nonzero()[0]
    other = next(each for each in others.tolist() if words.owner[runs.first[each]] != words.owner[first])
    again = packed[int(words.owner[runs.first[other]])].title
    return shared_word(title, (start, end), again, int(words.starts[runs.first[other]]))
