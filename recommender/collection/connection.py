"""A connection to a collection's SQLite file: its tables and format, transactions, errors of ours."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recommender.errors import CollectionError

FORMAT = 1
BUSY_TIMEOUT_S = 30.0

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
  source_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  location TEXT NOT NULL UNIQUE
);
CREATE TABLE articles (
  article_id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  url_key TEXT,
  text_hash BLOB NOT NULL,
  content_hash BLOB NOT NULL,
  record TEXT NOT NULL,
  secured TEXT,
  source_id INTEGER NOT NULL REFERENCES sources,
  revision INTEGER NOT NULL
);
CREATE INDEX articles_by_url ON articles (url_key) WHERE url_key IS NOT NULL;
CREATE INDEX articles_by_source ON articles (source_id, path);
CREATE INDEX articles_by_text ON articles (text_hash);
CREATE TABLE vectors (encoder TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL);
CREATE UNIQUE INDEX vectors_by_text ON vectors (encoder, text_hash);
CREATE TABLE revisions (
  revision INTEGER PRIMARY KEY AUTOINCREMENT,
  committed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
CREATE TABLE changes (
  revision INTEGER NOT NULL REFERENCES revisions,
  article_id TEXT NOT NULL,
  change TEXT NOT NULL CHECK (change IN ('upsert', 'delete')),
  PRIMARY KEY (revision, article_id)
) WITHOUT ROWID;
CREATE TABLE files (
  source_id INTEGER NOT NULL REFERENCES sources,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  PRIMARY KEY (source_id, path)
) WITHOUT ROWID;
"""


class Connection(sqlite3.Connection):
    """A connection in autocommit mode whose errors are ours; one thread at a time uses it."""

    path = Path()

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """`sqlite3.Connection.execute`."""
        with translated(self.path):
            return super().execute(*arguments)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what is written inside is durable when the block ends, or was never there."""
        with translated(self.path):
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                # SQLite rolls back by itself where it must (a full disk, an I/O error).
                if self.in_transaction:
                    self.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside is of one revision; one inside another reads of the outer one's."""
        if self.in_transaction:
            yield
            return
        with translated(self.path):
            self.execute("BEGIN")
            try:
                yield
            finally:
                if self.in_transaction:
                    self.execute("COMMIT")


def connect(path: Path, *, create: bool) -> Connection:
    """Open a collection's database; `create` makes an empty one if there is none.

    Raises:
        CollectionError: If there is none, it is not a collection's, or it is of a newer format.
    """
    if not create and not path.is_file():
        raise CollectionError(
            "there is no collection here",
            where=str(path.parent),
            hint=f"make one: related build SOURCE --collection {path.parent}",
        )
    with translated(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=Connection
        )
    connection.path = path
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _prepare(connection, create)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: Connection, create: bool) -> None:
    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    found = one("PRAGMA user_version")
    if not one("SELECT count(*) FROM sqlite_master WHERE name = 'articles'") and (
        found or one("SELECT count(*) FROM sqlite_master")
    ):
        raise CollectionError(
            "the database is another program's", where=str(connection.path), expected="a collection's"
        )
    if found == 0 and create:
        with connection.transaction():
            # Another process may have made the tables while this one waited for the lock.
            if one("PRAGMA user_version") == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('uuid', ?)", (uuid.uuid4().hex,))
                connection.execute(f"PRAGMA user_version = {FORMAT}")
    elif found == 0:
        raise CollectionError("the database is empty", where=str(connection.path), hint="build the collection again")
    elif found > FORMAT:
        raise CollectionError(
            f"the collection has format {found}, written by a newer version",
            where=str(connection.path.parent),
            expected=f"format {FORMAT} or older",
            hint="upgrade related-articles",
        )


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname if hasattr(error, "sqlite_errorname") else ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise CollectionError(
                f"another process has been writing for {BUSY_TIMEOUT_S:.0f} seconds",
                where=str(path),
                hint="try again when it is done",
            ) from None
        raise CollectionError(f"the database can not be used: {error}", where=str(path)) from None
    except sqlite3.DatabaseError as error:
        raise CollectionError(
            f"the database is damaged or is not one: {error}",
            where=str(path),
            hint="restore it from a backup, or remove the folder and build again",
        ) from None
