"""Pages come in few requests, compressed, and what is named by its content is kept for good."""

from __future__ import annotations

import re

import pytest
from support.answering import ACLU
from support.serving import Server, path_of

KEPT = "public, max-age=31536000, immutable"
PAGES = ["/", "/demo", "/overview"]


def linked(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', html)


@pytest.mark.parametrize("page", PAGES)
def test_all_that_a_page_names_is_there_and_kept_for_good(server: Server, page: str):
    html = server.client.get(page).text
    assert html.count('rel="stylesheet"') == 1
    for path in linked(html):
        answer = server.client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == KEPT
        for module in re.findall(r'"\./([\w.-]+\.js)"', answer.text):
            # The page names it too, so that the browser need not find it out by reading the script; of the texts only
            # one language is loaded, which the script before the first paint names.
            assert f"/static/{module}" in html or module.startswith("texts_")


def test_a_page_is_asked_for_each_time(server: Server):
    first = server.client.get("/")
    assert first.headers["cache-control"] == "no-cache"
    assert server.client.get("/", headers={"if-none-match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("encoding", ["gzip", "br"])
@pytest.mark.parametrize("path", ["/", "/widget.js", "/v1/map", path_of(ACLU) + "/related", "/openapi.json"])
def test_what_is_large_is_compressed(server: Server, path: str, encoding: str):
    plain = server.client.get(path, headers={"accept-encoding": "identity"})
    small = server.client.get(path, headers={"accept-encoding": encoding})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == encoding
    assert "accept-encoding" in small.headers["vary"].lower()
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert small.content == plain.content


def test_a_small_answer_is_sent_as_it_is(server: Server):
    assert "content-encoding" not in server.client.get("/health/live", headers={"accept-encoding": "gzip"}).headers
