"""Rows of a local index: as the ids that they stand for, and as sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Rows
from recommender.ranking.ascending import begins, locate

_SAMPLED, _LEAST_STEP = 12, 4
"""Of n values one in sqrt(n) / 12 is sampled to tell which may be among the greatest, if that saves anything."""


class Named(Protocol):
    """What knows the ids of rows."""

    def article_id(self, row: int) -> str:
        """Return the id of a row."""
        ...


class RowIds(Sequence[str]):
    """The ids of some rows, each decoded on access."""

    def __init__(self, index: Named, rows: Rows) -> None:
        self.source = index
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return RowIds(self.source, self.rows[place])
        return self.source.article_id(int(self.rows[place]))

    def places_in(self, ids: Sequence[str]) -> list[int] | None:
        """Return where those that are among `ids` (sorted) stand there; None if they must be decoded to tell."""
        if not isinstance(ids, RowIds) or ids.source is not self.source or not len(ids):
            return None
        rows, order = ids.rows, None
        if (rows[1:] < rows[:-1]).any():  # of several parts: rows follow the parts, ids do not
            order = rows.argsort()
            rows = rows[order]
        places, known = locate(rows, self.rows)
        places = places[known]
        found: list[int] = (places if order is None else order[places]).tolist()
        return found


def union(rows: Sequence[Rows]) -> Rows:
    """Return the rows that stand in any of some arrays, ascending."""
    some = [each for each in rows if len(each)]
    if not some:
        return np.empty(0, dtype=np.int64)
    ordered = np.sort(np.concatenate(some))
    return ordered[begins(ordered)]


def without(rows: Rows, row: int | None) -> Rows:
    """Return rows without one of them, if there is one."""
    return rows if row is None else rows[rows != row]


def largest(values: NDArray[Any], count: int) -> Rows:
    """Return the places of the greatest values, ascending; ties for the last place go to the lower place.

    Args:
        values: Shape (n,), without NaN.
        count: How many at most.
    """
    if count >= len(values):
        return np.arange(len(values))
    if count < 1:
        return np.empty(0, dtype=np.int64)
    step = math.isqrt(len(values)) // _SAMPLED
    if step >= _LEAST_STEP:
        # Comparing all with a value that is surely low enough is many times faster than sorting any of them.
        sample = values[::step]
        place = max(0, len(sample) - 2 * (count // step) - 16)
        near: Rows = (values >= np.partition(sample, place)[place]).nonzero()[0]
        if count <= len(near) < len(values):
            return near[largest(values[near], count)]
    least = np.partition(values, len(values) - count)[len(values) - count]
    above = (values > least).nonzero()[0]
    equal = (values == least).nonzero()[0][: count - len(above)]
    found = np.concatenate([above, equal])
    found.sort()
    return found
