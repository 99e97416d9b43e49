"""A collection where nothing can be written: it is read, and a write is refused in plain words."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from support.truth import ids, upsert, write

from recommender.errors import CollectionError
from recommender.store import SQLiteStore


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "collection"
    made.mkdir()
    with closing(SQLiteStore(made / "articles.db", create=True)) as db:
        write(db, upsert("a"))
    return made


@pytest.fixture
def at_rest(folder, read_only_copy):
    """The path of a database that nobody had open."""
    return read_only_copy(folder) / "articles.db"


@pytest.fixture
def in_use(folder, read_only_copy):
    """The path of a database whose log holds the newest revision."""
    with closing(SQLiteStore(folder / "articles.db")) as db:
        write(db, upsert("b"))
        return read_only_copy(folder) / "articles.db"


def test_a_database_at_rest_is_read(at_rest):
    with closing(SQLiteStore(at_rest)) as db:
        assert ids(db) == ["a"]


def test_a_database_at_rest_is_known_to_be_read_only(at_rest):
    with closing(SQLiteStore(at_rest)) as db:
        assert db.read_only


def test_a_database_that_can_be_written_is_not_read_only(folder):
    with closing(SQLiteStore(folder / "articles.db")) as db:
        assert not db.read_only


def test_reading_leaves_nothing_beside_the_database(at_rest):
    with closing(SQLiteStore(at_rest)) as db, db.reading():
        assert ids(db) == ["a"]
        assert [file.name for file in at_rest.parent.iterdir()] == ["articles.db"]


def test_a_write_is_refused_in_plain_words(at_rest):
    with closing(SQLiteStore(at_rest)) as db:
        with pytest.raises(CollectionError, match="the collection is read-only here") as caught:
            write(db, upsert("b"))
        assert caught.value.where == str(at_rest.parent)
        assert caught.value.hint == "check the folder's permissions"


def test_a_database_is_read_after_a_write_was_refused(at_rest):
    with closing(SQLiteStore(at_rest)) as db:
        with pytest.raises(CollectionError):
            write(db, upsert("b"))
        assert ids(db) == ["a"]


def test_a_database_at_rest_stays_in_one_state(at_rest):
    with closing(SQLiteStore(at_rest)) as db:
        before = db.state()
        assert ids(db) == ["a"]
        assert db.state() == before


def test_a_database_that_is_not_in_wal_mode_is_read(folder, read_only_copy):
    with closing(sqlite3.connect(folder / "articles.db")) as other:
        other.execute("PRAGMA journal_mode = DELETE").fetchall()
    with closing(SQLiteStore(read_only_copy(folder) / "articles.db")) as db:
        assert (ids(db), db.read_only) == (["a"], True)


def test_what_is_in_the_log_is_read(in_use):
    with closing(SQLiteStore(in_use)) as db:
        assert ids(db) == ["a", "b"]


def test_a_write_beside_a_log_is_refused_in_plain_words(in_use):
    with (
        closing(SQLiteStore(in_use)) as db,
        pytest.raises(CollectionError, match="the collection is read-only here"),
    ):
        write(db, upsert("c"))


def test_an_empty_log_does_not_keep_a_database_from_being_read(folder, read_only_copy):
    (folder / "articles.db-wal").touch()
    with closing(SQLiteStore(read_only_copy(folder) / "articles.db")) as db:
        assert ids(db) == ["a"]


def test_a_missing_database_is_not_made(folder, read_only_copy):
    with pytest.raises(CollectionError):
        SQLiteStore(read_only_copy(folder) / "another.db", create=True)


# What somebody else does to a file that was opened as one that nobody writes.


@pytest.fixture
def disk(folder, small_disk):
    """A disk with a collection, which can be written or not: `disk("ro")`, `disk("rw")`."""
    made = small_disk("8m")
    shutil.copytree(folder, made / "collection")

    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", made], check=True)
        return made / "collection" / "articles.db"

    return remount


def test_what_another_process_wrote_meanwhile_is_read(disk):
    with closing(SQLiteStore(disk("ro"))) as db:
        assert ids(db) == ["a"]
        with closing(SQLiteStore(disk("rw"))) as other:
            write(other, upsert("b"))
        with db.reading():
            assert ids(db) == ["a", "b"]


def test_what_another_process_has_in_the_log_is_read(disk):
    with closing(SQLiteStore(disk("ro"))) as db:
        assert ids(db) == ["a"]
        with closing(SQLiteStore(disk("rw"))) as other:
            write(other, upsert("b"))
            with db.reading():
                assert ids(db) == ["a", "b"]


def test_a_disk_that_can_be_written_again_is_written_to(disk):
    with closing(SQLiteStore(disk("ro"))) as db:
        with closing(SQLiteStore(disk("rw"))) as other:
            write(other, upsert("b"))
        with db.reading():
            pass
        assert write(db, upsert("c")).revision == 3


def test_a_change_meanwhile_changes_the_state(disk):
    with closing(SQLiteStore(disk("ro"))) as db:
        before = db.state()
        with closing(SQLiteStore(disk("rw"))) as other:
            write(other, upsert("b"))
        with db.reading():
            assert db.state() != before


def test_a_full_disk_is_no_matter_of_rights(folder, small_disk):
    disk = small_disk("1m")
    place = Path(shutil.copytree(folder, disk / "c")) / "articles.db"
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb") as stream:
        while True:
            stream.write(b"x" * 4096)
            stream.flush()
    with closing(SQLiteStore(place)) as db:
        with pytest.raises(CollectionError) as caught, db.transaction():
            db.set_meta("key", "value" * 1000)
        assert "full" in caught.value.what
        assert caught.value.hint.startswith("free disk space")
        filler.unlink()
        with db.transaction():
            db.set_meta("key", "value")
