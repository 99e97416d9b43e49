"""Runs side by side against judgements: means, how sure their differences are, slices, what gained and lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ConfigError
from recommender.evaluation.metrics import Metric, evaluate, judged_queries, judgements
from recommender.evaluation.significance import Comparison, compare, holm, interval
from recommender.evaluation.trec import Qrels, Run

MOST_MOVED = 10
LEAST_QUERIES = 5
"""A slice with fewer queries says nothing and is left out."""
LENGTHS = ((1, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, None))


@dataclass(frozen=True)
class System:
    """One run's figures.

    Attributes:
        name: Of the run.
        values: By metric and query, float64, shape (n_metrics, n_queries).
        means: By metric, over queries.
        intervals: By metric, the 95 % bootstrap interval of the mean.
        answered: How many of the queries it has a list for.
    """

    name: str
    values: NDArray[np.float64]
    means: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    answered: int


@dataclass(frozen=True)
class Against:
    """A run against the first one, by metric: the comparison, and its p-value corrected for all comparisons made."""

    name: str
    comparisons: tuple[Comparison, ...]
    corrected: tuple[float, ...]


@dataclass(frozen=True)
class Slice:
    """A part of the queries: the means of the first metric there, by system."""

    kind: str
    name: str
    queries: int
    means: tuple[float, ...]


@dataclass(frozen=True)
class Evaluation:
    """What came of it.

    Attributes:
        metrics: Which were measured; the first one is that of slices and of what moved.
        queries: Those that were judged, sorted.
        systems: The runs, in the order given; the first is what the others are compared with.
        against: The others against the first.
        slices: Parts of the queries.
    """

    metrics: tuple[Metric, ...]
    queries: tuple[str, ...]
    systems: tuple[System, ...]
    against: tuple[Against, ...] = ()
    slices: tuple[Slice, ...] = field(default=())

    def moved(self, name: str) -> list[tuple[str, float]]:
        """The queries that a run gained and lost most on against the first, by the first metric: gains, then losses."""
        system = next(system for system in self.systems if system.name == name)
        differences = system.values[0] - self.systems[0].values[0]
        order = np.argsort(-differences, kind="stable")
        gained = [place for place in order[:MOST_MOVED].tolist() if differences[place] > 0]
        lost = [place for place in order[-MOST_MOVED:].tolist() if differences[place] < 0]
        return [(self.queries[place], float(differences[place])) for place in (*gained, *lost)]

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values, without the values of each query."""
        names = [metric.name for metric in self.metrics]
        return {
            "queries": len(self.queries),
            "systems": [
                {
                    "name": system.name,
                    "answered": system.answered,
                    **{
                        name: {"mean": round(mean, 6), "low": round(low, 6), "high": round(high, 6)}
                        for name, mean, (low, high) in zip(names, system.means, system.intervals, strict=True)
                    },
                }
                for system in self.systems
            ],
            "against": [
                {
                    "name": other.name,
                    "baseline": self.systems[0].name,
                    **{
                        name: {
                            "difference": round(found.difference, 6),
                            "low": round(found.low, 6),
                            "high": round(found.high, 6),
                            "p": round(corrected, 6),
                        }
                        for name, found, corrected in zip(names, other.comparisons, other.corrected, strict=True)
                    },
                    "moved": self.moved(other.name),
                }
                for other in self.against
            ],
            "slices": [
                {
                    "kind": part.kind,
                    "name": part.name,
                    "queries": part.queries,
                    "means": [round(m, 6) for m in part.means],
                }
                for part in self.slices
            ],
        }


def evaluate_runs(
    runs: Mapping[str, Run],
    qrels: Qrels,
    metrics: Sequence[Metric],
    *,
    max_relevant: int | None = None,
    traits: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
) -> Evaluation:
    """Measure runs over the same queries: all that have a relevant article, whether a run answers them or not.

    Args:
        runs: By name; the first is what the others are compared with.
        qrels: The judgements.
        metrics: What is measured.
        max_relevant: Only queries with at most so many relevant articles.
        traits: By kind (`month`, `topic`) and query, what slices it belongs to.

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
        Against(system.name, found, tuple(next(corrected) for _ in found))
        for system, found in zip(systems[1:], compared, strict=True)
    )
    slices = _slices(systems, queries, qrels, traits or {})
    return Evaluation(metrics, tuple(queries), tuple(systems), against, slices)


def _system(name: str, run: Run, qrels: Qrels, metrics: Sequence[Metric], queries: Sequence[str]) -> System:
    values = evaluate(run, qrels, metrics, queries)
    return System(
        name,
        values,
        tuple(float(row.mean()) for row in values),
        tuple(interval(row) for row in values),
        sum(bool(run.get(query)) for query in queries),
    )


def _slices(
    systems: Sequence[System], queries: Sequence[str], qrels: Qrels, traits: Mapping[str, Mapping[str, Sequence[str]]]
) -> tuple[Slice, ...]:
    lengths = {query: [_length(sum(grade > 0 for grade in judgements(qrels, query).values()))] for query in queries}
    slices = []
    for kind, of_query in {"relevant articles": lengths, **traits}.items():
        places: dict[str, list[int]] = {}
        for place, query in enumerate(queries):
            for name in of_query.get(query, ()):
                places.setdefault(name, []).append(place)
        for name in sorted(places, key=_natural):
            chosen = places[name]
            if len(chosen) >= LEAST_QUERIES:
                means = tuple(float(system.values[0, chosen].mean()) for system in systems)
                slices.append(Slice(kind, name, len(chosen), means))
    return tuple(slices)


def _length(relevant: int) -> str:
    for low, high in LENGTHS:
        if high is None or relevant <= high:
            return f"{low} to {high}" if high else f"{low} and more"
    raise AssertionError  # pragma: no cover - the last has no end


def _natural(name: str) -> tuple[int, str]:
    number = name.partition(" ")[0]
    return (int(number) if number.isdecimal() and len(number) < 4 else 0, name)
