"""The lexical engine: for each term the rows that have it, and what it counts for in each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Columns, Rows, Terms, mean_length
from recommender.index.local.row_ids import largest
from recommender.ranking.ascending import locate
from recommender.ranking.features import BM25_K1, saturation
from recommender.ranking.pool import QUERY_TERMS, Hashes, Mask, TermVector

TITLE_BOOST = 2.0
LEAST_QUERY_TERMS, MAX_POSTINGS = 8, 200_000
"""Beyond the first number of terms, more are looked up only while their postings add up to no more than the second; it
bounds the cost in a large collection."""

_STEPS = 255
_ROWS = 65_536
"""Rows whose impacts are computed at a time, which bounds the memory for that."""
_FILES = ("starts", "rows", "impacts")


@dataclass(frozen=True)
class QueryTerms:
    """The terms of the article asked about that are looked up.

    Attributes:
        title: Terms of its title, which are looked up in titles.
        title_weights: What each counts for, float32.
        text: Terms of its whole text, which are looked up in whole texts.
        text_weights: What each counts for.
    """

    title: Hashes
    title_weights: NDArray[np.float32]
    text: Hashes
    text_weights: NDArray[np.float32]

    @classmethod
    def of(cls, title: TermVector, text: TermVector) -> QueryTerms:
        """Return those of a title and of a whole text, no more than can be afforded."""
        some, others = _affordable(title), _affordable(text)
        text_weights = text.idf[others] * text.repeated[others]
        return cls(title.hashes[some], np.float32(TITLE_BOOST) * title.idf[some], text.hashes[others], text_weights)


def _affordable(terms: TermVector) -> Rows:
    known = terms.document_frequency.nonzero()[0]
    if len(known) <= QUERY_TERMS and terms.document_frequency[known].sum() <= MAX_POSTINGS:
        return known
    # Ties go to the lower hash, which makes the query deterministic.
    worth = terms.idf[known] * terms.repeated[known]
    best = known[np.lexsort((terms.hashes[known], -worth))[:QUERY_TERMS]]
    affordable = np.searchsorted(np.cumsum(terms.document_frequency[best]), MAX_POSTINGS, side="right")
    return best[: max(LEAST_QUERY_TERMS, int(affordable))]


@dataclass(frozen=True)
class LexicalIndex:
    """Postings over the terms of columns.

    A row's score is BM25, with the saturation of each term in a byte, added up term by term (impacts: Anh, de Kretser
    and Moffat, "Vector-space ranking with effective early termination", 2001). It costs less than a library's index
    does, in time and code, because the terms are known by number already, and because any filter applies to the sums;
    what is proposed is compared exactly afterwards.

    Attributes:
        vocabulary: Hashes of all terms, ascending.
        articles: The number of rows.
        starts: Where the postings of each term begin, of titles first and then of whole texts, and where the last ones
            end, int64, shape (2 * vocabulary + 1,).
        rows: The rows that have each term, ascending within a term, uint32.
        impacts: `features.saturation` of the term in that row in 255 steps, at least 1, uint8.
    """

    vocabulary: Hashes
    articles: int
    starts: NDArray[np.int64]
    rows: NDArray[np.uint32]
    impacts: NDArray[np.uint8]

    @classmethod
    def build(cls, columns: Columns) -> LexicalIndex:
        """Index the titles and whole texts of columns."""
        frequency = np.concatenate([columns.title.document_frequency, columns.text.document_frequency])
        (titles, in_titles), (texts, in_texts) = _postings(columns.title), _postings(columns.text)
        return cls(
            columns.vocabulary,
            len(columns),
            np.concatenate([[0], np.cumsum(frequency, dtype=np.int64)]),
            np.concatenate([titles, texts]),
            np.concatenate([in_titles, in_texts]),
        )

    def save(self, folder: Path) -> None:
        """Write the postings into a folder."""
        for name in _FILES:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, columns: Columns) -> LexicalIndex:
        """Memory-map the postings in a folder, read only, of the columns that they were built from.

        Raises:
            OSError: If they cannot be read.
            ValueError: If they are no arrays.
        """
        starts, rows, impacts = (
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray) for name in _FILES
        )
        return cls(columns.vocabulary, len(columns), starts, rows, impacts)

    def search(self, query: QueryTerms, top_k: int, passing: Mask | None = None) -> Rows:
        """Return the rows that match a query best, ascending; ties for the last place go to the lower row.

        Args:
            query: The terms.
            top_k: How many rows at most.
            passing: Which rows may be returned; all by default.
        """
        places, known = locate(self.vocabulary, np.concatenate([query.title, query.text]))
        places[len(query.title) :] += len(self.vocabulary)
        terms, weights = places[known], np.concatenate([query.title_weights, query.text_weights])[known]
        if not len(terms) or top_k < 1:
            return np.empty(0, dtype=np.int64)
        starts, ends = self.starts[terms], self.starts[terms + 1]
        runs = list(map(slice, starts.tolist(), ends.tolist()))
        rows, impacts = (np.concatenate([values[run] for run in runs]) for values in (self.rows, self.impacts))
        scores = np.bincount(rows, weights.repeat(ends - starts) * impacts, minlength=self.articles)
        if passing is not None:
            scores[~passing] = 0
        found = (scores > 0).nonzero()[0]
        best: Rows = found[largest(scores[found], top_k)]
        return best


def _postings(terms: Terms) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return the rows of each term of a field, ascending, with their impacts, one term after another."""
    count = len(terms.lengths)
    relative = terms.lengths / np.float32(mean_length(terms.total_length, count))
    impacts = np.empty(len(terms.ids), dtype=np.uint8)
    for start in range(0, count, _ROWS):
        borders = terms.indptr[start : start + _ROWS + 1]
        some = slice(int(borders[0]), int(borders[-1]))
        lengths = relative[start : start + _ROWS].repeat(np.diff(borders))
        steps = saturation(terms.counts[some].astype(np.float32), lengths) * np.float32(_STEPS / (BM25_K1 + 1))
        impacts[some] = np.maximum(1, np.rint(steps))
    rows = np.arange(count, dtype=np.uint32).repeat(np.diff(terms.indptr))
    # A stable sort keeps rows ascending within each term.
    by_term = np.argsort(terms.ids, kind="stable")
    return rows[by_term], impacts[by_term]
