"""The SQLite connection of a collection: opening, transactions, translated errors."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from recommender.errors import BusyError, CollectionError, DamagedError, FormatError, NoCollectionError
from recommender.store.schema import FORMAT, create_tables, upgrade

BUSY_TIMEOUT_S = 30.0
NEEDED_BYTES = 64 << 10
"""Less free space than this is none."""
LARGEST_LOG_BYTES = 4 << 20
"""The write-ahead log is cut to this once its commits are in the database."""
_NOT_BESIDE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL")

_HINTS = {
    "SQLITE_FULL": "free disk space: nothing of this write was kept",
    "SQLITE_CANTOPEN": "copy the whole folder while nobody writes, or open it once with write permission",
}


class Connection(sqlite3.Connection):
    """A connection in autocommit mode that raises this library's errors; serves one thread at a time."""

    path = Path()
    read_only = False
    frozen_state: tuple[int, int] | None = None
    """The state of the file when it was opened as immutable; None for an ordinary connection."""
    is_reading = False
    """Whether everything is read at one revision now."""
    read_state: tuple[int, int] | None = None
    """The change token of that revision, once it was asked for."""
    identity: tuple[int, int] | None = None
    """Device and number of the file when it was opened."""
    log_identity: tuple[int, int] | None = None
    """The same of its write-ahead log, which stays for as long as the connection is open."""

    def is_replaced(self) -> bool:
        """Return whether another file lies where this one was opened; this connection is of the old one then."""
        return file_identity(self.path) not in {None, self.identity}

    def leave_log(self) -> None:
        """Remove the log of a file that was replaced: SQLite would take it for that of the new one.

        A log that was made since is the new one's, and stays.
        """
        log = _beside(self.path, "-wal")
        if self.log_identity is not None and file_identity(log) == self.log_identity:
            log.unlink(missing_ok=True)
            _beside(self.path, "-shm").unlink(missing_ok=True)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Call `sqlite3.Connection.execute`."""
        with translated(self.path):
            return super().execute(*arguments)

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        with translated(self.path):
            row: tuple[Any, ...] | None = self.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of a query."""
        with translated(self.path):
            yield from self.execute(sql, values)

    scan = rows

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; durable when the block ends.

        Raises:
            BusyError: If another process holds the lock for longer than `BUSY_TIMEOUT_S`.
            CollectionError: If the database cannot be written; it is unchanged then.
        """
        if self.read_only:
            raise self._unwritable()
        with translated(self.path):
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back after some errors (a full disk, an I/O error).
                if self.in_transaction:
                    self.execute("ROLLBACK")
                raise

    def _unwritable(self) -> CollectionError:
        folder = self.path.parent
        with contextlib.suppress(OSError):
            # SQLite says only that it cannot make the files that it needs beside the database.
            if shutil.disk_usage(folder).free < NEEDED_BYTES:
                return CollectionError(
                    "the disk is full: the collection can only be read", where=str(folder), hint="free disk space"
                )
        return CollectionError(
            "the collection is read-only here", where=str(folder), hint="check the folder's permissions"
        )

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read everything inside at one revision; nested uses read that of the outermost."""
        if self.in_transaction:
            yield
            return
        with translated(self.path):
            self.execute("BEGIN")
            self.is_reading, self.read_state = True, None
            try:
                yield
            finally:
                self.is_reading = False
                if self.in_transaction:
                    self.execute("COMMIT")


def connect(path: Path, *, create: bool) -> Connection:
    """Open a collection's database; `create` makes an empty one if there is none.

    Where the folder cannot be written, the database is opened for reading only.

    Raises:
        CollectionError: If there is no database, it is not a collection's, or its format is newer.
        DamagedError: If it is damaged.
    """
    if not create and not path.is_file():
        raise NoCollectionError(
            "there is no collection here",
            where=str(path.parent),
            hint=f"make one: related build SOURCE --collection {path.parent}",
        )
    if create and not path.exists():
        # SQLite's own files take the permissions of the database: `secured` is nobody else's business.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = _open(path)
    try:
        _prepare(connection, create)
    except BaseException:
        connection.close()
        raise
    return connection


def has_log(path: Path) -> bool:
    """Return whether the write-ahead log holds commits that are not in the database file yet."""
    try:
        return _beside(path, "-wal").stat().st_size > 0
    except OSError:
        return False


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return the device and number of a file, which differ if another was moved over it; None if there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")


def file_state(path: Path) -> tuple[int, int]:
    """Return the modification time and size of a file, which change when it is written to."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _open(path: Path) -> Connection:
    place = path.absolute().as_uri()
    with translated(path):
        if not path.exists() or (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
            try:
                return _connect(path, place)
            except sqlite3.OperationalError as error:
                # WAL mode needs files beside the database, which take permissions and disk space to create.
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
        # Bypass our `execute`: the caller handles SQLite's own errors.
        run = super(Connection, connection).execute
        if "?" not in address:
            _switch_to_log(run)
            run("PRAGMA synchronous = FULL")
            run(f"PRAGMA journal_size_limit = {LARGEST_LOG_BYTES}")
            # Deleted data is overwritten in the file.
            run("PRAGMA secure_delete = ON")
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA cell_size_check = ON")
        run("SELECT count(*) FROM sqlite_master")
        connection.identity = file_identity(path)
        connection.log_identity = None if "?" in address else file_identity(_beside(path, "-wal"))
    except BaseException:
        connection.close()
        raise
    return connection


def _switch_to_log(run: Callable[[str], object]) -> None:
    """Switch to WAL, with retries: SQLite does not wait while another process creates the same file."""
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
            "the database belongs to another program", where=str(connection.path), expected="a collection"
        )
    if found < 0 or (found == 0 and ours):
        raise DamagedError(
            "the database has lost its format number",
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
            hint="open it once with write permission",
        )
    with connection.transaction():
        # Another process may have created or upgraded it while this one waited for the lock.
        found = one("PRAGMA user_version")
        if found == 0:
            create_tables(connection)
        else:
            upgrade(connection, found)


class translated:  # noqa: N801 - reads like a function where it is used
    """Translate SQLite's errors into this library's.

    A class, because a generator would take several times as long to enter and leave, a dozen times an answer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            raise _unusable(error, self._path) from None
        if isinstance(error, (sqlite3.DatabaseError, UnicodeDecodeError)):
            # Decoding can fail in SQLite's own message too, because it may quote damaged text.
            raise DamagedError(
                f"the file is damaged or is not a database: {error}",
                where=str(self._path),
                hint="restore it from a backup, or build again with --recreate",
            ) from None


def _unusable(error: sqlite3.OperationalError, path: Path) -> CollectionError:
    # sqlite3 sets no error name when a text is not UTF-8.
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(
            f"another process has been writing for {BUSY_TIMEOUT_S:.0f} seconds",
            where=str(path),
            hint="try again when it is done",
        )
    hint = next((hint for start, hint in _HINTS.items() if name.startswith(start)), None)
    kind = CollectionError if name else DamagedError
    return kind(f"the database cannot be used: {error}", where=str(path), hint=hint)
