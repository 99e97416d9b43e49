"""Reads an overview: its figures and history, its articles page by page, and what changed since a revision."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from recommender.collection_folder import OVERVIEW_NAME
from recommender.overview import tables
from recommender.overview.kinds import Selection
from recommender.overview.summary import Summary
from recommender.related.stamp import Stamp


class Computation(NamedTuple):
    """One computation.

    Attributes:
        number: Which it was, from 1.
        revision: The revision of the collection.
        computed_at: When it ended, ISO 8601 in UTC.
        seconds: How long it took.
        summary: Its figures.
    """

    number: int
    revision: int
    computed_at: str
    seconds: float
    summary: Summary


class Row(NamedTuple):
    """One article of an overview.

    Attributes:
        article_id: Its id.
        title: Its title.
        web_url: Its address.
        provider: Its provider's name, or domain.
        language: The language that it states.
        published: Its date, ISO 8601 in UTC.
        items: Number of items in its list.
        empty_because: Why it has none.
        shown: In how many lists it is shown.
        mean_score: The mean score of its items.
        lowest_score: The lowest.
        age_days: By how many days its items are older than it, the median; negative for newer ones.
        copies: How many copies it has.
        translations: How many translations.
        changed_revision: The revision for which its list was first as it is.
        related: Id and score of each item.
    """

    article_id: str
    title: str
    web_url: str | None
    provider: str | None
    language: str | None
    published: str | None
    items: int
    empty_because: str | None
    shown: int
    mean_score: float | None
    lowest_score: float | None
    age_days: float | None
    copies: int
    translations: int
    changed_revision: int
    related: Sequence[tuple[str, float]]

    def to_json(self) -> dict[str, Any]:
        """Return the article as JSON values, without what is not known."""
        values = {
            "id": self.article_id,
            "title": self.title,
            "webUrl": self.web_url,
            "provider": self.provider,
            "language": self.language,
            "publishedDateTime": self.published,
            "items": self.items,
            "emptyBecause": self.empty_because,
            "shown": self.shown,
            "meanScore": self.mean_score,
            "lowestScore": self.lowest_score,
            "ageDays": self.age_days,
            "copies": self.copies,
            "translations": self.translations,
            "changedAt": self.changed_revision,
            "related": [{"id": article_id, "score": score} for article_id, score in self.related],
        }
        return {name: value for name, value in values.items() if value is not None}


_ROW = ", ".join(Row._fields[:-1])


class Page(NamedTuple):
    """Some articles.

    Attributes:
        rows: The articles.
        cursor: Where the next ones begin; None after the last.
    """

    rows: list[Row]
    cursor: str | None


class Earlier(NamedTuple):
    """A list that an article had before.

    Attributes:
        revision: The revision for which it was first computed.
        items: Article ids, best first.
    """

    revision: int
    items: list[str]


class Named(NamedTuple):
    """An article of a list; without a title if it is in the collection no more."""

    article_id: str
    title: str | None

    def to_json(self) -> dict[str, Any]:
        """Return id and title."""
        return {"id": self.article_id, **({} if self.title is None else {"title": self.title})}


class ChangedList(NamedTuple):
    """An article whose list is not the same as before.

    Attributes:
        article: The article.
        revision: The revision for which the list of before was computed first.
        came: Items that were not in it.
        left: Items that no longer are.
    """

    article: Named
    revision: int
    came: list[Named]
    left: list[Named]

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            **self.article.to_json(),
            "sinceRevision": self.revision,
            "came": [each.to_json() for each in self.came],
            "left": [each.to_json() for each in self.left],
        }


class Overview:
    """An overview that was computed; it never changes. One instance serves one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self.number, stamp, *_ = self._newest()
        self.stamp = Stamp.parse(stamp)

    @classmethod
    def open(cls, folder: Path, uuid: str) -> Self | None:
        """Open the overview of a collection; None if there is none, or none that can be read.

        Args:
            folder: The collection's folder on this machine.
            uuid: The collection's unique id; an overview of another one is none.
        """
        path = folder / OVERVIEW_NAME
        connection = tables.open_whole(path)
        if connection is None:
            return None
        found = cls(path, connection)
        if found.stamp.uuid == uuid:
            return found
        found.close()
        return None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _newest(self) -> tuple[Any, ...]:
        sql = "SELECT number, stamp, revision, computed_at, seconds, summary FROM computations ORDER BY number DESC"
        row: tuple[Any, ...] = self._connection.execute(f"{sql} LIMIT 1").fetchone()
        return row

    def newest(self) -> Computation:
        """Return the computation that it is of."""
        number, _, revision, computed_at, seconds, summary = self._newest()
        return Computation(number, revision, computed_at, seconds, json.loads(summary))

    def history(self) -> list[Computation]:
        """Return the computations that are remembered, the oldest first."""
        sql = "SELECT number, revision, computed_at, seconds, summary FROM computations ORDER BY number"
        return [Computation._make([*row, json.loads(summary)]) for *row, summary in self._connection.execute(sql)]

    # Articles.

    def ids(self) -> Iterator[str]:
        """Yield the ids of all articles, sorted."""
        return (row[0] for row in self._connection.execute("SELECT article_id FROM articles ORDER BY article_id"))

    def knows(self, article_id: str) -> bool:
        """Return whether an article is in it."""
        found = self._connection.execute("SELECT 1 FROM articles WHERE article_id = ?", (article_id,))
        return found.fetchone() is not None

    def count(self, selection: Selection) -> int:
        """Return how many articles there are of a selection."""
        where, values = selection.where()
        sql = f"SELECT count(*) FROM articles WHERE {where}"
        return int(self._connection.execute(sql, self._with_numbers(values)).fetchone()[0])

    def page(self, selection: Selection, limit: int, cursor: str | None = None) -> Page:
        """Return some articles of a selection.

        Args:
            selection: Which, and in which order.
            limit: How many at most.
            cursor: The cursor of the page before; it stays good when the overview is computed again.

        Raises:
            ConfigError: If the cursor is not one of this order.
        """
        after, more = selection.after(cursor)
        rows = list(self._rows(selection, after, more, limit + 1))
        if len(rows) <= limit:
            return Page(rows, None)
        last = rows[limit - 1]
        sql = f"SELECT {selection.column} FROM articles WHERE article_id = ?"
        value = self._connection.execute(sql, (last.article_id,)).fetchone()[0]
        return Page(rows[:limit], selection.cursor(value, last.article_id))

    def each(self, selection: Selection) -> Iterator[Row]:
        """Yield all articles of a selection."""
        return self._rows(selection, "1", {}, -1)

    def _rows(self, selection: Selection, after: str, more: dict[str, Any], limit: int) -> Iterator[Row]:
        where, values = selection.where()
        # Only ids are sorted, and no more rows are read than are returned.
        sql = f"""
        SELECT {_ROW}, ids, scores FROM
          (SELECT place FROM articles WHERE {where} AND {after} ORDER BY {selection.order_by()} LIMIT :limit)
          CROSS JOIN articles USING (place) CROSS JOIN lists USING (place)
        ORDER BY {selection.order_by()}
        """
        for *row, ids, scores in self._connection.execute(sql, self._with_numbers({**values, **more, "limit": limit})):
            yield _row(row, ids, scores)

    def _with_numbers(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "hub_from": self.newest().summary["hubFrom"], "number": self.number}

    def get(self, article_id: str) -> tuple[Row, list[Earlier]] | None:
        """Return an article, and the lists that it had before, the newest first; None if it is not in it."""
        sql = f"SELECT {_ROW}, ids, scores FROM articles JOIN lists USING (place) WHERE article_id = ?"
        found = self._connection.execute(sql, (article_id,)).fetchone()
        if found is None:
            return None
        *row, ids, scores = found
        earlier = self._connection.execute(
            "SELECT revision, ids FROM versions WHERE article_id = ? ORDER BY number DESC", (article_id,)
        )
        return _row(row, ids, scores), [Earlier(revision, json.loads(items)) for revision, items in earlier]

    def named(self, ids: Sequence[str]) -> list[Named]:
        """Return articles with their titles, in order."""
        return [Named(each, self._title(each)) for each in ids]

    def _title(self, article_id: str) -> str | None:
        found = self._connection.execute("SELECT title FROM articles WHERE article_id = ?", (article_id,)).fetchone()
        return None if found is None else str(found[0])

    # Changes.

    def before(self, revision: int) -> Computation:
        """Return the computation to compare with: the newest of this revision or an earlier one, or else the oldest."""
        history = self.history()
        return next((each for each in reversed(history) if each.revision <= revision), history[0])

    def changed_lists(self, before: Computation, limit: int = -1, after: str = "") -> list[ChangedList]:
        """Return the articles whose list is not the one that it was, sorted by id.

        Only articles are compared that are in both; of those that changed often, the oldest list that is remembered
        counts.

        Args:
            before: The computation to compare with.
            limit: How many at most.
            after: The id after which to begin.
        """
        sql = f"""
        SELECT article_id, title, lists.ids, was.ids, was.revision
        FROM articles JOIN lists USING (place) JOIN versions AS was USING (article_id)
        WHERE {_CHANGED} AND article_id > :after ORDER BY article_id LIMIT :limit
        """
        found = []
        values = {"before": before.number, "after": after, "limit": limit}
        for article_id, title, ids, old_ids, revision in self._connection.execute(sql, values).fetchall():
            now, was = json.loads(ids), json.loads(old_ids)
            came, left = ([each for each in one if each not in other] for one, other in ((now, was), (was, now)))
            found.append(ChangedList(Named(article_id, title), revision, self.named(came), self.named(left)))
        return found

    def count_changed(self, before: Computation) -> int:
        """Return how many articles `changed_lists` would return."""
        sql = f"""
        SELECT count(*) FROM articles JOIN lists USING (place) JOIN versions AS was USING (article_id)
        WHERE {_CHANGED}
        """
        return int(self._connection.execute(sql, {"before": before.number}).fetchone()[0])

    def came_after(self, article_id: str, before: Computation) -> bool:
        """Return whether an article was not in an earlier computation, as far as this one knows."""
        sql = "SELECT first_number FROM articles WHERE article_id = ?"
        found = self._connection.execute(sql, (article_id,)).fetchone()
        return found is None or found[0] > before.number


def _row(values: Sequence[Any], ids: str, scores: str) -> Row:
    return Row._make([*values, list(zip(json.loads(ids), json.loads(scores), strict=True))])


_CHANGED = """
changed_number > :before AND first_number <= :before AND was.ids <> lists.ids AND was.number = coalesce(
  (SELECT max(number) FROM versions WHERE article_id = articles.article_id AND number <= :before),
  (SELECT min(number) FROM versions WHERE article_id = articles.article_id))
"""
