"""Two services, each with snapshots of its own, over one collection in PostgreSQL."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.answering import ACLU
from support.places import PostgresPlace
from support.postgres import PostgresServer, running_server
from support.serving import ServerProcess, path_of, serving, wait_until

from recommender.copying import copy_collection

Nodes = tuple[ServerProcess, ServerProcess]


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    with running_server("fsync=on") as server:
        yield server


@pytest.fixture(scope="module")
def nodes(database: PostgresServer, site_collection: Path, tmp_path_factory) -> Iterator[Nodes]:
    place = PostgresPlace(database, "nodes").address.text
    caches = [tmp_path_factory.mktemp(f"node-{number}") for number in (1, 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELATED_CACHE", str(caches[0]))
        copy_collection(site_collection, place)
    with serving(place, cache=caches[0]) as first, serving(place, cache=caches[1]) as second:
        yield first, second


def test_a_write_to_one_is_read_from_it_at_once_and_from_the_other_within_moments(nodes: Nodes):
    first, second = nodes
    delays = []
    for number in range(20):
        article = {"title": f"Seen by both {number}"}
        revision = first.writer.put(path_of("seen"), json=article).json()["revision"]
        written = time.monotonic()
        own = first.client.get("/v1/related", params={"id": "seen"}).json()
        assert own["revision"] == revision
        wait_until(lambda wanted=revision: second.client.get("/v1/status").json()["revision"] >= wanted, second)
        delays.append(time.monotonic() - written)
        assert second.client.get(path_of("seen")).json()["title"] == article["title"]
    print(f"seen by the other after {statistics.median(delays) * 1000:.1f} ms")
    for node in nodes:
        assert node.writer.delete(path_of("seen")).status_code in {204, 404}


def test_both_answer_alike_and_confirm_each_others_etags(nodes: Nodes):
    _, second = nodes
    answers = [node.related(ACLU) for node in nodes]
    assert answers[0].json() == answers[1].json()
    etag = answers[0].headers["etag"]
    confirmed = second.client.get("/v1/related", params={"id": ACLU}, headers={"if-none-match": etag})
    assert confirmed.status_code == 304


def test_while_the_database_is_away_requests_fail_at_once_and_afterwards_they_do_not(
    nodes: Nodes, database: PostgresServer
):
    first, _ = nodes
    revision = first.writer.put(path_of("kept"), json={"title": "Acknowledged"}).json()["revision"]
    database.kill()
    begun = time.monotonic()
    answers = [first.related(ACLU), first.writer.put(path_of("lost"), json={"title": "Lost"})]
    assert time.monotonic() - begun < 10
    for refused in answers:
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert "postgresql" not in refused.text
    assert first.client.get("/health/live").status_code == 200
    database.start()

    def answers_again() -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return all(node.related(ACLU).status_code == 200 for node in nodes)
        return False

    wait_until(answers_again, first)
    for node in nodes:
        assert node.client.get(path_of("kept")).json()["title"] == "Acknowledged"
        assert node.client.get("/v1/status").json()["revision"] >= revision


def test_no_log_and_no_process_list_shows_a_password(database: PostgresServer, site_collection, tmp_path, monkeypatch):
    monkeypatch.setenv("RELATED_CACHE", str(tmp_path / "cache"))
    place = PostgresPlace(database, "secret").address.text
    copy_collection(site_collection, place)
    # The server trusts everybody, so any password will do.
    with serving(place.replace("postgres@", "postgres:hunter2@"), is_ready=True) as node:
        assert node.related(ACLU).status_code == 200
        assert "hunter2" not in node.log()
        assert "hunter2" not in node.client.get("/metrics").text + node.client.get("/v1/status").text
