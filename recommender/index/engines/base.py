"""The engine protocol, and what an engine is told about an article.

An engine holds the vector of each article and its terms as one sparse vector, and knows nothing else. Its terms are our
own hashes with our own statistics: an article's value of a term is its saturated frequency, a query's is its idf, so
that their product is BM25 (Robertson & Zaragoza, "The probabilistic relevance framework", 2009). Whatever an engine
proposes is compared exactly afterwards.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors
from recommender.errors import EngineError
from recommender.index.local.columns import Columns, Rows
from recommender.index.local.lexical import QueryTerms
from recommender.index.local.snapshot import SnapshotSource
from recommender.index.local.stored_vectors import floats
from recommender.ranking.features import saturation
from recommender.ranking.pool import Hashes

_TITLES = np.uint64(0x9E3779B97F4A7C15)
"""Keeps a term of titles apart from the same term of texts."""
_TERMS = (1 << 32) - 2
"""Milvus and Qdrant number terms by 32 bits. Two that fall together make a candidate more, and no other list."""


class Terms(NamedTuple):
    """A sparse vector: numbers of terms, ascending, and their values."""

    numbers: list[int]
    values: list[float]


class Entry(NamedTuple):
    """What an engine holds of an article."""

    article_id: str
    vector: Vectors
    terms: Terms


@dataclass(frozen=True)
class Applied:
    """What an engine holds.

    Attributes:
        collection: The collection's uuid.
        encoder: Fingerprint of the encoder.
        text: Fingerprint of the text settings.
        revision: Everything up to this revision is there, once `up_to` is None.
        digest: The store's digest of that revision.
        title_length: The mean number of terms of titles, and of texts, by which frequencies were weighed.
        text_length: See `title_length`.
        up_to: While it is filled, the last id that is there.
    """

    collection: str
    encoder: str
    text: str
    revision: int
    digest: int
    title_length: float
    text_length: float
    up_to: str | None = None

    def is_of(self, source: SnapshotSource) -> bool:
        """Return whether it is of the collection, the encoder and the text settings that a snapshot is built from."""
        return (self.collection, self.encoder, self.text) == (source.collection, source.encoder, source.text)

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Applied:
        """Parse what `to_json` returns."""
        return cls(**json.loads(text))


class Engine(Protocol):
    """A search engine. Every method raises EngineError if it cannot be used."""

    where: str

    def applied(self) -> Applied | None:
        """Return what it holds; None if nothing is known."""
        ...

    def start(self, dimension: int) -> None:
        """Forget everything, and make room for vectors of a length."""
        ...

    def write(self, entries: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Write and delete articles; writing one again replaces it."""
        ...

    def mark(self, applied: Applied) -> None:
        """Remember what it holds, after that is safe."""
        ...

    def count(self) -> int:
        """Return how many articles it holds, those just written among them."""
        ...

    def nearest(self, vector: Vectors, top_k: int) -> list[str]:
        """Return the ids of the nearest articles by inner product, best first."""
        ...

    def matching(self, terms: Terms, top_k: int) -> list[str]:
        """Return the ids of the articles with the largest products of terms, best first."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Searched(ABC):
    """What all engines do alike around a search."""

    where: str

    @abstractmethod
    def count(self) -> int:
        """Return how many articles it holds, those just written among them."""

    @abstractmethod
    def _near(self, vector: Vectors, top_k: int) -> list[str]:
        """Search the vectors."""

    @abstractmethod
    def _match(self, terms: Terms, top_k: int) -> list[str]:
        """Search the terms, of which there are some."""

    def nearest(self, vector: Vectors, top_k: int) -> list[str]:
        """Return the ids of the nearest articles by inner product, best first.

        Raises:
            EngineError: If they are fewer than there must be: a short list would look like a right one.
        """
        found = self._near(vector, top_k)
        if len(found) < top_k and len(found) < (wanted := min(top_k, self.count())):
            raise EngineError(
                f"the engine returned {len(found)} articles where it holds more",
                where=self.where,
                expected=f"{wanted} articles",
            )
        return found

    def matching(self, terms: Terms, top_k: int) -> list[str]:
        """Return the ids of the articles with the largest products of terms, best first."""
        return self._match(terms, top_k) if terms.numbers else []


def entries_of(columns: Columns, rows: Rows, title_length: float, text_length: float) -> list[Entry]:
    """Return what an engine holds of some rows, weighed by mean lengths of titles and texts."""
    found = []
    for row in rows.tolist():
        numbers, values = [], []
        for terms, salt, mean in ((columns.title, _TITLES, title_length), (columns.text, np.uint64(0), text_length)):
            ids, counts = terms.row(row)
            share = float(terms.lengths[row]) / mean if mean else 1.0
            numbers.append(number_terms(columns.vocabulary[ids], salt))
            values.append(saturation(counts.astype(np.float32), share))
        vector = floats(columns.vectors[row])
        found.append(Entry(columns.article_id(row), vector, _terms(numbers, values)))
    return found


def query_terms(query: QueryTerms) -> Terms:
    """Return the terms of a query, each with its weight."""
    numbers = [number_terms(query.title, _TITLES), number_terms(query.text, np.uint64(0))]
    return _terms(numbers, [query.title_weights, query.text_weights])


def number_terms(hashes: Hashes, salt: np.uint64) -> NDArray[np.uint64]:
    """Return the numbers that engines know some terms by."""
    mixed = hashes ^ salt
    return (mixed ^ (mixed >> np.uint64(32))) % np.uint64(_TERMS)


def _terms(numbers: Sequence[NDArray[np.uint64]], values: Sequence[NDArray[np.float32]]) -> Terms:
    different, places = np.unique(np.concatenate(numbers), return_inverse=True)
    sums = np.bincount(places, np.concatenate(values), minlength=len(different))
    return Terms(different.tolist(), sums.tolist())
