"""The PostgreSQL connection of a collection: opening, transactions, translated errors."""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from recommender.errors import ArticleError, BusyError, CollectionError, UnreachableError
from recommender.store.postgres.address import PostgresAddress

LOCK_TIMEOUT_S = 30
STATEMENT_TIMEOUT_S = 60
"""For servers and roles that set none."""
COMMIT_TIMEOUT_S = 60
"""How long a commit may wait for a replica to confirm it."""
LEAST_VERSION = 15
FETCHED_ROWS = 1000
"""How many rows of a large query are fetched at a time."""

_T = TypeVar("_T")
_BLOB = re.compile(r"CAST\((\w+) AS BLOB\)")
# A commit may be acknowledged before it is safe only where the server's settings say so.
_SETTINGS = f"""
SELECT set_config('search_path', %s, false),
  set_config('lock_timeout', '{LOCK_TIMEOUT_S}s', false),
  CASE current_setting('statement_timeout') WHEN '0'
    THEN set_config('statement_timeout', '{STATEMENT_TIMEOUT_S}s', false) END,
  CASE current_setting('synchronous_commit') WHEN 'off'
    THEN set_config('synchronous_commit', 'on', false) END,
  current_setting('server_version_num')::int, current_setting('server_encoding'),
  pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool
"""
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT token FROM counter"
# One writer at a time, whose revision is the next: whoever reads revision 8 has seen 7.
_WRITE = "BEGIN; SELECT revision FROM counter FOR UPDATE"
_UNSURE = "write it again: what was written already changes nothing"


