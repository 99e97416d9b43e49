"""The same story told twice: which articles are copies of one another, found when articles are read in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.collection.columns import Columns, Rows, TermHashes, Terms
from recommender.collection.wording import MAX_SHINGLES

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
_CHUNK = 65_536


def find_copies(columns: Columns) -> Pairs:
    """Pairs of rows that are copies, int64, shape (n_pairs, 2), the lower row first."""
    keys, rows = columns.link_keys, columns.link_rows.astype(np.int64)
    sharing = np.searchsorted(keys, keys, side="right") - np.searchsorted(keys, keys)
    found = [np.empty((0, 2), dtype=np.int64)]
    for step in range(1, FAMILY):
        reach = np.flatnonzero((sharing > step) & ((sharing <= FAMILY) | (step <= WINDOW)))
        first = reach[reach + step < len(keys)]
        first = first[keys[first] == keys[first + step]]
        found.append(np.stack([rows[first], rows[first + step]], axis=1))
    return _confirmed(columns, columns, np.concatenate(found))


def find_copies_between(columns: Columns, others: Columns) -> Pairs:
    """Pairs of a row of `columns` and a row of `others` that are copies, int64, shape (n_pairs, 2)."""
    starts = np.searchsorted(others.link_keys, columns.link_keys)
    ends = np.searchsorted(others.link_keys, columns.link_keys, side="right")
    counts = np.minimum(ends - starts, WINDOW_BETWEEN)
    owner = np.repeat(np.arange(len(counts)), counts)
    place = starts[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    pairs = np.stack([columns.link_rows[owner], others.link_rows[place]], axis=1).astype(np.int64)
    return _confirmed(columns, others, pairs)


def _confirmed(columns: Columns, others: Columns, pairs: Pairs) -> Pairs:
    packed, keys = np.unique((pairs[:, 0] << 32) | pairs[:, 1], return_counts=True)
    pairs = np.stack([packed >> 32, packed & 0xFFFFFFFF], axis=1)
    if columns is others:
        apart = pairs[:, 0] != pairs[:, 1]
        pairs, keys = pairs[apart], keys[apart]
    # Nearness is by far the cheapest to ask, and no rule but that of one address calls what is far apart copies.
    least = np.where(keys > 1, SAME_NEAR, ONE_KEY_NEAR).astype(np.float32)
    chunks = []
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        first, second = chunk.T
        near = np.einsum("ij,ij->i", columns.vectors[first], others.vectors[second]) >= least[start : start + _CHUNK]
        one_page = (columns.urls[first] == others.urls[second]) & (columns.urls[first] != 0)
        chunk = chunk[near | one_page]
        chunks.append(chunk[are_copies(columns, chunk[:, 0], others, chunk[:, 1])])
    return np.concatenate(chunks) if chunks else pairs


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
    cosine = np.einsum("ij,ij->i", columns.vectors[rows], others.vectors[other_rows])
    days = np.abs(columns.days[rows] - others.days[other_rows])
    ours, theirs = columns.providers[rows], others.providers[other_rows]
    one_outlet = (ours == theirs) | (ours == 0) | (theirs == 0)
    wording, compared = _wording(columns, rows, others, other_rows)
    titles = _titles(columns, rows, others, other_rows)
    title = titles.alike
    headline = (title >= HEADLINE) | (titles.adds & (title >= LONGER_HEADLINE))
    same_facts = titles.same_figures & (title >= LIKE_TITLE)
    some, long = wording >= SOME_WORDING, compared >= SAME_SHINGLES
    syndicated = (
        (long & (wording >= SAME_WORDING) & (cosine >= SAME_NEAR))
        | (long & (wording >= WORDING_OF_NEAR) & (cosine >= NEAR))
        | (long & (wording >= RETOLD_WORDING) & (cosine >= RETOLD_NEAR))
        | (some & (title >= LIKE_TITLE) & (cosine >= LATE_NEAR))
        | (some & (title >= LONGER_HEADLINE) & (cosine >= NEAR))
        | (headline & (cosine >= HEADLINE_NEAR) & (days <= HEADLINE_DAYS))
        | (headline & (cosine >= LATE_NEAR) & (days <= LATE_DAYS))
        | (titles.told & (cosine >= RETOLD_NEAR) & (days <= HEADLINE_DAYS))
        | (same_facts & (titles.figures >= FIGURES) & (cosine >= HEADLINE_NEAR) & (days <= HEADLINE_DAYS))
    ) & titles.figures_agree
    soon, at_once = days <= REPOST_DAYS, days <= AT_ONCE_DAYS
    again = titles.adds & headline
    reposted = (
        (titles.adds & (title >= REPOST_TITLE) & (wording >= REPOST_WORDING) & (compared >= REPOST_SHINGLES))
        | (again & (compared == 0) & soon)
        | (again & (cosine >= HEADLINE_NEAR) & at_once)
        | (titles.partly_told & (title >= REVISED_TITLE) & (wording >= REVISED_WORDING) & (cosine >= LATE_NEAR) & soon)
        | ((title >= EDITED_TITLE) & (wording >= EDITED_WORDING) & (compared >= EDITED_SHINGLES) & at_once)
        | (same_facts & (titles.figures >= OWN_FIGURES) & (wording >= REPOST_WORDING) & (cosine >= NEAR))
    ) & titles.same_figures
    one_page = (columns.urls[rows] == others.urls[other_rows]) & (columns.urls[rows] != 0)
    copies: Mask = one_page | ((cosine >= SAME_NEAR) & np.where(one_outlet, reposted, syndicated))
    return copies


def _wording(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> tuple[NDArray[np.float64], Rows]:
    """Share of the shorter text's shingles that the other has, and how many were compared."""
    sides = []
    highest = np.full(len(rows), np.iinfo(np.uint32).max, dtype=np.int64)
    for side, places in ((columns, rows), (others, other_rows)):
        values, owner = side.shingles_of(places)
        lengths = np.bincount(owner, minlength=len(places))
        # Of a longer text only the lowest hashes are known, so that only up to its highest can be compared.
        full = lengths >= MAX_SHINGLES
        last = np.cumsum(lengths)[full] - 1
        highest[full] = np.minimum(highest[full], values[last])
        sides.append((values, owner))
    packed = []
    for values, owner in sides:
        inside = values <= highest[owner]
        packed.append((owner[inside].astype(np.uint64) << np.uint64(32)) | values[inside].astype(np.uint64))
    counts = [np.bincount((side >> np.uint64(32)).astype(np.int64), minlength=len(rows)) for side in packed]
    shorter = np.minimum(*counts)
    shared = np.bincount((_common(*packed) >> np.uint64(32)).astype(np.int64), minlength=len(rows))
    return shared / np.maximum(shorter, 1), shorter


