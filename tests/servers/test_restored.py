"""A backup that is restored, or moved into place, while a service answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.answering import ACLU
from support.commands import run_here
from support.serving import Server, listening, path_of


@pytest.fixture
def running(site_copy: Path) -> Iterator[Server]:
    with listening(site_copy) as server:
        yield server


def write(server: Server, title: str) -> int:
    answer = server.writer.put(path_of("tram"), json={"title": title})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["revision"])


@pytest.mark.parametrize("is_moved", [False, True])
def test_every_answer_is_of_the_backup_at_once(running: Server, tmp_path: Path, is_moved: bool):
    write(running, "Tram of Monday")
    done = run_here("backup", tmp_path / "monday.db", "--collection", running.collection)
    assert done.returncode == 0, done.stderr
    lost = write(running, "Tram of Tuesday")
    kept = {path: running.client.get(path) for path in (path_of(ACLU, "/related"), path_of("tram", "/related"))}
    if is_moved:
        shutil.move(tmp_path / "monday.db", running.collection / "articles.db")
    else:
        done = run_here("restore", tmp_path / "monday.db", "--collection", running.collection)
        assert done.returncode == 0, done.stderr
    for _ in range(20):
        assert running.client.get(path_of("tram")).json()["title"] == "Tram of Monday"
        assert running.client.get(path_of(ACLU, "/related")).json()["revision"] == lost - 1
    # The lost revision's number is given again; nobody takes the new answers for the old ones.
    assert write(running, "Tram of Wednesday") == lost
    for path, old in kept.items():
        answer = running.client.get(path, headers={"if-none-match": old.headers["etag"]})
        assert answer.status_code == 200
        assert answer.headers["etag"] != old.headers["etag"]
    assert running.client.get(path_of("tram", "/related")).json()["revision"] == lost
