"""Collapses copies: of each group of copies among the candidates, the best one stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    ordered = np.sort(groups)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.arange(len(groups))
    lowest = -np.inf
    best_first = np.lexsort(
        (-np.nan_to_num(days, nan=lowest), -np.nan_to_num(qualities.astype(np.float64), nan=lowest), groups)
    )
    first = np.ones(len(groups), dtype=bool)
    first[1:] = groups[best_first[1:]] != groups[best_first[:-1]]
    stays = np.empty(len(groups), dtype=np.int64)
    stays[best_first] = best_first[first][np.cumsum(first) - 1]
    return stays
