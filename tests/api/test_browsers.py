"""What browsers are told: security headers, and which origins may ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.answering import ACLU
from support.serving import Local, Server, answering, path_of, problem

NEWS, OTHER = "https://news.example", "https://evil.example"
PREFLIGHT = {"access-control-request-method": "GET", "access-control-request-headers": "authorization, if-none-match"}


@pytest.fixture(scope="module")
def shared(site_collection) -> Iterator[Local]:
    """May be asked by the pages of one origin."""
    with answering(site_collection, cors_origins=(NEWS, "https://www.news.example")) as running:
        yield running


ASKED = [
    ("GET", "/health/live"),
    ("GET", "/v1/status"),
    ("GET", path_of("nowhere")),
    ("GET", "/nowhere"),
    ("PUT", "/v1/articles/a"),
    ("POST", "/v1/search"),
    ("GET", "/v1/related?limit=x"),
    ("GET", "/v1/articles/%ff"),
    ("GET", "/" + "x" * 9000),
    ("HEAD", "/v1/status"),
    ("OPTIONS", "/v1/status"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/"),
]


def test_every_answer_has_security_headers(server: Server):
    for method, path in ASKED:
        headers = server.client.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-request-id"]
        assert "server" not in headers


def test_a_known_answer_has_security_headers(server: Server):
    first = server.related(ACLU)
    again = server.client.get(first.request.url, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["x-content-type-options"] == "nosniff"


def test_no_page_of_another_origin_may_ask_by_default(server: Server):
    for origin in (NEWS, OTHER, "null"):
        answer = server.client.get("/v1/related", params={"id": ACLU}, headers={"origin": origin})
        preflight = server.client.options("/v1/related", headers={"origin": origin, **PREFLIGHT})
        for headers in (answer.headers, preflight.headers):
            assert not [name for name in headers if name.startswith("access-control-")]


def test_a_listed_origin_may_ask(shared: Local):
    for origin in [NEWS, "https://www.news.example"]:
        preflight = shared.client.options("/v1/related", headers={"origin": origin, **PREFLIGHT})
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, origin)
        answer = shared.client.get("/v1/related", params={"id": ACLU}, headers={"origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        assert "origin" in answer.headers["vary"].lower()
        assert "etag" in answer.headers["access-control-expose-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers


def test_an_origin_that_is_not_listed_may_not(shared: Local):
    for origin in [OTHER, "null", f"{NEWS}.evil.example", "http://news.example", f"{NEWS}:8443"]:
        preflight = shared.client.options("/v1/related", headers={"origin": origin, **PREFLIGHT})
        answer = shared.client.get("/v1/related", params={"id": ACLU}, headers={"origin": origin})
        assert preflight.status_code == 400
        assert "access-control-allow-origin" not in preflight.headers
        assert "access-control-allow-origin" not in answer.headers


def test_no_page_of_another_origin_may_write(shared: Local):
    for method in ["PUT", "DELETE", "PATCH"]:
        headers = {"origin": NEWS, **PREFLIGHT, "access-control-request-method": method}
        assert shared.client.options("/v1/articles/a", headers=headers).status_code == 400


def test_a_listed_origin_may_read_problems_and_known_answers(shared: Local):
    origin = {"origin": NEWS}
    first = shared.client.get("/v1/related", params={"id": ACLU}, headers=origin)
    known = {**origin, "if-none-match": first.headers["etag"]}
    answers = [
        shared.client.get("/v1/related", params={"id": ACLU}, headers=known),
        shared.client.get("/v1/related", params={"id": "nowhere"}, headers=origin),
        shared.client.get("/v1/related", params={"limit": "x"}, headers=origin),
    ]
    assert [answer.status_code for answer in answers] == [304, 404, 422]
    assert {answer.headers.get("access-control-allow-origin") for answer in answers} == {NEWS}


def test_a_name_of_any_length_is_no_page(server: Server):
    for name in ("x" * 5000 + ".js", "..%2Fapp.js", "%00.js", ".js", "a/b.js"):
        problem(server.client.get(f"/static/{name}"), "no-such-page")
