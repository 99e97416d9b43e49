"""Five thousand texts encoded on a Ray cluster of two nodes, one worker of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.encoders import CountingEncoder
from support.processes import TESTS
from support.serving import free_port, wait_until

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.text import text_hash

TEXTS = 5000
RAY = TESTS.parent / "build" / "ray"


def environment() -> dict[str, str]:
    path = os.pathsep.join(map(str, (TESTS.parent, TESTS, RAY)))
    return {**os.environ, "PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a head on one loopback address, with a second node on another."""
    program = RAY / "bin" / "ray"
    if not program.exists():
        pytest.skip("there is no Ray here: make test-cluster installs it")
    port = free_port()
    common = ["--num-cpus=2", "--disable-usage-stats"]

    def ray(*arguments: str) -> None:
        command = [sys.executable, "-m", "ray.scripts.scripts", *arguments]
        subprocess.run(command, env=environment(), check=True, capture_output=True, timeout=120)

    ray("start", "--head", "--node-ip-address=127.0.0.1", f"--port={port}", "--include-dashboard=false", *common)
    try:
        ray("start", f"--address=127.0.0.1:{port}", "--node-ip-address=127.0.0.2", *common)
        yield f"127.0.0.1:{port}"
    finally:
        ray("stop", "--force")


@pytest.mark.timeout(900)
def test_all_texts_are_encoded_though_a_worker_is_killed(cluster: str, server_place: str, tmp_path: Path):
    build([], server_place, settings=Settings(), encoder=CountingEncoder())
    texts = {text_hash(f"Rain {number}"): f"Rain {number}" for number in range(TEXTS)}
    with closing(Collection.open(server_place)) as opened:
        queue = opened.store.queue
        queue.put("counting-encoder", texts)
        command = [sys.executable, "-m", "support.ray_embedder", cluster, server_place, str(tmp_path)]
        with subprocess.Popen(command, env=environment()) as driver:
            wait_until(lambda: len(list(tmp_path.glob("*.log"))) >= 2)
            time.sleep(1)
            victim = int(sorted(tmp_path.glob("*.log"))[0].stem)
            os.kill(victim, signal.SIGKILL)
            assert queue.left("counting-encoder") > 0, "it was over before one was killed"
            assert driver.wait(timeout=600) == 0
        assert queue.left("counting-encoder") == 0
        assert len(opened.store.load_vectors("counting-encoder", list(texts))) == TEXTS
    kept = [
        text for log in tmp_path.glob("*.log") for line in log.read_text().splitlines() for text in json.loads(line)
    ]
    assert len(kept) == len(set(kept)), "a text was encoded twice though its first vector was kept"
