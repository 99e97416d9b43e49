"""Pair features: one row per candidate, one column per feature."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.ascending import begins
from recommender.ranking.pool import Hashes, Marks, Matches, Pool, Profile, Ragged, TermVector, idf

FEATURES = (
    "cosine",
    "text",
    "title",
    "rare_title_words",
    "days_apart",
    "same_topics",
    "same_provider",
    "same_language",
    "quality",
    "hubness",
    "title_overlap",
    "rarest_title_word",
    "shared_names",
    "title_length",
    "shared_topics",
    "shared_authors",
)
"""The columns of `pair_features`, in order."""

DIRECTIONS = {
    "cosine": 1,
    "text": 1,
    "title": 1,
    "rare_title_words": 1,
    "days_apart": -1,
    "same_topics": 1,
    "hubness": -1,
    "title_overlap": 1,
    "rarest_title_word": 1,
    "shared_names": 1,
    "shared_topics": 1,
    "shared_authors": 1,
}
"""The direction in which each feature makes a pair more related, where it is known beforehand."""

Features = NDArray[np.float32]

BM25_K1 = 1.2
BM25_B = 0.75
TEXT_UNIT = 10
"""BM25 of texts is measured in what so many words score that only the two texts have, on a scale that grows like a
logarithm. A constant, because neither the query's score with itself, which makes long texts count for nothing, nor the
best candidate's, which makes any text match something, holds on every kind of site."""
RARE_SHARE = 0.01
"""A title word is rare if at most this share of all titles has it, or at most two titles."""


def pair_features(asked: Profile, pool: Pool) -> Features:
    """Compute the features of one article with each candidate, for requests, batches, training and evaluation alike.

    Args:
        asked: The article asked about.
        pool: The candidates.

    Returns:
        float32, shape (n, len(FEATURES)):

        - `cosine` in [-1, 1].
        - `text` the logarithm of 1 + BM25 of whole texts in units of `TEXT_UNIT` words, seldom above 2.
        - `title` BM25 of titles over the query's score with itself, in [0, 1] or slightly above.
        - `rare_title_words` a count; `title_overlap` the Jaccard index of title terms; `rarest_title_word` the idf of
          the rarest shared title term over that of a term that only one title has, 0 if none is shared;
          `shared_names` how many names and words with digits both titles have; `title_length` of the candidate in
          terms.
        - `days_apart` NaN where a date is missing.
        - `same_topics` the Jaccard index of topics, NaN if either has none; `shared_topics` and `shared_authors` the
          summed rarity of those that both have, in units of one that only one article has.
        - `same_provider` and `same_language` 0 or 1, NaN where unknown.
        - `quality` of the candidate, NaN where unknown.
        - `hubness` of the candidate, 0 where unknown (see `index.local.dense.hubness`).
    """
    count = len(pool)
    features = np.empty((count, len(FEATURES)), dtype=np.float32)
    features[:, 0] = pool.cosines
    features[:, 1] = _match_texts(asked.query, pool.text)
    title = _match_titles(asked.title, pool.title)
    features[:, 2] = title.bm25
    features[:, 3] = title.rare
    features[:, 4] = np.abs(pool.days - asked.day)
    same_topics, topics, authors, names = _match_marks(asked.marks, pool.marks, count)
    features[:, 5] = _jaccard(same_topics, len(asked.topics), pool.topic_counts)
    features[:, 6] = _same(asked.provider, pool.providers)
    features[:, 7] = _same(asked.language, pool.languages)
    features[:, 8] = pool.qualities
    features[:, 9] = np.where(np.isnan(pool.hubness), 0, pool.hubness)
    features[:, 10] = title.shared / np.maximum(1, len(asked.title.hashes) + pool.title.distinct - title.shared)
    features[:, 11] = title.rarest
    features[:, 12] = names
    features[:, 13] = pool.title.lengths
    features[:, 14] = topics
    features[:, 15] = authors
    return features


def _match_texts(query: TermVector, matches: Matches) -> NDArray[np.float64]:
    """Return ln(1 + BM25 / unit) of each candidate's whole text, shape (n,); repeated terms of the query count more."""
    unit = TEXT_UNIT * float(idf(np.array([2]), query.documents)[0])
    return np.log1p(_bm25(query, matches, query.idf * query.repeated) / unit)


