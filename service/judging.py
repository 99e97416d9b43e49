"""A session of judging: which articles are judged for which, what is told of them, and the grades."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from recommender.article import Article
from recommender.entry import related_entry
from recommender.errors import NotFoundError
from recommender.evaluation import Judgements
from recommender.evaluation.pooling import pool, shuffled
from recommender.related.recommender import Recommender
from recommender.text import clean_markdown

LEAD_CHARS = 1200
"""How much of a body is told."""
_TOLD = ("title", "excerpt", "publishedDateTime", "webUrl", "provider")


class Plan(BaseModel):
    """What is to be judged.

    Attributes:
        queries: Ids of the articles to judge for, in order.
        depth: How many of each scorer are pooled.
        pooled: By query, ids that are in its pool beside those.
        judgements: The file of the grades.
    """

    queries: list[str]
    depth: int = 10
    pooled: dict[str, list[str]] = {}
    judgements: Path


class Judging:
    """What one session judges; to be used by one thread. Nothing that it tells names a system, a score or a rank.

    Args:
        plan: What is to be judged.
        judgements: Where grades go.
    """

    def __init__(self, plan: Plan, judgements: Judgements) -> None:
        self._plan = plan
        self._queries = frozenset(plan.queries)
        self._judgements = judgements
        self._pools: dict[str, list[str]] = {}

    @classmethod
    @contextlib.contextmanager
    def open(cls, file: Path) -> Iterator[Judging]:
        """The session whose plan is in `file`, with its judgements held until it ends."""
        plan = Plan.model_validate_json(file.read_bytes())
        with Judgements(plan.judgements) as judgements:
            yield cls(plan, judgements)

    def progress(self, recommender: Recommender) -> dict[str, Any]:
        """The articles to judge for that are stored, with how many of each pool are graded.

        `pool` is the pool's size; None while nothing of it was graded or shown, for it is worked out when it is needed.
        """
        told = []
        with recommender.collection.reading():
            for query in self._plan.queries:
                stored = recommender.collection.store.get(query)
                if stored is None:
                    continue
                started = query in self._pools or bool(self._judgements.of(query))
                told.append(
                    {"id": query, "title": _tell(stored.article)["title"], **self._count(recommender, query, started)}
                )
        return {"queries": told, "judgements": len(self._judgements)}

    def read(self, recommender: Recommender, query: str) -> dict[str, Any]:
        """The article `query` and those to be judged for it, each with its grade or None.

        Raises:
            NotFoundError: If it is none of the articles to judge for, or is not stored any more.
        """
        with recommender.collection.reading():
            stored = self._articles(recommender, [query])
            if query not in self._queries or not stored:
                raise NotFoundError(f"there is nothing to judge for {query}", expected="an article of this session")
            grades = self._judgements.of(query)
            items = [
                {"id": name, **_tell(article), "grade": grades.get(name)}
                for name, article in self._articles(recommender, self._pool(recommender, query)).items()
            ]
        return {"article": {"id": query, **_tell(stored[query])}, "items": items}

    def grade(self, recommender: Recommender, query: str, article: str, grade: int | None) -> dict[str, Any]:
        """Grade an article for a query, durably, and tell how far the query is.

        Raises:
            NotFoundError: If the article is not in the query's pool, or one of them is not stored any more.
            WriteError: If the grade cannot be kept.
        """
        with recommender.collection.reading():
            if query not in self._queries or not self._articles(recommender, [query]):
                raise NotFoundError(f"there is nothing to judge for {query}", expected="an article of this session")
            is_stored = bool(self._articles(recommender, [article]))
            if not is_stored or article not in self._pool(recommender, query):
                raise NotFoundError(f"{article} is not to be judged for {query}", expected="an article of its list")
            self._judgements.grade(query, article, grade)
            count = self._count(recommender, query, started=True)
        return {"grade": grade, **count, "judgements": len(self._judgements)}

    def qrels(self) -> str:
        """All grades as TREC judgements, also those of other sessions."""
        return self._judgements.qrels()

    def _count(self, recommender: Recommender, query: str, started: bool) -> dict[str, int | None]:
        if not started:
            return {"graded": 0, "pool": None}
        names = recommender.collection.store.stored_states(self._pool(recommender, query))
        return {"graded": len(names.keys() & self._judgements.of(query).keys()), "pool": len(names)}

    def _pool(self, recommender: Recommender, query: str) -> list[str]:
        """Stays what it is while the session lasts; what was graded before is in it whatever systems find now."""
        if query not in self._pools:
            found = pool(recommender, query, self._plan.depth, self._plan.pooled.get(query, ()))
            self._pools[query] = shuffled(query, [*found, *self._judgements.of(query)])
        return self._pools[query]

    @staticmethod
    def _articles(recommender: Recommender, names: list[str]) -> dict[str, Article]:
        """Those of the articles that are stored, in the order of their ids here."""
        found = {each.article_id: each.article for each in recommender.collection.store.articles(sorted(names))}
        return {name: found[name] for name in names if name in found}


def _tell(article: Article) -> dict[str, Any]:
    """What an editor is told of an article; the same of all."""
    entry = related_entry(article)
    lead = clean_markdown(article.body, LEAD_CHARS) if article.body else ""
    told = {name: entry[name] for name in _TOLD if entry.get(name)}
    excerpt = told.get("excerpt", "").rstrip(". …")
    if lead and lead.startswith(excerpt):
        told.pop("excerpt", None)  # it is the body's own beginning
    return {**told, "lead": lead} if lead else told
