"""The database without an encoder: small articles to write, and damage done behind its back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from recommender.store import SQLiteStore, Upsert
from recommender.store.checksums import content_hash
from recommender.store.records import Commit
from recommender.text import text_hash as hash_of_text


def upsert(
    article_id: str,
    *,
    title: str | None = None,
    url_key: str | None = None,
    secured: str | None = None,
    path: str | None = None,
    text_hash: bytes | None = None,
) -> Upsert:
    """One article as it is written."""
    title = title or f"Title {article_id}"
    record = json.dumps({"id": article_id, "title": title}, ensure_ascii=False)
    key = text_hash or hash_of_text(title)
    return Upsert(article_id, path or f"{article_id}.md", url_key, key, content_hash(record, key), record, secured)


def write(
    db: SQLiteStore, *upserts: Upsert, deletes: Iterable[str] = (), source: str = "site", **options: Any
) -> Commit:
    """Write one batch of a source in a transaction of its own."""
    with db.transaction():
        return db.write(db.source_id("folder", source), upserts, deletes, **options)


def damage(path: Path, sql: str, *values: object) -> None:
    """Change rows as a failing disk would, past every checksum; that none was hit is an error."""
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(sql, values).rowcount > 0


def rows(db: SQLiteStore, sql: str, *values: object) -> list[Any]:
    """What a query gives."""
    return list(db.rows(sql, *values))


def ids(db: SQLiteStore) -> list[str]:
    """The ids of all articles in their order."""
    return [stored.article_id for stored in db.articles()]