def strongest_matches(query: TermVector, matches: Matches, place: int) -> Hashes:
    """Return the terms of the query that one candidate's text shares, those first that say most about both.

    What either text has only once is seldom its subject, so it comes after what both repeat.
    """
    first, last = np.searchsorted(matches.owner, [place, place + 1]).tolist()
    term, length = matches.term[first:last], float(matches.lengths[place]) / query.mean_length
    adds = (query.idf * query.repeated)[term] * saturation(matches.counts[first:last], length)
    once = np.minimum(query.counts[term], matches.counts[first:last]) < 2
    best: Hashes = query.hashes[term[np.lexsort((-adds, once))]]
    return best


def _bm25(query: TermVector, matches: Matches, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return BM25 of each candidate, shape (n,), with a weight for each term of the query.

    Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), eq. 3.15 with k1 = 1.2 and
    b = 0.75.
    """
    length = matches.lengths[matches.owner] / query.mean_length
    values = weights[matches.term] * saturation(matches.counts, length)
    return np.bincount(matches.owner, values, minlength=len(matches.lengths)).astype(np.float64)


class _TitleMatches(NamedTuple):
    """What the query's title shares with that of each candidate, each of shape (n,)."""

    bm25: NDArray[np.float64]
    shared: NDArray[np.int64]
    rare: NDArray[np.int64]
    rarest: NDArray[np.float64]


def _match_titles(query: TermVector, matches: Matches) -> _TitleMatches:
    """Return BM25, the number of shared terms and of rare ones, and the rarity of the rarest."""
    owner, term, count = matches.owner, matches.term, len(matches.lengths)
    rare = query.document_frequency[term] <= max(2, int(RARE_SHARE * query.documents))
    rarest = np.zeros(count)
    if len(owner):
        first = begins(owner).nonzero()[0]
        alone = math.log1p((max(query.documents, 1) - 0.5) / 1.5)
        rarest[owner[first]] = np.maximum.reduceat(query.idf[term], first) / alone
    shared, rare_shared = np.bincount(owner, minlength=count), np.bincount(owner[rare], minlength=count)
    # Each term of a title counts once. Over the score with itself, the same title has 1.
    own = float(query.idf @ saturation(query.counts, float(query.counts.sum()) / query.mean_length))
    bm25 = _bm25(query, matches, query.idf) / own if own > 0 else np.zeros(count)
    return _TitleMatches(bm25, shared, rare_shared, rarest)


def saturation(counts: NDArray[np.float32], relative_length: Any) -> NDArray[np.float32]:
    """Return what terms count for in texts that have them so often, below k1 + 1; see `_bm25`.

    Args:
        counts: How often, float32.
        relative_length: The length of each text over the mean length.
    """
    norm = BM25_K1 * (1 - BM25_B + BM25_B * relative_length)
    saturated: NDArray[np.float32] = counts * (BM25_K1 + 1) / (counts + norm)
    return saturated


def _match_marks(ours: Marks, theirs: Ragged, count: int) -> list[NDArray[np.float64]]:
    """Return the summed worth of each candidate's marks that the article has too, by column of `Marks.worth`."""
    if not len(ours.hashes) or not len(theirs.values):
        return [np.zeros(count)] * 4
    places = np.minimum(ours.hashes.searchsorted(theirs.values), len(ours.hashes) - 1)
    shared = (ours.hashes[places] == theirs.values).nonzero()[0]
    owner, worth = theirs.owner[shared], ours.worth[places[shared]]
    return [np.bincount(owner, column, minlength=count).astype(np.float64) for column in worth.T]


def _jaccard(shared: NDArray[np.float64], ours: int, theirs: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the Jaccard index of topics, NaN if either side has none, shape (n,)."""
    if not ours:
        return np.full(len(theirs), np.nan)
    return np.where(theirs > 0, shared / (ours + theirs - shared), np.nan)


def _same(ours: int, theirs: NDArray[np.uint64]) -> NDArray[np.float64]:
    if not ours:
        return np.full(len(theirs), np.nan)
    return np.where(theirs == 0, np.nan, theirs == np.uint64(ours))
