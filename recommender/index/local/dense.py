"""The dense engine: nearest vectors, exact or approximate. The only file that imports faiss."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors
from recommender.errors import CollectionError
from recommender.index.local.columns import Rows
from recommender.index.local.row_ids import largest
from recommender.index.local.stored_vectors import Stored, floats
from recommender.workers import cores

APPROXIMATE_FROM = 20_000
"""The number of articles from which an approximate index is used."""

EXACT_SHARE = 0.1
"""A filter that passes a smaller share is searched exactly: it would reject most of what an index proposes."""
RECALL_AT = 200
"""About as many as an answer asks for (`ranking.candidates`)."""
TARGET_RECALL = 0.99
MIN_OVERFETCH, MAX_OVERFETCH = 2, 64
CODE_VALUES, CODE_BITS = 2, 4
"""How many vector values share a code, and its bits."""
PROBED = 16
"""One in this many lists is searched at first; `_tune` raises the share until recall is high enough."""
HUB_NEIGHBOURS = 10
HUB_SAMPLE = 8192
_HUB_ROWS = 65_536
_TRAINING_ROWS = 100_000
_RECALL_QUERIES = 64
_RECALL_SHARE = 0.25

_BLOCK = 2_048
"""Stored vectors that are made floats at a time."""

_FAISS: Any = faiss
"""FAISS untyped, for functions that its stubs lack."""


def search_exactly(vectors: Stored, query: Vectors, top_k: int, rows: Rows | None = None) -> Rows:
    """Return the rows nearest to `query`, ascending; ties for the last place go to the lower row.

    Args:
        vectors: Unit rows, shape (n, dimension).
        query: A unit vector, float32, shape (dimension,).
        top_k: How many rows at most.
        rows: The rows to choose from, ascending; all by default.
    """
    count = len(vectors) if rows is None else len(rows)
    if top_k >= count:
        return np.arange(count) if rows is None else rows
    if top_k < 1:
        return np.empty(0, dtype=np.int64)
    found = largest(inner_products(vectors, query, rows), top_k)
    return found if rows is None else rows[found]


def inner_products(vectors: Stored, query: Vectors, rows: Rows | None = None) -> NDArray[np.float32]:
    """Return the inner product of a query with each row, float32, shape (n,), computed in this thread.

    A product split by BLAS or OpenMP waits for its slowest thread: with another process on one core, a few thousand
    rows took 8 ms instead of 0.1 ms. No row of floats is copied, and equal rows have equal products.

    Args:
        vectors: Shape (count, dimension).
        query: float32, shape (dimension,).
        rows: Which rows; all by default.
    """
    if vectors.dtype != np.float32:
        total = len(vectors) if rows is None else len(rows)
        blocks = (slice(start, start + _BLOCK) for start in range(0, total, _BLOCK))
        some = (vectors[block] if rows is None else vectors[rows[block]] for block in blocks)
        found = [inner_products(floats(each), query) for each in some]
        return np.concatenate([np.empty(0, dtype=np.float32), *found])
    count, dimension = vectors.shape
    vectors, query = np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(query, np.float32)
    products = np.empty(count if rows is None else len(rows), dtype=np.float32)
    into, one, many = (faiss.swig_ptr(array) for array in (products, query, vectors))
    faiss.omp_set_num_threads(1)  # a setting per thread
    if rows is None:
        _FAISS.fvec_inner_products_ny(into, one, many, dimension, count)
    else:
        wanted = _within(rows, count)  # bound to a name, or it would be freed before the call
        _FAISS.fvec_inner_products_by_idx(into, one, many, faiss.swig_ptr(wanted), dimension, 1, len(wanted))
    return products


def pair_products(vectors: Stored, rows: Rows, others: Stored, other_rows: Rows) -> NDArray[np.float32]:
    """Return the inner product of each pair of a row of `vectors` and one of `others`, float32, shape (n,).

    Args:
        vectors: Shape (count, dimension).
        rows: One side of each pair, int64, shape (n,).
        others: Shape (other_count, dimension).
        other_rows: The other side of each pair, int64, shape (n,).
    """
    products = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        sides = [_side(vectors, rows[block]), _side(others, other_rows[block])]
        pointers = [faiss.swig_ptr(array) for side in sides for array in side]
        faiss.omp_set_num_threads(1)
        into = products[block]
        _FAISS.pairwise_indexed_inner_product(vectors.shape[1], len(into), *pointers, faiss.swig_ptr(into))
    return products


def _side(vectors: Stored, rows: Rows) -> tuple[Vectors, Rows]:
    """Return vectors as floats, those of `rows` at least, and where these are among them."""
    if vectors.dtype == np.float32:
        return np.ascontiguousarray(vectors, np.float32), _within(rows, len(vectors))
    some, places = np.unique(rows, return_inverse=True)
    return floats(vectors[some]), places


def _within(rows: Rows, count: int) -> Rows:
    """Return `rows` as FAISS takes them; checked here, because FAISS does not check bounds."""
    if len(rows) and not 0 <= rows.min() <= rows.max() < count:
        raise IndexError(f"a row is outside [0, {count})")
    return np.ascontiguousarray(rows, np.int64)


def nearest(vectors: Stored, queries: Vectors, count: int) -> tuple[NDArray[np.float32], Rows]:
    """Return the greatest inner products of many queries, and their rows, best first, compared on all cores.

    Args:
        vectors: Shape (n, dimension).
        queries: float32, shape (n_queries, dimension).
        count: How many for each query, at most n.

    Returns:
        Products, float32, and rows, int64, both of shape (n_queries, count).
    """
    products: NDArray[Any] = np.empty((len(queries), 0), dtype=np.float32)
    rows: NDArray[Any] = np.empty((len(queries), 0), dtype=np.int64)
    if not len(queries) or count < 1:
        return products, rows
    faiss.omp_set_num_threads(cores())
    step = len(vectors) if vectors.dtype == np.float32 else _TRAINING_ROWS
    for start in range(0, len(vectors), step):
        some = np.ascontiguousarray(floats(vectors[start : start + step]), np.float32)
        found = faiss.knn(
            np.ascontiguousarray(queries, np.float32), some, min(count, len(some)), metric=faiss.METRIC_INNER_PRODUCT
        )
        products, rows = np.hstack([products, found[0]]), np.hstack([rows, found[1] + start])
        if start:
            best = np.argsort(-products, axis=1, kind="stable")[:, :count]
            products, rows = (np.take_along_axis(each, best, axis=1) for each in (products, rows))
    return products, rows


def hubness(vectors: Stored) -> NDArray[np.float32]:
    """Return how much nearer each row is to its nearest neighbours than the average row is to its own.

    The mean cosine with the ten nearest, r in Conneau et al., "Word translation without parallel data" (2018), eq. 3,
    minus its mean over all rows. In a large collection the neighbours are taken from `HUB_SAMPLE` evenly spaced rows.

    Args:
        vectors: Unit rows, shape (n, dimension).

    Returns:
        float32, shape (n,); NaN for a single row.
    """
    count = len(vectors)
    sampled = np.unique(np.linspace(0, max(0, count - 1), min(count, HUB_SAMPLE)).astype(np.int64))
    neighbours = min(HUB_NEIGHBOURS, len(sampled) - 1)
    if neighbours < 1:
        return np.full(count, np.nan, dtype=np.float32)
    sample, means = floats(vectors[sampled]), np.empty(count)
    for start in range(0, count, _HUB_ROWS):
        some = slice(start, min(count, start + _HUB_ROWS))
        # One more than asked for: a sampled row is its own neighbour.
        near, rows = nearest(sample, floats(vectors[some]), neighbours + 1)
        itself = sampled[rows] == np.arange(some.start, some.stop)[:, None]
        # Where it is not among them, or no part of the sample, the last one is too many.
        itself[:, -1] |= ~itself.any(axis=1)
        means[some] = np.where(itself, 0, near).sum(axis=1, dtype=np.float64) / neighbours
    centred: NDArray[np.float32] = (means - means.mean()).astype(np.float32)
    return centred


class ApproximateIndex:
    """Proposes candidate rows; exact vectors then order them.

    Vectors are coded with two bits per value (product quantisation, Jegou et al. 2011, compared in registers as in
    Andre et al., "Cache locality is not enough", 2015), and only the lists with the nearest centres are searched
    (inverted lists, Sivic & Zisserman 2003): a vector of length 384 takes 96 bytes, beside its row's number.
    The index is deterministic, quick to build and supports filters. A graph (HNSW) is as fast, but finds far less under
    a filter and takes long to build; one byte per value was slower than comparing the exact vectors that pass.

    Attributes:
        overfetch: How many times as many rows as wanted are proposed.
        recall: Measured share of the `RECALL_AT` nearest that are found.
    """

    def __init__(self, index: Any, overfetch: int = MIN_OVERFETCH, recall: float = 0.0) -> None:
        self._index = index
        self.overfetch = overfetch
        self.recall = recall

    @classmethod
    def build(cls, vectors: Stored) -> ApproximateIndex | None:
        """Index unit rows, shape (n, dimension); None if recall stays below `TARGET_RECALL`."""
        # FAISS cannot train on fewer rows than centres.
        if len(vectors) < 2**CODE_BITS:
            return None
        faiss.omp_set_num_threads(cores())
        index = _inverted_lists(len(vectors), vectors.shape[1])
        training = np.linspace(0, len(vectors) - 1, min(len(vectors), _TRAINING_ROWS)).astype(np.int64)
        index.train(_padded(floats(vectors[training])))
        for start in range(0, len(vectors), _TRAINING_ROWS):
            index.add(_padded(floats(vectors[start : start + _TRAINING_ROWS])))
        made = cls(index)
        made._tune(vectors)
        return made if made.recall >= TARGET_RECALL else None

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, overfetch: int, recall: float) -> ApproximateIndex:
        """Open a saved index, to search only; `overfetch` and `recall` are as it was tuned.

        Raises:
            CollectionError: If it cannot be read.
        """
        try:
            return cls(faiss.read_index(str(path)), overfetch, recall)
        except RuntimeError:
            raise CollectionError("the dense index cannot be read", where=str(path)) from None

    def propose(self, query: Vectors, top_k: int, passing: NDArray[np.bool_] | None = None) -> Rows:
        """Return rows that nearly always include the `top_k` nearest to `query`, ascending; usually more than `top_k`.

        Args:
            query: A unit vector, float32, shape (dimension,).
            top_k: How many are wanted.
            passing: Which rows may be proposed, shape (n,).
        """
        share = 1.0 if passing is None else np.count_nonzero(passing) / max(1, len(self))
        wanted = min(len(self), math.ceil(self.overfetch * max(top_k, RECALL_AT) / max(share, EXACT_SHARE)))
        if passing is not None and (share < EXACT_SHARE or wanted >= len(self)):
            return np.flatnonzero(passing)
        if top_k < 1 or not wanted:
            return np.empty(0, dtype=np.int64)
        # More threads make a single query slower. The setting is per thread.
        faiss.omp_set_num_threads(1)
        # A filter thins out each list, so search more lists in proportion.
        lists = min(self._index.nlist, math.ceil(self._index.nprobe / share))
        parameters = _FAISS.SearchParametersIVF(nprobe=lists)
        _, found = self._index.search(_padded(query[None]), wanted, params=parameters)
        # FAISS pads what it did not find with -1.
        rows: Rows = np.sort(found[0][found[0] >= 0])
        if passing is not None:
            rows = rows[passing[rows]]
        if len(rows) < max(top_k, RECALL_AT):
            return np.arange(len(self)) if passing is None else np.flatnonzero(passing)
        return rows

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def _tune(self, vectors: Stored) -> None:
        """Raise the number of lists searched and rows proposed until recall reaches the target.

        Recall is measured on sampled rows, without a filter and with one that passes a random quarter of the rows,
        under which the nearest lie further away; the lower value counts.
        """
        random = np.random.default_rng(0)
        queries = floats(vectors[random.choice(len(vectors), min(len(vectors), _RECALL_QUERIES))])
        quarter = random.random(len(vectors)) < _RECALL_SHARE
        # Twice as many as needed, so that the quarter of them that passes suffices.
        _, found = nearest(vectors, queries, min(len(vectors), int(2 * RECALL_AT / _RECALL_SHARE)))
        samples: list[tuple[NDArray[np.bool_] | None, list[Rows]]] = [
            (None, [rows[:RECALL_AT] for rows in found]),
            (quarter, [rows[quarter[rows]][:RECALL_AT] for rows in found]),
        ]

        def recall() -> float:
            lowest = 1.0
            for passing, expected in samples:
                shares = []
                for query, exact in zip(queries, expected, strict=True):
                    near = search_exactly(vectors, query, RECALL_AT, self.propose(query, RECALL_AT, passing))
                    shares.append(len(np.intersect1d(exact, near)) / max(1, len(exact)))
                lowest = min(lowest, float(np.mean(shares)))
            return lowest

        self.recall = recall()
        while self.recall < TARGET_RECALL:
            # A row is missed because its code is rough or its list was not searched; take the step that finds more.
            overfetch, probed = self.overfetch, self._index.nprobe
            more = min(MAX_OVERFETCH, overfetch + max(1, overfetch // 4))
            self.overfetch = more
            deeper = recall()
            self.overfetch, self._index.nprobe = overfetch, min(2 * probed, self._index.nlist)
            wider = recall()
            if max(deeper, wider) <= self.recall:
                return
            if deeper >= wider:
                self.overfetch, self._index.nprobe = more, probed
            self.recall = max(deeper, wider)


def _inverted_lists(count: int, dimension: int) -> Any:
    """Return an empty index with about as many lists as rows in each list."""
    lists = 1 << round(math.log2(math.sqrt(count)))
    codes = -(-dimension // CODE_VALUES)
    width = codes * CODE_VALUES
    metric = faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(width), width, lists, codes, CODE_BITS, metric)
    index.by_residual = False
    index.nprobe = max(1, lists // PROBED)
    return index


def _padded(vectors: Vectors) -> Vectors:
    """Return the vectors padded with zeros to a whole number of codes, which changes no product."""
    missing = -vectors.shape[1] % CODE_VALUES
    wide = np.pad(vectors, ((0, 0), (0, missing))) if missing else vectors
    return np.ascontiguousarray(wide, dtype=np.float32)
