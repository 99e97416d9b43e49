"""Calm lists: an item stays in its list unless another beats it by a margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.selection import Candidates, Fate, Limits, Selection

_STAYS = frozenset({Fate.SHOWN, Fate.BEYOND, Fate.GAVE_WAY})


def beats(score: float, other: float, margin: float) -> bool:
    """Whether a score is higher than another by more than the share `margin` of it."""
    return score - other > margin * abs(other)


def keep_previous(
    selection: Selection,
    candidates: Candidates,
    limits: Limits,
    previous: Sequence[int],
    margin: float,
    preferred: NDArray[np.bool_],
) -> Selection:
    """Return a list that differs from the one before no more than it must.

    Items of the list before stay while nothing takes them out (a rule, a copy, the minimum, a cap); free places go to
    the best of the new list, and then the best new item takes the place of the weakest old one as long as it beats it
    by the margin. Called again with its own answer it changes nothing. Where no item changes, the order stays too.

    Args:
        selection: The list as it would be if there had been none before.
        candidates: What that was chosen from; all items of the list before are among them.
        limits: What a list may hold.
        previous: Places of the items of the list before, in its order.
        margin: A share of the old item's score.
        preferred: As in `select`; what is not preferred never takes the place of what is.
    """
    fates, scores, owners = selection.fates, candidates.scores, candidates.owners
    pins = [place for place in selection.chosen if fates[place] == Fate.PINNED]
    fresh = selection.chosen[len(pins) :]
    # Where a copy gave way to a better one, that has its place.
    old = [int(selection.stays[place]) for place in previous]
    old = [place for place in dict.fromkeys(old) if Fate(fates[place]) in _STAYS]

    def rank(place: int) -> tuple[bool, int]:
        return not preferred[place], int(candidates.ranks[place])

    def has_room(places: Sequence[int], place: int) -> bool:
        cap = limits.max_per_provider
        same = sum(owners[other] == owners[place] for other in places)
        return len(places) < room and (not cap or owners[place] == 0 or same < cap)

    def wins(place: int, other: int) -> bool:
        if preferred[place] != preferred[other]:
            return bool(preferred[place])
        return beats(scores[place], scores[other], margin)

    room = limits.top_k - len(pins)
    # What both lists have stays before all else.
    kept: list[int] = [place for place in old if place in fresh]
    for place in sorted(old, key=rank):
        if place not in fresh and has_room(kept, place):
            kept.append(place)
    for place in fresh:
        if place in kept:
            continue
        if has_room(kept, place):
            kept.append(place)
            continue
        # The weakest of those that are not among the best any more and whose place it can take.
        for weakest in sorted(kept, key=rank, reverse=True):
            rest = [other for other in kept if other != weakest]
            if weakest not in fresh and has_room(rest, place):
                kept = [*rest, place] if wins(place, weakest) else kept
                break
    result = [*pins, *sorted(kept, key=rank)]
    if set(result) == set(selection.chosen):
        result = selection.chosen
    same = set(result) == set(previous) and list(previous[: len(pins)]) == pins
    shown = list(previous if same else result)
    fates = fates.copy()
    fates[[place for place in selection.chosen if place not in shown]] = Fate.BEYOND
    fates[[place for place in shown if fates[place] != Fate.PINNED]] = Fate.SHOWN
    return replace(selection, chosen=shown, fates=fates)
