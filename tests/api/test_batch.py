"""Many articles, a line each, with a result for each as soon as it is known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from support.answering import ACLU
from support.serving import WRITE_KEY, Server, listening, path_of, problem, read_all, wait_until

PATH = "/v1/articles/batch"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {WRITE_KEY}\r\n"


def results(server: Server, body: bytes | Iterable[bytes]) -> list[dict[str, Any]]:
    answer = server.writer.post(PATH, content=body, headers={"content-type": "application/x-ndjson"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def line(article_id: str, **fields: object) -> bytes:
    return json.dumps({"id": article_id, "title": f"Tram {article_id}", **fields}).encode()


def kinds(found: Iterable[dict[str, Any]]) -> list[str]:
    return [one["problem"]["type"].rsplit(":", 1)[1] if "problem" in one else one["status"] for one in found]


def test_two_thousand_lines_with_every_tenth_broken(writable: Server):
    # Few texts, for what is tested is not the model.
    lines = [
        b"{broken" if number % 10 == 0 else line(f"many/{number}", title=f"Tram {number % 50}")
        for number in range(1, 2_001)
    ]
    body = b"\n".join(lines)
    found = results(writable, (body[start : start + 60_000] for start in range(0, len(body), 60_000)))
    assert [one["line"] for one in found] == list(range(1, 2_001))
    assert kinds(found) == ["bad-request" if number % 10 == 0 else "written" for number in range(1, 2_001)]
    assert [one.get("id") for one in found[:3]] == ["many/1", "many/2", "many/3"]
    assert writable.client.get(path_of("many/1999")).json()["title"] == "Tram 49"
    assert found[-2]["revision"] == writable.client.get("/v1/status").json()["revision"]


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (b"{", "bad-request"),
        (b"[]", "bad-request"),
        (b'"text"', "bad-request"),
        (b"\xff", "bad-request"),
        (b"\x00", "bad-request"),
        (b"[" * 100_000, "bad-request"),
        (b'{"id":"a","title":"\\ud800"}', "bad-request"),
        (b'{"id":"a","title":"b","quality":1e999}', "invalid-article"),
        (b'{"id":"a","title":"b","quality":' + b"1" * 5000 + b"}", "bad-request"),
        (b'{"title":"neither id nor webUrl"}', "invalid-article"),
        (b'{"id":"a"}', "invalid-article"),
        (b'{"id":"a\\u0000","title":"b"}', "invalid-article"),
        (json.dumps({"id": ACLU, "title": "b"}).encode(), "other-source"),
    ],
)
def test_a_broken_line_does_not_stop_the_others(writable: Server, broken: bytes, kind: str):
    found = results(writable, line("before") + b"\n" + broken + b"\n" + line("after"))
    assert [one["line"] for one in found] == [1, 2, 3]
    assert kinds(found)[1] == kind
    assert not set(kinds(found)) - {kind, "written", "unchanged"}


def test_blank_lines_are_counted_and_passed_over(writable: Server):
    body = b"\n\r\n" + line("blank/1") + b"\r\n  \n" + line("blank/2") + b"\n\n"
    assert [(one["line"], one["id"]) for one in results(writable, body)] == [(3, "blank/1"), (5, "blank/2")]


def test_the_last_line_needs_no_end_and_the_first_may_have_a_mark(writable: Server):
    found = results(writable, b"\xef\xbb\xbf" + line("mark/1") + b"\n" + line("mark/2"))
    assert [one["id"] for one in found] == ["mark/1", "mark/2"]


@pytest.mark.parametrize("body", [b"", b"\n", b"\n\n\n", b"  "])
def test_nothing_gives_nothing(writable: Server, body: bytes):
    assert results(writable, body) == []


def test_a_line_that_is_too_long_is_not_kept(writable: Server):
    long = line("long", body="x" * 2_000_000)
    found = results(writable, line("long/1") + b"\n" + long + b"\n" + line("long/2") + b"\n" + long)
    assert kinds(found) == ["written", "bad-request", "written", "bad-request"]
    problem(writable.client.get(path_of("long")), "not-found")


def test_an_address_stands_for_an_id(writable: Server):
    found = results(writable, b'{"webUrl":"https://a.example/x","title":"Tram"}')
    assert [one["id"] for one in found] == ["https://a.example/x"]


def test_of_two_lines_with_one_id_the_last_counts(writable: Server):
    assert kinds(results(writable, line("twice", excerpt="1") + b"\n" + line("twice", excerpt="2"))) == ["written"] * 2
    assert writable.client.get(path_of("twice")).json()["excerpt"] == "2"


def test_what_is_stored_already_is_unchanged(writable: Server):
    body = line("again/1") + b"\n" + line("again/2")
    results(writable, body)
    found = results(writable, body + b"\n" + line("again/3"))
    assert kinds(found) == ["unchanged", "unchanged", "written"]


def test_secured_is_kept_and_never_told(writable: Server):
    found = results(
        writable, line("kept-shut", secured="sealed-batch") + b"\n" + b'{"id":"x","secured":"sealed-batch"}'
    )
    assert kinds(found) == ["written", "invalid-article"]
    assert "sealed-batch" not in str(found)
    assert "sealed-batch" not in writable.log()


def test_results_arrive_before_the_whole_body_is_sent(writable: Server):
    with writable.socket() as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        answered = b""
        for part in range(3):
            body = b"".join(line(f"early/{part}/{number}", title="Early") + b"\n" for number in range(64))
            connection.sendall(f"{len(body):x}\r\n".encode() + body + b"\r\n")
            while answered.count(b'"line"') < 64 * (part + 1):
                more = connection.recv(1 << 16)
                assert more
                answered += more
        connection.sendall(b"0\r\n\r\n")
        read_all(connection)


def test_a_client_that_stops_in_the_middle_leaves_what_was_acknowledged(writable: Server):
    body = b"".join(line(f"half/{number}", title="Half") + b"\n" for number in range(100))
    with writable.socket() as connection:
        connection.sendall(f"{HEAD}Content-Length: {len(body) + 100}\r\n\r\n".encode() + body)
        answered = b""
        while answered.count(b'"line"') < 64:
            answered += connection.recv(1 << 16)
    # The request ends, and its line is in the log.
    wait_until(lambda: writable.client.get(path_of("half/63")).status_code == 200)
    assert writable.client.get(path_of("half/0")).status_code == 200
    assert writable.client.get("/health/ready").status_code == 200


def test_a_client_that_stops_before_the_first_line(writable: Server):
    for sent in (b"", b'{"id":"cut', b'{"id":"cut","title":"x"}\n'):
        with writable.socket() as connection:
            connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n".encode() + sent)
    assert writable.client.get("/health/ready").status_code == 200


@pytest.fixture(scope="module")
def small(module_copy) -> Iterator[Server]:
    """Takes small bodies alone."""
    with listening(module_copy(), max_body_bytes=2000, max_batch_bytes=300_000) as running:
        yield running


def test_a_batch_that_is_too_large_is_refused(small: Server):
    problem(small.writer.post(PATH, content=b"x" * 300_001), "too-large")


def test_a_stream_that_grows_too_large_ends_with_a_problem(small: Server):
    found = results(small, iter([b"{broken" + b"x" * 100 + b"\n"] * 4000))
    assert kinds(found[-1:]) == ["too-large"]
    assert set(kinds(found[:-1])) == {"bad-request"}


def test_a_line_may_be_as_long_as_an_article(small: Server):
    fits = b'{"title":"' + b"x" * 1988 + b'"}'
    assert kinds(results(small, fits + b"\n" + fits + b" ")) == ["invalid-article", "bad-request"]
