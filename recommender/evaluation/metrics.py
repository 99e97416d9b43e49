"""Measures of a ranking against judgements, as the reference implementation (trec_eval) has them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ConfigError
from recommender.evaluation.trec import Qrels, Run

Grades = Sequence[int]
Judged = Mapping[str, int]

DEFAULT = ("nDCG@10", "R@10", "MRR", "hit@1", "Judged@10")

_NAME = re.compile(r"(?P<name>[A-Za-z]+)(?:@(?P<cutoff>[1-9][0-9]{0,4}))?")


def ndcg(ranked: Grades, judged: Judged, cutoff: int) -> float:
    """Normalised discounted cumulative gain: DCG@k / ideal DCG@k; DCG@k sums grade_i / log2(i + 1) over ranks i <= k.

    Jarvelin & Kekalainen, "Cumulated gain-based evaluation of IR techniques" (2002), with linear gains.
    """
    ideal = _dcg(sorted((grade for grade in judged.values() if grade > 0), reverse=True)[:cutoff])
    return _dcg([max(0, grade) for grade in ranked[:cutoff]]) / ideal if ideal else 0.0


def recall(ranked: Grades, judged: Judged, cutoff: int) -> float:
    """R@k: relevant articles among the first k / all relevant articles."""
    relevant = _relevant(judged)
    return sum(grade > 0 for grade in ranked[:cutoff]) / relevant if relevant else 0.0


def precision(ranked: Grades, judged: Judged, cutoff: int) -> float:
    """P@k: relevant articles among the first k / k."""
    return sum(grade > 0 for grade in ranked[:cutoff]) / cutoff


def reciprocal_rank(ranked: Grades, judged: Judged, cutoff: int) -> float:
    """MRR is the mean over queries of 1 / rank of the first relevant article; 0 if there is none (Voorhees 1999)."""
    return next((1 / rank for rank, grade in enumerate(ranked[:cutoff], start=1) if grade > 0), 0.0)


def average_precision(ranked: Grades, judged: Judged, cutoff: int) -> float:
    """MAP is the mean over queries of AP: the sum of P@i over the ranks i of relevant articles / all relevant articles.

    Buckley & Voorhees, "Evaluating evaluation measure stability" (2000).
    """
    relevant, found, total = _relevant(judged), 0, 0.0
    for rank, grade in enumerate(ranked[:cutoff], start=1):
        if grade > 0:
            found += 1
            total += found / rank
    return total / relevant if relevant else 0.0


def hit(ranked: Grades, judged: Judged, cutoff: int) -> float:
    """hit@k: 1 if a relevant article is among the first k, else 0; also called success@k."""
    return float(any(grade > 0 for grade in ranked[:cutoff]))


_MEASURES: dict[str, tuple[str, Callable[[Grades, Judged, int], float], int | None]] = {
    "ndcg": ("nDCG", ndcg, None),
    "r": ("R", recall, None),
    "p": ("P", precision, None),
    "mrr": ("MRR", reciprocal_rank, 0),
    "map": ("MAP", average_precision, 0),
    "hit": ("hit", hit, None),
    "judged": ("Judged", hit, None),
}
"""By name in lower case: the name, the measure, and whether it may stand without a cutoff."""


@dataclass(frozen=True)
class Metric:
    """A measure with its cutoff.

    Attributes:
        name: Such as `nDCG@10`.
        cutoff: How many ranks are looked at.
    """

    name: str
    cutoff: int

    @classmethod
    def parse(cls, text: str) -> Metric:
        """`nDCG@10`, `R@10`, `P@5`, `MRR`, `MAP`, `hit@1`, `Judged@10`; case does not count.

        Raises:
            ConfigError: If there is no such measure.
        """
        match = _NAME.fullmatch(text.strip())
        known = _MEASURES.get(match["name"].lower()) if match else None
        if match is None or known is None or (match["cutoff"] is None and known[2] is None):
            raise ConfigError(
                f"there is no measure {text.strip()!r}",
                expected="some of nDCG@k, R@k, P@k, MRR, MAP, hit@k, Judged@k",
            )
        cutoff = match["cutoff"]
        return cls(f"{known[0]}@{cutoff}" if cutoff else known[0], int(cutoff) if cutoff else 1_000_000)

    def measure(self, ranked: Sequence[str], judged: Judged) -> float:
        """Its value for one list, best first, against the judgements of its query."""
        base = self.name.partition("@")[0].lower()
        if base == "judged":
            return sum(article in judged for article in ranked[: self.cutoff]) / self.cutoff
        return _MEASURES[base][1]([judged.get(article, 0) for article in ranked], judged, self.cutoff)


def ranked_articles(run: Run, query: str) -> list[str]:
    """A query's articles best first, as trec_eval has them: scores are 32-bit floats, the higher id wins a tie.

    The query's own article is passed over, as trivially related.
    """
    scores = run.get(query, {})
    ids = sorted(scores.keys() - {query}, reverse=True)
    with np.errstate(over="ignore"):  # what is beyond 32 bits is infinite, there too
        order = np.argsort(-np.array([scores[article] for article in ids]).astype(np.float32), kind="stable")
    return [ids[place] for place in order.tolist()]


def judgements(qrels: Qrels, query: str) -> dict[str, int]:
    """The grades of a query's articles, without its own."""
    return {article: grade for article, grade in qrels[query].items() if article != query}


def evaluate(run: Run, qrels: Qrels, metrics: Sequence[Metric], queries: Sequence[str]) -> NDArray[np.float64]:
    """What each metric says of each query, shape (len(metrics), len(queries)).

    A query that the run lacks scores 0: a system that answers only where it is easy gains nothing by it.
    """
    values = np.zeros((len(metrics), len(queries)))
    for column, query in enumerate(queries):
        ranked, judged = ranked_articles(run, query), judgements(qrels, query)
        for row, metric in enumerate(metrics):
            values[row, column] = metric.measure(ranked, judged)
    return values


def judged_queries(qrels: Qrels, max_relevant: int | None = None) -> list[str]:
    """The queries that have a relevant article, sorted; at most so many of them if `max_relevant` is given."""
    return sorted(query for query in qrels if 0 < _relevant(judgements(qrels, query)) <= (max_relevant or math.inf))


def _relevant(judged: Judged) -> int:
    return sum(grade > 0 for grade in judged.values())


def _dcg(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
