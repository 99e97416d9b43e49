"""Who may read and who may write."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.answering import ACLU
from support.serving import READ_KEY, WRITE_KEY, Local, Server, answering, listening, path_of, problem

from service.settings import digest_key

NEXT_KEY = "next-key-51c8d0"
READS = ["/v1/status", "/v1/map", "/v1/search?q=a", "/metrics", path_of(ACLU), path_of(ACLU, "/related")]
KEYS = (WRITE_KEY, READ_KEY, NEXT_KEY)


@pytest.fixture(scope="module")
def closed(module_copy) -> Iterator[Server]:
    """Nobody reads without a key, and keys are being exchanged."""
    digests = f"{digest_key(WRITE_KEY)}, {digest_key(NEXT_KEY)}"
    with listening(module_copy(), read_open=False, write_keys=digests, failure_rate="") as running:
        yield running


@pytest.fixture(scope="module")
def unwritable(module_copy) -> Iterator[Local]:
    """Nobody may write."""
    with answering(module_copy(), write_keys="", failure_rate="") as running:
        yield running


def write(server: Server | Local, headers: dict[str, str]) -> list:
    """Everything that writes, tried."""
    article = json.dumps({"title": "A"})
    asked = [
        ("PUT", "/v1/articles/a", article),
        ("DELETE", "/v1/articles/a", ""),
        ("POST", "/v1/articles/batch", article),
    ]
    headers = {"content-type": "application/json", **headers}
    return [server.client.request(method, path, content=body, headers=headers) for method, path, body in asked]


def test_nothing_is_written_without_a_key(server: Server):
    for answer in write(server, {}):
        problem(answer, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_wrong_key_is_refused_for_reading_too(closed: Server):
    for key in ["wrong", WRITE_KEY + "x", WRITE_KEY[:-1], digest_key(WRITE_KEY), "é", WRITE_KEY.upper()]:
        headers = {"authorization": f"Bearer {key}".encode("latin-1")}
        for answer in [*write(closed, headers), closed.client.get("/v1/status", headers=headers)]:
            problem(answer, "unauthorized")


def test_a_key_comes_as_a_bearers(closed: Server):
    for header in [WRITE_KEY, f"Basic {WRITE_KEY}", f"Bearer{WRITE_KEY}", "Bearer", "", f"Bearer {WRITE_KEY} x"]:
        problem(closed.client.get("/v1/status", headers={"authorization": header}), "unauthorized")


def test_the_schemes_case_does_not_count(closed: Server):
    for scheme in ["Bearer", "bearer", "BEARER"]:
        assert closed.client.get("/v1/status", headers={"authorization": f"{scheme} {WRITE_KEY}"}).status_code == 200


def test_a_key_that_may_read_writes_nothing(closed: Server):
    for answer in write(closed, {"authorization": f"Bearer {READ_KEY}"}):
        problem(answer, "forbidden")


def test_where_no_key_may_write_nothing_is_written(unwritable: Local):
    for headers in ({}, {"authorization": f"Bearer {READ_KEY}"}):
        for answer in write(unwritable, headers):
            problem(answer, "forbidden")
    for answer in write(unwritable, {"authorization": f"Bearer {WRITE_KEY}"}):
        problem(answer, "unauthorized")


def test_old_and_new_keys_hold_while_they_are_exchanged(closed: Server):
    for key in (WRITE_KEY, NEXT_KEY):
        with closed.client_of(key) as client:
            problem(client.delete("/v1/articles/nowhere"), "not-found")


def test_reading_needs_a_key_where_it_is_not_open(closed: Server):
    for path in READS:
        problem(closed.client.get(path), "unauthorized")
        for key in KEYS:
            assert closed.client.get(path, headers={"authorization": f"Bearer {key}"}).status_code == 200


def test_a_draft_needs_a_key_to_read_alone(closed: Server):
    problem(closed.client.post("/v1/related", json={"title": "A"}), "unauthorized")
    with closed.client_of(READ_KEY) as client:
        problem(client.post("/v1/related", json={"title": ""}), "invalid-article")


def test_who_watches_needs_no_key(closed: Server):
    for path in ["/health/live", "/health/ready", "/openapi.json"]:
        assert closed.client.get(path).status_code == 200


def test_a_known_answer_is_not_for_strangers(closed: Server):
    first = closed.writer.get("/v1/related", params={"id": ACLU})
    known = {"if-none-match": first.headers["etag"]}
    assert closed.writer.get(first.request.url, headers=known).status_code == 304
    problem(closed.client.get(first.request.url, headers=known), "unauthorized")
    wrong = {**known, "authorization": "Bearer wrong"}
    problem(closed.client.get(first.request.url, headers=wrong), "unauthorized")


def test_no_key_is_ever_in_the_log(closed: Server):
    for key in (*KEYS, "stolen-key-990"):
        with closed.client_of(key) as client:
            client.get("/v1/status")
            client.get("/v1/status", params={"key": key})
            client.get(f"/v1/articles/{key}")
            client.put("/v1/articles/a", content=key)
            client.get(f"/{key}")
        closed.raw(f"GET / HTTP/9\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    assert not any(secret in closed.log() for key in (*KEYS, "stolen-key-990") for secret in (key, digest_key(key)))


def test_settings_that_are_wrong_are_one_line_without_the_key(related, site_collection, monkeypatch):
    for name, value in (("WRITE_KEYS", NEXT_KEY), ("READ_KEYS", f"{digest_key(NEXT_KEY)[:-1]},{NEXT_KEY}")):
        with monkeypatch.context() as context:
            context.setenv(f"RELATED_{name}", value)
            done = related("serve", "--collection", site_collection, "--port", 0)
        assert (done.returncode, done.stdout) == (1, "")
        told = "expected the SHA-256 digest of a key, 64 hex digits; related key prints one"
        assert done.stderr == f"error: environment: RELATED_{name}: {told}\n"


def test_a_made_key_and_its_digest_belong_together(related):
    made = related("key")
    key, digest = (line.split()[1] for line in made.stdout.splitlines())
    assert (made.returncode, digest_key(key)) == (0, digest)
    assert related("key", "--digest-of", key).stdout == f"{digest}\n"
    assert related("key").stdout != made.stdout
