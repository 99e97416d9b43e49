"""Candidates from parts: what the engines propose in each, joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from recommender.embedding import Vectors
from recommender.index.local.columns import Rows
from recommender.index.local.dense import search_exactly
from recommender.index.local.lexical import QueryTerms
from recommender.index.local.numbering import Numbering
from recommender.index.local.part import Part
from recommender.index.local.row_ids import union
from recommender.index.local.stored_vectors import floats
from recommender.ranking.filters import FilterSpec
from recommender.ranking.pool import Mask, Profile

MIN_LEXICAL = 32
"""The least number of rows that the lexical engine proposes from each part."""


class Proposals:
    """Proposes rows that pass a filter.

    Args:
        parts: The parts.
        numbering: Their rows.
        where: The filter.
    """

    def __init__(self, parts: Sequence[Part], numbering: Numbering, where: FilterSpec) -> None:
        self._parts = parts
        self._numbering = numbering
        self._starts: list[int] = numbering.starts.tolist()
        self._passing = [part.passing(where) for part in parts]

    def of(self, asked: Profile, depth: int, *, dense: bool, lexical: bool, near_in_time: int) -> Rows:
        """Return the union of what the engines propose, ascending; `asked` itself may be in it.

        Args:
            asked: The article asked about.
            depth: How many each engine proposes.
            dense: Ask for the nearest vectors.
            lexical: Ask for the best lexical matches.
            near_in_time: How many of the articles nearest in time to propose as well.
        """
        if dense and (few := self._all(depth)) is not None:
            # The nearest are all of them, so that nothing else could be added.
            return few
        found = [np.empty(0, dtype=np.int64)]
        if dense:
            found.append(self._nearest(asked.vector, depth))
        if lexical:
            found += self._lexical(QueryTerms.of(asked.title, asked.query), depth)
        if near_in_time:
            found.append(self._near_in_time(asked.day, near_in_time))
        return union(found)

    def _each(self) -> Iterator[tuple[int, Part, Mask | None]]:
        """Yield the number of the first row of each part, the part and which of its rows pass; None if all do."""
        return zip(self._starts, self._parts, self._passing, strict=False)

    def _all(self, most: int) -> Rows | None:
        """Return all rows that pass, ascending; None if there are more than `most`."""
        counts = (len(part.segment) if mask is None else int(np.count_nonzero(mask)) for _, part, mask in self._each())
        if sum(counts) > most:
            return None
        return np.concatenate(
            [
                start + (np.arange(len(part.segment)) if mask is None else mask.nonzero()[0])
                for start, part, mask in self._each()
            ]
        )

    def _nearest(self, vector: Vectors, count: int) -> Rows:
        found = [part.segment.search_dense(vector, count, mask) for _, part, mask in self._each()]
        rows = np.concatenate([places + start for places, start in zip(found, self._starts, strict=False)])
        if len(self._parts) == 1 or len(rows) <= count:
            return rows
        vectors = [
            floats(part.segment.columns.vectors[places]) for part, places in zip(self._parts, found, strict=True)
        ]
        return rows[search_exactly(np.concatenate(vectors), vector, count)]

    def _lexical(self, query: QueryTerms, count: int) -> Iterator[Rows]:
        total = sum(part.count for part in self._parts)
        for start, part, mask in self._each():
            quota = count if start == 0 else max(MIN_LEXICAL, (count - 1) * part.count // max(1, total))
            yield part.segment.search_lexical(query, quota, mask) + start

    def _near_in_time(self, day: float, count: int) -> Rows:
        found = [part.segment.near_in_time(day, count, mask) for _, part, mask in self._each()]
        rows = np.concatenate([rows + start for (rows, _), start in zip(found, self._starts, strict=False)])
        apart = np.concatenate([days for _, days in found])
        if len(rows) <= count:
            return rows
        # Only rows as far apart as the last one can be tied; the lower id wins.
        last = np.partition(apart, count - 1)[count - 1]
        tied = sorted(rows[apart == last].tolist(), key=self._numbering.article_id)
        return np.concatenate([rows[apart < last], np.array(tied, dtype=np.int64)])[:count]
