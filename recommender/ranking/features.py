"""What a pair of articles has in common, as numbers: one row a candidate, one column a feature."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

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
}
"""Which way a pair is more related, where that is known beforehand; the other features may tell either way."""

Features = NDArray[np.float32]
Rows = NDArray[np.int64]

BM25_K1 = 1.2
BM25_B = 0.75
RARE_SHARE = 0.01
"""A title word is rare if at most this share of all titles has it (two titles are always few enough)."""


class TermsLike(Protocol):
    """The terms of one text per row in CSR form (see `collection.columns.Terms`)."""

    @property
    def indptr(self) -> NDArray[np.int64]: ...
    def gather(self, rows: Rows) -> tuple[Rows, Rows]: ...
    @property
    def ids(self) -> NDArray[np.uint32]: ...
    @property
    def counts(self) -> NDArray[np.uint16]: ...
    @property
    def lengths(self) -> NDArray[np.float32]: ...


class TermVectorLike(Protocol):
    """The terms of the article asked about (see `collection.columns.TermVector`)."""

    @property
    def hashes(self) -> NDArray[np.uint64]: ...
    @property
    def idf(self) -> NDArray[np.float32]: ...
    @property
    def counts(self) -> NDArray[np.float32]: ...
    @property
    def document_frequency(self) -> NDArray[np.int64]: ...
    @property
    def documents(self) -> int: ...
    @property
    def mean_length(self) -> float: ...


class ColumnsLike(Protocol):
    """What every stored article brings to a pair (see `collection.columns.Columns`)."""

    @property
    def vectors(self) -> NDArray[np.float32]: ...
    @property
    def days(self) -> NDArray[np.float64]: ...
    @property
    def providers(self) -> NDArray[np.uint64]: ...
    @property
    def languages(self) -> NDArray[np.uint64]: ...
    @property
    def qualities(self) -> NDArray[np.float32]: ...
    @property
    def hubness(self) -> NDArray[np.float32]: ...
    def topics_of(self, rows: Rows) -> tuple[NDArray[np.uint64], Rows]: ...
    def names_of(self, rows: Rows) -> tuple[NDArray[np.uint64], Rows]: ...
    @property
    def vocabulary(self) -> NDArray[np.uint64]: ...
    @property
    def title(self) -> TermsLike: ...
    @property
    def text(self) -> TermsLike: ...


class PartedLike(Protocol):
    """Stored articles in one or more parts (see `collection.view.LocalIndex.parts`)."""

    def parts(self, rows: Rows) -> Iterable[tuple[ColumnsLike, Rows]]: ...


class ProfileLike(Protocol):
    """The article asked about (see `collection.columns.Profile`)."""

    @property
    def vector(self) -> NDArray[np.float32]: ...
    @property
    def title(self) -> TermVectorLike: ...
    @property
    def text(self) -> TermVectorLike: ...
    @property
    def day(self) -> float: ...
    @property
    def provider(self) -> int: ...
    @property
    def language(self) -> int: ...
    @property
    def topics(self) -> NDArray[np.uint64]: ...
    @property
    def names(self) -> NDArray[np.uint64]: ...


def pair_features(query: ProfileLike, articles: PartedLike, rows: Rows) -> Features:
    """Compare one article with candidates; the one function for requests, batches, training and evaluation.

    Args:
        query: The article asked about.
        articles: The stored articles.
        rows: The candidates' rows, ascending, shape (n,).

    Returns:
        float32, shape (n, len(FEATURES)). `cosine` in [-1, 1]; `text` and `title` BM25 over the query's score with
        itself, in [0, 1] or a little above; `rare_title_words` a count; `days_apart` NaN where a date is missing;
        `same_topics` the Jaccard index of topics, NaN where one has none; `same_provider` and `same_language` 0 or 1,
        NaN where unknown; `quality` as the candidate has it, NaN if it has none; `hubness` how much nearer the
        candidate's neighbours are to it than the average article's are to that, 0 where that is not known;
        `title_overlap` the Jaccard index of the titles' terms; `rarest_title_word` the idf of the rarest term that both
        titles have over that of a term that one title has, 0 without a shared one; `shared_names` how many words
        written like names, or with digits, both titles have; `title_length` of the candidate, in terms.
    """
    features = np.empty((len(rows), len(FEATURES)), dtype=np.float32)
    done = 0
    for columns, places in articles.parts(rows):
        _compare(query, columns, places, features[done : done + len(places)])
        done += len(places)
    return features


def _compare(query: ProfileLike, columns: ColumnsLike, rows: Rows, features: Features) -> None:
    # A matrix product rounds a row by its place among the others; equal vectors are to have equal cosines.
    features[:, 0] = np.einsum("ij,j->i", columns.vectors[rows], query.vector)
    features[:, 1] = _share(query.text, columns, columns.text, rows).bm25
    title = _match_titles(query.title, columns, rows)
    features[:, 2] = title.bm25
    features[:, 3] = title.rare
    features[:, 4] = np.abs(columns.days[rows] - query.day)
    features[:, 5] = _same_topics(query.topics, columns, rows)
    features[:, 6] = _same(query.provider, columns.providers[rows])
    features[:, 7] = _same(query.language, columns.languages[rows])
    features[:, 8] = columns.qualities[rows]
    features[:, 9] = np.nan_to_num(columns.hubness[rows])
    theirs = columns.title.indptr[rows + 1] - columns.title.indptr[rows]
    features[:, 10] = title.shared / np.maximum(1, len(query.title.hashes) + theirs - title.shared)
    features[:, 11] = title.rarest
    names, owner = columns.names_of(rows)
    features[:, 12] = np.bincount(owner, _among(query.names, names), minlength=len(rows))
    features[:, 13] = columns.title.lengths[rows]


class _Shared(NamedTuple):
    """The terms that the query shares with each row, one entry a row and a term.

    Attributes:
        bm25: Of each row over the query's score with itself, shape (n,).
        owner: The place of each entry's row, ascending.
        found: The place of its term among the query's.
    """

    bm25: NDArray[np.float64]
    owner: Rows
    found: Rows


def _share(query: TermVectorLike, columns: ColumnsLike, terms: TermsLike, rows: Rows) -> _Shared:
    """Which terms are shared, and BM25 of each row over the query's score with itself.

    Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), eq. 3.15 with k1 = 1.2,
    b = 0.75 and each query term counted once. The score with itself is what the query's own text would get, so a
    perfect copy has 1.
    """
    own = _saturation(query.counts, float(query.counts.sum()) / query.mean_length)
    self_score = float(query.idf @ own)
    # The query's terms as positions in these columns' vocabulary; both are ascending.
    places = np.searchsorted(columns.vocabulary, query.hashes)
    known = np.flatnonzero(places < len(columns.vocabulary))
    known = known[columns.vocabulary[places[known]] == query.hashes[known]]
    if not len(known) or self_score <= 0:
        return _Shared(np.zeros(len(rows)), known[:0], known[:0])
    # A table of the whole vocabulary costs only the pages of it that are touched, and no search for each term.
    numbers = np.zeros(len(columns.vocabulary), dtype=np.int64)
    numbers[places[known]] = known + 1
    flat, owner = terms.gather(rows)
    found = numbers[terms.ids[flat]]
    shared = np.flatnonzero(found)
    flat, owner, found = flat[shared], owner[shared], found[shared] - 1
    length = terms.lengths[rows[owner]] / query.mean_length
    weights = query.idf[found] * _saturation(terms.counts[flat].astype(np.float32), length)
    return _Shared(np.bincount(owner, weights, minlength=len(rows)) / self_score, owner, found)


class _Titles(NamedTuple):
    """What the query's title has in common with that of each row, each of shape (n,)."""

    bm25: NDArray[np.float64]
    shared: NDArray[np.int64]
    rare: NDArray[np.int64]
    rarest: NDArray[np.float64]


