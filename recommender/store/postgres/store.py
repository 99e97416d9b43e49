"""The PostgreSQL store: a collection for many nodes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from recommender.errors import CollectionError
from recommender.store.articles import Articles
from recommender.store.postgres.address import PostgresAddress
from recommender.store.postgres.connection import PostgresConnection
from recommender.store.postgres.queue import PostgresQueue
from recommender.store.postgres.schema import prepare
from recommender.store.records import Revision
from recommender.store.text_queue import TextQueue

KEEP_LOG = timedelta(days=1)


class PostgresStore(Articles):
    """A store in a PostgreSQL database; see `store.base.Store`. One instance serves one thread at a time."""

    row_key = "ctid::text"

    def __init__(self, address: PostgresAddress, *, create: bool = False) -> None:
        """Connect to a collection; `create` makes an empty one if there is none.

        Raises:
            UnreachableError: If the server cannot be reached.
            CollectionError: If there is no collection, its format is newer, or the role may not use it.
        """
        self.address = address
        self.where = address.shown
        self._connection = PostgresConnection(address)
        try:
            prepare(self._connection, address.schema, create=create)
        except BaseException:
            self._connection.close()
            raise

    @property
    def connection(self) -> PostgresConnection:
        """The connection, for checks and repairs."""
        return self._connection

    @property
    def queue(self) -> TextQueue | None:
        """The texts that wait for vectors."""
        return PostgresQueue(self._connection, self._save_vectors)

    def state(self) -> tuple[int, int]:
        """Return a change token; its first number is another one after every write of anybody."""
        return self._connection.state()

    @contextlib.contextmanager
    def sole(self, work: str) -> Iterator[bool]:
        """Yield whether no other machine is at some work; the lock ends with the connection."""
        name = f"related-articles {self.address.schema} {work}"
        row = self._one("SELECT pg_try_advisory_lock(hashtextextended(?, 0))", name)
        held = bool(row and row[0])
        try:
            yield held
        finally:
            if held:
                with contextlib.suppress(CollectionError):
                    self._connection.execute("SELECT pg_advisory_unlock(hashtextextended(?, 0))", (name,))

    def _rest(self, seconds: float) -> None:
        if not self._connection.hear(seconds, self._connection.channel):
            super()._rest(seconds)

    def forget_changes(self, number: int) -> None:
        """Begin the change log after a revision, but keep what a node that was away for a day may have to read."""
        before = (datetime.now(UTC) - KEEP_LOG).isoformat(timespec="milliseconds")
        row = self._one("SELECT max(revision) FROM revisions WHERE committed_at < ?", before)
        super().forget_changes(min(number, (row and row[0]) or 0))

    def revisions_made(self) -> int:
        """Return how many revisions were ever made, from the counter that every write locks."""
        row = self._one("SELECT revision FROM counter")
        return int(row[0]) if row else 0

    def _add_revision(self, revision: Revision, changes: list[tuple[str, str]]) -> None:
        super()._add_revision(revision, changes)
        self.count_on(revision.number)

    def count_on(self, revision: int) -> None:
        """Let the next revision follow this one, inside a transaction."""
        self._connection.execute("UPDATE counter SET revision = ?", (revision,))

    # Maintenance.

    def compact(self, *, erase: bool) -> None:
        """With `erase`, free the space of what was deleted; PostgreSQL overwrites it when it needs the space."""
        if erase and not self.read_only:
            # What cannot be done now, autovacuum does later.
            with contextlib.suppress(CollectionError):
                self._connection.execute("VACUUM articles, packed, vectors")

    def erases_now(self) -> bool:
        """Return False: only VACUUM FULL erases at once, and as it locks out readers, an operator chooses its hour."""
        return False

    def checkpoint(self) -> bool:
        """Return True: the server sees to its own log."""
        return True

    # Checks.

    def structure_faults(self) -> list[str]:
        """Return nothing: PostgreSQL checks its own files where it was set up with checksums."""
        return []

    def reading_damaged(self) -> AbstractContextManager[None]:
        """Do nothing: PostgreSQL refuses bytes that are no text."""
        return contextlib.nullcontext()
