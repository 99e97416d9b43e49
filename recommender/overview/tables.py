"""The file of an overview: one SQLite database, written aside and moved into place, and never changed afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from recommender.errors import CollectionError
from recommender.files import sync_folder

FORMAT = 2
MAX_COMPUTATIONS = 50
"""How many computations are remembered, with their figures."""
MAX_VERSIONS = 4
"""How many earlier lists of an article are remembered."""

# Articles are numbered in the order of their ids, so that short numbers stand for them here and in indexes.
# `first_number` and `changed_number` are the computations in which the article, and its list as it is now, came.
_TABLES = """
CREATE TABLE computations (
  number INTEGER PRIMARY KEY, stamp TEXT NOT NULL, revision INTEGER NOT NULL, computed_at TEXT NOT NULL,
  seconds REAL NOT NULL, summary TEXT NOT NULL);
CREATE TABLE articles (
  place INTEGER PRIMARY KEY, article_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, web_url TEXT, provider TEXT,
  language TEXT, published TEXT, items INTEGER NOT NULL, empty_because TEXT, shown INTEGER NOT NULL, mean_score REAL,
  lowest_score REAL, age_days REAL, copies INTEGER NOT NULL, translations INTEGER NOT NULL,
  first_number INTEGER NOT NULL, changed_number INTEGER NOT NULL, changed_revision INTEGER NOT NULL,
  title_key TEXT NOT NULL);
CREATE TABLE words (place INTEGER PRIMARY KEY, folded TEXT NOT NULL);
CREATE TABLE lists (place INTEGER PRIMARY KEY, ids TEXT NOT NULL, scores TEXT NOT NULL);
CREATE TABLE versions (
  article_id TEXT NOT NULL, number INTEGER NOT NULL, revision INTEGER NOT NULL, ids TEXT NOT NULL,
  PRIMARY KEY (article_id, number)) WITHOUT ROWID;
"""

_CARRY_OVER = f"""
CREATE TEMP TABLE was AS
  SELECT articles.place, was.article_id, was.first_number, was.changed_number, was.changed_revision,
    had.ids, had.ids = lists.ids AS is_same
  FROM old.articles AS was JOIN old.lists AS had USING (place)
    JOIN main.articles ON articles.article_id = was.article_id JOIN main.lists ON lists.place = articles.place;
INSERT INTO computations SELECT * FROM old.computations ORDER BY number DESC LIMIT {MAX_COMPUTATIONS - 1};
INSERT INTO main.versions SELECT * FROM old.versions WHERE article_id IN (SELECT article_id FROM was);
INSERT INTO main.versions SELECT article_id, changed_number, changed_revision, ids FROM was WHERE NOT is_same;
UPDATE main.articles SET first_number = was.first_number FROM was WHERE was.place = articles.place;
UPDATE main.articles SET changed_number = was.changed_number, changed_revision = was.changed_revision
  FROM was WHERE was.place = articles.place AND was.is_same;
DELETE FROM main.versions WHERE (article_id, number) IN (
  SELECT article_id, number FROM (
    SELECT article_id, number, row_number() OVER (PARTITION BY article_id ORDER BY number DESC) AS age
    FROM main.versions
  ) WHERE age > {MAX_VERSIONS});
DROP TABLE was;
"""


def create(path: Path) -> sqlite3.Connection:
    """Make an empty file, which only its owner may read, with one transaction begun.

    Nothing is synced on the way: a file that was not finished is thrown away.
    """
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = _connect(path, "rw")
    for pragma in ("journal_mode = OFF", "synchronous = OFF", f"user_version = {FORMAT}"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(_TABLES)
    connection.execute("BEGIN")
    return connection


def open_whole(path: Path) -> sqlite3.Connection | None:
    """Open a finished file for reading; None if there is none, or none that can be read."""
    if not path.is_file():
        return None
    connection = None
    try:
        connection = _connect(path, "ro&immutable=1")
        [found] = connection.execute("PRAGMA user_version").fetchone()
        known = connection.execute("SELECT count(*) FROM computations").fetchone()
        if found == FORMAT and known[0]:
            return connection
    except sqlite3.Error:
        pass  # what is derived is made again
    if connection is not None:
        connection.close()
    return None


def carry_over(connection: sqlite3.Connection, old: Path) -> None:
    """Take what is remembered from the file before: computations, and earlier lists of articles whose list differs.

    If that file is damaged, nothing is taken.
    """
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("ATTACH ? AS old", (f"{old.absolute().as_uri()}?mode=ro&immutable=1",))
    try:
        connection.executescript(f"BEGIN; {_CARRY_OVER} COMMIT")
    except sqlite3.DatabaseError:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    connection.execute("DETACH old")


def publish(spare: Path, path: Path) -> None:
    """Move a file that was closed into its place, durably.

    Raises:
        OSError: If it cannot be.
    """
    handle = os.open(spare, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    spare.replace(path)
    sync_folder(path.parent)


def without(path: Path, spare: Path, gone: list[str]) -> None:
    """Write the file anew without some articles, so that nothing of their texts is left.

    Raises:
        OSError: If it cannot be written.
        sqlite3.Error: Likewise.
    """
    spare.unlink(missing_ok=True)
    with path.open("rb") as old, os.fdopen(os.open(spare, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as new:
        shutil.copyfileobj(old, new)
    with contextlib.closing(_connect(spare, "rw")) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        rows = [(each,) for each in gone]
        for table in ("words", "lists"):
            place = "(SELECT place FROM articles WHERE article_id = ?)"
            connection.executemany(f"DELETE FROM {table} WHERE place = {place}", rows)
        for table in ("articles", "versions"):
            connection.executemany(f"DELETE FROM {table} WHERE article_id = ?", rows)
        connection.execute("COMMIT")
    publish(spare, path)


@contextlib.contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn what may go wrong with a file into this library's error.

    Raises:
        CollectionError: If something does.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        what = getattr(error, "strerror", None) or str(error)
        hint = "check the folder's permissions and the disk space"
        raise CollectionError(f"the overview cannot be written: {what}", where=str(folder), hint=hint) from None


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
