"""A judging session: its queries and pools, what editors see of an article, and the grades."""

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
"""How much of a body is shown."""
_SHOWN = ("title", "excerpt", "publishedDateTime", "webUrl", "provider")


class Plan(BaseModel):
    """What a session judges.

    Attributes:
        queries: Ids of the query articles, in order.
        depth: How many articles of each scorer are pooled.
        pooled: By query, further ids of its pool.
        judgements: The file of grades.
    """

    queries: list[str]
    depth: int = 10
    pooled: dict[str, list[str]] = {}
    judgements: Path


class Judging:
    """One judging session. Serves one thread. It never shows a system, a score or a rank.

    Args:
        plan: What to judge.
        judgements: Receives the grades.
    """

    def __init__(self, plan: Plan, judgements: Judgements) -> None:
        self._plan = plan
        self._queries = frozenset(plan.queries)
        self._judgements = judgements
        self._pools: dict[str, list[str]] = {}

    @classmethod
    @contextlib.contextmanager
    def open(cls, file: Path) -> Iterator[Judging]:
        """Open the session whose plan is in `file`; its judgements are locked until it ends."""
        plan = Plan.model_validate_json(file.read_bytes())
        with Judgements(plan.judgements) as judgements:
            yield cls(plan, judgements)

    def progress(self, recommender: Recommender) -> dict[str, Any]:
        """Return the stored query articles, with how many of each pool are graded.

        `pool` is the pool's size, or None before it is first shown or graded, because pools are computed on demand.
        """
        queries = []
        with recommender.collection.reading():
            for query in self._plan.queries:
                stored = recommender.collection.store.get(query)
                if stored is None:
                    continue
                started = query in self._pools or bool(self._judgements.of(query))
                queries.append(
                    {"id": query, "title": _show(stored.article)["title"], **self._count(recommender, query, started)}
                )
        return {"queries": queries, "judgements": len(self._judgements)}

    def read(self, recommender: Recommender, query: str) -> dict[str, Any]:
        """Return a query article and its pool, each article with its grade or None.

        Raises:
            NotFoundError: If it is no query of this session, or is no longer stored.
        """
        with recommender.collection.reading():
            stored = self._articles(recommender, [query])
            if query not in self._queries or not stored:
                raise NotFoundError(f"there is nothing to judge for {query}", expected="an article of this session")
            grades = self._judgements.of(query)
            items = [
                {"id": name, **_show(article), "grade": grades.get(name)}
                for name, article in self._articles(recommender, self._pool(recommender, query)).items()
            ]
        return {"article": {"id": query, **_show(stored[query])}, "items": items}

    def grade(self, recommender: Recommender, query: str, article: str, grade: int | None) -> dict[str, Any]:
        """Grade an article for a query, durably, and return the query's progress.

        Raises:
            NotFoundError: If the article is not in the query's pool, or one of them is no longer stored.
            WriteError: If the grade cannot be written.
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
        """Return all grades, also of other sessions, as TREC judgements."""
        return self._judgements.qrels()

    def _count(self, recommender: Recommender, query: str, started: bool) -> dict[str, int | None]:
        if not started:
            return {"graded": 0, "pool": None}
        names = recommender.collection.store.stored_states(self._pool(recommender, query))
        return {"graded": len(names.keys() & self._judgements.of(query).keys()), "pool": len(names)}

    def _pool(self, recommender: Recommender, query: str) -> list[str]:
        """Return a query's pool, fixed for the session; it always has what was graded before."""
        if query not in self._pools:
            found = pool(recommender, query, self._plan.depth, self._plan.pooled.get(query, ()))
            self._pools[query] = shuffled(query, [*found, *self._judgements.of(query)])
        return self._pools[query]

    @staticmethod
    def _articles(recommender: Recommender, names: list[str]) -> dict[str, Article]:
        """Return the stored ones of some articles by id, in the given order."""
        found = {each.article_id: each.article for each in recommender.collection.store.articles(sorted(names))}
        return {name: found[name] for name in names if name in found}


def _show(article: Article) -> dict[str, Any]:
    """Return what an editor sees of an article, query or not."""
    entry = related_entry(article)
    lead = clean_markdown(article.body, LEAD_CHARS) if article.body else ""
    shown = {name: entry[name] for name in _SHOWN if entry.get(name)}
    excerpt = shown.get("excerpt", "").rstrip(". …")
    if lead and lead.startswith(excerpt):
        shown.pop("excerpt", None)  # the body begins with it
    return {**shown, "lead": lead} if lead else shown
