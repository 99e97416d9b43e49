"""A segment: an immutable set of articles with the engines that search them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors, check_vectors
from recommender.errors import DamagedError, EngineError, MissingVectorsError, VectorError
from recommender.index.local.columns import VECTORS_FILE, Columns, Rows
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.copies import Pairs, find_copies_between, groups_of
from recommender.index.local.dense import APPROXIMATE_FROM, hubness, search_exactly
from recommender.index.local.lexical import LexicalIndex, QueryTerms
from recommender.index.local.listing import Listing
from recommender.index.local.stored_vectors import Stored, fixed
from recommender.index.local.titles import TitleIndex
from recommender.ranking.pool import Mask
from recommender.store import Packed, Packer, Revision, Store
from recommender.store.checksums import add_checksums
from recommender.store.encoding import Encoding
from recommender.text import article_texts

_PROGRESS_EVERY = 500
"""Articles between two calls of `on_progress`."""
_VECTORS = 2000
"""Vectors read at a time."""


class Dense(Protocol):
    """An index of vectors."""

    def propose(self, query: Vectors, top_k: int, passing: Mask | None) -> Rows:
        """Return rows near a vector, among them the nearest that pass; EngineError if it cannot."""
        ...


class Lexical(Protocol):
    """An index of terms."""

    def search(self, query: QueryTerms, top_k: int, passing: Mask | None) -> Rows:
        """Return the rows that match best among those that pass, ascending; EngineError if it cannot."""
        ...


class EngineOf(Dense, Lexical, Protocol):
    """What proposes the rows of a snapshot; see `index.engines`."""


OnProgress = Callable[[int, int], None]
"""Called with the number of articles read and the total; see `read_segment`."""


class Segment:
    """Articles with their columns and engines; `len()` is the number of articles."""

    def __init__(
        self,
        columns: Columns,
        dense: Dense | None = None,
        lexical: LexicalIndex | None = None,
        titles: TitleIndex | Sequence[str] = (),
        engine: EngineOf | None = None,
    ) -> None:
        """Make a segment.

        Args:
            columns: The articles.
            dense: The approximate index; without it all vectors are compared, which for a few changes is faster than
                building and tuning one.
            lexical: The postings; built on first use by default.
            titles: The index of titles, or the cleaned title of each row, of which it is built on first use.
            engine: Proposes rows in the place of both indexes, as long as it can.
        """
        self.columns = columns
        self._engine = engine
        self._titles = titles
        self.engine_failure: EngineError | None = None
        self.dense = dense
        self._lexical = lexical
        self._pairs: WeakKeyDictionary[Segment, Pairs] = WeakKeyDictionary()
        self._places: WeakKeyDictionary[Segment, dict[int, tuple[int, str]]] = WeakKeyDictionary()
        self._carried: WeakKeyDictionary[Segment, tuple[Mask, list[Pairs]]] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self.columns)

    def proposed_by(self, engine: EngineOf) -> Segment:
        """Return the same articles, whose candidates an engine proposes."""
        return Segment(self.columns, None, self._lexical, self._titles, engine)

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The postings."""
        return self._lexical or LexicalIndex.build(self.columns)

    @cached_property
    def titles(self) -> TitleIndex:
        """The index of titles."""
        return self._titles if isinstance(self._titles, TitleIndex) else self.build_titles(None)

    def build_titles(self, folder: Path | None) -> TitleIndex:
        """Index the titles that the segment was made with, in an empty folder or in memory."""
        titles = () if isinstance(self._titles, TitleIndex) else self._titles
        return TitleIndex.build(folder, titles, self.listing.order.tolist() if titles else ())

    @cached_property
    def listing(self) -> Listing:
        """The rows by date, and the values of their fields."""
        return Listing(self.columns)

    @cached_property
    def copy_groups(self) -> tuple[Rows, Rows]:
        """The rows that have copies, ascending, and the lowest row of each one's group."""
        return groups_of(self.columns.copy_pairs)

    def copies_in(self, other: Segment) -> Pairs:
        """Return the pairs of a row here and a row of `other` that are copies; computed once."""
        if other not in self._pairs:
            known, carried = self._carried.pop(other, (np.zeros(len(self), dtype=bool), []))
            self._pairs[other] = np.concatenate([*carried, find_copies_between(self.columns, other.columns, ~known)])
        return self._pairs[other]

    def place_among(self, other: Segment, row: int) -> tuple[int, str]:
        """Return how many ids of `other` are before that of a row here, and the id; both are looked up once."""
        places = self._places.setdefault(other, {})
        found = places.get(row)
        if found is None:
            article_id = self.columns.article_id(row)
            found = places[row] = other.columns.place_of(article_id), article_id
        return found

    def carry_over(self, before: Segment, live: Mask | None, changed: Set[str]) -> None:
        """Take over known copies from a segment that this one replaces; only changed articles are compared again.

        Args:
            before: The replaced segment.
            live: Which of its rows are still valid; None if all are.
            changed: Ids of articles that changed since.
        """
        places = np.full(len(before), -1, dtype=np.int64)
        for row in range(len(before)) if live is None else live.nonzero()[0].tolist():
            article_id = before.columns.article_id(row)
            place = None if article_id in changed else self.columns.row_of(article_id)
            places[row] = -1 if place is None else place
        for other, pairs in before._pairs.items():
            known, carried = self._carried.setdefault(other, (np.zeros(len(self), dtype=bool), []))
            known[places[places >= 0]] = True
            kept = pairs[places[pairs[:, 0]] >= 0]
            carried.append(np.stack([places[kept[:, 0]], kept[:, 1]], axis=1))

    def search_dense(self, query: Vectors, top_k: int, passing: Mask | None) -> Rows:
        """Return the rows with the nearest vectors among those that pass, ascending; at most `top_k`."""
        if passing is None and top_k >= len(self):
            return np.arange(len(self))
        rows = None if passing is None else passing.nonzero()[0]
        dense = self._engine or self.dense
        if dense is not None:
            try:
                rows = dense.propose(query, top_k, passing)
            except EngineError as error:
                self.engine_failure = error  # all are compared
        return search_exactly(self.columns.vectors, query, top_k, rows)

    @cached_property
    def _by_day(self) -> tuple[Rows, NDArray[np.float64]]:
        """The rows that have a date, earliest first, and their days."""
        days = self.columns.days
        order = np.argsort(days, kind="stable")[: np.count_nonzero(~np.isnan(days))]
        return order, days[order]

    def near_in_time(self, day: float, top_k: int, passing: Mask | None) -> tuple[Rows, NDArray[np.float64]]:
        """Return the passing rows nearest in time to `day`, and how many days each is apart.

        Returns:
            At most `top_k` rows, nearest first, ties by row; none if `day` is NaN.
        """
        order, days = self._by_day
        if np.isnan(day):
            return order[:0], days[:0]
        place, reach = int(np.searchsorted(days, day)), top_k
        while True:
            low, high = max(0, place - reach), min(len(order), place + reach)
            # Include rows with the same date as the window's ends, or ties would depend on where it ends.
            low = int(np.searchsorted(days, days[low])) if low else 0
            high = int(np.searchsorted(days, days[high - 1], side="right")) if high < len(order) else high
            rows, apart = order[low:high], np.abs(days[low:high] - day)
            if passing is not None:
                passes = passing[rows]
                rows, apart = rows[passes], apart[passes]
            nearest = np.lexsort((rows, apart))[:top_k]
            # The answer is final when nothing outside the window can be as near as its last row.
            beyond = min(day - days[low - 1] if low else np.inf, days[high] - day if high < len(order) else np.inf)
            if beyond == np.inf or (len(nearest) == top_k and apart[nearest[-1]] < beyond):
                return rows[nearest], apart[nearest]
            reach *= 4

    def search_lexical(self, query: QueryTerms, top_k: int, passing: Mask | None) -> Rows:
        """Return the passing rows that match the query's terms best, ascending; at most `top_k`."""
        if self._engine is not None:
            try:
                return self._engine.search(query, top_k, passing)
            except EngineError as error:
                self.engine_failure = error
        return self.lexical.search(query, top_k, passing)


