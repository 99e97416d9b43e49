"""Comparison of runs: mean metrics with confidence intervals, significance tests, and means by slice of the queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ConfigError
from recommender.evaluation.metrics import Metric, evaluate, judged_queries, query_grades
from recommender.evaluation.significance import Comparison, compare, holm, interval
from recommender.evaluation.trec import Qrels, Run

MAX_MOVED = 10
MIN_SLICE_QUERIES = 5
"""Smaller slices are left out: their means are mostly noise."""
LENGTHS = ((1, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, None))


@dataclass(frozen=True)
class System:
    """The results of one run.

    Attributes:
        name: The run's name.
        values: By metric and query, float64, shape (n_metrics, n_queries).
        means: Mean over queries, by metric.
        intervals: 95 % bootstrap interval of the mean, by metric.
        answered: How many of the queries the run has a list for.
    """

    name: str
    values: NDArray[np.float64]
    means: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    answered: int


@dataclass(frozen=True)
class RunComparison:
    """A run compared with the first one, by metric; `corrected` holds the p-values after Holm's correction."""

    name: str
    comparisons: tuple[Comparison, ...]
    corrected: tuple[float, ...]


@dataclass(frozen=True)
class Slice:
    """A subset of the queries, with each system's mean of the first metric."""

    kind: str
    name: str
    queries: int
    means: tuple[float, ...]


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate_runs`.

    Attributes:
        metrics: The metrics; the first one is used for slices and for `moved`.
        queries: The judged queries, sorted.
        systems: The runs, in the order given; the first is the baseline.
        against: The other runs, each compared with the baseline.
        slices: Means by subset of the queries.
    """

    metrics: tuple[Metric, ...]
    queries: tuple[str, ...]
    systems: tuple[System, ...]
    against: tuple[RunComparison, ...]
    slices: tuple[Slice, ...]

    def moved(self, name: str) -> list[tuple[str, float]]:
        """Return the queries whose first metric a run raises or lowers most against the baseline, gains first."""
        system = next(system for system in self.systems if system.name == name)
        differences = system.values[0] - self.systems[0].values[0]
        order = np.argsort(-differences, kind="stable")
        gained = [place for place in order[:MAX_MOVED].tolist() if differences[place] > 0]
        lost = [place for place in order[-MAX_MOVED:].tolist() if differences[place] < 0]
        return [(self.queries[place], float(differences[place])) for place in (*gained, *lost)]

    def to_json(self) -> dict[str, Any]:
        """Return everything but the values of single queries, as JSON values."""
        names = [metric.name for metric in self.metrics]
        systems = [
            {"name": system.name, "answered": system.answered}
            | {
                name: _rounded(mean=mean, low=low, high=high)
                for name, mean, (low, high) in zip(names, system.means, system.intervals, strict=True)
            }
            for system in self.systems
        ]
        against = [
            {"name": other.name, "baseline": self.systems[0].name}
            | {
                name: _rounded(difference=found.difference, low=found.low, high=found.high, p=corrected)
                for name, found, corrected in zip(names, other.comparisons, other.corrected, strict=True)
            }
            | {"moved": self.moved(other.name)}
            for other in self.against
        ]
        slices = [vars(part) | {"means": [round(mean, 6) for mean in part.means]} for part in self.slices]
        return {"queries": len(self.queries), "systems": systems, "against": against, "slices": slices}


def evaluate_runs(
    runs: Mapping[str, Run],
    qrels: Qrels,
    metrics: Sequence[Metric],
    *,
    max_relevant: int | None = None,
    traits: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
) -> Evaluation:
    """Evaluate runs on every query that has a relevant article; a query that a run does not answer scores 0.

    Args:
        runs: Runs by name; the first is the baseline.
        qrels: The judgements.
        metrics: The metrics to compute.
        max_relevant: Use only queries with at most this many relevant articles.
        traits: By kind (such as `month` or `topic`) and query, the slices that the query belongs to.

    Raises:
        ConfigError: If no query is left.
    """
    queries = judged_queries(qrels, max_relevant)
    if not queries:
        most = f" and at most {max_relevant} such articles" if max_relevant else ""
        raise ConfigError("no query has a relevant article", expected=f"judgements with a grade above 0{most}")
    metrics = tuple(dict.fromkeys(metrics))
    systems = [_system(name, run, qrels, metrics, queries) for name, run in runs.items()]
    compared = [
        tuple(compare(system.values[row], systems[0].values[row]) for row in range(len(metrics)))
        for system in systems[1:]
    ]
    corrected = iter(holm([found.p_value for system in compared for found in system]))
    against = tuple(
        RunComparison(system.name, found, tuple(next(corrected) for _ in found))
        for system, found in zip(systems[1:], compared, strict=True)
    )
    slices = _slices(systems, queries, qrels, traits or {})
    return Evaluation(metrics, tuple(queries), tuple(systems), against, slices)


def _system(name: str, run: Run, qrels: Qrels, metrics: Sequence[Metric], queries: Sequence[str]) -> System:
    values = evaluate(run, qrels, metrics, queries)
    means = tuple(float(row.mean()) for row in values)
    return System(name, values, means, tuple(map(interval, values)), sum(bool(run.get(query)) for query in queries))


def _slices(
    systems: Sequence[System], queries: Sequence[str], qrels: Qrels, traits: Mapping[str, Mapping[str, Sequence[str]]]
) -> tuple[Slice, ...]:
    lengths = {query: [_length(sum(grade > 0 for grade in query_grades(qrels, query).values()))] for query in queries}
    slices = []
    for kind, of_query in {"relevant articles": lengths, **traits}.items():
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, query in enumerate(queries):
            for name in of_query.get(query, ()):
                places[name].append(place)
        for name, chosen in sorted(places.items(), key=_numbers_first):
            if len(chosen) >= MIN_SLICE_QUERIES:
                means = tuple(float(system.values[0, chosen].mean()) for system in systems)
                slices.append(Slice(kind, name, len(chosen), means))
    return tuple(slices)


def _length(relevant: int) -> str:
    low, high = next((low, high) for low, high in LENGTHS if high is None or relevant <= high)
    return f"{low} to {high}" if high else f"{low} and more"


def _numbers_first(entry: tuple[str, object]) -> tuple[int, str]:
    number = entry[0].partition(" ")[0]
    return (int(number) if number.isdecimal() and len(number) < 4 else 0, entry[0])


def _rounded(**values: float) -> dict[str, float]:
    return {name: round(value, 6) for name, value in values.items()}
