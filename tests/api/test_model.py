"""What is told when the model is busy, or is not the one of the collection, or somebody else writes."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
from support.answering import ACLU
from support.serving import Server, answering, listening, path_of, problem, wait_until

from recommender.build import build
from recommender.config import Settings


def test_more_texts_than_may_wait_are_sent_away_and_reading_goes_on(site_collection: Path):
    with listening(site_collection, max_encodes=1) as running, ThreadPoolExecutor(8) as pool:

        def draft(number: int) -> httpx2.Response:
            return running.client.post("/v1/related", json={"title": f"Draft {number}"})

        # The first has the model loaded, which takes longer than it takes the others to come.
        answers = [pool.submit(draft, number) for number in range(8)]
        wait_until(lambda: any(answer.done() for answer in answers), running)
        assert running.related(ACLU).status_code == 200
        found = [answer.result() for answer in answers]
        refused = [answer for answer in found if answer.status_code != 200]
        assert len(refused) < len(found)
        for answer in refused:
            problem(answer, "encoder-busy")
            assert int(answer.headers["retry-after"]) >= 1
        assert refused
        assert draft(9).status_code == 200


def test_more_requests_than_may_wait_are_asked_to_come_again(site_collection: Path):
    with listening(site_collection, max_waiting=2) as running, ThreadPoolExecutor(12) as pool:
        ids = [item["id"] for item in running.related(ACLU, limit=12, min_score=0).json()["related"]]

        def ask(number: int) -> httpx2.Response:
            return running.related(ids[number % len(ids)], limit=20, explain=True, diversity=number / 1000)

        found = list(pool.map(ask, range(120)))
        refused = [answer for answer in found if answer.status_code != 200]
        assert 0 < len(refused) < len(found)
        for answer in refused:
            problem(answer, "overloaded")
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
        assert running.related(ACLU).status_code == 200


def test_a_model_that_cannot_be_loaded_does_not_hinder_answers(site_collection: Path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError("no such model")

    monkeypatch.setattr("service.engine.QuickEncoder", fail)
    with answering(site_collection, warm_model=True) as running:
        assert running.related(ACLU).status_code == 200


def test_a_collection_of_another_model_answers_for_what_is_stored(tmp_path: Path, counting_encoder):
    source = tmp_path / "articles.jsonl"
    source.write_text(
        "".join(json.dumps({"id": name, "title": f"Tram {name}"}) + "\n" for name in "ab"), encoding="utf-8"
    )
    build([source], tmp_path / "other", settings=Settings(), encoder=counting_encoder)
    with answering(tmp_path / "other") as running:
        assert running.related("a", min_score=0).json()["related"]
        for answer in (
            running.client.post("/v1/related", json={"title": "A"}),
            running.writer.put(path_of("c"), json={"title": "C"}),
        ):
            assert answer.status_code == 503
            assert problem(answer, answer.json()["type"].rsplit(":", 1)[1])
            assert str(tmp_path) not in answer.text
        assert running.related("b", min_score=0).status_code == 200


def test_deleting_waits_for_who_writes_and_reading_does_not(writable: Server):
    writable.writer.put(path_of("awaited"), json={"title": "Awaited"}).raise_for_status()
    with ThreadPoolExecutor(1) as pool, closing(sqlite3.connect(writable.collection / "articles.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        deleting = pool.submit(writable.writer.delete, path_of("awaited"))
        for _ in range(20):
            assert writable.client.get(path_of("awaited")).status_code == 200
        assert not deleting.done()
        other.rollback()
        assert deleting.result().status_code == 204
