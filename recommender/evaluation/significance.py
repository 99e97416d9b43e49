"""How sure a difference between systems is, over the same queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
_DRAWN = 1 << 20
"""Values that are drawn at once, so that memory stays small."""


class Comparison(NamedTuple):
    """One system against another, over the same queries.

    Attributes:
        difference: Mean of the first less mean of the second.
        low: Lower end of its interval.
        high: Upper end.
        p_value: Of the randomisation test, two-sided, before any correction.
    """

    difference: float
    low: float
    high: float
    p_value: float


def interval(values: NDArray[np.float64], *, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean of `values`, over resampled queries.

    Efron & Tibshirani, "An introduction to the bootstrap" (1993), chapter 13.
    """
    if not len(values):
        return 0.0, 0.0
    random = np.random.default_rng(seed)
    means = np.concatenate(
        [values[random.integers(0, len(values), (count, len(values)))].mean(axis=1) for count in _chunks(len(values))]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def compare(first: NDArray[np.float64], second: NDArray[np.float64], *, seed: int = 0) -> Comparison:
    """One system against another: difference of the means, its interval, and how likely chance alone gives as much.

    The interval is the bootstrap's over pairs (see `interval`); the test is Fisher's randomisation test: the sign of
    each query's difference is drawn anew (Smucker, Allan & Carterette, "A comparison of statistical significance tests
    for information retrieval evaluation", 2007).

    Args:
        first: One value a query, float64, shape (n,).
        second: Of the other system, for the same queries.
        seed: Of the random numbers.
    """
    differences = first - second
    low, high = interval(differences, seed=seed)
    observed = abs(differences.mean()) if len(differences) else 0.0
    random = np.random.default_rng(seed + 1)
    as_large = 0
    for count in _chunks(len(differences)):
        signs = random.integers(0, 2, (count, len(differences)), dtype=np.int8) * 2 - 1
        means = np.abs(signs @ differences) / max(1, len(differences))
        # What is equal but for rounding counts as large.
        as_large += int(np.count_nonzero(means >= observed - 1e-12))
    p_value = (as_large + 1) / (RESAMPLES + 1)
    return Comparison(float(differences.mean()) if len(differences) else 0.0, low, high, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for being many, in their order.

    Holm, "A simple sequentially rejective multiple test procedure" (1979).
    """
    order = np.argsort(p_values, kind="stable")
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order.tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _chunks(queries: int) -> list[int]:
    """How many resamples of so many queries are made at once, again and again."""
    step = max(1, _DRAWN // max(1, queries))
    return [min(step, RESAMPLES - start) for start in range(0, RESAMPLES, step)]