def read_segment(
    store: Store,
    encoding: Encoding,
    packer: Packer,
    ids: Sequence[str] | None = None,
    expected: Revision | None = None,
    on_progress: OnProgress | None = None,
    vectors_in: Path | None = None,
) -> Segment:
    """Build a segment from articles of the store, inside a read.

    Args:
        store: The store.
        encoding: The encoder of the vectors.
        packer: Names the form of packed articles to read, and packs those that have none.
        ids: Only these articles, sorted; all by default.
        expected: If all articles are read, the revision they must amount to.
        on_progress: Called every few hundred articles; at last with 0 and 0, because building has no measure.
        vectors_in: A folder for the file of the vectors (see `columns.VECTORS_FILE`), which are the largest column by
            far; in memory by default.

    Raises:
        MissingVectorsError: If an article has no sound vector.
        DamagedError: If an article is missing or damaged.
    """
    builder = ColumnsBuilder()
    hashes: list[bytes] = []
    titles: list[str] = []
    digest = 0
    for row in store.packed(packer.form, ids):
        packed = row.packed or _pack(store, row.article_id, packer)
        builder.add_packed(row.article_id, packed.columns)
        titles.append(packed.title)
        hashes.append(row.text_hash)
        digest = add_checksums(digest, [row.checksum])
        if on_progress and expected and len(hashes) % _PROGRESS_EVERY == 0:
            on_progress(len(hashes), expected.articles)
    if on_progress and len(hashes) >= _PROGRESS_EVERY:
        on_progress(0, 0)
    if len(hashes) != (expected.articles if expected else len(ids or ())) or (expected and digest != expected.digest):
        raise DamagedError("articles are missing or damaged", where=store.where, hint="related doctor --repair")
    vectors = _vectors(store, encoding, hashes, vectors_in)
    # Among a few changes it says nothing about the whole collection. FAISS finds it without Python's lock.
    with ThreadPoolExecutor(1) as beside:
        hubs = beside.submit(hubness, vectors) if expected else None
        columns = builder.build(vectors)
        columns = replace(columns, hubness=hubs.result()) if hubs else columns
    return Segment(columns, titles=titles)


