"""A connection: what is opened and what is refused, all or nothing, and errors of ours whatever is run."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from support.disks import fill
from support.truth import ids, rows, upsert, write

from recommender.errors import BusyError, CollectionError, DamagedError
from recommender.store import SQLiteStore, connection
from recommender.store.connection import connect
from recommender.store.schema import FORMAT


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "collection"
    folder.mkdir()
    return folder / "articles.db"


@pytest.fixture
def db(path):
    opened = SQLiteStore(path, create=True)
    yield opened
    opened.close()


# Opening.


def test_a_new_file_gets_the_tables_and_the_format(path):
    with closing(connect(path, create=True)) as made:
        assert made.execute("PRAGMA user_version").fetchone() == (FORMAT,)
        assert made.execute("SELECT count(*) FROM articles").fetchone() == (0,)


def test_creating_again_opens_what_is_there(db, path):
    write(db, upsert("a"))
    with closing(SQLiteStore(path, create=True)) as again:
        assert (again.meta("uuid"), again.count()) == (db.meta("uuid"), 1)


def test_a_database_that_another_process_made_meanwhile_is_kept(path, monkeypatch):
    transaction = connection.Connection.transaction

    def overtaken(self):
        monkeypatch.undo()
        with closing(SQLiteStore(path, create=True)) as made:
            write(made, upsert("a"))
        return transaction(self)

    monkeypatch.setattr(connection.Connection, "transaction", overtaken)
    with closing(SQLiteStore(path, create=True)) as late:
        assert ids(late) == ["a"]


def test_who_makes_a_database_waits_for_another_who_does(path):
    with closing(sqlite3.connect(path, check_same_thread=False, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.2, other.execute, ["COMMIT"])
        done.start()
        try:
            SQLiteStore(path, create=True).close()
        finally:
            done.join()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("cell_size_check", 1)],
)
def test_it_is_kept_safely(db, setting, value):
    assert rows(db, f"PRAGMA {setting}") == [(value,)]


def test_opening_a_missing_database_says_how_to_make_one(path):
    with pytest.raises(CollectionError, match="there is no collection here") as caught:
        SQLiteStore(path)
    assert caught.value.hint == f"make one: related build SOURCE --collection {path.parent}"
    assert not path.exists()


def test_an_empty_file_is_not_a_collection(path):
    path.touch()
    with pytest.raises(CollectionError, match="the database is empty") as caught:
        SQLiteStore(path)
    assert caught.value.hint == "build the collection again"


def test_an_empty_file_can_become_a_collection(path):
    path.touch()
    with closing(SQLiteStore(path, create=True)) as made:
        assert made.meta("uuid")


@pytest.mark.parametrize("create", [False, True])
def test_what_is_not_a_database_is_refused_and_kept(path, create):
    path.write_text("a letter to the editor\n" * 100)
    with pytest.raises(DamagedError, match="the file is damaged or is not a database") as caught:
        SQLiteStore(path, create=create)
    assert caught.value.where == str(path)
    assert caught.value.hint == "restore it from a backup, or build again with --recreate"
    assert path.read_text() == "a letter to the editor\n" * 100


def test_a_database_that_can_not_be_opened_is_one_error(path):
    path.mkdir()
    with pytest.raises(CollectionError):
        SQLiteStore(path, create=True)


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("version", [0, 1, FORMAT])
def test_another_programs_database_is_refused_and_kept(path, create, version):
    with closing(sqlite3.connect(path)) as foreign, foreign:
        foreign.execute("CREATE TABLE sales (amount)")
        foreign.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(CollectionError, match="the database belongs to another program"):
        SQLiteStore(path, create=create)
    with closing(sqlite3.connect(path)) as foreign:
        assert foreign.execute("SELECT name FROM sqlite_master").fetchall() == [("sales",)]


@pytest.mark.parametrize("create", [False, True])
def test_a_newer_format_is_refused(db, path, create):
    rows(db, f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(CollectionError, match=f"has format {FORMAT + 1}, written by a newer version") as caught:
        SQLiteStore(path, create=create)
    assert caught.value.expected == f"format {FORMAT} or older"
    assert caught.value.hint == "upgrade related-articles"


def test_a_format_that_can_not_be_is_one_error(db, path):
    rows(db, "PRAGMA user_version = -1")
    with pytest.raises(CollectionError):
        SQLiteStore(path)


def test_a_collection_that_has_lost_its_format_is_damaged(db, path):
    write(db, upsert("a"))
    rows(db, "PRAGMA user_version = 0")
    with pytest.raises(DamagedError):
        SQLiteStore(path)


# Transactions and readings.


def test_what_was_written_is_there_after_opening_again(db, path):
    write(db, upsert("a"))
    db.close()
    with closing(SQLiteStore(path)) as again:
        assert ids(again) == ["a"]


def test_nothing_of_a_transaction_is_seen_before_it_ends(db, path):
    with closing(SQLiteStore(path)) as other:
        with db.transaction():
            db.write(db.source_id("folder", "site"), [upsert("a")])
            assert ids(other) == []
        assert ids(other) == ["a"]


def test_a_commit_that_fails_leaves_nothing(db):
    def refuse(action, what, *_):
        commit = action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
        return sqlite3.SQLITE_DENY if commit else sqlite3.SQLITE_OK

    db.connection.set_authorizer(refuse)
    with pytest.raises(CollectionError):
        write(db, upsert("a"))
    db.connection.set_authorizer(None)
    assert (ids(db), db.revision().number) == ([], 0)


def test_a_reading_inside_a_transaction_sees_what_it_wrote(db):
    with db.transaction():
        db.set_meta("a", "b")
        with db.reading():
            assert db.meta("a") == "b"
        assert db.connection.in_transaction


def test_everything_read_in_one_reading_is_of_one_revision(db, path):
    write(db, upsert("a"))
    with closing(SQLiteStore(path)) as other:
        with db.reading():
            assert ids(db) == ["a"]
            write(other, upsert("b"), deletes=["a"])
            assert (ids(db), db.revision().number) == (["a"], 1)
        assert (ids(db), db.revision().number) == (["b"], 2)


def test_a_reading_inside_a_reading_is_of_the_outer_ones_revision(db, path):
    with closing(SQLiteStore(path)) as other, db.reading():
        assert ids(db) == []
        write(other, upsert("a"))
        with db.reading():
            assert ids(db) == []
        assert ids(db) == []


def test_an_error_ends_a_reading(db):
    with pytest.raises(ZeroDivisionError), db.reading():
        raise ZeroDivisionError
    assert not db.connection.in_transaction


# What can go wrong.


def test_an_error_of_sqlite_is_one_of_ours(db):
    with pytest.raises(CollectionError, match="no such table"):
        db.connection.execute("SELECT * FROM nowhere")


def test_a_lock_held_too_long_is_an_error_that_says_so(path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    with closing(SQLiteStore(path, create=True)) as first, closing(SQLiteStore(path)) as second:
        with first.transaction(), pytest.raises(BusyError, match="another process has been writing for 0 s") as caught:
            write(second, upsert("a"))
        assert caught.value.hint == "try again when it is done"
        assert second.count() == 0


def test_a_lock_that_is_free_again_is_taken(path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    with closing(SQLiteStore(path, create=True)) as first, closing(SQLiteStore(path)) as second:
        with first.transaction(), pytest.raises(BusyError):
            write(second, upsert("a"))
        assert write(second, upsert("a")).revision == 1


def test_a_writer_does_not_keep_readers_waiting(path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    with closing(SQLiteStore(path, create=True)) as first, first.transaction(), closing(SQLiteStore(path)) as second:
        assert second.count() == 0


def test_a_damaged_page_is_one_error(db, path):
    write(db, *(upsert(f"a{number}", title="word " * 200) for number in range(50)))
    db.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with closing(SQLiteStore(path)) as opened:
        with pytest.raises(DamagedError, match="the file is damaged or is not a database"), opened.reading():
            ids(opened)
        assert not opened.connection.in_transaction


def test_a_text_that_is_no_utf8_is_damage(db, path):
    write(db, upsert("a", title="Harbour"))
    db.close()
    path.write_bytes(path.read_bytes().replace(b"Harbour", b"Harb\xffur"))
    with closing(SQLiteStore(path)) as opened, pytest.raises(DamagedError):
        opened.get("a")


# A full disk.


def much(count):
    return (upsert(f"a{number}", title="x" * 2000) for number in range(count))


@pytest.mark.parametrize("pages", [20, 24, 30, 40])
def test_a_database_that_may_not_grow_is_as_it_was(db, pages):
    rows(db, f"PRAGMA max_page_count = {pages}")
    with pytest.raises(CollectionError, match="database or disk is full"):
        write(db, *much(2000))
    assert (db.count(), db.revision().number, ids(db)) == (0, 0, [])


def test_a_write_that_the_disk_has_no_room_for_says_so(small_disk):
    with closing(SQLiteStore(small_disk("1m") / "articles.db", create=True)) as db:
        with pytest.raises(CollectionError, match="database or disk is full") as caught:
            write(db, *much(2000))
        assert caught.value.hint == "free disk space: nothing of this write was kept"


def test_a_write_that_the_disk_has_no_room_for_leaves_the_database_as_it_was(small_disk):
    with closing(SQLiteStore(small_disk("1m") / "articles.db", create=True)) as db:
        write(db, upsert("a"))
        before = list(db.connection.iterdump())
        with pytest.raises(CollectionError):
            write(db, *much(2000), deletes=["a"])
        assert list(db.connection.iterdump()) == before


def test_a_database_on_a_disk_that_was_full_can_be_written_again(small_disk):
    disk = small_disk("1m")
    with closing(SQLiteStore(disk / "articles.db", create=True)) as db:
        filler = fill(disk)
        with pytest.raises(CollectionError):
            write(db, *much(100))
        filler.unlink()
        write(db, *much(100))
        assert len(ids(db)) == 100


def test_an_open_database_is_read_while_the_disk_is_full(small_disk):
    disk = small_disk("1m")
    with closing(SQLiteStore(disk / "articles.db", create=True)) as db:
        write(db, upsert("a"))
        fill(disk)
        assert ids(db) == ["a"]


def test_a_database_is_opened_and_read_while_the_disk_is_full(small_disk):
    disk = small_disk("1m")
    with closing(SQLiteStore(disk / "articles.db", create=True)) as db:
        write(db, upsert("a"))
    fill(disk)
    with closing(SQLiteStore(disk / "articles.db")) as db:
        assert ids(db) == ["a"]
