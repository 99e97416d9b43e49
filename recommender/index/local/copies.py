"""The same story told twice: which articles are copies of one another, found when articles are read in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Columns, Rows
from recommender.index.local.dense import pair_products
from recommender.index.local.shingles import MAX_SHINGLES
from recommender.ranking.pool import TextField

Pairs = NDArray[np.int64]
Mask = NDArray[np.bool_]

FAMILY, WINDOW = 32, 8
"""Of a key that no more rows share than the first all are compared; of another each with so many that follow."""
WINDOW_BETWEEN = 64
"""With so many rows of another part each is compared; some of them may not be live any more."""

SAME_WORDING, SAME_NEAR, SAME_SHINGLES = 0.6, 0.7, 8
"""Share of the shorter text's shingles that the other has, from which on a text is the same. So near it must be all the
same, and so long, for "Read more" and "All rights reserved" stand under anything."""
WORDING_OF_NEAR, NEAR = 0.4, 0.86
"""So much is enough where the texts are as near as this cosine says."""
RETOLD_WORDING, RETOLD_NEAR = 1 / 3, 0.92
"""And so much where they are so near."""
HEADLINE, LONGER_HEADLINE = 0.85, 0.8
"""Jaccard index of two titles' terms from which on they are one headline; the second where one only adds terms."""
HEADLINE_NEAR, HEADLINE_DAYS = 0.75, 10.0
"""One headline in two outlets within so many days, over texts with this cosine, is one story."""
LATE_NEAR, LATE_DAYS = 0.9, 30.0
"""As it is within so many days where the texts are so near."""
SOME_WORDING, LIKE_TITLE = 0.05, 0.65
"""With some of the wording in common, titles may differ more where the texts are so near."""
FIGURES, OWN_FIGURES = 2, 4
"""So many numbers and dates, all the same, in titles that are otherwise alike: in two outlets, and in one over a text
that is near too."""
REPOST_WORDING, REPOST_TITLE, REPOST_SHINGLES = 0.35, 0.8, 4
"""One outlet's own headline again, at most with added words, over so much of the same wording."""
REPOST_DAYS, AT_ONCE_DAYS = 6.5, 1.0
"""Within the first, a headline without a text to compare is an item posted twice; within the second, with any text."""
REVISED_TITLE, REVISED_WORDING = 0.6, 0.02
"""A text so soon and so near (`LATE_NEAR`) that it is the same, revised."""
EDITED_TITLE, EDITED_WORDING, EDITED_SHINGLES = 0.8, 0.95, 20
"""A longer text printed again at once under an edited headline."""

ONE_KEY_NEAR = 0.8
"""Texts that share but one key of many have a sentence in common, seldom more, unless they are so near."""
_CHUNK = 16_384
_PAIRS = 1 << 20


def find_copies(columns: Columns) -> Pairs:
    """Pairs of rows that are copies, int64, shape (n_pairs, 2), the lower row first."""
    keys, rows = columns.link_keys, columns.link_rows
    starts = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
    sizes = np.diff(starts, append=len(keys))
    ends = np.repeat(starts + sizes, sizes)
    # How many of those that follow in its family each place is compared with.
    following = np.minimum(ends - np.arange(len(keys)) - 1, np.repeat(np.where(sizes > FAMILY, WINDOW, FAMILY), sizes))
    by_row = np.argsort(rows, kind="stable")
    pairs_of = np.bincount(rows, following, minlength=len(columns)).astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(columns)))])

    def sharing() -> Iterator[Pairs]:
        # Some rows at a time, with all keys that they share: all pairs of a large collection would not fit in memory.
        before = np.cumsum(pairs_of) - pairs_of
        borders = np.searchsorted(before, np.arange(0, int(pairs_of.sum()) + 1, _PAIRS)).tolist()
        for start, end in pairwise([*borders, len(columns)]):
            places = by_row[indptr[start] : indptr[end]]
            counts = following[places]
            owner = np.repeat(places, counts)
            others = owner + 1 + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
            yield np.stack([rows[owner], rows[others]], axis=1).astype(np.int64)

    return _confirmed(columns, columns, sharing())


