"""How often one key or address may ask; all workers count together."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from support.serving import READ_KEY, WRITE_KEY, Server, problem, serving

# A window of a day, so that none ends while a test runs.


def new_connection(
    server: Server, method: str, path: str, key: str | None = None, **options: object
) -> httpx2.Response:
    """Asked over a connection of its own, which any worker may take."""
    with server.client_of(key) as client:
        return client.request(method, path)


@pytest.fixture
def limited(site_copy) -> Iterator[Server]:
    rates = {"read_rate": "12/day", "write_rate": "5/day", "failure_rate": "4/day"}
    with serving(site_copy, "--workers", 2, **rates) as running:
        yield running


def test_workers_count_reads_together_by_key_and_address(limited: Server):
    answers = [new_connection(limited, "GET", "/v1/search?q=a") for _ in range(30)]
    assert [answer.status_code for answer in answers] == [200] * 12 + [429] * 18
    problem(answers[-1], "rate-limited")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 86_400
    # A key is counted by itself, and so is writing; who watches is not counted.
    assert new_connection(limited, "GET", "/v1/search?q=a", READ_KEY).status_code == 200
    assert new_connection(limited, "DELETE", "/v1/articles/a", WRITE_KEY).status_code == 404
    assert new_connection(limited, "GET", "/health/ready").status_code == 200


def test_workers_count_writes_together(limited: Server):
    answers = [new_connection(limited, "DELETE", "/v1/articles/a", WRITE_KEY) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 7
    problem(answers[-1], "rate-limited")
    assert new_connection(limited, "GET", "/v1/status", WRITE_KEY).status_code == 200


def test_wrong_keys_are_counted_and_never_lock_a_right_one_out(limited: Server):
    answers = [new_connection(limited, "GET", "/v1/status", f"guess-{number}") for number in range(10)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429] * 6
    problem(answers[-1], "rate-limited")
    assert new_connection(limited, "GET", "/v1/status", WRITE_KEY).status_code == 200
    assert new_connection(limited, "GET", "/v1/status").status_code == 200


def test_a_known_answer_is_counted_too(limited: Server):
    answer = new_connection(limited, "GET", "/v1/related?id=nowhere")
    assert answer.status_code == 404
    assert [new_connection(limited, "GET", "/v1/related?id=nowhere").status_code for _ in range(12)][-1] == 429
