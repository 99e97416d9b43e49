"""A judging session: its queries and pools, what editors see of an article, and the grades."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from recommender.article import Article
from recommender.entry import related_entry
from recommender.errors import InputError, NotFoundError
from recommender.evaluation import Judgement, Judgements, measure_agreement
from recommender.evaluation.judging import UNSURE
from recommender.evaluation.pooling import pool, shuffled
from recommender.related.recommender import Recommender
from recommender.text import clean_markdown

LEAD_CHARS = 1200
"""How much of a body is shown."""
MAX_QUERIES = 20_000
"""How many query articles a session has at most, with those that are added to it."""
SHOWN_DIFFERING = 10
"""How many of the pairs that judges differ on are shown."""
SKIP: Literal["skip"] = "skip"
"""What a judge does not want to judge: never kept, and not asked again in this session."""
_SHOWN = ("title", "excerpt", "publishedDateTime", "webUrl", "provider")


class Plan(BaseModel):
    """What a session judges.

    Attributes:
        queries: Ids of the query articles, in order.
        depth: How many articles of each scorer are pooled.
        pooled: By query, further ids of its pool.
        judgements: The file of grades.
        judge: Who judges; '' is the judge without a name.
    """

    queries: list[str]
    depth: int = 10
    pooled: dict[str, list[str]] = {}
    judgements: Path
    judge: str = ""


class Judging:
    """One judging session. Serves one thread. It never shows a system, a score or a rank.

    Nor does it show what other judges gave, until this one has been through all articles.

    Args:
        plan: What to judge.
        judgements: Receives the grades.
    """

    def __init__(self, plan: Plan, judgements: Judgements) -> None:
        self._plan = plan
        self._queries = dict.fromkeys(plan.queries)
        self._judgements = judgements
        self._pools: dict[str, list[str]] = {}
        self._skipped: set[tuple[str, str]] = set()

    @classmethod
    @contextlib.contextmanager
    def open(cls, file: Path) -> Iterator[Judging]:
        """Open the session whose plan is in `file`; its judgements are locked until it ends."""
        plan = Plan.model_validate_json(file.read_bytes())
        with Judgements(plan.judgements, plan.judge) as judgements:
            yield cls(plan, judgements)

    def progress(self, recommender: Recommender) -> dict[str, Any]:
        """Return the stored query articles, with how many of each pool are judged, and the agreement of all judges.

        `pool` is the pool's size, or None before it is first shown or judged, because pools are computed on demand.
        `agreement` is None until this judge has been through all articles, or if nobody else judged any of them.
        """
        queries: list[dict[str, Any]] = []
        with recommender.collection.reading():
            for query in self._queries:
                stored = recommender.collection.store.get(query)
                if stored is None:
                    continue
                started = query in self._pools or bool(self._judgements.of(query))
                queries.append(
                    {"id": query, "title": _show(stored.article)["title"], **self._count(recommender, query, started)}
                )
            is_done = all(each["pool"] == each["graded"] + each["unsure"] + each["skipped"] for each in queries)
            agreement = self._agreement(recommender) if is_done else None
        told = {"queries": queries, "judgements": len(self._judgements)}
        return {**told, "judge": self._plan.judge, "agreement": agreement}

    def add(self, recommender: Recommender, query: str) -> dict[str, Any]:
        """Add a stored article to the queries of this session, and return the progress.

        Raises:
            NotFoundError: If no article has the id.
            InputError: If the session has `MAX_QUERIES` already.
        """
        with recommender.collection.reading():
            if not self._articles(recommender, [query]):
                raise NotFoundError(f"there is no article {query}", expected="a stored article")
        if query not in self._queries and len(self._queries) >= MAX_QUERIES:
            raise InputError("the session is full", expected=f"at most {MAX_QUERIES:,} query articles")
        self._queries[query] = None
        return self.progress(recommender)

    def read(self, recommender: Recommender, query: str) -> dict[str, Any]:
        """Return a query article and its pool, each article with its grade, `unsure`, `skip` or None.

        Raises:
            NotFoundError: If it is no query of this session, or is no longer stored.
        """
        with recommender.collection.reading():
            stored = self._articles(recommender, [query])
            if query not in self._queries or not stored:
                raise NotFoundError(f"there is nothing to judge for {query}", expected="an article of this session")
            given = self._judgements.of(query)
            items = [
                {
                    "id": name,
                    **_show(article),
                    "grade": given.get(name, SKIP if (query, name) in self._skipped else None),
                }
                for name, article in self._articles(recommender, self._pool(recommender, query)).items()
            ]
        return {"article": {"id": query, **_show(stored[query])}, "items": items}

    def grade(
        self, recommender: Recommender, query: str, article: str, grade: Judgement | Literal["skip"] | None
    ) -> dict[str, Any]:
        """Judge an article for a query, durably, and return the query's progress.

        To skip an article removes its grade; that it was skipped is known until the session ends.

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
            if grade != SKIP:
                self._judgements.grade(query, article, grade)
                self._skipped.discard((query, article))
            else:
                if article in self._judgements.of(query):
                    self._judgements.grade(query, article, None)
                self._skipped.add((query, article))
            count = self._count(recommender, query, started=True)
        return {"grade": grade, **count, "judgements": len(self._judgements)}

    def qrels(self) -> str:
        """Return all grades of this judge, also of other sessions, as TREC judgements."""
        return self._judgements.qrels()

    def _count(self, recommender: Recommender, query: str, started: bool) -> dict[str, int | None]:
        if not started:
            return {"graded": 0, "unsure": 0, "skipped": 0, "pool": None}
        stored = recommender.collection.store.stored_states(self._pool(recommender, query))
        given = [judgement for name, judgement in self._judgements.of(query).items() if name in stored]
        unsure = given.count(UNSURE)
        skipped = sum((query, name) in self._skipped for name in stored)
        return {"graded": len(given) - unsure, "unsure": unsure, "skipped": skipped, "pool": len(stored)}

    def _agreement(self, recommender: Recommender) -> dict[str, Any] | None:
        """Return how well all judges of the file agree; None if there is one judge, or no pair that two judged."""
        found = measure_agreement(self._judgements.of_all())
        if not found.shared:
            return None
        differing = found.differing[:SHOWN_DIFFERING]
        known = self._articles(recommender, [name for pair in differing for name in (pair.query, pair.article)])
        titles = {name: _show(article)["title"] for name, article in known.items()}
        return {
            "alpha": found.alpha,
            "interval": found.interval,
            "judges": found.judges,
            "pairs": found.shared,
            "differing": [
                {
                    "query": pair.query,
                    "queryTitle": titles.get(pair.query, pair.query),
                    "title": titles.get(pair.article, pair.article),
                    "grades": sorted(pair.grades.values()),
                }
                for pair in differing
            ],
        }

    def _pool(self, recommender: Recommender, query: str) -> list[str]:
        """Return a query's pool, fixed for the session; it always has what anybody judged before."""
        if query not in self._pools:
            found = pool(recommender, query, self._plan.depth, self._plan.pooled.get(query, ()))
            self._pools[query] = shuffled(query, [*found, *self._judgements.judged(query)])
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
