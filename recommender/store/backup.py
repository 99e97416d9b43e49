"""Backups of a collection's database: made and restored while it is read and written."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from recommender.errors import CollectionError, DamagedError, InputError
from recommender.files import sync_folder
from recommender.store.connection import connect, translated
from recommender.store.history import write_meta
from recommender.store.records import Revision
from recommender.store.sqlite import SQLiteStore

_LOG_FILES = ("-wal", "-shm")


def back_up(database: Path, target: Path) -> Revision:
    """Copy a database into one new file, whatever is read or written meanwhile.

    Args:
        database: The collection's database.
        target: The backup; an existing file is replaced once the new one is whole.

    Returns:
        The revision that the backup holds.

    Raises:
        CollectionError: If there is no collection, or the backup cannot be written.
    """
    if not database.is_file():
        raise CollectionError("there is no collection here", where=str(database.parent))
    with _copied(database, target.parent, target.name) as (copy, store):
        revision = store.revision()
        store.close()
        copy.replace(target)
        sync_folder(target.parent)
    return revision


def restore(database: Path, backup: Path) -> Revision:
    """Replace everything in a database by a backup, in one transaction; running services follow at their next read.

    The collection gets a new identity: no answer, ETag, snapshot or change log of before is taken for one of after.

    Args:
        database: The collection's database; it is created if there is none, and replaced if it is beyond use.
        backup: What `back_up` wrote, or a database file that was copied while nobody wrote.

    Returns:
        The revision that the collection now has.

    Raises:
        InputError: If there is no backup, or it is not a collection's.
        DamagedError: If the backup is damaged; nothing was changed then.
        CollectionError: If the database cannot be written; nothing was changed then.
    """
    if not backup.is_file():
        raise InputError("there is no backup", where=str(backup), expected="an articles.db that was backed up")
    try:
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CollectionError(f"the folder cannot be made: {error.strerror}", where=str(database.parent)) from None
    with _copied(backup, database.parent, database.name) as (copy, store):
        with store.reading():
            truth = store.check(None)
        if not truth.sound:
            raise DamagedError("the backup is damaged", where=str(backup), hint="restore an older one")
        revision = store.revision()
        with store.transaction():
            write_meta(store.connection, "uuid", uuid.uuid4().hex)
            # Readers start over, so nobody needs the log.
            store.forget_changes(revision.number)
        store.close()
        _move_into(copy, database)
    return revision


@contextlib.contextmanager
def _copied(database: Path, folder: Path, name: str) -> Iterator[tuple[Path, SQLiteStore]]:
    """Copy a database into a file beside its place, without a log of its own, and open it."""
    copy = folder / f".{name}.{os.getpid()}.new"
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        # Only read: opening it as a store would bring an old backup to the newest format in its place.
        address = f"{database.absolute().as_uri()}?mode=ro"
        with (
            translated(database),
            contextlib.closing(sqlite3.connect(address, uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        store = SQLiteStore(copy)
        try:
            yield copy, store
        finally:
            store.close()
    except OSError as error:
        raise CollectionError(f"the copy cannot be written: {error.strerror}", where=str(copy)) from None
    finally:
        with contextlib.suppress(OSError):
            for suffix in ("", *_LOG_FILES):
                copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _move_into(copy: Path, database: Path) -> None:
    """Make the content of `copy` that of `database`: as one transaction, where that is a database."""
    try:
        target = connect(database, create=True)
    except DamagedError:
        # A service that has it open notices that it was replaced.
        for suffix in _LOG_FILES:
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        copy.replace(database)
        sync_folder(database.parent)
        return
    with contextlib.closing(target), contextlib.closing(connect(copy, create=False)) as source, translated(database):
        if target.read_only:
            raise CollectionError("the collection is read-only here", where=str(database.parent))
        source.backup(target)
