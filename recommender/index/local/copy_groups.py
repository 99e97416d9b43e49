"""Groups of copies among the articles of an index, across all of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.index.local.columns import Columns, Rows
from recommender.index.local.copies import Pairs, find_copies_between, groups_of
from recommender.ranking.ascending import locate

if TYPE_CHECKING:
    from recommender.index.local.part import Part


class CopyGroups:
    """The groups of copies among the live rows of parts, where a row is a place in the concatenated parts.

    The relation is kept as pairs and grouped by connectivity: A and C are in one group if both are copies of B. A group
    therefore falls apart when the article that connected it is deleted, and is labelled again from its live pairs.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *(len(part.segment) for part in parts)])
        # The first part, a whole snapshot, has its groups already. Compare each later part, which holds only changes,
        # with itself and all parts before it: every pair of parts once.
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
        """Return the label of each row's group, int64, shape (n,); a row without copies is labelled by itself."""
        places, known = locate(self._rows, rows)
        found = rows.copy()
        found[known] = self._labels[places[known]]
        return found

    def of(self, row: int | None, outside: Columns | None = None) -> Rows:
        """Return the rows of the copies of an article, ascending, without its own.

        Args:
            row: Its row, if it is stored.
            outside: Its columns, if it was passed in; its own text then counts instead of the stored one.
        """
        if outside is None and (row is None or not locate(self._rows, np.array([row]))[1][0]):
            return np.empty(0, dtype=np.int64)
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
            # One group: its members are ascending already and include `known`, so no union is needed.
            copies: Rows = self._rows[members[0]]
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
    """Return the groups of a part joined with pairs of further parts; only groups that change are computed again."""
    rows, labels = first.segment.copy_groups
    # A group changes if a new pair reaches one of its rows, or if one of its rows is no longer live. All others keep
    # their labels, which is what makes an update cheap: a snapshot may have very many groups.
    touched = labels[np.isin(rows, more)]
    if first.live is not None:
        touched = np.union1d(touched, labels[~first.live[rows]])
    kept = ~np.isin(labels, touched)
    # Take the changed groups apart into their live pairs, and connect those with the new ones.
    pairs = first.segment.columns.copy_pairs
    pairs = _live(_live(pairs[~kept[np.searchsorted(rows, pairs[:, 0])]], first, 0), first, 1)
    new_rows, new_labels = groups_of(np.concatenate([pairs, more]))
    all_rows = np.concatenate([rows[kept], new_rows])
    order = np.argsort(all_rows, kind="stable")
    return all_rows[order], np.concatenate([labels[kept], new_labels])[order]


def _live(pairs: Pairs, part: Part, side: int) -> Pairs:
    return pairs if part.live is None else pairs[part.live[pairs[:, side]]]
