"""The same story told twice: of the copies among candidates the best is shown, in the place of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.pool import Places


def collapse(groups: Places, qualities: NDArray[np.floating], days: NDArray[np.float64]) -> Places:
    """Return the candidate that each one gives way to.

    Of the candidates of a group the one with the highest quality stays, of equally good ones the newest, of equally new
    ones that of the lowest place; an unknown quality or date counts as lower than any.

    Args:
        groups: What tells a candidate's group of copies from others, shape (n,).
        qualities: NaN where unknown, shape (n,).
        days: Dates in days, NaN where unknown, shape (n,).

    Returns:
        For each candidate the place of the one that stays, its own where that is itself, int64, shape (n,).
    """
    lowest = -np.inf
    best_first = np.lexsort(
        (-np.nan_to_num(days, nan=lowest), -np.nan_to_num(qualities.astype(np.float64), nan=lowest), groups)
    )
    first = np.ones(len(groups), dtype=bool)
    first[1:] = groups[best_first[1:]] != groups[best_first[:-1]]
    stays = np.empty(len(groups), dtype=np.int64)
    stays[best_first] = best_first[first][np.cumsum(first) - 1]
    return stays
