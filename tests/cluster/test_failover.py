"""A primary with a synchronous replica: what was acknowledged outlives the primary."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.encoders import CountingEncoder
from support.places import PostgresPlace
from support.postgres import PostgresServer, running_server
from support.soundness import answers_of, make_collection
from support.truth import ids, upsert, write

from recommender.article import Article
from recommender.errors import RelatedError, UnreachableError
from recommender.index.local.snapshot import published
from recommender.related.recommender import Recommender
from recommender.store.postgres import connection as connection_module
from recommender.store.postgres.address import PostgresAddress
from recommender.store.postgres.store import PostgresStore

Pair = tuple[PostgresServer, PostgresServer]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A primary that acknowledges nothing before its replica has it."""
    with running_server("fsync=on") as primary, running_server("fsync=on") as replica:
        with closing(PostgresPlace(primary, "pair").open(create=True)):
            pass
        replica.stop()
        replica.copy_of(primary, name="replica")
        replica.start()
        primary.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'replica'", "SELECT pg_reload_conf()")
        yield primary, replica


def both(pair: Pair) -> PostgresAddress:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in pair)
    return PostgresAddress.parse(f"postgresql://postgres@{hosts}/postgres?schema=pair")


def test_nothing_acknowledged_is_lost_when_the_primary_dies(pair: Pair):
    primary, replica = pair
    acknowledged: list[str] = []
    stop = threading.Event()

    def keep_writing() -> None:
        with closing(PostgresStore(both(pair))) as store:
            number = 0
            while not stop.is_set():
                name = f"a{number:06}"
                try:
                    write(store, upsert(name))
                except RelatedError:
                    # What the manual says: write it again.
                    time.sleep(0.05)
                    continue
                acknowledged.append(name)
                number += 1

    writers = threading.Thread(target=keep_writing)
    writers.start()
    while len(acknowledged) < 50:
        time.sleep(0.01)
    primary.kill()
    before = len(acknowledged)
    replica.run_sql("ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
    replica.promote()
    end = time.monotonic() + 60
    while len(acknowledged) < before + 50 and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    writers.join()
    assert len(acknowledged) >= before + 50
    with closing(PostgresPlace(replica, "pair").open()) as store:
        assert ids(store) == acknowledged
        with store.reading():
            assert store.check(None).sound
            assert store.revision().number == len(acknowledged)


def test_a_node_of_a_replica_has_snapshots_of_its_own(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RELATED_CACHE", str(tmp_path))
    primary, replica = (server.address("nodes") for server in pair)
    articles = [Article(id=f"a{number}", title=f"Rain {number}") for number in range(9)]
    make_collection(primary, articles)
    with closing(Recommender.open(primary)) as first:
        expected = answers_of(first)
        monkeypatch.setenv("RELATED_CACHE", str(tmp_path / "replica"))
        with closing(Recommender.open(replica)) as second:
            assert answers_of(second) == expected
            assert published(second.collection.snapshots) == [1]
            state = second.collection.store.state()
            first.collection.write([Article(id="new", title="Snow")], encoder=CountingEncoder())
            second.collection.store.wait(state, 5)
            assert "new" in second.rank(["new"])
            assert second.collection.publish(compact=True)
            assert published(second.collection.snapshots)[0] == 2


def test_a_write_that_no_replica_confirms_is_not_acknowledged(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection_module, "COMMIT_TIMEOUT_S", 1)
    _, replica = pair
    with closing(PostgresStore(both(pair))) as store:
        write(store, upsert("a"))
        replica.kill()
        with pytest.raises(UnreachableError, match="not confirmed by a replica") as caught:
            write(store, upsert("b"))
        assert caught.value.hint == "write it again: what was written already changes nothing"
        replica.start()
        assert write(store, upsert("b")).revision == 0, "it was kept"
        assert ids(store) == ["a", "b"]