def _pack(store: Store, article_id: str, packer: Packer) -> Packed:
    """Pack an article that was stored by an older version, or under other settings, or whose row is damaged."""
    stored = store.get(article_id)
    if stored is None:
        raise DamagedError(f"the article {article_id} is missing", where=store.where, hint="related doctor --repair")
    return packer.pack(stored.article, article_texts(stored.article, packer.settings))


def _vectors(store: Store, encoding: Encoding, hashes: Sequence[bytes], folder: Path | None) -> Stored:
    """Return the vectors of some texts; with a folder, from a file there, without holding them in memory.

    Many are kept in two bytes a value: their file is the largest part of a snapshot, and of what a reader touches.
    """
    blocks = _vector_blocks(store, encoding, hashes)
    if folder is None or not hashes:
        return np.concatenate([np.empty((0, encoding.dimension), dtype=np.float32), *blocks])
    file, halve = folder / VECTORS_FILE, len(hashes) >= APPROXIMATE_FROM
    with file.open("wb") as stream:
        shape = len(hashes), encoding.dimension
        about = {"descr": "<i2" if halve else "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, about)
        for block in blocks:
            stream.write((fixed(block) if halve else block).tobytes())
    return np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]


def _vector_blocks(store: Store, encoding: Encoding, hashes: Sequence[bytes]) -> Iterator[Vectors]:
    for start in range(0, len(hashes), _VECTORS):
        some = hashes[start : start + _VECTORS]
        known = store.load_vectors(encoding.fingerprint, list(dict.fromkeys(some)))
        vectors = np.empty((len(some), encoding.dimension), dtype=np.float32)
        for row, key in enumerate(some):
            vector = known.get(key)
            if vector is None or vector.shape != (encoding.dimension,):
                raise MissingVectorsError(
                    "an article's vector is missing or damaged",
                    where=store.where,
                    hint="related doctor --repair, or build again: both encode missing vectors",
                )
            vectors[row] = vector
        try:
            check_vectors(vectors, len(some), encoding.dimension)
        except VectorError as error:
            error.where = store.where
            error.hint = "the stored vectors are damaged: build with --recreate to encode everything again"
            raise
        yield vectors
