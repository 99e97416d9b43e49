"""SQLite: the one truth of a collection (articles, vectors, sources, change log)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from recommender.article import Article
from recommender.collection.connection import connect
from recommender.embedding import Vectors
from recommender.errors import DuplicateIdError
from recommender.sources import FileState

_T = TypeVar("_T")
_CHUNK = 500
"""How many values one statement binds: below every build's limit, and few enough to stay cached."""


# A write without `secured` keeps the stored one; an id never changes its owner.
_UPSERT = """
INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (article_id) DO UPDATE SET
  path = excluded.path, url_key = excluded.url_key, text_hash = excluded.text_hash,
  content_hash = excluded.content_hash, record = excluded.record,
  secured = coalesce(excluded.secured, secured), revision = excluded.revision
WHERE source_id = excluded.source_id
"""


class StoredArticle(NamedTuple):
    """An article with what the collection knows of it."""

    article_id: str
    article: Article
    text_hash: bytes


class Upsert(NamedTuple):
    """One article to be written: `record` and `secured` are JSON."""

    article_id: str
    path: str
    url_key: str | None
    text_hash: bytes
    content_hash: bytes
    record: str
    secured: str | None


class StoredState(NamedTuple):
    """Where an article is stored from, and what tells whether a write would change it."""

    source_id: int
    path: str
    content_hash: bytes
    secured: str | None

    def differs(self, upsert: Upsert) -> bool:
        """Whether writing `upsert` would change anything; a write without `secured` keeps the stored one."""
        sealed = upsert.secured if upsert.secured is not None else self.secured
        return (self.path, self.content_hash, self.secured) != (upsert.path, upsert.content_hash, sealed)


