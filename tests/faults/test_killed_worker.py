"""Workers that are killed while clients write."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.serving import WRITE_KEY, ServerProcess, all_ready, path_of, serving, wait_until


@pytest.fixture
def pair(site_collection: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    with serving(Path(shutil.copytree(site_collection, tmp_path / "collection")), "--workers", 2) as running:
        yield running


def test_a_killed_worker_takes_no_acknowledged_write_with_it(pair: ServerProcess):
    assert len(pair.workers()) == 2
    acknowledged: list[str] = []
    failed: list[str] = []
    is_over = threading.Event()

    def write(name: str) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            article_id = f"killed/{name}/{number}"
            try:
                with httpx2.Client(headers={"authorization": f"Bearer {WRITE_KEY}"}, trust_env=False) as client:
                    # Few texts, for what is tested is not the model.
                    done = client.put(pair.url + path_of(article_id), json={"title": f"T{number % 5}"}, timeout=60)
            except httpx2.TransportError:
                continue  # It was with the worker that was killed.
            (acknowledged if done.status_code == 200 else failed).append(f"{article_id} {done.status_code}")

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    try:
        for _ in range(2):
            enough = len(acknowledged) + 15
            wait_until(lambda enough=enough: len(acknowledged) >= enough, pair)
            before = pair.workers()
            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda before=before: len(set(pair.workers()) - {before[0]}) == 2, pair)
            assert before[1] in pair.workers()
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    # A worker that is new may not be ready yet, and says so.
    assert {one.rsplit(" ", 1)[1] for one in failed} <= {"503"}
    wait_until(lambda: all_ready(pair), pair)
    for one in acknowledged:
        assert pair.client.get(path_of(one.rsplit(" ", 1)[0])).status_code == 200
