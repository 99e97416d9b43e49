"""Agreement of several judges: Krippendorff's alpha, and the pairs that they differ on most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import pvariance
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.judging import GRADES, JudgementsBy, grades_only
from recommender.evaluation.significance import CONFIDENCE, chunks

Scale = Literal["nominal", "ordinal", "interval"]
"""What the values mean: names, ranks, or numbers."""
MIN_QUERIES = 5
"""With fewer query articles there is no interval."""
RESAMPLES = 2_000


class Differing(NamedTuple):
    """A pair that judges graded differently.

    Attributes:
        query: The query article's id.
        article: The judged article's id.
        grades: The grade by judge, in the order of their names.
    """

    query: str
    article: str
    grades: dict[str, int]


@dataclass(frozen=True)
class Agreement:
    """How well judges agree.

    Attributes:
        alpha: Krippendorff's alpha of the grades as ranks; None if it is not defined.
        interval: Its 95 % bootstrap interval over query articles; None for fewer than `MIN_QUERIES` of them.
        judges: How many judges graded a pair.
        pairs: How many pairs were graded.
        shared: How many pairs were graded by two judges or more; only these count.
        unsure: How often a judge was unsure.
        differing: The pairs of unlike grades, those that differ most first.
    """

    alpha: float | None
    interval: tuple[float, float] | None
    judges: int
    pairs: int
    shared: int
    unsure: int
    differing: list[Differing]


def measure_agreement(by_judge: JudgementsBy) -> Agreement:
    """Measure how well judges agree, leaving out what they are unsure about.

    Pairs of one query article are not independent of each other, so the bootstrap draws query articles.
    """
    pairs: dict[tuple[str, str], dict[str, int]] = {}
    for judge in sorted(by_judge):
        for query, found in grades_only(by_judge[judge]).items():
            for article, grade in found.items():
                pairs.setdefault((query, article), {})[judge] = grade
    shared = {pair: given for pair, given in sorted(pairs.items()) if len(given) > 1}
    of_query: dict[str, NDArray[np.float64]] = {}
    for (query, _), given in shared.items():
        added = _coincidences(list(given.values()), GRADES)
        of_query[query] = of_query[query] + added if query in of_query else added
    matrices = np.array(list(of_query.values())).reshape(-1, len(GRADES), len(GRADES))
    differing = [Differing(*pair, given) for pair, given in shared.items() if len(set(given.values())) > 1]
    values = [each for judged in by_judge.values() for articles in judged.values() for each in articles.values()]
    return Agreement(
        alpha=_defined(_alphas(matrices.sum(axis=0), GRADES, "ordinal")),
        interval=_interval(matrices) if len(matrices) >= MIN_QUERIES else None,
        judges=len({judge for given in pairs.values() for judge in given}),
        pairs=len(pairs),
        shared=len(shared),
        unsure=sum(not isinstance(value, int) for value in values),
        differing=sorted(differing, key=_difference, reverse=True),
    )


def krippendorff_alpha(units: Iterable[Sequence[float]], scale: Scale = "ordinal") -> float | None:
    """Compute Krippendorff's alpha: 1 - observed disagreement / disagreement expected by chance.

    Krippendorff, "Content analysis" (2nd ed., 2004), chapter 11; "Computing Krippendorff's alpha-reliability" (2011).
    A unit of m values adds 1 / (m - 1) to the coincidence o_ck for each ordered pair of its values c and k by different
    observers. With n_c = sum over k of o_ck and n = sum over c of n_c,

        alpha = 1 - (n - 1) * (sum of o_ck * d_ck) / (sum of n_c * n_k * d_ck)

    where d_ck is 1 for unlike names, (c - k)^2 for numbers, and for ranks the squared number of values that lie between
    c and k: (sum over g from c to k of n_g - (n_c + n_k) / 2)^2.

    Args:
        units: For each unit, the values that its observers gave, in any order; a missing value is left out. Units with
            fewer than two values do not count.
        scale: What the values mean.

    Returns:
        1 for perfect agreement, about 0 for chance, below 0 for systematic disagreement. None if no unit has two
        values or if all values are equal: without variation agreement cannot be told from chance.
    """
    counted = [unit for unit in units if len(unit) > 1]
    values = sorted({value for unit in counted for value in unit})
    coincidences = sum((_coincidences(unit, values) for unit in counted), np.zeros((len(values), len(values))))
    return _defined(_alphas(coincidences, values, scale))


def _coincidences(unit: Sequence[float], values: Sequence[float]) -> NDArray[np.float64]:
    """Return what one unit adds to the coincidences, float64, shape (len(values), len(values))."""
    counts = np.array([unit.count(value) for value in values], dtype=np.float64)
    return (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)


def _alphas(coincidences: NDArray[np.float64], values: Sequence[float], scale: Scale) -> NDArray[np.float64]:
    """Return alpha for each matrix of shape (..., len(values), len(values)), NaN where it is not defined."""
    counts = coincidences.sum(axis=-1)
    number = counts.sum(axis=-1)
    if scale == "nominal":
        differences = 1.0 - np.eye(len(values))
    else:
        # Half of an end's own values lie between, which makes ranks the middles of their shares of all values.
        places = np.cumsum(counts, axis=-1) - counts / 2 if scale == "ordinal" else np.array(values, dtype=np.float64)
        differences = (places[..., :, None] - places[..., None, :]) ** 2
    observed = (coincidences * differences).sum(axis=(-2, -1))
    expected = (counts[..., :, None] * counts[..., None, :] * differences).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - (number - 1) * observed / expected, np.nan))


def _interval(matrices: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the percentile bootstrap interval of alpha over the query articles whose coincidences are given."""
    random, number = np.random.default_rng(0), len(matrices)
    drawn = [
        _alphas(np.tensordot(random.multinomial(number, [1 / number] * number, size), matrices, 1), GRADES, "ordinal")
        for size in chunks(number, RESAMPLES)
    ]
    found = np.concatenate(drawn)
    found = found[~np.isnan(found)]
    if len(found) < RESAMPLES / 2:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)


def _difference(pair: Differing) -> tuple[int, float]:
    grades = pair.grades.values()
    return max(grades) - min(grades), pvariance(grades)


def _defined(value: NDArray[np.float64]) -> float | None:
    return None if np.isnan(value) else float(value)
