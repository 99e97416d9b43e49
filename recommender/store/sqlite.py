"""The SQLite store: a collection in one file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recommender.errors import BusyError, CollectionError
from recommender.store.articles import Articles
from recommender.store.connection import BUSY_TIMEOUT_S, Connection, connect, file_state, has_log

ERASE_AFTER = timedelta(hours=23)
"""When traces of what was deleted are removed from every file: within a day, with an hour to do it in."""
_DELETED_SINCE = "deleted_since"


class SQLiteStore(Articles):
    """A store in a SQLite file; see `store.base.Store`. One instance serves one thread at a time."""

    row_key = "rowid"

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open a database; `create` makes an empty one if there is none.

        Raises:
            CollectionError: If there is no database, it is not a collection's, or its format is newer.
        """
        self.path = path
        self.where = str(path.parent)
        self._connection: Connection = connect(path, create=create)
        self._openings = 0

    @property
    def connection(self) -> Connection:
        """The connection, for checks and repairs."""
        return self._connection

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing; durable when the block ends."""
        self._reopen_if_replaced()
        if self._connection.read_only and not self._connection.in_transaction:
            # Permissions or disk space may have come back.
            self._reopen()
        return self._connection.transaction()

    def reading(self) -> AbstractContextManager[None]:
        """Read everything inside at one revision."""
        self._reopen_if_replaced()
        if self._connection.frozen_state is not None and not self._connection.in_transaction:
            self._reopen_if_changed()
        return self._connection.reading()

    def state(self) -> tuple[int, int]:
        """Return a change token; its first number counts other connections' writes, its second this one's."""
        connection = self._connection
        if connection.is_reading and connection.read_state is not None:
            return connection.read_state
        self._reopen_if_replaced()
        connection = self._connection
        if connection.frozen_state:
            return connection.frozen_state
        version = int(self._one("PRAGMA data_version")[0])  # type: ignore[index]
        connection.read_state = version + (self._openings << 40), connection.total_changes
        return connection.read_state

    def revisions_made(self) -> int:
        """Return how many revisions were ever made: SQLite counts the inserts itself."""
        counted = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'revisions'")
        return int(counted[0]) if counted else 0

    # Maintenance.

    def compact(self, *, erase: bool) -> None:
        """Give back space; with `erase`, what was deleted leaves no trace."""
        if erase and self.rewrite() and not self.read_only and self.meta(_DELETED_SINCE):
            with self.transaction():
                self._connection.execute("DELETE FROM meta WHERE key = ?", (_DELETED_SINCE,))
        self.checkpoint()

    def erases_now(self) -> bool:
        """Return whether traces of something that was deleted `ERASE_AFTER` ago are to be removed."""
        since = self.meta(_DELETED_SINCE)
        return since is not None and datetime.now(UTC) - datetime.fromisoformat(since) > ERASE_AFTER

    def _note_deletion(self) -> None:
        """Remember, inside a transaction, since when there are traces to remove."""
        if self.meta(_DELETED_SINCE) is None:
            self.set_meta(_DELETED_SINCE, datetime.now(UTC).isoformat(timespec="seconds"))

    def checkpoint(self) -> bool:
        """Move all commits from the write-ahead log into the database and empty it; False if others still need it."""
        if self.read_only or not has_log(self.path):
            return True
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            # Yield to a write that begins at this moment.
            with contextlib.suppress(BusyError):
                return not self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return False
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")

    def rewrite(self) -> bool:
        """Rewrite the database file if there is disk space and nobody else writes; return whether it was done.

        SQLite overwrites deleted rows, but not the copies left behind when it moved rows between pages.
        """
        try:
            self._connection.execute("VACUUM")
        except CollectionError:
            return False
        return True

    # Checks.

    def structure_faults(self) -> list[str]:
        """Return the faults that SQLite finds in its file."""
        faults = [str(row[0]) for row in self.rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
        orphans = self.rows("PRAGMA foreign_key_check")
        return faults + [f"a row of {row[0]} refers to a missing row of {row[2]}" for row in orphans]

    @contextlib.contextmanager
    def reading_damaged(self) -> Iterator[None]:
        """Read bytes that are no longer UTF-8 as a replacement text, which then fails its checksum."""
        self._connection.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            yield
        finally:
            self._connection.text_factory = str

    # The file.

    def _reopen_if_changed(self) -> None:
        """Reopen a file that was opened as immutable, if it has been written to since."""
        if file_state(self.path) != self._connection.frozen_state or has_log(self.path):
            self._reopen()

    def _reopen_if_replaced(self) -> None:
        """Reopen if another file was moved here, such as a backup: commits to the old one would be lost."""
        if not self._connection.in_transaction and self._connection.is_replaced():
            self._connection.leave_log()
            self._reopen()

    def _reopen(self) -> None:
        self._connection.close()
        self._connection = connect(self.path, create=False)
        self._openings += 1
