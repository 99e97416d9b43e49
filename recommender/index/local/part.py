"""A part of the index: a segment and which of its rows are still live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.segment import Segment
from recommender.ranking.filters import FilterSpec
from recommender.ranking.pool import Mask, TextField

TEXT_FIELDS: tuple[TextField, ...] = ("title", "text")


@dataclass(frozen=True)
class Part:
    """A segment without the rows that a later revision replaced or deleted.

    Attributes:
        segment: The articles.
        live: Which rows are valid in this revision, shape (len(segment),); None if all are.
        frequency: By field, how many live rows have each term, shape (vocabulary,).
        lengths: By field, the number of terms of all live rows with repetitions.
        count: How many live rows there are.
    """

    segment: Segment
    live: Mask | None
    frequency: dict[TextField, NDArray[np.int32]]
    lengths: dict[TextField, float]
    count: int

    @classmethod
    def whole(cls, segment: Segment) -> Part:
        """Return a part with all rows of a segment."""
        columns = segment.columns
        return cls(
            segment,
            None,
            {field: columns.terms(field).document_frequency for field in TEXT_FIELDS},
            {field: columns.terms(field).total_length for field in TEXT_FIELDS},
            len(segment),
        )

    def without(self, ids: Sequence[str]) -> Part:
        """Return this part without the articles of `ids`."""
        columns = self.segment.columns
        places = (columns.row_of(article_id) for article_id in ids)
        rows = np.array(sorted(row for row in places if row is not None and self.has(row)), dtype=np.int64)
        if not len(rows):
            return self
        live = np.ones(len(columns), dtype=bool) if self.live is None else self.live.copy()
        live[rows] = False
        frequency, lengths = {}, {}
        for field in TEXT_FIELDS:
            terms = columns.terms(field)
            gone = np.bincount(terms.ids[terms.gather(rows)[0]], minlength=len(columns.vocabulary))
            frequency[field] = (self.frequency[field] - gone).astype(np.int32)
            lengths[field] = self.lengths[field] - float(terms.lengths[rows].sum(dtype=np.float64))
        return Part(self.segment, live, frequency, lengths, self.count - len(rows))

    def has(self, row: int) -> bool:
        """Return whether a row is live."""
        return self.live is None or bool(self.live[row])

    def ids(self) -> Iterator[str]:
        """Return the ids of the live rows, sorted."""
        rows = range(len(self.segment)) if self.live is None else np.flatnonzero(self.live).tolist()
        return map(self.segment.columns.article_id, rows)

    def live_among(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return those of `rows` that are live."""
        return rows if self.live is None else rows[self.live[rows]]

    def values(self, column: str) -> NDArray[Any]:
        """Return the live rows' values of a column that has one a row."""
        values: NDArray[Any] = getattr(self.segment.columns, column)
        return values if self.live is None else values[self.live]

    def passing(self, where: FilterSpec) -> Mask | None:
        """Return which rows may be proposed; None if all may."""
        if not where:
            return self.live
        mask = where.passing(self.segment.columns)
        if mask.all():
            return self.live
        return mask if self.live is None else mask & self.live
