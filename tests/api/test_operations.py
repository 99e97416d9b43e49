"""What an operator sees: life, readiness, status, the end."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.answering import ACLU
from support.serving import (
    Server,
    answering,
    path_of,
    problem,
    wait_until,
)

from recommender.build import build
from recommender.config import Settings
from recommender.related.recommender import Recommender
from service.engine import Engine
from service.settings import ServiceSettings


def test_a_server_that_is_up_lives_and_is_ready(server: Server):
    for path, status in (("/health/live", "alive"), ("/health/ready", "ready")):
        answer = server.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": status})
        assert answer.headers["cache-control"] == "no-store"


def test_status_tells_how_the_service_stands(server: Server, recommender: Recommender):
    status = server.client.get("/v1/status").json()
    with recommender.collection.reading() as view:
        assert (status["ready"], status["articles"], status["revision"]) == (True, len(view), view.revision)
        assert status["judging"] is False
        assert status["model"] == view.encoding.fingerprint
        assert status["settings"] == view.settings.ranking.model_dump()


def damaged(path: Path) -> None:
    file = path / "articles.db"
    file.write_bytes(b"\xff" * 100 + file.read_bytes()[100:])


def cut(path: Path) -> None:
    file = path / "articles.db"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def a_folder(path: Path) -> None:
    (path / "articles.db").unlink()
    (path / "articles.db").mkdir()


@pytest.mark.parametrize("harm", [shutil.rmtree, damaged, cut, a_folder])
def test_a_collection_that_can_not_be_opened_is_told_by_a_service_that_lives(site_copy: Path, harm, caplog):
    harm(site_copy)
    with answering(site_copy, is_ready=False) as running:
        wait_until(lambda: "cannot be opened" in caplog.text)
        told = problem(running.client.get("/health/ready"), "not-ready")
        assert told["detail"] == "the collection cannot be opened"
        for path in ("/v1/status", f"/v1/related?id={ACLU}", "/v1/map", "/v1/search?q=a", path_of(ACLU)):
            answer = running.client.get(path)
            problem(answer, "not-ready")
            assert int(answer.headers["retry-after"]) >= 1
        problem(running.writer.put(path_of("a"), json={"title": "A"}), "not-ready")
        problem(running.client.post("/v1/related", json={"title": "A"}), "not-ready")
        assert str(site_copy) not in running.client.get("/health/ready").text
        assert running.client.get("/health/live").status_code == 200
        assert caplog.text.count("cannot be opened") == 1


def test_a_snapshot_that_is_damaged_is_made_anew(site_copy: Path):
    for file in (site_copy / "snapshots").rglob("*"):
        if file.is_file():
            file.write_bytes(b"nothing")
    with answering(site_copy) as running:
        assert running.related(ACLU).json()["related"]


# The map of nothing has no mean, which numpy warns of.
def test_an_empty_collection_is_served(real_encoder, tmp_path: Path):
    build([], tmp_path / "empty", settings=Settings(), encoder=real_encoder)
    with answering(tmp_path / "empty") as running:
        assert running.client.get("/v1/map").json()["points"] == []
        assert running.client.get("/v1/search", params={"q": "a"}).json()["results"] == []
        assert running.client.get("/v1/articles").json()["total"] == 0
        assert running.client.get("/v1/status").json()["articles"] == 0
        problem(running.related("a"), "not-found")
        assert running.client.post("/v1/related", json={"title": "The first"}).json()["related"] == []
        assert running.writer.put(path_of("first"), json={"title": "The first"}).status_code == 200
        assert running.related("first").json()["related"] == []
        assert len(running.client.get("/v1/map").json()["points"]) == 1


def test_idle_connections_do_not_stop_answers(server: Server):
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(server.socket())
        for _ in range(10):
            with server.client_of() as client:
                assert client.get("/v1/related", params={"id": ACLU}).status_code == 200


def test_the_map_has_every_article_of_a_small_collection(server: Server):
    first = server.client.get("/v1/map").json()
    assert (len(first["points"]), first["articles"]) == (82, 82)
    assert {point["topic"] for point in first["points"]} <= set(range(-1, len(first["topics"])))
    assert server.client.get("/v1/map", params={"include": [ACLU, "nowhere"]}).json() == first


def test_wrong_settings_are_one_line(related, site_collection: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in (
        ("READ_RATE", "often"),
        ("TRUSTED_PROXIES", "proxy"),
        ("MAX_LIMIT", "0"),
        ("CACHE_SECONDS", "x"),
    ):
        with monkeypatch.context() as context:
            context.setenv(f"RELATED_{name}", value)
            done = related("serve", "--collection", site_collection, "--port", 0)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: environment: RELATED_{name}: ")
        assert done.stderr.count("\n") == 1


def test_no_collection_is_one_line(related, tmp_path: Path):
    done = related("serve", "--collection", tmp_path / "none", "--port", 0)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "there is no collection here" in done.stderr


def test_a_taken_port_is_an_error(related, server: Server, site_collection: Path):
    done = related("serve", "--collection", site_collection, "--port", server.port)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_opening_is_tried_again_whatever_went_wrong(site_copy: Path):
    async def opened() -> tuple[str, bool]:
        engine = Engine(ServiceSettings.read(collection=site_copy))
        right, failed = engine._stored.run, []

        async def fails_once(work: Any, *arguments: object) -> Any:
            if not failed:
                failed.append(KeyError("neighbour_days"))
                raise failed[0]
            return await right(work, *arguments)

        engine._stored.run = fails_once
        async with engine.running():
            while not engine.is_ready:
                await asyncio.sleep(0.01)
        return str(failed[0]), engine.failure is None

    assert asyncio.run(opened()) == ("'neighbour_days'", True)
