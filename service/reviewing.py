"""A review: the planned changes of a site's files, an editor's decisions on them, and writing what was accepted."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recommender.config import Settings
from recommender.enrich.review import Change, Decision, Decisions, Session, write_accepted
from recommender.errors import NotFoundError
from recommender.related.recommender import Recommender
from recommender.workers import usual_count

OPEN = "open"
KEEPS = {"keep": True}
"""The rule that a rejected change becomes: the article's related field stays as it is."""
KEEPS_NO_MORE = {"keep": None}


class Reviewing:
    """One review. Its methods run in one thread each at a time.

    Args:
        session: What is reviewed.
        collection: The collection that the lists were made from.
    """

    def __init__(self, session: Session, collection: Path | str) -> None:
        self._session = session
        self._collection = collection
        self._changes = {change.path: change for change in session.changes}
        self._decisions = Decisions(session.site, self._changes)

    @classmethod
    def open(cls, file: Path, collection: Path | str) -> Reviewing:
        """Open the review that is described in `file`."""
        return cls(Session.model_validate_json(file.read_bytes()), collection)

    def progress(self) -> dict[str, Any]:
        """Return how many changes there are of each kind, open and decided."""
        states = Counter((str(change.kind), self._state(path)) for path, change in list(self._changes.items()))
        kinds = [
            {"kind": kind, **{state: states[kind, state] for state in (OPEN, *Decision)}}
            for kind in dict.fromkeys(kind for kind, _ in states)
        ]
        return {"site": self._session.site.name, "kinds": kinds, "changes": len(self._changes)}

    def page(
        self, recommender: Recommender, state: str | None, kind: str | None, offset: int, limit: int
    ) -> dict[str, Any]:
        """Return some changes with the titles of their articles."""
        wanted = [
            change
            for path, change in list(self._changes.items())
            if kind in {None, str(change.kind)} and state in {None, self._state(path)}
        ]
        shown = wanted[offset : offset + limit]
        ids = sorted({each for change in shown for each in (change.article_id, *change.items)})
        found = {stored.article_id: stored.article for stored in recommender.collection.store.articles(ids)}

        def named(article_id: str) -> dict[str, Any]:
            article = found.get(article_id)
            title, url = (article.title, article.web_url) if article else (article_id, None)
            return {"id": article_id, "title": title, "webUrl": url}

        changes = [
            {
                "path": change.path,
                "kind": str(change.kind),
                "article": named(change.article_id),
                "before": change.before,
                "after": [named(each) for each in change.items],
                "decision": self._decisions.of(change.path),
            }
            for change in shown
        ]
        return {"changes": changes, "total": len(wanted)}

    def why(self, recommender: Recommender, path: str) -> dict[str, Any]:
        """Return score and reasons of each item of a planned list.

        Raises:
            NotFoundError: If no change of this file is planned.
        """
        change = self.change(path)
        # A list keeps items that others hardly beat: they are explained as candidates, wherever they stand.
        answer = recommender.related(change.article_id, top_k=max(50, 2 * len(change.items)), min_score=0.0)
        known = {item.article_id: item for item in answer.items}
        items = [
            {"id": each, "score": round(known[each].score, 6), "reasons": known[each].reasons}
            for each in change.items
            if each in known
        ]
        return {"path": path, "items": items}

    def change(self, path: str) -> Change:
        """Return the change of a file.

        Raises:
            NotFoundError: If none is planned.
        """
        if path not in self._changes:
            raise NotFoundError(f"no change of {path} is planned", expected="a file of this review")
        return self._changes[path]

    def open_of(self, kind: str | None) -> list[Change]:
        """Return the changes of a kind that are not decided."""
        changes = list(self._changes.values())
        return [each for each in changes if kind in {None, str(each.kind)} and self._state(each.path) == OPEN]

    def decide(self, changes: Sequence[Change], decision: Decision | None) -> None:
        """Keep a decision on some changes, durably."""
        self._decisions.make(list(changes), decision)

    def decision(self, path: str) -> Decision | None:
        """Return the decision on a file's change."""
        return self._decisions.of(path)

    def write(self) -> dict[str, Any]:
        """Write what was accepted, with a recommender of its own; what was written leaves the review."""
        accepted = {path: each for path, each in self._changes.items() if self._decisions.of(path) is Decision.ACCEPT}
        settings = Settings.parse(self._session.settings)
        recommender = Recommender.open(self._collection, weights=settings.ranking, rules=settings.rules)
        with contextlib.closing(recommender):
            done = write_accepted(self._session, recommender, accepted, usual_count() - 1)
        for path in done.written:
            del self._changes[path]
        # What could not be written is open again: an editor looks at it once more.
        self._decisions.make([self._changes[path] for path in done.left if path in self._changes], None)
        left = [{"path": path, "because": because} for path, because in done.left.items()]
        return {"written": done.written, "left": left}

    def _state(self, path: str) -> str:
        return self._decisions.of(path) or OPEN


def read_decision(body: bytes) -> tuple[Decision | None, dict[str, Any]]:
    """Read a decision, and what else is in its body.

    Raises:
        ValueError: If it is none.
    """
    fields = json.loads(body)
    if not isinstance(fields, dict) or "decision" not in fields:
        raise ValueError
    decision = fields.pop("decision")
    return None if decision is None else Decision(decision), fields
