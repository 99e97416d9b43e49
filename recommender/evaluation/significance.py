"""Significance of differences between systems: bootstrap intervals, randomisation tests, Holm's correction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
SIGNIFICANT = 0.05
"""A difference counts as shown if its p-value, corrected if there are several, lies below."""
_LEAST_P = 0.001
"""Smaller p-values are not told apart: with so few resamples their digits would be noise."""
_CHUNK = 1 << 20
"""The most values to draw at once, to bound memory."""


class Comparison(NamedTuple):
    """The difference between two systems over the same queries.

    Attributes:
        difference: Mean of the first minus mean of the second.
        low: Lower end of its interval.
        high: Upper end of its interval.
        p_value: Two-sided p-value of the randomisation test, uncorrected.
    """

    difference: float
    low: float
    high: float
    p_value: float


def interval(values: NDArray[np.float64], *, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean of `values`, resampling queries.

    Efron & Tibshirani, "An introduction to the bootstrap" (1993), chapter 13.
    """
    if not len(values):
        return 0.0, 0.0
    random = np.random.default_rng(seed)
    means = np.concatenate(
        [values[random.integers(0, len(values), (count, len(values)))].mean(axis=1) for count in chunks(len(values))]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def compare(first: NDArray[np.float64], second: NDArray[np.float64], *, seed: int = 0) -> Comparison:
    """Compare two systems by the difference of their means, with its interval and p-value.

    The interval is a bootstrap interval over pairs (see `interval`); the p-value is that of Fisher's randomisation
    test, which flips the sign of each query's difference at random (Smucker, Allan & Carterette, "A comparison of
    statistical significance tests for information retrieval evaluation", 2007).

    Args:
        first: One value per query, float64, shape (n,).
        second: The other system's values for the same queries, float64, shape (n,).
        seed: Seed of the random numbers.
    """
    differences = first - second
    difference = float(differences.mean()) if len(differences) else 0.0
    random = np.random.default_rng(seed + 1)
    as_large = 0
    for count in chunks(len(differences)):
        signs = random.integers(0, 2, (count, len(differences)), dtype=np.int8) * 2 - 1
        means = np.abs(signs @ differences) / max(1, len(differences))
        # The tolerance counts means that are equal except for rounding.
        as_large += int(np.count_nonzero(means >= abs(difference) - 1e-12))
    return Comparison(difference, *interval(differences, seed=seed), (as_large + 1) / (RESAMPLES + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for multiple comparisons, in the same order.

    Holm, "A simple sequentially rejective multiple test procedure" (1979).
    """
    order = np.argsort(p_values, kind="stable")
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order.tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def p_text(p_value: float) -> str:
    """Return a p-value with the digits that resampling can tell apart: `p < 0.001`, `p = 0.034`, `p = 0.35`."""
    if p_value < _LEAST_P:
        return f"p < {_LEAST_P}"
    digits = 2 if p_value >= 0.1 else 3
    while p_value < SIGNIFICANT <= round(p_value, digits):
        digits += 1
    return f"p = {p_value:.{digits}f}"


def chunks(queries: int, resamples: int | None = None) -> list[int]:
    """Return how many of the resamples, `RESAMPLES` by default, to draw at a time, to bound memory."""
    resamples = resamples or RESAMPLES
    step = max(1, _CHUNK // max(1, queries))
    return [min(step, resamples - start) for start in range(0, resamples, step)]