class PostgresConnection:
    """A connection that raises this library's errors, and opens anew if the server went away; for one thread at a time.

    Attributes:
        where: The address without secrets.
        read_only: Whether the server takes no writes, such as a replica.
    """

    def __init__(self, address: PostgresAddress) -> None:
        self._address = address
        self.where = address.shown
        self.read_only = False
        self._numbers = itertools.count()
        self._token: int | None = None
        self._changes = 0
        self._warnings: list[str] = []
        self._listening: object = None
        with translated(self.where):
            self._connection = self._connect()

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        connection = psycopg.connect(self._address.connection, autocommit=True)
        try:
            row = connection.execute(_SETTINGS, [f'"{self._address.schema}"']).fetchone()
            *_, version, encoding, read_only = row or (0, "", False)
            if version < LEAST_VERSION * 10_000:
                raise CollectionError(
                    f"the server is PostgreSQL {version // 10_000}",
                    where=self.where,
                    expected=f"PostgreSQL {LEAST_VERSION} or newer",
                )
            if encoding != "UTF8":
                raise CollectionError(f"the database's encoding is {encoding}", where=self.where, expected="UTF8")
        except BaseException:
            connection.close()
            raise
        connection.add_notice_handler(self._noticed)
        self.read_only = bool(read_only)
        return connection

    def _noticed(self, notice: errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self._warnings.append(notice.message_primary or "")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction or a read is open."""
        return self._connection.info.transaction_status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement."""
        query = _translate(sql)
        cursor = self._run(lambda: self._connection.execute(query, values or None, binary=bool(values)))
        self._count(cursor)
        return cursor

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a statement for each of some rows."""
        with translated(self.where), self._connection.cursor() as cursor:
            cursor.executemany(_translate(sql), rows)
            self._count(cursor)

    def _count(self, cursor: psycopg.Cursor[Any]) -> None:
        if cursor.description is None and cursor.rowcount > 0:
            self._changes += cursor.rowcount

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        query = _translate(sql)
        return self._run(lambda: self._connection.execute(query, values, binary=True).fetchone())

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        query = _translate(sql)
        yield from self._run(lambda: self._connection.execute(query, values, binary=True))

    def scan(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that may have more than memory holds; the server keeps the rest."""
        self._run(self._ping if not self.in_transaction else lambda: None)
        name = f"scan_{next(self._numbers)}"
        with (
            translated(self.where),
            self._connection.cursor(name, withhold=not self.in_transaction) as cursor,
        ):
            cursor.itersize = FETCHED_ROWS
            cursor.execute(_translate(sql), values, binary=True)
            yield from cursor

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; durable when the block ends.

        Raises:
            BusyError: If another process holds the lock for longer than `LOCK_TIMEOUT_S`.
            CollectionError: If nothing can be written, or it is not known whether it was.
        """
        if self.in_transaction:
            raise RuntimeError("a transaction is open already")
        if self.read_only:
            # A replica may have been promoted, or the addresses may name another server by now.
            self._reopen()
        if self.read_only:
            raise CollectionError(
                "the server takes no writes: it is a replica, or was set to be read only",
                where=self.where,
                hint="name the primary, or all servers: postgresql://host1,host2/database",
            )
        with translated(self.where):
            self._run(lambda: self._begin(_WRITE))
            before = self._changes
            try:
                yield
                if self._changes > before:
                    self._commit()
                else:
                    self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    @contextlib.contextmanager
    def plain_transaction(self) -> Iterator[None]:
        """Write all or nothing of what is of no revision, beside other writers."""
        with translated(self.where):
            self._run(lambda: self._connection.execute("BEGIN"))
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read everything inside at one revision; nested uses read that of the outermost."""
        if self.in_transaction:
            yield
            return
        with translated(self.where):
            self._token = self._run(lambda: self._begin(_READ))
            try:
                yield
            finally:
                self._token = None
                self._roll_back()

    def state(self) -> tuple[int, int]:
        """Return the change token of the open read, or of this moment, and how many rows were changed here."""
        if self._token is None:
            row = self.one("SELECT token FROM counter")
            return int(row[0]) if row else 0, self._changes
        return self._token, self._changes

    def hear(self, timeout_s: float, channel: str) -> bool:
        """Wait for a notice; return False at once on a server that cannot give any, such as a replica."""
        with translated(self.where):
            self._run(self._ping)
            if self._listening is not self._connection:
                try:
                    self._connection.execute(f"LISTEN {channel}")
                except (errors.FeatureNotSupported, errors.ReadOnlySqlTransaction, errors.ObjectNotInPrerequisiteState):
                    return False
                self._listening = self._connection
                return True  # what was written before is not told
            for _ in self._connection.notifies(timeout=timeout_s, stop_after=1):
                pass
            return True

    def _begin(self, sql: str) -> int | None:
        try:
            cursor = self._connection.execute(sql)
        except psycopg.Error:
            self._roll_back()
            raise
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        return int(row[0]) if row else None

    def _commit(self) -> None:
        self._warnings.clear()
        # Sent together; who listens hears of it once it is committed.
        told = f"""
            UPDATE counter SET token = {secrets.randbits(62)};
            SELECT pg_notify('{self.channel}', revision::text) FROM counter;
            COMMIT
        """
        # No limit of the server's ends a commit that waits for a replica.
        limit = threading.Timer(COMMIT_TIMEOUT_S, self._connection.cancel)
        limit.daemon = True
        limit.start()
        try:
            self._connection.execute(told)
        except psycopg.OperationalError as error:
            raise UnreachableError(
                f"the server went away during a commit, and whether the write was kept is not known: {_first(error)}",
                where=self.where,
                hint=_UNSURE,
            ) from None
        finally:
            limit.cancel()
        if self._warnings:
            # PostgreSQL commits even if its replicas did not confirm in time, and only warns.
            raise UnreachableError(
                f"the write is kept here, but not confirmed by a replica: {self._warnings[0]}",
                where=self.where,
                hint=_UNSURE,
            )

    @property
    def channel(self) -> str:
        """The channel that hears of every commit."""
        return f"related_{self._address.schema}"

    def _roll_back(self) -> None:
        if self.in_transaction:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")

    def _ping(self) -> None:
        self._connection.execute("SELECT 1")

    def _run(self, work: Callable[[], _T]) -> _T:
        """Run something; outside a transaction once more on a new connection, if the server went away."""
        outside = not self.in_transaction
        with translated(self.where):
            try:
                return work()
            except psycopg.OperationalError:
                if not (outside and (self._connection.broken or self._connection.closed)):
                    raise
            self._reopen()
            return work()

    def _reopen(self) -> None:
        with translated(self.where):
            self._connection.close()
            self._connection = self._connect()


@lru_cache(maxsize=512)
def _translate(sql: str) -> bytes:
    """Return our SQL as psycopg takes it; PostgreSQL needs no cast, because its columns keep their types."""
    return _BLOB.sub(r"\1", sql).replace("?", "%s").encode()


class translated:  # noqa: N801 - reads like a function where it is used
    """Translate the driver's errors into this library's."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, psycopg.Error):
            raise _unusable(error, self._where) from None


def _unusable(error: psycopg.Error, where: str) -> Exception:
    what = _first(error)
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected)):
        return BusyError(
            f"another process has been writing for {LOCK_TIMEOUT_S} seconds", where=where, hint="try again later"
        )
    if isinstance(error, (errors.QueryCanceled, errors.SerializationFailure)):
        hint = "try again; the role's statement_timeout sets how long a statement may take"
        return BusyError(f"the server cancelled a statement: {what}", where=where, hint=hint)
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return CollectionError("the server takes no writes", where=where, hint="name the primary")
    if isinstance(error, errors.InsufficientPrivilege):
        return CollectionError(
            f"the role may not do this: {what}", where=where, hint="grant it the schema and its tables"
        )
    if isinstance(error, errors.DiskFull):
        return CollectionError("the server's disk is full: nothing of this write was kept", where=where)
    if isinstance(error, (psycopg.DataError, UnicodeEncodeError)):
        return ArticleError(
            f"the database cannot store a value: {what}", where=where, expected="text without NUL characters"
        )
    if isinstance(error, psycopg.OperationalError):
        return UnreachableError(
            f"the database server cannot be reached: {what}",
            where=where,
            hint="check that it runs, its address and the password, which PGPASSWORD or ~/.pgpass may hold",
        )
    return CollectionError(f"the database cannot be used: {what}", where=where)


def _first(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
