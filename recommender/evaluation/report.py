"""HTML report of an evaluation: one self-contained page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from recommender.evaluation.evaluation import Evaluation, Slice
from recommender.evaluation.meanings import BEYOND, COMPARISON, INTERVAL, metric_terms
from recommender.evaluation.metrics import ranked_articles
from recommender.evaluation.significance import p_text
from recommender.evaluation.traits import Known
from recommender.evaluation.trec import Qrels, Run
from recommender.evaluation.verdicts import outcome_of, verdict_of_runs
from recommender.pages import render_page

BINS = 10
SHOWN_ITEMS = 5
SAMPLED = 4
"""How many articles to show of those that gained most, of those that lost most, and at random."""


class Shown(NamedTuple):
    """An article of a list side by side with others: its title, address and grade, None where unknown."""

    title: str
    url: str | None
    grade: int | None = None


def render_report(
    found: Evaluation,
    runs: Mapping[str, Run],
    qrels: Qrels,
    known: Known | None = None,
    beyond: Mapping[str, Mapping[str, float]] | None = None,
) -> str:
    """Render the page; all text is escaped.

    Args:
        found: The evaluation.
        runs: The runs, by name.
        qrels: The judgements.
        known: Looks up titles and addresses; ids are shown without it.
        beyond: Metrics beyond accuracy, by run.
    """
    slices: dict[str, list[Slice]] = {}
    for part in found.slices:
        slices.setdefault(part.kind, []).append(part)
    return render_page(
        "evaluation",
        found=found,
        verdict=verdict_of_runs(found),
        at=datetime.now(UTC),
        metric_terms=metric_terms(found.metrics),
        interval_term=INTERVAL,
        comparison_terms=COMPARISON,
        outcome_of=outcome_of,
        p_text=p_text,
        scatter={other.name: _scatter(found, other.name) for other in found.against},
        moved={other.name: _moved(found, other.name) for other in found.against},
        calibration={name: bins for name, run in runs.items() if (bins := _calibration(run, qrels, found.queries))},
        slices=slices,
        beyond=beyond or {},
        beyond_terms=BEYOND,
        samples=_samples(found, runs, qrels, known),
    )


def _scatter(found: Evaluation, name: str) -> list[tuple[float, float, int]]:
    """Return points (baseline's value, run's value) with the number of queries at each."""
    system = next(system for system in found.systems if system.name == name)
    pairs = zip(found.systems[0].values[0].round(2).tolist(), system.values[0].round(2).tolist(), strict=True)
    return [(x, y, count) for (x, y), count in Counter(pairs).items()]


def _moved(found: Evaluation, name: str) -> tuple[int, int, int]:
    """Return on how many queries a run is better than the first one, on how many worse, and on how many equal."""
    system = next(system for system in found.systems if system.name == name)
    differences = system.values[0] - found.systems[0].values[0]
    better, worse = int((differences > 0).sum()), int((differences < 0).sum())
    return better, worse, len(differences) - better - worse


def _calibration(run: Run, qrels: Qrels, queries: Sequence[str]) -> list[tuple[float, float, float]]:
    """Bin the first ten items of all lists by score: lowest score, highest score and relevant share of each bin."""
    items = [(query, article) for query in queries for article in ranked_articles(run, query)[:10]]
    if len(items) < 10 * BINS:
        return []
    scores = np.array([run[query][article] for query, article in items])
    relevant = np.array([qrels[query].get(article, 0) > 0 for query, article in items])
    parts = np.array_split(np.argsort(scores, kind="stable"), BINS)
    return [(float(scores[part[0]]), float(scores[part[-1]]), float(relevant[part].mean())) for part in parts]


def _samples(found: Evaluation, runs: Mapping[str, Run], qrels: Qrels, known: Known | None) -> list[dict[str, Any]]:
    chosen = []
    for other in found.against:
        moved = found.moved(other.name)
        chosen += [query for query, change in moved if change > 0][:SAMPLED]
        chosen += [query for query, change in reversed(moved) if change < 0][:SAMPLED]
    random = np.random.default_rng(0)
    chosen += [found.queries[place] for place in random.permutation(len(found.queries))[:SAMPLED].tolist()]
    values = np.stack([system.values[0] for system in found.systems])
    changes = dict(zip(found.queries, (values - values[0]).T.tolist(), strict=True))

    def shown(name: str, grade: int | None = None) -> Shown:
        article = known.article(name) if known else None
        return Shown(article.title, article.web_url, grade) if article else Shown(name, None, grade)

    def items(run: Run, query: str) -> list[Shown]:
        return [shown(article, qrels[query].get(article)) for article in ranked_articles(run, query)[:SHOWN_ITEMS]]

    return [
        {
            "query": query,
            "article": shown(query),
            "lists": [
                (name, change, items(run, query))
                for (name, run), change in zip(runs.items(), changes[query], strict=True)
            ],
        }
        for query in dict.fromkeys(chosen)
    ]
