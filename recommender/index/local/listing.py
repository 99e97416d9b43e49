"""Articles by date, and the values of their fields, from columns alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Columns, Rows
from recommender.ranking.pool import Hashes, Mask

Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Values:
    """The values of one field.

    Attributes:
        hashes: Its values, ascending, uint64, shape (n_values,).
        codes: Which of them stand in the rows, int32, shape (n,).
        rows: The row of each, uint32, shape (n,); None if each row has one.
    """

    hashes: Hashes
    codes: Codes
    rows: NDArray[np.uint32] | None

    def count(self, passing: Mask | None) -> Rows:
        """Return how many rows that pass have each value, int64, shape (n_values,)."""
        codes = self.codes
        if passing is not None:
            codes = codes[passing if self.rows is None else passing[self.rows]]
        return np.bincount(codes, minlength=len(self.hashes))


class Listing:
    """What lists and counts need of columns, made once.

    Args:
        columns: The columns.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    @cached_property
    def order(self) -> NDArray[np.int32]:
        """The rows, the newest first, those without a date last, ties by id."""
        # Rows are in the order of their ids, which a stable sort keeps; NaN sorts to the end.
        return np.argsort(-self._columns.milliseconds, kind="stable").astype(np.int32)

    @cached_property
    def _moments(self) -> NDArray[np.float64]:
        """The negated dates in that order, ascending, with infinity for none."""
        moments = -self._columns.milliseconds[self.order]
        return np.where(np.isnan(moments), np.inf, moments)

    def after(self, milliseconds: float, article_id: str) -> NDArray[np.int32]:
        """Return the rows that follow an article in the order, whether or not it is still there.

        Args:
            milliseconds: Its date in milliseconds since 1970, NaN for none.
            article_id: Its id.
        """
        moment = np.inf if np.isnan(milliseconds) else -milliseconds
        first, last = (int(self._moments.searchsorted(moment, side)) for side in ("left", "right"))
        place = self._columns.place_of(article_id)
        is_there = self._columns.row_of(article_id) is not None
        passed = np.searchsorted(self.order[first:last], place, side="right" if is_there else "left")
        return self.order[first + int(passed) :]

    @cached_property
    def topics(self) -> Values:
        """Topics, by `text.facet`."""
        columns = self._columns
        rows = np.arange(len(columns))
        # Topics come first among a row's marks.
        starts = columns.mark_indptr[:-1]
        counts = columns.topic_counts.astype(np.int64)
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0) + (starts - (ends - counts)).repeat(counts)
        hashes, codes = np.unique(columns.marks[places], return_inverse=True)
        return Values(hashes, codes.astype(np.int32), rows.repeat(counts).astype(np.uint32))

    @cached_property
    def providers(self) -> Values:
        """Providers, by the hash of the domain, or of the name; 0 for none."""
        return _one_each(self._columns.providers)

    @cached_property
    def languages(self) -> Values:
        """Languages, by their hash; 0 for none."""
        return _one_each(self._columns.languages)

    @cached_property
    def years(self) -> Values:
        """Years, as numbers; 0 for none."""
        days = self._columns.days
        known = ~np.isnan(days)
        years = np.zeros(len(days), dtype=np.uint64)
        dates = np.floor(days[known]).astype(np.int64).astype("datetime64[D]").astype("datetime64[Y]")
        years[known] = (dates.astype(np.int64) + 1970).astype(np.uint64)
        return _one_each(years)


def _one_each(values: NDArray[np.uint64]) -> Values:
    hashes, codes = np.unique(values, return_inverse=True)
    return Values(hashes, codes.astype(np.int32), None)


def merge_counts(parts: Sequence[tuple[Hashes, Rows]]) -> tuple[Hashes, Rows]:
    """Add up the counts of values in several parts; return each value once, ascending."""
    if len(parts) == 1:
        return parts[0]
    hashes, codes = np.unique(np.concatenate([each for each, _ in parts]), return_inverse=True)
    counts = np.concatenate([counts for _, counts in parts])
    return hashes, np.bincount(codes, counts, minlength=len(hashes)).astype(np.int64)
