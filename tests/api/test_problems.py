"""Whatever is wrong is told as a problem document of a known kind."""

from __future__ import annotations

import json
import re
from itertools import product

import httpx2
import pytest
from support.answering import ACLU
from support.serving import Server, path_of, problem, wait_until

JSON = {"content-type": "application/json"}


def post(server: Server, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    return server.client.post("/v1/related", content=body, headers=JSON if headers is None else headers)


def test_an_unknown_page_is_a_problem(server: Server):
    for path in [
        "/v1",
        "/v1/",
        "/v2/related",
        "/v1/articles/",
        "/v1/related/",
        "/x%00",
        "//",
        "/admin",
    ]:
        problem(server.client.get(server.url + path), "no-such-page")


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("guides/related", "guides%2Frelated"),
        ("guides/a/related", "guides%2Fa/related"),
        ("guides/2021/a/story", "guides%2F2021%2Fa/story"),
    ],
)
def test_an_id_with_slashes_is_told_how_to_be_written(server: Server, path: str, right: str):
    answer = server.client.get(server.url + f"/v1/articles/{path}")
    if path == "guides/related":
        problem(answer, "not-found")  # the article `guides`
        answer = server.client.get(server.url + "/v1/articles/guides/related/x")
        right = "guides%2Frelated%2Fx"
    told = problem(answer, "no-such-page")
    assert told["hint"].endswith(f"as in /v1/articles/{right}")


def test_an_option_that_is_given_twice_is_a_problem(server: Server):
    for query in ["limit=5&limit=6", "limit=5&topic=a&limit=5", "%6cimit=5&limit=5", "explain=&explain="]:
        told = problem(server.client.get(f"{path_of(ACLU)}/related?{query}"), "invalid-option")
        assert told["detail"].endswith("is given several times")
    assert server.client.get(f"{path_of(ACLU)}/related?topic=a&topic=b&where=type%3Darticle").status_code == 200


def test_a_method_that_a_page_does_not_take_is_a_problem(server: Server):
    for method, path in [
        ("POST", "/v1/search"),
        ("PATCH", "/v1/articles/a"),
        ("POST", "/v1/articles/a"),
        ("PATCH", "/v1/articles/a/related"),
        ("DELETE", "/v1/related"),
        ("PUT", "/health/live"),
        ("OPTIONS", "/v1/status"),
        ("TRACE", "/v1/status"),
        ("POST", "/openapi.json"),
    ]:
        answer = server.client.request(method, path)
        problem(answer, "method-not-allowed")
        assert answer.headers["allow"]
        assert method not in answer.headers["allow"]


def test_allow_names_every_method_of_a_page(server: Server):
    assert server.client.patch("/v1/articles/a").headers["allow"] == "DELETE, GET, HEAD, PUT"
    assert server.client.delete("/v1/related").headers["allow"] == "GET, HEAD, POST"


def test_a_body_of_another_type_is_a_problem(server: Server):
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x", ""]:
        problem(post(server, b'{"title":"a"}', {"content-type": media_type}), "unsupported-media-type")


def test_a_body_without_a_type_is_a_problem(server: Server):
    problem(post(server, b'{"title":"a"}', {}), "unsupported-media-type")


def test_json_has_several_names(server: Server):
    for media_type in ["application/json", "application/json; charset=utf-8", "application/ld+json"]:
        assert post(server, b'{"title":"a"}', {"content-type": media_type}).status_code == 200


def test_a_body_that_is_no_json_is_a_problem(server: Server):
    for body in [
        *(b"{", b"{'title':'a'}", b'{"title":"a"}}', b"\xff", b'{"title":"\xff"}', b"\x00", b"\xfe\xff\x00{", b" "),
        *(b"[" * 100_000, b'{"title":"a","x":' + b"[" * 100_000, b'{"title":"a","x":' + b"9" * 5000 + b"}"),
    ]:
        problem(post(server, body), "bad-request")


def test_a_body_that_is_no_article_is_a_problem(server: Server):
    for body in [b"", b"null", b"[]", b'[{"title":"a"}]', b'"title"', b"1", b"true", b"{}"]:
        problem(post(server, body), "invalid-article")


def test_a_number_that_is_none_is_a_problem(server: Server):
    for number, name in product(
        ["NaN", "Infinity", "-Infinity", "1e999", "[NaN]", '{"a":-Infinity}'], ["quality", "more"]
    ):
        problem(post(server, f'{{"title":"a","{name}":{number}}}'.encode()), "invalid-article")


def test_half_a_surrogate_pair_is_a_problem(server: Server):
    for body in [
        rb'{"title":"\ud800"}',
        rb'{"title":"a","more":["\udfff"]}',
        rb'{"title":"a","\ud800":1}',
        rb'{"title":"a","secured":"\ud800"}',
        rb'{"title":"a","id":"\ud800"}',
    ]:
        problem(post(server, body), "invalid-article")


def test_nesting_of_any_depth_is_a_problem_or_an_answer(server: Server):
    for depth in [*range(10, 1200, 35), 2000, 10_000]:
        for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
            body = b'{"title":"a","more":' + opened * depth + (b"1" if opened != b"[" else b"") + closed * depth + b"}"
            assert post(server, body).status_code in {200, 400, 422}


def test_a_url_that_is_too_long_is_a_problem(server: Server):
    problem(server.client.get("/v1/related", params={"id": "x" * 9000}), "url-too-long")
    problem(server.client.get(path_of("x" * 9000)), "url-too-long")
    # From 64 KiB on the server's parser refuses it, in words of its own.
    answer = server.raw(b"GET /" + b"x" * 60_000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 414 ")


def test_a_long_name_in_the_query_is_a_problem_of_its_option(server: Server):
    problem(server.related("x" * 2049), "invalid-option")


def test_what_was_sent_is_told_back_in_one_line(server: Server):
    told = problem(server.related("a\nb\x1b[31m\u202e" + "x" * 1900), "not-found")
    assert told["detail"].isprintable()
    assert len(told["detail"]) <= 1000


def test_a_request_has_one_id_in_header_body_and_log(server: Server):
    answer = server.related("nowhere in the log")
    request_id = answer.headers["x-request-id"]
    assert answer.json()["requestId"] == request_id
    wait_until(lambda: request_id in server.log())
    lines = [json.loads(line) for line in server.log().splitlines() if request_id in line]
    assert [(one["route"], one["status"], one["method"]) for one in lines] == [("/v1/related", 404, "GET")]


def test_each_request_has_an_id_of_its_own(server: Server):
    ids = {
        server.client.get("/health/live", headers={"x-request-id": "mine"}).headers["x-request-id"] for _ in range(9)
    }
    assert len(ids) == 9
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


def test_the_log_has_neither_ids_nor_queries_of_readers(server: Server):
    server.related("somebody-reads-this")
    server.client.get("/v1/search", params={"q": "somebody-seeks-this"})
    server.client.post("/v1/related", json={"title": "somebody-writes-this"})
    assert not re.search("somebody-(reads|seeks|writes)-this", server.log())


def test_what_is_not_http_does_no_harm(server: Server):
    for request_line in [
        b"GARBAGE",
        b"GET",
        b"GET / HTTP/9.9",
        b"FOO /v1/status HTTP/1.1",
        b"GET /v1/\xc3\xa9 HTTP/1.1",
    ]:
        assert server.raw(request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 4")
        assert server.related(ACLU).status_code == 200


def test_two_lengths_are_refused(server: Server):
    request = (
        b"POST /v1/related HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    assert server.raw(request).startswith(b"HTTP/1.1 4")
