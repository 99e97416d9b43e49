"""A connection to a collection's SQLite file: how it is opened, transactions, errors of ours."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from recommender.errors import BusyError, CollectionError, DamagedError, FormatError
from recommender.store.schema import FORMAT, create_tables, upgrade

BUSY_TIMEOUT_S = 30.0
_NOT_BESIDE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL")

_HINTS = {
    "SQLITE_FULL": "free disk space: nothing of this write was kept",
    "SQLITE_CANTOPEN": "copy the whole folder while nobody writes, or open it once where it can be written",
}


class Connection(sqlite3.Connection):
    """A connection in autocommit mode whose errors are ours; one thread at a time uses it."""

    path = Path()
    read_only = False
    frozen_state: tuple[int, int] | None = None
    """What the file was when it was opened as one that nobody writes."""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """`sqlite3.Connection.execute`."""
        with translated(self.path):
            return super().execute(*arguments)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what is written inside is durable when the block ends, or was never there.

        Raises:
            BusyError: If another process holds the lock for longer than `BUSY_TIMEOUT_S`.
            CollectionError: If the database cannot be written; then it is as it was.
        """
        if self.read_only:
            raise CollectionError(
                "the collection can only be read here", where=str(self.path.parent), hint="check the folder's rights"
            )
        with translated(self.path):
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                # SQLite rolls back by itself where it must (a full disk, an I/O error).
                if self.in_transaction:
                    self.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside is of one revision; one inside another reads of the outer one's."""
        if self.in_transaction:
            yield
            return
        with translated(self.path):
            self.execute("BEGIN")
            try:
                yield
            finally:
                if self.in_transaction:
                    self.execute("COMMIT")


def connect(path: Path, *, create: bool) -> Connection:
    """Open a collection's database; `create` makes an empty one if there is none.

    Where the folder cannot be written, the database is opened for reading only.

    Raises:
        CollectionError: If there is none, it is not a collection's, or it is of a newer format.
        DamagedError: If it is damaged.
    """
    if not create and not path.is_file():
        raise CollectionError(
            "there is no collection here",
            where=str(path.parent),
            hint=f"make one: related build SOURCE --collection {path.parent}",
        )
    connection = _open(path)
    try:
        _prepare(connection, create)
    except BaseException:
        connection.close()
        raise
    return connection


def has_log(path: Path) -> bool:
    """Whether something was committed that has not yet moved into the database file."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False


def file_state(path: Path) -> tuple[int, int]:
    """What tells whether a file was written to: its time of change and size."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _open(path: Path) -> Connection:
    place = path.absolute().as_uri()
    with translated(path):
        if not path.exists() or (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
            try:
                return _connect(path, place)
            except sqlite3.OperationalError as error:
                # A database in WAL mode is opened through files beside it that need rights and room to be made.
                if not error.sqlite_errorname.startswith(_NOT_BESIDE) or not path.is_file():
                    raise
        if has_log(path):
            connection = _connect(path, f"{place}?mode=ro")
        else:
            frozen_state = file_state(path)
            connection = _connect(path, f"{place}?mode=ro&immutable=1")
            connection.frozen_state = frozen_state
        connection.read_only = True
        return connection


def _connect(path: Path, address: str) -> Connection:
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=Connection
    )
    connection.path = path
    try:
        # Not through `execute`, for the caller looks at SQLite's own errors.
        run = super(Connection, connection).execute
        if "?" not in address:
            _switch_to_log(run)
            run("PRAGMA synchronous = FULL")
            # What is deleted leaves no trace in the file.
            run("PRAGMA secure_delete = ON")
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA cell_size_check = ON")
        run("SELECT count(*) FROM sqlite_master")
    except BaseException:
        connection.close()
        raise
    return connection


def _switch_to_log(run: Callable[[str], object]) -> None:
    """Switch to WAL; SQLite does not wait by itself while another process makes the same file."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            run("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _prepare(connection: Connection, create: bool) -> None:
    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    found = one("PRAGMA user_version")
    ours = one("SELECT count(*) FROM sqlite_master WHERE name = 'articles'")
    if not ours and (found or one("SELECT count(*) FROM sqlite_master")):
        raise CollectionError(
            "the database is another program's", where=str(connection.path), expected="a collection's"
        )
    if found < 0 or (found == 0 and ours):
        raise DamagedError(
            "the database has lost its format",
            where=str(connection.path),
            hint="restore it from a backup, or build again with --recreate",
        )
    if found == FORMAT:
        return
    if found > FORMAT:
        raise FormatError(
            f"the collection has format {found}, written by a newer version",
            where=str(connection.path.parent),
            expected=f"format {FORMAT} or older",
            hint="upgrade related-articles",
        )
    if found == 0 and (not create or connection.read_only):
        raise CollectionError("the database is empty", where=str(connection.path), hint="build the collection again")
    if connection.read_only:
        raise CollectionError(
            f"the collection has the older format {found}",
            where=str(connection.path.parent),
            expected=f"format {FORMAT}",
            hint="open it once where it can be written",
        )
    with connection.transaction():
        # Another process may have been faster while this one waited for the lock.
        found = one("PRAGMA user_version")
        if found == 0:
            create_tables(connection)
        else:
            upgrade(connection, found)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # Python's own wrapper names none where a text is not UTF-8.
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise BusyError(
                f"another process has been writing for {BUSY_TIMEOUT_S:.0f} seconds",
                where=str(path),
                hint="try again when it is done",
            ) from None
        hint = next((hint for start, hint in _HINTS.items() if name.startswith(start)), None)
        kind = CollectionError if name else DamagedError
        raise kind(f"the database cannot be used: {error}", where=str(path), hint=hint) from None
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # SQLite's own message may quote what is no text any more.
        raise DamagedError(
            f"the database is damaged or is not one: {error}",
            where=str(path),
            hint="restore it from a backup, or build again with --recreate",
        ) from None
