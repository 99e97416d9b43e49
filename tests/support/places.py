"""Places where a store can be: opened, damaged and dumped alike."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from recommender.store import SQLiteStore, Store
from support.postgres import PostgresServer
from support.truth import damage

_IN_POSTGRES = ((r"x'([0-9a-f]*)'", r"decode('\1', 'hex')"), (r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')"))


class SQLitePlace:
    """A folder."""

    kind = "sqlite"

    def __init__(self, file: Path) -> None:
        self.file = file
        self.where = str(file.parent)

    def open(self, *, create: bool = False) -> SQLiteStore:
        """Open the store there."""
        return SQLiteStore(self.file, create=create)

    def damage(self, sql: str) -> None:
        """Change rows as a failing disk would."""
        damage(self.file, sql)

    def dump(self) -> list[str]:
        """Everything that is stored, as text."""
        with closing(SQLiteStore(self.file)) as opened:
            return list(opened.connection.iterdump())


class PostgresPlace:
    """A schema of a server."""

    kind = "postgres"

    def __init__(self, server: PostgresServer, schema: str) -> None:
        from recommender.store.postgres.address import PostgresAddress

        self.address = PostgresAddress.parse(server.address(schema))
        self.where = self.address.shown

    def open(self, *, create: bool = False) -> Store:
        """Open the store there."""
        from recommender.store.postgres.store import PostgresStore

        return PostgresStore(self.address, create=create)

    def damage(self, sql: str) -> None:
        """Change rows past every check of the server."""
        import psycopg

        for ours, theirs in _IN_POSTGRES:
            sql = re.sub(ours, theirs, sql)
        if "CAST" in sql:
            pytest.skip("a column of PostgreSQL keeps its type")
        with psycopg.connect(self.address.connection) as connection:
            connection.execute(f"SET search_path TO {self.address.schema}")
            # Foreign keys are not looked at.
            connection.execute("SET session_replication_role = replica")
            assert connection.execute(sql).rowcount > 0

    def dump(self) -> list[str]:
        """Everything that is stored, as text; the token of the last write says nothing."""
        import psycopg

        with psycopg.connect(self.address.connection) as connection:
            connection.execute(f"SET search_path TO {self.address.schema}")
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'counter'",
                [self.address.schema],
            ).fetchall()
            return sorted(
                f"{name}: {row}" for (name,) in tables for row in connection.execute(f"SELECT * FROM {name}").fetchall()
            )

    def drop(self) -> None:
        """Remove it."""
        import psycopg

        with psycopg.connect(self.address.connection) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {self.address.schema} CASCADE")


Place = SQLitePlace | PostgresPlace
