"""Finds near-duplicate articles: candidate pairs by shared keys, then rules on wording, titles and vectors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Columns, Rows
from recommender.index.local.dense import pair_products
from recommender.index.local.shingles import MAX_SHINGLES
from recommender.ranking.ascending import begins
from recommender.ranking.pool import Mask, TextField

Pairs = NDArray[np.int64]

FAMILY, WINDOW = 32, 8
"""Up to `FAMILY` rows that share a key are all compared; of more, each is compared with the `WINDOW` that follow."""
WINDOW_BETWEEN = 64
"""How many rows of another part a row is compared with per key; some of them may no longer be live."""

# Thresholds of `are_copies`. `..._NEAR` is a cosine, `..._WORDING` the share of the shorter text's shingles that the
# other has, `..._SHINGLES` how many were compared, `..._TITLE` and `..._HEADLINE` the Jaccard index of title terms.

SAME_WORDING, SAME_NEAR, SAME_SHINGLES = 0.6, 0.7, 8
"""The same text by wording alone; the minimum length excludes boilerplate such as "All rights reserved"."""
WORDING_OF_NEAR, NEAR = 0.4, 0.86
"""The same text with less wording in common, but near vectors."""
RETOLD_WORDING, RETOLD_NEAR = 1 / 3, 0.92
"""Likewise, with less wording still and nearer vectors."""
HEADLINE, LONGER_HEADLINE = 0.85, 0.8
"""The same headline; the second value applies if one title only adds terms to the other."""
HEADLINE_NEAR, HEADLINE_DAYS = 0.75, 10.0
"""The same headline in two outlets within this many days, over texts this near."""
LATE_NEAR, LATE_DAYS = 0.9, 30.0
"""Likewise within more days, over nearer texts."""
SOME_WORDING, LIKE_TITLE = 0.05, 0.65
"""Similar titles over near texts with some wording in common."""
FIGURES, OWN_FIGURES = 2, 4
"""How many numbers and dates similar titles share, without any other: in two outlets, and in one."""
REPOST_WORDING, REPOST_TITLE, REPOST_SHINGLES = 0.35, 0.8, 4
"""One outlet's headline again, at most with added words, over common wording."""
REPOST_DAYS, AT_ONCE_DAYS = 6.5, 1.0
"""One outlet's headline again: within the first if no text can be compared, within the second over near texts."""
REVISED_TITLE, REVISED_WORDING = 0.6, 0.02
"""One outlet's revision of its own text: similar title, very near (`LATE_NEAR`), within `REPOST_DAYS`."""
EDITED_TITLE, EDITED_WORDING, EDITED_SHINGLES = 0.8, 0.95, 20
"""One outlet's longer text again at once, under an edited headline."""

ONE_KEY_NEAR = 0.8
"""Pairs that share a single key must be this near; most have only one sentence in common."""
_CHUNK = 16_384
"""Pairs that the rules look at together."""
_PAIRS = 1 << 20
"""Candidate pairs that are held in memory."""


def find_copies(columns: Columns) -> Pairs:
    """Return the pairs of rows that are copies, int64, shape (n_pairs, 2), the lower row first."""
    keys, rows = columns.link_keys, columns.link_rows
    starts = begins(keys).nonzero()[0]
    sizes = np.diff(starts, append=len(keys))
    # How many of the following rows with the same key each row is compared with. A large collection has very many keys,
    # so their numbers take four bytes.
    following = np.repeat((starts + sizes - 1).astype(np.int32), sizes)
    following -= np.arange(len(keys), dtype=np.int32)
    most = np.repeat(np.where(sizes > FAMILY, WINDOW, FAMILY).astype(np.int32), sizes)
    np.minimum(following, most, out=following)
    del most
    by_row = np.argsort(rows, kind="stable").astype(np.uint32)
    pairs_of = np.bincount(rows, following, minlength=len(columns)).astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(columns)))])

    def sharing() -> Iterator[Pairs]:
        # In batches of rows: all pairs of a large collection do not fit in memory. Each batch has all keys of its rows:
        # `_confirmed` counts the keys that a pair shares.
        before = np.cumsum(pairs_of) - pairs_of
        borders = np.searchsorted(before, np.arange(0, int(pairs_of.sum()) + 1, _PAIRS)).tolist()
        for start, end in pairwise([*borders, len(columns)]):
            places = by_row[indptr[start] : indptr[end]]
            counts = following[places]
            owner = np.repeat(places.astype(np.int64), counts)
            others = owner + 1 + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
            yield np.stack([rows[owner], rows[others]], axis=1).astype(np.int64)

    return _confirmed(columns, columns, sharing())


