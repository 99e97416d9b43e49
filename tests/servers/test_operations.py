"""How a server begins and ends."""

from __future__ import annotations

import contextlib
import shutil
import signal
from pathlib import Path

import pytest
from support.answering import ACLU
from support.serving import WRITE_KEY, ServerProcess, path_of, problem, read_all, serving, serving_whatever, wait_until

from recommender.related.recommender import Recommender


def test_a_collection_that_comes_later_is_served_then(site_collection: Path, tmp_path: Path):
    with serving_whatever(tmp_path / "later") as running:
        problem(running.client.get("/health/ready"), "not-ready")
        shutil.copytree(site_collection, tmp_path / "copied")
        (tmp_path / "copied").rename(tmp_path / "later")
        wait_until(lambda: running.client.get("/health/ready").status_code == 200, running)
        assert running.related(ACLU).status_code == 200


def test_an_interrupted_server_leaves_nothing_behind(site_collection: Path):
    with serving(site_collection) as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(60) == 0
        assert left_behind(running) == []


def left_behind(server: ServerProcess) -> list[str]:
    return [entry.name for entry in server.log_path.parent.iterdir() if entry.name.startswith("related-")]


def test_a_running_request_is_finished_and_nothing_is_left_behind(site_copy: Path):
    with serving(site_copy) as running, running.socket() as connection:
        body = b'{"title":"Written while it ends"}'
        head = f"PUT {path_of('last')} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {WRITE_KEY}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:5])
        running.client.get("/health/live")
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Shutting down" in running.log())
        with pytest.raises(ConnectionRefusedError), running.socket():
            pass
        connection.sendall(body[5:])
        assert b'"status": "written"' in read_all(connection)
        assert running.process.wait(60) == 0
        assert left_behind(running) == []
    with contextlib.closing(Recommender.open(site_copy)) as recommender:
        assert recommender.collection.resolve("last") == "last"
