"""Compute the overview of a collection: the list of every article, at one revision, in a file beside the collection."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from recommender.article import Article, format_date
from recommender.collection_folder import OVERVIEW_NAME, OVERVIEW_SPARE_NAME
from recommender.errors import BusyError
from recommender.overview import tables
from recommender.overview.kinds import INDEXED
from recommender.overview.lock import DONE, computing
from recommender.overview.reading import Overview
from recommender.overview.summary import summarise
from recommender.progress import Progress
from recommender.related.figures import ListFigures
from recommender.related.recommender import Recommender
from recommender.related.shown_lists import ShownList, list_each
from recommender.related.stamp import Stamp

if TYPE_CHECKING:
    from recommender.store import Store

_BATCH = 1000
_SAVE = f"INSERT INTO articles VALUES ({', '.join('?' * 19)})"


def compute(
    recommender: Recommender, *, workers: int = 1, on_progress: Progress = lambda stage, done, total: None
) -> Overview:
    """Compute the overview of a collection's newest revision, unless that is known already.

    The lists are those that a request without options gets, of `[enrich] items` items. Whatever happens meanwhile, the
    overview of before stays until the new one is whole.

    Args:
        recommender: The collection's recommender, with its own settings and rules.
        workers: How many processes make lists, this one among them.
        on_progress: Called with what is done, the number of articles done, and the total.

    Raises:
        BusyError: If another process is computing it.
        CollectionError: If it cannot be written, or the collection cannot be read.
    """
    collection = recommender.collection
    folder, path = collection.path, collection.path / OVERVIEW_NAME
    with computing(folder, on_progress) as tell:
        tell("opening the collection", 0, 0)
        with collection.reading() as index:
            stamp = Stamp.of(collection.store)
            known = Overview.open(folder, stamp.uuid)
            if known is not None and known.stamp == stamp:
                tell(DONE, len(index), len(index))
                return known
            writing = _Writing(stamp, len(index), index.settings.enrich.items, recommender.scorer_in_use())
            spare, ids = folder / OVERVIEW_SPARE_NAME, list(index.ids())
            with contextlib.ExitStack() as stack:
                if known is not None:
                    stack.enter_context(contextlib.closing(known))
                stack.enter_context(tables.translated(folder))
                stack.callback(lambda: spare.unlink(missing_ok=True))
                with contextlib.closing(tables.create(spare)) as connection:
                    lists = list_each(recommender, ids, top_k=writing.list_items, workers=workers)
                    stack.enter_context(contextlib.closing(lists))
                    for done, (stored, made) in enumerate(
                        zip(collection.store.articles(), lists, strict=True), start=1
                    ):
                        writing.add(connection, stored.article, made)
                        tell("making lists", done, len(ids))
                    tell("comparing with the lists of before", len(ids), len(ids))
                    writing.finish(connection, known)
                tables.publish(spare, path)
        # What was deleted meanwhile was in the revision that was read.
        _forget(collection.store, folder)
        tell(DONE, len(ids), len(ids))
        overview = Overview.open(folder, stamp.uuid)
    if overview is None:
        raise RuntimeError("the overview that was just written cannot be read")
    return overview


def forget_deleted(store: Store, folder: Path) -> None:
    """Remove the articles that were deleted since an overview was made from its file.

    An overview of another collection, such as the one that was here before, is removed as a whole.

    Raises:
        CollectionError: If the file cannot be written.
    """
    spare = folder / OVERVIEW_SPARE_NAME
    if ((folder / OVERVIEW_NAME).exists() and _gone(store, folder) != []) or spare.exists():
        # Who computes the overview at this moment forgets them at the end.
        with contextlib.suppress(BusyError), computing(folder, lambda stage, done, total: None):
            spare.unlink(missing_ok=True)
            _forget(store, folder)


def _forget(store: Store, folder: Path) -> None:
    gone, path = _gone(store, folder), folder / OVERVIEW_NAME
    with tables.translated(folder):
        if gone is None:
            path.unlink(missing_ok=True)
        elif gone:
            tables.without(path, folder / OVERVIEW_SPARE_NAME, gone)


def _gone(store: Store, folder: Path) -> list[str] | None:
    """Return the ids of an overview's articles that are stored no more; None if it is of another collection."""
    with store.reading():
        opened = Overview.open(folder, store.uuid)
        if opened is None:
            return None
        with contextlib.closing(opened) as overview:
            changed = store.changed_since(overview.stamp.revision)
            if changed is None:
                left = set(store.ids())
                return [each for each in overview.ids() if each not in left]
            return [each for each, change in changed.items() if change == "delete" and overview.knows(each)]


