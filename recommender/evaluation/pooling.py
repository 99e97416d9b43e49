"""Pooling for judgement: collect candidates from several systems, in an order that reveals none of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import combinations
from statistics import fmean

from recommender.evaluation.metrics import ranked_articles
from recommender.evaluation.trec import Run
from recommender.related.recommender import Recommender
from recommender.store import Store
from recommender.text import own_ids, stable_hash, trec_id

SYSTEMS = ("default", "dense", "lexical")
"""The scorers whose best articles are in every pool."""
BEST = 3
"""How many of the default scorer's articles say whether anything is related to a query."""


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


def uncertain_first(
    recommender: Recommender, queries: Sequence[str], depth: int, runs: Sequence[Run] = ()
) -> list[str]:
    """Return the queries sorted by how much their grades are likely to tell, most first; ties keep their order.

    A query tells much if the pooled systems disagree, for a list on which they agree tells none of them from the
    others, and if something is related to it, for otherwise every grade is 0. So queries are sorted by the product of

    - 1 - the average overlap of the `depth` best articles of two systems, the mean over all pairs of systems;
    - the mean score of the `BEST` best articles of the default scorer, at least 0.

    Args:
        recommender: Ranks the articles, as for `pool`.
        queries: Ids of stored articles.
        depth: How many articles of each system.
        runs: Runs that are pooled as well.
    """
    by_default, *others = (recommender.rank(queries, top_k=max(depth, BEST), scorer=each) for each in SYSTEMS)

    def uncertainty(query: str) -> float:
        name = trec_id(query)
        lists = [list(map(trec_id, each[query]))[:depth] for each in (by_default, *others)]
        lists += [ranked_articles(run, name)[:depth] for run in runs if name in run]
        best = list(by_default[query].values())[:BEST]
        overlap = fmean(average_overlap(first, second) for first, second in combinations(lists, 2))
        return (1 - overlap) * max(0.0, fmean(best) if best else 0.0)

    return sorted(queries, key=uncertainty, reverse=True)


def average_overlap(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the mean, over all depths, of the share of the best articles that two lists have in common.

    Fagin, Kumar & Sivakumar, "Comparing top k lists" (2003); Webber, Moffat & Zobel, "A similarity measure for
    indefinite rankings" (2010), section 3.

    Returns:
        From 0 for lists without a common article to 1 for equal ones; 1 for two empty lists.
    """
    depths = range(1, max(len(first), len(second)) + 1)
    return fmean(len(set(first[:depth]) & set(second[:depth])) / depth for depth in depths) if depths else 1.0


def shuffled(query: str, article_ids: Iterable[str]) -> list[str]:
    """Return `article_ids` without the query, ordered by a hash of each pair."""
    return sorted(
        set(article_ids) - {query}, key=lambda article_id: (stable_hash(f"{query}\0{article_id}"), article_id)
    )


def _own_id(name: str, store: Store) -> str | None:
    """Return the id that a TREC file spells `name`; None if no article has it."""
    return next((each for each in own_ids(name) if store.get(each)), None)
