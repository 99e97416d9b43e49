"""What only SQLite has: its write-ahead log, and files in which what was deleted leaves no trace."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import numpy as np
import pytest
from support.truth import ids, rows, upsert, write

from recommender.store import SQLiteStore


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "articles.db"


@pytest.fixture
def db(path):
    with closing(SQLiteStore(path, create=True)) as opened:
        yield opened


@pytest.fixture
def logged(db):
    write(db, upsert("a"), upsert("b"))
    write(db, upsert("b", title="New"), deletes=["a"])
    return db


# Moving what was committed into the database.


def test_a_checkpoint_empties_the_log_file(logged, path):
    logged.checkpoint()
    assert path.with_name("articles.db-wal").stat().st_size == 0


def test_a_checkpoint_loses_nothing(logged, path):
    before = list(logged.connection.iterdump())
    logged.checkpoint()
    assert list(logged.connection.iterdump()) == before


def test_a_checkpoint_does_not_wait_for_a_reader(logged, path):
    with closing(SQLiteStore(path)) as reader, reader.reading():
        before = ids(reader)
        write(logged, upsert("new"))
        logged.checkpoint()
        assert ids(reader) == before


def test_after_a_checkpoint_a_write_waits_for_a_lock_as_before(logged):
    before = rows(logged, "PRAGMA busy_timeout")
    logged.checkpoint()
    assert rows(logged, "PRAGMA busy_timeout") == before


# What was deleted leaves no trace.


def content(db, path):
    """Every byte on the disk when everything is in the database's file."""
    db.checkpoint()
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def mark(number):
    return f"<mark {number:06}>"


def marked(number, length, article_id=None):
    return upsert(article_id or f"a{number}", title=f"{mark(number)} {'x' * length} {mark(number)}")


@pytest.mark.parametrize("length", [10, 1000, 100_000])
def test_a_deleted_text_is_in_no_file(db, path, length):
    write(db, *(marked(number, length) for number in range(5)))
    write(db, deletes=["a2"])
    found = content(db, path)
    assert [mark(number).encode() in found for number in range(5)] == [True, True, False, True, True]


@pytest.mark.parametrize("length", [10, 1000, 100_000])
def test_a_changed_text_is_in_no_file(db, path, length):
    write(db, *(marked(number, length) for number in range(5)))
    write(db, marked(7, 2 * length, "a2"))
    found = content(db, path)
    assert (mark(2).encode() in found, mark(7).encode() in found) == (False, True)


def test_a_sealed_blob_that_was_replaced_is_in_no_file(db, path):
    write(db, upsert("a", secured='"blob-one"'))
    write(db, upsert("a", secured='"blob-two"'))
    assert b"blob-one" not in content(db, path)


def test_a_vector_that_was_dropped_is_in_no_file(db, path):
    vector = np.float32([0.123, 0.456, 0.789, 0.321])
    write(db, upsert("a"), encoder="one", vectors={upsert("a").text_hash: vector})
    write(db, deletes=["a"])
    assert vector.tobytes() not in content(db, path)


def test_nothing_of_what_was_there_before_starting_over_is_in_a_file(db, path):
    write(db, *(marked(number, 1000) for number in range(50)))
    db.start_over()
    assert b"<mark" not in content(db, path)


def test_whatever_was_deleted_or_changed_is_in_no_file_after_a_rewrite(tmp_path):
    for seed in range(40):
        random, folder = Random(seed), tmp_path / str(seed)
        folder.mkdir()
        with closing(SQLiteStore(folder / "articles.db", create=True)) as db:
            gone, live = [], {}
            for number in range(60):
                article_id = f"a{random.randrange(40)}"
                gone += [live.pop(article_id)] if article_id in live else []
                if random.random() < 0.7:
                    write(db, marked(number, random.choice([100, 700, 1500]), article_id))
                    live[article_id] = number
                else:
                    write(db, deletes=[article_id])
            db.rewrite()
            found = content(db, folder / "articles.db")
        assert [number for number in gone if mark(number).encode() in found] == [], seed
