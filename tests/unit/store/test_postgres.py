"""What only PostgreSQL has: addresses, outages, replicas, permissions, limits, and notices of writes."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from support.places import PostgresPlace
from support.postgres import running_server
from support.truth import ids, upsert, write

from recommender.collection import Collection
from recommender.errors import (
    ArticleError,
    BusyError,
    CollectionError,
    ConfigError,
    FormatError,
    NoCollectionError,
    UnreachableError,
)
from recommender.store.postgres import connection as connection_module
from recommender.store.postgres import store as store_module
from recommender.store.postgres.address import PostgresAddress

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def place(postgres_server):
    made = PostgresPlace(postgres_server, "only_here")
    yield made
    made.drop()


@pytest.fixture
def db(place):
    with closing(place.open(create=True)) as opened:
        yield opened


@contextmanager
def administrator(place):
    """A connection that may do anything."""
    with psycopg.connect(place.address.connection, autocommit=True) as connection:
        connection.execute(f"SET search_path TO {place.address.schema}")
        yield connection


# Addresses.


@pytest.mark.parametrize(
    ("text", "schema", "shown"),
    [
        ("postgresql://db.example/site", "related", "postgresql://db.example/site"),
        ("postgres://ada:secret@db.example:5433/site", "related", "postgresql://ada@db.example:5433/site"),
        ("postgresql://db.example/site?schema=news", "news", "postgresql://db.example/site?schema=news"),
        ("postgresql:///site?host=/run/postgresql&sslmode=disable", "related", "postgresql:///run/postgresql/site"),
        ("postgresql://ada:a%40b@a.example,b.example/site", "related", "postgresql://ada@a.example,b.example/site"),
    ],
)
def test_an_address_is_shown_without_its_secrets(text, schema, shown):
    address = PostgresAddress.parse(text)
    assert (address.schema, address.shown) == (schema, shown)
    assert "secret" not in repr(address)


def test_of_several_servers_the_one_that_takes_writes_is_used():
    assert "target_session_attrs=read-write" in PostgresAddress.parse("postgresql://a,b/site").connection
    chosen = PostgresAddress.parse("postgresql://a,b/site?target_session_attrs=any").connection
    assert "target_session_attrs=any" in chosen


@pytest.mark.parametrize("schema", ["Ä", "a b", 'a"; DROP', "", "1a"])
def test_a_strange_schema_is_refused(schema):
    with pytest.raises(ConfigError, match="the schema is named"):
        PostgresAddress.parse(f"postgresql://db.example/site?schema={schema}")


@pytest.mark.parametrize("rest", ["?password=hunter2&nothing=1", "?nothing=1"])
def test_a_wrong_address_is_refused_without_its_password(rest):
    with pytest.raises(ConfigError, match="the address of the database is wrong") as caught:
        PostgresAddress.parse(f"postgresql://ada:hunter2@db.example/site{rest}")
    assert "hunter2" not in str(caught.value)


# Opening.


def test_where_there_is_no_collection_the_error_says_how_to_make_one(place):
    with pytest.raises(NoCollectionError, match="there is no collection here") as caught:
        place.open()
    assert caught.value.hint == f"make one: related build SOURCE --collection {place.address.shown}"
    assert not Collection.exists(place.address.text)


def test_a_schema_with_other_tables_is_left_alone(place):
    with administrator(place) as connection:
        connection.execute("CREATE SCHEMA only_here; CREATE TABLE only_here.users (name text)")
    with pytest.raises(CollectionError, match="has other contents, such as the table users"):
        place.open(create=True)
    with administrator(place) as connection:
        assert connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'only_here'").fetchall() == [
            ("users",)
        ]


def test_a_newer_format_is_refused(db, place):
    with administrator(place) as connection:
        connection.execute("UPDATE counter SET format = 99")
    with pytest.raises(FormatError, match="format 99, written by a newer version"):
        place.open()


def test_many_processes_may_create_it_at_once(place):
    opened, errors = [], []

    def create():
        try:
            opened.append(place.open(create=True))
        except Exception as error:  # told by the test
            errors.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({store.uuid for store in opened}) == 1
    for store in opened:
        store.close()


def test_a_server_that_is_not_there_is_named_without_the_password(free_tcp_port=1):
    address = PostgresAddress.parse(f"postgresql://ada:hunter2@127.0.0.1:{free_tcp_port}/site")
    with pytest.raises(UnreachableError, match="the database server cannot be reached") as caught:
        store_module.PostgresStore(address)
    assert "hunter2" not in str(caught.value)
    assert caught.value.where == f"postgresql://ada@127.0.0.1:{free_tcp_port}/site"


def test_a_role_without_permission_is_told_which_it_lacks(db, place):
    with administrator(place) as connection:
        connection.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    address = PostgresAddress.parse(place.address.text.replace("postgres@", "guest@"))
    with pytest.raises(CollectionError, match="the role may not do this: permission denied"):
        store_module.PostgresStore(address)


# Values.


def test_a_nul_character_in_an_id_is_refused_and_nothing_is_kept(db):
    with pytest.raises(ArticleError, match="cannot store a value"):
        write(db, upsert("ok"), upsert("a\0b"))
    assert ids(db) == []


def test_texts_of_every_kind_come_back(db):
    title = 'tab\t"quotes" \\ %s ? {} 😀 \u2028 \x01'
    write(db, upsert("a?%s", title=title, secured='"?"'))
    assert db.get("a?%s").article.title == title


# Locks and limits.


def test_a_writer_that_waits_too_long_is_told_so(db, place, monkeypatch):
    monkeypatch.setattr(connection_module, "_SETTINGS", connection_module._SETTINGS.replace("'30s'", "'100ms'"))
    with closing(place.open()) as other, db.transaction():
        with pytest.raises(BusyError, match="another process has been writing"):
            write(other, upsert("a"))
        assert not other.connection.in_transaction


def test_a_statement_that_takes_too_long_is_cancelled(db):
    db.connection.execute("SET statement_timeout = '50ms'")
    with pytest.raises(BusyError, match="the server cancelled a statement"):
        db.connection.execute("SELECT pg_sleep(5)")


def test_a_limit_that_the_role_sets_is_kept(db, place):
    with administrator(place) as connection:
        connection.execute("ALTER ROLE postgres SET statement_timeout = '7s'")
    try:
        with closing(place.open()) as opened:
            assert opened.connection.one("SHOW statement_timeout") == ("7s",)
    finally:
        with administrator(place) as connection:
            connection.execute("ALTER ROLE postgres RESET statement_timeout")


def test_a_commit_is_durable_even_where_the_server_says_otherwise(db, place):
    with administrator(place) as connection:
        connection.execute("ALTER ROLE postgres SET synchronous_commit = off")
    try:
        with closing(place.open()) as opened:
            assert opened.connection.one("SHOW synchronous_commit") == ("on",)
    finally:
        with administrator(place) as connection:
            connection.execute("ALTER ROLE postgres RESET synchronous_commit")


def test_a_scan_that_is_left_early_holds_nothing(db):
    write(db, *(upsert(f"a{number:04}") for number in range(3000)))
    assert next(db.articles()).article_id == "a0000"
    with db.reading():
        assert next(db.articles()).article_id == "a0000"
    write(db, upsert("b"))
    assert db.count() == 3001


def test_a_scan_goes_on_while_others_are_asked_and_something_is_written(db):
    write(db, *(upsert(f"a{number:04}") for number in range(2500)))
    seen = []
    for stored in db.articles():
        if len(seen) == 1000:
            assert db.get(stored.article_id) == stored
            write(db, deletes=["a2499"])
        seen.append(stored.article_id)
    assert (len(seen), db.count()) == (2500, 2499)


# The change log.


def test_what_a_node_may_still_read_is_kept_for_a_day(db, monkeypatch):
    for name in "abc":
        write(db, upsert(name))
    with db.transaction():
        db.forget_changes(3)
    assert db.changed_since(0) == dict.fromkeys("abc", "upsert")
    monkeypatch.setattr(store_module, "KEEP_LOG", timedelta(days=-1))
    with db.transaction():
        db.forget_changes(2)
    assert (db.changed_since(0), db.changed_since(2)) == (None, {"c": "upsert"})


# Outages.


def test_a_connection_that_was_cut_is_opened_anew(db, place):
    write(db, upsert("a"))

    def cut():
        with administrator(place) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    cut()
    assert ids(db) == ["a"]
    cut()
    with db.reading():
        assert db.count() == 1
    cut()
    assert write(db, upsert("b")).revision == 2


def test_a_connection_that_is_cut_in_a_write_keeps_nothing_of_it(db, place):
    with pytest.raises(UnreachableError), db.transaction():
        db.write(db.source_id("folder", "site"), [upsert("a")])
        with administrator(place) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        db.write(db.source_id("folder", "site"), [upsert("b")])
    assert ids(db) == []
    assert write(db, upsert("a")).revision == 1


def test_a_server_that_was_killed_and_is_back_has_what_it_acknowledged():
    with running_server("fsync=on") as server:
        place = PostgresPlace(server, "killed")
        with closing(place.open(create=True)) as store:
            write(store, upsert("a"))
            server.kill()
            with pytest.raises(UnreachableError):
                store.count()
            server.start()
            assert ids(store) == ["a"]
            assert write(store, upsert("b")).revision == 2


# Replicas.


def test_a_replica_is_read_follows_by_asking_and_becomes_the_primary(tmp_path):
    with running_server("hot_standby=on") as primary, running_server() as replica:
        replica.stop()
        replica.copy_of(primary)
        place = PostgresPlace(primary, "followed")
        with closing(place.open(create=True)) as written:
            write(written, upsert("a"))
            replica.start()
            both = f"postgresql://postgres@127.0.0.1:{primary.port},127.0.0.1:{replica.port}/postgres?schema=followed"
            follower = PostgresPlace(replica, "followed")
            with (
                closing(follower.open()) as read,
                closing(store_module.PostgresStore(PostgresAddress.parse(both))) as sure,
            ):
                assert read.read_only and not sure.read_only
                seen = read.state()
                with pytest.raises(CollectionError, match="the server takes no writes: it is a replica"):
                    write(read, upsert("b"))
                write(written, upsert("b"))
                assert read.wait(seen, 10) != seen
                assert ids(read) == ["a", "b"]
                primary.kill()
                replica.promote()
                assert write(sure, upsert("c")).revision == 3
                assert write(read, upsert("d")).revision == 4
                assert ids(sure) == ["a", "b", "c", "d"]


# Hearing of writes.


def test_a_write_is_heard_of_at_once(db, place):
    with closing(place.open()) as other:
        seen = db.state()
        assert db.wait(seen, 0.01) == seen
        heard = []

        def listen():
            heard.append((db.wait(seen, 10), time.monotonic()))

        thread = threading.Thread(target=listen)
        thread.start()
        time.sleep(0.3)
        write(other, upsert("a"))
        written = time.monotonic()
        thread.join()
        assert heard[0][0] != seen
        assert heard[0][1] - written < 1, "it was polled for, not heard of"


def test_a_write_that_changes_nothing_wakes_nobody(db, place):
    write(db, upsert("a"))
    with closing(place.open()) as other:
        seen = db.state()
        assert write(other, upsert("a")).revision == 0
        assert db.state() == seen
