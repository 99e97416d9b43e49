"""Collapses copies: of each group of copies among the candidates, the best one stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.ascending import begins
from recommender.ranking.pool import Places


def collapse(groups: Places, qualities: NDArray[np.floating], days: NDArray[np.float64]) -> Places:
    """Return the place of the candidate that replaces each one, its own if it stays, int64, shape (n,).

    In each group the highest quality stays; ties go to the newest, then to the lowest place. An unknown quality or date
    counts as lower than any.

    Args:
        groups: Equal for copies of one another, shape (n,).
        qualities: NaN where unknown, shape (n,).
        days: Dates in days, NaN where unknown, shape (n,).
    """
    stays = np.arange(len(groups))
    by_group = groups.argsort(kind="stable")
    alone = begins(groups[by_group])
    if alone.all():
        return stays
    # Who begins a group is alone in it if the next begins another.
    alone[:-1] &= alone[1:]
    some = by_group[~alone]
    # An unknown value sorts last, as the lowest does.
    some = some[np.lexsort((-days[some], -qualities[some], groups[some]))]
    first = begins(groups[some])
    stays[some] = some[first][first.cumsum() - 1]
    return stays
