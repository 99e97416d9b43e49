"""Bodies that are too large, too slow or never end."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.answering import ACLU
from support.serving import WRITE_KEY, ServerProcess, path_of, problem, serving

LARGE = 64_000_000


@pytest.fixture(scope="module")
def lean(module_copy) -> Iterator[ServerProcess]:
    """Has no model loaded, so that its memory can be watched."""
    with serving(module_copy()) as running:
        running.related(ACLU)
        yield running


def most_memory(server: ServerProcess) -> int:
    """The most bytes that the process ever held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 100_000):
        yield b"x" * 100_000


@pytest.mark.parametrize("is_chunked", [True, False])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/related"), ("PUT", path_of("large"))])
def test_a_large_body_is_refused_and_not_kept(lean: ServerProcess, method: str, path: str, is_chunked: bool):
    before = most_memory(lean)
    headers = {"content-type": "application/json"} | ({} if is_chunked else {"content-length": str(LARGE)})
    # The server answers before it has read all; whether the client sees the answer then is up to its network.
    with contextlib.suppress(httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError):
        problem(lean.writer.request(method, path, content=chunks(LARGE), headers=headers), "too-large")
    assert most_memory(lean) - before < LARGE / 4
    assert lean.related(ACLU).status_code == 200


def test_a_length_that_is_too_large_is_refused_before_anything_is_sent(lean: ServerProcess):
    head = f"PUT /v1/articles/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {WRITE_KEY}\r\nContent-Length: {LARGE}\r\n"
    with lean.socket() as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode())
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_is_told_that_it_is_too_large(lean: ServerProcess):
    headers = {"content-type": "application/json"}
    problem(lean.writer.post("/v1/related", content=chunks(2_100_000), headers=headers), "too-large")


def test_a_get_with_a_large_body_is_refused(lean: ServerProcess):
    with lean.socket() as connection:
        connection.sendall(f"GET /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n".encode())
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_slow_bodies_do_not_stop_answers(lean: ServerProcess):
    head = "Host: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n"
    with contextlib.ExitStack() as stack:
        for number in range(60):
            connection = stack.enter_context(lean.socket())
            line = "POST /v1/related" if number % 2 else "POST /v1/articles/batch"
            key = f"Authorization: Bearer {WRITE_KEY}\r\n"
            connection.sendall(f'{line} HTTP/1.1\r\n{head}{key}\r\n{{"title":'.encode())
        for _ in range(20):
            assert lean.related(ACLU).status_code == 200
    assert lean.related(ACLU).status_code == 200


def test_half_sent_headers_do_not_stop_answers(lean: ServerProcess):
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(lean.socket()).sendall(b"GET /v1/status HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        assert lean.related(ACLU).status_code == 200
