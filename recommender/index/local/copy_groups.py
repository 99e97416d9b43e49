"""Which articles of a view are copies of one another, over all of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.index.local.columns import Columns, Rows, locate
from recommender.index.local.copies import Pairs, find_copies_between, groups_of

if TYPE_CHECKING:
    from recommender.index.local.part import Part


class CopyGroups:
    """The groups of copies among the live rows of parts, where a row is a place in the parts one after another."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *(len(part.segment) for part in parts)])
        found = [np.empty((0, 2), dtype=np.int64)]
        for number, part in enumerate(parts[1:], start=1):
            for other_number, other in enumerate(parts[: number + 1]):
                inside = other_number == number
                pairs = part.segment.columns.copy_pairs if inside else part.segment.copies_in(other.segment)
                for side, where in enumerate((part, other)):
                    pairs = _live(pairs, where, side)
                found.append(pairs + self._starts[[number, other_number]])
        self._rows, self._labels = _with_more(parts[0], np.concatenate(found))
        self._by_label = np.argsort(self._labels, kind="stable")

    def labels(self, rows: Rows) -> Rows:
        """What tells the group of each of `rows` from all others; a row without copies is a group of its own."""
        places, known = locate(self._rows, rows)
        found = rows.copy()
        found[known] = self._labels[places[known]]
        return found

    def of(self, row: int | None, outside: Columns | None = None) -> Rows:
        """Return the rows of the copies of an article, ascending, without its own.

        Args:
            row: Where it is stored, if it is.
            outside: The article alone, where it came from outside.
        """
        if outside is not None:
            known = self._copies_outside(outside)
        else:
            known = np.array([] if row is None else [row], dtype=np.int64)
        labels = np.unique(self.labels(known))
        starts, ends = (
            np.searchsorted(self._labels, labels, side, sorter=self._by_label) for side in ("left", "right")
        )
        members = [self._by_label[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        if len(members) == 1 and len(members[0]):
            copies: Rows = self._rows[members[0]]  # ascending, and those known are among them
        else:
            copies = np.union1d(known, self._rows[np.concatenate([self._by_label[:0], *members])])
        return copies if row is None else copies[copies != row]

    def _copies_outside(self, outside: Columns) -> Rows:
        found = []
        for start, part in zip(self._starts.tolist(), self._parts, strict=False):
            rows = find_copies_between(outside, part.segment.columns)[:, 1]
            found.append((rows if part.live is None else rows[part.live[rows]]) + start)
        return np.unique(np.concatenate(found))


def _with_more(first: Part, more: Pairs) -> tuple[Rows, Rows]:
    """The groups of a part together with pairs of further parts; only groups that those touch are made anew."""
    rows, labels = first.segment.copy_groups
    touched = labels[np.isin(rows, more)]
    if first.live is not None:
        touched = np.union1d(touched, labels[~first.live[rows]])
    kept = ~np.isin(labels, touched)
    pairs = first.segment.columns.copy_pairs
    pairs = _live(_live(pairs[~kept[np.searchsorted(rows, pairs[:, 0])]], first, 0), first, 1)
    new_rows, new_labels = groups_of(np.concatenate([pairs, more]))
    all_rows = np.concatenate([rows[kept], new_rows])
    order = np.argsort(all_rows, kind="stable")
    return all_rows[order], np.concatenate([labels[kept], new_labels])[order]


def _live(pairs: Pairs, part: Part, side: int) -> Pairs:
    return pairs if part.live is None else pairs[part.live[pairs[:, side]]]
