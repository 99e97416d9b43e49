"""Heads of requests that are too large or no HTTP, before any key is asked for."""

from __future__ import annotations

import contextlib
import json

import pytest
from support.serving import Server

GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
CHUNKED = (
    b"POST /v1/related HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def answered(server: Server, request: bytes) -> tuple[int, dict[str, object]]:
    """The status and the problem that come back although the server may close before all is sent."""
    with server.socket() as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        received = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(1 << 16):
                received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n",
        GET + b"X-Endless: " + b"a" * 300_000,
        GET + b"".join(b"X-%d: %s\r\n" % (number, b"b" * 100) for number in range(1000)) + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["one header", "no end", "many headers", "address"],
)
def test_a_head_that_is_too_large_is_refused(server: Server, head: bytes):
    status, problem = answered(server, head)
    assert (status, problem["title"]) == (431, "Headers too large")
    assert problem["requestId"]
    assert server.client.get("/health/live").status_code == 200


def test_what_is_no_http_is_a_problem_too(server: Server):
    status, problem = answered(server, b"\x00\x01 no HTTP\r\n\r\n")
    assert (status, problem["type"]) == (400, "urn:problem:related-articles:bad-request")


def test_trailers_without_an_end_are_not_collected(server: Server):
    with server.socket() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(CHUNKED + b"2\r\n{}\r\n0\r\nX-Endless: ")
        for _ in range(100):
            connection.sendall(b"a" * 100_000)
        raise AssertionError("ten megabytes were taken")
    assert server.client.get("/health/live").status_code == 200


def test_a_head_below_the_limit_in_small_pieces_is_answered(server: Server):
    with server.socket() as connection:
        for piece in (GET, b"X-A: " + b"a" * 40_000, b"\r\nX-B: ", b"b" * 20_000, b"\r\nConnection: close\r\n\r\n"):
            connection.sendall(piece)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_bodies_in_small_chunks_are_no_head(server: Server):
    text = json.dumps({"title": "x" * 30_000}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in text)
    with server.socket() as connection:
        connection.sendall(CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + chunks + b"0\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
