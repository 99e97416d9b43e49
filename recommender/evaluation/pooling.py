"""Pooling for judgement: collect candidates from several systems, in an order that reveals none of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from recommender.evaluation.metrics import ranked_articles
from recommender.evaluation.trec import Run
from recommender.related.recommender import Recommender
from recommender.store import Store
from recommender.text import own_ids, stable_hash, trec_id

SYSTEMS = ("default", "dense", "lexical")
"""The scorers whose best articles are in every pool."""


def sample_queries(article_ids: Iterable[str], number: int) -> list[str]:
    """Sample at most `number` articles by hash; the sample barely changes when the collection changes a little."""
    return heapq.nsmallest(number, article_ids, key=stable_hash)


def pool_runs(runs: Sequence[Run], queries: Iterable[str], depth: int, store: Store) -> dict[str, list[str]]:
    """Return the best articles of the runs by query.

    Args:
        runs: Runs whose ids are encoded as in TREC files.
        queries: Article ids, not encoded.
        depth: How many of the best articles of each run; ties as in `ranked_articles`.
        store: The articles; ids that it lacks are left out.

    Returns:
        By query, article ids, not encoded; queries that no run answers are left out.
    """
    pooled: dict[str, list[str]] = {}
    for query in queries:
        named = dict.fromkeys(name for run in runs for name in ranked_articles(run, trec_id(query))[:depth])
        if found := dict.fromkeys(filter(None, (_own_id(name, store) for name in named))):
            pooled[query] = list(found)
    return pooled


def pool(recommender: Recommender, query: str, depth: int, more: Iterable[str] = ()) -> list[str]:
    """Return the union of the `depth` best articles of each of `SYSTEMS` and of `more`, shuffled.

    Method: depth-k pooling (Sparck Jones & van Rijsbergen 1975; TREC). The order depends only on the pairs of ids, so
    it is the same in every session and does not reveal which system found an article.

    Args:
        recommender: Ranks the articles, without rules, minimum score or collapsing of copies.
        query: The id of a stored article; never in its own pool.
        depth: How many articles of each system.
        more: Further ids, such as those of runs.

    Raises:
        NotFoundError: If there is no such article.
    """
    found = set(more)
    for scorer in SYSTEMS:
        found.update(*recommender.rank([query], top_k=depth, scorer=scorer).values())
    return shuffled(query, found)


def shuffled(query: str, article_ids: Iterable[str]) -> list[str]:
    """Return `article_ids` without the query, ordered by a hash of each pair."""
    return sorted(
        set(article_ids) - {query}, key=lambda article_id: (stable_hash(f"{query}\0{article_id}"), article_id)
    )


def _own_id(name: str, store: Store) -> str | None:
    """Return the id that a TREC file spells `name`; None if no article has it."""
    return next((each for each in own_ids(name) if store.get(each)), None)
