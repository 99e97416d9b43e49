"""Two processes that answer from one collection."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.answering import ACLU
from support.serving import ServerProcess, all_ready, path_of, serving, wait_until


@pytest.fixture(scope="module")
def pair(module_copy) -> Iterator[ServerProcess]:
    with serving(module_copy(), "--workers", 2) as running:
        yield running


def sums(server: ServerProcess, pattern: str) -> float:
    found = re.findall(rf"^{pattern} (\S+)$", server.client.get("/metrics").text, re.M)
    return sum(map(float, found))


def test_every_worker_sees_a_write_in_its_next_read(pair: ServerProcess):
    with contextlib.ExitStack() as stack:
        # Connections stay with the worker that took them.
        readers = [stack.enter_context(pair.client_of()) for _ in range(8)]
        for number in range(5):
            article = {"title": f"Seen by all {number}"}
            revision = pair.writer.put(path_of("seen"), json=article).json()["revision"]
            for reader in readers:
                assert reader.get(path_of("seen")).json()["title"] == article["title"]
                assert reader.get("/v1/related", params={"id": "seen"}).json()["revision"] == revision
                (found,) = reader.get("/v1/search", params={"q": "seen by al", "limit": 1}).json()["results"]
                assert (found["id"], found["title"]) == ("seen", article["title"])
        assert pair.writer.delete(path_of("seen")).status_code == 204
        assert {reader.get(path_of("seen")).status_code for reader in readers} == {404}


def test_metrics_are_of_all_workers_and_of_every_stage(pair: ServerProcess):
    pair.client.post("/v1/related", json={"title": "A draft"}).raise_for_status()
    # What is asked for here is counted before its answer is complete, or just after.
    count = r'related_requests_total\{method="GET",route="/v1/search",status="200"\}'
    before = sums(pair, count)
    for _ in range(40):
        with pair.client_of() as client:
            assert client.get("/v1/search", params={"q": "judge"}).status_code == 200
    for _ in range(20):
        with pair.client_of() as client:
            assert client.get("/v1/related", params={"id": ACLU}).status_code == 200
    wait_until(lambda: sums(pair, count) == before + 40, pair)
    for stage in ("search", "features", "score", "collapse", "serialise", "encode"):
        assert sums(pair, rf'related_stage_seconds_count\{{stage="{stage}"\}}') > 0
    assert sums(pair, "related_revision") == pair.client.get("/v1/status").json()["revision"]


def test_a_worker_that_dies_is_replaced_counted_and_never_seen_unready(pair: ServerProcess):
    asked = sums(pair, r'related_requests_total\{method="GET",route="/v1/search",status="200"\}')
    before = pair.workers()
    os.kill(before[0], signal.SIGKILL)
    statuses = set()
    while len(set(pair.workers()) - set(before)) < 1 or len(statuses) < 1:
        with contextlib.suppress(httpx2.TransportError), pair.client_of() as client:
            # Those that the killed worker held are cut off; nobody is sent away.
            statuses.add(client.get("/v1/search", params={"q": "judge"}).status_code)
    for _ in range(100):
        with pair.client_of() as client:
            statuses.add(client.get("/v1/search", params={"q": "judge"}).status_code)
    assert statuses == {200}
    assert sums(pair, "related_worker_deaths_total") == 1
    # What the dead one counted is not lost, and its successor adds to the same files.
    assert sums(pair, r'related_requests_total\{method="GET",route="/v1/search",status="200"\}') > asked
    assert len(list(shared_folder(pair).glob("counter_*.db"))) == 2
    assert "died" in pair.log()


def test_metrics_take_no_answer_down(pair: ServerProcess):
    folder = shared_folder(pair)
    shutil.rmtree(folder)
    for _ in range(20):
        with pair.client_of() as client:
            assert client.get("/v1/related", params={"id": ACLU}).status_code == 200
            assert client.get("/metrics").status_code == 200
    before = pair.workers()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(set(pair.workers()) - set(before)) == 1, pair)
    wait_until(lambda: all_ready(pair), pair)
    assert folder.is_dir()


# Last, for it ends the server of the others.
def test_workers_end_with_a_parent_that_is_killed(pair: ServerProcess):
    workers = pair.workers()
    pair.process.kill()
    pair.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    with pytest.raises(ConnectionRefusedError), pair.socket():
        pass


def test_both_workers_end_with_their_parent(site_copy: Path):
    with serving(site_copy, "--workers", 2) as running:
        workers, folder = running.workers(), shared_folder(running)
        assert len(workers) == 2
        assert running.stop() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
        assert not folder.exists()


def shared_folder(server: ServerProcess) -> Path:
    """The folder with the counts that the workers share."""
    # A lexical index that is being opened has a folder beside it for a moment.
    (found,) = {file.parent for file in server.log_path.parent.glob("related-*/*.db")}
    return found