def _match_titles(query: TermVectorLike, columns: ColumnsLike, rows: Rows) -> _Titles:
    """BM25 as `_share` has it, how many terms are shared, how many rare ones, and how rare the rarest is."""
    count = len(rows)
    bm25, owner, found = _share(query, columns, columns.title, rows)
    rare = query.document_frequency[found] <= max(2, int(RARE_SHARE * query.documents))
    rarest = np.zeros(count)
    if len(owner):
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        alone = math.log1p((max(query.documents, 1) - 0.5) / 1.5)
        rarest[owner[first]] = np.maximum.reduceat(query.idf[found], first) / alone
    return _Titles(bm25, np.bincount(owner, minlength=count), np.bincount(owner[rare], minlength=count), rarest)


def _saturation(counts: NDArray[np.float32], relative_length: Any) -> NDArray[np.float32]:
    norm = BM25_K1 * (1 - BM25_B + BM25_B * relative_length)
    saturated: NDArray[np.float32] = counts * (BM25_K1 + 1) / (counts + norm)
    return saturated


def _same_topics(topics: NDArray[np.uint64], columns: ColumnsLike, rows: Rows) -> NDArray[np.float64]:
    count = len(rows)
    if not len(topics):
        return np.full(count, np.nan)
    found, owner = columns.topics_of(rows)
    shared = np.bincount(owner, _among(topics, found), minlength=count)
    theirs = np.bincount(owner, minlength=count)
    union = len(topics) + theirs - shared
    return np.where(theirs > 0, shared / union, np.nan)


def _among(known: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of `values` are among the known ones, which are ascending."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    among: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return among


def _same(ours: int, theirs: NDArray[np.uint64]) -> NDArray[np.float64]:
    if not ours:
        return np.full(len(theirs), np.nan)
    return np.where(theirs == 0, np.nan, theirs == np.uint64(ours))
