"""The dense engine: the nearest vectors. The only file that imports faiss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors
from recommender.errors import CollectionError

Rows = NDArray[np.int64]


class DenseIndex:
    """Inner products of unit vectors, searched exactly.

    Larger collections want an approximate index; it takes this one's place behind the same two methods.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """Index unit rows, float32, shape (n, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Open a file, memory-mapped and read only; nothing may be added to what this returns.

        Raises:
            CollectionError: If it can not be read.
        """
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY))
        except RuntimeError:
            raise CollectionError("the dense index can not be read", where=str(path)) from None

    def search(self, query: Vectors, top_k: int) -> Rows:
        """The rows nearest to `query`, shape (dimension,), nearest first; at most `top_k`."""
        top_k = min(top_k, self._index.ntotal)
        if top_k < 1:
            return np.empty(0, dtype=np.int64)
        _, rows = self._index.search(np.ascontiguousarray(query[None], dtype=np.float32), top_k)
        # FAISS pads what it did not find with -1.
        found: Rows = rows[0][rows[0] >= 0]
        return found
