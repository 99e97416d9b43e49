"""Search while one types: half of a title, typos, other scripts; what was written is found at once."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from support.answering import ACLU, REUTERS
from support.serving import Server, path_of, problem

from recommender.related.recommender import Recommender

NUMBERS = itertools.count()


def search(server: Server, query: str, **options: object) -> list[dict[str, Any]]:
    answer = server.client.get("/v1/search", params={"q": query, **options})
    assert answer.status_code == 200, answer.text
    assert answer.json()["query"] == query
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def ids(server: Server, query: str, **options: object) -> list[str]:
    return [found["id"] for found in search(server, query, **options)]


def shown(pieces: list[dict[str, Any]]) -> str:
    return "".join(f"[{piece['text']}]" if piece["matched"] else piece["text"] for piece in pieces)


@pytest.fixture
def written(writable: Server) -> str:
    """The id of a new article, with words that no other has."""
    number = next(NUMBERS)
    article = {
        "title": f"Grünkohl Überraschung {number}: 東京タワーの入門",
        "excerpt": f"The word quvark{number} is here. {'Nothing else is. ' * 20}And zwolle{number} is there.",
        "publishedDateTime": f"2023-01-{number + 1:02}",
        "provider": {"name": "<b>Post</b>"},
    }
    writable.writer.put(path_of(f"search/{number}"), json=article).raise_for_status()
    return f"search/{number}"


def test_words_ids_and_addresses_find_an_article(server: Server, recommender: Recommender):
    article = recommender.related(ACLU).article
    for query in (ACLU, article.web_url or "", article.title, "  aclu clearview  "):
        first = search(server, query)[0]
        named = {"id": ACLU, "title": article.title, "webUrl": article.web_url}
        assert {name: first[name] for name in named} == named
        assert first["publishedDateTime"] == "2021-04-16T20:54:00Z"
        assert first["provider"]["name"]


def test_half_a_title_and_one_with_a_typo_find_it(server: Server):
    titles = {each["id"]: each["title"] for each in server.client.get("/v1/articles?limit=100").json()["articles"]}
    for article_id, title in titles.items():
        half = title[: len(title) // 2]
        assert article_id in ids(server, half, limit=5), half
        wrong = f"{half[:4]}{half[5]}{half[4]}{half[6:]}"
        assert article_id in ids(server, wrong, limit=5), wrong


def test_accents_and_scripts_are_found(writable: Server, written: str):
    for query in ("grunkohl uber", "GRÜNKOHL", "grunkhol", "東", "京タワ", "タワーの入"):
        assert written in ids(writable, query, limit=50), query


def test_words_of_texts_come_after_titles_and_are_marked_where_they_stand(writable: Server, written: str):
    number = written.partition("/")[2]
    found = search(writable, f"zwolle{number}")[0]
    assert found["id"] == written
    text = shown(found["marked"]["text"])
    assert text.startswith("…")
    assert f"And [zwolle{number}] is there." in text


def test_matched_words_are_pieces_and_markup_stays_text(writable: Server, written: str):
    found = next(each for each in search(writable, "uberraschng 東京", limit=50) if each["id"] == written)
    assert shown(found["marked"]["title"]).startswith("Grünkohl [Überraschung]")
    assert "[東京]タワー" in shown(found["marked"]["title"])
    assert "".join(piece["text"] for piece in found["marked"]["title"]) == found["title"]
    assert found["provider"]["name"] == "<b>Post</b>"


def test_what_was_written_a_moment_ago_is_found_and_what_was_deleted_is_not(writable: Server):
    number = next(NUMBERS)
    article_id, title = f"search/now/{number}", f"Ferry of Vlieland {number} sinks"
    writable.writer.put(path_of(article_id), json={"title": title}).raise_for_status()
    assert ids(writable, "ferry of vliel")[0] == article_id
    writable.writer.put(path_of(article_id), json={"title": "Another name"}).raise_for_status()
    assert article_id not in ids(writable, "ferry of vliel")
    assert article_id in ids(writable, "another na")
    writable.writer.delete(path_of(article_id)).raise_for_status()
    assert article_id not in ids(writable, "another na")


def test_a_search_is_filtered_as_an_answer_is(server: Server):
    assert REUTERS in ids(server, "clearview")
    for options in (
        {"provider": "reuters.com"},
        {"topic": "Law", "before": "2021-04-13"},
        {"where": "provider=Reuters"},
    ):
        found = ids(server, "clearview", **options)
        assert ACLU not in found, options
    assert ids(server, "clearview", provider="reuters.com") == [REUTERS]
    assert ids(server, ACLU, provider="reuters.com") == []
    assert ids(server, "clearview", after="P1D") == []


def test_any_query_is_answered(server: Server):
    for query in [" ", "\x00", "%", "the", '"', "(", "AND", "title:x", "🦆", "\\", "*", "-a", "x" * 500, "a " * 250]:
        assert server.client.get("/v1/search", params={"q": query}).status_code == 200
    assert search(server, " ") == []


def test_a_search_that_is_none_is_a_problem(server: Server):
    wrong = [{}, {"q": ""}, {"q": "x" * 501}, {"q": "a", "limit": 51}, {"q": "a", "limit": 0}, {"q": "a", "top_k": 1}]
    for options in [*wrong, {"q": "a", "after": "soon"}]:
        problem(server.client.get("/v1/search", params=options), "invalid-option")


def test_an_unchanged_search_costs_a_304_until_something_is_written(writable: Server):
    first = writable.client.get("/v1/search", params={"q": "clearv"})
    known = {"if-none-match": first.headers["etag"]}
    again = writable.client.get(first.request.url, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "public, no-cache"
    other = writable.client.get("/v1/search", params={"q": "clearvi"}, headers=known)
    assert other.status_code == 200
    writable.writer.put(path_of("search/etag"), json={"title": f"Clearview {next(NUMBERS)}"}).raise_for_status()
    changed = writable.client.get(first.request.url, headers=known)
    assert changed.status_code == 200
    assert "search/etag" in {found["id"] for found in changed.json()["results"]}


def test_an_age_is_of_now_and_not_kept(server: Server):
    answer = server.client.get("/v1/search", params={"q": "clearview", "after": "P30D"})
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