def find_copies_between(columns: Columns, others: Columns, asked: Mask | None = None) -> Pairs:
    """Pairs of a row of `columns` and a row of `others` that are copies, int64, shape (n_pairs, 2).

    Args:
        columns: Whose copies are looked for.
        others: Where they are looked for.
        asked: Only those of these rows, shape (len(columns),).
    """
    keys, rows = columns.link_keys, columns.link_rows
    if asked is not None:
        keys, rows = keys[asked[rows]], rows[asked[rows]]
    starts = np.searchsorted(others.link_keys, keys)
    ends = np.searchsorted(others.link_keys, keys, side="right")
    counts = np.minimum(ends - starts, WINDOW_BETWEEN)
    owner = np.repeat(np.arange(len(counts)), counts)
    place = starts[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    pairs = np.stack([rows[owner], others.link_rows[place]], axis=1).astype(np.int64)
    return _confirmed(columns, others, iter([pairs]))


def _confirmed(columns: Columns, others: Columns, sharing: Iterator[Pairs]) -> Pairs:
    """Which of the pairs that share a key are copies.

    Args:
        columns: Where the first of each pair lies.
        others: Where the second lies.
        sharing: Pairs, once for each key that they share; all of one pair together.
    """
    chunks = [np.empty((0, 2), dtype=np.int64)]
    for pairs in sharing:
        packed, keys = np.unique((pairs[:, 0] << 32) | pairs[:, 1], return_counts=True)
        first, second = packed >> 32, packed & 0xFFFFFFFF
        # Nearness is the cheapest to ask, and no rule but that of one address calls what is far apart copies.
        least = np.where(keys > 1, np.float32(SAME_NEAR), np.float32(ONE_KEY_NEAR))
        likely = (_nearness(columns, first, others, second) >= least) | _one_page(columns, first, others, second)
        if columns is others:
            likely &= first != second
        first, second = first[likely], second[likely]
        for start in range(0, len(first), _CHUNK):
            some, more = first[start : start + _CHUNK], second[start : start + _CHUNK]
            copies = are_copies(columns, some, others, more)
            chunks.append(np.stack([some[copies], more[copies]], axis=1))
    return np.concatenate(chunks)


def _nearness(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> NDArray[np.float32]:
    return pair_products(columns.vectors, rows, others.vectors, other_rows)


def _one_page(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> Mask:
    same: Mask = (columns.urls[rows] == others.urls[other_rows]) & (columns.urls[rows] != 0)
    return same


def are_copies(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> Mask:
    """Which pairs tell the same story in the same words, bool, shape (n,).

    Two outlets share a text (a wire story, a press release) when they share much of its wording, or one headline over
    texts that are near. One outlet rarely prints a text twice, but often fills a template anew: of its own articles,
    and of those whose outlet is not known, only such are copies as have one headline to which one of them at most adds
    words, the same numbers and dates in it, and shared wording. Articles with one address are one page.

    Args:
        columns: Where `rows` lie.
        rows: One side of each pair, int64, shape (n,).
        others: Where `other_rows` lie.
        other_rows: The other side of each pair, int64, shape (n,).
    """
    copies = _one_page(columns, rows, others, other_rows)
    cosine = _nearness(columns, rows, others, other_rows)
    asked = np.flatnonzero(~copies & (cosine >= SAME_NEAR))
    titles = _titles(columns, rows[asked], others, other_rows[asked])
    ours, theirs = columns.providers[rows[asked]], others.providers[other_rows[asked]]
    one_outlet = (ours == theirs) | (ours == 0) | (theirs == 0)
    # No rule for one outlet's own articles overlooks what this does, and wording is much more to look at.
    open_ = ~one_outlet | (titles.same_figures & (titles.alike >= REVISED_TITLE))
    asked, one_outlet, titles = asked[open_], one_outlet[open_], _TitleOverlap(*(each[open_] for each in titles))
    rows, other_rows, cosine = rows[asked], other_rows[asked], cosine[asked]
    days = np.abs(columns.days[rows] - others.days[other_rows])
    wording, compared = _wording(columns, rows, others, other_rows)
    title = titles.alike
    headline = (title >= HEADLINE) | (titles.adds & (title >= LONGER_HEADLINE))
    same_facts = titles.same_figures & (title >= LIKE_TITLE)
    some, long = wording >= SOME_WORDING, compared >= SAME_SHINGLES
    syndicated = (
        (long & (wording >= SAME_WORDING))
        | (long & (wording >= WORDING_OF_NEAR) & (cosine >= NEAR))
        | (long & (wording >= RETOLD_WORDING) & (cosine >= RETOLD_NEAR))
        | (some & (title >= LIKE_TITLE) & (cosine >= LATE_NEAR))
        | (some & (title >= LONGER_HEADLINE) & (cosine >= NEAR))
        | (headline & (cosine >= HEADLINE_NEAR) & (days <= HEADLINE_DAYS))
        | (headline & (cosine >= LATE_NEAR) & (days <= LATE_DAYS))
        | (same_facts & (titles.figures >= FIGURES) & (cosine >= HEADLINE_NEAR) & (days <= HEADLINE_DAYS))
    )
    if_told = (cosine >= RETOLD_NEAR) & (days <= HEADLINE_DAYS)
    soon, at_once = days <= REPOST_DAYS, days <= AT_ONCE_DAYS
    again = titles.adds & headline
    reposted = (
        (titles.adds & (title >= REPOST_TITLE) & (wording >= REPOST_WORDING) & (compared >= REPOST_SHINGLES))
        | (again & (compared == 0) & soon)
        | (again & (cosine >= HEADLINE_NEAR) & at_once)
        | ((title >= EDITED_TITLE) & (wording >= EDITED_WORDING) & (compared >= EDITED_SHINGLES) & at_once)
        | (same_facts & (titles.figures >= OWN_FIGURES) & (wording >= REPOST_WORDING) & (cosine >= NEAR))
    )
    if_partly_told = (title >= REVISED_TITLE) & (wording >= REVISED_WORDING) & (cosine >= LATE_NEAR) & soon
    found = one_outlet & titles.same_figures & reposted
    # Whole texts are by far the most to look at, so that they are asked last.
    undecided = np.flatnonzero(
        np.where(one_outlet, titles.same_figures & ~reposted & if_partly_told, syndicated | if_told)
    )
    told = _told(columns, rows[undecided], others, other_rows[undecided])
    retold = syndicated[undecided] | (if_told[undecided] & told.wholly)
    found[undecided] = np.where(one_outlet[undecided], told.partly, retold & told.figures_agree)
    copies[asked] = found
    return copies


class _Values(NamedTuple):
    """Values that a side of each pair has: unique numbers for a pair and a value, and the place of the pair."""

    keys: NDArray[np.uint64]
    owner: Rows

    @classmethod
    def of(cls, values: NDArray[np.unsignedinteger[Any]], owner: Rows) -> _Values:
        # Exact for values of 32 bits; those of 64 bits are hashes already.
        return cls((owner.astype(np.uint64) << np.uint64(32)) + values.astype(np.uint64), owner)

    def per_pair(self, pairs: int) -> Rows:
        return np.bincount(self.owner, minlength=pairs)

    def shared(self, other: _Values, pairs: int) -> Rows:
        return np.bincount(self.owner[np.isin(self.keys, other.keys, assume_unique=True)], minlength=pairs)


def _terms(columns: Columns, field: TextField, rows: Rows) -> _Values:
    terms = columns.terms(field)
    flat, owner = terms.gather(rows)
    return _Values.of(columns.vocabulary[terms.ids[flat]], owner)


def _figures(columns: Columns, field: TextField, rows: Rows) -> _Values:
    """The numbers and dates in a field, each once."""
    terms = columns.terms(field)
    flat, owner = terms.gather(rows)
    values = columns.figures[terms.ids[flat]]
    found = _Values.of(values[values != 0], owner[values != 0])
    keys, places = np.unique(found.keys, return_index=True)
    return _Values(keys, found.owner[places])


def _wording(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> tuple[NDArray[np.float64], Rows]:
    """Share of the shorter text's shingles that the other has, and how many were compared."""
    sides = []
    highest = np.full(len(rows), np.iinfo(np.uint32).max, dtype=np.uint32)
    for side, places in ((columns, rows), (others, other_rows)):
        values, owner = side.shingles_of(places)
        lengths = side.shingle_indptr[places + 1] - side.shingle_indptr[places]
        # Of a longer text only the lowest hashes are known, so that only up to its highest can be compared.
        full = lengths >= MAX_SHINGLES
        last = np.cumsum(lengths)[full] - 1
        highest[full] = np.minimum(highest[full], values[last])
        sides.append((values, owner, lengths))
    found, counts = [], []
    for values, owner, lengths in sides:
        inside = values <= highest[owner]
        whole = bool(inside.all())
        keys = (owner.astype(np.uint64) << np.uint64(32)) | values
        found.append(keys if whole else keys[inside])
        counts.append(lengths if whole else np.bincount(owner[inside], minlength=len(rows)))
    # Each side is ascending and has a value once: what both have stands twice in a row where they are merged.
    merged = np.concatenate(found)
    merged.sort(kind="stable")
    shared = np.bincount((merged[1:][merged[1:] == merged[:-1]] >> np.uint64(32)).astype(np.int64), minlength=len(rows))
    shorter = np.minimum(*counts)
    return shared / np.maximum(shorter, 1), shorter


class _TitleOverlap(NamedTuple):
    """What the titles of pairs have in common, one value a pair.

    Attributes:
        alike: Jaccard index of their terms.
        adds: Whether at most one of them has terms that the other lacks.
        figures: How many numbers and dates they have in common.
        same_figures: Whether they have the same numbers and dates.
    """

    alike: NDArray[np.float64]
    adds: Mask
    figures: Rows
    same_figures: Mask


def _titles(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> _TitleOverlap:
    pairs = len(rows)
    ours, theirs = _terms(columns, "title", rows), _terms(others, "title", other_rows)
    first, second, shared = ours.per_pair(pairs), theirs.per_pair(pairs), ours.shared(theirs, pairs)
    our_figures, their_figures = _figures(columns, "title", rows), _figures(others, "title", other_rows)
    figures = our_figures.shared(their_figures, pairs)
    return _TitleOverlap(
        alike=shared / np.maximum(first + second - shared, 1),
        adds=np.minimum(first, second) == shared,
        figures=figures,
        same_figures=np.maximum(our_figures.per_pair(pairs), their_figures.per_pair(pairs)) == figures,
    )


class _Told(NamedTuple):
    """What of one article's title the other tells in its title or text, one value a pair.

    Attributes:
        wholly: Whether each tells all terms of the other's title.
        partly: Whether at least one does.
        figures_agree: Whether at least one tells all numbers and dates of the other's title.
    """

    wholly: Mask
    partly: Mask
    figures_agree: Mask


def _told(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> _Told:
    pairs = len(rows)
    sides = ((columns, rows), (others, other_rows))
    (titles, figures, texts, text_figures) = (
        [of(side, field, places) for side, places in sides] for field in ("title", "text") for of in (_terms, _figures)
    )

    def missing(asked: list[_Values], told: list[_Values]) -> tuple[Rows, Rows]:
        ours, theirs = (asked[side].per_pair(pairs) - asked[side].shared(told[1 - side], pairs) for side in (0, 1))
        return ours, theirs

    ours, theirs = missing(titles, texts)
    our_figures, their_figures = missing(figures, text_figures)
    some = np.minimum(*(title.per_pair(pairs) for title in titles)) > 0
    return _Told(
        wholly=(ours == 0) & (theirs == 0) & some,
        partly=(ours == 0) | (theirs == 0),
        figures_agree=(our_figures == 0) | (their_figures == 0),
    )


def groups_of(pairs: Pairs) -> tuple[Rows, Rows]:
    """The groups that pairs connect.

    Args:
        pairs: int64, shape (n, 2).

    Returns:
        The rows that are in a pair, ascending, and for each the lowest row of its group, int64, shape (n_rows,) each.
    """
    rows, ends = np.unique(pairs, return_inverse=True)
    ends = ends.reshape(-1, 2)
    lowest = np.arange(len(rows))
    while True:
        least = np.minimum(lowest[ends[:, 0]], lowest[ends[:, 1]])
        before = lowest.copy()
        np.minimum.at(lowest, ends[:, 0], least)
        np.minimum.at(lowest, ends[:, 1], least)
        lowest = lowest[lowest]
        if np.array_equal(before, lowest):
            return rows, rows[lowest]
