"""An evaluation as one page that can be sent to an editor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recommender.evaluation.evaluation import Evaluation, Slice
from recommender.evaluation.metrics import ranked_articles
from recommender.evaluation.traits import Known
from recommender.evaluation.trec import Qrels, Run
from recommender.pages import render_page

BINS = 10
SHOWN_ITEMS = 5
SAMPLED = 4
"""Articles that gained most, that lost most, and at random, each."""


def render_report(
    found: Evaluation,
    runs: Mapping[str, Run],
    qrels: Qrels,
    known: Known | None = None,
    beyond: Mapping[str, Mapping[str, float]] | None = None,
) -> str:
    """The page; every text in it is escaped.

    Args:
        found: What was measured.
        runs: The runs, by name.
        qrels: The judgements.
        known: Where titles are; ids are shown without it.
        beyond: Measures beyond accuracy, by run.
    """
    slices: dict[str, list[Slice]] = {}
    for part in found.slices:
        slices.setdefault(part.kind, []).append(part)
    return render_page(
        "evaluation",
        found=found,
        at=datetime.now(UTC),
        scatter={other.name: _scatter(found, other.name) for other in found.against},
        calibration={name: bins for name, run in runs.items() if (bins := _calibration(run, qrels, found.queries))},
        slices=slices,
        beyond=beyond or {},
        samples=_samples(found, runs, qrels, known),
    )


def _scatter(found: Evaluation, name: str) -> list[tuple[float, float, int]]:
    """Where articles lie, and how many in each place."""
    system = next(system for system in found.systems if system.name == name)
    pairs = zip(found.systems[0].values[0].round(2).tolist(), system.values[0].round(2).tolist(), strict=True)
    return [(x, y, count) for (x, y), count in Counter(pairs).items()]


def _calibration(run: Run, qrels: Qrels, queries: Sequence[str]) -> list[tuple[float, float, float]]:
    """Of the first ten items of all lists, in bins of equal size by score: the scores' borders, the share relevant."""
    scores, relevant = [], []
    for query in queries:
        for article in ranked_articles(run, query)[:10]:
            scores.append(run[query][article])
            relevant.append(qrels[query].get(article, 0) > 0)
    if len(scores) < 10 * BINS:
        return []
    order = np.argsort(scores, kind="stable")
    parts = np.array_split(order, BINS)
    ordered, hits = np.array(scores), np.array(relevant)
    return [(float(ordered[part[0]]), float(ordered[part[-1]]), float(hits[part].mean())) for part in parts]


def _samples(found: Evaluation, runs: Mapping[str, Run], qrels: Qrels, known: Known | None) -> list[dict[str, Any]]:
    chosen = []
    for other in found.against:
        moved = found.moved(other.name)
        chosen += [query for query, change in moved if change > 0][:SAMPLED]
        chosen += [query for query, change in moved if change < 0][::-1][:SAMPLED]
    random = np.random.default_rng(0)
    chosen += [found.queries[place] for place in random.permutation(len(found.queries))[:SAMPLED].tolist()]
    values = np.stack([system.values[0] for system in found.systems])
    changes = dict(zip(found.queries, (values - values[0]).T.tolist(), strict=True))

    def title(article: str) -> str:
        return known.title(article) if known else article

    return [
        {
            "query": query,
            "title": title(query),
            "lists": [
                (
                    name,
                    change,
                    [
                        (title(article), qrels[query].get(article))
                        for article in ranked_articles(run, query)[:SHOWN_ITEMS]
                    ],
                )
                for (name, run), change in zip(runs.items(), changes[query], strict=True)
            ],
        }
        for query in dict.fromkeys(chosen)
    ]
