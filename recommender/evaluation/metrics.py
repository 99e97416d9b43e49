"""Ranking metrics as trec_eval, the reference implementation, computes them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ConfigError
from recommender.evaluation.trec import Qrels, Run

QueryGrades = Mapping[str, int]
"""The grades of one query's articles; articles that are missing were not judged."""

_NAME = re.compile(r"(?P<name>[A-Za-z]+)(?:@(?P<cutoff>[1-9][0-9]{0,4}))?")


def ndcg(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute normalised discounted cumulative gain: DCG@k / ideal DCG@k, where DCG@k = sum of grade_i / log2(i + 1).

    Jarvelin & Kekalainen, "Cumulated gain-based evaluation of IR techniques" (2002), with linear gains.
    """
    ideal = _dcg(sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:cutoff])
    return _dcg(max(0, grades.get(article, 0)) for article in ranked[:cutoff]) / ideal if ideal else 0.0


def recall(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute R@k: relevant articles among the first k / all relevant articles."""
    return sum(_hits(ranked, grades, cutoff)) / (_relevant(grades) or 1)


def precision(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute P@k: relevant articles among the first k / k."""
    return sum(_hits(ranked, grades, cutoff)) / cutoff


def reciprocal_rank(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute 1 / rank of the first relevant article, 0 if there is none; MRR is its mean (Voorhees 1999)."""
    return next((1 / rank for rank, hit in enumerate(_hits(ranked, grades, cutoff), start=1) if hit), 0.0)


def average_precision(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute AP: the sum of P@i over the ranks i of relevant articles / all relevant articles; MAP is its mean.

    Buckley & Voorhees, "Evaluating evaluation measure stability" (2000).
    """
    ranks = (rank for rank, hit in enumerate(_hits(ranked, grades, cutoff), start=1) if hit)
    return sum(found / rank for found, rank in enumerate(ranks, start=1)) / (_relevant(grades) or 1)


def success(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute hit@k, also called success@k: 1 if a relevant article is among the first k, else 0."""
    return float(any(_hits(ranked, grades, cutoff)))


def judged_share(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> float:
    """Compute Judged@k: articles among the first k that were judged, whatever their grade / k."""
    return sum(article in grades for article in ranked[:cutoff]) / cutoff


_METRICS: dict[str, tuple[str, Callable[[Sequence[str], QueryGrades, int], float], bool]] = {
    "ndcg": ("nDCG", ndcg, True),
    "r": ("R", recall, True),
    "p": ("P", precision, True),
    "mrr": ("MRR", reciprocal_rank, False),
    "map": ("MAP", average_precision, False),
    "hit": ("hit", success, True),
    "judged": ("Judged", judged_share, True),
}
"""By name in lower case: the name as printed, the function, and whether a cutoff is required."""


@dataclass(frozen=True)
class Metric:
    """A metric with its cutoff.

    Attributes:
        name: A name such as `nDCG@10`.
        cutoff: How many ranks count.
    """

    name: str
    cutoff: int

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Parse `nDCG@10`, `R@10`, `P@5`, `MRR`, `MAP`, `hit@1` or `Judged@10`, ignoring case.

        Raises:
            ConfigError: If the metric is unknown.
        """
        match = _NAME.fullmatch(text.strip())
        known = _METRICS.get(match["name"].lower()) if match else None
        if match is None or known is None or (match["cutoff"] is None and known[2]):
            raise ConfigError(
                f"unknown metric {text.strip()!r}", expected="some of nDCG@k, R@k, P@k, MRR, MAP, hit@k, Judged@k"
            )
        cutoff = match["cutoff"]
        return cls(f"{known[0]}@{cutoff}" if cutoff else known[0], int(cutoff or 1_000_000))

    def measure(self, ranked: Sequence[str], grades: QueryGrades) -> float:
        """Return the value for one list, best first, given the grades of its query's articles."""
        return _METRICS[self.name.partition("@")[0].lower()][1](ranked, grades, self.cutoff)


def ranked_articles(run: Run, query: str) -> list[str]:
    """Return a query's articles best first, without the query itself.

    Like trec_eval, scores are compared as 32-bit floats, and the higher id wins a tie.
    """
    scores = run.get(query, {})
    ids = sorted(scores.keys() - {query}, reverse=True)
    with np.errstate(over="ignore"):  # trec_eval, too, turns larger scores into infinity
        order = np.argsort(-np.array([scores[article] for article in ids]).astype(np.float32), kind="stable")
    return [ids[place] for place in order.tolist()]


def query_grades(qrels: Qrels, query: str) -> dict[str, int]:
    """Return the grades of a query's articles, without the query itself."""
    return {article: grade for article, grade in qrels[query].items() if article != query}


def evaluate(run: Run, qrels: Qrels, metrics: Sequence[Metric], queries: Sequence[str]) -> NDArray[np.float64]:
    """Return the value of each metric for each query, shape (len(metrics), len(queries)).

    A query that the run lacks scores 0, so a system gains nothing by answering only the easy ones.
    """
    values = np.zeros((len(metrics), len(queries)))
    for column, query in enumerate(queries):
        ranked, grades = ranked_articles(run, query), query_grades(qrels, query)
        values[:, column] = [metric.measure(ranked, grades) for metric in metrics]
    return values


def judged_queries(qrels: Qrels, max_relevant: int | None = None) -> list[str]:
    """Return the queries that have a relevant article, and at most `max_relevant` of them if given, sorted."""
    return sorted(query for query in qrels if 0 < _relevant(query_grades(qrels, query)) <= (max_relevant or math.inf))


def _relevant(grades: QueryGrades) -> int:
    return sum(grade > 0 for grade in grades.values())


def _hits(ranked: Sequence[str], grades: QueryGrades, cutoff: int) -> list[bool]:
    return [grades.get(article, 0) > 0 for article in ranked[:cutoff]]


def _dcg(grades: Iterable[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
