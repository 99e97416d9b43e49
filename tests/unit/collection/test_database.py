"""SQLite: the one truth of a collection."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3

import numpy as np
import pytest

from recommender.article import Article
from recommender.collection import Database, Upsert, connection
from recommender.errors import CollectionError, DuplicateIdError
from recommender.sources import FileState


@pytest.fixture
def path(tmp_path):
    return tmp_path / "articles.db"


@pytest.fixture
def db(path):
    opened = Database(path, create=True)
    yield opened
    opened.close()


@pytest.fixture
def other(db, path):
    """Another connection to the same database."""
    opened = Database(path)
    yield opened
    opened.close()


def upsert(article_id, *, title=None, url_key=None, secured=None, path=None, text_hash=None):
    record = json.dumps({"id": article_id, "title": title or f"Title {article_id}"})
    content = hashlib.blake2b(record.encode(), digest_size=16).digest()
    return Upsert(article_id, path or f"{article_id}.md", url_key, text_hash or content, content, record, secured)


def write(db, *upserts, deletes=(), source="site"):
    with db.transaction():
        return db.write(db.source_id("folder", source), upserts, deletes)


def rows(db, sql, *values):
    return db._connection.execute(sql, values).fetchall()


def changes(db):
    return rows(db, "SELECT revision, article_id, change FROM changes ORDER BY revision, article_id")


def ids(db):
    return [stored.article_id for stored in db.articles()]


# Opening.


def test_a_created_database_is_empty_and_has_a_uuid(db):
    assert db.count() == 0
    assert db.revision() == 0
    assert len(db.meta("uuid")) == 32
    assert list(db.articles()) == []


def test_creating_again_opens_what_is_there(db, path):
    write(db, upsert("a"))
    again = Database(path, create=True)
    assert (again.meta("uuid"), again.count()) == (db.meta("uuid"), 1)
    again.close()


def test_a_database_that_another_process_made_meanwhile_is_kept(path, monkeypatch):
    transaction = connection.Connection.transaction

    def overtaken(self):
        monkeypatch.undo()
        made = Database(path, create=True)
        write(made, upsert("a"))
        made.close()
        return transaction(self)

    monkeypatch.setattr(connection.Connection, "transaction", overtaken)
    late = Database(path, create=True)
    assert ids(late) == ["a"]
    late.close()


def test_two_databases_have_two_uuids(db, tmp_path):
    second = Database(tmp_path / "second.db", create=True)
    assert second.meta("uuid") != db.meta("uuid")
    second.close()


def test_it_is_kept_safely(db):
    assert rows(db, "PRAGMA journal_mode") == [("wal",)]
    assert rows(db, "PRAGMA synchronous") == [(2,)]
    assert rows(db, "PRAGMA foreign_keys") == [(1,)]


def test_opening_a_missing_database_says_how_to_make_one(path):
    with pytest.raises(CollectionError, match="there is no collection here") as caught:
        Database(path)
    assert caught.value.hint == f"make one: related build SOURCE --collection {path.parent}"
    assert not path.exists()


def test_an_empty_file_is_not_a_collection(path):
    path.touch()
    with pytest.raises(CollectionError, match="the database is empty") as caught:
        Database(path)
    assert caught.value.hint == "build the collection again"


def test_an_empty_file_can_become_a_collection(path):
    path.touch()
    made = Database(path, create=True)
    assert made.meta("uuid")
    made.close()


@pytest.mark.parametrize("create", [False, True])
def test_what_is_not_a_database_is_refused_and_kept(path, create):
    path.write_text("a letter to the editor\n" * 100)
    with pytest.raises(CollectionError, match="the database is damaged or is not one") as caught:
        Database(path, create=create)
    assert caught.value.where == str(path)
    assert caught.value.hint == "restore it from a backup, or remove the folder and build again"
    assert path.read_text().startswith("a letter")


@pytest.mark.parametrize("create", [False, True])
def test_a_newer_format_is_refused(db, path, create):
    rows(db, "PRAGMA user_version = 2")
    with pytest.raises(CollectionError, match="the collection has format 2, written by a newer version") as caught:
        Database(path, create=create)
    assert caught.value.expected == "format 1 or older"
    assert caught.value.hint == "upgrade related-articles"


def test_a_database_that_can_not_be_opened_is_one_error(path):
    path.mkdir()
    with pytest.raises(CollectionError):
        Database(path, create=True)


def test_another_programs_database_is_refused_and_kept(path):
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE sales (amount)")
    foreign.commit()
    with pytest.raises(CollectionError):
        Database(path, create=True)
    assert foreign.execute("SELECT name FROM sqlite_master").fetchall() == [("sales",)]
    foreign.close()


# Writing.


def test_a_write_makes_one_revision_and_an_entry_for_each_article(db):
    assert write(db, upsert("a"), upsert("b")) == 1
    assert write(db, upsert("b", title="New"), deletes=["a"]) == 2
    assert db.revision() == 2
    assert changes(db) == [(1, "a", "upsert"), (1, "b", "upsert"), (2, "a", "delete"), (2, "b", "upsert")]


def test_a_revision_says_when_it_was_made(db):
    write(db, upsert("a"))
    [(moment,)] = rows(db, "SELECT committed_at FROM revisions")
    assert len(moment) == len("2021-04-16T20:54:00.000Z")
    assert moment.endswith("Z")


def test_what_was_written_is_read_back(db):
    write(db, upsert("ä/1", title="Über"))
    stored = db.get("ä/1")
    assert stored.article_id == "ä/1"
    assert stored.article == Article(id="ä/1", title="Über")
    assert stored.text_hash == upsert("ä/1", title="Über").text_hash


def test_an_article_that_is_not_there_is_none(db):
    assert db.get("a") is None


def test_deleting_what_is_not_there_leaves_no_entry(db):
    write(db, deletes=["nobody"])
    assert changes(db) == []


def test_an_article_written_twice_in_one_batch_is_as_it_was_last(db):
    write(db, upsert("a", title="First"), upsert("a", title="Second"))
    assert db.get("a").article.title == "Second"
    assert changes(db) == [(1, "a", "upsert")]


def test_an_error_in_a_transaction_leaves_nothing_behind(db):
    write(db, upsert("a"))
    before = changes(db)
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.write(db.source_id("folder", "another"), [upsert("b")], ["a"])
        db.set_meta("key", "value")
        raise ZeroDivisionError
    assert (ids(db), db.revision(), changes(db), db.meta("key")) == (["a"], 1, before, None)
    assert rows(db, "SELECT location FROM sources") == [("site",)]


def test_nothing_of_a_transaction_is_seen_before_it_ends(db, other):
    with db.transaction():
        db.write(db.source_id("folder", "site"), [upsert("a")])
        assert other.count() == 0
    assert other.count() == 1


def test_a_write_without_secured_keeps_the_stored_one(db):
    write(db, upsert("a", secured='"blob"'))
    write(db, upsert("a", title="New"))
    assert db.stored_states(["a"])["a"].secured == '"blob"'
    assert db.get("a").article.title == "New"


def test_a_write_with_secured_takes_its_place(db):
    write(db, upsert("a", secured='"blob"'))
    write(db, upsert("a", secured='"other"'))
    assert db.stored_states(["a"])["a"].secured == '"other"'


def test_secured_is_not_handed_out_with_an_article(db):
    write(db, upsert("a", secured='"blob"'))
    assert db.get("a").article.secured is None


def test_an_id_of_another_source_is_refused_and_nothing_is_written(db):
    write(db, upsert("a"))
    with pytest.raises(DuplicateIdError, match="the id a belongs to another source") as caught:
        write(db, upsert("b"), upsert("a", path="b/a.md", title="Mine"), source="elsewhere")
    assert caught.value.where == "b/a.md"
    assert (ids(db), db.get("a").article.title, db.revision()) == (["a"], "Title a", 1)


def test_an_id_that_was_deleted_is_free_for_another_source(db):
    write(db, upsert("a"))
    write(db, deletes=["a"])
    write(db, upsert("a"), source="elsewhere")
    assert ids(db) == ["a"]


def fill(db, pages):
    rows(db, f"PRAGMA max_page_count = {pages}")
    write(db, *(upsert(f"a{number}", title="x" * 2000) for number in range(2000)))


@pytest.mark.parametrize("pages", [18, 24, 30, 40])
def test_a_write_that_does_not_fit_leaves_nothing_behind(db, pages):
    with pytest.raises(CollectionError):
        fill(db, pages)
    assert (db.count(), db.revision()) == (0, 0)


@pytest.mark.parametrize("pages", [18, 24, 30, 40])
def test_a_write_that_does_not_fit_says_why(db, pages):
    with pytest.raises(CollectionError, match="database or disk is full"):
        fill(db, pages)


def test_a_commit_that_fails_leaves_nothing_and_the_database_usable(db):
    def refuse(action, what, *_):
        commit = action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
        return sqlite3.SQLITE_DENY if commit else sqlite3.SQLITE_OK

    db._connection.set_authorizer(refuse)
    with pytest.raises(CollectionError):
        write(db, upsert("a"))
    db._connection.set_authorizer(None)
    write(db, upsert("b"))
    assert ids(db) == ["b"]


# Reading.


def test_articles_come_sorted_by_the_bytes_of_their_ids(db):
    names = ["b", "a", "ä", "Z", "a/b", "a-b", "😀", "\uffee", "中文"]
    write(db, *map(upsert, names))
    assert ids(db) == sorted(names, key=lambda name: name.encode())


def test_articles_are_streamed(db):
    write(db, upsert("a"), upsert("b"))
    stream = db.articles()
    assert next(stream).article_id == "a"
    assert next(stream).article_id == "b"
    assert next(stream, None) is None


def test_owned_articles_know_source_and_path(db):
    write(db, upsert("b", path="x/b.md"))
    write(db, upsert("a"), source="elsewhere")
    assert [(source, path, article.id) for source, path, article in db.owned_articles()] == [
        (2, "a.md", "a"),
        (1, "x/b.md", "b"),
    ]


def test_ids_are_found_by_the_key_of_their_url(db):
    write(db, upsert("b", url_key="x.example/1"), upsert("a", url_key="x.example/1"), upsert("c", url_key="x.example"))
    assert db.ids_by_url("x.example/1") == ["a", "b"]
    assert db.ids_by_url("x.example") == ["c"]
    assert db.ids_by_url("nobody.example") == []


def test_shared_urls_are_those_that_several_articles_have(db):
    write(
        db,
        *(upsert(name, url_key="z.example") for name in "ba"),
        *(upsert(name, url_key="y.example") for name in "fed"),
        upsert("alone", url_key="x.example"),
        upsert("none"),
        upsert("neither"),
    )
    assert db.shared_urls() == [("y.example", ["d", "e", "f"]), ("z.example", ["a", "b"])]


def test_states_are_found_for_more_ids_than_one_statement_binds(db):
    names = [f"a{number:04}" for number in range(1203)]
    write(db, *map(upsert, names))
    states = db.stored_states([*names, "nobody"])
    assert states.keys() == set(names)
    assert states["a1202"] == (1, "a1202.md", upsert("a1202").content_hash, None)
    assert db.stored_states([]) == {}


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, False),
        ({"secured": '"blob"'}, False),
        ({"secured": '"other"'}, True),
        ({"title": "New"}, True),
        ({"path": "moved.md"}, True),
    ],
)
def test_a_state_tells_whether_a_write_would_change_anything(db, change, differs):
    write(db, upsert("a", secured='"blob"'))
    assert db.stored_states(["a"])["a"].differs(upsert("a", **change)) is differs


def test_everything_read_in_one_reading_is_of_one_revision(db, other):
    write(db, upsert("a"))
    with db.reading():
        assert ids(db) == ["a"]
        write(other, upsert("b"), deletes=["a"])
        assert (ids(db), db.revision()) == (["a"], 1)
    assert (ids(db), db.revision()) == (["b"], 2)


def test_an_error_ends_a_reading(db, other):
    with pytest.raises(ZeroDivisionError), db.reading():
        raise ZeroDivisionError
    write(db, upsert("a"))
    assert other.count() == 1


@pytest.mark.parametrize("writer", ["db", "other"])
def test_the_state_changes_when_any_connection_commits(db, other, writer):
    before = db.state()
    assert db.state() == before
    write({"db": db, "other": other}[writer], upsert("a"))
    assert db.state() != before


def test_starting_over_forgets_articles_and_vectors_but_not_revision_numbers(db, other):
    write(db, upsert("a"))
    db.save_vectors("one", {b"a": np.ones(4, np.float32)})
    uuid = other.meta("uuid")
    db.start_over()
    assert other.count() == 0
    assert other.meta("uuid") != uuid
    assert other.revision() == 2
    assert other.load_vectors("one", [b"a"]) == {}


def test_vectors_of_another_size_are_dropped(db):
    db.save_vectors("one", {b"a": np.ones(4, np.float32), b"b": np.ones(3, np.float32)})
    with db.transaction():
        assert db.drop_broken_vectors("one", 4) == 1
    assert db.load_vectors("one", [b"a", b"b"]).keys() == {b"a"}


def test_articles_without_a_vector_are_named(db):
    write(db, upsert("a", text_hash=b"a"), upsert("b", text_hash=b"b"))
    db.save_vectors("one", {b"a": np.ones(4, np.float32)})
    assert [article.id for article in db.articles_without_vector("one")] == ["b"]


def test_meta_is_kept(db, path):
    assert db.meta("key") is None
    for value in ("old", "new"):
        with db.transaction():
            db.set_meta("key", value)
    db.close()
    again = Database(path)
    assert again.meta("key") == "new"
    again.close()


# Sources and files.


def test_a_source_keeps_its_number(db):
    with db.transaction():
        first, second = db.source_id("folder", "a"), db.source_id("file", "b")
        assert first != second
    with db.transaction():
        assert db.source_id("folder", "a") == first
    assert db.source_location(second) == "b"


def test_a_source_that_is_not_recorded_is_unknown(db):
    assert db.source_location(99) == "an unknown source"


def test_the_articles_of_a_source_are_known(db):
    write(db, upsert("a"), upsert("b", path="b/b.md"))
    write(db, upsert("c"), source="elsewhere")
    assert sorted(db.source_articles(1)) == [("a.md", "a"), ("b/b.md", "b")]


def test_file_states_are_kept_by_source_and_forgotten(db):
    state, newer = FileState(10, 2**62, 3, 2**62 + 1), FileState(11, 5, 6, 7)
    with db.transaction():
        first, second = db.source_id("folder", "a"), db.source_id("folder", "b")
        db.set_file_states(first, {"x.md": state, "y.md": state, "z.md": state})
        db.set_file_states(second, {"x.md": state})
        db.set_file_states(first, {"y.md": newer})
        db.forget_files(first, ["z.md", "never.md"])
    assert db.file_states(first) == {"x.md": state, "y.md": newer}
    assert db.file_states(second) == {"x.md": state}


# Vectors.


def test_vectors_are_read_as_they_were_written(db):
    vectors = {bytes([n // 256, n % 256]): np.float32([n, 1 / 3, -0.0, 1e-30]) for n in range(1203)}
    db.save_vectors("one", vectors)
    found = db.load_vectors("one", [*vectors, b"unknown"])
    assert found.keys() == vectors.keys()
    assert all(found[key].tobytes() == vectors[key].tobytes() for key in vectors)
    assert found[b"\0\0"].dtype == np.float32


def test_a_loaded_vector_can_not_be_changed(db):
    db.save_vectors("one", {b"a": np.ones(4, np.float32)})
    with pytest.raises(ValueError, match="read-only"):
        db.load_vectors("one", [b"a"])[b"a"][0] = 2


def test_vectors_are_kept_by_encoder(db):
    db.save_vectors("one", {b"a": np.ones(4, np.float32)})
    db.save_vectors("two", {b"a": np.zeros(4, np.float32)})
    assert db.load_vectors("one", [b"a"])[b"a"][0] == 1
    assert db.load_vectors("two", [b"a"])[b"a"][0] == 0
    assert db.load_vectors("three", [b"a"]) == {}


def test_the_first_vector_of_a_text_stays(db):
    db.save_vectors("one", {b"a": np.ones(4, np.float32)})
    db.save_vectors("one", {b"a": np.zeros(4, np.float32)})
    assert db.load_vectors("one", [b"a"])[b"a"][0] == 1


def test_vectors_of_other_encoders_and_of_no_article_are_dropped(db):
    write(db, upsert("a", text_hash=b"a"), upsert("b", text_hash=b"b"))
    vector = np.ones(4, np.float32)
    db.save_vectors("one", {b"a": vector, b"b": vector, b"gone": vector})
    db.save_vectors("two", {b"a": vector})
    with db.transaction():
        assert db.drop_unused_vectors("one") == 2
    assert db.load_vectors("one", [b"a", b"b", b"gone"]).keys() == {b"a", b"b"}
    assert db.load_vectors("two", [b"a"]) == {}


# What can go wrong.


def test_a_lock_held_too_long_is_an_error_that_says_so(path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    first, second = Database(path, create=True), Database(path)
    with first.transaction():
        with pytest.raises(CollectionError, match="another process has been writing for 0 seconds") as caught:
            write(second, upsert("a"))
        assert caught.value.hint == "try again when it is done"
        assert second.count() == 0
    write(second, upsert("a"))
    first.close()
    second.close()


def damaged(db, path):
    write(db, *(upsert(f"a{number}", title="word " * 200) for number in range(50)))
    db.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    return Database(path)


def test_a_damaged_page_is_one_error(db, path):
    opened = damaged(db, path)
    with pytest.raises(CollectionError, match="the database is damaged or is not one"), opened.reading():
        list(opened.articles())
    opened.close()


@pytest.mark.parametrize("read", [Database.count, Database.revision, lambda db: db.get("a1"), lambda db: db.meta("x")])
def test_a_damaged_page_is_one_error_outside_of_a_reading_too(db, path, read):
    opened = damaged(db, path)
    try:
        with pytest.raises(CollectionError):
            read(opened)
    finally:
        opened.close()


def test_a_torn_vector_is_one_error_or_none(db):
    db.save_vectors("one", {b"a": np.ones(4, np.float32)})
    rows(db, "UPDATE vectors SET vector = x'0000803f00'")
    with contextlib.suppress(CollectionError):
        assert db.load_vectors("one", [b"a"]) == {}
