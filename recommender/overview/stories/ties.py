"""Ties between articles: how alike two articles are that lie near in time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recommender.embedding import Vectors
    from recommender.index import Index

Places = NDArray[np.int64]
Floats = NDArray[np.float32]

LEAST_TIE = 0.46
"""Weaker ties are none."""
FADES_IN_DAYS, FADES_WITH_RHYTHM, SLOWEST_DAYS = 14.0, 10.0, 34.0
"""A tie fades to 1/e in so many days where many articles appear a day; on a slower site in `FADES_WITH_RHYTHM` times
the root of the days from article to article, but not so slowly that what comes every month would be one story."""
FREE_DAYS = 1.0
"""The first day costs nothing."""
MOST_TIES = 100
"""Of its ties to later articles an article keeps the strongest."""
SMALL_SITE = 20
"""The mean of so few vectors counts half: it says more about them than about what all articles of a site have."""

_ROWS, _COLUMNS = 1024, 8192
"""How many articles are compared with how many others at once."""


@dataclass(frozen=True)
class Material:
    """What stories are made of: the articles in the order of their dates, then of their ids, undated ones last.

    Attributes:
        ids: Their ids.
        days: Days since 1970, float64, shape (n,), NaN where unknown.
        vectors: Unit rows, float32, shape (n, dimension).
        copies: Equal for copies of one another, int64, shape (n,).
        days_per_article: The site's rhythm; NaN if unknown.
    """

    ids: list[str]
    days: NDArray[np.float64]
    vectors: Vectors
    copies: Places
    days_per_article: float = math.nan

    @classmethod
    def of(cls, index: Index) -> Material:
        """Gather it from an index, inside a read."""
        ids = list(index.ids())
        pool = index.gather(None, ids)
        # The pool is sorted by id, and the sort is stable; NaN comes last.
        order = np.argsort(pool.days, kind="stable")
        return cls(
            ids=[ids[place] for place in order],
            days=pool.days[order],
            vectors=pool.vectors_at(order),
            copies=pool.copy_groups[order],
            days_per_article=index.samples().days_per_article,
        )

    @property
    def fades_in_days(self) -> float:
        """The time in which a tie fades to 1/e."""
        if math.isnan(self.days_per_article):
            return FADES_IN_DAYS
        return min(max(FADES_IN_DAYS, FADES_WITH_RHYTHM * math.sqrt(self.days_per_article)), SLOWEST_DAYS)

    def __len__(self) -> int:
        return len(self.ids)


class Ties(NamedTuple):
    """Pairs of articles that may belong to one story.

    Attributes:
        first: The place of the earlier article, int64, shape (n,).
        second: The place of the later one, likewise.
        strength: In (0, 1], float32, shape (n,).
    """

    first: Places
    second: Places
    strength: Floats


def find_ties(
    material: Material, *, least: float = LEAST_TIE, fades_in_days: float | None = None, centred: bool = True
) -> Ties:
    """Find the pairs of dated articles that are alike and near in time.

    The strength of a tie is c, times exp(-(days - 1) / 14) from the second day on. c is the cosine of the two vectors
    without the mean of all, which is what the articles of a site have in common (Mu & Viswanath, "All-but-the-top",
    2018, step 1): one threshold then holds for sites of one subject and of many. That likeness must fade with time, to
    tell an event from the next of its kind, is known since the TDT pilot study (Allan et al. 1998); newer systems do so
    with vectors (Miranda et al. 2018; Saravanakumar et al. 2021). They add shared words and names, which were measured
    to gain nothing here, see `data/benchmarks/stories.md`.

    Args:
        material: The articles.
        least: Weaker ties are left out; greater than 0.
        fades_in_days: The time in which a tie fades to 1/e, by default the site's own; infinite for never.
        centred: Take the mean off the vectors.
    """
    fades_in_days = material.fades_in_days if fades_in_days is None else fades_in_days
    dated = int(np.count_nonzero(~np.isnan(material.days)))
    days = material.days[:dated]
    window = FREE_DAYS + fades_in_days * math.log(1 / least) if fades_in_days < math.inf else math.inf
    found = [Ties(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
    vectors = material.vectors[:dated]
    for rows, others, cosines in _pairs(_centred(vectors) if centred else vectors, days, least, window):
        apart = np.maximum(days[others] - days[rows] - FREE_DAYS, 0)
        strength = (cosines * np.exp(-apart / fades_in_days)).astype(np.float32)
        kept = _strongest(rows, others, strength, least)
        found.append(Ties(rows[kept], others[kept], strength[kept]))
    return Ties(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _centred(vectors: Vectors) -> Vectors:
    """Return unit vectors without the mean of all."""
    if not len(vectors):
        return vectors
    share = len(vectors) / (len(vectors) + SMALL_SITE)
    centred: Vectors = vectors - (share * vectors.mean(axis=0, dtype=np.float64)).astype(np.float32)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), np.float32(1e-9))
    return centred


def _pairs(
    vectors: Vectors, days: NDArray[np.float64], least: float, window: float
) -> Iterator[tuple[Places, Places, Floats]]:
    """Yield some articles at a time, each paired with all later ones within `window` days that are near enough."""
    for start in range(0, len(vectors), _ROWS):
        block = vectors[start : start + _ROWS]
        end = int(np.searchsorted(days, days[start + len(block) - 1] + window, side="right"))
        chunks = []
        for first in range(start, end, _COLUMNS):
            products = block @ vectors[first : min(first + _COLUMNS, end)].T
            rows, others = np.nonzero(products >= least)
            later = others + first > rows + start
            rows, others = rows[later], others[later]
            chunks.append((rows + start, others + first, products[rows, others]))
        rows, others, cosines = (np.concatenate(column) for column in zip(*chunks, strict=True))
        yield rows, others, cosines


def _strongest(rows: Places, others: Places, strength: Floats, least: float) -> Places:
    """Return the ties to keep, ascending by article, of each at most `MOST_TIES`; a draw goes to the earlier one."""
    (kept,) = (strength >= least).nonzero()
    kept = kept[np.lexsort((others[kept], -strength[kept], rows[kept]))]
    owner = rows[kept]
    rank = np.arange(len(kept)) - np.searchsorted(owner, owner)
    chosen: Places = kept[rank < MOST_TIES]
    return chosen
