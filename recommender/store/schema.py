"""The tables of a collection's SQLite database, and migrations from older formats."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable

from recommender.store.checksums import add_checksums, row_checksum, sealed_hash
from recommender.store.history import Value, revision_row, write_meta

FORMAT = 4

# Each table ends with a checksum of the row: SQLite notices a damaged page, not a damaged value.
_TABLES = {
    "meta": "key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL",
    "sources": """
      source_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, location TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL""",
    "articles": """
      article_id TEXT PRIMARY KEY, path TEXT NOT NULL, url_key TEXT, text_hash BLOB NOT NULL,
      content_hash BLOB NOT NULL, sealed_hash BLOB, source_id INTEGER NOT NULL REFERENCES sources,
      revision INTEGER NOT NULL, checksum INTEGER NOT NULL, record TEXT NOT NULL, secured TEXT""",
    "vectors": """
      encoder TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL""",
    "packed": """
      article_id TEXT PRIMARY KEY REFERENCES articles ON DELETE CASCADE, form TEXT NOT NULL,
      article_checksum INTEGER NOT NULL, texts BLOB NOT NULL, columns BLOB NOT NULL, checksum INTEGER NOT NULL""",
    "revisions": """
      revision INTEGER PRIMARY KEY AUTOINCREMENT, committed_at TEXT NOT NULL, articles INTEGER NOT NULL,
      digest INTEGER NOT NULL, changes INTEGER NOT NULL, checksum INTEGER NOT NULL""",
    "changes": """
      revision INTEGER NOT NULL REFERENCES revisions, article_id TEXT NOT NULL,
      change TEXT NOT NULL CHECK (change IN ('upsert', 'delete')), PRIMARY KEY (revision, article_id)""",
    "files": """
      source_id INTEGER NOT NULL REFERENCES sources, path TEXT NOT NULL, size_bytes INTEGER NOT NULL,
      mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, checksum INTEGER NOT NULL,
      PRIMARY KEY (source_id, path)""",
    "rules": """
      article_id TEXT PRIMARY KEY, rules TEXT NOT NULL, number INTEGER NOT NULL, checksum INTEGER NOT NULL""",
    "rule_changes": """
      number INTEGER PRIMARY KEY, changed_at TEXT NOT NULL, editor TEXT NOT NULL, article_id TEXT NOT NULL,
      before TEXT NOT NULL, after TEXT NOT NULL, checksum INTEGER NOT NULL""",
}
_ADDED = {"packed": 3, "rules": 4, "rule_changes": 4}
"""Tables by the first format that has them, if not the first of all."""
_WITHOUT_ROWID = {"meta", "changes", "files", "rules"}
_INDEXES = (
    "CREATE INDEX articles_by_url ON articles (url_key) WHERE url_key IS NOT NULL",
    "CREATE INDEX articles_by_source ON articles (source_id, path)",
    "CREATE INDEX articles_by_text ON articles (text_hash)",
    "CREATE UNIQUE INDEX vectors_by_text ON vectors (text_hash, encoder)",
)
_INDEX_OF_CHANGES = "CREATE INDEX rule_changes_by_article ON rule_changes (article_id, number)"

Row = tuple[Value, ...]


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables of an empty collection, inside a transaction."""
    _create(connection)
    write_meta(connection, "uuid", uuid.uuid4().hex)
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def upgrade(connection: sqlite3.Connection, found: int) -> None:
    """Migrate the tables from format `found` to the newest, inside a transaction."""
    for number in range(found, FORMAT):
        _MIGRATIONS[number](connection)
        connection.execute(f"PRAGMA user_version = {number + 1}")


def _create(connection: sqlite3.Connection, found: int = FORMAT) -> None:
    for name in _tables(found):
        columns = _TABLES[name]
        ending = " WITHOUT ROWID" if name in _WITHOUT_ROWID else ""
        connection.execute(f"CREATE TABLE {name} ({columns}){ending}")
    for index in (*_INDEXES, *([_INDEX_OF_CHANGES] if found >= _ADDED["rule_changes"] else [])):
        connection.execute(index)


def _tables(found: int) -> list[str]:
    """Return the names of the tables of a format."""
    return [name for name in _TABLES if _ADDED.get(name, 1) <= found]


def _add_packed(connection: sqlite3.Connection) -> None:
    """Migrate 2 -> 3: add the table of packed articles, which the next build fills."""
    connection.execute(f"CREATE TABLE packed ({_TABLES['packed']})")


def _add_rules(connection: sqlite3.Connection) -> None:
    """Migrate 3 -> 4: add the tables of editors' rules and their changes."""
    connection.execute(f"CREATE TABLE rules ({_TABLES['rules']}) WITHOUT ROWID")
    connection.execute(f"CREATE TABLE rule_changes ({_TABLES['rule_changes']})")
    connection.execute(_INDEX_OF_CHANGES)


def _add_checksums(connection: sqlite3.Connection) -> None:
    """Migrate 1 -> 2: add a checksum to every row and a digest to every revision; start the change log over."""
    run = connection.execute
    for index in ("articles_by_url", "articles_by_source", "articles_by_text", "vectors_by_text"):
        run(f"DROP INDEX {index}")
    for name in _tables(2):
        run(f"ALTER TABLE {name} RENAME TO old_{name}")
    _create(connection, 2)

    def copy(into: str, columns: str, complete: Callable[[Row], Row]) -> None:
        rows: Iterable[Row] = run(f"SELECT {columns} FROM old_{into}")
        for row in map(complete, rows):
            run(f"INSERT INTO {into} VALUES ({','.join('?' * len(row))})", row)

    def with_checksum(row: Row) -> Row:
        return (*row, row_checksum(*row))

    copy("meta", "key, value", with_checksum)
    copy("sources", "source_id, kind, location", with_checksum)
    copy("vectors", "encoder, text_hash, vector", with_checksum)
    copy("files", "source_id, path, size_bytes, mtime_ns, ctime_ns, inode", with_checksum)
    checksums: list[int] = []

    def article(row: Row) -> Row:
        *facts, record, secured = row
        facts.insert(5, sealed_hash(None if secured is None else str(secured)))
        checksums.append(row_checksum(*facts))
        return (*facts, checksums[-1], record, secured)

    copy(
        "articles", "article_id, path, url_key, text_hash, content_hash, source_id, revision, record, secured", article
    )
    state = (len(checksums), add_checksums(0, checksums), row_checksum())
    copy("revisions", "revision, committed_at", lambda row: revision_row(int(row[0] or 0), str(row[1]), *state))
    write_meta(connection, "log_start", str(run("SELECT coalesce(max(revision), 0) FROM revisions").fetchone()[0]))
    for name in reversed(_tables(2)):
        run(f"DROP TABLE old_{name}")


_MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _add_checksums, 2: _add_packed, 3: _add_rules}
"""Migrations by the format that each starts from."""
