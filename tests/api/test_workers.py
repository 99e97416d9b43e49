"""Two processes that answer from one collection; tests/servers has what becomes of them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from support.serving import path_of, serving


def test_every_worker_sees_a_write_in_its_next_read_and_ends_with_its_parent(site_copy: Path):
    with serving(site_copy, "--workers", 2) as pair, contextlib.ExitStack() as stack:
        # Connections stay with the worker that took them.
        readers = [stack.enter_context(pair.client_of()) for _ in range(8)]
        for number in range(2):
            article = {"title": f"Seen by all {number}"}
            pair.writer.put(path_of("seen"), json=article).raise_for_status()
            assert {reader.get(path_of("seen")).json()["title"] for reader in readers} == {article["title"]}
        workers = pair.workers()
        assert len(workers) == 2
        assert pair.stop() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
