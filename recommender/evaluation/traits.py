"""Lookups in the collection for an evaluation: titles, slices of the queries, and metrics beyond accuracy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from recommender.article import Article
from recommender.collection import Collection
from recommender.evaluation.metrics import ranked_articles
from recommender.evaluation.trec import Run
from recommender.index import Index
from recommender.ranking.gini import gini
from recommender.text import own_ids

TOP_SLICES = 12
_DAY_S = 86_400


class Known:
    """Articles looked up by their ids in TREC files.

    Args:
        collection: The collection that holds them.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._articles: dict[str, Article | None] = {}

    def article(self, trec_name: str) -> Article | None:
        """Return the article with this id, whose white space may be percent-encoded; None if there is none."""
        if trec_name not in self._articles:
            found = map(self._collection.store.get, own_ids(trec_name))
            self._articles[trec_name] = next((stored.article for stored in found if stored), None)
        return self._articles[trec_name]

    def title(self, trec_name: str) -> str:
        """Return the article's title; the id itself if the article is unknown."""
        article = self.article(trec_name)
        return article.title if article else trec_name

    def traits(self, queries: Sequence[str]) -> dict[str, dict[str, list[str]]]:
        """Return the slices of each query by kind: month, and the most frequent topics, languages and providers."""
        found: dict[str, dict[str, list[str]]] = {"month": {}, "topic": {}, "language": {}, "provider": {}}
        for query in queries:
            article = self.article(query)
            if article is None:
                continue
            if article.published_date_time:
                found["month"][query] = [f"{article.published_date_time:%Y-%m}"]
            found["topic"][query] = list(dict.fromkeys(topic for topic in article.topics if topic.strip()))
            if article.language:
                found["language"][query] = [article.language]
            if article.provider and (name := article.provider.name or article.provider.domain):
                found["provider"][query] = [name]
        for kind in ("topic", "language", "provider"):
            counts = Counter(name for names in found[kind].values() for name in names)
            frequent = {name for name, _ in counts.most_common(TOP_SLICES)}
            found[kind] = {query: [n for n in names if n in frequent] for query, names in found[kind].items()}
        return found

    def beyond(self, run: Run, queries: Sequence[str], top_k: int) -> dict[str, float]:
        """Compute metrics beyond accuracy over the first `top_k` items of each list.

        Returns:
            `coverage`: share of the collection that is recommended at all. `gini`: how unequally (see
            `ranking.gini`). `diversity`: mean of 1 - cosine over the pairs of a list (Ziegler et al. 2005).
            `novelty`: mean of log2(lists / lists that have the item) (Vargas & Castells 2011). `age_days`: median days
            that items are older. `duplicates`: share of the lists that hold two copies of one story.
        """
        shown = {query: ranked_articles(run, query)[:top_k] for query in queries}
        lists = [ranked for ranked in shown.values() if ranked]
        counts = Counter(article for ranked in lists for article in ranked)
        with self._collection.reading() as index:
            total = len(index)
            known = {name: found for name in counts if (found := self._known_id(index, name)) is not None}
            distances, copies = [], 0
            for ranked in lists:
                pool = index.gather(None, [known[name] for name in ranked if name in known])
                if len(pool) < 2:
                    continue
                upper = np.triu_indices(len(pool), 1)
                distances.append(float(1 - (pool.vectors @ pool.vectors.T)[upper].mean()))
                copies += len(np.unique(pool.copy_groups)) < len(pool)
        ages = []
        for query, ranked in shown.items():
            asked = self.article(query)
            for name in ranked:
                item = self.article(name)
                if asked and item and asked.published_date_time and item.published_date_time:
                    ages.append((asked.published_date_time - item.published_date_time).total_seconds() / _DAY_S)
        novelty = [np.log2(len(lists) / counts[name]) for ranked in lists for name in ranked]
        return {
            "coverage": len(known) / max(1, total),
            "gini": gini(np.array([counts[name] for name in known], dtype=np.int64), total),
            "diversity": float(np.mean(distances)) if distances else 0.0,
            "novelty": float(np.mean(novelty)) if novelty else 0.0,
            "age_days": float(np.median(ages)) if ages else 0.0,
            "duplicates": copies / max(1, len(lists)),
        }

    @staticmethod
    def _known_id(index: Index, name: str) -> str | None:
        return next((each for each in own_ids(name) if each in index), None)
