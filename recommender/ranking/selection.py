"""Selects a list from scored candidates: minimum, copies, pins, diversity and caps, with each candidate's fate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.ascending import begins
from recommender.ranking.diversity import rerank_mmr
from recommender.ranking.duplicates import collapse
from recommender.ranking.pool import Mask, Places, Pool

POOL_FACTOR, LEAST_POOL = 10, 50
"""A diverse list is chosen from this many times the wanted items, and at least from this many."""


class Fate(IntEnum):
    """The outcome for a candidate."""

    SHOWN = 0
    PINNED = 1
    RULED_OUT = 2
    COPY_OF_ASKED = 3
    UNDER_MINIMUM = 4
    COLLAPSED = 5
    CAPPED = 6
    GAVE_WAY = 7
    BEYOND = 8


# numpy takes an int in a sixth of the time that an enum takes.
(SHOWN, PINNED, _RULED_OUT, _COPY_OF_ASKED, _UNDER_MINIMUM, COLLAPSED, _CAPPED, _GAVE_WAY, _BEYOND) = map(int, Fate)


@dataclass(frozen=True)
class Candidates:
    """Scored candidates in the order of their ids; the lower place wins a tie.

    Attributes:
        scores: Raw scores, higher is more related, float64, shape (n,).
        reaching: Which reach the minimum score of `Limits`, bool, shape (n,).
        groups: Equal for copies of one another.
        qualities: NaN where unknown.
        days: Dates in days, NaN where unknown.
        owners: Hash of the provider, 0 for none.
        vectors_at: Returns the unit vectors of the candidates at some places, float32, shape (n_places, dimension).
    """

    scores: NDArray[np.float64]
    reaching: Mask
    groups: Places
    qualities: NDArray[np.float32]
    days: NDArray[np.float64]
    owners: NDArray[np.uint64]
    vectors_at: Callable[[Places], NDArray[np.float32]]

    @classmethod
    def of(cls, pool: Pool, scores: NDArray[np.float64], reaching: Mask) -> Candidates:
        """Return the candidates of a pool with their scores."""
        return cls(scores, reaching, pool.copy_groups, pool.qualities, pool.days, pool.providers, pool.vectors_at)

    @cached_property
    def order(self) -> Places:
        """Places of all candidates, best score first."""
        return np.argsort(-self.scores, kind="stable")

    @cached_property
    def ranks(self) -> Places:
        """The rank of each candidate by score, from 0."""
        ranks = np.empty(len(self.scores), dtype=np.int64)
        ranks[self.order] = np.arange(len(ranks))
        return ranks


@dataclass(frozen=True)
class Limits:
    """What a list may hold.

    Attributes:
        top_k: How many items at most.
        min_score: The least calibrated score that is shown.
        diversity: See `rerank_mmr`.
        max_per_provider: How many of one provider at most; 0 for any number.
        always: How many items at least, however little related, if there are so many.
        belonging: What the best candidate must have in common with the article (see `chance.belonging`).
    """

    top_k: int
    min_score: float
    diversity: float = 0.0
    max_per_provider: int = 0
    always: int = 0
    belonging: float = -np.inf


@dataclass(frozen=True)
class Selection:
    """The chosen list, and the outcome for each candidate.

    Attributes:
        chosen: Places of the shown candidates, in order.
        fates: A `Fate` for each candidate, int8, shape (n,).
        stays: For a collapsed candidate the place of the one that replaces it; for others their own.
    """

    chosen: list[int]
    fates: NDArray[np.int8]
    stays: Places


def select(
    candidates: Candidates, limits: Limits, *, ruled_out: Mask, copies: Mask, preferred: Mask, pinned: Sequence[int]
) -> Selection:
    """Choose the list.

    Removes, in this order, what a rule excludes, copies of the article asked about, and what is under the minimum;
    keeps the best of the copies among the rest; then fills the list, pinned candidates first, preferred ones before the
    others, by score or by MMR, with no more of one provider than the cap allows.

    Args:
        candidates: The candidates.
        limits: What a list may hold.
        ruled_out: Those that a rule excludes.
        copies: Copies of the article asked about, or its own page.
        preferred: Those that come first whatever their score.
        pinned: Places of those that an editor put first; neither the minimum nor the cap applies to them.
    """
    # The fates are assigned from the weakest to the strongest, so a candidate ends up with the first that applies.
    count = len(candidates.scores)
    fates = np.full(count, _BEYOND, dtype=np.int8)
    stays = np.arange(count)
    fates[~candidates.reaching] = _UNDER_MINIMUM
    fates[copies] = _COPY_OF_ASKED
    fates[ruled_out] = _RULED_OUT
    pins = [place for place in pinned if not ruled_out[place]][: limits.top_k]
    fates[pins] = PINNED
    left = (fates == _BEYOND).nonzero()[0]
    # Copies of a pinned article give way to it, whatever their quality.
    for place in pins:
        same = left[candidates.groups[left] == candidates.groups[place]]
        fates[same], stays[same] = COLLAPSED, place
    left = (fates == _BEYOND).nonzero()[0]
    kept = left[collapse(candidates.groups[left], candidates.qualities[left], candidates.days[left])]
    stays[left] = kept
    fates[left[kept != left]] = COLLAPSED
    left = (fates == _BEYOND).nonzero()[0]
    ordered = left[np.lexsort((candidates.ranks[left], ~preferred[left]))]
    chosen = _fill(candidates, limits, ordered, preferred, limits.top_k - len(pins), fates)
    return Selection([*pins, *chosen], fates, stays)


def _fill(
    candidates: Candidates, limits: Limits, ordered: Places, preferred: Mask, wanted: int, fates: NDArray[np.int8]
) -> list[int]:
    if wanted < 1:
        return []
    pool, cap = ordered, limits.max_per_provider
    if limits.diversity:
        pool = _pool(ordered, candidates.owners, limits)
    vectors, relevance = np.empty((len(pool), 0), dtype=np.float32), candidates.scores[pool]
    if limits.diversity and len(pool):
        vectors = candidates.vectors_at(pool)
        # MMR weighs relevance against cosines; scale the best to 1 to make them comparable.
        relevance = relevance / np.abs(relevance).max() if np.any(relevance) else relevance
    owners = candidates.owners[pool]
    chosen = rerank_mmr(
        vectors, relevance, wanted, limits.diversity, first=preferred[pool], owners=owners, max_per_owner=cap
    )
    fates[pool[chosen]] = SHOWN
    # A candidate before the last one shown was passed over for diversity or for the cap, not for its score.
    over = pool[: chosen.max() + 1] if len(chosen) == wanted else pool
    over = over[fates[over] == _BEYOND]
    fates[over] = _GAVE_WAY
    if cap:
        names, counts = np.unique(owners[chosen], return_counts=True)
        full = names[(counts >= cap) & (names != 0)]
        fates[over[np.isin(candidates.owners[over], full)]] = _CAPPED
    return [int(place) for place in pool[chosen]]


def _pool(ordered: Places, owners: NDArray[np.uint64], limits: Limits) -> Places:
    """Return the best candidates for a diverse list; with a cap, not too many of one provider."""
    if limits.max_per_provider:
        place = np.argsort(owners[ordered], kind="stable")
        theirs = owners[ordered][place]
        new = begins(theirs)
        nth = np.arange(len(theirs)) - new.nonzero()[0][np.cumsum(new) - 1]
        room = np.empty(len(ordered), dtype=bool)
        room[place] = (nth < POOL_FACTOR * limits.max_per_provider) | (theirs == 0)
        ordered = ordered[room]
    return ordered[: max(LEAST_POOL, POOL_FACTOR * limits.top_k)]
