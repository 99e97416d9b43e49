"""Pools: the articles to be judged for a query, from several systems, in an order that tells of none of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from recommender.evaluation.metrics import ranked_articles
from recommender.evaluation.trec import Run
from recommender.related.recommender import Recommender
from recommender.store import Store
from recommender.text import own_ids, stable_hash, trec_id

SYSTEMS = ("default", "dense", "lexical")
"""The scorers whose best are in every pool."""


def sample_queries(article_ids: Iterable[str], number: int) -> list[str]:
    """A sample of at most `number` articles that is nearly the same after the collection has changed a little."""
    return heapq.nsmallest(number, article_ids, key=stable_hash)


def pool_runs(runs: Sequence[Run], queries: Iterable[str], depth: int, store: Store) -> dict[str, list[str]]:
    """What runs bring to the pools.

    Args:
        runs: With ids as TREC's files have them, white space percent-encoded.
        queries: The articles' own ids.
        depth: How many of each run, the best first; ties as trec_eval has them.
        store: Where the articles are; what is not there is left out.

    Returns:
        By query, the own ids of the union; queries that no run answers are left out.
    """
    pooled: dict[str, list[str]] = {}
    for query in queries:
        named = [name for run in runs for name in ranked_articles(run, trec_id(query))[:depth]]
        found = dict.fromkeys(filter(None, (_own_id(name, store) for name in dict.fromkeys(named))))
        if found:
            pooled[query] = list(found)
    return pooled


def pool(recommender: Recommender, query: str, depth: int, more: Iterable[str] = ()) -> list[str]:
    """The union of the `depth` best of each of `SYSTEMS` and of `more`, without the query, in a stable random order.

    Method: depth-k pooling (Sparck Jones & van Rijsbergen 1975; TREC). The order depends on the pair of ids alone, so
    that it is the same whenever judging goes on, and no place in it says which system found an article.

    Args:
        recommender: Ranks; rules, minimum and collapsing of copies do not count.
        query: The id of a stored article.
        depth: How many of each system.
        more: Ids from elsewhere, such as runs.

    Raises:
        NotFoundError: If there is no such article.
    """
    found = dict.fromkeys(more)
    for scorer in SYSTEMS:
        for ranked in recommender.rank([query], top_k=depth, scorer=scorer).values():
            found |= dict.fromkeys(ranked)
    return shuffled(query, found)


def shuffled(query: str, article_ids: Iterable[str]) -> list[str]:
    """`article_ids` without the query, in the order of a hash of the pair."""
    return sorted(
        set(article_ids) - {query}, key=lambda article_id: (stable_hash(f"{query}\0{article_id}"), article_id)
    )


def _own_id(name: str, store: Store) -> str | None:
    """The id that a TREC file writes as `name`; None if no article has it."""
    return next((each for each in own_ids(name) if store.get(each)), None)
