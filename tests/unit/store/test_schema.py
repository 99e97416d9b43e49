"""The tables of a collection, and collections of every released format: each is opened with all that it holds."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support.disks import fill
from support.soundness import assert_sound

from recommender.collection import Collection
from recommender.errors import BusyError, CollectionError
from recommender.related.recommender import Recommender
from recommender.store import SQLiteStore, connection, schema
from recommender.store.schema import FORMAT

FORMATS = sorted((Path(__file__).parents[2] / "formats").glob("*.sql"), key=lambda dump: int(dump.stem))

OPENER = """
import sys
from pathlib import Path
from recommender.collection import Collection
print("ready", flush=True)
sys.stdin.readline()
print(Collection.open(Path(sys.argv[1])).store.count(), flush=True)
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from recommender.collection import Collection
from recommender.store import schema
last = max(schema._MIGRATIONS)
schema._MIGRATIONS[last] = lambda connection: os.kill(os.getpid(), signal.SIGKILL)
Collection.open(Path(sys.argv[1]))
"""


@pytest.fixture(params=FORMATS, ids=lambda dump: f"format {dump.stem}")
def released(request, tmp_path):
    """The folder of a collection that a released version wrote."""
    folder = tmp_path / "released"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "articles.db")) as database:
        database.execute("PRAGMA journal_mode = WAL").fetchall()
        database.executescript(request.param.read_text(encoding="utf-8"))
    return folder


@pytest.fixture
def older(released):
    """A collection that has to be brought to the newest format."""
    if format_of(released) == FORMAT:
        pytest.skip("nothing has to be done to the newest format")
    return released


@pytest.fixture
def rewritten(older):
    """One whose rows have to be written anew."""
    if format_of(older) > 1:
        pytest.skip("its rows stay as they are")
    return older


def query(folder, sql):
    with closing(sqlite3.connect(folder / "articles.db")) as database:
        return database.execute(sql).fetchall()


def format_of(folder):
    return query(folder, "PRAGMA user_version")[0][0]


def dump_of(folder):
    with closing(sqlite3.connect(folder / "articles.db")) as database:
        return [*database.iterdump(), database.execute("PRAGMA user_version").fetchone()]


# What an opened collection of an older format holds.


def test_there_is_a_dump_of_every_older_format():
    assert {int(dump.stem) for dump in FORMATS} >= set(range(1, FORMAT))


def test_it_has_the_newest_format(released):
    Collection.open(released).close()
    assert format_of(released) == FORMAT


def test_it_has_the_tables_that_a_new_one_has(released, tmp_path):
    Collection.open(released).close()
    Collection.create(tmp_path / "new").close()
    tables = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert query(released, tables) == query(tmp_path / "new", tables)


def test_it_is_sound(released):
    assert_sound(released)


def test_its_articles_are_those_that_were_written(released):
    before = query(released, "SELECT article_id, record FROM articles ORDER BY article_id")
    with closing(Collection.open(released)) as opened:
        stored = {article.article_id: article.article.to_record() for article in opened.store.articles()}
    assert stored == {article_id: json.loads(record) for article_id, record in before}


def test_its_articles_keep_their_order(released):
    with closing(Collection.open(released)) as opened:
        assert [article.article_id for article in opened.store.articles()][-3:] == [
            "guides/one",
            "guides/three",
            "guides/two",
        ]


def test_what_is_sealed_is_kept(released):
    sealed = "SELECT article_id, secured FROM articles WHERE secured IS NOT NULL ORDER BY article_id"
    before = query(released, sealed)
    assert ("guides/one", '"sealed-blob"') in before
    Collection.open(released).close()
    assert query(released, sealed) == before


@pytest.mark.parametrize("table", ["sources", "files"])
def test_what_is_known_of_its_sources_is_kept(released, table):
    with closing(sqlite3.connect(released / "articles.db")) as database:
        names = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != "checksum"]
    select = f"SELECT {', '.join(names)} FROM {table} ORDER BY 1, 2"
    before = query(released, select)
    Collection.open(released).close()
    assert query(released, select) == before


def test_its_vectors_are_kept(released):
    before = dict(query(released, "SELECT text_hash, vector FROM vectors"))
    with closing(Collection.open(released)) as opened:
        found = opened.store.load_vectors(opened.store.encoding.fingerprint, list(before))
    assert {key: vector.tobytes() for key, vector in found.items()} == before


def test_its_vectors_are_unit_vectors(released):
    with closing(Collection.open(released)) as opened, opened.reading() as view:
        lengths = [np.linalg.norm(view.profile(article_id).vector) for article_id in view.ids()]
    assert lengths == pytest.approx([1] * 7, abs=1e-5)


def test_what_was_recorded_is_kept(released):
    before = dict(query(released, "SELECT key, value FROM meta"))
    with closing(Collection.open(released)) as opened:
        assert {key: opened.store.meta(key) for key in before} == before


def test_it_goes_on_from_its_revision(released):
    [(last,)] = query(released, "SELECT max(revision) FROM revisions")
    with closing(Collection.open(released)) as opened:
        assert (opened.store.revision().number, opened.store.count()) == (last, 7)


def test_its_next_revision_has_the_next_number(released):
    [(last,)] = query(released, "SELECT max(revision) FROM revisions")
    with closing(Collection.open(released)) as opened:
        assert opened.write(deletes=["guides/one"]).refused
        with opened.store.transaction():
            assert opened.store.write(2, deletes=["guides/one"]).revision == last + 1
    assert_sound(released)


def test_the_log_of_an_older_format_is_not_relied_on(rewritten):
    with closing(Collection.open(rewritten)) as opened:
        number = opened.store.revision().number
        assert opened.store.changed_since(number - 1) is None
        assert opened.store.changed_since(number) == {}


def test_related_articles_are_found_without_the_model(released, monkeypatch):
    def refuse(*_):
        raise AssertionError("a text was to be encoded")

    monkeypatch.setattr("recommender.related.recommender.QuickEncoder", refuse)
    with closing(Recommender.open(released)) as recommender:
        found = recommender.related("guides/one", min_score=0, top_k=1)
    assert [item.article_id for item in found] == ["guides/two"]


def test_a_collection_that_was_opened_before_is_opened_again(released):
    Collection.open(released).close()
    before = dump_of(released)
    Collection.open(released).close()
    assert dump_of(released) == before


# The way from an older format.


def test_an_error_in_the_middle_leaves_the_older_format(older, monkeypatch):
    before = dump_of(older)

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setitem(schema._MIGRATIONS, max(schema._MIGRATIONS), fail)
    with pytest.raises(ZeroDivisionError):
        Collection.open(older)
    assert dump_of(older) == before


def test_a_process_killed_in_the_middle_leaves_the_older_format(older):
    before = dump_of(older)
    done = subprocess.run([sys.executable, "-c", KILLED, older])
    assert done.returncode == -signal.SIGKILL
    assert dump_of(older) == before


def test_a_full_disk_leaves_the_older_format(rewritten, small_disk):
    disk = small_disk("1m")
    copy = Path(shutil.copytree(rewritten, disk / "collection"))
    before = dump_of(copy)
    filler = fill(disk, leave=80 * 1024)
    with pytest.raises(CollectionError, match="database or disk is full"):
        Collection.open(copy)
    filler.unlink()
    assert dump_of(copy) == before


def test_after_an_error_it_can_be_opened(older, monkeypatch):
    with monkeypatch.context() as patched, pytest.raises(KeyError):
        patched.setattr(schema, "_MIGRATIONS", {})
        Collection.open(older)
    assert_sound(older)


def test_two_processes_may_open_it_at_once(older):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, older], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["7\n", "7\n"]
    assert_sound(older)


def test_another_process_may_be_faster(older, monkeypatch):
    transaction = connection.Connection.transaction

    def overtaken(self):
        monkeypatch.undo()
        Collection.open(older).close()
        return transaction(self)

    monkeypatch.setattr(connection.Connection, "transaction", overtaken)
    Collection.open(older).close()
    assert_sound(older)


def test_an_older_format_that_another_process_writes_is_busy(older, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    with closing(sqlite3.connect(older / "articles.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError):
            Collection.open(older)


def test_an_older_format_that_can_only_be_read_says_what_to_do(older, read_only_copy):
    copy = read_only_copy(older)
    with pytest.raises(CollectionError, match=f"the collection has the older format {format_of(older)}") as caught:
        Collection.open(copy)
    assert caught.value.where == str(copy)
    assert caught.value.expected == f"format {FORMAT}"
    assert caught.value.hint == "open it once with write permission"


def test_a_format_of_a_later_version_is_refused_and_kept(released):
    with closing(sqlite3.connect(released / "articles.db")) as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    before = dump_of(released)
    with pytest.raises(CollectionError, match=f"has format {FORMAT + 1}, written by a newer version"):
        Collection.open(released)
    assert dump_of(released) == before


# A new collection.


def test_a_new_collection_has_an_id_of_its_own(tmp_path):
    with (
        closing(SQLiteStore(tmp_path / "one.db", create=True)) as one,
        closing(SQLiteStore(tmp_path / "two.db", create=True)) as two,
    ):
        assert len(one.meta("uuid")) == 32
        assert one.meta("uuid") != two.meta("uuid")


def test_every_table_but_the_log_ends_with_a_checksum_of_its_rows(tmp_path):
    Collection.create(tmp_path / "new").close()
    with closing(sqlite3.connect(tmp_path / "new" / "articles.db")) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        without = {
            table
            for table in tables
            if "checksum" not in [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        }
    assert without == {"changes", "sqlite_sequence"}
