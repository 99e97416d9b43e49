"""Lists the articles that pass a filter, the newest first, and counts the values of their fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.index import Browsed, Counted, Place
from recommender.index.local.columns import Columns
from recommender.index.local.listing import Listing, Values, merge_counts
from recommender.index.local.part import Part
from recommender.ranking.filters import FilterSpec
from recommender.ranking.pool import Mask

_BLOCK = 1024
FIELDS = ("topics", "providers", "languages", "years")


@dataclass(frozen=True)
class _Passing:
    """A part of the index and which of its rows pass; None if all do."""

    columns: Columns
    listing: Listing
    mask: Mask | None

    def rows(self, rows: NDArray[Any]) -> NDArray[Any]:
        return rows if self.mask is None else rows[self.mask[rows]]

    def first(self, rows: NDArray[Any], limit: int) -> NDArray[Any]:
        """Return the first of some rows that pass."""
        if self.mask is None or not limit:
            return rows[:limit]
        found, start, size = [rows[:0]], 0, _BLOCK
        while start < len(rows) and sum(map(len, found)) < limit:
            found.append(self.rows(rows[start : start + size]))
            start, size = start + size, 4 * size
        return np.concatenate(found)[:limit]

    @property
    def count(self) -> int:
        return len(self.columns) if self.mask is None else int(np.count_nonzero(self.mask))


def browse(parts: Sequence[Part], where: FilterSpec, limit: int, after: Place | None, top: int) -> Browsed:
    """List the articles that pass a filter, the newest first, those without a date last, ties by id.

    Args:
        parts: The parts of the index.
        where: The filter.
        limit: How many articles at most.
        after: Begin after this place in the order, whether or not its article is still there.
        top: How many values of each field are counted.
    """
    passing = [_Passing(part.segment.columns, part.segment.listing, part.passing(where)) for part in parts]
    places = sorted(place for each in passing for place in _first(each, limit, after))
    counts = {field: _count(passing, field, top) for field in FIELDS} if top else {}
    return Browsed([place for _, place in places[:limit]], sum(each.count for each in passing), counts)


def _first(passing: _Passing, limit: int, after: Place | None) -> list[tuple[tuple[float, str], Place]]:
    """Return the first rows that pass, each with what it is sorted by."""
    columns, listing = passing.columns, passing.listing
    order = listing.order if after is None else listing.after(after.milliseconds, after.article_id)
    rows = passing.first(order, limit)
    places = [Place(float(columns.milliseconds[row]), columns.article_id(row)) for row in rows.tolist()]
    return [
        ((np.inf if np.isnan(moment) else -moment, article_id), Place(moment, article_id))
        for moment, article_id in places
    ]


def _count(passing: Sequence[_Passing], field: str, top: int) -> list[Counted]:
    """Return the commonest values of a field, ties by hash, and an article that has each."""
    hashes, counts = merge_counts(
        [(_values(each, field).hashes, _values(each, field).count(each.mask)) for each in passing]
    )
    known = (counts > 0) & (hashes != 0)
    hashes, counts = hashes[known], counts[known]
    best = np.lexsort((hashes, -counts))[:top].tolist()
    return [
        Counted(int(hashes[place]), int(counts[place]), _example(passing, field, int(hashes[place]))) for place in best
    ]


def _values(passing: _Passing, field: str) -> Values:
    values: Values = getattr(passing.listing, field)
    return values


def _example(passing: Sequence[_Passing], field: str, value: int) -> str:
    """Return the id of the first article that passes and has a value; empty for a year, which has its name already."""
    for each in passing if field != "years" else ():
        rows = each.rows(_having(each, field, value))
        if len(rows):
            return each.columns.article_id(int(rows[0]))
    return ""


def _having(passing: _Passing, field: str, value: int) -> NDArray[Any]:
    if field == "topics":
        return passing.columns.rows_with(value)
    column = passing.columns.providers if field == "providers" else passing.columns.languages
    return np.flatnonzero(column == np.uint64(value))
