"""Texts that wait for their vectors, encoded by processes on any machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from recommender.embedding import Vectors
from recommender.store.postgres.connection import PostgresConnection
from recommender.store.text_queue import Claim

_PUT = """
INSERT INTO queue SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE encoder = ? AND text_hash = ?)
ON CONFLICT DO NOTHING
"""
# Who takes texts holds their rows until their vectors are kept; those of a process that ends are free at once.
_TAKE = """
SELECT text_hash, text FROM queue WHERE encoder = ? ORDER BY text_hash LIMIT ? FOR UPDATE SKIP LOCKED
"""


class PostgresQueue:
    """The texts of one collection that wait for vectors; see `store.text_queue`.

    Args:
        connection: The connection, which is not in a transaction.
        save_vectors: Saves vectors of an encoder, in a transaction.
    """

    def __init__(
        self, connection: PostgresConnection, save_vectors: Callable[[str, Mapping[bytes, Vectors]], None]
    ) -> None:
        self._connection = connection
        self._save_vectors = save_vectors

    def put(self, encoder: str, texts: Mapping[bytes, str]) -> None:
        """Add those of some texts that have no vector and do not wait already.

        Args:
            encoder: The fingerprint of the encoder.
            texts: By their hash.
        """
        rows = ((encoder, key, text.encode("utf-8", "surrogatepass"), encoder, key) for key, text in texts.items())
        with self._connection.plain_transaction():
            self._connection.executemany(_PUT, rows)
            self._connection.execute(f"NOTIFY {self._channel}")

    def left(self, encoder: str, hashes: Sequence[bytes] | None = None) -> int:
        """Return how many texts wait, or how many of some."""
        if hashes is None:
            row = self._connection.one("SELECT count(*) FROM queue WHERE encoder = ?", (encoder,))
        else:
            sql = "SELECT count(*) FROM queue WHERE encoder = ? AND text_hash = ANY(?)"
            row = self._connection.one(sql, (encoder, list(hashes)))
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def claim(self, encoder: str, count: int) -> Iterator[Claim]:
        """Take texts to encode, which nobody else takes meanwhile; without their vectors they wait on.

        Args:
            encoder: The fingerprint of the encoder.
            count: How many at most.
        """
        connection = self._connection
        with connection.plain_transaction():
            taken = list(connection.rows(_TAKE, (encoder, count)))

            def keep(vectors: Mapping[bytes, Vectors]) -> None:
                self._save_vectors(encoder, vectors)
                sql = "DELETE FROM queue WHERE encoder = ? AND text_hash = ANY(?)"
                connection.execute(sql, (encoder, list(vectors)))

            yield Claim({key: text.decode("utf-8", "surrogatepass") for key, text in taken}, keep)

    def wait(self, timeout_s: float) -> None:
        """Wait until texts were added, but not longer than this."""
        self._connection.hear(timeout_s, self._channel)

    @property
    def _channel(self) -> str:
        return f"{self._connection.channel}_texts"
