"""The rows of parts, numbered through: their ids, the order of these, and where each one lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from recommender.index.local.columns import Columns, Rows
from recommender.index.local.part import Part
from recommender.index.local.row_ids import RowIds

KNOWN_IDS = 1024
"""Ids whose rows are remembered: an answer asks for that of its article several times."""


class Numbering:
    """Numbers the rows of parts, one part after another.

    Rows ascend within a part as their ids do. With one part, the usual case, the order of rows is that of ids, and no
    id needs to be decoded to know it.

    Args:
        parts: The parts.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.starts = np.cumsum([0, *(len(part.segment) for part in parts)])
        """The number of the first row of each part, and how many rows there are, int64, shape (n_parts + 1,)."""
        self._known: dict[str, int | None] = {}

    def place_of(self, row: int) -> tuple[int, int]:
        """Return the part that holds a row, and its row there."""
        number = int(self.starts.searchsorted(row, side="right")) - 1 if len(self._parts) > 1 else 0
        return number, row - int(self.starts[number])

    def article_id(self, row: int) -> str:
        """Return the id of a row."""
        number, place = self.place_of(row)
        return self._parts[number].segment.columns.article_id(place)

    def row_of(self, article_id: str) -> int | None:
        """Return the live row of an id, or None."""
        if article_id in self._known:
            return self._known[article_id]
        if len(self._known) >= KNOWN_IDS:
            self._known.clear()
        row = self._known[article_id] = self._find(article_id)
        return row

    def _find(self, article_id: str) -> int | None:
        for start, part in zip(self.starts.tolist(), self._parts, strict=False):
            row = part.segment.columns.row_of(article_id)
            if row is not None and part.has(row):
                return int(start) + row
        return None

    def rows(self, ids: Iterable[str]) -> Rows:
        """Return the rows of the stored ones of some ids, in their order."""
        if isinstance(ids, RowIds) and ids.source is self:
            return ids.rows
        return np.array([row for row in map(self.row_of, ids) if row is not None], dtype=np.int64)

    def rows_with(self, column: str, value: int) -> Rows:
        """Return the live rows that have a value in a column of hashes, ascending."""
        found = [
            start + part.live_among(np.flatnonzero(getattr(part.segment.columns, column) == np.uint64(value)))
            for start, part in zip(self.starts.tolist(), self._parts, strict=False)
        ]
        return np.concatenate(found)

    def ids(self, rows: Rows) -> RowIds:
        """Return the ids of rows, in the order of the rows."""
        return RowIds(self, rows)

    def sorted_ids(self, rows: Rows) -> RowIds:
        """Return the ids of ascending rows, sorted.

        The rows of the first part, by far the most, are in order. Only the places of the others among them are looked
        up.
        """
        border = int(rows.searchsorted(self.starts[1]))
        if border == len(rows):
            return RowIds(self, rows)
        first, whole = rows[:border], self._parts[0].segment
        rest = []
        for row in rows[border:].tolist():
            number, place = self.place_of(row)
            rest.append((*self._parts[number].segment.place_among(whole, place), row))
        rest.sort()
        before = [place for place, _, _ in rest]
        return RowIds(self, np.insert(first, first.searchsorted(before), [row for _, _, row in rest]))

    def located(self, rows: Rows) -> Iterator[tuple[Columns, Rows, Rows]]:
        """Yield each part's columns with the places of `rows` (ascending) there, and their places in `rows`."""
        borders = rows.searchsorted(self.starts).tolist()
        for number, part in enumerate(self._parts):
            at = np.arange(borders[number], borders[number + 1])
            if len(at):
                yield part.segment.columns, rows[at] - self.starts[number], at
