"""What a service does by itself now and then: an empty log, a new snapshot, and none of the old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.serving import Local, answering, path_of, wait_until

from recommender.index.local.snapshot import published
from service import engine


@pytest.fixture
def running(site_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    monkeypatch.setattr(engine, "TIDY_EVERY_S", 0.3)
    monkeypatch.setattr(engine, "LEAST_CHANGES", 20)
    with answering(site_copy) as local:
        yield local


def test_no_lane_holds_an_old_snapshot_for_want_of_requests(running: Local):
    snapshots = running.collection / "snapshots"
    before = published(snapshots)
    lines = "".join(json.dumps({"id": f"new/{number}", "title": f"Tram {number % 5}"}) + "\n" for number in range(40))
    written = running.writer.post("/v1/articles/batch", content=lines, headers={"content-type": "application/x-ndjson"})
    assert written.status_code == 200
    # Nobody asks for a draft, a search or the map, which the second lane answers.
    wait_until(lambda: published(snapshots) and not set(before) & set(published(snapshots)))
    assert len(published(snapshots)) == 1
    assert running.client.get("/v1/status").json()["changes"] == 0


def test_the_log_is_emptied_and_what_was_deleted_is_not_in_it(running: Local):
    log = running.collection / "articles.db-wal"
    running.writer.put(path_of("x"), json={"title": "Quokka", "secured": "Numbat"}).raise_for_status()
    running.writer.delete(path_of("x")).raise_for_status()
    wait_until(lambda: log.stat().st_size == 0)
    assert b"Numbat" not in (running.collection / "articles.db").read_bytes()