class _Titles(NamedTuple):
    """What the titles of pairs have in common, one value a pair.

    Attributes:
        alike: Jaccard index of their terms.
        adds: Whether at most one of them has terms that the other lacks.
        told: Whether each one's terms all stand in the other article's title or text.
        partly_told: Whether at least one's do.
        figures: How many numbers and dates they have in common.
        same_figures: Whether they have the same numbers and dates.
        figures_agree: Whether at most one of them has numbers and dates that the other article lacks.
    """

    alike: NDArray[np.float64]
    adds: Mask
    told: Mask
    partly_told: Mask
    figures: Rows
    same_figures: Mask
    figures_agree: Mask


def _titles(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> _Titles:
    fields = [
        field
        for side, places in ((columns, rows), (others, other_rows))
        for field in (
            _values(side.vocabulary, side.title, places),
            _values(side.vocabulary, side.text, places),
            _values(side.figures, side.title, places),
            _values(side.figures, side.text, places),
        )
    ]
    # Terms of two vocabularies get numbers in common.
    _, known = np.unique(np.concatenate([values for values, _ in fields]), return_inverse=True)
    packed, done = [], 0
    for values, owner in fields:
        ids = known[done : done + len(values)].astype(np.uint64)
        done += len(values)
        packed.append(np.unique((owner.astype(np.uint64) << np.uint64(32)) | ids))
    title, text, figures, text_figures, other_title, other_text, other_figures, other_text_figures = packed

    def count(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        return np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=len(rows))

    first, second, shared = count(title), count(other_title), count(_common(title, other_title))
    figure_counts = count(figures), count(other_figures)
    shared_figures = count(_common(figures, other_figures))
    untold = figure_counts[0] - count(_common(figures, other_text_figures))
    others_untold = figure_counts[1] - count(_common(other_figures, text_figures))
    ours_told = count(_common(title, other_text)) == first
    theirs_told = count(_common(other_title, text)) == second
    return _Titles(
        alike=shared / np.maximum(first + second - shared, 1),
        adds=np.minimum(first, second) == shared,
        told=ours_told & theirs_told & (np.minimum(first, second) > 0),
        partly_told=ours_told | theirs_told,
        figures=shared_figures,
        same_figures=np.maximum(*figure_counts) == shared_figures,
        figures_agree=(untold == 0) | (others_untold == 0),
    )


def _values(of_term: TermHashes, terms: Terms, rows: Rows) -> tuple[TermHashes, Rows]:
    """What `of_term` has for the terms of `rows`, without zeros, and for each the place of its row in `rows`."""
    flat, owner = terms.gather(rows)
    values = of_term[terms.ids[flat]]
    return values[values != 0], owner[values != 0]


def _common(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return np.intersect1d(first, second, assume_unique=True)


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
