"""The tables of a collection in PostgreSQL, and migrations from older formats."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable

from recommender.errors import CollectionError, FormatError, NoCollectionError
from recommender.store.history import Connection, write_meta
from recommender.store.postgres.connection import PostgresConnection

FORMAT = 4
"""Tables and checksums are those of the same format of a folder; the first that PostgreSQL has had is 3."""

# Texts are compared by their bytes, as Python and a folder's database compare them.
_TEXT = 'TEXT COLLATE "C"'
_TABLES = {
    # One row that every write locks first, so that revisions are committed in the order of their numbers: a sequence
    # would let a reader see revision 8 before revision 7. The token differs after every write.
    "counter": """
      only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row), format INTEGER NOT NULL, revision BIGINT NOT NULL,
      token BIGINT NOT NULL""",
    "meta": f"key {_TEXT} PRIMARY KEY, value TEXT NOT NULL, checksum BIGINT NOT NULL",
    "sources": f"""
      source_id BIGINT PRIMARY KEY, kind {_TEXT} NOT NULL, location {_TEXT} NOT NULL UNIQUE,
      checksum BIGINT NOT NULL""",
    "articles": f"""
      article_id {_TEXT} PRIMARY KEY, path {_TEXT} NOT NULL, url_key {_TEXT}, text_hash BYTEA NOT NULL,
      content_hash BYTEA NOT NULL, sealed_hash BYTEA, source_id BIGINT NOT NULL REFERENCES sources,
      revision BIGINT NOT NULL, checksum BIGINT NOT NULL, record TEXT NOT NULL, secured TEXT""",
    "vectors": f"""
      encoder {_TEXT} NOT NULL, text_hash BYTEA NOT NULL, vector BYTEA NOT NULL,
      checksum BIGINT NOT NULL, PRIMARY KEY (text_hash, encoder)""",
    "packed": f"""
      article_id {_TEXT} PRIMARY KEY REFERENCES articles ON DELETE CASCADE, form {_TEXT} NOT NULL,
      article_checksum BIGINT NOT NULL, texts BYTEA NOT NULL, columns BYTEA NOT NULL, checksum BIGINT NOT NULL""",
    "revisions": f"""
      revision BIGINT PRIMARY KEY, committed_at {_TEXT} NOT NULL, articles BIGINT NOT NULL, digest BIGINT NOT NULL,
      changes BIGINT NOT NULL, checksum BIGINT NOT NULL""",
    "changes": f"""
      revision BIGINT NOT NULL REFERENCES revisions, article_id {_TEXT} NOT NULL,
      change {_TEXT} NOT NULL CHECK (change IN ('upsert', 'delete')), PRIMARY KEY (revision, article_id)""",
    "files": f"""
      source_id BIGINT NOT NULL REFERENCES sources, path {_TEXT} NOT NULL, size_bytes BIGINT NOT NULL,
      mtime_ns BIGINT NOT NULL, ctime_ns BIGINT NOT NULL, inode BIGINT NOT NULL, checksum BIGINT NOT NULL,
      PRIMARY KEY (source_id, path)""",
    "rules": f"""
      article_id {_TEXT} PRIMARY KEY, rules TEXT NOT NULL, number BIGINT NOT NULL, checksum BIGINT NOT NULL""",
    "rule_changes": f"""
      number BIGINT PRIMARY KEY, changed_at {_TEXT} NOT NULL, editor TEXT NOT NULL, article_id {_TEXT} NOT NULL,
      before TEXT NOT NULL, after TEXT NOT NULL, checksum BIGINT NOT NULL""",
    # Texts that wait for their vectors; see `queue`.
    "queue": f"""
      encoder {_TEXT} NOT NULL, text_hash BYTEA NOT NULL, text BYTEA NOT NULL, PRIMARY KEY (encoder, text_hash)""",
}
_INDEX_OF_CHANGES = "CREATE INDEX rule_changes_by_article ON rule_changes (article_id, number)"
_THEN = (
    _INDEX_OF_CHANGES,
    "CREATE INDEX articles_by_url ON articles (url_key) WHERE url_key IS NOT NULL",
    "CREATE INDEX articles_by_source ON articles (source_id, path)",
    "CREATE INDEX articles_by_text ON articles (text_hash)",
    # Nobody gains from trying to compress vectors.
    "ALTER TABLE vectors ALTER vector SET STORAGE EXTERNAL",
)


def prepare(connection: PostgresConnection, schema: str, *, create: bool) -> None:
    """Find the tables of a collection, and make or migrate them where that is needed.

    Raises:
        CollectionError: If there is no collection, or the schema belongs to something else.
        FormatError: If a newer version made it.
    """
    found = _format(connection, schema)
    if found == FORMAT:
        return
    if found is None and not create:
        raise NoCollectionError(
            "there is no collection here",
            where=connection.where,
            hint=f"make one: related build SOURCE --collection {connection.where}",
        )
    if found is not None and found > FORMAT:
        raise FormatError(
            f"the collection has format {found}, written by a newer version",
            where=connection.where,
            expected=f"format {FORMAT} or older",
            hint="upgrade related-articles",
        )
    with connection.plain_transaction():
        # Another process may make or migrate the same one at this moment.
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (f"related-articles {schema}",))
        found = _format(connection, schema)
        if found is None:
            _create(connection, schema)
        else:
            for number in range(found, FORMAT):
                _MIGRATIONS[number](connection)
            connection.execute("UPDATE counter SET format = ?", (FORMAT,))


def _format(connection: Connection, schema: str) -> int | None:
    """Return the format of the tables in a schema; None if it has none."""
    # Not by to_regclass, which may remember within a transaction that the table was not there.
    table = connection.one("SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = 'counter'", (schema,))
    # With its schema named, a role that may not use that is told so, and not that there is no such table.
    row = connection.one(f'SELECT format FROM "{schema}".counter') if table else None
    return int(row[0]) if row else None


def _create(connection: PostgresConnection, schema: str) -> None:
    # Asked first, because CREATE SCHEMA wants a permission that need not be given where the schema was made before.
    if not connection.one("SELECT 1 FROM pg_namespace WHERE nspname = ?", (schema,)):
        connection.execute(f'CREATE SCHEMA "{schema}"')
    foreign = connection.one("SELECT tablename FROM pg_tables WHERE schemaname = ?", (schema,))
    if foreign:
        raise CollectionError(
            f"the schema {schema} has other contents, such as the table {foreign[0]}",
            where=connection.where,
            expected="an empty or new schema, or a collection",
            hint="name another one: postgresql://.../database?schema=NAME",
        )
    for name, columns in _TABLES.items():
        # The counter changes with every write: with room on its page, no index changes with it.
        room = " WITH (fillfactor = 10)" if name == "counter" else ""
        connection.execute(f"CREATE TABLE {name} ({columns}){room}")
    for statement in _THEN:
        connection.execute(statement)
    first = (FORMAT, 0, secrets.randbits(62))
    connection.execute("INSERT INTO counter (format, revision, token) VALUES (?, ?, ?)", first)
    write_meta(connection, "uuid", uuid.uuid4().hex)


def _add_rules(connection: Connection) -> None:
    """Migrate 3 -> 4: add the tables of editors' rules and their changes."""
    for name in ("rules", "rule_changes"):
        connection.execute(f"CREATE TABLE {name} ({_TABLES[name]})")
    connection.execute(_INDEX_OF_CHANGES)


_MIGRATIONS: dict[int, Callable[[Connection], None]] = {3: _add_rules}
"""Migrations by the format that each starts from."""
