"""Five thousand texts encoded by several processes, one of which is killed in the middle."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import ExitStack, closing

import pytest
from support.encoders import CountingEncoder
from support.processes import start

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings

TEXTS = 5000


@pytest.mark.timeout(600)
def test_all_texts_are_encoded_and_none_twice(server_place, tmp_path):
    source = tmp_path / "articles.jsonl"
    lines = [json.dumps({"id": f"a{number}", "title": f"Rain {number}"}) for number in range(TEXTS)]
    source.write_text("\n".join(lines), encoding="utf-8")
    build([], server_place, settings=Settings(), encoder=CountingEncoder())
    with ExitStack() as stack:
        logs = [tmp_path / f"worker-{number}" for number in range(3)]
        workers = [stack.enter_context(start("support.embedder", server_place, log)) for log in logs]
        for worker in workers:
            stack.callback(worker.kill)
        builder = stack.enter_context(start("support.queueing", server_place, source))
        stack.callback(builder.kill)
        while not logs[0].exists() or len(logs[0].read_text().splitlines()) < 3:
            time.sleep(0.01)
        workers[0].send_signal(signal.SIGKILL)
        assert builder.wait(timeout=500) == 0
    with closing(Collection.open(server_place)) as opened:
        assert opened.store.count() == TEXTS
        assert opened.store.check("counting-encoder").sound
        assert opened.store.queue.left("counting-encoder") == 0
    kept = [text for log in logs for text in log.read_text().splitlines() if text.startswith("kept ")]
    made = [text for line in kept for text in json.loads(line.removeprefix("kept "))]
    assert len(made) == len(set(made)), "a text was encoded twice though its first vector was kept"
    # What the killed one kept last it may not have told.
    print(f"{len(made)} of {TEXTS} told", file=sys.stderr)
    assert TEXTS - 64 <= len(made) <= TEXTS