def find_copies_between(columns: Columns, others: Columns, asked: Mask | None = None) -> Pairs:
    """Return the pairs of a row of `columns` and a row of `others` that are copies, int64, shape (n_pairs, 2).

    Args:
        columns: The articles whose copies to find.
        others: The articles to search.
        asked: Which rows of `columns` to search for, shape (len(columns),); all by default.
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
    """Return the pairs that are copies, of those that share a key.

    Args:
        columns: The columns of the first row of each pair.
        others: The columns of the second row.
        sharing: Batches of pairs, one entry per shared key; all entries of a pair are in the same batch.
    """
    chunks = [np.empty((0, 2), dtype=np.int64)]
    for pairs in sharing:
        packed, keys = np.unique((pairs[:, 0] << 32) | pairs[:, 1], return_counts=True)
        first, second = packed >> 32, packed & 0xFFFFFFFF
        # The cosine is the cheapest test, and only pairs with one address can be copies without it.
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
    """Return which pairs are copies: the same story in the same words, bool, shape (n,).

    Two outlets share a text (a wire story, a press release) if they share much of its wording, or one headline over
    near texts. One outlet rarely publishes a text twice, but often fills in a template: its own articles, and those
    whose outlet is unknown, are copies only if their headlines are the same apart from added words, with the same
    numbers and dates, over common wording. Articles with the same address are always copies.

    Args:
        columns: The columns of `rows`.
        rows: One side of each pair, int64, shape (n,).
        others: The columns of `other_rows`.
        other_rows: The other side of each pair, int64, shape (n,).
    """
    # The tests run from the cheapest to the dearest (vectors, titles, shingles, whole texts), each only on the pairs
    # that the ones before left undecided. `asked` are the places of those pairs in `copies`; all arrays below it have
    # one value for each of them. Every rule must be symmetric: pairs come in either order, and copies form groups.
    copies = _one_page(columns, rows, others, other_rows)
    cosine = _nearness(columns, rows, others, other_rows)
    asked = np.flatnonzero(~copies & (cosine >= SAME_NEAR))
    titles = _titles(columns, rows[asked], others, other_rows[asked])
    ours, theirs = columns.providers[rows[asked]], others.providers[other_rows[asked]]
    one_outlet = (ours == theirs) | (ours == 0) | (theirs == 0)
    # Within one outlet every rule needs equal figures and a similar title; drop the rest before comparing wording.
    undecided = ~one_outlet | (titles.same_figures & (titles.alike >= REVISED_TITLE))
    asked, one_outlet = asked[undecided], one_outlet[undecided]
    titles = _TitleOverlap(*(each[undecided] for each in titles))
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
    if_retold = (cosine >= RETOLD_NEAR) & (days <= HEADLINE_DAYS)
    soon, at_once = days <= REPOST_DAYS, days <= AT_ONCE_DAYS
    again = titles.adds & headline
    reposted = (
        (titles.adds & (title >= REPOST_TITLE) & (wording >= REPOST_WORDING) & (compared >= REPOST_SHINGLES))
        | (again & (compared == 0) & soon)
        | (again & (cosine >= HEADLINE_NEAR) & at_once)
        | ((title >= EDITED_TITLE) & (wording >= EDITED_WORDING) & (compared >= EDITED_SHINGLES) & at_once)
        | (same_facts & (titles.figures >= OWN_FIGURES) & (wording >= REPOST_WORDING) & (cosine >= NEAR))
    )
    if_revised = (title >= REVISED_TITLE) & (wording >= REVISED_WORDING) & (cosine >= LATE_NEAR) & soon
    found = one_outlet & titles.same_figures & reposted
    # Whole texts are the dearest to compare. They decide the pairs that only `if_retold` or `if_revised` admits, and
    # reject syndicated pairs whose titles have figures that the other article lacks.
    left = np.flatnonzero(np.where(one_outlet, titles.same_figures & ~reposted & if_revised, syndicated | if_retold))
    covered = _title_coverage(columns, rows[left], others, other_rows[left])
    two_outlets = (syndicated[left] | (if_retold[left] & covered.both)) & covered.figures
    found[left] = np.where(one_outlet[left], covered.either, two_outlets)
    copies[asked] = found
    return copies


class _Values(NamedTuple):
    """The values of one side of each pair: keys, unique per pair and value, and the place of the pair."""

    keys: NDArray[np.uint64]
    owner: Rows

    @classmethod
    def of(cls, values: NDArray[np.unsignedinteger[Any]], owner: Rows) -> _Values:
        # Exact for 32-bit values; 64-bit ones are hashes already.
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
    """Return the distinct numbers and dates in a field."""
    terms = columns.terms(field)
    flat, owner = terms.gather(rows)
    values = columns.figures[terms.ids[flat]]
    found = _Values.of(values[values != 0], owner[values != 0])
    keys, places = np.unique(found.keys, return_index=True)
    return _Values(keys, found.owner[places])


def _wording(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> tuple[NDArray[np.float64], Rows]:
    """Return the share of the shorter text's shingles that the other has, and how many were compared."""
    sides = []
    highest = np.full(len(rows), np.iinfo(np.uint32).max, dtype=np.uint32)
    for side, places in ((columns, rows), (others, other_rows)):
        values, owner = side.shingles_of(places)
        lengths = side.shingle_indptr[places + 1] - side.shingle_indptr[places]
        # A long text keeps only its lowest hashes, so compare no hashes above its highest one.
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
    # Each side is ascending without repetitions, so shared values are adjacent once both are sorted together.
    merged = np.concatenate(found)
    merged.sort(kind="stable")
    shared = np.bincount((merged[1:][merged[1:] == merged[:-1]] >> np.uint64(32)).astype(np.int64), minlength=len(rows))
    shorter = np.minimum(*counts)
    return shared / np.maximum(shorter, 1), shorter


