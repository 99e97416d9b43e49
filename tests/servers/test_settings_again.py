"""Settings that are read again on SIGHUP, which ends no service."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from support.serving import READ_KEY, read_all, serving, wait_until

from service.settings import digest_key


@pytest.mark.parametrize("workers", [1, 2])
def test_keys_are_read_again_on_sighup(site_copy: Path, tmp_path: Path, workers: int):
    file = tmp_path / "related.env"
    file.write_text("RELATED_CACHE_SECONDS=0\n", encoding="utf-8")
    with serving(site_copy, "--workers", workers, "--env-file", file, without=("read_open", "read_keys")) as running:

        def statuses(key: str | None = None) -> set[int]:
            found = set()
            for _ in range(20):
                with running.client_of(key) as client:
                    found.add(client.get("/v1/status").status_code)
            return found

        assert statuses() == {200}
        before = set(running.workers())
        file.write_text(f"RELATED_READ_KEYS={digest_key(READ_KEY)}\n", encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        # Until the last of several workers has been replaced, chance decides which one answers.
        wait_until(lambda: workers == 1 or (len(running.workers()) == workers and before.isdisjoint(running.workers())))
        wait_until(lambda: statuses() == {401}, running)
        assert statuses(READ_KEY) == {200}
        file.write_text("RELATED_READ_KEYS=not-a-digest\n", encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "64 hex digits" in running.log(), running)
        assert statuses(READ_KEY) == {200}
        assert not running.has_ended()


def test_who_has_just_connected_is_answered_by_a_worker_that_ends(site_copy: Path):
    with serving(site_copy) as running:
        connections = [running.socket() for _ in range(10)]
        assert running.client.get("/health/live").status_code == 200, "they have been accepted too"
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Shutting down" in running.log(), running)
        for connection in connections:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
        for connection in connections:
            with connection:
                assert read_all(connection).startswith(b"HTTP/1.1 200")
