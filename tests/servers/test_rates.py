"""How often one key or address may ask, counted by several workers together."""

from __future__ import annotations

from pathlib import Path

import httpx2
from support.serving import READ_KEY, WRITE_KEY, Server, problem, serving

# A window of a day, so that none ends while a test runs.
RATES = {"read_rate": "12/day", "write_rate": "5/day", "failure_rate": "4/day"}


def new_connection(server: Server, method: str, path: str, key: str | None = None) -> httpx2.Response:
    """Ask over a connection of its own, which any worker may take."""
    with server.client_of(key) as client:
        return client.request(method, path)


def test_workers_count_reads_together_by_key_and_address(site_copy: Path):
    with serving(site_copy, "--workers", 2, **RATES) as limited:
        answers = [new_connection(limited, "GET", "/v1/search?q=a") for _ in range(30)]
        assert [answer.status_code for answer in answers] == [200] * 12 + [429] * 18
        problem(answers[-1], "rate-limited")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 86_400
        # A key is counted by itself, and so is writing; who watches is not counted.
        assert new_connection(limited, "GET", "/v1/search?q=a", READ_KEY).status_code == 200
        assert new_connection(limited, "DELETE", "/v1/articles/a", WRITE_KEY).status_code == 404
        assert new_connection(limited, "GET", "/health/ready").status_code == 200
