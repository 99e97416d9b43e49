"""Keeps lists stable: a previous item stays unless another beats it by a margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.selection import Candidates, Fate, Limits, Selection

_STAYS = frozenset({Fate.SHOWN, Fate.BEYOND, Fate.GAVE_WAY})


def beats(score: float, other: float, margin: float) -> bool:
    """Return whether a score exceeds another by more than the share `margin` of that."""
    return score - other > margin * abs(other)


def keep_previous(
    selection: Selection,
    candidates: Candidates,
    limits: Limits,
    previous: Sequence[int],
    margin: float,
    preferred: NDArray[np.bool_],
) -> Selection:
    """Return a list that differs from the previous one as little as possible.

    Previous items stay unless a rule, a copy, the minimum or a cap removes them. Free places go to the best of the new
    list, and then a new item replaces the weakest previous one as long as it beats it by the margin. Applied to its own
    result, this changes nothing. If no item changes, the order stays too.

    Args:
        selection: The list as chosen without a previous one.
        candidates: What it was chosen from, including all previous items.
        limits: What a list may hold.
        previous: Places of the previous items, in order.
        margin: A share of the previous item's score.
        preferred: As in `select`; a preferred item is never replaced by another.
    """
    fates, scores, owners = selection.fates, candidates.scores, candidates.owners
    pins = [place for place in selection.chosen if fates[place] == Fate.PINNED]
    fresh = selection.chosen[len(pins) :]
    # A previous item that was collapsed into a better copy passes its place on to that copy.
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
    # In three steps, and the order matters. First what both lists have: it needs no margin, and must not lose its room
    # under the cap to an item that only one list has. Then previous items, the best first, while there is room. Last
    # new items: into free places, or in place of the weakest previous item that is not in the new list.
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
        # Only the weakest item that it can replace is tried: if it does not beat that one by the margin, it beats none.
        for weakest in sorted(kept, key=rank, reverse=True):
            rest = [other for other in kept if other != weakest]
            if weakest not in fresh and has_room(rest, place):
                kept = [*rest, place] if wins(place, weakest) else kept
                break
    result = [*pins, *sorted(kept, key=rank)]
    # The same items keep the order they had: that of the new list (MMR is not sorted by score), or of the previous one.
    if set(result) == set(selection.chosen):
        result = selection.chosen
    same = set(result) == set(previous) and list(previous[: len(pins)]) == pins
    shown = list(previous if same else result)
    fates = fates.copy()
    fates[[place for place in selection.chosen if place not in shown]] = Fate.BEYOND
    fates[[place for place in shown if fates[place] != Fate.PINNED]] = Fate.SHOWN
    return replace(selection, chosen=shown, fates=fates)
