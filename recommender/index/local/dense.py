"""The dense engine: the nearest vectors. The only file that imports faiss."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors
from recommender.errors import CollectionError

APPROXIMATE_FROM = 20_000
"""From this many articles on the nearest are proposed by an approximate index."""

EXACT_SHARE = 0.1
"""A filter that leaves less than this is searched exactly: most of what an index proposes would not pass."""
RECALL_AT = 100
TARGET_RECALL = 0.99
MIN_OVERFETCH, MAX_OVERFETCH = 2, 64
CODE_VALUES, CODE_BITS = 4, 4
"""So many values share a code of so many bits."""
PROBED = 16
"""One in so many lists is looked into at first; more where that does not find enough."""
HUB_NEIGHBOURS = 10
HUB_SAMPLE = 8192
_HUB_CHUNK = 1024
_TRAINING_ROWS = 100_000
_RECALL_QUERIES = 64
_RECALL_SHARE = 0.25

Rows = NDArray[np.int64]
_FAISS: Any = faiss
"""FAISS with what its stubs do not know."""


def search_exactly(vectors: Vectors, query: Vectors, top_k: int, rows: Rows | None = None) -> Rows:
    """The rows nearest to `query`, ascending; of equally near ones at the border the first.

    Args:
        vectors: Unit rows, float32, shape (n, dimension).
        query: A unit vector, float32, shape (dimension,).
        top_k: How many at most.
        rows: The rows to choose from, ascending; all if left out.
    """
    count = len(vectors) if rows is None else len(rows)
    if top_k >= count:
        return np.arange(count) if rows is None else rows
    if top_k < 1:
        return np.empty(0, dtype=np.int64)
    near = inner_products(vectors, query, rows)
    least = np.partition(near, count - top_k)[count - top_k]
    chosen = np.flatnonzero(near > least)
    chosen = np.concatenate([chosen, np.flatnonzero(near == least)[: top_k - len(chosen)]])
    chosen.sort()
    found: Rows = chosen if rows is None else rows[chosen]
    return found


def inner_products(vectors: Vectors, query: Vectors, rows: Rows | None = None) -> NDArray[np.float32]:
    """The inner product of a query with each row, float32, shape (n,), computed by this thread alone.

    A product that BLAS or OpenMP share out waits for the slowest of their threads: where another process has a core, a
    few thousand rows took eight milliseconds instead of a tenth of one. Rows are read where they lie, none is copied,
    and equal rows have equal products.

    Args:
        vectors: float32, shape (count, dimension).
        query: float32, shape (dimension,).
        rows: Which rows; all if left out.
    """
    count, dimension = vectors.shape
    vectors, query = np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(query, np.float32)
    products = np.empty(count if rows is None else len(rows), dtype=np.float32)
    into, one, many = (faiss.swig_ptr(array) for array in (products, query, vectors))
    faiss.omp_set_num_threads(1)  # FAISS keeps the number for each thread
    if rows is None:
        _FAISS.fvec_inner_products_ny(into, one, many, dimension, count)
    else:
        wanted = _within(rows, count)  # a name of its own, so that it outlives the call
        _FAISS.fvec_inner_products_by_idx(into, one, many, faiss.swig_ptr(wanted), dimension, 1, len(wanted))
    return products


def pair_products(vectors: Vectors, rows: Rows, others: Vectors, other_rows: Rows) -> NDArray[np.float32]:
    """The inner product of each pair of a row of `vectors` and one of `others`, float32, shape (n,).

    Args:
        vectors: float32, shape (count, dimension).
        rows: One side of each pair, int64, shape (n,).
        others: float32, shape (other_count, dimension).
        other_rows: The other side of each pair, int64, shape (n,).
    """
    sides = [
        (np.ascontiguousarray(where, np.float32), _within(places, len(where)))
        for where, places in ((vectors, rows), (others, other_rows))
    ]
    products = np.empty(len(rows), dtype=np.float32)
    pointers = [faiss.swig_ptr(array) for side in sides for array in side]
    faiss.omp_set_num_threads(1)
    _FAISS.pairwise_indexed_inner_product(vectors.shape[1], len(rows), *pointers, faiss.swig_ptr(products))
    return products


def _within(rows: Rows, count: int) -> Rows:
    """`rows` as FAISS takes them, which looks at no borders."""
    if len(rows) and not 0 <= rows.min() <= rows.max() < count:
        raise IndexError(f"a row is not in [0, {count})")
    return np.ascontiguousarray(rows, np.int64)


def hubness(vectors: Vectors) -> NDArray[np.float32]:
    """How much nearer the nearest of each row are than those of the average row: what makes it a hub.

    The mean cosine with the ten nearest, r in Conneau et al., "Word translation without parallel data" (2018), eq. 3,
    less its mean over all rows. In a large collection the nearest are looked for among `HUB_SAMPLE` rows, evenly
    spread.

    Args:
        vectors: Unit rows, float32, shape (n, dimension).

    Returns:
        float32, shape (n,); NaN for a single row.
    """
    count = len(vectors)
    sampled = np.unique(np.linspace(0, max(0, count - 1), min(count, HUB_SAMPLE)).astype(np.int64))
    nearest = min(HUB_NEIGHBOURS, len(sampled) - 1)
    if nearest < 1:
        return np.full(count, np.nan, dtype=np.float32)
    sample = np.ascontiguousarray(vectors[sampled]).T
    means = np.empty(count)
    for start in range(0, count, _HUB_CHUNK):
        near = vectors[start : start + _HUB_CHUNK] @ sample
        # No row is its own neighbour.
        own = np.searchsorted(sampled, np.arange(start, start + len(near)))
        itself = np.flatnonzero(sampled[own] == np.arange(start, start + len(near)))
        near[itself, own[itself]] = -np.inf
        means[start : start + len(near)] = np.partition(near, -nearest, axis=1)[:, -nearest:].mean(axis=1)
    centred: NDArray[np.float32] = (means - means.mean()).astype(np.float32)
    return centred


class ApproximateIndex:
    """Proposes rows, which exact vectors then order.

    Codes of one bit a value stand for the vectors (product quantisation, Jegou et al. 2011, compared in registers as in
    Andre et al., "Cache locality is not enough", 2015), and only the lists are looked into whose centres are nearest
    (inverted lists, Sivic & Zisserman 2003): a million vectors of length 384 take 58 MB, and a hundred of the nearest
    are found in two milliseconds. It is deterministic, quick to build, and takes filters. A graph (HNSW) is as fast,
    but finds far less under a filter and takes long to build; vectors of one byte a value were slower than comparing
    the exact ones that pass.

    Attributes:
        overfetch: How many times as many rows as wanted are proposed.
        recall: Share of the 100 nearest that are found, measured on the vectors themselves.
    """

    def __init__(self, index: Any, overfetch: int = MIN_OVERFETCH, recall: float = 0.0) -> None:
        self._index = index
        self.overfetch = overfetch
        self.recall = recall

    @classmethod
    def build(cls, vectors: Vectors) -> ApproximateIndex | None:
        """Index unit rows, float32, shape (n, dimension); None if the nearest cannot be found well enough by it."""
        # Fewer rows than centres to be learned from is an error to FAISS.
        if len(vectors) < 2**CODE_BITS:
            return None
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        index = _inverted_lists(*vectors.shape)
        training = np.linspace(0, len(vectors) - 1, min(len(vectors), _TRAINING_ROWS)).astype(np.int64)
        index.train(_padded(vectors[training]))
        for start in range(0, len(vectors), _TRAINING_ROWS):
            index.add(_padded(vectors[start : start + _TRAINING_ROWS]))
        made = cls(index)
        made._tune(vectors)
        return made if made.recall >= TARGET_RECALL else None

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, overfetch: int, recall: float) -> ApproximateIndex:
        """Open a file; nothing may be added to what this returns.

        Args:
            path: The file.
            overfetch: As it was tuned.
            recall: As it was measured.

        Raises:
            CollectionError: If it cannot be read.
        """
        try:
            return cls(faiss.read_index(str(path)), overfetch, recall)
        except RuntimeError:
            raise CollectionError("the dense index cannot be read", where=str(path)) from None

    def propose(self, query: Vectors, top_k: int, passing: NDArray[np.bool_] | None = None) -> Rows:
        """Rows among which the `top_k` nearest to `query` are, ascending: more of them than `top_k`.

        Args:
            query: A unit vector, float32, shape (dimension,).
            top_k: How many are wanted.
            passing: Which rows may be proposed; all of a small set are.
        """
        share = 1.0 if passing is None else np.count_nonzero(passing) / max(1, len(self))
        wanted = min(len(self), math.ceil(self.overfetch * max(top_k, RECALL_AT) / max(share, EXACT_SHARE)))
        if passing is not None and (share < EXACT_SHARE or wanted >= len(self)):
            return np.flatnonzero(passing)
        if top_k < 1 or not wanted:
            return np.empty(0, dtype=np.int64)
        # More threads make a single query slower; FAISS keeps the number for each thread.
        faiss.omp_set_num_threads(1)
        # So many more lists are looked into as there are fewer rows in each that pass.
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

    def _tune(self, vectors: Vectors) -> None:
        """Look into as many lists and propose as many rows as it takes for the target recall.

        It is measured on sampled rows, without a filter and with one that passes any quarter of the rows, under which
        what is wanted lies further away; the lower counts.
        """
        random = np.random.default_rng(0)
        queries = [np.asarray(vectors[row]) for row in random.choice(len(vectors), min(len(vectors), _RECALL_QUERIES))]
        samples = []
        for passing in (None, random.random(len(vectors)) < _RECALL_SHARE):
            rows = None if passing is None else np.flatnonzero(passing)
            samples.append((passing, [search_exactly(vectors, query, RECALL_AT, rows) for query in queries]))

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
            # What is missed is lost by rough codes or lies in lists not looked into; the step that finds more tells.
            overfetch, probed = self.overfetch, self._index.nprobe
            more = min(MAX_OVERFETCH, overfetch + -(-overfetch // 2))
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
    """An empty index of codes in about as many lists as each has rows."""
    lists = 1 << round(math.log2(math.sqrt(count)))
    codes = -(-dimension // CODE_VALUES)
    width = codes * CODE_VALUES
    metric = faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(width), width, lists, codes, CODE_BITS, metric)
    index.by_residual = False
    index.nprobe = max(1, lists // PROBED)
    return index


def _padded(vectors: Vectors) -> Vectors:
    """Vectors as FAISS takes them, with zeros up to a whole number of codes, which change no product."""
    missing = -vectors.shape[1] % CODE_VALUES
    wide = np.pad(vectors, ((0, 0), (0, missing))) if missing else vectors
    return np.ascontiguousarray(wide, dtype=np.float32)