class _TitleOverlap(NamedTuple):
    """What the titles of each pair have in common, one value per pair.

    Attributes:
        alike: Jaccard index of their terms.
        adds: Whether at most one of them has terms that the other lacks.
        figures: How many numbers and dates they share.
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


class _TitleCoverage(NamedTuple):
    """Whether the texts of a pair contain the terms of each other's titles, one value per pair.

    Attributes:
        both: Whether each text has all terms of the other's title.
        either: Whether at least one does.
        figures: Whether at least one text has all numbers and dates of the other's title.
    """

    both: Mask
    either: Mask
    figures: Mask


def _title_coverage(columns: Columns, rows: Rows, others: Columns, other_rows: Rows) -> _TitleCoverage:
    pairs = len(rows)
    sides = ((columns, rows), (others, other_rows))
    (titles, figures, texts, text_figures) = (
        [of(side, field, places) for side, places in sides] for field in ("title", "lead") for of in (_terms, _figures)
    )

    def missing(wanted: list[_Values], found: list[_Values]) -> tuple[Rows, Rows]:
        ours, theirs = (wanted[side].per_pair(pairs) - wanted[side].shared(found[1 - side], pairs) for side in (0, 1))
        return ours, theirs

    ours, theirs = missing(titles, texts)
    our_figures, their_figures = missing(figures, text_figures)
    some = np.minimum(*(title.per_pair(pairs) for title in titles)) > 0
    return _TitleCoverage(
        both=(ours == 0) & (theirs == 0) & some,
        either=(ours == 0) | (theirs == 0),
        figures=(our_figures == 0) | (their_figures == 0),
    )


def groups_of(pairs: Pairs) -> tuple[Rows, Rows]:
    """Return the groups that pairs connect.

    Args:
        pairs: int64, shape (n, 2).

    Returns:
        The rows in any pair, ascending, and the lowest row of each one's group, int64, shape (n_rows,) each.
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
