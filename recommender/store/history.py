"""Revisions, the change log and recorded values of a store that speaks SQL."""

from __future__ import annotations

import contextlib
import time
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from recommender.errors import DamagedError
from recommender.store.checksums import row_checksum
from recommender.store.recorded import Recorded
from recommender.store.records import LogSize, Revision

if TYPE_CHECKING:
    from recommender.store.text_queue import TextQueue

_CHUNK = 500
"""Values bound per statement: below every SQLite build's limit, and few enough for its statement cache."""
POLL_EVERY_S = 0.05
"""How often a database that does not tell of writes is asked for them."""
LONGEST_REST_S = 5.0
"""A notice can be lost, so one that tells is asked too, now and then."""
_SAVE_META = """
INSERT INTO meta VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum
"""
_T = TypeVar("_T")

Value = str | bytes | int | None
"""What a column of a row may hold."""


class Writes(Protocol):
    """What runs a statement."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """Run a statement."""
        ...


class Connection(Writes, Protocol):
    """A connection to a database, whose errors are this library's; values stand as `?` in its SQL."""

    read_only: bool
    """Whether nothing can be written."""

    def close(self) -> None:
        """Close it."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction or a read is open."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """Run a statement for each of some rows."""
        ...

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        ...

    def scan(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that may have more than memory holds."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Read everything inside at one revision; nested uses read that of the outermost."""
        ...


class History(Recorded):
    """The part of a store that tracks revisions and changes."""

    where: str
    """The collection's place, for errors."""
    row_key: ClassVar[str]
    """The expression that names a row of any table."""

    @property
    def queue(self) -> TextQueue | None:
        """The texts that wait for vectors, where other processes make them; None in a folder."""
        return None

    @property
    @abstractmethod
    def connection(self) -> Connection:
        """The connection, for checks and repairs."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written here."""
        return self.connection.read_only

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    @abstractmethod
    def revisions_made(self) -> int:
        """Return how many revisions were ever made, as the database itself counts them."""

    def count_on(self, revision: int) -> None:
        """Let the next revision follow one that was copied here, inside a transaction."""

    @abstractmethod
    def structure_faults(self) -> list[str]:
        """Return the faults that the database finds in itself."""

    @abstractmethod
    def reading_damaged(self) -> AbstractContextManager[None]:
        """Read bytes that are no text as a replacement text, which then fails its checksum."""

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing; durable when the block ends."""
        return self.connection.transaction()

    def reading(self) -> AbstractContextManager[None]:
        """Read everything inside at one revision."""
        return self.connection.reading()

    def sole(self, work: str) -> AbstractContextManager[bool]:
        """Yield True: a folder is of one machine, whose processes have locks of their own."""
        return contextlib.nullcontext(True)

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
        write_meta(self.connection, key, value)

    def revision(self) -> Revision:
        """Return the newest revision."""
        with self.connection.reading():
            newest = self._revision("ORDER BY revision DESC LIMIT 1") or Revision()
            # The database counts on its own, which reveals a lost row.
            made = self.revisions_made()
        if newest.number != made:
            raise self._damaged("the list of revisions")
        return newest

    def revision_at(self, number: int) -> Revision | None:
        """Return an earlier revision."""
        return Revision() if number == 0 else self._revision("WHERE revision = ?", number)

    @abstractmethod
    def state(self) -> tuple[int, int]:
        """Return a cheap token that changes whenever anything is written."""

    def wait(self, seen: tuple[int, int], timeout_s: float) -> tuple[int, int]:
        """Return the change token once it differs from `seen`, or after a time in seconds."""
        deadline = time.monotonic() + timeout_s
        while (state := self.state()) == seen and (left := deadline - time.monotonic()) > 0:
            self._rest(min(left, LONGEST_REST_S))
        return state

    def _rest(self, seconds: float) -> None:
        """Wait until it is worth looking again, at most so long."""
        time.sleep(min(seconds, POLL_EVERY_S))

    def log_start(self) -> int:
        """Return the revision after which the change log begins."""
        return int(self.meta("log_start") or 0)

    def _note_deletion(self) -> None:
        """Remember, inside a transaction, that there is something to erase."""

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
            self.connection.execute("DELETE FROM changes WHERE revision <= ?", (number,))
            self.connection.execute("DELETE FROM revisions WHERE revision < ?", (number,))
            self.set_meta("log_start", str(number))

    def log_size(self, after: int = 0) -> LogSize:
        """Return how much there is in the change log after a revision."""
        after = max(after, self.log_start())
        rows = self._one("SELECT count(*) FROM changes WHERE revision > ?", after)
        oldest = self._one("SELECT min(committed_at) FROM revisions WHERE revision > ?", after)
        age = datetime.now(UTC) - datetime.fromisoformat(oldest[0]) if oldest and oldest[0] else None
        return LogSize(int(rows[0]) if rows else 0, 0.0 if age is None else age / timedelta(days=1))

    def restart_log(self, revision: Revision) -> None:
        """Begin the change log with `revision`, inside a transaction; every reader then starts over."""
        self.connection.execute("DELETE FROM changes")
        self._add_revision(revision, [])
        self.set_meta("log_start", str(revision.number))

    def _add_revision(self, revision: Revision, changes: list[tuple[str, str]]) -> None:
        # A store sorts texts by their UTF-8 bytes; `changed_since` reads them in that order.
        flat = [value for change in sorted(changes, key=lambda change: change[0].encode()) for value in change]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = revision_row(revision.number, now, revision.articles, revision.digest, row_checksum(*flat))
        self.connection.execute("INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?)", row)
        self.connection.executemany(
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

    def _damaged(self, what: str) -> DamagedError:
        return DamagedError(f"{what} is damaged", where=self.where, hint="related doctor --repair")

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        return self.connection.one(sql, values)

    def rows(self, sql: str, *values: Any) -> Iterator[Any]:
        """Yield the rows of a query."""
        return self.connection.rows(sql, values)

    def scan(self, sql: str, *values: Any) -> Iterator[Any]:
        """Yield the rows of a query that may have very many; others may be asked meanwhile."""
        return self.connection.scan(sql, values)


def chunks(values: Sequence[_T]) -> Iterator[tuple[Sequence[_T], str]]:
    """Yield `values` in parts that one statement can take, each with its placeholders."""
    for start in range(0, len(values), _CHUNK):
        some = values[start : start + _CHUNK]
        yield some, ",".join("?" * len(some))


def revision_row(revision: int, committed_at: str, articles: int, digest: int, changes: int) -> tuple[Value, ...]:
    """Return a row of `revisions` with its checksum."""
    values = (revision, committed_at, articles, digest, changes)
    return (*values, row_checksum(*values))


def write_meta(connection: Writes, key: str, value: str) -> None:
    """Record `value` under `key`."""
    connection.execute(_SAVE_META, (key, value, row_checksum(key, value)))
