"""How often one key or address may ask; all workers count together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.serving import WRITE_KEY, Local, answering, problem

# A window of a day, so that none ends while a test runs.


RATES = {"read_rate": "12/day", "write_rate": "5/day", "failure_rate": "4/day"}


def ask(limited: Local, method: str, path: str, key: str = "") -> httpx2.Response:
    return limited.client.request(method, path, headers={"authorization": f"Bearer {key}"} if key else {})


@pytest.fixture
def limited(site_copy: Path) -> Iterator[Local]:
    with answering(site_copy, **RATES) as running:
        yield running


def test_writes_are_counted_apart(limited: Local):
    answers = [ask(limited, "DELETE", "/v1/articles/a", WRITE_KEY) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 7
    problem(answers[-1], "rate-limited")
    assert ask(limited, "GET", "/v1/status", WRITE_KEY).status_code == 200


def test_wrong_keys_are_counted_and_never_lock_a_right_one_out(limited: Local):
    answers = [ask(limited, "GET", "/v1/status", f"guess-{number}") for number in range(10)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429] * 6
    problem(answers[-1], "rate-limited")
    assert ask(limited, "GET", "/v1/status", WRITE_KEY).status_code == 200
    assert ask(limited, "GET", "/v1/status").status_code == 200


def test_a_known_answer_is_counted_too(limited: Local):
    answer = ask(limited, "GET", "/v1/related?id=nowhere")
    assert answer.status_code == 404
    assert [ask(limited, "GET", "/v1/related?id=nowhere").status_code for _ in range(12)][-1] == 429
