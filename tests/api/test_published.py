"""What the site shows with an article, over HTTP."""

from __future__ import annotations

from support.serving import Server, path_of, problem


def test_the_list_of_the_articles_file_is_told(server: Server):
    article_id = server.client.get("/v1/map").json()["points"][0]["id"]
    assert server.client.get(path_of(article_id, "/published")).json() == {"id": article_id, "published": []}
    problem(server.client.get(path_of("none", "/published")), "not-found")


def test_an_article_without_a_file_says_so(writable: Server):
    writable.writer.put(path_of("published/1"), json={"title": "Quokka"}).raise_for_status()
    told = writable.client.get(path_of("published/1", "/published")).json()
    assert told["published"] is None
    assert "was written to the collection" in told["unknownBecause"]
