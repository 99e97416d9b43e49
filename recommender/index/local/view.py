"""A view: one revision of a collection, never changed, that a search reads from beginning to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import merge
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.config import Settings
from recommender.embedding import Vectors
from recommender.errors import NotFoundError
from recommender.index.local.columns import (
    Columns,
    Field,
    Profile,
    Rows,
    TermHashes,
    TermVector,
    mean_length,
)
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.copy_groups import CopyGroups
from recommender.index.local.dense import search_exactly
from recommender.index.local.lexical import Analyzer
from recommender.index.local.segment import Segment, Telling
from recommender.index.local.snapshot import Snapshot
from recommender.index.where import Filter, Mask
from recommender.store.encoding import Encoding
from recommender.text import article_texts, facet, folded_hash, stable_hash, url_key

_FIELDS: tuple[Field, ...] = ("title", "text")
LEAST_LEXICAL = 32
"""How many rows at least the lexical engine proposes from each part."""


@dataclass(frozen=True)
class Part:
    """A segment without the rows that a later revision replaced or deleted.

    Attributes:
        segment: The articles.
        live: Which rows are still of this revision, shape (len(segment),); None if all are.
        frequency: By field, in how many live rows each term stands, shape (vocabulary,).
        lengths: By field, the terms of all live rows with repetitions.
        count: How many live rows there are.
    """

    segment: Segment
    live: Mask | None
    frequency: dict[Field, NDArray[np.int32]]
    lengths: dict[Field, float]
    count: int

    @classmethod
    def whole(cls, segment: Segment) -> Part:
        """All rows of a segment."""
        columns = segment.columns
        return cls(
            segment,
            None,
            {field: columns.terms(field).document_frequency for field in _FIELDS},
            {field: columns.terms(field).total_length for field in _FIELDS},
            len(segment),
        )

    def without(self, ids: Sequence[str]) -> Part:
        """This part without the articles of `ids`."""
        columns = self.segment.columns
        places = (columns.row_of(article_id) for article_id in ids)
        rows = np.array(sorted(row for row in places if row is not None and self.has(row)), dtype=np.int64)
        if not len(rows):
            return self
        live = np.ones(len(columns), dtype=bool) if self.live is None else self.live.copy()
        live[rows] = False
        frequency, lengths = {}, {}
        for field in _FIELDS:
            terms = columns.terms(field)
            gone = np.bincount(terms.ids[terms.gather(rows)[0]], minlength=len(columns.vocabulary))
            frequency[field] = (self.frequency[field] - gone).astype(np.int32)
            lengths[field] = self.lengths[field] - float(terms.lengths[rows].sum(dtype=np.float64))
        return Part(self.segment, live, frequency, lengths, self.count - len(rows))

    def has(self, row: int) -> bool:
        """Whether a row is live."""
        return self.live is None or bool(self.live[row])

    def ids(self) -> Iterator[str]:
        """The ids of the live rows, sorted."""
        rows = range(len(self.segment)) if self.live is None else np.flatnonzero(self.live).tolist()
        return map(self.segment.columns.article_id, rows)

    def passing(self, where: Filter | None, day: float) -> Mask | None:
        """Which rows may be proposed; None if all may."""
        if not where:
            return self.live
        mask = where.mask(self.segment.columns, day)
        return mask if self.live is None else mask & self.live


class LocalIndex:
    """What a search reads: a snapshot and what changed since, as one; `len()` is the number of articles.

    A row is a place in the parts one after another; rows of hidden articles are never handed out.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        revision: int,
        settings: Settings,
        encoding: Encoding,
        snapshot: Snapshot,
    ) -> None:
        self._parts = tuple(parts)
        self.revision = revision
        self.settings = settings
        self.encoding = encoding
        self.snapshot = snapshot
        self._starts = np.cumsum([0, *(len(part.segment) for part in self._parts)])

    def __len__(self) -> int:
        return sum(part.count for part in self._parts)

    @property
    def derived_from(self) -> int:
        """How many articles the snapshot has, which its derived arrays were worked out from."""
        return self.snapshot.manifest.articles

    @property
    def changes(self) -> int:
        """How many articles were written or deleted since the snapshot."""
        hidden = len(self._parts[0].segment) - self._parts[0].count
        return max(hidden, sum(len(part.segment) for part in self._parts[1:]))

    @property
    def rows_count(self) -> int:
        """One more than the highest row there may be; some rows below it may be hidden."""
        return int(self._starts[-1])

    @property
    def parts_count(self) -> int:
        """How many parts there are."""
        return len(self._parts)

    def changed(
        self, revision: int, settings: Settings, ids: Sequence[str], segment: Segment, merged: int
    ) -> LocalIndex:
        """The view of a later revision.

        Args:
            revision: Which one.
            settings: As recorded with it.
            ids: What was written or deleted since this view, sorted.
            segment: Those of `ids` that are stored, and the articles of the last `merged` parts.
            merged: How many parts at the end `segment` takes the place of.
        """
        kept = self._parts[: len(self._parts) - merged]
        parts = [part.without(ids) for part in kept]
        for part in self._parts[len(kept) :]:
            segment.carry_over(part.segment, part.live, set(ids))
        if len(segment):
            parts.append(Part.whole(segment))
        return LocalIndex(parts, revision, settings, self.encoding, self.snapshot)

    def at(self, revision: int, settings: Settings) -> LocalIndex:
        """The same articles at a later revision, or under other settings."""
        return LocalIndex(self._parts, revision, settings, self.encoding, self.snapshot)

    def to_merge(self, count: int, ratio: int) -> tuple[int, list[str]]:
        """Which small parts at the end to make one with `count` new articles, so that parts stay few.

        Args:
            count: How many articles are new.
            ratio: A part is kept apart if it is at least this many times as large as what follows it.

        Returns:
            How many parts, and the ids of their live rows, sorted.
        """
        number, ids = 0, list[str]()
        for part in reversed(self._parts[1:]):
            if part.count >= ratio * (count + len(ids)):
                break
            number += 1
            ids += part.ids()
        return number, sorted(ids)

    # Rows and ids.

    def ids(self) -> Iterator[str]:
        """The ids of all articles, sorted."""
        return merge(*(part.ids() for part in self._parts))

    def row_of(self, article_id: str) -> int | None:
        """The row of an id, or None."""
        for start, part in zip(self._starts.tolist(), self._parts, strict=False):
            row = part.segment.columns.row_of(article_id)
            if row is not None and part.has(row):
                return int(start) + row
        return None

    def article_id(self, row: int) -> str:
        """The id of a row."""
        number = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._parts[number].segment.columns.article_id(row - int(self._starts[number]))

    def first_ids(self, rows: Rows, count: int) -> list[str]:
        """The ids of `rows`, which are ascending, sorted; at most `count`, the first ones."""
        # Within a part rows stand in the order of their ids.
        found = [columns.article_id(place) for columns, places in self.parts(rows) for place in places[:count].tolist()]
        return sorted(found)[:count]

    def parts(self, rows: Rows) -> Iterator[tuple[Columns, Rows]]:
        """The columns that hold `rows`, which are ascending, one part after another, and the rows' places there."""
        borders = np.searchsorted(rows, self._starts)
        for number, part in enumerate(self._parts):
            places = rows[borders[number] : borders[number + 1]]
            if len(places):
                yield part.segment.columns, places - self._starts[number]

    def column(
        self, name: Literal["urls", "providers", "languages", "translations", "qualities", "days"], rows: Rows
    ) -> NDArray[Any]:
        """What one column has for each of `rows`, which are ascending, shape (n,)."""
        found = [getattr(columns, name)[places] for columns, places in self.parts(rows)]
        return np.concatenate(found) if found else np.empty(0)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, which need not be ascending, float32, shape (n, dimension)."""
        order = np.argsort(rows, kind="stable")
        found = [columns.vectors[places] for columns, places in self.parts(rows[order])]
        vectors = np.empty((len(rows), self.encoding.dimension), dtype=np.float32)
        if found:
            vectors[order] = np.concatenate(found)
        return vectors

    def rows_of(self, reference: str) -> list[int]:
        """The rows that an id or a webUrl names."""
        row = self.row_of(reference)
        if row is not None:
            return [row]
        key = url_key(reference)
        wanted = np.uint64(stable_hash(key) if key else 0)
        rows = [
            start + row
            for start, part in zip(self._starts.tolist(), self._parts, strict=False)
            for row in np.flatnonzero(part.segment.columns.urls == wanted).tolist()
            if part.has(row)
        ]
        return rows if key else []

    def translations_of(self, article: Article, row: int | None) -> Rows:
        """The rows of the translations of an article, stored at `row` or not, ascending, without its own."""
        key = folded_hash(article.translation_key)
        if not key:
            return np.empty(0, dtype=np.int64)
        found = [
            start + places[[part.has(place) for place in places.tolist()]]
            for start, part in zip(self._starts.tolist(), self._parts, strict=False)
            if len(places := np.flatnonzero(part.segment.columns.translations == np.uint64(key)))
        ]
        rows = np.concatenate([np.empty(0, dtype=np.int64), *found])
        return rows if row is None else rows[rows != row]

    def count_url(self, key_hash: int) -> int:
        """How many articles have the webUrl with this key's hash."""
        found = 0
        for part in self._parts:
            rows = np.flatnonzero(part.segment.columns.urls == np.uint64(key_hash))
            found += sum(part.has(row) for row in rows.tolist())
        return found

    @cached_property
    def copies(self) -> CopyGroups:
        """Which articles tell the same story in the same words."""
        return CopyGroups(self._parts)

    def ordered(self, rows: Rows, scores: NDArray[np.float64], top_k: int) -> Rows:
        """Places of the best scores, best first; ties go to the lower id.

        Args:
            rows: Ascending, shape (n,).
            scores: Higher is better, shape (n,).
            top_k: How many at most.
        """
        order: Rows = np.lexsort((rows, -scores))
        best = scores[order[:top_k]]
        if len(self._parts) == 1 or not len(best):
            return order[:top_k]
        # Rows of different parts do not stand in the order of ids.
        end = int(np.searchsorted(-scores[order], -best[-1], side="right"))
        likely = order[:end]
        same = scores[likely[1:]] == scores[likely[:-1]]
        if np.any(same):
            tied = np.union1d(likely[1:][same], likely[:-1][same])
            ids = {place: self.article_id(int(rows[place])) for place in tied.tolist()}
            likely = np.array(sorted(likely.tolist(), key=lambda place: (-scores[place], ids.get(place, ""))))
        return likely[:top_k]

    def passes(self, row: int, where: Filter, day: float) -> bool:
        """Whether one row passes a filter."""
        return all(where.mask(columns, day)[places[0]] for columns, places in self.parts(np.array([row])))

    # Articles and their terms.

    def profile(self, article_id: str) -> Profile:
        """The profile of a stored article.

        Raises:
            NotFoundError: If this revision has no such article.
        """
        row = self.row_of(article_id)
        if row is None:
            raise NotFoundError(f"there is no article {article_id}", expected="the id of a stored article")
        for columns, places in self.parts(np.array([row])):
            return replace(columns.profile(int(places[0]), self._weigh), row=row)
        raise AssertionError  # pragma: no cover - every row is in a part

    def profile_of(self, article: Article, vector: Vectors) -> Profile:
        """The profile of an article that is not stored, with the vector of its text."""
        texts = article_texts(article, self.settings.text)
        builder = ColumnsBuilder(self.analyzer.terms)
        builder.add(article.id or "", article, texts.title, texts.rest)
        alone = builder.build(np.ascontiguousarray(vector[None]))
        row = self.row_of(article.id) if article.id else None
        return replace(alone.profile(0, self._weigh), row=row, outside=alone)

    @cached_property
    def analyzer(self) -> Analyzer:
        """What makes terms of a text."""
        return Analyzer(self.settings.text.language)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, as the lexical index sees them."""
        return self.analyzer.terms(text)

    def rarity(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """The idf of each term in whole texts, float32, shape (len(terms),); 0 for a term that no article has."""
        hashes = np.array([stable_hash(term) for term in terms], dtype=np.uint64)
        weighed = self._weigh("text", hashes, np.ones(len(hashes), dtype=np.float32))
        return np.where(weighed.document_frequency > 0, weighed.idf, np.float32(0))

    def share(self, field: str, value: str) -> float:
        """Which share of all articles has a value of a field, in [0, 1]."""
        found = 0
        for part in self._parts:
            rows = part.segment.columns.rows_with(facet(field, value))
            found += len(rows) if part.live is None else int(np.count_nonzero(part.live[rows]))
        return found / max(1, len(self))

    def _weigh(self, field: Field, hashes: TermHashes, counts: NDArray[np.float32]) -> TermVector:
        frequency = np.zeros(len(hashes), dtype=np.int64)
        for part in self._parts:
            frequency += part.segment.columns.document_frequency(hashes, part.frequency[field])
        total = sum(part.lengths[field] for part in self._parts)
        return TermVector(hashes, counts, frequency, len(self), mean_length(total, len(self)))

    # Searching.

    def candidates(
        self,
        profile: Profile,
        top_k: int,
        *,
        where: Filter | None = None,
        dense: bool = True,
        lexical: bool = True,
        near_in_time: int = 0,
    ) -> Rows:
        """Rows that may be related to `profile`: the union of what the engines propose, ascending.

        Args:
            profile: The article asked about; its own row is left out.
            top_k: How many each engine proposes.
            where: Which articles may be proposed; all if left out.
            dense: Ask for the nearest vectors.
            lexical: Ask for the best lexical matches.
            near_in_time: How many of those nearest in time are proposed besides.

        Raises:
            ConfigError: If `where` is relative to a date that the article asked about lacks.
        """
        passing: list[Mask | None] = [part.passing(where, profile.day) for part in self._parts]
        found = []
        if dense:
            found.append(self._nearest(profile.vector, top_k + 1, passing))
        if lexical:
            query = Telling.of(profile.title, profile.text)
            for number, (part, mask) in enumerate(zip(self._parts, passing, strict=True)):
                quota = top_k + 1 if number == 0 else max(LEAST_LEXICAL, top_k * part.count // max(1, len(self)))
                found.append(part.segment.search_lexical(query, quota, mask) + self._starts[number])
        if near_in_time:
            found.append(self._near_in_time(profile.day, near_in_time + 1, passing))
        rows: Rows = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        return rows if profile.row is None else rows[rows != profile.row]

    def _near_in_time(self, day: float, top_k: int, passing: Sequence[Mask | None]) -> Rows:
        found = [part.segment.near_in_time(day, top_k, mask) for part, mask in zip(self._parts, passing, strict=True)]
        rows = np.concatenate([rows + start for (rows, _), start in zip(found, self._starts.tolist(), strict=False)])
        apart = np.concatenate([days for _, days in found])
        order = np.argsort(rows, kind="stable")
        rows = rows[order]
        return rows[self.ordered(rows, -apart[order], top_k)]

    def _nearest(self, vector: Vectors, top_k: int, passing: Sequence[Mask | None]) -> Rows:
        rows = np.concatenate(
            [
                part.segment.search_dense(vector, top_k, mask) + start
                for part, mask, start in zip(self._parts, passing, self._starts.tolist(), strict=False)
            ]
        )
        if len(self._parts) == 1 or len(rows) <= top_k:
            return rows
        vectors = np.concatenate([columns.vectors[places] for columns, places in self.parts(rows)])
        return rows[search_exactly(vectors, vector, top_k)]
