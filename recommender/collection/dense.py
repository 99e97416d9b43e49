"""The dense engine: the nearest vectors. The only file that imports faiss."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors
from recommender.errors import CollectionError

APPROXIMATE_FROM = 20_000
"""From this many articles on the nearest are proposed by an approximate index."""

EXACT_ROWS = 4_000
"""A filter that leaves no more rows than this is searched exactly."""
RECALL_AT = 100
TARGET_RECALL = 0.99
MIN_OVERFETCH = 2
CODES_FROM = 50_000
"""From so many rows on the scan of codes is worth a second index."""
CODES_SHARE = 0.5
"""Where a filter passes less than this, too much of what codes find would be thrown away."""
CODE_VALUES = 4
"""Values that share a code of four bits."""
PROBED = 16
"""One in so many lists is looked into at first; more where that does not find enough."""
MAX_CODES_OVERFETCH = 32
HUB_NEIGHBOURS = 10
HUB_SAMPLE = 8192
_HUB_CHUNK = 1024
_TRAINING_ROWS = 100_000
_RECALL_QUERIES = 64

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

    Vectors of one byte a value are scanned whole: a quarter of the memory of exact vectors, and measured at 100,000
    vectors of length 384 they find what exact search finds. Where most rows may be proposed, codes of half a bit a
    value are scanned instead (product quantisation, Jegou et al. 2011, in registers as in Andre et al., "Cache locality
    is not enough", 2015), and only in the lists whose centres are nearest: measured at 500,000 vectors, a sixteenth of
    the lists has what all of them have, in a fifth of the time. Codes are asked for more rows. Both are deterministic
    and take filters well. A graph (HNSW) is as fast, but finds less, far less under a filter, and is slower to build.
    """

    def __init__(self, index: Any, overfetch: int = MIN_OVERFETCH, codes: Any = None, codes_overfetch: int = 0) -> None:
        self._index = index
        self.overfetch = overfetch
        self._codes = codes
        self.codes_overfetch = codes_overfetch

    @classmethod
    def build(cls, vectors: Vectors) -> ApproximateIndex:
        """Index unit rows, float32, shape (n, dimension)."""
        dimension = vectors.shape[1]
        index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        codes = None
        if len(vectors) >= CODES_FROM and dimension % CODE_VALUES == 0:
            codes = _inverted_lists(len(vectors), dimension)
        made = [each for each in (index, codes) if each is not None]
        training = np.linspace(0, len(vectors) - 1, min(len(vectors), _TRAINING_ROWS)).astype(np.int64)
        for each in made:
            each.train(np.ascontiguousarray(vectors[training]))
        for start in range(0, len(vectors), _TRAINING_ROWS):
            for each in made:
                each.add(np.ascontiguousarray(vectors[start : start + _TRAINING_ROWS]))
        return cls(index, codes=codes, codes_overfetch=MIN_OVERFETCH if codes is not None else 0)

    def save(self, path: Path) -> None:
        """Write the index to a file, and the codes to one beside it."""
        faiss.write_index(self._index, str(path))
        if self._codes is not None:
            faiss.write_index(self._codes, str(_codes_beside(path)))

    @classmethod
    def load(cls, path: Path, overfetch: int = MIN_OVERFETCH, codes_overfetch: int = 0) -> ApproximateIndex:
        """Open a file, memory-mapped and read only; nothing may be added to what this returns.

        Args:
            path: The file.
            overfetch: As it was tuned.
            codes_overfetch: Likewise; 0 where there are no codes.

        Raises:
            CollectionError: If it can not be read.
        """
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            codes = faiss.read_index(str(_codes_beside(path))) if codes_overfetch else None
        except RuntimeError:
            raise CollectionError("the dense index can not be read", where=str(path)) from None
        return cls(index, overfetch, codes, codes_overfetch)

    def propose(self, query: Vectors, top_k: int, passing: NDArray[np.bool_] | None = None) -> Rows:
        """Rows among which the `top_k` nearest to `query` are, ascending: more of them than `top_k`.

        Args:
            query: A unit vector, float32, shape (dimension,).
            top_k: How many are wanted.
            passing: Which rows may be proposed; a small set is proposed whole.
        """
        count = len(self) if passing is None else int(np.count_nonzero(passing))
        if passing is not None and count <= max(EXACT_ROWS, top_k):
            return np.flatnonzero(passing)
        wanted = min(self.overfetch * top_k, count)
        if wanted < 1:
            return np.empty(0, dtype=np.int64)
        # More threads make a single query slower; FAISS keeps the number for each thread.
        faiss.omp_set_num_threads(1)
        if self.codes_overfetch and count >= CODES_SHARE * len(self):
            near = _search(self._codes, query, min(len(self), -(-self.codes_overfetch * top_k * len(self) // count)))
            near = near if passing is None else near[passing[near]]
            if len(near) >= min(top_k, count):
                return near
        parameters = None
        if passing is not None:
            bits = np.packbits(passing, bitorder="little")
            parameters = _FAISS.SearchParameters(sel=_FAISS.IDSelectorBitmap(bits))
        return _search(self._index, query, wanted, parameters)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def tune(self, vectors: Vectors) -> float:
        """Ask for as many rows as it takes for the target recall on the collection's own vectors.

        Codes for which that is too many are given up.

        Args:
            vectors: What the index was built from.

        Returns:
            The mean share of the 100 nearest that are found, over sampled rows.
        """
        rows = np.random.default_rng(0).choice(len(vectors), _RECALL_QUERIES, replace=False)
        sample = [(np.asarray(vectors[row]), search_exactly(vectors, vectors[row], RECALL_AT)) for row in rows.tolist()]

        def recall() -> float:
            found = [search_exactly(vectors, query, RECALL_AT, self.propose(query, RECALL_AT)) for query, _ in sample]
            shares = [
                len(np.intersect1d(exact, near)) / len(exact) for (_, exact), near in zip(sample, found, strict=True)
            ]
            return float(np.mean(shares))

        codes, self.codes_overfetch = self.codes_overfetch, 0
        without = recall()
        while without < TARGET_RECALL and self.overfetch * RECALL_AT < len(vectors):
            self.overfetch *= 2
            without = recall()
        self.codes_overfetch = codes
        found = recall() if codes else 0.0
        while codes and found < TARGET_RECALL:
            # What is missed is lost by rough codes or lies in lists not looked into; the step that finds more tells.
            overfetch, probed = self.codes_overfetch, self._codes.nprobe
            more = min(MAX_CODES_OVERFETCH, overfetch + -(-overfetch // 2))
            self.codes_overfetch = more
            deeper = recall()
            self.codes_overfetch, self._codes.nprobe = overfetch, min(2 * probed, self._codes.nlist)
            wider = recall()
            if max(deeper, wider) <= found:
                break
            if deeper >= wider:
                self.codes_overfetch, self._codes.nprobe = more, probed
            found = max(deeper, wider)
        if found >= TARGET_RECALL:
            return min(without, found)
        self._codes, self.codes_overfetch = None, 0
        return without


def _inverted_lists(count: int, dimension: int) -> Any:
    """An empty index of codes in about as many lists as each has rows."""
    lists = 1 << round(math.log2(math.sqrt(count)))
    metric = faiss.METRIC_INNER_PRODUCT
    codes = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(dimension), dimension, lists, dimension // CODE_VALUES, 4, metric
    )
    codes.by_residual = False
    codes.nprobe = max(1, lists // PROBED)
    return codes


def _search(index: Any, query: Vectors, wanted: int, parameters: Any = None) -> Rows:
    _, found = index.search(np.ascontiguousarray(query[None], dtype=np.float32), wanted, params=parameters)
    # FAISS pads what it did not find with -1.
    rows: Rows = np.sort(found[0][found[0] >= 0])
    return rows


def _codes_beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.codes{path.suffix}")
