"""The Gini coefficient of how often articles are recommended."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def gini(counts: NDArray[np.integer], total: int) -> float:
    """Return how unequally `total` articles are recommended: 0 for equally often, towards 1 if one is everywhere.

    G = (2 sum_i i x_i) / (n sum_i x_i) - (n + 1) / n for ascending x (Gini 1912).

    Args:
        counts: How often each recommended article is recommended, shape (m,).
        total: Number of all articles, including those never recommended; at least m.
    """
    summed = int(counts.sum())
    if not summed:
        return 0.0
    places = np.arange(total - len(counts) + 1, total + 1)
    return float(2 * (places @ np.sort(counts)) / (total * summed) - (total + 1) / total)