class Database:
    """The truth of one collection. One instance serves one thread at a time."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the database; `create` makes an empty one if there is none.

        Raises:
            CollectionError: If there is none, it is not a collection's, or it is of a newer format.
        """
        self.path = path
        self._connection = connect(path, create=create)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: what is written inside is durable when the block ends, or was never there."""
        return self._connection.transaction()

    def reading(self) -> AbstractContextManager[None]:
        """Everything read inside is of one revision; one inside another reads of the outer one's."""
        return self._connection.reading()

    # What the collection is.

    def meta(self, key: str) -> str | None:
        """A value recorded under `key`."""
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return None if row is None else row[0]

    def set_meta(self, key: str, value: str) -> None:
        """Record `value` under `key`, inside a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def revision(self) -> int:
        """The newest revision; 0 for a collection without one."""
        row = self._one("SELECT max(revision) FROM revisions")
        return row[0] or 0 if row else 0

    def state(self) -> tuple[int, int]:
        """What changes when anything is written: the first number by another connection, the second by this one."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0]), self._connection.total_changes

    def start_over(self) -> None:
        """Forget every article, vector and setting, in one transaction.

        The file stays the same one, so that open readers see it at their next read.
        """
        with self.transaction():
            for table in ("changes", "files", "articles", "sources", "vectors", "meta"):
                self._connection.execute(f"DELETE FROM {table}")
            self._connection.execute("INSERT INTO revisions DEFAULT VALUES")
            self.set_meta("uuid", uuid.uuid4().hex)

    # Articles.

    def count(self) -> int:
        """How many articles there are."""
        return int(self._connection.execute("SELECT count(*) FROM articles").fetchone()[0])

    def get(self, article_id: str) -> StoredArticle | None:
        """The article with this id, without `secured`."""
        row = self._one("SELECT article_id, record, text_hash FROM articles WHERE article_id = ?", article_id)
        return None if row is None else _stored(row)

    def ids_by_url(self, key: str) -> list[str]:
        """The ids of the articles whose webUrl has this key, sorted."""
        rows = self._connection.execute("SELECT article_id FROM articles WHERE url_key = ? ORDER BY article_id", (key,))
        return [row[0] for row in rows]

    def articles(self) -> Iterator[StoredArticle]:
        """Every article, sorted by id, streamed."""
        cursor = self._connection.execute("SELECT article_id, record, text_hash FROM articles ORDER BY article_id")
        return map(_stored, cursor)

    def stored_states(self, ids: Sequence[str]) -> dict[str, StoredState]:
        """The state of those of `ids` that are stored."""
        found = {}
        for some in _chunks(ids):
            marks = ",".join("?" * len(some))
            for article_id, *state in self._connection.execute(
                "SELECT article_id, source_id, path, content_hash, secured FROM articles "
                f"WHERE article_id IN ({marks})",
                some,
            ):
                found[article_id] = StoredState(*state)
        return found

    def owned_articles(self) -> Iterator[tuple[int, str, Article]]:
        """Source, path and article of everything stored, sorted by id, streamed."""
        for source_id, path, record in self._connection.execute(
            "SELECT source_id, path, record FROM articles ORDER BY article_id"
        ):
            yield source_id, path, Article.model_validate(json.loads(record))

    def shared_urls(self) -> list[tuple[str, list[str]]]:
        """Each webUrl key that more than one article has, with their ids."""
        rows = self._connection.execute(
            "SELECT url_key, json_group_array(article_id) FROM articles "
            "WHERE url_key IS NOT NULL GROUP BY url_key HAVING count(*) > 1 ORDER BY url_key"
        )
        return [(key, sorted(json.loads(ids))) for key, ids in rows]

    def write(self, source_id: int, upserts: Iterable[Upsert], deletes: Iterable[str] = ()) -> int:
        """Write one batch as one revision, inside a transaction.

        Returns:
            The new revision.

        Raises:
            DuplicateIdError: If an id belongs to another source.
        """
        run = self._connection.execute
        revision = run("INSERT INTO revisions DEFAULT VALUES").lastrowid
        for upsert in upserts:
            written = run(_UPSERT, (*upsert, source_id, revision))
            if written.rowcount != 1:
                raise DuplicateIdError(f"the id {upsert.article_id} belongs to another source", where=upsert.path)
            run("INSERT OR REPLACE INTO changes VALUES (?, ?, 'upsert')", (revision, upsert.article_id))
        for article_id in deletes:
            if run("DELETE FROM articles WHERE article_id = ?", (article_id,)).rowcount:
                run("INSERT OR REPLACE INTO changes VALUES (?, ?, 'delete')", (revision, article_id))
        return int(revision or 0)

    # Sources and their files.

    def source_id(self, kind: str, location: str) -> int:
        """The number of a source, which is recorded if it is new; inside a transaction."""
        run = self._connection.execute
        run("INSERT OR IGNORE INTO sources (kind, location) VALUES (?, ?)", (kind, location))
        return int(run("SELECT source_id FROM sources WHERE location = ?", (location,)).fetchone()[0])

    def source_location(self, source_id: int) -> str:
        """Where a source lies, as it was recorded."""
        row = self._one("SELECT location FROM sources WHERE source_id = ?", source_id)
        return row[0] if row else "an unknown source"

    def source_articles(self, source_id: int) -> Iterator[tuple[str, str]]:
        """Path and id of every article of a source."""
        rows: Iterator[tuple[str, str]] = self._connection.execute(
            "SELECT path, article_id FROM articles WHERE source_id = ?", (source_id,)
        )
        return rows

    def file_states(self, source_id: int) -> dict[str, FileState]:
        """The recorded state of each file of a source."""
        rows = self._connection.execute(
            "SELECT path, size_bytes, mtime_ns, ctime_ns, inode FROM files WHERE source_id = ?", (source_id,)
        )
        return {path: FileState(*state) for path, *state in rows}

    def set_file_states(self, source_id: int, states: Mapping[str, FileState]) -> None:
        """Record that these files were read whole in these states, inside a transaction."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
            ((source_id, path, *state) for path, state in states.items()),
        )

    def forget_files(self, source_id: int, paths: Iterable[str]) -> None:
        """Drop the recorded state of files, inside a transaction."""
        self._connection.executemany(
            "DELETE FROM files WHERE source_id = ? AND path = ?", ((source_id, path) for path in paths)
        )

    def article_at(self, source_id: int, path: str) -> str | None:
        """The id of the article that a source's file gave."""
        row = self._one("SELECT article_id FROM articles WHERE source_id = ? AND path = ? LIMIT 1", source_id, path)
        return None if row is None else row[0]

    def sources(self) -> list[tuple[int, str, str]]:
        """Number, kind and location of every source."""
        return list(self._connection.execute("SELECT source_id, kind, location FROM sources ORDER BY source_id"))

    # Vectors.

    def load_vectors(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The stored vectors among `hashes`, read-only."""
        found = {}
        for some in _chunks(hashes):
            marks = ",".join("?" * len(some))
            for key, blob in self._connection.execute(
                f"SELECT text_hash, vector FROM vectors WHERE encoder = ? AND text_hash IN ({marks})",
                [encoder, *some],
            ):
                if len(blob) % 4 == 0:
                    found[key] = np.frombuffer(blob, dtype="<f4").astype(np.float32, copy=False)
        return found

    def save_vectors(self, encoder: str, vectors: dict[bytes, Vectors]) -> None:
        """Keep `vectors` in a transaction of their own: an encoded text is never encoded again."""
        with self.transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                ((encoder, key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()),
            )

    def drop_broken_vectors(self, encoder: str, dimension: int) -> int:
        """Delete the encoder's vectors that have another size, in a transaction; how many."""
        return self._connection.execute(
            "DELETE FROM vectors WHERE encoder = ? AND length(vector) <> ?", (encoder, 4 * dimension)
        ).rowcount

    def articles_without_vector(self, encoder: str) -> Iterator[Article]:
        """The articles whose text has no stored vector, sorted by id, streamed."""
        for (record,) in self._connection.execute(
            "SELECT record FROM articles WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE encoder = ? "
            "AND vectors.text_hash = articles.text_hash) ORDER BY article_id",
            (encoder,),
        ):
            yield Article.model_validate(json.loads(record))

    def drop_unused_vectors(self, encoder: str) -> int:
        """Delete the vectors of other encoders and of texts that no article has, in a transaction; how many."""
        return self._connection.execute(
            "DELETE FROM vectors WHERE encoder <> ? OR text_hash NOT IN (SELECT text_hash FROM articles)",
            (encoder,),
        ).rowcount

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return row


def _stored(row: tuple[str, str, bytes]) -> StoredArticle:
    return StoredArticle(row[0], Article.model_validate(json.loads(row[1])), row[2])


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
