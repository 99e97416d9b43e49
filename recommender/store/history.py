"""Revisions, the change log and recorded values of a SQLite store."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from recommender.errors import BusyError, CollectionError, DamagedError
from recommender.store.checksums import row_checksum
from recommender.store.connection import BUSY_TIMEOUT_S, Connection, connect, file_state, has_log, translated
from recommender.store.recorded import Recorded
from recommender.store.records import LogSize, Revision
from recommender.store.schema import revision_row, write_meta

ERASE_AFTER = timedelta(hours=23)
"""When traces of what was deleted are removed from every file: within a day, with an hour to do it in."""
_DELETED_SINCE = "deleted_since"
_CHUNK = 500
"""Values bound per statement: below every SQLite build's limit, and few enough for its statement cache."""
_T = TypeVar("_T")


class History(Recorded):
    """The part of the SQLite store that tracks revisions and changes."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open a database; `create` makes an empty one if there is none.

        Raises:
            CollectionError: If there is no database, it is not a collection's, or its format is newer.
        """
        self.path = path
        self.folder = path.parent
        self._connection: Connection = connect(path, create=create)
        self._openings = 0

    @property
    def connection(self) -> Connection:
        """The connection, for checks and repairs."""
        return self._connection

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written here."""
        return self._connection.read_only

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

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

    # Recorded values and revisions.

    def meta(self, key: str) -> str | None:
        """Return the value recorded under `key`."""
        row = self._one("SELECT value, checksum FROM meta WHERE key = ?", key)
        if row is None:
            return None
        if row[1] != row_checksum(key, row[0]):
            raise self._damaged(f"the value recorded under {key}")
        return str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Record `value` under `key`, inside a transaction."""
        write_meta(self._connection, key, value)

    def revision(self) -> Revision:
        """Return the newest revision."""
        with self._connection.reading():
            newest = self._revision("ORDER BY revision DESC LIMIT 1") or Revision()
            # SQLite counts the inserts itself, which reveals a lost row.
            counted = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'revisions'")
        if newest.number != (counted[0] if counted else 0):
            raise self._damaged("the list of revisions")
        return newest

    def revision_at(self, number: int) -> Revision | None:
        """Return an earlier revision."""
        return Revision() if number == 0 else self._revision("WHERE revision = ?", number)

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

    def log_start(self) -> int:
        """Return the revision after which the change log begins."""
        return int(self.meta("log_start") or 0)

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

    def changed_since(self, number: int) -> dict[str, str] | None:
        """Return the ids changed after a revision, each with `upsert` or `delete`; None if the log begins later."""
        if number < self.log_start():
            return None
        logged: dict[int, list[str]] = defaultdict(list)
        for revision, *change in self.rows(
            "SELECT revision, article_id, change FROM changes WHERE revision > ? ORDER BY revision, article_id", number
        ):
            logged[revision] += change
        expected = dict(self.rows("SELECT revision, changes FROM revisions WHERE revision > ?", number))
        lost = len(expected) != self.revision().number - number or not logged.keys() <= expected.keys()
        if lost or any(row_checksum(*logged[revision]) != checksum for revision, checksum in expected.items()):
            raise self._damaged("the change log")
        last: dict[str, str] = {}
        for revision in sorted(logged):
            last.update(zip(logged[revision][::2], logged[revision][1::2], strict=True))
        return last

    def forget_changes(self, number: int) -> None:
        """Begin the change log after a revision, inside a transaction."""
        if number > self.log_start():
            self._connection.execute("DELETE FROM changes WHERE revision <= ?", (number,))
            self._connection.execute("DELETE FROM revisions WHERE revision < ?", (number,))
            self.set_meta("log_start", str(number))

    def log_size(self) -> LogSize:
        """Return how much there is in the change log."""
        rows = self._one("SELECT count(*) FROM changes")
        oldest = self._one("SELECT min(committed_at) FROM revisions WHERE revision > ?", self.log_start())
        age = datetime.now(UTC) - datetime.fromisoformat(oldest[0]) if oldest and oldest[0] else None
        return LogSize(int(rows[0]) if rows else 0, 0.0 if age is None else age / timedelta(days=1))

    def restart_log(self, revision: Revision) -> None:
        """Begin the change log with `revision`, inside a transaction; every reader then starts over."""
        self._connection.execute("DELETE FROM changes")
        self._add_revision(revision, [])
        self.set_meta("log_start", str(revision.number))

    def _add_revision(self, revision: Revision, changes: list[tuple[str, str]]) -> None:
        # SQLite sorts texts by their UTF-8 bytes; `changed_since` reads them in that order.
        flat = [value for change in sorted(changes, key=lambda change: change[0].encode()) for value in change]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = revision_row(revision.number, now, revision.articles, revision.digest, row_checksum(*flat))
        self._connection.execute("INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?)", row)
        self._connection.executemany(
            "INSERT INTO changes VALUES (?, ?, ?)", ((revision.number, *change) for change in changes)
        )

    def _revision(self, where: str, *values: int) -> Revision | None:
        row = self._one(f"SELECT * FROM revisions {where}", *values)
        if row is None:
            return None
        number, committed_at, articles, digest, changes, _ = row
        if revision_row(number, committed_at, articles, digest, changes) != row:
            raise self._damaged(f"the record of revision {number}")
        return Revision(number, articles, digest)

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

    def _damaged(self, what: str) -> DamagedError:
        return DamagedError(f"{what} is damaged", where=str(self.path), hint="related doctor --repair")

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        with translated(self.path):
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, *values: Any) -> Iterator[Any]:
        """Yield the rows of a query, with SQLite's errors translated."""
        with translated(self.path):
            yield from self._connection.execute(sql, values)


def chunks(values: Sequence[_T]) -> Iterator[tuple[Sequence[_T], str]]:
    """Yield `values` in parts that one statement can take, each with its placeholders."""
    for start in range(0, len(values), _CHUNK):
        some = values[start : start + _CHUNK]
        yield some, ",".join("?" * len(some))