class _Writing:
    """Writes the rows of a new overview as its lists come.

    Attributes:
        list_items: How many items a list may have.
    """

    def __init__(self, stamp: Stamp, articles: int, list_items: int, scorer: str) -> None:
        self._started = time.monotonic()
        self._stamp = stamp
        self.list_items = list_items
        self._scorer = scorer
        self._figures = ListFigures(articles)
        self._place = self._copies = self._translations = 0
        self._providers: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._rows: list[tuple[Any, ...]] = []
        self._words: list[tuple[int, str]] = []
        self._lists: list[tuple[int, str, str]] = []

    def add(self, connection: sqlite3.Connection, article: Article, made: ShownList) -> None:
        """Take the list of an article."""
        article_id, published = article.id or "", article.published_date_time
        provider = (article.provider.name or article.provider.domain) if article.provider else None
        self._figures.count_list(made.items, made.scores, made.ages, made.collapsed, made.empty_because)
        self._copies += made.copies > 0
        self._translations += made.translations > 0
        self._providers.update([provider] if provider else ())
        self._languages.update([article.language] if article.language else ())
        ages = [age for age in made.ages if age is not None]
        self._place += 1
        self._rows.append(
            (
                self._place,
                article_id,
                article.title,
                article.web_url,
                provider,
                article.language,
                format_date(published) if published else None,
                len(made.items),
                made.empty_because,
                0,  # in how many lists it is, is known at the end
                round(fmean(made.scores), 6) if made.scores else None,
                min(made.scores, default=None),
                round(median(ages), 3) if ages else None,
                made.copies,
                made.translations,
                0,
                0,
                self._stamp.revision,
                article.title.casefold(),
            )
        )
        self._words.append((self._place, "\n".join((article.title, article_id, article.web_url or "")).casefold()))
        self._lists.append((self._place, json.dumps(made.items), json.dumps(made.scores)))
        if len(self._rows) >= _BATCH:
            self._flush(connection)

    def _flush(self, connection: sqlite3.Connection) -> None:
        connection.executemany(_SAVE, self._rows)
        connection.executemany("INSERT INTO words VALUES (?, ?)", self._words)
        connection.executemany("INSERT INTO lists VALUES (?, ?, ?)", self._lists)
        self._rows, self._words, self._lists = [], [], []

    def finish(self, connection: sqlite3.Connection, before: Overview | None) -> None:
        """Add what needs all lists, and what the overview of before knows, and end the transaction."""
        self._flush(connection)
        number = before.number + 1 if before else 1
        connection.execute("UPDATE articles SET first_number = ?, changed_number = ?", (number, number))
        shown = ((lists, article_id) for article_id, lists in self._figures.recommended.items())
        connection.executemany("UPDATE articles SET shown = ? WHERE article_id = ?", shown)
        connection.execute("COMMIT")
        if before is not None:
            tables.carry_over(connection, before.path)
        summary = summarise(
            self._figures,
            list_items=self.list_items,
            scorer=self._scorer,
            copies=self._copies,
            translations=self._translations,
            providers=self._providers,
            languages=self._languages,
        )
        computed_at = format_date(datetime.now(UTC).replace(microsecond=0))
        seconds = round(time.monotonic() - self._started, 3)
        row = (number, self._stamp.text, self._stamp.revision, computed_at, seconds, json.dumps(summary))
        connection.execute("INSERT INTO computations VALUES (?, ?, ?, ?, ?, ?)", row)
        for column in INDEXED:
            connection.execute(f"CREATE INDEX articles_by_{column} ON articles ({column})")
